// A short, soft sound: two notes that fade. Off unless the address says otherwise; browsers want a key or a press first.

const NOTES = [[523.25, 0], [659.25, 0.18]]; // Hz, s
const LOUD = 0.09;
const LONG = 0.9; // s
const PATIENCE = 300; // ms until a browser that does not answer has blocked it

export class Sound {
  #context = null;

  // May it be heard? It may change with the next key or press.
  async ready() {
    this.#context ??= new AudioContext();
    if (this.#context.state === "suspended") {
      await Promise.race([this.#context.resume().catch(() => {}), new Promise((done) => setTimeout(done, PATIENCE))]);
    }
    return this.#context.state === "running";
  }

  // -> was it heard?
  async play() {
    if (!(await this.ready())) return false;
    const start = this.#context.currentTime;
    for (const [pitch, after] of NOTES) {
      const note = new OscillatorNode(this.#context, { type: "sine", frequency: pitch });
      const loud = new GainNode(this.#context, { gain: 0 });
      loud.gain.setValueAtTime(0, start + after);
      loud.gain.linearRampToValueAtTime(LOUD, start + after + 0.03);
      loud.gain.exponentialRampToValueAtTime(0.0001, start + after + LONG);
      note.connect(loud).connect(this.#context.destination);
      note.start(start + after);
      note.stop(start + after + LONG);
    }
    return true;
  }
}
