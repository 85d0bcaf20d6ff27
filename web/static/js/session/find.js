// Searching within the session: what was said, written, asked, collected. Places are events, in order; words are marked
// where the browser can.

export class Find {
  #places = [];
  #at = -1;
  #timer = 0;

  // `go(seq)` brings an event in sight, `found(places)` is told where there is something.
  constructor(form, { vault, paper, go, found, signal }) {
    Object.assign(this, { form, vault, paper, go, found, input: form.querySelector("input"), sign: form.querySelector("output") });
    this.input.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#search(), 120);
    }, { signal });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#move(event.submitter?.value === "before" ? -1 : 1);
    }, { signal });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
      else if (event.key === "Enter" && event.shiftKey) {
        event.preventDefault();
        this.#move(-1);
      }
    }, { signal });
    signal.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
  }

  open() {
    this.form.hidden = false;
    this.input.focus();
    this.input.select();
  }

  close() {
    this.input.value = "";
    this.#search();
    this.form.hidden = true;
    this.paper.root.focus({ preventScroll: true });
  }

  // There is more to search in, or other nodes on the page.
  renew() {
    if (!this.input.value) return;
    this.#places = this.vault.find(this.input.value);
    this.#show();
  }

  #search() {
    clearTimeout(this.#timer);
    this.#places = this.vault.find(this.input.value);
    this.#at = -1;
    this.#show();
    this.found(this.#places);
  }

  #move(by) {
    const { length } = this.#places;
    if (!length) return;
    this.#at = this.#at < 0 && by < 0 ? length - 1 : (this.#at + by + length) % length;
    this.#show();
    this.go(this.#places[this.#at]);
  }

  #show() {
    const { length } = this.#places;
    this.sign.textContent = !this.input.value ? "" : length ? `${this.#at < 0 ? "" : `${this.#at + 1} of `}${length}` : "nothing";
    this.paper.mark(this.input.value.toLowerCase().split(/\s+/).filter(Boolean));
  }
}
