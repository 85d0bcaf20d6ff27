// The live edge, as the reader stands to it: at it (the page follows what comes), or away from it (what comes is
// counted: one count, whether it was the page that was scrolled or the clock that was moved). It thinks and never
// touches the page.

export class Edge {
  #seen; // the newest event when the reader was last at the edge
  #away = false; // is the clock elsewhere?

  // `head`: the newest event there is.
  constructor({ head }) {
    this.following = false;
    this.head = this.#seen = head;
  }

  get unseen() {
    return this.head - this.#seen;
  }

  // The newest event is this one.
  grew(head) {
    this.head = Math.max(this.head, head);
    if (this.following && !this.#away) this.#seen = this.head;
  }

  // The clock was moved away from the edge: what comes is counted from here on.
  left() {
    this.#away = true;
  }

  // The reader moved. `near`: the end is in sight; `up`: away from it. (That the page grew is no move.)
  moved(near, up) {
    if (near) {
      this.following = true;
      this.grew(this.head);
    } else if (up) this.following = false;
  }

  reached() {
    this.#away = false;
    this.following = true;
    this.grew(this.head);
  }
}

// What the sign at the top says of how fresh the page is. `link` is the socket's; `live`: the hub has said that history
// is complete; `store`: what the hub says of the store; `tailing`: the page reaches the newest event;
// `away`: since when the store is not; `closed`: so is the session; `past`: the page shows an earlier moment; `unseen`
// events came since. `since` is in ms.
export function freshness({ link, live, store, away = null, tailing, closed, past = false, unseen = 0 }) {
  if (link.state === "ended") return { state: "stale", word: "Not live", since: link.since, detail: link.reason };
  if (link.state !== "open") {
    if (!link.tries && !link.heard) return { state: "connecting", word: "Connecting" };
    return { state: "stale", word: "Not live", since: link.heard || link.since, detail: `${link.reason}; trying again` };
  }
  if (store !== "ok") return { state: "stale", word: "Not live", since: away, detail: "the store does not answer" };
  if (!live) return { state: "connecting", word: "Catching up" };
  if (past) return { state: "behind", word: closed ? "Replaying" : unseen ? `Behind, ${unseen} new` : "Behind" };
  if (closed) return { state: "whole", word: "Complete" }; // however much of it stands on the page
  return tailing ? { state: "live", word: "Live" } : { state: "behind", word: "Live, further down" };
}
