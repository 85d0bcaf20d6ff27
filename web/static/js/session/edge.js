// The live edge, as the reader stands to it: at it (the page follows what comes), or away from it (what comes is
// counted). It thinks and never touches the page.

export class Edge {
  constructor() {
    this.following = false;
    this.unseen = 0;
  }

  // So many events came at the end.
  grew(count) {
    if (!this.following) this.unseen += count;
  }

  // The reader moved. `near`: the end is in sight; `up`: away from it. (That the page grew is no move.)
  moved(near, up) {
    if (near) this.reached();
    else if (up) this.following = false;
  }

  reached() {
    this.following = true;
    this.unseen = 0;
  }
}

// What the sign at the top says of how fresh the page is. `link` is the socket's; `live`: the hub has said that history
// is complete; `store`: what the hub says of the store; `tailing`: the page reaches the newest event;
// `closed`: so is the session; `gone`: it was erased. `since` is in ms.
export function freshness({ link, live, store, tailing, closed, gone = false }) {
  if (gone) return { state: "stale", word: "Not live", detail: "the session is no longer in the store" };
  if (link.state === "ended") return { state: "stale", word: "Not live", since: link.since, detail: link.reason };
  if (link.state !== "open") {
    if (!link.tries && !link.heard) return { state: "connecting", word: "Connecting" };
    return { state: "stale", word: "Not live", since: link.since, detail: `${link.reason}; trying again` };
  }
  if (store !== "ok") return { state: "stale", word: "Not live", detail: "the store does not answer" };
  if (!live) return { state: "connecting", word: "Catching up" };
  if (!tailing) return { state: "behind", word: closed ? "There is more" : "Live, further down" };
  return closed ? { state: "whole", word: "Complete" } : { state: "live", word: "Live" };
}
