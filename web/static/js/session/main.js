// The session page, put together: what the socket says goes to the modules that think, their changes to those that
// paint.

import { LiveSocket } from "../socket.js";
import { Acts } from "./acts.js";
import { Brush } from "./brush.js";
import { Card } from "./card.js";
import { Edge, freshness } from "./edge.js";
import { Forms } from "./forms.js";
import { Transcript } from "./model.js";
import { Panel, Transcript as Paper, localTimes } from "./paint.js";
import { Reading } from "./reading.js";
import { keepPlace, placeOf, toEnd } from "./scroll.js";
import { Signs } from "./signs.js";
import { Tail } from "./tail.js";

const root = document.querySelector(".session");
const state = JSON.parse(document.getElementById("state").textContent);
const { session, target } = state;
const page = new AbortController(); // ends every listener, the socket and the brush
const { signal } = page;

const paper = new Paper(root.querySelector("#transcript"), { templates: templates("kind") });
const panel = new Panel(root.querySelectorAll(".part"), { templates: templates("partTemplate") });
const signs = new Signs(root);
const model = new Transcript({ ...state, stubs: paper.stubs() });
const card = new Card(state);
const edge = new Edge();
const tail = new Tail({ session, model, card, edge });

const brush = new Brush({
  apply: (changes) => paper.apply(changes),
  before: () => (edge.following ? null : placeOf(paper.anchor)),
  after: (place) => {
    if (edge.following) toEnd();
    else keepPlace(place);
    if (brush.idle) settle();
  },
  signal,
});

const reading = new Reading(root, {
  session, model, edge, paper, signal,
  paint: (changes) => brush.paint(changes),
  shown: () => signs.edges({ model, edge }),
  tail: () => ask(),
  say: (problem) => signs.problem(problem),
});

function templates(kind) {
  const all = [...document.querySelectorAll("template")].filter((template) => kind in template.dataset);
  return new Map(all.map((template) => [template.dataset[kind], template]));
}

// All that came is painted.
function settle() {
  paper.closeSeam();
  signs.edges({ model, edge });
}

function showCard() {
  panel.show(card.shown);
  document.title = `${card.shown.name} · live`;
}

// the socket ----------------------------------------------------------------------------------------------------------

const socket = new LiveSocket({
  signal,
  opened: () => ask(),
  heard(frame) {
    const { changes, card: changed, again, problem } = tail.hear(frame);
    if (changes?.length) brush.paint(changes);
    if (changed) showCard();
    if (again !== undefined) setTimeout(ask, again);
    if (problem) signs.problem(problem);
    if (!model.tailing) signs.edges({ model, edge });
    showFreshness();
  },
  changed(link) {
    if (link.state !== "open") tail.lost();
    showFreshness(link);
  },
});

// Everything from here on. Where the socket is not open, `opened` asks.
function ask() {
  socket.send(tail.subscription());
  showFreshness();
}

function showFreshness(link = socket.link) {
  const closed = card.card.status === "closed";
  signs.freshness(freshness({ link, live: tail.live, store: tail.store, tailing: model.tailing, closed }));
}

// the first look ------------------------------------------------------------------------------------------------------

localTimes(document);
if (document.querySelector(".act-form")) {
  const acts = new Acts({ session, token: document.querySelector('meta[name="csrf"]').content });
  new Forms(root, { acts, signal, changed: (given) => card.renew(given) && showCard() });
}

const wide = matchMedia("(min-width: 64rem)");
const fold = () => { root.querySelector("#panel").open = wide.matches; };
wide.addEventListener("change", fold, { signal });
fold();

if (target) reading.point(target);
else if (card.card.status !== "closed" && model.tailing) reading.toLive();
