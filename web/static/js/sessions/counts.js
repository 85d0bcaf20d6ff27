// The counts in the filter bar, made fresh from time to time: not with every event, for they cost the hub more than a
// card.

import { morph } from "../morph.js";
import { write } from "../signs.js";

const EVERY = 2500; // ms; twenty pages cost the hub a tenth of a core by it while something changes

export class Counts {
  #spoilt = false;

  constructor({ page, signal }) {
    this.page = page;
    this.signal = signal;
    const timer = setInterval(() => this.#renew(), EVERY * (0.8 + 0.4 * Math.random()));
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  }

  // Something changed: they may be off.
  spoil() {
    this.#spoilt = true;
  }

  async #renew() {
    const groups = this.page.querySelector("#groups");
    if (!this.#spoilt || document.hidden || !groups.checkVisibility()) return;
    this.#spoilt = false;
    const asked = location.search;
    try {
      const answer = await fetch(`/sessions/filters${asked}`, { signal: this.signal });
      if (!answer.ok || location.search !== asked) return;
      const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("groups");
      if (!next) return;
      if (groups.contains(document.activeElement)) renumber(groups, next);
      else morph(groups, next);
    } catch {
      this.#spoilt = true; // the hub is away: the sign says so
    }
  }
}

// While somebody is in it, nothing comes or goes: the numbers change where they stand.
function renumber(groups, next) {
  for (const box of groups.querySelectorAll(".option input")) {
    const same = next.querySelector(`.option input[name="${CSS.escape(box.name)}"][value="${CSS.escape(box.value)}"]`);
    const [old, fresh] = [box, same].map((one) => one?.closest(".option").querySelector(".count"));
    if (old) write(old, fresh?.textContent ?? "0");
  }
}
