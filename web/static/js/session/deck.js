// The player's machinery: what is wished moves its clock; the transcript, the panel and the bar show the moment. It puts
// the parts together; what they mean is in player.js, how they look in bar.js and controls.js.

import { elapsed } from "../glance.js";
import { shown } from "./card.js";
import { span } from "./formats.js";
import { toEnd } from "./scroll.js";
import { ARROW } from "./player.js";

const AROUND = { before: 60, after: 40 }; // events on the page around a moment that was far away
const AHEAD = 30; // events on the page that playing needs next
const PAUSE = 60_000; // ms; a longer pause has a sign on the bar
const LONGEST = 250; // ms of one frame: what a sleeping page missed is not played
const SAID = new Set(["user", "assistant", "operator"]);
const TITLES = {
  user: "User", assistant: "Assistant", operator: "Operator", block: "Block", goal_triggered: "Goal", goal_completed: "Goal",
  goal_failed: "Goal", form: "Form", data: "Collected", missing: "Knowledge missing", turn: "Turned negative", error: "Tool error",
  unable: "Agent unable", idle: "Inactive", note: "Review",
};

export class Deck {
  #doubted = false; // may what is shown be old?
  #drawn = ""; // what of the bar is drawn
  #frame = 0;
  #last = 0; // when the clock ticked last
  #due = false; // is the moment to be shown in the next frame?
  #head; // the newest event when the page was opened
  #wished = null; // [name, value], before the timeline was there

