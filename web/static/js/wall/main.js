// The wall, put together.

import { HubClock } from "../clock.js";
import { Health } from "../freshness.js";
import { walk } from "../keys.js";
import { watchSignIn } from "../signed.js";
import { showNews, write } from "../signs.js";
import { LiveSocket } from "../socket.js";
import { tick } from "../ticker.js";
import { renewIfOther } from "../version.js";
import { eyes } from "./attention.js";
import { Bell } from "./bell.js";
import { keep } from "./keep.js";
import { showEyes } from "./lookout.js";
import { fill, shift, showBeyond, showClock, showFull, showHealth, showName } from "./paint.js";
import { hidePointer } from "./pointer.js";
import { ring, tryOut } from "./ring.js";
import { Rotation } from "./rotation.js";
import { blank, Scene } from "./scene.js";
import { shifted } from "./shift.js";
import { Stop } from "./stop.js";
import { showTotals } from "./strip.js";
import { sentence } from "./thresholds.js";

const UNASKED = { state: "connecting", word: "Nothing shown" }; // what the address asks for cannot be understood
const DRAWING = { state: "connecting", word: "Loading" };
const ASLEEP = 5000; // ms between two ticks: the screen slept
const PAUSE = 200; // ms between two times that all but the tiles is painted: it has to be measured, and nobody reads faster
const page = document.getElementById("page");
const board = page.querySelector("#board");
const kiosk = "kiosk" in page.dataset;
const { signal } = new AbortController();
const clock = new HubClock();
const health = new Health({ now: Date.now() });
const stops = "flawed" in page.dataset ? [] : JSON.parse(page.dataset.stops).map((stop, n) => new Stop(stop, n));
const rotation = new Rotation({ seconds: Number(page.dataset.rotate), now: performance.now() });
const bell = new Bell();
const screenWide = matchMedia("(display-mode: fullscreen)");
let scene = null; // what is shown
let coming = null; // what is shown next, soon
let wanted = null; // where a key leads, as soon as it can
let pages = 1;
let room = Infinity; // how many tiles have a place
let painting = false;
let painted = -Infinity;
let ticked = Date.now();
let play = null;

const socket = new LiveSocket({
  signal,
  path: kiosk ? "/api/v1/live?kiosk=true" : undefined,
  opened: (hello) => {
    if (renewIfOther(hello.version)) return;
    for (const one of [scene, coming]) one?.follow.subscribe();
    for (const stop of stops) if (stop.watched || stop === scene.stop) count(stop);
    if (scene) socket.send(scene.stop.need.subscription());
  },
  heard: (frame) => {
    if (frame.op === "beat") {
      clock.hear(frame.at);
      health.hear(frame, { now: Date.now() });
    }
    for (const one of [scene, coming]) one?.follow.hear(frame);
    for (const stop of stops) if (stop.totals.hear(frame) || stop.need.hear(frame)) later();
    if (frame.op === "beat") {
      for (const stop of stops) if (stop.totals.stale({ offset: offset() }) && (stop.watched || stop === scene.stop)) count(stop);
      later();
    }
  },
  changed: (link) => {
    health.connect(link, { now: Date.now() });
    paintHealth();
  },
});

function offset() {
  return -new Date().getTimezoneOffset();
}

function count(stop) {
  socket.send(stop.totals.subscription({ offset: offset() }));
}

function full() {
  return kiosk || document.fullscreenElement !== null || screenWide.matches;
}

// What comes after a pause is painted in the next frame; where much comes, all of it after the next pause.
function later() {
  if (painting) return;
  painting = true;
  const paint = () => requestAnimationFrame(() => {
    painting = false;
    show();
  });
  const wait = painted + PAUSE - performance.now();
  if (wait > 0) setTimeout(paint, wait);
  else paint();
}

// What somebody did to the page.
function soon() {
  requestAnimationFrame(show);
}

function show() {
  paintHealth();
  const { follow, stop, tiles, list } = scene ?? {};
  if (!follow?.view.ready) return;
  painted = performance.now();
  const { view, listing } = follow;
  stop.measure({ counts: view.counts, now: performance.now() });
  showTotals(page, { ...stop, counts: view.counts });
  const need = stop.need.own ? view.counts.matching : stop.need.count;
  const hub = clock.now();
  showEyes(page, { eyes: eyes([...view.cards.values()], { silent: health.silent, now: hub }), count: need, hub });
  showNews(page.querySelector("#news"), listing.waiting);
  page.querySelector("#nothing").hidden = listing.shown.length > 0;
  const there = listing.shown.length;
  const paged = rotation.every > 0;
  room = fill(page, list, { count: there, density: stop.density, full: full(), paged });
  pages = paged && room !== Infinity ? Math.max(1, Math.ceil(there / room)) : 1;
  const at = Math.min(rotation.page, pages - 1);
  tiles.place({ first: pages > 1 ? at * room : 0, room });
  if (!scene.drawn({ room: places() })) later();
  // who is in the view takes a place in a moment, if there is one
  showBeyond(page, { shown: pages > 1 ? view.cards.size : Math.min(view.cards.size, room), matching: view.counts.matching });
}

