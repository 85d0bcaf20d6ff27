// The list of sessions, put together. The socket stays while one goes from filter to filter; each filter is a part of
// its own.

import { HubClock } from "../clock.js";
import { Follow } from "../follow.js";
import { Health } from "../freshness.js";
import { walk } from "../keys.js";
import { showCounts, showNews, showSign, time } from "../signs.js";
import { LiveSocket } from "../socket.js";
import { tick } from "../ticker.js";
import { renewIfOther } from "../version.js";
import { Counts } from "./counts.js";
import { Onward } from "./onward.js";
import { Travel } from "./travel.js";

const page = document.getElementById("page");
const list = page.querySelector("#rows");
const { signal } = new AbortController();
const clock = new HubClock();
const health = new Health({ now: Date.now() });
let part = null;

const socket = new LiveSocket({
  signal,
  opened: (hello) => renewIfOther(hello.version) || part?.follow?.subscribe(),
  heard: (frame) => {
    if (frame.op === "beat") {
      clock.hear(frame.at);
      health.hear(frame, { now: Date.now() });
    }
    part?.follow?.hear(frame);
    showHealth();
  },
  changed: (link) => {
    health.connect(link, { now: Date.now() });
    showHealth();
  },
});

const counts = new Counts({ page, signal });
const travel = new Travel({ page, signal, arrived: begin });

// One filter, from its page to the next one's.
function begin() {
  part?.ends.abort();
  const ends = new AbortController();
  part = { ends, follow: null };
  if ("flawed" in page.dataset || "deep" in page.dataset) {
    showHealth();
    return;
  }
  const deep = () => list.getBoundingClientRect().top < -40;
  const follow = new Follow({
    page, list, template: page.querySelector("#row"), socket, clock, health, signal: ends.signal, deep,
    changed: show,
    refused: (message) => { page.querySelector("#flaws").textContent = message; },
  });
  part.follow = follow;
  part.onward = new Onward({
    page, wish: follow.wish, signal: ends.signal,
    begin: () => follow.keep(),
    append: (cards) => follow.append(cards),
  });
}

function show() {
  const { view, listing } = part.follow;
  if (view.ready) {
    showCounts(page, view.counts);
    counts.spoil();
    page.querySelector("#away")?.remove();
    page.querySelector("#nothing").hidden = listing.shown.length > 0;
    part.onward.offer(view);
  }
  showNews(page.querySelector("#news"), listing.waiting);
}

function showHealth() {
  const sign = page.querySelector("#sign");
  if ("flawed" in page.dataset) return showSign(sign, { state: "connecting", word: "Nothing shown" });
  if ("deep" in page.dataset) return showSign(sign, { state: "connecting", word: "Older sessions, not live" });
  const said = health.sign({ now: Date.now(), hub: clock.now() });
  const word = said.state === "stale" ? `${said.word} since ${time(said.since)}. ${said.why}` : said.word;
  showSign(sign, { state: said.state, word });
  page.classList.toggle("is-stale", said.state === "stale");
}

page.addEventListener("click", (event) => {
  if (!event.target.closest("#news")) return;
  part.follow.reveal();
  scrollTo({ top: 0 });
  if (event.detail === 0) page.querySelector("#found-title").focus();
}, { signal });

walk(list, {
  signal,
  acts: {
    search: () => page.querySelector("#q").select(),
    news: () => part.follow?.reveal(),
  },
});
tick(page, { now: () => clock.now(), signal, also: showHealth });
begin();
export { travel };
