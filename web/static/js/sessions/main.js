// The list of sessions, put together.

import { HubClock } from "../clock.js";
import { Follow } from "../follow.js";
import { Health } from "../freshness.js";
import { walk } from "../keys.js";
import { request } from "../request.js";
import { Shelf } from "../shelf.js";
import { watchSignIn } from "../signed.js";
import { showCounts, showNews, showSign, time, write } from "../signs.js";
import { LiveSocket } from "../socket.js";
import { tick } from "../ticker.js";
import { renewIfOther } from "../version.js";
import { Announce, PAUSE } from "./announce.js";
import { Bulk } from "./bulk.js";
import { Counts } from "./counts.js";
import { Expression } from "./expression.js";
import { Marks } from "./marks.js";
import { known, things } from "./offers.js";
import { Leavers } from "./leavers.js";
import { Narrow } from "./narrow.js";
import { Onward } from "./onward.js";
import { Palette } from "./palette.js";
import { Preview } from "./preview.js";
import { Saved } from "./saved.js";
import { MOST, Selection } from "./selection.js";
import { Travel } from "./travel.js";

const YEAR = 365 * 24 * 3600; // s that the look is remembered
const page = document.getElementById("page");
const list = page.querySelector("#rows");
const { signal } = new AbortController();
const clock = new HubClock();
const health = new Health({ now: Date.now() });
let part = null;

const socket = new LiveSocket({
  signal,
  opened: (hello) => {
    if (renewIfOther(hello.version)) return;
    part?.follow?.subscribe();
    saved.watch({ anew: true });
    travel.resume();
  },
  heard: (frame) => {
    if (frame.op === "beat") {
      clock.hear(frame.at);
      health.hear(frame, { now: Date.now() });
    }
    part?.follow?.hear(frame);
    if (frame.id === part?.follow?.id && frame.cards) part.announce.take(frame);
    renewed(frame.cards ?? []);
    frame.erased?.forEach(forget);
    saved.hear(frame);
    showHealth();
  },
  changed: (link) => {
    health.connect(link, { now: Date.now() });
    showHealth();
  },
});

const counts = new Counts({ page, signal });
const travel = new Travel({ page, signal, arrived: begin, at: () => marks.at });
const go = (address) => travel.go(new URL(address, location.href).href);
const saved = new Saved({ page, socket, go, signal });
const selection = new Selection({ changed: () => { marks.show(); bulk.show(); } });
const marks = new Marks({ page, list, selection, signal });
const preview = new Preview({ list, signal });
const bulk = new Bulk({ page, selection, all: everyId, signal });
const template = document.getElementById("palette-item");
const expression = new Expression({ page, template, known: () => known(page), signal });
const narrow = new Narrow({ page, signal });
const palette = new Palette({ things: () => things(page, { go }), signal });

// One filter, from its page to the next one's.
function begin() {
  part?.ends.abort();
  const ends = new AbortController();
  part = { ends, follow: null, announce: new Announce() };
  list.style.padding = "";
  remember();
  saved.watch();
  bulk.show();
  marks.show();
  if ("flawed" in page.dataset || "deep" in page.dataset) {
    showHealth();
    return;
  }
  const deep = () => list.getBoundingClientRect().top < -40;
  const row = page.querySelector("#row");
  const follow = new Follow({
    page, list, template: row, socket, clock, health, signal: ends.signal, deep,
    changed: show,
    refused: (message) => { page.querySelector("#flaws").textContent = message; },
    painter: (shown) => {
      part.shelf = new Shelf(list, row, {
        shown, signal: ends.signal,
        dress: (element, id) => marks.dress(element, id),
        moved: (near) => part.onward?.look(near),
      });
      return part.shelf;
    },
  });
  part.follow = follow;
  part.onward = new Onward({
    page, wish: follow.wish, signal: ends.signal,
    begin: () => follow.keep(),
    append: (cards, instead) => {
      follow.append(cards, instead);
      renewed(cards);
    },
    shown: () => follow.listing.shown,
  });
  part.leavers = new Leavers({
    signal: ends.signal,
    left: () => follow.left(),
    erased: (id) => {
      forget(id);
      follow.erase(id);
    },
  });
}

// These cards may say something new: so may the preview of one of them.
function renewed(cards) {
  for (const { session } of cards) preview.renew(session);
}

// It was erased: nothing of it stays, and nothing can be done with it.
function forget(id) {
  if (selection.has(id)) selection.toggle(id);
  if (preview.shown === id) preview.hide();
}

