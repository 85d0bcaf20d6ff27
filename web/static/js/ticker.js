// Times that tick, once a second: <time data-tick="ago">, <time data-tick="lasts">. It paints and never thinks.

import { ago, elapsed } from "./glance.js";

const TICKS = { ago, lasts: elapsed };

// `also` is called with every tick, for what else is to be painted by the clock.
export function tick(root, { now, signal, also = () => {} }) {
  const paint = () => {
    if (document.hidden) return;
    for (const element of root.querySelectorAll("time[data-tick]")) {
      const text = TICKS[element.dataset.tick](now() - Date.parse(element.dateTime));
      if (element.textContent !== text) element.textContent = text;
    }
    also();
  };
  const timer = setInterval(paint, 1000);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  document.addEventListener("visibilitychange", paint, { signal });
}
