// The live tail: what each frame of the socket means for the page. It thinks and never touches the page.

const AGAIN = 2000; // ms until a subscription that the hub could not serve is tried again

export class Tail {
  constructor({ session, model, card, edge }) {
    Object.assign(this, { session, model, card, edge });
    this.live = false; // has the hub said that history is complete?
    this.gone = false; // was the session erased? One begun anew under its id is not the one on this page
    this.store = "ok";
    this.away = null; // since when it is not
  }

  // What the hub is asked: everything after the last event that the page has: so nothing is missing, nothing twice.
  subscription() {
    this.live = false;
    return { op: "subscribe", id: "session", to: "session", session: this.session, after: this.model.after };
  }

  // The socket is gone.
  lost() {
    this.live = false;
  }

  // One frame -> {changes, card: did the panel's facts change?, again: ms until it asks anew, gone}.
  hear(frame) {
    if (frame.op === "beat") {
      if (frame.store !== this.store) this.away = frame.store === "ok" ? null : Date.now();
      this.store = frame.store;
      return {};
    }
    if (frame.id !== "session") return {};
    if (frame.op === "events") return this.#events(frame);
    if (frame.op === "error") return frame.code === "not_found" ? this.#end() : { again: AGAIN };
    if (frame.op === "live") this.live = true;
    return {};
  }

  #end() {
    this.gone = true;
    this.live = false;
    return { gone: true };
  }

  #events(frame) {
    const { changes, hole } = this.model.take(frame.events, { head: frame.head, following: this.edge.following });
    this.edge.grew(this.model.head);
    return { changes, card: this.card.take(frame), again: hole ? 0 : undefined };
  }
}