// How many tiles of the list stand on this page of it.
function places() {
  const there = scene.follow.listing.shown.length;
  return pages > 1 ? Math.min(room, there - Math.min(rotation.page, pages - 1) * room) : room;
}

function signOf(times) {
  if (!stops.length) return UNASKED;
  const said = health.sign(times);
  const vouches = said.state !== "stale" && said.state !== "connecting";
  return vouches && scene && !scene.drawn({ room: places() }) ? DRAWING : said;
}

function paintHealth() {
  const times = { now: Date.now(), hub: clock.now() };
  showHealth(page, { health, sign: signOf(times), ...times });
  showClock(page, times.hub);
}

// What a list alarms about settles, is said, is heard; then the next one has its turn.
function turn() {
  const now = performance.now(); // a clock may be set back; turns and pauses go on
  const title = (total) => page.querySelector(`.totals [data-of="${total}"] .what`).textContent;
  const told = stops.map((stop) => {
    stop.measure({ now });
    return sentence(stop.alarms.settle({ now }), { title, place: stops.length > 1 ? stop.name : "" });
  });
  if (told.some(Boolean)) write(page.querySelector("#told"), told.filter(Boolean).join(" "));
  const state = where(now);
  if (play && bell.due(stops.flatMap(({ n, alarms }) => alarms.alarmed.map((total) => `${n} ${total}`)), { now })) play();
  const ready = wanted && (wanted.stop === rotation.stop || state.ready(wanted.stop)) ? wanted : null;
  const to = ready ?? rotation.tick(state);
  if (to) go(to);
  else prepare(wanted?.stop ?? rotation.soon(state));
  write(page.querySelector("#turn"), rotation.words({ ...state, now, pages }));
}

function where(now) {
  return {
    now,
    pages,
    stops: stops.length,
    alarmed: stops.filter(({ alarms }) => alarms.alarmed.length).map(({ n }) => n),
    live: health.sign({ now: Date.now(), hub: clock.now() }).state !== "stale",
    ready: (n) => coming?.stop.n === n && coming.ready,
  };
}

function scened(stop, list) {
  const made = new Scene({
    stop, list, template: page.querySelector("#tile"), socket, clock,
    health: { show: () => made === scene && health.show(), prove: (...proof) => health.prove(...proof) },
    changed: (one) => (one === scene ? later() : turn()),
    refused: (message) => write(page.querySelector("#flaws"), message),
  });
  return made;
}

// The list that comes next is asked for; null: none does.
function prepare(n) {
  if ((coming?.stop.n ?? null) === n) return;
  if (coming) leave(coming);
  coming = null;
  if (n === null || n === rotation.stop) return;
  coming = scened(stops[n], blank(scene.list));
  count(stops[n]);
  socket.send(stops[n].need.subscription());
}

function leave(one) {
  const { stop } = one;
  one.end();
  socket.send({ op: "unsubscribe", id: stop.need.id });
  if (!stop.watched) socket.send({ op: "unsubscribe", id: stop.totals.id });
}

function go(to) {
  wanted = null;
  if (to.stop !== rotation.stop) {
    const old = scene;
    scene = coming;
    coming = null;
    old.list.replaceWith(scene.list);
    leave(old);
    showName(page, scene.stop.name);
  }
  rotation.go(to, { now: performance.now() });
  show();
}

function step(by) {
  const state = where(performance.now());
  rotation.pass(state);
  wanted = rotation.next({ ...state, by });
  turn();
}

for (const [on, name] of [[window, "resize"], [document, "fullscreenchange"], [screenWide, "change"]]) {
  on.addEventListener(name, () => {
    showFull(full());
    soon();
  }, { signal });
}
page.querySelector("#fold")?.addEventListener("toggle", soon, { signal });
page.querySelector("#news").addEventListener("click", () => scene.follow.reveal(), { signal });
showFull(full());
shift(page, shifted(Date.now()));
hidePointer(board, { full, signal });

if (stops.length) {
  scene = scened(stops[0], page.querySelector("#tiles"));
  later();
}
if (page.dataset.sound === "on") play = ring(page.querySelector("#ring"), { signal });
if (!kiosk) {
  watchSignIn({
    signal,
    over: () => {
      socket.close();
      health.connect({ ...socket.link, reason: "You are signed out." }, { now: Date.now() });
      paintHealth();
    },
  });
  keep(page.querySelector("#keep"), { signal });
  tryOut(page.querySelector("#try-sound"), { signal });
}
walk(board, {
  signal,
  acts: {
    ...(kiosk && { help: () => {} }),
    search: () => {
      if (kiosk) return;
      page.querySelector("#fold").open = true;
      page.querySelector("#q").select();
    },
    preview: () => {
      rotation.hold(where(performance.now()));
      turn();
    },
    news: () => scene?.follow.reveal(),
    full: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()),
  },
});
document.addEventListener("keydown", (event) => {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by || !rotation.every || event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  step(by);
}, { signal });
tick(page, {
  now: () => clock.now(),
  signal,
  also: () => {
    const now = Date.now();
    if (now - ticked > ASLEEP) socket.send({ op: "ping" }); // is the hub still there? Its silence shows at once
    ticked = now;
    shift(page, shifted(now));
    paintHealth();
    if (scene) turn();
  },
});