  constructor(parts) {
    // {player, track, vault, filler, model, paper, panel, card, edge, brush, bar, controls, address, times, moved, shown, signal}
    Object.assign(this, parts);
    this.kinds = this.controls.kinds;
    this.#head = this.model.head;
    const { bar, signal } = this;
    bar.handle.addEventListener("input", () => this.#moved(() => this.player.seek(Number(bar.handle.value))), { signal });
    bar.root.addEventListener("pointermove", (event) => this.#peek(event), { signal });
    bar.root.addEventListener("pointerleave", () => bar.peek(null), { signal });
    signal.addEventListener("abort", () => cancelAnimationFrame(this.#frame), { once: true });
  }

  // The time of the moment, to the second: that of its last event, and what has passed since; null at the edge.
  get moment() {
    const { player, track } = this;
    const step = player.edge ? null : track.step(player.seq);
    if (!step) return null;
    const at = step.at + Math.max(0, player.passed - track.timeOf(player.seq));
    return new Date(at - (at % 1000)).toISOString();
  }

  // Is the timeline there, as far as it went when the page was opened?
  get known() {
    return this.track.length >= this.#head;
  }

  get running() {
    return this.card.card.status !== "closed";
  }

  // Every wish of a key or a button -> was it one of the player's?
  wish(name, value) {
    const { player } = this;
    if (!(name in this.#acts)) return false;
    if (!this.known && name !== "kinds") {
      this.#wished = [name, value]; // the last one is heard as soon as it can be
      return true;
    }
    this.#acts[name](value);
    if (player.playing) this.#start();
    return true;
  }

  #acts = {
    play: () => this.#moved(() => this.player.toggle({ running: this.running })),
    back: () => this.#moved(() => this.player.skipBy(-ARROW)),
    on: () => this.#moved(() => this.player.skipBy(ARROW)),
    stepBack: () => this.#moved(() => this.player.step(-1)),
    stepOn: () => this.#moved(() => this.player.step(1)),
    markBack: () => this.#toMark(-1),
    markOn: () => this.#toMark(1),
    part: (share) => this.#moved(() => this.player.toPart(share)),
    slower: () => this.#set(() => this.player.faster(-1)),
    faster: () => this.#set(() => this.player.faster(1)),
    speed: (speed) => this.#set(() => (this.player.speed = speed)),
    skip: (skip) => this.#set(() => (this.player.skip = skip)),
    idle: () => this.#set(() => (this.player.skip = !this.player.skip)),
    loop: () => this.#moved(() => this.player.turnLoop()),
    live: () => this.toEdge(),
    kinds: (kinds) => {
      this.kinds = kinds;
      keep("marks", [...kinds].join(" "));
      this.show();
    },
  };

  // The moment of a link: ms since the first event, and maybe its last event.
  open(ms, seq) {
    this.#moved(() => this.player.seekAt(ms, seq));
  }

  // The hub has told of more.
  grown() {
    this.show();
    if (!this.#wished || !this.known) return;
    const wished = this.#wished;
    this.#wished = null;
    this.wish(...wished);
  }

  // To the newest event, and on with what comes.
  toEdge() {
    this.player.toEdge();
    if (!this.model.tailing) this.#window(this.model.head);
    this.edge.reached();
    this.#show({ scroll: false });
    if (this.brush.idle) toEnd();
    this.address.moved();
  }

  // The page shows these events around one that was not on it. -> is it there?
  async reach(seq) {
    if (!this.model.has(seq)) await this.#window(seq);
    return this.model.has(seq);
  }

  // The newest event of the moment, on the page.
  async newest() {
    await this.reach(this.player.edge ? this.model.head : this.player.seq);
    this.#show({ scroll: !this.player.edge });
    return this.paper.latest;
  }

  show() {
    this.#show({ scroll: false });
  }

  #moved(move) {
    const { player } = this;
    const [edge, seq] = [player.edge, player.here];
    move();
    player.moved({ ended: this.known && !this.running });
    this.moved();
    if (edge && !player.edge) this.edge.left();
    if (player.edge && !edge) return this.toEdge();
    if (player.edge) return this.show();
    this.edge.following = player.playing;
    if (player.here !== seq || edge !== player.edge) this.controls.say("");
    this.#later();
    this.address.moved();
  }

  #set(change) {
    const { player } = this;
    const [seq, ms] = [player.seq, player.ms];
    change();
    Object.assign(player, { seq, ms }); // the moment stays, whatever the scale
    keep("speed", player.speed);
    keep("skip", player.skip ? "yes" : "no");
    this.show();
  }

  #toMark(by) {
    const rare = new Set([...this.kinds].filter((kind) => !SAID.has(kind)));
    this.#moved(() => {
      this.player.pause();
      if (!this.player.toMark(by, rare.size ? rare : this.kinds)) this.controls.say(by > 0 ? "No mark after this." : "No mark before this.");
    });
  }

  // Many moves within a frame are shown once.
  #later() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      this.#show({ scroll: true });
    });
  }

  #start() {
    if (this.#frame) return;
    this.#last = performance.now();
    const turn = (now) => {
      this.#frame = 0;
      if (this.signal.aborted || !this.player.playing) return;
      const passed = Math.min(LONGEST, now - this.#last);
      this.#last = now;
      this.player.tick(passed);
      if (this.player.edge) return this.toEdge();
      this.#show({ scroll: true });
      this.#frame = requestAnimationFrame(turn);
    };
    this.#frame = requestAnimationFrame(turn);
  }

  #show({ scroll }) {
    const { player, track, paper, model } = this;
    this.#draw();
    this.#place();
    this.shown();
    const moment = player.until;
    if (moment !== Infinity && scroll) {
      if (!model.has(moment)) {
        this.#window(moment).then((there) => there && this.#show({ scroll }));
        return;
      }
      if (player.playing && !model.tailing && model.last - moment < AHEAD) this.#onward();
    }
    paper.root.classList.toggle("is-playing", player.playing);
    paper.moment(moment);
    if (moment === Infinity) this.panel.show(this.card.shown);
    else {
      const { card, collected } = track.state(moment);
      this.panel.show(shown(card, Object.entries(collected)));
    }
    if (scroll && moment !== Infinity) this.#inSight();
  }

  // The newest of what has happened until then is in sight, at the lower end.
  #inSight() {
    const { paper, edge, player } = this;
    if (player.playing && !edge.following) return; // one reads elsewhere
    paper.latest?.scrollIntoView({ block: "end", behavior: "instant" });
  }

  // Another part of the session onto the page -> is it there?
  async #window(seq) {
    const { model, brush, filler } = this;
    const last = Math.min(Math.max(model.head, this.track.length), seq + AROUND.after);
    const events = await filler.need(Math.max(1, seq - AROUND.before), last);
    if (!events || model.has(seq)) return model.has(seq);
    brush.instead(model.jump(events, { head: model.head, marks: this.vault.marksOf(events) }));
    return true;
  }

  #onward() {
    const { model, vault, brush } = this;
    const events = vault.range(model.last + 1, Math.min(model.head, model.last + AROUND.before));
    if (events) brush.paint(model.onward(events, model.head));
  }

  #draw() {
    const { player, track, kinds, bar } = this;
    const sign = `${track.length} ${player.skip} ${[...kinds].join()}`;
    if (sign === this.#drawn || !track.length) return;
    this.#drawn = sign;
    const { scale } = player;
    const share = (seq) => (scale.total ? scale.at[seq - 1] / scale.total : 0);
    const said = {};
    const signs = [];
    const mood = [];
    for (let seq = 1; seq <= track.length; seq += 1) {
      for (const kind of track.marks(seq)) {
        if (!kinds.has(kind)) continue;
        if (SAID.has(kind)) (said[kind] ??= []).push(share(seq));
        else signs.push({ kind, at: share(seq) });
      }
      const score = track.step(seq).card?.sentiment?.score;
      if (score !== undefined && score !== null) mood.push([share(seq), score]);
    }
    const pauses = scale.pauses(PAUSE).map(({ from, to, ms }) => ({
      from: scale.total ? from / scale.total : 0, to: scale.total ? to / scale.total : 0, words: span(ms),
    }));
    bar.draw({ said, signs, mood, pauses });
    bar.found((this.places ?? []).map(share));
  }

  // Is what is shown maybe old? Then the edge is not live, whatever the session is.
  doubt(doubted) {
    if (doubted === this.#doubted) return;
    this.#doubted = doubted;
    this.#place();
  }

  // Where something was found: [seq].
  set found(places) {
    this.places = places;
    this.#drawn = "";
    this.show();
  }

  #place() {
    const { player, track, bar, controls } = this;
    const { at, total } = player.progress;
    const ms = player.passed;
    const told = `${elapsed(ms)} of ${elapsed(track.span)}, event ${player.here} of ${track.length}`;
    const loop = player.loop?.to != null && total ? { from: player.scale.played(player.loop.from) / total, to: player.scale.played(player.loop.to) / total } : null;
    bar.place({ at, total, words: told, loop });
    const live = this.#doubted ? "doubted" : "live";
    const state = player.edge ? (this.running ? live : "whole") : this.running ? "behind" : "past";
    const words = { live: "Live", doubted: "Not live", whole: "The end", behind: "To live", past: "To the end" };
    controls.show({
      playing: player.playing, speed: player.speed, skip: player.skip, loop: player.loop, state, pill: words[state],
      clock: { at: elapsed(ms), total: elapsed(track.span) }, known: this.known,
    });
  }

  #peek(event) {
    const { bar, player, track, times } = this;
    if (!track.length) return;
    const share = bar.shareOf(event);
    const { seq } = player.scale.moment(share * player.scale.total);
    const near = this.#near(seq, share);
    const step = track.step(near);
    const [sign] = step.marks?.filter((kind) => this.kinds.has(kind)).slice(-1) ?? [];
    bar.peek({
      at: share, sign: sign ?? "", kind: TITLES[sign] ?? "", words: step.peek ?? "",
      time: `${elapsed(track.timeOf(near))} · ${times.text(new Date(step.at).toISOString())}`,
    });
  }

  // Of the events around there, the nearest with a shown mark; a rare one before one of what was said.
  #near(seq, share) {
    const { track, player } = this;
    const { scale } = player;
    let best = seq;
    let least = Infinity;
    for (let at = Math.max(1, seq - 8); at <= Math.min(track.length, seq + 8); at += 1) {
      const marks = track.marks(at).filter((kind) => this.kinds.has(kind));
      if (!marks.length || !scale.total) continue;
      const away = Math.abs(scale.at[at - 1] / scale.total - share) - (marks.some((kind) => !SAID.has(kind)) ? 0.004 : 0);
      if (away < least) [best, least] = [at, away];
    }
    return best;
  }
}

// What the browser remembers for the next session.
export function kept(name, usual) {
  try {
    return localStorage.getItem(`live-player-${name}`) ?? usual;
  } catch {
    return usual;
  }
}

function keep(name, value) {
  try {
    localStorage.setItem(`live-player-${name}`, String(value));
  } catch {
    // a browser that keeps nothing plays all the same
  }
}
