// Puts the changes of `model.js` on the page. It paints and never thinks: what to add, and where, it is told.

import { dated } from "./days.js";
import { filled } from "./fill.js";
import { dress } from "./texts.js";

export class Transcript {
  #nodes = new Map(); // seq -> element
  #until = Infinity; // the last event of the moment
  #fresh = new Set(); // nodes that came in with these changes

  constructor(root, { templates }) {
    this.root = root;
    this.templates = templates;
    for (const node of root.querySelectorAll(".event")) this.#nodes.set(Number(node.dataset.seq), node);
    dress(root);
    dated(root.children);
  }

  // What order and grouping need of the events that the server painted.
  stubs() {
    return [...this.#nodes].sort(([a], [b]) => a - b).map(([seq, { dataset }]) => ({
      seq, id: dataset.id, type: dataset.type, message: dataset.message,
    }));
  }

  node(seq) {
    return this.#nodes.get(seq);
  }

  // What must not move while changes are painted: the first event in sight.
  get anchor() {
    const { children } = this.root;
    let [low, high] = [0, children.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (children[middle].getBoundingClientRect().bottom > 0) high = middle;
      else low = middle + 1;
    }
    return children[low] ?? null;
  }

  // The messages, in order.
  get messages() {
    return [...this.root.children].filter((node) => node.dataset.type === "message");
  }

  apply(changes) {
    for (const change of changes) {
      if (change.do === "add") this.#add(change);
      else if (change.do === "move") this.#put(this.node(change.seq), change.under);
      else if (change.do === "mark") this.#mark(change);
      else if (change.do === "drop") this.#drop(change.seq);
      else if (change.do === "clear") this.#clear();
    }
    dated(this.#fresh);
    for (const node of this.#fresh) dress(node);
    this.#fresh.clear();
  }

  // Mark one event as the one that was asked for, and bring it in sight.
  point(seq, { focus = true } = {}) {
    for (const node of this.root.querySelectorAll(".target")) node.classList.remove("target");
    const node = this.node(seq);
    if (!node) return;
    node.classList.add("target");
    const details = node.querySelector(":scope > details");
    if (details) details.open = true;
    node.scrollIntoView({ block: "center", behavior: "instant" });
    if (focus) node.focus({ preventScroll: true });
  }

  #add({ event, at, under }) {
    const kind = event.type === "message" ? `message.${event.role}` : event.type;
    const node = filled(this.templates.get(kind), event).firstElementChild;
    this.#nodes.set(event.seq, node);
    this.#fresh.add(node);
    if (event.seq > this.#until) this.#ahead(node, event.seq);
    if (under !== undefined) this.#put(node, under);
    else if (at === "end") this.root.append(node);
    else this.root.prepend(node);
  }

  #put(node, under) {
    this.node(under)?.querySelector(":scope > .under")?.append(node);
  }

  #mark({ event, on }) {
    const marks = this.node(on)?.querySelector(":scope > .marks");
    const known = marks && [...marks.children].some((mark) => mark.dataset.of === String(event.seq));
    if (!marks || known) return;
    const mark = filled(this.templates.get(`mark.${event.type}`), event).firstElementChild;
    this.#ahead(mark, event.seq);
    marks.append(mark);
  }

  // What comes after this event is ahead of the moment.
  moment(until) {
    const [low, high] = [Math.min(until, this.#until), Math.max(until, this.#until)];
    this.#until = until;
    for (const [seq, node] of this.#nodes) if (seq > low && seq <= high) this.#ahead(node, seq);
    for (const mark of this.root.querySelectorAll("[data-of]")) this.#ahead(mark, Number(mark.dataset.of));
    this.root.classList.toggle("is-past", until !== Infinity);
  }

  // The newest event on the page that is not ahead of the moment.
  get latest() {
    const { children } = this.root;
    let [low, high] = [0, children.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (Number(children[middle].dataset.seq) <= this.#until) low = middle + 1;
      else high = middle;
    }
    return children[low - 1] ?? null;
  }

  // Words that are looked for, marked without a change to the page (where the browser has highlights).
  mark(words) {
    if (!globalThis.CSS?.highlights) return;
    const found = [];
    if (words.length) {
      const walk = document.createTreeWalker(this.root, NodeFilter.SHOW_TEXT);
      for (let node = walk.nextNode(); node; node = walk.nextNode()) found.push(...ranges(node, words));
    }
    CSS.highlights.set("found", new Highlight(...found));
  }

  #ahead(node, seq) {
    node.toggleAttribute("data-ahead", seq > this.#until);
  }

  #clear() {
    this.root.replaceChildren();
    this.#nodes.clear();
  }

  #drop(seq) {
    this.#nodes.get(seq)?.remove();
    this.#nodes.delete(seq);
  }
}

function ranges(node, words) {
  const text = node.data.toLowerCase();
  if (text.length !== node.data.length) return []; // letters that change their length with their case
  const found = [];
  for (const word of words) {
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
      const range = new Range();
      range.setStart(node, at);
      range.setEnd(node, at + word.length);
      found.push(range);
    }
  }
  return found;
}

// The parts of the side panel. A part is put anew only where it differs, so that nothing under the pointer moves
// needlessly.
export class Panel {
  // `dress` is called with what is about to be put on the page.
  constructor(roots, { templates, dress }) {
    this.dress = dress;
    this.parts = [...roots].map((root) => ({ root, template: templates.get(root.dataset.part) }));
  }

  show(card) {
    for (const { root, template } of this.parts) {
      const next = root.cloneNode(false);
      next.append(filled(template, card));
      this.dress(next);
      for (const open of root.querySelectorAll("details.lengthy[open]")) { // what was unfolded stays so
        const same = [...next.querySelectorAll("details.lengthy")].find((other) => other.textContent === open.textContent);
        if (same) same.open = true;
      }
      if (!next.isEqualNode(root)) root.replaceChildren(...next.childNodes);
    }
  }
}
