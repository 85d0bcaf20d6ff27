// Fills a template with a value: ⟨path⟩ and ⟨path|format⟩ in texts and attributes, data-if (there only with a value),
// data-each (once for every item). What was filled can be filled again: then only what is other is touched. It paints
// and never thinks; every text goes in as text, never as markup.

import * as formats from "./formats.js";

const SLOT = /⟨([^⟩]*)⟩/g;
const WHOLE = /^⟨[^⟩]*⟩$/;
const OF_NOTHING = new Set(["literal", "worked", "unfelt", "acted"]); // formats that say something of a value that is not there

const plans = new WeakMap(); // by the first node of a template, which may get others: what of it is to be filled

export function filled(template, value) {
  return grown(planOf(template), value).element;
}

// A template's one element, filled: a Part.
export function made(template, value) {
  return grown(planOf(template).only, value);
}

// Filled before it is of the page: a slot is no number where an SVG wants one. And of the page before anybody observes
// it: what is observed in the template's own document is kept for ever.
function grown(plan, value) {
  const part = new Part(plan.pattern.cloneNode(true), plan);
  part.fill(value);
  document.adoptNode(part.element);
  return part;
}

// The Part of an element that is as `made` would have it for this value, whoever made it.
export function found(template, element, value) {
  return new Part(element, planOf(template).only, value);
}

// An element, and the places in it that are filled.
class Part {
  #plan;
  #given = []; // what its attributes were filled with
  #children; // of each child in the plan: a node that stays as it is, or what fills it

  // With `value` all is there already as it was filled with that.
  constructor(element, plan, value) {
    this.element = element;
    this.#plan = plan;
    let at = element.firstChild;
    const next = () => {
      const node = at;
      at = at.nextSibling;
      return node;
    };
    this.#children = plan.children.map((child) => {
      if (child.repeats) return new Some(child, value === undefined ? [] : itemsOf(child, value).map((item) => new Part(next(), child, item)));
      if (child.text) return new Words(next(), child.text);
      return child.fixed ? next() : new Part(next(), child, value);
    });
    if (value !== undefined) this.#given = plan.attributes.map(({ text }) => given(text, value));
  }

  fill(value) {
    this.#plan.attributes.forEach(({ name, text }, n) => {
      const now = given(text, value);
      if (n in this.#given && this.#given[n] === now) return;
      this.#given[n] = now;
      if (now === null || now === undefined) this.element.removeAttribute(name);
      else this.element.setAttribute(name, now);
    });
    this.#children.forEach((child, n) => {
      if (child instanceof Some) child.fill(value, { parent: this.element, before: () => this.#behind(n) });
      else if (!(child instanceof Node)) child.fill(value);
    });
  }

  // The first node behind the nth child; null where it is the last.
  #behind(n) {
    for (const child of this.#children.slice(n + 1)) {
      const node = child instanceof Node ? child : child.first;
      if (node) return node;
    }
    return null;
  }

  get first() {
    return this.element;
  }
}

class Words {
  constructor(node, text) {
    Object.assign(this, { first: node, text });
  }

  fill(value) {
    const now = asParsed(written(this.text, value));
    if (this.first.data !== now) this.first.data = now;
  }
}

// What is there with a value, or once for every item.
class Some {
  #plan;
  #parts;

  constructor(plan, parts) {
    this.#plan = plan;
    this.#parts = parts;
  }

  get first() {
    return this.#parts[0]?.element;
  }

  fill(value, { parent, before }) {
    const items = itemsOf(this.#plan, value);
    for (const part of this.#parts.splice(items.length)) part.element.remove();
    items.forEach((item, n) => {
      if (this.#parts[n]) return this.#parts[n].fill(item);
      this.#parts.push(grown(this.#plan, item));
      parent.insertBefore(this.#parts[n].element, before());
    });
  }
}

function planOf(template) {
  const key = template.content.firstChild ?? template;
  if (!plans.has(key)) {
    const pattern = template.content.cloneNode(true);
    const children = [...pattern.childNodes].map(planned);
    plans.set(key, { pattern, attributes: [], children, only: children.find((child) => child.pattern) });
  }
  return plans.get(key);
}

// What may be there or not is taken out of what is around it.
function planned(node) {
  if (node.nodeType === Node.TEXT_NODE && node.data.includes("⟨")) {
    const text = node.data;
    node.data = "";
    return { text };
  }
  if (node.nodeType !== Node.ELEMENT_NODE) return { fixed: true };
  const [condition, each] = ["data-if", "data-each"].map((name) => {
    const path = node.getAttribute(name);
    node.removeAttribute(name);
    return path;
  });
  const attributes = Array.from(node.attributes, ({ name, value }) => ({ name, text: value })).filter(({ text }) => text.includes("⟨"));
  const children = [...node.childNodes].map(planned);
  const repeats = condition !== null || each !== null;
  if (repeats) node.remove();
  const fixed = !repeats && !attributes.length && children.every((child) => child.fixed);
  return { pattern: node, condition, each, repeats, attributes, fixed, children: fixed ? [] : children };
}

function itemsOf({ condition, each }, value) {
  const items = each === null ? [value] : (valueAt(each, value) ?? []);
  return condition === null ? items : items.filter((item) => there(valueAt(condition, item)));
}

function given(text, value) {
  return WHOLE.test(text) ? valueAt(text.slice(1, -1), value) : written(text, value);
}

function written(text, value) {
  return text.replace(SLOT, (_, slot) => valueAt(slot, value) ?? "");
}

// As the browser's parser would have it, so that a text is the same whichever way it came.
function asParsed(text) {
  return text.replace(/\r\n?/g, "\n").replaceAll("\0", "");
}

function valueAt(slot, value) {
  const [path, format] = slot.split("|");
  const found = path ? path.split(".").reduce((at, name) => at?.[name], value) : value;
  if (!format) return found;
  return (found ?? null) === null && !OF_NOTHING.has(format) ? null : formats[format](found);
}

function there(value) {
  if ((value ?? null) === null || value === "") return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}
