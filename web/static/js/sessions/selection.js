// Which sessions are selected. It thinks and never touches the page.

export const MOST = 10000; // as many as the hub takes at once

export class Selection {
  #anchor = null;

  constructor({ changed }) {
    this.ids = new Set();
    this.changed = changed;
  }

  has(id) {
    return this.ids.has(id);
  }

  // With `through`, everything in `order` from the one toggled last.
  toggle(id, { order = [], through = false } = {}) {
    const [from, to] = [order.indexOf(this.#anchor), order.indexOf(id)].sort((a, b) => a - b);
    if (through && from >= 0) for (const one of order.slice(from, to + 1)) this.#add(one);
    else if (this.ids.has(id)) this.ids.delete(id);
    else this.#add(id);
    this.#anchor = id;
    this.changed();
  }

  // -> how many were left out.
  take(ids) {
    for (const id of ids) this.#add(id);
    this.changed();
    return ids.filter((id) => !this.ids.has(id)).length;
  }

  clear() {
    this.ids.clear();
    this.#anchor = null;
    this.changed();
  }

  #add(id) {
    if (this.ids.size < MOST) this.ids.add(id);
  }
}
