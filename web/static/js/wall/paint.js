// The wall's own signs: its health, its size, and the big words when it is not live. It paints and never thinks.

import { ago } from "../glance.js";
import { fit } from "./fit.js";
import { showSign, time, write } from "../signs.js";

const MARGIN = 10; // px below the last row
const NARROW = 640; // px; a phone scrolls

export function showHealth(page, { health, sign, now, hub }) {
  const { beat, since, proof } = health;
  const word = sign.state === "quiet" ? `${sign.word} for ${ago(sign.quiet)}` : sign.word;
  showSign(page.querySelector("#sign"), { state: sign.state, word });
  age(page, "event", beat?.event ? since_(hub - beat.event) : "–");
  age(page, "beat", beat ? since_(now - beat.at) : "–", sign.state === "stale");
  for (const part of ["store", "bus"]) {
    const ok = beat?.[part] === "ok";
    age(page, part, !beat ? "–" : ok ? "ok" : `${beat[part]} for ${ago(now - since[part])}`, beat && !ok);
  }
  age(page, "proof", proved(proof, now), proof.equal === false);
  const stale = sign.state === "stale";
  const words = page.querySelector("#stale");
  page.classList.toggle("is-stale", stale);
  if (stale) {
    write(words.querySelector(".big"), sign.word);
    write(words.querySelector(".from"), `since ${time(sign.since)}`);
    write(words.querySelector(".for"), `, ${ago(Math.max(5000, now - sign.since))}`);
    write(words.querySelector(".why"), sign.why);
  }
  if (words.hidden === stale) words.hidden = !stale;
}

// How many there are, and the room, decide how large they are; what has no place is counted.
export function fill(page, { shown, matching }) {
  const tiles = page.querySelector("#tiles");
  const top = tiles.getBoundingClientRect().top + scrollY;
  const size = fit({ count: shown, width: tiles.clientWidth, height: innerHeight - top - MARGIN });
  if (tiles.dataset.size !== String(size)) {
    tiles.dataset.size = size;
    tiles.style.fontSize = `${innerWidth < NARROW ? 15 : size}px`;
  }
  page.querySelector("#nothing").hidden = shown > 0;
  const beyond = page.querySelector("#beyond");
  beyond.hidden = matching <= shown;
  write(beyond, `and ${matching - shown} more`);
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
