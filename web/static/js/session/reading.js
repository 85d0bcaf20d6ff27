// The reader's moves: from message to message, links within the transcript, the ways up and down.

import { follow } from "./scroll.js";

const PAGE = 200; // events of one further page
const WHY = ":scope > .under details";
const NEAR = 800; // px off the screen at which further events are read already

export class Reading {
  #busy = false;
  #chosen = false; // did one go to a message since the clock was moved?

  // `paint` takes changes, `shown` is told that the signs may have changed, `toEdge` goes to the newest event,
  // `reach(seq)` brings an event onto the page, `flows()` says whether the page's end is where the conversation goes on.
  constructor(root, { model, edge, paper, filler, address, paint, shown, toEdge, reach, flows, say, signal }) {
    Object.assign(this, { root, model, edge, paper, filler, address, paint, shown, toEdge, reach, say });
    root.addEventListener("click", (event) => this.#link(event), { signal });
    root.addEventListener("focusin", () => (this.#chosen = true), { signal });
    root.querySelector("#unseen").addEventListener("click", () => toEdge(), { signal });
    follow((near, up) => {
      edge.moved(near && model.tailing && flows(), up);
      shown();
      this.#near();
    }, { signal });
  }

  async earlier() {
    const { first } = this.model;
    await this.#load(Math.max(1, first - PAGE), first - 1, (events) => this.model.before(events));
  }

  async later() {
    const { last, head } = this.model;
    await this.#load(last + 1, Math.min(head, last + PAGE), (events) => this.model.onward(events, head));
  }

  async #load(first, last, changes) {
    if (this.#busy || last < first) return;
    this.#busy = true;
    const events = await this.filler.need(first, last);
    this.#busy = false;
    this.say(events ? "" : "The hub does not answer. Try again in a moment.");
    if (events) this.paint(changes(events));
    this.shown();
  }

  // Who scrolls on reads on.
  #near() {
    for (const [id, way] of [["earlier", this.earlier], ["later", this.later]]) {
      const { top, bottom, height } = this.root.querySelector(`#${id}`).getBoundingClientRect(); // no height: hidden
      if (height && bottom > -NEAR && top < innerHeight + NEAR) way.call(this);
    }
  }

  #link(event) {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest("a");
    if (!link) return;
    const within = link.closest("#earlier, #later");
    if (link.matches(".to-live")) this.#instead(event, () => this.toEdge());
    else if (within) this.#instead(event, () => (within.id === "earlier" ? this.earlier() : this.later()));
    else {
      const seq = this.#meant(link);
      if (seq) this.#instead(event, () => this.goTo(seq, { search: link.search }));
    }
  }

  // The event that a link leads to, where that is known.
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

  // An event, marked and in sight, wherever in the session it is.
  async goTo(seq, { search = "", focus = true } = {}) {
    this.edge.following = false;
    if (!(await this.reach(seq))) return;
    if (search) this.address.link(search);
    this.paper.point(seq, { focus });
  }

  step(by) {
    const { messages } = this.paper;
    const here = messages.indexOf(this.current);
    const next = here < 0 ? (by > 0 ? firstInSight(messages) : messages.at(-1)) : messages[here + by];
    if (!next) return;
    if (by < 0) this.edge.following = false;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest", behavior: "instant" });
  }

  // The clock was moved: what is meant by "here" is its moment, until one goes to a message.
  moved() {
    this.#chosen = false;
  }

  // The message that one went to; null: it is the moment that counts.
  get chosen() {
    return this.#chosen ? this.current : null;
  }

  // The message that has the focus.
  get current() {
    return document.activeElement?.closest?.('.event[data-type="message"]') ?? null;
  }

  // Opens or closes the decision of the message that one went to, else the newest one of the moment.
  decision() {
    const past = this.paper.messages.filter((node) => !node.hasAttribute("data-ahead") && node.querySelector(WHY));
    const meant = this.chosen ?? past.at(-1);
    const all = [...(meant?.querySelectorAll(WHY) ?? [])];
    const open = !all.every((details) => details.open);
    for (const details of all) details.open = open;
    if (open) all.at(-1)?.closest(".decision").scrollIntoView({ block: "nearest", behavior: "instant" });
  }
}

function firstInSight(messages) {
  return messages.find((node) => node.getBoundingClientRect().bottom > 0) ?? messages[0];
}
