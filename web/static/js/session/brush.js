// Paints changes in batches, one per animation frame, so that a long history never holds up the page. A hidden page has
// no frames: there a slow clock stands in. While somebody presses, nothing is painted: what comes in would move the link
// from under the pointer between press and release, and a text from under the hand that marks it. But not for ever: a
// browser may not tell of a release outside of its window, and what is shown as live is live.

const BUDGET = 8; // ms of one frame
const HIDDEN = 250; // ms between batches while nobody looks
const PRESSED = 5000; // ms that a press holds it up, at most

export class Brush {
  #queue = [];
  #due = false;
  #held = 0; // the timer of a press

  // `before` is called ahead of each batch; what it returns is handed to `after`.
  constructor({ apply, before, after, signal }) {
    Object.assign(this, { apply, before, after, signal });
    addEventListener("pointerdown", () => this.#hold(true), { signal, passive: true });
    for (const name of ["pointerup", "pointercancel", "contextmenu", "dragend", "blur"]) {
      addEventListener(name, () => this.#hold(false), { signal, passive: true });
    }
  }

  get idle() {
    return !this.#queue.length;
  }

  paint(changes) {
    for (const change of changes) this.#queue.push(change);
    this.#ask();
  }

  // Instead of all that waits, which belongs to a page that is no more; whole, for it is looked at now.
  instead(changes) {
    this.#queue = [];
    this.apply(changes);
    this.after(null);
  }

  #hold(held) {
    clearTimeout(this.#held);
    this.#held = held ? setTimeout(() => this.#hold(false), PRESSED) : 0;
    this.#ask();
  }

  #ask() {
    if (this.#due || this.#held || this.idle || this.signal.aborted) return;
    this.#due = true;
    if (document.hidden) setTimeout(() => this.#batch(), HIDDEN);
    else requestAnimationFrame(() => this.#batch());
  }

  #batch() {
    this.#due = false;
    if (this.#held || this.idle) return;
    const kept = this.before();
    const end = performance.now() + BUDGET;
    let done = 0;
    do {
      this.apply([this.#queue[done]]);
      done += 1;
    } while (done < this.#queue.length && performance.now() < end);
    this.#queue.splice(0, done);
    this.after(kept);
    this.#ask();
  }
}
