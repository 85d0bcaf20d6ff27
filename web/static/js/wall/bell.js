// When an alarm is to be heard: once, and not more than once a minute. It thinks and never touches the page.

export const PAUSE = 60_000; // ms

export class Bell {
  #heard = new Set();
  #last = -Infinity;

  // `alarms`: the names of those in force, settled -> is it to ring now?
  due(alarms, { now }) {
    for (const name of this.#heard) if (!alarms.includes(name)) this.#heard.delete(name);
    if (alarms.every((name) => this.#heard.has(name)) || now - this.#last < PAUSE) return false;
    for (const name of alarms) this.#heard.add(name);
    this.#last = now;
    return true;
  }
}
