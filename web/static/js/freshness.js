// How fresh a live page is: the sign that cannot lie. Pure; times are ms since 1970.
//
//     live        the hub speaks, and conversations move
//     quiet       the hub speaks, and nothing happens: that is all right
//     slow        it goes on without its bus: changes come up to some seconds late; or its store just went away
//     connecting  for some seconds at most
//     stale       what is shown may be old: since when, and why
//
// A channel that went silent is none of these: the hub speaks, one of those who send to it does not. See `silent`.

import { LATE, MISSED } from "./socket.js";

export const LOST = 3000; // without a socket for longer is stale
export const QUIET = 60000; // nothing happened for so long
const AWAY = 1000; // the store away for longer is stale; the hub says so when it has waited for two seconds itself
const SHOWN = 5000; // a connection that shows nothing for longer is stale

export class Health {
  constructor({ now }) {
    this.beat = null; // {store, bus, at: when it came here, event: hub's time of the last event}
    this.silent = []; // channels that sent nothing for longer than they should: [{name, last}], the longest first
    this.since = { store: now, bus: now }; // since when each is as it is
    this.link = { state: "connecting", since: now, reason: "", heard: 0, heartbeat: 5 };
    this.shown = now; // since when the page waits for its snapshot; null: it has one
    this.proof = { at: null, equal: null, misses: 0 };
  }

  // A heartbeat came.
  hear(beat, { now }) {
    for (const part of ["store", "bus"]) if (beat[part] !== this.beat?.[part]) this.since[part] = now;
    const event = beat.last_event ? Date.parse(beat.last_event) : null;
    this.beat = { store: beat.store, bus: beat.bus, at: now, event };
    const channels = Object.entries(beat.channels ?? {}).filter(([, { silent }]) => silent);
    this.silent = channels.map(([name, { last }]) => ({ name, last }));
    this.silent.sort((a, b) => Date.parse(a.last) - Date.parse(b.last));
  }

  // The socket changed. A new one is asked for a snapshot.
  connect(link, { now }) {
    if (link.state === "open" && this.link.state !== "open") this.shown = now;
    this.link = link;
  }

  show() {
    this.shown = null;
  }

  // The page compared its digest with the hub's -> must it ask for a snapshot?
  prove(equal, { now }) {
    this.proof = { at: now, equal, misses: this.proof.misses + (equal ? 0 : 1) };
    return !equal;
  }

  // Is the next heartbeat overdue?
  late({ now }) {
    return this.beat !== null && now - this.beat.at > LATE * this.link.heartbeat * 1000;
  }

  // {state, word, since (ms, where stale), why, quiet (ms)}. `hub` is now by the hub's clock.
  sign({ now, hub }) {
    const { link, beat } = this;
    const heard = Math.max(link.heard, beat?.at ?? 0);
    if (link.state === "ended") return stale("Signed out", link.since, "Sign in again to go on.");
    const silent = heard > 0 && now - heard > MISSED * link.heartbeat * 1000;
    if (link.state !== "open") {
      if (!silent && now - link.since <= LOST) return { state: "connecting", word: "Connecting" };
      const why = sentence(link.reason || "the hub does not answer");
      return stale("Not live", heard || link.since, `${why} Trying again.`);
    }
    if (silent) return stale("Not live", heard, "The hub fell silent. Trying again.");
    if (beat && beat.store !== "ok" && now - this.since.store > AWAY) {
      const why = "The hub cannot reach its store. What channels send is taken in when it is back.";
      return stale("Not live", this.since.store, why);
    }
    if (this.shown !== null) {
      if (now - this.shown <= SHOWN) return { state: "connecting", word: "Loading" };
      return stale("Not live", this.shown, "The hub cannot read its store. Trying again.");
    }
    if (beat && beat.store !== "ok") return { state: "slow", word: "The store does not answer" };
    if (beat && beat.bus !== "ok") return { state: "slow", word: "Live, up to 3 s late: the bus is silent" };
    const quiet = beat?.event ? hub - beat.event : null;
    if (quiet !== null && quiet > QUIET) return { state: "quiet", word: "Live and quiet", quiet };
    return { state: "live", word: "Live" };
  }
}

function stale(word, since, why) {
  return { state: "stale", word, since, why };
}

function sentence(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}
