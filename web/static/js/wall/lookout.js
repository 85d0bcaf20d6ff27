// The strip of those who need eyes: as many as fit on its line. It paints and never thinks.

import { filled } from "../session/fill.js";
import { ago } from "../glance.js";
import { write } from "../signs.js";

export function showEyes(page, { eyes, count, hub }) {
  const strip = page.querySelector("#eyes");
  const list = strip.querySelector("ol");
  const there = new Map(Array.from(list.children, (item) => [item.dataset.key, item]));
  eyes.forEach((eye, n) => {
    const sign = `${eye.title} ${eye.words} ${eye.since} ${eye.href}`;
    const old = there.get(eye.key);
    const item = old?.dataset.sign === sign ? old : made(page, eye, { sign, hub });
    there.delete(eye.key);
    if (old && item !== old) old.replaceWith(item);
    if (list.children[n] !== item) list.insertBefore(item, list.children[n] ?? null);
  });
  for (const item of there.values()) item.remove();
  strip.toggleAttribute("data-calm", eyes.length === 0);
  if (!eyes.length) write(strip.querySelector(".calm"), "Nobody needs eyes now");
  fitLine(list);
  const named = Array.from(list.children).filter((item) => !item.hidden && item.dataset.level !== "channel").length;
  write(strip.querySelector(".more"), count > named ? `and ${(count - named).toLocaleString("en-GB")} more` : "");
}

// What has no room on the first line is not half there. All is measured before anything is hidden: a look at the page
// after each would lay it out as often, with a thousand tiles on it.
function fitLine(list) {
  const items = Array.from(list.children);
  for (const item of items) item.hidden = false;
  const room = list.getBoundingClientRect().width + 1;
  const gap = parseFloat(getComputedStyle(list).columnGap);
  const wide = items.map((item) => item.getBoundingClientRect().width);
  let end = -gap;
  items.forEach((item, n) => {
    const fits = n === 0 || end + gap + wide[n] <= room;
    if (fits) end += gap + wide[n];
    else item.hidden = true;
  });
}

function made(page, eye, { sign, hub }) {
  const item = filled(page.querySelector("#eye"), { ...eye, ago: ago(Math.max(0, hub - Date.parse(eye.since))) }).firstElementChild;
  item.dataset.sign = sign;
  return item;
}
