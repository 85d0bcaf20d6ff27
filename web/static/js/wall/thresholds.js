// Which totals warn, which alarm: at once for the eye, after a settle time for what would be a nuisance if it came and
// went (words, sound, rotation). It thinks and never touches the page.

export const SETTLE = 3000; // ms that a level must hold

export function levelOf(value, { warn, alarm } = {}) {
  if (value === undefined || value === null) return "";
  if (alarm !== undefined && value >= alarm) return "alarm";
  return warn !== undefined && value >= warn ? "warn" : "";
}

export class Alarms {
  #of = new Map(); // total -> {value, level, since, settled}

  // `limits`: total -> {warn, alarm}, each from that number on.
  constructor(limits) {
    this.limits = limits;
    for (const total of Object.keys(limits)) this.#of.set(total, { value: null, level: "", since: 0, settled: "" });
  }

  // The totals as they are; of one that nobody knows its level stays.
  take(values, { now }) {
    for (const [total, one] of this.#of) {
      const value = values[total];
      if (value === undefined || value === null) continue;
      const level = levelOf(value, this.limits[total]);
      if (level !== one.level) Object.assign(one, { level, since: now });
      one.value = value;
    }
  }

  // Time passes -> the totals whose settled level is another: [{total, value, level, limit, before}].
  settle({ now }) {
    const changed = [];
    for (const [total, one] of this.#of) {
      if (one.level === one.settled || now - one.since < SETTLE) continue;
      changed.push({ total, value: one.value, level: one.level, limit: this.limits[total][one.level], before: one.settled });
      one.settled = one.level;
    }
    return changed;
  }

  // "", "warn" or "alarm", as seen at once.
  level(total) {
    return this.#of.get(total)?.level ?? "";
  }

  // The totals that alarm, settled.
  get alarmed() {
    return [...this.#of].filter(([, { settled }]) => settled === "alarm").map(([total]) => total);
  }
}

// What has changed, as one says it. `title` gives a total's name.
export function sentence(changes, { title, place = "" }) {
  const told = changes.map(({ total, value, level, limit }) => {
    if (!level) return `${title(total)} is ${value}: all right again.`;
    return `${level === "alarm" ? "Alarm" : "Warning"}: ${title(total)} is ${value}, the limit is ${limit}.`;
  });
  return told.length && place ? `${place}. ${told.join(" ")}` : told.join(" ");
}
