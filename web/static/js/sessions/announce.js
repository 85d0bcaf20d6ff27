// What newly needs a person, in words, for those who do not see the list. It thinks and never touches the page.

import { why } from "../session/formats.js";

export const PAUSE = 5000; // ms between two sentences: what comes faster is told together
const NAMED = 3;

export class Announce {
  #known = new Map(); // session -> its first need
  #due = new Map(); // session -> words

  // A frame of the list's view.
  take({ op, cards = [], gone = [] }) {
    for (const id of gone) {
      this.#known.delete(id);
      this.#due.delete(id);
    }
    for (const { session, name, attention: [need] } of cards) {
      const first = need ? `${need.why} ${need.seq}` : "";
      const before = this.#known.get(session);
      this.#known.set(session, first);
      if (!need) this.#due.delete(session);
      else if (op === "patch" && first !== before) this.#due.set(session, `${name} ${why(need.why)}`);
    }
  }

  // The next sentence; empty where there is nothing new.
  sentence() {
    const told = [...this.#due.values()];
    this.#due.clear();
    if (told.length <= NAMED) return told.join(". ");
    return `${told.slice(0, NAMED).join(". ")}. And ${told.length - NAMED} more need somebody.`;
  }
}
