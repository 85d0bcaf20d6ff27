// The transcript as the page holds it: an unbroken run of events, first to last, and what follows from each new one.
//
// It thinks and never touches the page. Every method returns a list of changes, which `paint.js` carries out in order:
//
//   {do: "add", event, at: "end" | "start"}   a new event at an edge of the transcript
//   {do: "add", event, under}                  a decision beneath the message with that seq
//   {do: "move", seq, under}                   a decision that stood alone, beneath its message, which has come
//   {do: "mark", event, on}                    a note or a corrected sentiment, at the message that it is about
//   {do: "drop", seq}                          an event is let go of, at the start
//
// A stub is what order and grouping need of an event: {seq, id, type, message?, about?}.

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
    this.tailing = this.last >= this.head; // does the page reach the head? Only then are new events added; else they are counted
    for (const stub of stubs) this.#know(stub);
    for (const stub of stubs) this.#place(stub);
  }

  get size() {
    return this.#events.size;
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

  // Events of the socket. `hole`: something between is missing; nothing behind it was taken, and the caller asks again.
  take(events, head = 0) {
    const followed = this.tailing ? this.#follow(events) : { changes: [], hole: false };
    this.head = Math.max(this.head, head, this.last);
    return followed;
  }

  // A page of later events that the reader asked for. From the head on, the tail takes over.
  onward(events, head = 0) {
    const followed = this.#follow(events);
    this.head = Math.max(this.head, head, this.last);
    this.tailing ||= this.last >= this.head;
    return followed;
  }

  // Earlier events, in order, that end right before `first`. Whatever does not is left out.
  before(events) {
    const fitting = events.filter((event) => event.seq < this.first);
    const unbroken = fitting.every((event, n) => n === 0 || event.seq === fitting[n - 1].seq + 1);
    if (!fitting.length || !unbroken || fitting.at(-1).seq !== this.first - 1) return [];
    this.first = fitting[0].seq;
    return fitting.flatMap((event) => this.#added(event, "start"));
  }

  // Let go of the oldest, down to `most` events.
  trim(most) {
    const changes = [];
    while (this.#events.size > most) {
      const { id, type } = this.#events.get(this.first);
      this.#events.delete(this.first);
      if (type === "message") this.#seqOf.delete(id);
      changes.push({ do: "drop", seq: this.first });
      this.first += 1;
    }
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
