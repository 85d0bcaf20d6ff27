// The filter as text, with what could come next. suggest.js thinks, options.js paints.

import { paintOptions, stepped } from "../options.js";
import { suggestions } from "./suggest.js";

export class Expression {
  #offers = [];
  #at = -1;

  // `known()` gives the fields, and their values with counts.
  constructor({ page, template, known, signal }) {
    Object.assign(this, { page, template, known });
    const ours = (act) => (event) => event.target.id === "expression" && act(event);
    page.addEventListener("input", ours(() => this.#offer()), { signal });
    page.addEventListener("focusout", ours(() => this.#hide()), { signal });
    page.addEventListener("keydown", ours((event) => this.#key(event)), { signal });
    page.addEventListener("pointerdown", (event) => {
      const option = event.target.closest("#suggestions > li");
      if (!option) return;
      event.preventDefault(); // the focus stays
      this.#take(Number(option.dataset.n));
    }, { signal });
  }

  get #input() {
    return this.page.querySelector("#expression");
  }

  edit() {
    this.#input.focus();
    this.#input.setSelectionRange(this.#input.value.length, this.#input.value.length);
  }

  #offer() {
    const { value, selectionStart } = this.#input;
    this.#offers = suggestions(value, selectionStart, this.known());
    this.#at = -1;
    this.#paint();
  }

  #key(event) {
    if (event.key === "Escape" && this.#offers.length) {
      event.stopPropagation();
      this.#hide();
    } else if (["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      if (!this.#offers.length) this.#offer();
      this.#at = stepped(event, { at: this.#at, count: this.#offers.length }) ?? -1;
      this.#paint();
    } else if (["Enter", "Tab"].includes(event.key) && this.#at >= 0) {
      event.preventDefault();
      this.#take(this.#at);
    } else if (event.key === "Enter") {
      this.#hide();
    }
  }

  #take(n) {
    const { text, from, to } = this.#offers[n];
    this.#input.setRangeText(text, from, to, "end");
    this.#offer();
  }

  #hide() {
    this.#offers = [];
    this.#at = -1;
    this.#paint();
  }

  #paint() {
    const list = this.page.querySelector("#suggestions");
    const options = this.#offers.map(({ name, count }) => ({ what: name, count }));
    paintOptions({ input: this.#input, list, template: this.template, options, at: this.#at });
  }
}
