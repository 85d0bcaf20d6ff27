// Fills the timeline and the vault, behind the page: first the timeline, which is shorter, then what was said. It goes
// on where it ended whenever more is told of.

import { readEvents, readSteps } from "./reads.js";

const PAGE = 1000; // events or steps read at once: the most that the hub gives
const MOST = 20_000; // events kept; of a longer session further ones are read when one goes there
const CALM = 700; // ms between two looks at a session that goes on
const AGAIN = 3000; // ms after one that failed

export class Filler {
  #wanted = 0; // the newest seq that the hub has told of
  #busy = false;
  #timer = 0;

  // `grown` is called when there is more to show.
  constructor({ session, track, vault, grown, signal }) {
    Object.assign(this, { session, track, vault, grown, signal });
    signal.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
  }

  // The hub has told of events up to this one.
  want(seq) {
    this.#wanted = Math.max(this.#wanted, seq);
    if (!this.#busy && !this.#timer && this.track.length < this.#wanted) this.#fill();
  }

  // The events from first to last; null where they cannot be had now.
  async need(first, last) {
    while (this.vault.lacks(first, last)) {
      const after = this.vault.lacks(first, last) - 1;
      const told = await readEvents(this.session, { after, limit: Math.min(PAGE, last - after), signal: this.signal });
      if (!told.events?.length) return null;
      this.vault.take(told.events);
    }
    return this.vault.range(first, last);
  }

  async #fill() {
    this.#busy = true;
    let pause = CALM;
    while (this.track.length < this.#wanted && !this.signal.aborted) {
      const told = await readSteps(this.session, { after: this.track.length, limit: PAGE, signal: this.signal });
      if (!told.steps?.length || !this.track.add(told.steps)) {
        pause = AGAIN;
        break;
      }
      this.#wanted = Math.max(this.#wanted, told.head);
      this.grown();
    }
    await this.need(1, Math.min(MOST, this.track.length));
    this.#busy = false;
    this.grown();
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      this.want(0);
    }, pause);
  }
}
