// Time as it is played and drawn: as it was, or with its pauses cut short. Pure.

export const IDLE = 10_000; // ms; a longer pause is idle
export const CUT = 2_000; // ms that remain of it where idle is skipped
export const ALONE = 1_000; // ms as played between events that all have one time: their order is all there is to show

// Where all events have one time (`flat`), a moment is as it is played.
export class Scale {
  // `times`: ms of each event since the first, rising.
  constructor(times, { skip }) {
    this.times = times;
    this.skip = skip;
    const flat = (times.at(-1) ?? 0) === 0;
    const played = [];
    times.forEach((time, n) => {
      const pause = n ? time - times[n - 1] : 0;
      const shown = flat ? (n ? ALONE : 0) : skip && pause > IDLE ? CUT : pause;
      played.push((played[n - 1] ?? 0) + shown);
    });
    this.flat = flat;
    this.at = played; // seq - 1 -> ms of it
    this.total = played.at(-1) ?? 0;
  }

  // A moment as it is played.
  played(ms) {
    return this.flat ? ms : between(this.times, this.at, ms);
  }

  // The moment right after an event.
  momentOf(seq) {
    return (this.flat ? this.at : this.times)[seq - 1] ?? 0;
  }

  // What is played then: the moment, and the last event until it.
  moment(played) {
    const seq = Math.max(Math.min(1, this.at.length), after(this.at, played));
    return { seq, ms: this.flat ? played : between(this.at, this.times, played) };
  }

  // The pauses worth a sign: [{seq (of the event before it), from, to (as drawn), ms (their true length)}].
  pauses(least) {
    const found = [];
    this.times.forEach((time, n) => {
      const ms = n ? time - this.times[n - 1] : 0;
      if (ms >= least) found.push({ seq: n, from: this.at[n - 1], to: this.at[n], ms });
    });
    return found;
  }
}

// How many of these rising numbers are at most `value`.
function after(numbers, value) {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

// A number on one rising line, at its place on the other.
function between(from, to, value) {
  const n = after(from, value);
  if (n === 0) return to[0] ?? 0;
  if (n === from.length) return to.at(-1);
  const share = (value - from[n - 1]) / (from[n] - from[n - 1]);
  return to[n - 1] + share * (to[n] - to[n - 1]);
}
