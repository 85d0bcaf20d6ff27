// A list that is live: the view as the hub sends it, what of it stands on the page, and who paints that, put together.

import { glance } from "./glance.js";
import { watch } from "./hold.js";
import { Listing } from "./listing.js";
import { inOrder, keyOf } from "./order.js";
import { Rows } from "./rows.js";
import { View } from "./view.js";

const AGAIN = 2000; // ms until a subscription that the hub could not serve is tried again
const CALM = 1000; // ms between changes of place: rows that trade places faster than that cannot be read
const MANY = 400; // live cards: of more, the changes of place come less often; each moves all that stand behind it
let subscriptions = 0;

export class Follow {
  #timers = { again: 0, calm: 0 };
  #settled = 0;
  #keeping = false;
  #tail = new Map(); // cards behind the live ones, as they were when they were read
  #behind = null; // their ids in order, until they change

  // `page` has the filter, sort and limit; `changed()` is called when the view or what is shown of it is another;
  // `painter(shown)` makes what paints the list, if it is not Rows.
  constructor({ page, list, template, socket, clock, health, signal, deep, changed, refused, painter }) {
    Object.assign(this, { socket, clock, health, changed, refused });
    const { filter, sort, limit } = page.dataset;
    this.wish = { filter, sort, limit: Number(limit) };
    this.view = new View({ sort });
    const shown = (id) => this.#glance(id);
    this.rows = painter ? painter(shown) : new Rows(list, template, { shown, signal });
    this.listing = new Listing(this.rows.ids());
    watch(list, { held: (held) => (held ? this.listing.hold() : this.#release()), signal, deep });
    signal.addEventListener("abort", () => this.#end(), { once: true });
    this.subscribe();
  }

  // Ask for a snapshot. A name of its own for each: what still comes of the one before is not meant.
  subscribe() {
    clearTimeout(this.#timers.again);
    if (this.id) this.socket.send({ op: "unsubscribe", id: this.id });
    this.id = `list-${(subscriptions += 1)}`;
    this.socket.send({ op: "subscribe", id: this.id, to: "wall", ...this.wish });
  }

  // A frame of the socket.
  hear(frame) {
    if (frame.op === "beat" && this.view.ready && this.id in frame.digest) {
      if (this.health.prove(this.view.digest() === frame.digest[this.id], { now: Date.now() })) this.subscribe();
    }
    if (frame.op === "beat") this.#watch(frame.watched ?? {}, { whole: true });
    if (frame.id !== this.id) return;
    if (frame.op === "watched") this.#watch(frame.sessions, { whole: false });
    else if (frame.op === "error") this.#refused(frame);
    else if (frame.op === "snapshot" || frame.op === "patch") this.#take(frame);
  }

  // From now on, cards that the live ones push out stay behind them.
  keep() {
    this.#keeping = true;
  }

  // Cards behind the live ones. `instead`: ids that were read in the same place before.
  append(cards, instead = []) {
    const keys = cards.map((card) => keyOf(this.wish.sort, card));
    const there = new Set(cards.map((card) => card.session));
    const [least, most] = [Math.min(...keys), Math.max(...keys)];
    for (const id of instead) {
      const key = this.#tail.has(id) && !there.has(id) ? keyOf(this.wish.sort, this.#tail.get(id)) : null;
      if (key !== null && key >= least && key <= most) this.#forget(id);
    }
    const dirty = cards.filter((card) => !this.view.cards.has(card.session));
    for (const card of dirty) this.#remember(card);
    this.rows.paint({ order: this.listing.shown, left: this.listing.left, dirty: dirty.map((card) => card.session) });
    this.#settle();
  }

  // Cards that are kept, live or behind, or emptied; undefined for others.
  card(id) {
    return this.view.cards.get(id) ?? this.#tail.get(id) ?? this.view.erased.get(id);
  }

  // Ids of rows that stay though they left, and are not emptied yet.
  left() {
    return [...this.listing.left].filter((id) => !this.view.erased.has(id));
  }

  // A session of those was erased.
  erase(id) {
    this.#forget(id);
    this.view.empty(id, { at: new Date(this.clock.now()).toISOString() });
    this.rows.paint({ order: this.listing.shown, left: this.listing.left, dirty: [id] });
  }

  reveal() {
    this.listing.reveal();
    this.#paint();
  }

  #take(frame) {
    const first = frame.op === "snapshot";
    const before = new Map(first || !this.#keeping ? [] : frame.gone.map((id) => [id, this.view.cards.get(id)]));
    const { changed, erased } = this.view.take(frame);
    if (first) {
      this.health.show();
      this.socket.send({ op: "ping" }); // the ages and the proof at once
    }
    for (const id of erased) before.delete(id);
    for (const card of before.values()) if (card && this.view.beyond(card)) this.#remember(card);
    for (const id of [...changed, ...erased]) this.#forget(id);
    const dirty = [...changed, ...erased];
    this.rows.paint({ order: this.listing.shown, left: this.listing.left, dirty, marked: !first });
    if (first) this.#settle();
    else this.#calmly();
  }

  #watch(sessions, { whole }) {
    const dirty = this.view.watch(sessions, { whole });
    if (dirty.length) this.rows.paint({ order: this.listing.shown, left: this.listing.left, dirty });
  }

  #refused({ code, message }) {
    if (code === "store_away") this.#timers.again = setTimeout(() => this.subscribe(), AGAIN);
    else this.refused(message);
  }

  #calmly() {
    const calm = CALM * Math.max(1, this.view.cards.size / MANY);
    const wait = this.#settled + calm - performance.now(); // a clock may be set back
    if (wait <= 0) this.#settle();
    else this.#timers.calm ||= setTimeout(() => this.#settle(), wait);
  }

  #settle() {
    clearTimeout(this.#timers.calm);
    this.#timers.calm = 0;
    this.#settled = performance.now();
    this.#behind ??= inOrder(this.#tail.values(), this.wish.sort);
    const live = this.view.ready ? this.view.order() : this.listing.shown.filter((id) => !this.#tail.has(id));
    this.listing.settle(this.#behind.length ? [...live, ...this.#behind] : live);
    this.#paint();
  }

  #remember(card) {
    this.#tail.set(card.session, card);
    this.#behind = null;
  }

  #forget(id) {
    if (this.#tail.delete(id)) this.#behind = null;
  }

  #release() {
    if (!this.listing.held) return;
    this.listing.release();
    this.#paint();
  }

  #paint() {
    this.rows.paint({ order: this.listing.shown, left: this.listing.left });
    this.changed();
  }

  #glance(id) {
    const card = this.card(id);
    return card && glance(card, { now: this.clock.now(), watched: this.view.watched.get(id) });
  }

  #end() {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    this.socket.send({ op: "unsubscribe", id: this.id });
  }
}
