// Paints cards as rows or tiles: what changed, in place, once per animation frame; those near the screen first, the
// others as time allows. What has left fades out. It paints and never thinks.

import { found, made } from "./session/fill.js";
import { morph } from "./morph.js";

const KEEP = ["data-left", "data-moved", "data-new", "aria-selected", "aria-current"];
const MOVED = 50; // in a frame: each is styled, laid out and painted anew, and hundreds may change places at once
const FADE = 400; // ms that a row takes to go; as long as the animation
const ENTERING = 5; // ms of a frame for new ones: a thousand at once would hold the page up for a second
const SEEN = 2; // ms of a frame for cards near the screen: where much happens, each waits its turn and nothing stutters
const MUCH = 4; // ms: where so much moved, the browser has enough to lay out, and what is other waits a frame
const FAR = 1; // ms of a frame for cards that nobody sees
const FEW = 10; // changes in a frame that are worth a sign, newcomers, or who leave; where everything moves, signs tell nothing
const NEAR = "50%"; // of the screen's height, above and below it

export class Rows {
  #elements = new Map();
  #parts = new WeakMap(); // element -> what fills it
  #dirty = new Map(); // id -> is the change worth a sign?
  #near = new Set();
  #due = false;
  #calm = true;
  #next = null;
  #sight = null; // null: all are near
  #order = null; // as they stand, where all do
  #fading = new Map(); // element -> timer