function show() {
  const { view, listing } = part.follow;
  if (view.ready) {
    showCounts(page, view.counts);
    counts.spoil();
    page.querySelector("#away")?.remove();
    page.querySelector("#nothing").hidden = listing.shown.length > 0;
    part.onward?.offer(view);
  }
  showNews(page.querySelector("#news"), listing.waiting);
  if (marks.at && part.shelf.at(marks.at) !== undefined && !part.returned) {
    part.returned = true; // once: to the row that the address names
    if (page.dataset.selected) part.shelf.bring(page.dataset.selected)?.scrollIntoView({ block: "nearest" });
  }
}

function showHealth() {
  const sign = page.querySelector("#sign");
  if ("flawed" in page.dataset) return showSign(sign, { state: "connecting", word: "Nothing shown" });
  if ("deep" in page.dataset) return showSign(sign, { state: "connecting", word: "Older sessions, not live" });
  const said = health.sign({ now: Date.now(), hub: clock.now() });
  const word = said.state === "stale" ? `${said.word} since ${time(said.since)}. ${said.why}` : said.word;
  showSign(sign, { state: said.state, word });
  page.classList.toggle("is-stale", said.state === "stale");
  showWayIn({ over: health.link.state === "ended" });
}

// Who is signed out comes back here.
function showWayIn({ over }) {
  const link = page.querySelector("#sign-in");
  link.hidden = !over;
  if (over) link.href = `/signin?next=${encodeURIComponent(location.pathname + location.search)}`;
}

// The look of the list is kept for the next visit that asks for nothing.
function remember() {
  document.cookie = `live-look=${page.dataset.look}; path=/sessions; max-age=${YEAR}; samesite=lax`;
}

// Every session that matches, page by page.
async function everyId(stop, tell) {
  const { filter } = page.dataset;
  const found = [];
  for (let cursor = ""; cursor !== null && found.length <= MOST;) {
    const own = new URLSearchParams({ sort: "started", limit: 1000, ...(cursor && { cursor }) });
    const told = await (await request(`/api/v1/sessions?${filter}&${own}`, { signal: stop })).json();
    found.push(...told.cards.map((card) => card.session));
    tell(found.length, told.total);
    cursor = told.next;
  }
  return found;
}

const rowOf = (element) => element.closest?.("#rows > li[data-key]");
const there = (id) => part.shelf?.bring(id) ?? list.querySelector(`[data-key="${CSS.escape(id)}"]`);
// Without focus and pointer, the row that is marked, as after a reload.
const here = () => rowOf(document.activeElement) ?? list.querySelector("li:hover") ?? (marks.at && there(marks.at));

function select(event) {
  const row = here();
  if (row) selection.toggle(row.dataset.key, { order: part.follow?.listing.shown ?? [], through: event.shiftKey });
}

// From row to row by the whole list, not only by what is on the page.
function step(by) {
  const order = part.follow?.listing.shown ?? [...list.children].map((row) => row.dataset.key);
  const from = rowOf(document.activeElement)?.dataset.key ?? marks.at;
  const at = from ? order.indexOf(from) : -1;
  const id = order[at < 0 ? (by > 0 ? 0 : order.length - 1) : Math.max(0, Math.min(order.length - 1, at + by))];
  if (id === undefined) return;
  const row = there(id);
  row?.querySelector("a.open").focus();
  row?.scrollIntoView({ block: "nearest" });
  if (row) preview.follow(row);
}

page.addEventListener("click", (event) => {
  const { target } = event;
  if (target.closest("#news")) {
    part.follow.reveal();
    scrollTo({ top: 0 });
    if (event.detail === 0) page.querySelector("#found-title").focus();
  } else if (target.matches(".pick")) {
    const order = part.follow?.listing.shown ?? [];
    selection.toggle(rowOf(target).dataset.key, { order, through: event.shiftKey });
  }
}, { signal });

const telling = setInterval(() => {
  const sentence = part.announce.sentence();
  if (sentence) write(page.querySelector("#needs-told"), sentence);
}, PAUSE);
signal.addEventListener("abort", () => clearInterval(telling), { once: true });

walk(list, {
  signal,
  acts: {
    next: () => step(1),
    previous: () => step(-1),
    search: () => page.querySelector("#q").select(),
    news: () => part.follow?.reveal(),
    preview: () => here() && preview.toggle(here()),
    select,
    open: () => marks.at && there(marks.at)?.querySelector("a.open").click(),
    edit: () => expression.edit(),
    layout: () => page.querySelector("[data-layout-is]:not([aria-current])")?.click(),
    back: () => preview.hide() || (selection.ids.size && selection.clear()),
  },
});
watchSignIn({
  signal,
  over: () => {
    socket.close();
    health.connect({ ...socket.link, reason: "You are signed out." }, { now: Date.now() });
    showHealth();
  },
});
tick(page, { now: () => clock.now(), signal, also: showHealth });
begin();
export { narrow, palette, travel };
