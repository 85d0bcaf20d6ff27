// Ctrl-K: one line that leads to a session, a view, a filter or a command. rank.js thinks, options.js paints.

import { glance } from "../glance.js";
import { paintOptions, stepped } from "../options.js";
import { request } from "../request.js";
import { write } from "../signs.js";
import { ranked } from "./rank.js";

const TYPED = 120; // ms after the last letter until the hub is asked
const SESSIONS = 6;

export class Palette {
  #dialog = document.getElementById("palette");
  #options = [];
  #at = 0;
  #timer = 0;
  #asking = null;

  // `things()` gives what the page itself offers: {of, what, count?, go()}.
  constructor({ things, signal }) {
    Object.assign(this, { things });
    this.input = this.#dialog.querySelector("input");
    this.list = this.#dialog.querySelector("ul");
    document.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
      event.preventDefault();
      this.toggle();
    }, { signal });
    this.input.addEventListener("input", () => this.#look(), { signal });
    this.input.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.list.addEventListener("click", ({ target }) => this.#go(Number(target.closest("li")?.dataset.n)), { signal });
    this.#dialog.addEventListener("click", ({ target }) => target === this.#dialog && this.#dialog.close(), { signal });
    this.#dialog.addEventListener("close", () => this.#asking?.abort(), { signal });
  }

  toggle() {
    if (this.#dialog.open) return this.#dialog.close();
    this.input.value = "";
    this.#dialog.showModal();
    return this.#look();
  }

  #key(event) {
    const at = stepped(event, { at: this.#at, count: this.#options.length });
    if (at !== null) {
      event.preventDefault();
      this.#at = at;
      this.#paint();
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#go(this.#at);
    }
  }

  #look() {
    const typed = this.input.value.trim();
    this.#show(ranked(this.things(), typed), []);
    clearTimeout(this.#timer);
    this.#asking?.abort();
    if (typed.length < 2) return;
    this.#timer = setTimeout(() => this.#ask(typed), TYPED);
  }

  async #ask(typed) {
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    try {
      const asked = new URLSearchParams({ q: typed.replace(/[\\,]/g, "\\$&").replace(/^!/, "\\!"), limit: SESSIONS });
      const [named, exact] = await Promise.all([
        request(`/api/v1/sessions?${asked}`, { signal }).then((answer) => answer.json()),
        typed.includes(":") ? fetch(`/api/v1/sessions/${encodeURIComponent(typed)}`, { signal }) : null,
      ]);
      const cards = [...(exact?.ok ? [await exact.json()] : []), ...named.cards];
      this.#show(ranked(this.things(), typed), cards);
    } catch (error) {
      if (error.name !== "AbortError") write(this.#dialog.querySelector("#palette-hint"), error.message);
    }
  }

  #show(things, cards) {
    const sessions = cards.map((card) => ({
      of: "session", what: glance(card, { now: Date.now() }).title, count: `${card.channel}, ${card.status}`,
      go: () => location.assign(`/sessions/${encodeURIComponent(card.session)}`),
    }));
    this.#options = [...sessions, ...things];
    this.#at = this.#options.length ? 0 : -1;
    const none = this.input.value.trim().length < 2 ? "" : "Nothing by that name here.";
    write(this.#dialog.querySelector("#palette-hint"), this.#options.length ? "" : none);
    this.#paint();
  }

  #paint() {
    const template = document.getElementById("palette-item");
    paintOptions({ input: this.input, list: this.list, template, options: this.#options, at: this.#at });
  }

  #go(n) {
    const chosen = this.#options[n];
    if (!chosen) return;
    this.#dialog.close();
    chosen.go();
  }
}
