// Paints cards as rows or tiles: what changed, in place, once per animation frame. It paints and never thinks.

import { filled } from "./session/fill.js";
import { morph } from "./morph.js";

const KEEP = ["data-left", "data-moved", "data-new"];

export class Rows {
  #elements = new Map();
  #dirty = new Map(); // id -> is the change worth a sign?
  #due = false;
  #next = null;

  // `shown(id)` gives what the template is filled with.
  constructor(list, template, { shown, signal }) {
    Object.assign(this, { list, template, shown, signal });
    for (const element of list.children) this.#elements.set(element.dataset.key, element);
  }

  ids() {
    return [...this.#elements.keys()];
  }

  rev(id) {
    return Number(this.#elements.get(id)?.dataset.rev);
  }

  // In the next frame: these in this order, `dirty` filled anew, `left` marked as no longer in the view.
  paint({ order, dirty = [], left = new Set(), marked = false, after }) {
    for (const id of dirty) this.#dirty.set(id, marked || this.#dirty.get(id));
    this.#next = { order, left, after };
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => this.#frame());
  }

  #frame() {
    this.#due = false;
    if (this.signal.aborted) return;
    const { order, left, after } = this.#next;
    for (const [id, marked] of this.#dirty) {
      const element = this.#elements.get(id);
      if (!element || this.rev(id) === this.shown(id)?.rev) continue;
      morph(element, this.#made(id), { keep: KEEP });
      if (marked) element.dataset.moved = element.dataset.moved === "a" ? "b" : "a"; // another name starts the animation again
    }
    this.#dirty.clear();
    this.#arrange(order);
    for (const [id, element] of this.#elements) element.toggleAttribute("data-left", left.has(id));
    after?.();
  }

  #arrange(order) {
    const wanted = new Set(order);
    for (const [id, element] of this.#elements) {
      if (wanted.has(id)) continue;
      element.remove();
      this.#elements.delete(id);
    }
    let at = this.list.firstElementChild;
    for (const id of order) {
      const element = this.#elements.get(id) ?? this.#enter(id);
      if (element === at) {
        at = at.nextElementSibling;
      } else if (at?.nextElementSibling === element) {
        at.remove(); // it comes again further down
        at = element.nextElementSibling;
      } else {
        this.list.insertBefore(element, at);
      }
    }
  }

  #enter(id) {
    const element = this.#made(id);
    element.dataset.new = "";
    this.#elements.set(id, element);
    return element;
  }

  #made(id) {
    return filled(this.template, this.shown(id)).firstElementChild;
  }
}
