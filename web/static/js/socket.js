// The page's one live socket: opens, comes back by itself, says how it stands. It thinks and never touches the page.
//
//     connecting ──hello──▶ open ──lost──▶ waiting ──▶ connecting …
//         any of them ──4500…4999, or no longer signed in──▶ ended
//
// `opened(hello)` is called after each hello: subscribe there. `heard(frame)` gets every other frame. `changed(link)`
// is called when the link changes: {state, since (ms since 1970, of this state or, while not open, of the loss),
// reason, heard, tries, heartbeat}.

import { Backoff, STABLE } from "./backoff.js";

const PATIENCE = 10000; // ms that a socket may take to say hello
export const LATE = 1.2; // heartbeats without a word, after which the hub is asked for one (6 s of 5)
export const MISSED = 1.8; // heartbeats without a word, after which the socket counts as lost (9 s of 5)
const STOP = [4500, 4999]; // close codes after which coming back is no use
const REASONS = { 1012: "the hub restarts", 4001: "the hub is full" };

export class LiveSocket {
  #socket = null;
  #backoff = new Backoff();
  #timers = { retry: 0, hello: 0, stable: 0, late: 0, silence: 0 };
  #path;
  #told;

  constructor({ signal, opened = () => {}, heard = () => {}, changed = () => {}, path = "/api/v1/live" }) {
    this.#path = path;
    this.#told = { opened, heard, changed };
    this.link = { state: "connecting", since: Date.now(), reason: "", heard: 0, tries: 0, heartbeat: 5 };
    signal.addEventListener("abort", () => this.close(), { once: true });
    // A laptop that wakes up, or a network that is back, need not wait for the clock.
    addEventListener("online", () => this.hurry(), { signal });
    // The browser knows at once what silence would tell later. (A hub on this very machine is there all the same: it is tried.)
    addEventListener("offline", () => this.link.state === "open" && this.#lost("the connection was lost"), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry(), { signal });
    if (!signal.aborted) this.#open();
  }

  // false: it is not open, and `opened` will be called when it is.
  send(frame) {
    if (this.link.state !== "open") return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  // Do not wait any longer for the next try.
  hurry() {
    if (this.link.state === "waiting") this.#open();
  }

  close() {
    this.#drop();
    this.#change({ state: "ended", reason: "closed" });
  }

  #open() {
    this.#drop();
    this.#change({ state: "connecting" });
    const address = new URL(this.#path, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    this.#socket = socket;
    this.#timers.hello = setTimeout(() => this.#lost("the hub does not answer"), PATIENCE);
    socket.onmessage = ({ data }) => this.#take(JSON.parse(data));
    socket.onclose = ({ code }) => {
      if (code >= STOP[0] && code <= STOP[1]) this.#end("You are signed out.");
      else this.#lost(REASONS[code] ?? "the connection was lost");
    };
  }

  #take(frame) {
    this.link.heard = Date.now();
    this.#listen();
    if (frame.op === "hello") {
      clearTimeout(this.#timers.hello);
      this.link.heartbeat = frame.heartbeat;
      this.#timers.stable = setTimeout(() => this.#backoff.reset(), STABLE);
      this.#change({ state: "open", reason: "" });
      this.#told.opened(frame);
    } else if (frame.op === "reconnect") {
      this.#lost("the hub restarts", frame.after_ms);
    } else {
      this.#told.heard(frame);
    }
  }

  // A socket can be dead and not know it: a late heartbeat is asked for, and silence after that is a loss.
  #listen() {
    clearTimeout(this.#timers.late);
    clearTimeout(this.#timers.silence);
    this.#timers.late = setTimeout(() => this.send({ op: "ping" }), LATE * this.link.heartbeat * 1000);
    this.#timers.silence = setTimeout(() => this.#lost("the hub fell silent"), MISSED * this.link.heartbeat * 1000);
  }

  #lost(reason, after) {
    if (this.link.state === "ended") return;
    this.#drop();
    const pause = Math.max(after ?? 0, this.#backoff.next());
    this.#change({ state: "waiting", reason: navigator.onLine ? reason : "this device has no network" });
    this.#timers.retry = setTimeout(() => this.#open(), pause);
    if (this.#backoff.tries > 1) this.#ask();
  }

  // A refused socket does not say why: ask whether it is the sign-in.
  async #ask() {
    try {
      const answer = await fetch("/signed-in", { cache: "no-store" });
      if (answer.status === 401 && this.link.state !== "open") this.#end("You are signed out.");
    } catch {
      // nobody there: the next try will tell
    }
  }

  #end(reason) {
    this.#drop();
    this.#change({ state: "ended", reason });
  }

  #drop() {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #change({ state, reason = this.link.reason }) {
    const was = this.link;
    if (was.state === "ended") return;
    // While not open, `since` is when it was lost, through all further tries.
    const since = state === "open" || was.state === "open" || state === "ended" ? Date.now() : was.since;
    this.link = { ...was, state, reason, since, tries: this.#backoff.tries };
    this.#told.changed(this.link);
  }
}
