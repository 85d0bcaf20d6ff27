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
  write(strip.querySelector(".more"), count > named ? `and ${count - named} more` : "");
}

// What has no room on the first line is not half there.
function fitLine(list) {
  for (const item of list.children) item.hidden = false;
  const [first] = list.children;
  const end = list.getBoundingClientRect().right + 1;
  for (const item of list.children) {
    const box = item.getBoundingClientRect();
    item.hidden = item !== first && (item.offsetTop > first.offsetTop || box.right > end);
  }
}

function made(page, eye, { sign, hub }) {
  const item = filled(page.querySelector("#eye"), { ...eye, ago: ago(Math.max(0, hub - Date.parse(eye.since))) }).firstElementChild;
  item.dataset.sign = sign;
  return item;
}
