// The tiles of a wall: of all that match, those that have a place on the screen now. It has the face of Rows, and paints
// through it.

import { Rows } from "../rows.js";

export class Tiles {
  #order;
  #left = new Set();
  #there = new Set();
  #place = { first: 0, room: Infinity };

  constructor(list, template, { shown, signal }) {
    this.rows = new Rows(list, template, { shown, signal, scrolls: false, fades: (id) => !this.#there.has(id) });
    this.#order = this.rows.ids();
  }

  ids() {
    return this.#order;
  }

  paint({ order, dirty = [], left = new Set(), marked = false }) {
    if (order !== this.#order) this.#there = new Set(order);
    this.#order = order;
    this.#left = left;
    this.#paint({ dirty, marked });
  }

  // From which on, and how many.
  place({ first, room }) {
    if (first === this.#place.first && room === this.#place.room) return;
    this.#place = { first, room };
    this.#paint({});
  }

  #paint({ dirty = [], marked = false }) {
    const { first, room } = this.#place;
    const order = this.#order.slice(first, first + room);
    const there = new Set(order);
    this.rows.paint({ order, dirty: dirty.filter((id) => there.has(id)), left: this.#left, marked });
  }
}
