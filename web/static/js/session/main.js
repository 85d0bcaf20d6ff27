// The session page, put together: what the socket says goes to the modules that think, their changes to those that
// paint.

import { watchSignIn } from "../signed.js";
import { LiveSocket } from "../socket.js";
import { Acts } from "./acts.js";
import { Address } from "./address.js";
import { Bar } from "./bar.js";
import { Brush } from "./brush.js";
import { Card } from "./card.js";
import { compare } from "./compare.js";
import { Controls } from "./controls.js";
import { Deck, kept } from "./deck.js";
import { Edge, freshness } from "./edge.js";
import { Filler } from "./filler.js";
import { Find } from "./find.js";
import { Forms } from "./forms.js";
import { asked } from "./keys.js";
import { Transcript } from "./model.js";
import { Neighbours } from "./neighbours.js";
import { Panel, Transcript as Paper } from "./paint.js";
import { Player } from "./player.js";
import { Reading } from "./reading.js";
import { keepPlace, placeOf, toEnd } from "./scroll.js";
import { Signs } from "./signs.js";
import { Tail } from "./tail.js";
import { Times } from "./times.js";
import { Track } from "./track.js";
import { Vault } from "./vault.js";
import { showWatching } from "./watching.js";

const LOOKED_THROUGH = 500; // events before a decision in which its block may have been entered
const root = document.querySelector(".session");
const state = JSON.parse(document.getElementById("state").textContent);
const { session, target, moment, moment_seq: momentSeq } = state;
const page = new AbortController(); // ends every listener, the socket and the brush
const { signal } = page;

const paper = new Paper(root.querySelector("#transcript"), { templates: templates("kind") });
const panel = new Panel(root.querySelectorAll(".part"), {
  templates: templates("partTemplate"), dress: (part) => times.renew(part),
});
const signs = new Signs(root, { dress: (part) => times.renew(part) });
const model = new Transcript({ ...state, stubs: paper.stubs() });
const card = new Card(state);
const edge = new Edge(model);
const tail = new Tail({ session, model, card, edge });
const track = new Track(state);
const vault = new Vault();
const player = new Player({ track, speed: Number(kept("speed", 1)), skip: kept("skip", "yes") === "yes" });
const times = new Times(document, { start: () => track.start, mode: kept("times", "local") });
const filler = new Filler({ session, track, vault, grown: () => grown(), signal });

const brush = new Brush({
  apply: (changes) => paper.apply(changes),
  before: () => (edge.following ? null : placeOf(paper.anchor)),
  after: (place) => {
    if (edge.following) toEnd();
    else keepPlace(place);
    times.renew();
    if (brush.idle) settle();
  },
  signal,
});

const controls = new Controls(root.querySelector("#player"), { wish: (name, value) => does(name, value), signal });
const marks = kept("marks", null);
if (marks !== null) controls.kinds = new Set(marks.split(" "));
const address = new Address({
  moment: () => (player.playing ? undefined : player.place),
  signal,
});
const deck = new Deck({
  player, track, vault, filler, model, paper, panel, card, edge, brush, controls, address, times, signal,
  bar: new Bar(root.querySelector("#bar")),
  moved: () => reading.moved(),
  shown: () => {
    showEdges();
    showFreshness();
    signs.moment(deck.moment);
  },
});

const reading = new Reading(root, {
  model, edge, paper, filler, address, signal,
  paint: (changes) => brush.paint(changes),
  shown: () => showEdges(),
  toEdge: () => deck.toEdge(),
  reach: (seq) => deck.reach(seq),
  flows: () => player.edge || player.playing,
  say: (problem) => signs.problem(problem),
});

const find = new Find(root.querySelector("#find"), {
  vault, paper, signal,
  go: (seq) => reading.goTo(seq, { focus: false }),
  found: (places) => (deck.found = places),
});
compare(root, {
  session, signal, template: paper.templates.get("decision"),
  entry: async (block, seq) => {
    await filler.need(Math.max(1, seq - LOOKED_THROUGH), seq);
    return vault.entry(block, seq);
  },
});
const neighbours = new Neighbours({ session, back: root.querySelector(".back") });

function templates(kind) {
  const all = [...document.querySelectorAll("template")].filter((template) => kind in template.dataset);
  return new Map(all.map((template) => [template.dataset[kind], template]));
}

// How many events there are above, below, and new. Where the clock stands elsewhere, the sign at the top says it.
function showEdges() {
  signs.edges({
    model, unseen: player.edge && model.tailing ? edge.unseen : 0, past: !player.edge, closed: card.card.status === "closed",
  });
}

