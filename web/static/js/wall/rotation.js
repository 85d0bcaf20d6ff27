// Which list of several, and which page of it, a wall shows: the next one every so many seconds; it stays where there
// is an alarm, where somebody has stopped it, and while it is not live. It thinks and never touches the page.

export const SOON = 3000; // ms before its turn a list is asked for, so that nothing blinks

export class Rotation {
  #due;
  #passed = new Set(); // lists whose alarm somebody has seen, until it is over

  constructor({ seconds, now }) {
    this.every = seconds * 1000;
    this.stop = 0;
    this.page = 0;
    this.held = false; // by a key
    this.#due = now + this.every;
  }

  // How many lists there are, how many pages the one shown has, which lists alarm, whether what is shown is live.
  // -> where to go now: {stop, page}; null: stay.
  tick({ now, stops, pages, alarmed = [], live = true, ready = () => true }) {
    this.page = Math.min(this.page, Math.max(0, pages - 1));
    if (!this.every || stops * pages < 2) return null;
    for (const stop of this.#passed) if (!alarmed.includes(stop)) this.#passed.delete(stop);
    const open = this.#open(alarmed);
    this.reason = this.held ? "held" : !live ? "not live" : open.includes(this.stop) ? "alarm" : "";
    if (this.reason) {
      this.#due = now + this.every;
      return null;
    }
    const [first] = open;
    if (first !== undefined) return ready(first) ? { stop: first, page: 0 } : null; // not away from trouble: to it
    const next = this.next({ stops, pages });
    return now >= this.#due && (next.stop === this.stop || ready(next.stop)) ? next : null;
  }

  next({ stops, pages, by = 1 }) {
    const page = this.page + by;
    if (page >= 0 && page < pages) return { stop: this.stop, page };
    return { stop: (this.stop + by + stops) % stops, page: 0 };
  }

  // The list that must be at hand soon; null: none.
  soon({ now, stops, pages, alarmed = [] }) {
    if (!this.every || stops < 2) return null;
    const open = this.#open(alarmed);
    if (!this.reason && open.length && !open.includes(this.stop)) return open[0];
    if (this.reason || now < this.#due - SOON) return null;
    const { stop } = this.next({ stops, pages });
    return stop === this.stop ? null : stop;
  }

  go({ stop, page }, { now }) {
    Object.assign(this, { stop, page });
    this.#due = now + this.every;
  }

  // A key: from an alarm it goes on, else it is held, or goes on.
  hold({ now, alarmed = [] }) {
    if (!this.pass({ alarmed })) this.held = !this.held;
    this.reason = this.held ? "held" : "";
    this.#due = now + this.every;
  }

  // Somebody has seen the alarms for which it stays -> was there one?
  pass({ alarmed = [] }) {
    const was = this.reason === "alarm";
    if (was) for (const stop of alarmed) this.#passed.add(stop);
    return was;
  }

  #open(alarmed) {
    return alarmed.filter((stop) => !this.#passed.has(stop));
  }

  // What it does, in words: "2 of 4, next in 12 s", "2 of 4, held: alarm". "": there is nothing to turn.
  words({ now, stops, pages }) {
    if (!this.every || stops * pages < 2) return "";
    const where = [
      stops > 1 ? `${this.stop + 1} of ${stops}` : "",
      pages > 1 ? `page ${this.page + 1} of ${pages}` : "",
    ].filter(Boolean).join(", ");
    if (this.reason) return `${where}, ${this.reason === "held" ? "held" : `held: ${this.reason}`}`;
    return `${where}, next in ${Math.max(0, Math.ceil((this.#due - now) / 1000))} s`;
  }
}
