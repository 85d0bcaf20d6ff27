// The hub's clock, as the page knows it from the heartbeats: ages are told by it, whatever the screen's own clock says.

export class HubClock {
  #ahead = 0; // ms

  // A moment of the hub that has just arrived.
  hear(at) {
    const ahead = Date.parse(at) - Date.now();
    if (Math.abs(ahead - this.#ahead) > 200) this.#ahead = ahead; // less is the way here
  }

  now() {
    return Date.now() + this.#ahead;
  }
}
