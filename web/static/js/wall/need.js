// How many of a list's sessions need attention: a view of its own, of which only the count is used. It thinks and never
// touches the page.

export class Need {
  // A filter that already asks for attention has its answer in its own count.
  constructor({ id, filter, sort }) {
    Object.assign(this, { id, filter, sort });
    this.own = new URLSearchParams(filter).has("attention");
    this.count = undefined;
  }

  subscription() {
    if (this.own) return { op: "unsubscribe", id: this.id };
    const filter = [this.filter, "attention=any"].filter(Boolean).join("&");
    return { op: "subscribe", id: this.id, to: "wall", filter, sort: this.sort, limit: 1 };
  }

  // Did the count change?
  hear(frame) {
    if (frame.id !== this.id || !frame.counts) return false;
    const before = this.count;
    this.count = frame.counts.matching;
    return before !== this.count;
  }
}
