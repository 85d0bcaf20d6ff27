// Fills a clone of a template with a value: ⟨path⟩ and ⟨path|format⟩ in texts and attributes, data-if (there only with a
// value), data-each (once for every item). It paints and never thinks; every text goes in as text, never as markup.

import * as formats from "./formats.js";

const SLOT = /⟨([^⟩]*)⟩/g;
const WHOLE = /^⟨[^⟩]*⟩$/;
const OF_NOTHING = new Set(["literal", "worked", "unfelt", "acted"]); // formats that say something of a value that is not there

export function filled(template, value) {
  const copy = template.content.cloneNode(true);
  fillChildren(copy, value);
  return document.adoptNode(copy); // else what observes a part of it, in the template's own document, keeps it for ever
}

function fillChildren(parent, value) {
  for (const child of [...parent.childNodes]) {
    if (child.nodeType === Node.TEXT_NODE) {
      if (child.data.includes("⟨")) child.data = asParsed(written(child.data, value));
    } else if (child.nodeType === Node.ELEMENT_NODE) {
      if (child.hasAttribute("data-each")) repeat(child, value);
      else fillElement(child, value);
    }
  }
}

function fillElement(element, value) {
  const condition = element.getAttribute("data-if");
  if (condition !== null) {
    if (!there(valueAt(condition, value))) {
      element.remove();
      return;
    }
    element.removeAttribute("data-if");
  }
  for (const { name, value: text } of [...element.attributes]) {
    if (!text.includes("⟨")) continue;
    const given = WHOLE.test(text) ? valueAt(text.slice(1, -1), value) : written(text, value);
    if (given === null || given === undefined) element.removeAttribute(name);
    else element.setAttribute(name, given);
  }
  fillChildren(element, value);
}

function repeat(element, value) {
  const items = valueAt(element.getAttribute("data-each"), value) ?? [];
  element.removeAttribute("data-each");
  for (const item of items) {
    const copy = element.cloneNode(true);
    element.before(copy);
    fillElement(copy, item);
  }
  element.remove();
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
