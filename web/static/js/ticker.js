// Times that tick, once a second: <time data-tick="ago">, <time data-tick="lasts" data-last="…">. It paints and never
// thinks.

import { ago, lasting } from "./glance.js";

const TICKS = {
  ago: (at, now) => ago(now - at),
  lasts: (started, now, { last }) => lasting({ started, last: Date.parse(last), now }),
};

// `also` is called with every tick, for what else is to be painted by the clock.
export function tick(root, { now, signal, also = () => {} }) {
  const paint = () => {
    if (document.hidden) return;
    for (const element of root.querySelectorAll("time[data-tick]")) {
      const text = TICKS[element.dataset.tick](Date.parse(element.dateTime), now(), element.dataset);
      if (element.textContent !== text) element.textContent = text;
    }
    also();
  };
  const timer = setInterval(paint, 1000);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  document.addEventListener("visibilitychange", paint, { signal });
}
