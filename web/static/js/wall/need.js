// How many of the wall's sessions need attention: a view of its own, of which only the count is used. It thinks and
// never touches the page.

export class Need {
  // A filter that already asks for attention has its answer in its own count.
  constructor({ filter, sort }) {
    this.filter = filter;
    this.sort = sort;
    this.own = new URLSearchParams(filter).has("attention");
    this.count = undefined;
  }

  subscription() {
    if (this.own) return { op: "unsubscribe", id: "need" };
    const filter = [this.filter, "attention=any"].filter(Boolean).join("&");
    return { op: "subscribe", id: "need", to: "wall", filter, sort: this.sort, limit: 1 };
  }

  // Did the count change?
  hear(frame) {
    if (frame.id !== "need" || !frame.counts) return false;
    const before = this.count;
    this.count = frame.counts.matching;
    return before !== this.count;
  }
}
