// A live list as the hub sends it: which cards match, in which order, how many in all. It thinks and never touches
// the page. An old view and its patches equal a fresh one; the digest in each heartbeat proves it. By how many people
// the cards are watched comes beside them.

import { byPoint, keyOf } from "./order.js";
import { sha256 } from "./sha256.js";

export class View {
  #keys = new Map();
  #order = null;

  constructor({ sort }) {
    this.sort = sort;
    this.cards = new Map();
    this.counts = null;
    this.ready = false; // is there a snapshot?
    this.watched = new Map(); // session -> people who watch it, more than none
    this.erased = new Map(); // session -> what stands in its place as long as nothing may move
  }

  // A snapshot or a patch -> {changed: ids of cards that are new or other, entered: those of them that were not
  // there, gone: ids, erased: ids}.
  take(frame) {
    if (frame.op === "snapshot") return this.#begin(frame);
    if (!this.ready) return { changed: [], entered: [], gone: [], erased: [] };
    this.counts = frame.counts;
    const erased = (frame.erased ?? []).filter((id) => this.cards.has(id));
    for (const id of erased) this.erased.set(id, emptied(this.cards.get(id)));
    const gone = frame.gone.filter((id) => this.cards.has(id));
    for (const id of gone) this.#drop(id);
    const entered = frame.cards.map((card) => card.session).filter((id) => !this.cards.has(id));
    for (const card of frame.cards) this.#put(card);
    return { changed: frame.cards.map((card) => card.session), entered, gone, erased };
  }

  // A session that is not here any more was erased, too; nobody knows more of it than its id.
  empty(id, { at }) {
    this.erased.set(id, emptied({ session: id, channel: id.slice(0, id.indexOf(":")), started: at, last: at }));
  }

  // By how many people sessions are watched, all that are (`whole`) or what is other -> the ids whose number is other.
  watch(sessions, { whole }) {
    const told = new Map(Object.entries(sessions));
    if (whole) for (const id of this.watched.keys()) if (!told.has(id)) told.set(id, 0);
    const changed = [...told].filter(([id, count]) => (this.watched.get(id) ?? 0) !== count);
    for (const [id, count] of changed) {
      if (count) this.watched.set(id, count);
      else this.watched.delete(id);
    }
    return changed.map(([id]) => id);
  }

  // The ids in order.
  order() {
    this.#order ??= [...this.cards.keys()].sort((a, b) => this.#keys.get(a) - this.#keys.get(b) || byPoint(a, b));
    return this.#order;
  }

  // Does this card come after all that are shown? (Then it did not leave the filter: there was no more room.)
  beyond(card) {
    const last = this.order().at(-1);
    if (last === undefined) return false;
    const key = keyOf(this.sort, card);
    return key > this.#keys.get(last) || (key === this.#keys.get(last) && byPoint(card.session, last) > 0);
  }

  digest() {
    const ids = [...this.cards.keys()].sort(byPoint);
    return sha256(ids.map((id) => `${id} ${this.cards.get(id).rev}\n`).join(""));
  }

  #begin(frame) {
    const before = this.cards;
    this.cards = new Map();
    this.#keys.clear();
    this.counts = frame.counts;
    this.ready = true;
    for (const card of frame.cards) this.#put(card);
    this.#order = null;
    const changed = [...this.cards.keys()].filter((id) => before.get(id)?.rev !== this.cards.get(id).rev);
    const entered = changed.filter((id) => !before.has(id));
    return { changed, entered, gone: [...before.keys()].filter((id) => !this.cards.has(id)), erased: [] };
  }

  #put(card) {
    const key = keyOf(this.sort, card);
    if (this.#keys.get(card.session) !== key) this.#order = null;
    this.#keys.set(card.session, key);
    this.erased.delete(card.session);
    this.cards.set(card.session, card);
  }

  #drop(id) {
    this.cards.delete(id);
    this.#keys.delete(id);
    this.#order = null;
  }
}

// A card of which nothing is left but its place.
function emptied({ session, channel, started, last }) {
  return {
    session, channel, started, last, rev: -1, name: "Erased", status: "closed", kind: null, user: null, agent: null, lead: null,
    attributes: {}, closed: null, duration_ms: 0, active_ms: 0, messages: { user: 0, assistant: 0, operator: 0 }, last_message: null,
    sentiment: { label: null, score: null, trend: [] }, goals: {}, block: null, blocks: [], exited: [], forms: {}, missing: 0,
    tags: [], attention: [], reviewed: null,
  };
}
