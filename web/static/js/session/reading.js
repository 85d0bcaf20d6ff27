// The reader's moves: keys, links within the transcript, the ways up and down.

import { readEvents } from "./acts.js";
import { asked } from "./keys.js";
import { follow, toEnd } from "./scroll.js";

const PAGE = 200; // events of one further page

export class Reading {
  #busy = false;

  // `paint` takes changes, `shown` is told that the signs may have changed, `tail` that the live tail takes over here.
  constructor(root, { session, model, edge, paper, paint, shown, tail, say, signal }) {
    Object.assign(this, { root, session, model, edge, paper, paint, shown, tail, say, signal });
    addEventListener("keydown", (event) => this.#key(event), { signal });
    root.addEventListener("click", (event) => this.#link(event), { signal });
    root.querySelector("#unseen").addEventListener("click", () => this.toLive(), { signal });
    follow((near, up) => {
      edge.moved(near && model.tailing, up);
      shown();
    }, { signal });
  }

  // To the newest event; far from it, the page is opened anew there.
  toLive() {
    if (!this.model.tailing) {
      location.assign(location.pathname);
      return;
    }
    this.edge.reached();
    toEnd();
    this.shown();
  }

  async earlier() {
    const { first } = this.model;
    const after = Math.max(0, first - 1 - PAGE);
    await this.#load({ after, limit: first - 1 - after }, (told) => this.model.before(told.events));
  }

  async later() {
    const waiting = !this.model.tailing;
    await this.#load({ after: this.model.last, limit: PAGE }, (told) => this.model.onward(told.events, told.head));
    if (waiting && this.model.tailing) this.tail();
  }

  async #load(page, changes) {
    if (this.#busy) return;
    this.#busy = true;
    const told = await readEvents(this.session, { ...page, signal: this.signal });
    this.#busy = false;
    this.say(told.problem ?? "");
    if (told.events) this.paint(changes(told));
    this.shown();
  }

  #link(event) {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest("a");
    if (!link) return;
    const within = link.closest("#earlier, #later");
    if (link.matches(".to-live")) this.#instead(event, () => this.toLive());
    else if (within) this.#instead(event, () => (within.id === "earlier" ? this.earlier() : this.later()));
    else {
      const seq = this.#meant(link);
      if (seq && this.model.has(seq)) this.#instead(event, () => this.point(seq, link.search));
    }
  }

  // The event that a link leads to, where it is on this page.
  #meant(link) {
    const { toMessage, toSeq } = link.dataset;
    if (toMessage !== undefined) return this.model.seqOf(toMessage);
    if (toSeq !== undefined) return Number(toSeq);
    return link.matches(".permalink") ? Number(link.closest(".event").dataset.seq) : undefined;
  }

  #instead(event, act) {
    event.preventDefault();
    act();
  }

  point(seq, search) {
    this.edge.following = false;
    if (search) history.replaceState(null, "", search);
    this.paper.point(seq);
  }

  #key(event) {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable], dialog");
    const wish = asked(event, { typing });
    if (!wish) return;
    event.preventDefault();
    if (wish === "live") this.toLive();
    else if (wish === "help") document.getElementById("keys").showModal();
    else if (wish === "decision") this.#decision();
    else this.#step(wish === "next" ? 1 : -1);
  }

  #step(by) {
    const { messages } = this.paper;
    const here = messages.indexOf(this.#current());
    const next = here < 0 ? (by > 0 ? firstInSight(messages) : messages.at(-1)) : messages[here + by];
    if (!next) return;
    if (by < 0) this.edge.following = false;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest", behavior: "instant" });
  }

  #current() {
    return document.activeElement?.closest?.('.event[data-type="message"]') ?? null;
  }

  #decision() {
    const message = this.#current() ?? this.paper.messages.at(-1);
    const all = [...(message?.querySelectorAll(":scope > .under details") ?? [])];
    const open = !all.every((details) => details.open);
    for (const details of all) details.open = open;
  }
}

function firstInSight(messages) {
  return messages.find((node) => node.getBoundingClientRect().bottom > 0) ?? messages[0];
}
