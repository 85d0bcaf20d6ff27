// The totals of a list and their last hour, as the hub counts them. It thinks and never touches the page.

export const NAMES = ["open", "active", "inactive", "negative", "waiting", "goals", "missing", "messages"];

export class Totals {
  constructor({ id, filter }) {
    Object.assign(this, { id, filter });
    this.now = null; // null: nobody has told them yet
    this.trend = null;
    this.lost = false; // the hub could not count: ask again
  }

  // `offset`: minutes east of UTC that the viewer's day has.
  subscription({ offset }) {
    this.offset = offset;
    this.lost = false;
    return { op: "subscribe", id: this.id, to: "totals", filter: this.filter, offset };
  }

  // Is it time to subscribe again? (The hub could count again, or the clocks have changed.)
  stale({ offset }) {
    return this.lost || offset !== this.offset;
  }

  // A frame -> was it for these?
  hear(frame) {
    if (frame.id !== this.id) return false;
    if (frame.op === "error") this.lost = frame.code === "store_away";
    if (frame.op !== "totals") return true;
    this.now = frame.now;
    this.trend = frame.trend ?? this.trend;
    return true;
  }

  // total -> number; undefined where nobody knows. `counts` are those of the list itself, for as long as there is
  // nothing better.
  values(counts) {
    if (this.now) return this.now;
    if (!counts) return {};
    const { active, inactive, negative } = counts;
    return { open: active + inactive, active, inactive, negative };
  }

  // The last hour of a total and its number now, oldest first; null where nobody knows.
  course(total) {
    return this.trend ? [...this.trend[total], this.now[total]] : [];
  }
}

// A course as the `d` of a path in a box of this size: from 0 up, with holes where nobody knows. "" for nothing to see.
export function path(values, { width, height }) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return "";
  const most = Math.max(1, ...known);
  const step = width / (values.length - 1);
  let pen = "M";
  return values.map((value, n) => {
    if (value === null) {
      pen = "M";
      return "";
    }
    const point = `${pen}${round(n * step)} ${round(height - (value / most) * height)}`;
    pen = "L";
    return (values[n - 1] ?? values[n + 1] ?? null) !== null ? point : `${point}h.1`; // one alone is a dot
  }).join("");
}

function round(value) {
  return Math.round(value * 10) / 10;
}
