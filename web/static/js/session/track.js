// A session's timeline: when each event happened, what it is at a glance, the card as it was after it. The steps come
// from the hub (live/replay.py); here they are laid over each other. It thinks and never touches the page.

const KEPT = 64; // steps between two states that are kept whole

export class Track {
  #steps = []; // seq - 1 -> step
  #states = []; // n -> the state after n * KEPT steps
  #times = []; // seq - 1 -> ms since the first event; never back: the order of truth is that of seq

  // `blank` is the card of a session without events.
  constructor({ blank }) {
    this.#states.push({ card: blank, collected: {} });
  }

  get length() {
    return this.#steps.length;
  }

  get times() {
    return this.#times;
  }

  // ms since 1970 of the first event
  get start() {
    return this.#steps[0]?.at ?? 0;
  }

  // The length of it all in ms.
  get span() {
    return this.#times.at(-1) ?? 0;
  }

  // What follows on the last step; others are known, or come too early -> did it grow?
  add(steps) {
    const before = this.length;
    for (const step of steps) {
      if (step.seq !== this.length + 1) continue;
      this.#times.push(Math.max(this.span, step.at - (this.length ? this.start : step.at)));
      this.#steps.push(step);
    }
    return this.length > before;
  }

  step(seq) {
    return this.#steps[seq - 1];
  }

  marks(seq) {
    return this.#steps[seq - 1]?.marks ?? [];
  }

  timeOf(seq) {
    return seq < 1 ? 0 : this.#times[Math.min(seq, this.length) - 1] ?? 0;
  }

  // The last event until then; at least the first.
  seqAt(ms) {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#times[middle] <= ms) low = middle + 1;
      else high = middle;
    }
    return Math.max(Math.min(1, this.length), low);
  }

  // {card, collected} after this event.
  state(seq) {
    const until = Math.min(seq, this.length);
    const whole = Math.floor(until / KEPT);
    while (this.#states.length <= whole) {
      const from = (this.#states.length - 1) * KEPT;
      this.#states.push(this.#onward(this.#states.at(-1), from, from + KEPT));
    }
    return this.#onward(this.#states[whole], whole * KEPT, until);
  }

  // The next event with one of these marks, in this direction; 0: there is none.
  next(seq, by, kinds) {
    for (let at = seq + by; at >= 1 && at <= this.length; at += by) {
      if (this.marks(at).some((kind) => kinds.has(kind))) return at;
    }
    return 0;
  }

  #onward({ card, collected }, from, until) {
    const now = { ...card };
    const known = { ...collected };
    for (let n = from; n < until; n += 1) {
      const { seq, card: changes, data } = this.#steps[n];
      Object.assign(now, changes);
      for (const [field, value] of Object.entries(data ?? {})) known[field] = { value, seq };
    }
    if (until) now.rev = until;
    return { card: now, collected: known };
  }
}
