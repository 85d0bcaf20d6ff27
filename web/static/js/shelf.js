// A long list of which only what is near the screen is on the page: so a hundred thousand rows cost what forty do. It
// has the face of Rows, and paints through it.

import { Rows } from "./rows.js";
import { span } from "./span.js";

const FEW = 80; // entries that may all be there: find-in-page and the reader's own ways then work on the whole list

export class Shelf {
  #order;
  #left = new Set();
  #there = new Set();
  #shown = { first: 0, last: 0, before: 0, after: 0 };
  #due = false;

  // `moved({first, last})` is called when other entries come near the screen.
  constructor(list, template, { shown, signal, dress = () => {}, moved = () => {} }) {
    Object.assign(this, { list, signal, moved });
    this.rows = new Rows(list, template, {
      shown,
      signal,
      fades: (id) => !this.#there.has(id),
      dress: (element, id) => {
        dress(element, id);
        this.#place(element, id);
      },
    });
    this.#order = this.rows.ids();
    this.#positions = new Map(this.#order.map((id, n) => [id, n]));
    addEventListener("scroll", () => this.#ask(), { signal, passive: true });
    addEventListener("resize", () => this.#ask(), { signal, passive: true });
  }

  #positions;

  ids() {
    return this.#order;
  }

  paint({ order, dirty = [], left = new Set(), marked = false }) {
    if (order !== this.#order) {
      this.#there = new Set(order);
      this.#positions = new Map(order.map((id, n) => [id, n]));
    }
    this.#order = order;
    this.#left = left;
    this.#arrange({ dirty: dirty.filter((id) => this.#there.has(id)), marked });
  }

  // Brings an entry near the screen -> its element.
  bring(id) {
    const at = this.#positions.get(id);
    if (at === undefined) return null;
    const found = () => this.list.querySelector(`:scope > [data-key="${CSS.escape(id)}"]`);
    if (!found()) {
      const { columns, size } = this.#measure();
      const line = Math.floor(at / columns) * size;
      scrollTo({ top: this.list.getBoundingClientRect().top + scrollY + line - innerHeight / 2 });
      this.#arrange({ now: true });
    }
    return found();
  }

  at(id) {
    return this.#positions.get(id);
  }

  #ask() {
    if (this.#due || this.signal.aborted) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      if (!this.signal.aborted) this.#arrange({});
    });
  }

  // Entries come and go in the same breath as the room that stands for them: else all below would jump.
  #arrange({ dirty = [], marked = false, now = false }) {
    const order = this.#order;
    const near = order.length <= FEW ? { first: 0, last: order.length, before: 0, after: 0 } : this.#near();
    const before = this.#shown;
    const moved = near.before !== before.before || near.after !== before.after;
    this.#shown = near;
    this.rows.paint({ order: order.slice(near.first, near.last), dirty, left: this.#left, marked, now: now || moved });
    this.list.style.paddingTop = near.before ? `${near.before}px` : "";
    this.list.style.paddingBottom = near.after ? `${near.after}px` : "";
    for (const element of this.list.children) this.#place(element, element.dataset.key);
    if (before.first !== near.first || before.last !== near.last) this.moved(near);
  }

  #near() {
    const { columns, size } = this.#measure();
    const top = -this.list.getBoundingClientRect().top;
    return span({ count: this.#order.length, columns, size, top, height: innerHeight });
  }

  // As the styles have it: every entry is as high as the first.
  #measure() {
    const style = getComputedStyle(this.list);
    const gap = parseFloat(style.rowGap) || 0;
    const grid = style.display === "grid" ? style.gridTemplateColumns.split(" ").length : 1;
    const height = this.list.firstElementChild?.getBoundingClientRect().height || 60;
    return { columns: grid, size: height + gap };
  }

  // Those who do not see the list are told where in it they are.
  #place(element, id) {
    const at = this.#positions?.get(id);
    if (at === undefined) return;
    const position = String(at + 1);
    if (element.getAttribute("aria-posinset") !== position) element.setAttribute("aria-posinset", position);
    const size = String(this.#order.length);
    if (element.getAttribute("aria-setsize") !== size) element.setAttribute("aria-setsize", size);
  }
}
