// The wall's own signs: its health, the big words when it is not live, the size and place of its tiles, its clock. It
// paints and never thinks.

import { ago } from "../glance.js";
import { showSign, time, write } from "../signs.js";
import { fit } from "./fit.js";
import { REACH } from "./shift.js";

const NARROW = 640; // px; a phone scrolls
const PHONE = 15; // px of its letters
const READABLE = 50; // letters of this part of the screen's height can be read at 5 m
const SMALLEST = 92; // the smallest that are worth painting
const LARGEST = 20;
const FOOT = 8; // px below the tiles, where the page has more than them
const LOW = 90; // px above the tiles' lower end
const MINUTES = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const NAMED = 2; // channels beside the sign

export function showHealth(page, { health, sign, now, hub }) {
  const { beat, since, proof, silent } = health;
  const word = sign.state === "quiet" ? `${sign.word} for ${ago(sign.quiet)}` : sign.word;
  showSign(page.querySelector("#sign"), { state: sign.state, word });
  age(page, "event", beat?.event ? since_(hub - beat.event) : "–");
  age(page, "beat", beat ? since_(now - beat.at) : "–", health.late({ now }));
  for (const part of ["store", "bus"]) {
    const ok = beat?.[part] === "ok";
    age(page, part, !beat ? "–" : ok ? "ok" : `${beat[part]} for ${ago(now - since[part])}`, beat && !ok);
  }
  age(page, "proof", proved(proof, now), proof.equal === false);
  const hush = page.querySelector("#hush");
  hush.hidden = silent.length === 0;
  write(hush.querySelector(".word"), silence(silent, hub));
  const stale = sign.state === "stale";
  const words = page.querySelector("#stale");
  page.classList.toggle("is-stale", stale);
  if (stale) {
    write(words.querySelector(".big"), sign.word);
    write(words.querySelector(".from"), `since ${time(sign.since + hub - now)}`); // by the hub's clock, as all times here
    write(words.querySelector(".for"), `, ${ago(Math.max(5000, now - sign.since))}`);
    write(words.querySelector(".why"), sign.why);
  }
  if (words.hidden === stale) words.hidden = !stale;
}

// The name of the list; without one it is a wall.
export function showName(page, name) {
  const title = page.querySelector("#name");
  write(title, name || "Wall");
  title.classList.toggle("visually-hidden", !name);
  document.title = `${name || "Wall"} · live`;
}

export function showClock(page, hub) {
  const clock = page.querySelector("#clock");
  write(clock, MINUTES.format(hub));
  const moment = new Date(hub - (hub % 60_000)).toISOString();
  if (clock.dateTime !== moment) clock.dateTime = moment;
}

// How many there are, and the room, decide what is shown of each and how large; -> how many have a place.
export function fill(page, list, { count, density, full, paged }) {
  const narrow = innerWidth < NARROW && !full;
  const box = list.getBoundingClientRect();
  const beyond = page.querySelector("#beyond").offsetHeight; // 0 where all have a place
  const height = Math.max(LOW, innerHeight - (box.top + scrollY) - reach(full) - beyond - (full ? 0 : FOOT));
  const room = fit({
    count, width: list.clientWidth, height, density, paged: paged && !narrow,
    floor: Math.max(13, innerHeight / READABLE), least: Math.max(11, innerHeight / SMALLEST), most: Math.max(22, innerHeight / LARGEST),
  });
  const kind = narrow && density === "auto" ? "normal" : room.density;
  const size = narrow ? PHONE : room.size;
  if (list.dataset.density !== kind) list.dataset.density = kind;
  style(page, "--letter", `${size}px`);
  style(list, "--columns", narrow ? "1" : String(room.columns));
  list.toggleAttribute("data-even", !narrow); // every row has this height, whatever is in it
  style(list, "--row", narrow ? "auto" : `${Math.floor(room.fits ? height / room.rows : room.high)}px`);
  return narrow || (!full && !paged) ? Infinity : room.columns * room.rows;
}

export function showBeyond(page, { shown, matching }) {
  const beyond = page.querySelector("#beyond");
  const hidden = !(matching > shown);
  if (beyond.hidden !== hidden) beyond.hidden = hidden;
  if (!hidden) write(beyond, `and ${(matching - shown).toLocaleString("en-GB")} more`);
}

// Moved by some px, against burn-in; the room for it is kept free.
export function shift(page, { x, y }) {
  const step = unit();
  style(page, "left", `${x * step}px`);
  style(page, "top", `${y * step}px`);
  style(page, "--reach", `${REACH * step}px`);
}

// Only the wall, as on a screen that nobody sits at.
export function showFull(full) {
  document.body.classList.toggle("is-full", full);
}

function unit() {
  return Math.max(1, Math.round(innerHeight / 540));
}

function reach(full) {
  return full ? 2 * REACH * unit() : REACH * unit();
}

function style(element, name, value) {
  if (element.style.getPropertyValue(name) !== value) element.style.setProperty(name, value);
}

function silence(silent, hub) {
  if (!silent.length) return "";
  const named = silent.slice(0, NAMED).map(({ name, last }) => `${name} silent for ${ago(Math.max(0, hub - Date.parse(last)))}`);
  const more = silent.length - NAMED;
  return more > 0 ? `${named.join(", ")}, ${more} more` : named.join(", ");
}

function proved({ at, equal, misses }, now) {
  const missed = misses ? `, ${misses} mended` : "";
  if (at === null) return "not yet";
  return `${equal ? since_(now - at) : "differs"}${missed}`;
}

function since_(ms) {
  const text = ago(Math.max(0, ms));
  return text === "now" ? "now" : `${text} ago`;
}

function age(page, part, text, wrong = false) {
  const sign = page.querySelector(`#age-${part}`);
  write(sign, text);
  sign.parentElement.toggleAttribute("data-wrong", Boolean(wrong));
}
