// The player's clock: where one is in the session, whether it moves, how fast. At the edge it goes with what comes; else
// it stays at a moment, or plays on from there until it has caught up. Live and replay are this one clock with two
// drivers: the socket, and `tick`. It thinks and never touches the page.

import { Scale } from "./scale.js";

export const SPEEDS = [0.5, 1, 2, 4, 8, 16];
export const ARROW = 5000; // ms as played that an arrow key moves

export class Player {
  #scale = null;
  #drawn = 0; // events that the scale knows

  constructor({ track, speed = 1, skip = true }) {
    this.track = track;
    this.speed = SPEEDS.includes(speed) ? speed : 1;
    this.skip = skip;
    this.edge = true; // at the newest event
    this.playing = false;
    this.seq = 0; // where it is not at the edge: the last event of the moment
    this.ms = 0; // the moment, as its scale has it: since the first event
    this.loop = null; // {from, to} in ms; to null: not yet chosen
  }

  get scale() {
    if (!this.#scale || this.#drawn !== this.track.length || this.#scale.skip !== this.skip) {
      this.#scale = new Scale(this.track.times, { skip: this.skip });
      this.#drawn = this.track.length;
    }
    return this.#scale;
  }

  // The last event of the moment; Infinity at the edge, whatever comes.
  get until() {
    return this.edge ? Infinity : this.seq;
  }

  get here() {
    return this.edge ? this.track.length : this.seq;
  }

  // ms since the first event.
  get passed() {
    return this.edge ? this.track.span : this.scale.flat ? 0 : this.ms;
  }

  // As a link has it: {ms since the first event, seq: the last event where the time does not say it, else 0}; null: the edge.
  get place() {
    if (this.edge) return null;
    const ms = this.passed;
    return { ms, seq: this.track.seqAt(ms) === this.seq ? 0 : this.seq };
  }

  // As played: {at, total} in ms.
  get progress() {
    const { scale } = this;
    return { at: this.edge ? scale.total : scale.played(this.ms), total: scale.total };
  }

  // To the newest event.
  toEdge() {
    Object.assign(this, { edge: true, playing: false });
  }

  // Space. `running`: the session still goes on: at its edge, there is nothing to play: it is held.
  toggle({ running }) {
    if (this.playing) this.playing = false;
    else if (this.edge && running) this.seekTo(this.track.length);
    else {
      if (this.edge || this.seq >= this.track.length) this.#put(1, 0);
      this.playing = true;
    }
  }

  pause() {
    this.playing = false;
  }

  // To a moment, as played.
  seek(played) {
    const { seq, ms } = this.scale.moment(Math.min(Math.max(0, played), this.scale.total));
    this.#put(seq, ms);
  }

  // To right after an event.
  seekTo(seq) {
    const there = Math.min(Math.max(1, seq), this.track.length);
    this.#put(there, this.scale.momentOf(there));
  }

  // To a moment of a link: ms since the first event; `seq` says which of several events of that moment was the last.
  seekAt(ms, seq = 0) {
    const there = Math.min(Math.max(0, ms), this.track.span);
    const last = this.track.seqAt(there);
    if (this.scale.flat || (seq && this.track.timeOf(seq) === this.track.timeOf(last))) this.seekTo(seq || last);
    else this.#to(there);
  }

  step(by) {
    this.playing = false;
    this.seekTo(this.here + by);
  }

  // An arrow key.
  skipBy(played) {
    this.seek(this.progress.at + played);
  }

  // To the next or previous mark of these kinds -> was there one?
  toMark(by, kinds) {
    const seq = this.track.next(this.here, by, kinds);
    if (seq) this.seekTo(seq);
    return seq > 0;
  }

  // 0 to 0.9 of the whole.
  toPart(share) {
    this.seek(this.scale.total * share);
  }

  faster(by) {
    const n = SPEEDS.indexOf(this.speed) + by;
    if (SPEEDS[n]) this.speed = SPEEDS[n];
  }

  // The first press says from where, the second until where, the third ends it.
  turnLoop() {
    const ms = this.edge ? this.scale.momentOf(this.track.length) : this.ms;
    if (!this.loop) this.loop = { from: ms, to: null };
    else if (this.loop.to === null && ms !== this.loop.from) {
      const { from } = this.loop;
      this.loop = { from: Math.min(from, ms), to: Math.max(from, ms) };
      this.#to(this.loop.from);
      this.playing = true;
    } else this.loop = null;
  }

  // A wish has moved the clock: out of the loop, it is over; to the end of what has `ended`, all of it, that is the edge.
  moved({ ended }) {
    const { loop } = this;
    if (loop?.to != null && (this.edge || this.ms < loop.from || this.ms > loop.to)) this.loop = null;
    if (!this.edge && ended && !this.playing && this.seq >= this.track.length) this.toEdge();
  }

  // So much real time has passed -> did the moment move?
  tick(passed) {
    if (!this.playing) return false;
    const { scale } = this;
    const at = this.progress.at + passed * this.speed;
    if (this.loop?.to != null && at >= scale.played(this.loop.to)) this.#to(this.loop.from);
    else if (at >= scale.total) this.toEdge();
    else this.seek(at);
    return true;
  }

  // To a moment as the scale has it, exactly: the way by what is played rounds.
  #to(ms) {
    this.#put(this.scale.flat ? this.scale.moment(ms).seq : this.track.seqAt(ms), ms);
  }

  #put(seq, ms) {
    Object.assign(this, { edge: false, seq, ms });
  }
}
