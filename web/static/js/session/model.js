// The transcript as the page holds it: an unbroken run of events, first to last, and what follows from each new one.
//
// It thinks and never touches the page. Every method returns a list of changes, which `paint.js` carries out in order:
//
//   {do: "add", event, at: "end" | "start"}   a new event at an edge of the transcript
//   {do: "add", event, under}                  a decision beneath the message with that seq
//   {do: "move", seq, under}                   a decision that stood alone, beneath its message, which has come
//   {do: "mark", event, on}                    a note or a corrected sentiment, at the message that it is about
//   {do: "drop", seq}                          an event at an edge is let go of
//   {do: "clear"}                              all are: another part of the session follows
//
// A stub is what order and grouping need of an event: {seq, id, type, message?, about?}.

// Events on the page at most (a browser without a graphics card paints 60 frames a second of 1,000, 30 of 2,000, 12 of
// 5,000), and what is kept when there are more. What is let go of is loaded again on the way back.
const MOST = 1500;
const KEPT = 1300;
const MARKS = new Set(["note.added", "sentiment.corrected"]);

export class Transcript {
  #events = new Map(); // seq -> {id, type}
  #seqOf = new Map(); // id of a message -> seq
  #alone = new Map(); // id of a message that is not here -> [seq of its decisions]
  #marks = new Map(); // seq of an event that is not here -> [note or correction]

  // `first` and `last` are the edges of what the page shows, `head` the last seq that the hub has told of.
  constructor({ first, last, head, stubs }) {
    this.first = first;
    this.last = last;
    this.head = Math.max(head, last);
    // Does the page reach the head? Only then are new events added; else they are counted.
    this.tailing = this.last >= this.head;
    for (const stub of stubs) this.#know(stub);
    for (const stub of stubs) this.#place(stub);
  }

  has(seq) {
    return this.#events.has(seq);
  }

  // The seq of a message by its id, where it is here.
  seqOf(id) {
    return this.#seqOf.get(id);
  }

  // Where a subscription goes on from.
  get after() {
    return this.tailing ? this.last : this.head;
  }

  // Events of the socket, while the reader follows them or reads elsewhere. `hole`: something is missing; nothing
  // behind it was taken, and the caller asks again.
  take(events, { head = 0, following }) {
    const followed = this.tailing ? this.#follow(events) : { changes: [], hole: false };
    this.head = Math.max(this.head, head, this.last);
    if (following) followed.changes.push(...this.#bound("start"));
    else if (this.#events.size > MOST) this.tailing = false; // what is read is not taken away: the rest is counted
    return followed;
  }

  // A page of later events that the reader asked for. From the head on, the tail takes over.
  onward(events, head = 0) {
    const { changes } = this.#follow(events);
    this.head = Math.max(this.head, head, this.last);
    this.tailing ||= this.last >= this.head;
    return [...changes, ...this.#bound("start")];
  }

  // Earlier events, in order, that end right before `first`. Whatever does not is left out. The nearest come in first, so
  // that at no time something is missing in between.
  before(events) {
    const fitting = events.filter((event) => event.seq < this.first);
    const unbroken = fitting.every((event, n) => n === 0 || event.seq === fitting[n - 1].seq + 1);
    if (!fitting.length || !unbroken || fitting.at(-1).seq !== this.first - 1) return [];
    this.first = fitting[0].seq;
    const changes = fitting.flatMap((event) => this.#added(event, "start"));
    const whole = changes.filter((change) => change.at === "start").reverse();
    const parts = changes.filter((change) => change.at !== "start"); // of events that must be there before
    return [...whole, ...parts, ...this.#bound("end")];
  }

  // Another part of the session instead: an unbroken run of events, and what reviewers left at them later.
  jump(events, { head = 0, marks = [] } = {}) {
    for (const known of [this.#events, this.#seqOf, this.#alone, this.#marks]) known.clear();
    for (const mark of marks) push(this.#marks, mark.about, mark);
    this.first = events[0].seq;
    this.last = this.first - 1;
    const { changes } = this.#follow(events);
    this.head = Math.max(this.head, head, this.last);
    this.tailing = this.last >= this.head;
    return [{ do: "clear" }, ...changes];
  }

  // Let go of what is too much, at one edge. At the end, that also ends the tail.
  #bound(at) {
    const changes = [];
    if (this.#events.size <= MOST) return changes;
    while (this.#events.size > KEPT) {
      const seq = at === "start" ? this.first : this.last;
      const { id, type } = this.#events.get(seq);
      this.#events.delete(seq);
      if (type === "message") this.#seqOf.delete(id);
      changes.push({ do: "drop", seq });
      if (at === "start") this.first += 1;
      else this.last -= 1;
    }
    if (at === "end") this.tailing = false;
    return changes;
  }

  // What follows on the last event; what came before is not taken again.
  #follow(events) {
    const changes = [];
    for (const event of events) {
      if (event.seq <= this.last) continue;
      if (event.seq !== this.last + 1) return { changes, hole: true };
      this.last = event.seq;
      changes.push(...this.#added(event, "end"));
    }
    return { changes, hole: false };
  }

  #added(event, at) {
    const { seq } = event;
    this.#know(event);
    const under = this.#place(event);
    const changes = [under === undefined ? { do: "add", event, at } : { do: "add", event, under }];
    if (event.type === "message") {
      for (const decision of this.#alone.get(event.id) ?? []) {
        if (this.#events.has(decision)) changes.push({ do: "move", seq: decision, under: seq });
      }
      this.#alone.delete(event.id);
    }
    for (const mark of this.#marks.get(seq) ?? []) changes.push({ do: "mark", event: mark, on: seq });
    this.#marks.delete(seq);
    if (MARKS.has(event.type) && event.about) {
      if (this.#events.has(event.about)) changes.push({ do: "mark", event, on: event.about });
      else push(this.#marks, event.about, event);
    }
    return changes;
  }

  #know({ seq, id, type }) {
    this.#events.set(seq, { id, type });
    if (type === "message") this.#seqOf.set(id, seq);
  }

  // Where a decision belongs: the seq of its message, undefined while that is not here (and for every other event).
  #place(stub) {
    if (stub.type !== "decision") return undefined;
    const message = this.#seqOf.get(stub.message);
    if (message === undefined) push(this.#alone, stub.message, stub.seq);
    return message;
  }
}

function push(map, key, value) {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
