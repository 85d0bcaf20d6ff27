// Rows that left the list and stand there still, for somebody points at them: the live socket tells no more of them. Was
// one of them erased meanwhile, nothing of it may stay.

const AGAIN = 3000; // ms between two times that the hub is asked
const MOST = 20; // sessions asked for at a time

export class Leavers {
  #busy = false;

  // `left()` gives their ids, `erased(id)` is called with each that is no more.
  constructor({ left, erased, signal }) {
    Object.assign(this, { left, erased, signal });
    const timer = setInterval(() => this.#look(), AGAIN);
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  }

  async #look() {
    if (document.hidden || this.#busy) return;
    this.#busy = true;
    for (const id of this.left().slice(0, MOST)) if (await this.#isGone(id)) this.erased(id);
    this.#busy = false;
  }

  async #isGone(id) {
    try {
      const answer = await fetch(`/api/v1/sessions/${encodeURIComponent(id)}`, { signal: this.signal });
      return answer.status === 404 && !this.signal.aborted;
    } catch {
      return false; // no hub answers: it is asked again
    }
  }
}
