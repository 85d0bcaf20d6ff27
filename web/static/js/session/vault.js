// All events of the session that the page has heard of, whether they stand on it or not: to go anywhere at once, and to
// search. It thinks and never touches the page.

const MARKS = new Set(["note.added", "sentiment.corrected"]);

export class Vault {
  #events = new Map(); // seq -> event
  #about = new Map(); // seq -> [notes and corrections about it]
  #texts = new Map(); // seq -> its words, as they are searched

  get size() {
    return this.#events.size;
  }

  take(events) {
    for (const event of events) {
      if (this.#events.has(event.seq)) continue;
      this.#events.set(event.seq, event);
      if (!MARKS.has(event.type) || !event.about) continue;
      this.#about.set(event.about, [...(this.#about.get(event.about) ?? []), event]);
    }
  }

  // The events from first to last, in order; null where one is not here.
  range(first, last) {
    const found = [];
    for (let seq = first; seq <= last; seq += 1) {
      const event = this.#events.get(seq);
      if (!event) return null;
      found.push(event);
    }
    return found;
  }

  // What reviewers left at these events.
  marksOf(events) {
    return events.flatMap(({ seq }) => this.#about.get(seq) ?? []);
  }

  // The event by which a block was entered last, before that seq; undefined where it is not known.
  entry(block, seq) {
    for (let at = seq - 1; at >= 1; at -= 1) {
      const event = this.#events.get(at);
      if (event?.type === "block.entered" && event.block === block) return event;
    }
    return undefined;
  }

  // The first seq from here on, up to the last, that is missing; 0: none is.
  lacks(first, last) {
    for (let seq = first; seq <= last; seq += 1) if (!this.#events.has(seq)) return seq;
    return 0;
  }

  // The events that have these words somewhere, in order of seq.
  find(words) {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    if (!wanted.length) return [];
    const found = [];
    for (const seq of [...this.#events.keys()].sort((a, b) => a - b)) {
      const text = this.#textOf(seq);
      if (wanted.every((word) => text.includes(word))) found.push(seq);
    }
    return found;
  }

  #textOf(seq) {
    let text = this.#texts.get(seq);
    if (text === undefined) {
      const { session, id, at, received, channel, type, role, ...own } = this.#events.get(seq); // what people wrote
      text = said(own).join("\n").toLowerCase();
      this.#texts.set(seq, text);
    }
    return text;
  }
}

function said(value) {
  if (typeof value === "string") return [value];
  if (typeof value === "number" || typeof value === "boolean") return [String(value)];
  return value && typeof value === "object" ? Object.values(value).flatMap(said) : [];
}
