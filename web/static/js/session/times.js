// How the page writes times: in the reader's own zone, in UTC, or since the session began. It paints what is asked for.

import { elapsed } from "../glance.js";
import { clock, utc } from "./formats.js";

const MODES = ["local", "utc", "since"];
const WORDS = { local: "Times: yours", utc: "Times: UTC", since: "Times: since the start" };

export class Times {
  // `start()` gives the ms since 1970 of the first event.
  constructor(root, { start, mode = "local" }) {
    Object.assign(this, { root, start, mode: MODES.includes(mode) ? mode : "local" });
    this.paint();
  }

  get words() {
    return WORDS[this.mode];
  }

  turn() {
    this.mode = MODES[(MODES.indexOf(this.mode) + 1) % MODES.length];
    this.paint();
    return this.mode;
  }

  text(at) {
    if (this.mode === "utc") return utc(at);
    return this.mode === "since" ? elapsed(Math.max(0, Date.parse(at) - this.start())) : clock(at);
  }

  // What came in since, there: painted as the rest.
  renew(part = this.root) {
    if (this.mode !== "local") this.paint(part);
  }

  paint(part = this.root) {
    for (const time of part.querySelectorAll("time[datetime]")) {
      const text = this.text(time.dateTime);
      if (time.textContent !== text) time.textContent = text;
    }
  }
}
