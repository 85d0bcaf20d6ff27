// Times that tick, once a second: <time data-tick="ago">, <time data-tick="lasts" data-last="…">. It paints and never
// thinks.

import { ago, lasting } from "./glance.js";

const TICKS = {
  ago: (at, now) => ago(now - at),
  lasts: (started, now, { last }) => lasting({ started, last: Date.parse(last), now }),
};
const SOME = 150; // new texts in a frame: a thousand at once would hold the page up, few at a time every frame

// `also` is called with every tick, for what else is to be painted by the clock.
export function tick(root, { now, signal, also = () => {} }) {
  let waiting = [];
  let due = 0;
  const some = () => {
    let painted = 0;
    let at = 0;
    while (at < waiting.length && painted < SOME) painted += write(waiting[at++], now());
    waiting = waiting.slice(at);
    due = waiting.length && !signal.aborted ? requestAnimationFrame(some) : 0;
  };
  const paint = () => {
    if (document.hidden) return;
    cancelAnimationFrame(due);
    waiting = [...new Set([...waiting, ...root.querySelectorAll("time[data-tick]")])]; // who waited longest is first
    some();
    also();
  };
  const timer = setInterval(paint, 1000);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  document.addEventListener("visibilitychange", paint, { signal });
}

// -> was there anything new?
function write(element, now) {
  const text = TICKS[element.dataset.tick](Date.parse(element.dateTime), now, element.dataset);
  if (element.textContent === text) return false;
  if (element.firstChild) element.firstChild.data = text; // the node stays: whoever fills it again knows it
  else element.textContent = text;
  return true;
}
