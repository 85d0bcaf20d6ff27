// The sessions before and after this one in the list that it was opened from: read again when asked for, as it is now.

const KEY = "live-list"; // of this tab
const MOST = 1000; // sessions of the list that are looked through
const OWN = ["layout", "columns", "density", "selected", "view", "expression", "limit", "cursor", "kiosk", "name", "theme", "rotate", "views", "sound"];

export class Neighbours {
  constructor({ session, back }) {
    this.session = session;
    this.list = remembered();
    if (this.list !== null) back.href = `/sessions${this.list ? `?${this.list}` : ""}`;
  }

  // -> {address} of the next (by 1) or previous (by -1) one, or {words}: why there is none.
  async step(by) {
    if (this.list === null) return { words: "This session was not opened from a list." };
    const asked = new URLSearchParams(this.list);
    for (const name of [...asked.keys()]) if (OWN.includes(name) || name.includes(".")) asked.delete(name);
    asked.set("limit", MOST);
    let cards;
    try {
      const answer = await fetch(`/api/v1/sessions?${asked}`, { signal: AbortSignal.timeout(10_000) });
      ({ cards } = await answer.json());
    } catch {
      return { words: "The hub does not answer. Try again in a moment." };
    }
    const at = cards?.findIndex(({ session }) => session === this.session) ?? -1;
    if (at < 0) return { words: "This session is no longer in the list that it was opened from." };
    const next = cards[at + by];
    if (!next) return { words: by > 0 ? "This is the last one of the list." : "This is the first one of the list." };
    return { address: `/sessions/${encodeURIComponent(next.session)}` };
  }
}

// The query of the list; null where there was none.
function remembered() {
  const from = document.referrer && URL.canParse(document.referrer) ? new URL(document.referrer) : null;
  try {
    if (from?.origin === location.origin && ["/sessions", "/wall"].includes(from.pathname)) {
      sessionStorage.setItem(KEY, from.search.slice(1));
    }
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}
