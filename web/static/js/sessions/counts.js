// The counts in the filter bar, made fresh from time to time: not with every event, for they cost the hub more than a
// card.

import { morph } from "../morph.js";

const EVERY = 12000; // ms

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
      if (next && !groups.contains(document.activeElement)) morph(groups, next);
    } catch {
      this.#spoilt = true; // the hub is away: the sign says so
    }
  }
}
