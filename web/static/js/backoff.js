// How long to wait before the next try: capped, exponential, jittered, so that a thousand screens do not come back at
// once. Pure but for the jitter.

const FIRST = 250; // ms
const MOST = 15000;
export const STABLE = 1000; // ms that a connection must last before it counts

export class Backoff {
  #tries = 0;

  constructor({ random = Math.random } = {}) {
    this.random = random;
  }

  get tries() {
    return this.#tries;
  }

  // ms until the next try: between half and all of the step.
  next() {
    const step = Math.min(MOST, FIRST * 2 ** this.#tries);
    this.#tries += 1;
    return Math.round(step * (0.5 + 0.5 * this.random()));
  }

  reset() {
    this.#tries = 0;
  }
}
