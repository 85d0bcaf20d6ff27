"""What a reviewer meets: a session that opens, and a long one in which one goes anywhere at once."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
from playwright.async_api import Page

from bench import talk
from bench.browser import others, rank, signed_in, visit
from bench.parts import Row
from bench.rig import Rig

EVENTS = 500  # of the session that is opened: it runs
LONG = 5_000  # of the one in which one seeks: it is closed
BATCH = 500
CALM = 1.0  # seconds between two visits: what the page goes on to read is none of the next one's
START = datetime(2026, 11, 20, 10, 0, 0, tzinfo=UTC)

_OPENED = """() => new Promise((done) => {
  const {requestStart} = performance.getEntriesByType("navigation")[0];
  const live = performance.now() - requestStart;
  new PerformanceObserver((list) => {
    const [paint] = list.getEntriesByName("first-contentful-paint");
    if (paint) done([paint.startTime - requestStart, live]);
  }).observe({type: "paint", buffered: true});
})"""
_LIVE = "() => document.querySelector('#freshness').dataset.state === 'live'"
_KNOWN = "(last) => (document.querySelector('#scrub').ariaValueText ?? '').endsWith(`event ${last} of ${last}`)"
# From the move of the slider until the newest event of its moment is in sight and painted.
_SEEK = """async (share) => {
  const scrub = document.querySelector("#scrub");
  const transcript = document.querySelector("#transcript");
  const played = Math.round(Number(scrub.max) * share);
  const began = performance.now();
  scrub.value = String(played);
  scrub.dispatchEvent(new Event("input", {bubbles: true}));
  for (;;) {
    await new Promise(requestAnimationFrame);
    const seq = Number(scrub.ariaValueText.match(/event (\\d+) of/)[1]);
    const node = transcript.querySelector(`#e-${seq}:not([data-ahead])`);
    const box = node?.getBoundingClientRect();
    const ahead = transcript.querySelector(`#e-${seq + 1}`);
    if (box && box.bottom > 0 && box.top < innerHeight && (ahead?.hasAttribute("data-ahead") ?? true)) break;
  }
  const there = performance.now() - began;
  await new Promise((done) => setTimeout(done));
  return there;
}"""


async def player(rig: Rig, scale: float) -> AsyncIterator[Row]:
    """Opening a session that runs, again and again; then moves to chance moments of a long one."""
    loads, moves = (20, 60) if scale >= 1 else (2, 4)
    events = LONG if scale >= 1 else EVENTS
    brief = await _told(rig, "running", EVENTS, closed=False)
    long = await _told(rig, "long", events, closed=True)
    also = await others()
    async with signed_in(rig) as (running, state):
        async with visit(running, state) as page:
            painted, lived = await _opened(page, brief, loads=loads)
        what = f"a session of {EVENTS} events that runs"
        yield Row("player", f"{what}, request to first paint, p95", rank(painted, 0.95), "ms", 150.0,
                  note=f"p50 {rank(painted, 0.5):.0f}; {also}")  # fmt: skip
        yield Row("player", f"{what}, request to live, p95", rank(lived, 0.95), "ms", 300.0,
                  note=f"p50 {rank(lived, 0.5):.0f}")  # fmt: skip
        async with visit(running, state) as page:
            took = await _moved(page, long, last=events + 1, moves=moves)
        yield Row("player", f"to any moment of {events:,} events, p95", rank(took, 0.95), "ms", 50.0,
                  note=f"p50 {rank(took, 0.5):.0f}, the slowest {max(took):.0f} of {moves}")  # fmt: skip


async def _opened(page: Page, address: str, *, loads: int) -> tuple[list[float], list[float]]:
    painted, lived = [], []
    for _ in range(loads + 1):
        await page.goto(address)
        await page.wait_for_function(_LIVE)
        paint, live = await page.evaluate(_OPENED)
        painted.append(float(paint))
        lived.append(float(live))
        await asyncio.sleep(CALM)
    return painted[1:], lived[1:]  # the first visit fetches styles and scripts


async def _moved(page: Page, address: str, *, last: int, moves: int) -> list[float]:
    await page.goto(address)
    await page.wait_for_function(_KNOWN, arg=last)
    await asyncio.sleep(2)  # what was said follows the timeline
    chance = random.Random(7)
    took = []
    for _ in range(moves):
        took.append(float(await page.evaluate(_SEEK, chance.random())))
        await asyncio.sleep(0.1)
    return took


async def _told(rig: Rig, session: str, count: int, *, closed: bool) -> str:
    """A conversation of so many messages, three seconds apart; the address of its page."""
    facts: list[dict[str, str]] = [
        {
            "type": "message", "session": session, "id": f"m{n}", "role": "assistant" if n % 2 else "user",
            "text": talk.TEXTS[n % len(talk.TEXTS)], "at": (START + timedelta(seconds=3 * n)).isoformat(),
        }
        for n in range(count)
    ]  # fmt: skip
    if closed:
        facts.append({"type": "session.closed", "session": session, "id": "end", "at": facts[-1]["at"]})
    address = ""
    async with httpx.AsyncClient(base_url=rig.where.url, timeout=60) as client:
        for start in range(0, len(facts), BATCH):
            answer = await client.post(
                "/api/v1/events",
                json=facts[start : start + BATCH],
                headers={"Authorization": f"Bearer {rig.where.key}"},
            )
            answer.raise_for_status()
            address = f"{rig.where.url}/sessions/{answer.json()['results'][0]['session']}"
    return address
