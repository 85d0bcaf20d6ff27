// The live edge, as the reader stands to it: at it (the page follows what comes), or away from it (what comes is counted).
// It thinks and never touches the page.

export class Edge {
  constructor({ following }) {
    this.following = following;
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

// What the line at the top says of how fresh the page is. `link` is the socket's state, `since` the time of the last word
// of the hub (ms since 1970, 0 if none), `store` what the hub says of the store.
export function freshness({ link, live, tailing, store }) {
  if (link !== "open") return { state: "stale", word: "Not live" };
  if (store && store !== "ok") return { state: "stale", word: "Store away" };
  if (!live) return { state: "catching-up", word: "Catching up" };
  return tailing ? { state: "live", word: "Live" } : { state: "behind", word: "Live below" };
}
