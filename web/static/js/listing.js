// What stands on the page of a view: the same, in the same order, unless somebody is pointing at it. Then everything
// keeps its place, what left stays (marked), and what is new waits and is counted; only what comes after all that is
// shown is put there, for it moves nothing. It thinks and never touches the page.

export class Listing {
  constructor(ids = []) {
    this.shown = [...ids];
    this.held = false;
    this.waiting = 0; // how many are new since it is held
    this.left = new Set(); // shown, but no longer in the view
    this.#ideal = this.shown;
  }

  #ideal;

  // The view's order has changed -> did what is shown change?
  settle(ideal) {
    this.#ideal = ideal;
    if (!this.held) return this.#apply();
    const shown = new Set(this.shown);
    const there = new Set(ideal);
    const left = new Set(this.shown.filter((id) => !there.has(id)));
    const changed = left.size !== this.left.size || [...left].some((id) => !this.left.has(id));
    const last = ideal.findLastIndex((id) => shown.has(id));
    const below = last < 0 ? [] : ideal.slice(last + 1);
    this.waiting = ideal.filter((id) => !shown.has(id)).length - below.length;
    this.left = left;
    if (below.length) this.shown = [...this.shown, ...below];
    return changed || below.length > 0;
  }

  hold() {
    this.held = true;
  }

  // Nobody points at it any more -> did what is shown change?
  release() {
    this.held = false;
    return this.#apply();
  }

  // Show what waits, also while it is held.
  reveal() {
    return this.#apply();
  }

  #apply() {
    const before = this.shown;
    const left = this.left.size;
    this.shown = [...this.#ideal];
    this.left = new Set();
    this.waiting = 0;
    return left > 0 || before.length !== this.shown.length || before.some((id, n) => id !== this.shown[n]);
  }
}
