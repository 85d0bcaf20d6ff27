// What stands around the transcript: the ways up and down, how many are new, how fresh the page is. It paints and never
// thinks.

import { clock } from "./formats.js";

export class Signs {
  constructor(root) {
    this.root = root;
  }

  edges({ model, edge }) {
    this.#count("earlier", model.first - 1);
    this.#count("later", model.tailing ? 0 : model.head - model.last);
    this.#count("unseen", edge.unseen);
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
