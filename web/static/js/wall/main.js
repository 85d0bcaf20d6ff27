// The wall, put together.

import { HubClock } from "../clock.js";
import { Follow } from "../follow.js";
import { Health } from "../freshness.js";
import { walk } from "../keys.js";
import { showCounts, showNews } from "../signs.js";
import { LiveSocket } from "../socket.js";
import { tick } from "../ticker.js";
import { renewIfOther } from "../version.js";
import { Need } from "./need.js";
import { fill, showHealth } from "./paint.js";

const page = document.getElementById("page");
const list = page.querySelector("#tiles");
const { signal } = new AbortController();
const clock = new HubClock();
const health = new Health({ now: Date.now() });
let follow = null;
let need = null;

const socket = new LiveSocket({
  signal,
  opened: (hello) => {
    if (renewIfOther(hello.version)) return;
    follow?.subscribe();
    if (need) socket.send(need.subscription());
  },
  heard: (frame) => {
    if (frame.op === "beat") {
      clock.hear(frame.at);
      health.hear(frame, { now: Date.now() });
    }
    follow?.hear(frame);
    if (need?.hear(frame)) show();
    if (frame.op === "beat") paintHealth();
  },
  changed: (link) => {
    health.connect(link, { now: Date.now() });
    paintHealth();
  },
});

function show() {
  const { view, listing } = follow;
  if (!view.ready) return;
  showCounts(page, { ...view.counts, need: need.count });
  page.querySelector("#need").hidden = need.count === undefined;
  showNews(page.querySelector("#news"), listing.waiting);
  fill(page, { shown: listing.shown.length, matching: view.counts.matching });
  paintHealth();
}

addEventListener("resize", () => follow && show(), { signal });

function paintHealth() {
  const times = { now: Date.now(), hub: clock.now() };
  showHealth(page, { health, sign: health.sign(times), ...times });
}

if (!("flawed" in page.dataset)) {
  need = new Need(page.dataset);
  follow = new Follow({
    page, list, template: page.querySelector("#tile"), socket, clock, health, signal,
    changed: show,
    refused: (message) => { page.querySelector("#flaws").textContent = message; },
  });
}

page.querySelector("#news").addEventListener("click", () => follow.reveal(), { signal });
walk(list, {
  signal,
  acts: {
    search: () => {
      page.querySelector("#fold").open = true;
      page.querySelector("#q").select();
    },
    news: () => follow?.reveal(),
    full: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()),
  },
});
tick(page, { now: () => clock.now(), signal, also: paintHealth });