// All that came is painted.
function settle() {
  showEdges();
  showFreshness();
  find.renew();
}

// The timeline, or what can be searched, has grown.
let waiting = moment; // a link's moment, until the timeline is there
function grown() {
  const there = track.length >= (momentSeq ?? 1) && track.span >= waiting;
  if (waiting !== null && (there || track.length >= model.head)) {
    const ms = waiting;
    waiting = null;
    deck.open(ms, momentSeq);
  }
  deck.grown();
  find.renew();
}

function showCard() {
  deck.show();
  document.title = `${card.card.name} · live`;
}

// the socket ----------------------------------------------------------------------------------------------------------

const socket = new LiveSocket({
  signal,
  opened: () => ask(),
  heard(frame) {
    if (frame.id === "session" && frame.events) {
      vault.take(frame.events);
      filler.want(frame.head);
    }
    if (frame.op === "watching") showWatching(root, frame);
    const { changes, card: changed, again, gone } = tail.hear(frame);
    if (gone) return leave();
    if (changes?.length) brush.paint(changes);
    if (changed || changes) showCard();
    if (again !== undefined) setTimeout(ask, again);
    if (!model.tailing) showEdges();
    showFreshness();
  },
  changed(link) {
    if (link.state !== "open") {
      tail.lost();
      showWatching(root, null);
    }
    showFreshness(link);
  },
});

watchSignIn({
  signal,
  over: () => {
    socket.close();
    showFreshness({ ...socket.link, state: "ended", reason: "You are signed out." });
  },
});

// Everything from here on. Where the socket is not open, `opened` asks.
function ask() {
  if (!tail.gone) socket.send(tail.subscription());
  showFreshness();
}

// It was erased: nothing of it stays on the page, and nothing that could be done to it.
function leave() {
  page.abort();
  const notice = document.getElementById("erased").content.firstElementChild.cloneNode(true);
  notice.querySelector("a").href = root.querySelector(".back").href;
  root.replaceWith(notice);
  for (const rest of document.querySelectorAll("#state, #keys")) rest.remove();
  document.title = "Erased · live";
  notice.focus();
}

function showFreshness(link = socket.link) {
  const closed = card.card.status === "closed";
  const { live, store, away } = tail;
  const sign = freshness({ link, live, store, away, tailing: model.tailing, closed, past: !player.edge, unseen: edge.unseen });
  signs.freshness(sign);
  deck.doubt(sign.state === "stale");
}

// what people ask for -------------------------------------------------------------------------------------------------

const forms = document.querySelector(".act-form")
  ? new Forms(root, {
    acts: new Acts({ session, token: document.querySelector('meta[name="csrf"]').content }), signal,
    changed: (given) => card.renew(given) && showCard(),
  })
  : null;

const own = {
  next: () => reading.step(1),
  previous: () => reading.step(-1),
  decision: () => reading.decision(),
  help: () => document.getElementById("keys").showModal(),
  find: () => find.open(),
  comment: async () => forms?.comment(reading.chosen ?? (await deck.newest())),
  nextSession: () => beside(1),
  previousSession: () => beside(-1),
  link: () => copy(),
  times: () => {
    localStorage.setItem("live-player-times", times.turn());
    controls.say(times.words);
  },
  leave: () => {
    if (!root.querySelector("#find").hidden) find.close();
  },
};

function does(name, value) {
  if (!deck.wish(name, value)) own[name]?.();
}

async function beside(by) {
  const { address, words } = await neighbours.step(by);
  if (address) location.assign(address);
  else controls.say(words);
}

// The address of what one looks at: the message that one went to, else the moment.
async function copy() {
  const address = new URL(location.href);
  const message = reading.chosen;
  if (message) {
    address.search = `?message=${encodeURIComponent(message.dataset.id)}`;
    address.hash = "";
  }
  try {
    await navigator.clipboard.writeText(address.href);
    controls.say(message ? "Link to this message copied." : "Link to this moment copied.");
  } catch {
    prompt("The link to here:", address.href); // without https a browser gives no clipboard
  }
}

addEventListener("keydown", (event) => {
  const told = asked(event);
  if (!told) return;
  if (told.wish !== "leave") event.preventDefault();
  does(told.wish, told.part);
}, { signal });

// the first look ------------------------------------------------------------------------------------------------------

const wide = matchMedia("(min-width: 64rem)");
const fold = () => { root.querySelector("#panel").open = wide.matches; };
wide.addEventListener("change", fold, { signal });
fold();

if (target) paper.point(target);
else if (moment === null && card.card.status !== "closed" && model.tailing) deck.toEdge();
deck.show();
filler.want(model.head);
