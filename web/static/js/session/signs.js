// What stands around the transcript: the ways up and down, how many are new, how fresh the page is. It paints and never
// thinks.

import { clock } from "./formats.js";

export class Signs {
  // `dress` is called with what was put on the page.
  constructor(root, { dress }) {
    Object.assign(this, { root, dress });
  }

  // The moment that all of the page is of, as a time; null: it is the newest.
  moment(at) {
    const sign = this.#find("as-of");
    const time = sign.querySelector("time");
    sign.hidden = at === null;
    this.root.classList.toggle("is-of-then", at !== null);
    if (at === null || time.dateTime === at) return;
    time.dateTime = at;
    time.textContent = clock(at);
    this.dress(sign);
  }

  // What comes after the clock's moment (`past`) comes by playing on.
  edges({ model, unseen, past, closed }) {
    this.#count("earlier", model.first - 1);
    this.#count("later", model.tailing || past ? 0 : model.head - model.last);
    this.#find("later").querySelector(".to-live").textContent = closed ? "To the end" : "To the live edge";
    this.#count("unseen", unseen);
  }

  // What `freshness` in edge.js says.
  freshness({ state, word, since, detail }) {
    const sign = this.#find("freshness");
    const [said, more] = [word, `${since ? ` since ${clock(since)}` : ""}${detail ? `: ${detail}` : ""}`];
    if (sign.dataset.state === state && sign.textContent === said + more) return;
    sign.dataset.state = state;
    sign.querySelector(".word").textContent = said;
    sign.querySelector(".more-of-it").textContent = more;
    this.root.classList.toggle("stale", state === "stale");
    this.#find("transcript").setAttribute("aria-live", state === "live" || state === "whole" ? "polite" : "off");
  }

  problem(sentence) {
    this.#find("problem").textContent = sentence;
  }

  #count(id, count) {
    const sign = this.#find(id);
    sign.hidden = count <= 0;
    sign.querySelector(".count").textContent = count;
  }

  #find(id) {
    return this.root.querySelector(`#${id}`);
  }
}
