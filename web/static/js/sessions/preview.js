// The last messages of a session beside its row: for the pointer that rests on it, or Space. The list stays where it is.

import { morph } from "../morph.js";

const REST = 550; // ms that the pointer must rest
const APART = 8; // px between row and preview
const ANEW = 500; // ms in which the session shown is read again at most once

export class Preview {
  #box = document.getElementById("preview");
  #timer = 0;
  #anew = 0;
  #asking = null;
  #of = null; // the session shown
  #byKey = false;

  constructor({ list, signal }) {
    Object.assign(this, { list, signal });
    list.addEventListener("pointerover", (event) => this.#point(event), { signal, passive: true });
    list.addEventListener("pointerleave", () => this.#leave(), { signal, passive: true });
    this.#box.addEventListener("pointerleave", () => this.#leave(), { signal, passive: true });
    this.#box.addEventListener("pointerenter", () => clearTimeout(this.#timer), { signal, passive: true });
    addEventListener("scroll", () => this.#byKey || this.hide(), { signal, passive: true });
    signal.addEventListener("abort", () => this.hide(), { once: true });
  }

  get shown() {
    return this.#of;
  }

  // Of the row that has the focus: shown, or hidden if it is.
  toggle(row) {
    if (this.#of === row.dataset.key) this.hide();
    else this.#show(row, { byKey: true });
  }

  // The focus went on: what is shown goes with it.
  follow(row) {
    if (this.#of && this.#byKey) this.#show(row, { byKey: true });
  }

  // Something happened in this session: is it the one shown?
  renew(id) {
    if (id === this.#of) this.#anew ||= setTimeout(() => this.#again(), ANEW);
  }

  hide() {
    clearTimeout(this.#timer);
    clearTimeout(this.#anew);
    this.#anew = 0;
    this.#asking?.abort();
    this.#asking = null;
    if (!this.#of) return false;
    this.#of = null;
    this.#box.hidePopover();
    this.list.querySelector("[aria-describedby=preview]")?.removeAttribute("aria-describedby");
    return true;
  }

  #point({ pointerType, target }) {
    if (pointerType === "touch") return;
    const row = target.closest("li[data-key]");
    clearTimeout(this.#timer);
    if (!row || row.dataset.key === this.#of || this.#byKey && this.#of) return;
    if (target.closest("input, .heads")) return;
    this.#timer = setTimeout(() => this.#show(row, { byKey: false }), REST);
  }

  #leave() {
    clearTimeout(this.#timer);
    if (!this.#byKey) this.#timer = setTimeout(() => this.hide(), 200);
  }

  async #show(row, { byKey }) {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    const id = row.dataset.key;
    const made = await read(id, asking.signal);
    if (!made || !row.isConnected) return;
    this.#byKey = byKey;
    this.#of = id;
    this.#box.replaceChildren(made);
    this.#box.showPopover();
    this.#place(row);
    row.querySelector("a.open")?.setAttribute("aria-describedby", "preview");
  }

  // What is shown changes in its place.
  async #again() {
    this.#anew = 0;
    const id = this.#of;
    const made = await read(id, this.#asking.signal);
    if (!made || this.#of !== id) return;
    const there = this.#box.firstElementChild;
    if (there.nodeName === made.nodeName) morph(there, made);
    else there.replaceWith(made);
    const row = this.list.querySelector(`[data-key="${CSS.escape(id)}"]`);
    if (row) this.#place(row);
  }

  // Below the row where there is room, else above it.
  #place(row) {
    const box = this.#box;
    const at = row.getBoundingClientRect();
    const { offsetHeight: height, offsetWidth: width } = box;
    const below = at.bottom + APART;
    const top = below + height <= innerHeight ? below : Math.max(APART, at.top - APART - height);
    const left = Math.max(APART, Math.min(at.left + 48, innerWidth - width - APART));
    Object.assign(box.style, { top: `${top}px`, left: `${left}px` });
  }
}

// The last messages of a session, or why there are none; null where nobody waits for them any more.
async function read(id, signal) {
  try {
    const answer = await fetch(`/preview/${encodeURIComponent(id)}`, { signal });
    if (!answer.ok) return said(answer.status === 404 ? "This session is no longer there." : "The hub cannot show it just now.");
    return new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("preview-body");
  } catch (error) {
    return error.name === "AbortError" ? null : said("The hub does not answer.");
  }
}

function said(sentence) {
  const line = document.createElement("p");
  line.textContent = sentence;
  return line;
}