  // `shown(id)` gives what the template is filled with; undefined for a card that is no longer known. `fades(id)`: is
  // it to be seen going? `dress(element, id)` is called with every element made, and every one made anew. `scrolls`: is
  // most of it out of sight? Where it is not, nobody need look which: with a thousand that takes a ms of every frame.
  constructor(list, template, { shown, signal, scrolls = true, fades = () => true, dress = () => {} }) {
    Object.assign(this, { list, template, shown, signal, fades, dress });
    if (scrolls) this.#sight = new IntersectionObserver((seen) => this.#look(seen), { rootMargin: `${NEAR} 0px` });
    for (const element of list.children) this.#keep(element.dataset.key, element);
    signal.addEventListener("abort", () => this.#end(), { once: true });
    list.addEventListener("animationend", ({ target }) => target.removeAttribute("data-new"), { signal });
  }

  ids() {
    return [...this.#elements.keys()];
  }

  // In the next frame, or all of it `now`: these in this order, `dirty` filled anew, `left` marked as no longer in the
  // view. Where they are many, the first come first and the others in the frames after.
  paint({ order, dirty = [], left = new Set(), marked = false, now = false }) {
    for (const id of dirty) this.#dirty.set(id, marked || this.#dirty.get(id));
    this.#next = { order, left };
    if (now) this.#frame(Infinity);
    else this.#ask();
  }

  #ask() {
    if (this.#due || this.signal.aborted) return;
    this.#due = true;
    requestAnimationFrame(() => this.#frame());
  }

  #frame(entering = ENTERING) {
    this.#due = false;
    if (this.signal.aborted) return;
    const began = performance.now();
    if (this.#next && this.#arrange(this.#next, began + entering)) this.#next = null;
    this.#calm = this.#dirty.size <= FEW;
    if (performance.now() - began < MUCH) {
      this.#refillSome((id) => this.#near.has(id), SEEN);
      this.#refillSome((id) => !this.#near.has(id), FAR);
    }
    if (this.#next || this.#dirty.size) this.#ask();
  }

  // Those that have waited longest first, for so many ms.
  #refillSome(meant, ms) {
    const end = performance.now() + ms;
    for (const id of [...this.#dirty.keys()].filter(meant)) {
      this.#refill(id);
      if (performance.now() > end) return;
    }
  }

  #refill(id) {
    const marked = this.#dirty.get(id);
    this.#dirty.delete(id);
    const element = this.#elements.get(id);
    const card = this.shown(id);
    if (!element || !card) return;
    if (Number(element.dataset.rev) === card.rev && element.dataset.watched === card.watched) return;
    this.#fill(element, card);
    this.dress(element, id);
    // Another name starts the animation again.
    if (marked && this.#calm) element.dataset.moved = element.dataset.moved === "a" ? "b" : "a";
  }

  // -> are all there? New ones are made until `end`.
  #arrange({ order, left }, end) {
    const all = same(order, this.#order) || this.#place(order, end);
    this.#order = all && this.#elements.size === order.length ? order : null;
    for (const [id, element] of this.#elements) element.toggleAttribute("data-left", left.has(id));
    return all;
  }

  #place(order, end) {
    const wanted = new Set(order);
    const gone = [...this.#elements].filter(([id]) => !wanted.has(id));
    const signs = gone.length <= FEW && order.length - (this.#elements.size - gone.length) <= FEW;
    let all = true;
    let moved = 0;
    for (const [id, element] of gone) this.#drop(id, element, signs);
    let at = this.list.firstElementChild;
    for (const id of order) {
      const there = this.#elements.get(id);
      if (!there && performance.now() > end) {
        all = false;
        continue;
      }
      const element = there ?? this.#enter(id, signs);
      if (!element) continue;
      while (at && this.#fading.has(at)) at = at.nextElementSibling;
      if (element === at) {
        at = at.nextElementSibling;
      } else if (at?.nextElementSibling === element) {
        at.remove(); // it comes again further down
        at = element.nextElementSibling;
      } else if (!there || end === Infinity || moved < MOVED) {
        this.#move(element, at);
        moved += Boolean(there);
      } else {
        all = false;
      }
    }
    return all;
  }

  // Without taking it out of the page where the browser can: that would begin its animation anew.
  #move(element, at) {
    if (element.isConnected && this.list.moveBefore) this.list.moveBefore(element, at);
    else this.list.insertBefore(element, at);
  }

  #enter(id, signs) {
    const card = this.shown(id);
    if (!card) return null; // it came and went between two frames
    const part = made(this.template, card);
    const { element } = part;
    this.#parts.set(element, part);
    if (signs && this.fades(id)) element.dataset.new = "";
    this.dress(element, id);
    this.#keep(id, element);
    return element;
  }

  #keep(id, element) {
    this.#elements.set(id, element);
    if (this.#sight) this.#sight.observe(element);
    else this.#near.add(id);
  }

  #drop(id, element, signs) {
    this.#sight?.unobserve(element);
    const seen = this.#near.delete(id);
    this.#elements.delete(id);
    this.#dirty.delete(id);
    if (element.contains(document.activeElement)) this.list.focus({ preventScroll: true }); // not back to the page's top
    if (seen && signs && this.fades(id)) this.#fade(element);
    else element.remove();
  }

  // It stays where it is for a moment, and is nobody's any more.
  #fade(element) {
    delete element.dataset.key;
    element.dataset.leaving = "";
    element.inert = true;
    this.#fading.set(element, setTimeout(() => this.#gone(element), FADE));
  }

  #gone(element) {
    clearTimeout(this.#fading.get(element));
    this.#fading.delete(element);
    element.remove();
  }

  #end() {
    this.#sight?.disconnect();
    for (const element of [...this.#fading.keys()]) this.#gone(element);
  }

  #look(seen) {
    for (const { target, isIntersecting } of seen) {
      if (isIntersecting && this.#elements.get(target.dataset.key) === target) this.#near.add(target.dataset.key);
      else this.#near.delete(target.dataset.key);
    }
    if (this.#dirty.size) this.#ask();
  }

  // What the server made is made equal once; from then on only what is other is touched.
  #fill(element, card) {
    const part = this.#parts.get(element);
    if (part) return part.fill(card);
    morph(element, made(this.template, card).element, { keep: KEEP });
    this.#parts.set(element, found(this.template, element, card));
  }
}

function same(one, other) {
  return one.length === other?.length && one.every((id, n) => id === other[n]);
}
