"""What a person at a browser meets: smooth lists while much happens, pages that are there at once, filters that answer.

Chromium runs headless and paints without a graphics card, on the machine of the hub, the database and the load.
"""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, CDPSession, Page, ViewportSize, async_playwright

from bench import clients, seed, talk
from bench.clients import Client
from bench.parts import Row
from bench.rig import Rig, busy

SCREEN: ViewportSize = {"width": 1920, "height": 1080}
LIMIT = 1_000  # cards of a page that are live, at most: the protocol's own limit
TILES = 200  # what a wall is made for, at most: as many can be read on one
TICK = 0.1  # seconds in which a tenth of the cards change once
SHARE = 10  # one card in so many changes
SETTLED = 2.0  # seconds from the opening of a window to the first visit in it
PATIENCE = 60_000.0  # ms until a page is there
SETTLE = 60.0  # seconds for the hub to come to rest after it was filled
REST = 0.25  # cores: a hub that uses less has done what the filling left it to do
PICKS = (
    ("channel", "web"), ("sentiment", "negative"), ("status", "closed"), ("sentiment", "negative"),
    ("status", "closed"), ("attention", "any"), ("kind", "support"), ("attention", "any"),
    ("status", "open"), ("kind", "refund"), ("kind", "refund"), ("status", "open"), ("channel", "web"),
    ("kind", "support"),
)  # fmt: skip

# Notes every task that holds the page up; those that are over before the first paint hold up nobody.
_NOTING = """
globalThis.benchTasks = [];
new PerformanceObserver((list) => {
  for (const {startTime, duration} of list.getEntries()) benchTasks.push([startTime, duration]);
}).observe({type: "longtask", buffered: true});
"""
_LIVE = "() => document.querySelector('#sign').textContent.trim().startsWith('Live')"
_FRAMES = """(ms) => new Promise((done) => {
  let frames = 0;
  const began = performance.now();
  const next = (now) => {
    if (now - began >= ms) return done(frames / (now - began) * 1000);
    frames += 1;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
})"""
_PAINT = """() => new Promise((done) => {
  const told = (list) => {
    const paint = list.getEntriesByName("first-contentful-paint")[0];
    if (paint) done([paint.startTime, performance.getEntriesByType("navigation")[0].responseStart]);
  };
  new PerformanceObserver(told).observe({type: "paint", buffered: true});
})"""
_LONGEST = """([since, until]) => {
  const painted = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  const from = Math.max(painted, since);
  return Math.max(0, ...benchTasks.filter(([start]) => start >= from && start < until).map(([, took]) => took));
}"""
_PICK = """async ([field, value]) => {
  const page = document.getElementById("page");
  const box = [...document.querySelectorAll("#groups input[type=checkbox]")]
    .find((one) => one.name === field && one.value === value);
  if (!box) throw new Error(`no box for ${field}=${value}`);
  const began = performance.now();
  const there = new Promise((done) => {
    const watch = new MutationObserver(() => {
      if (page.hasAttribute("aria-busy")) return;
      watch.disconnect();
      done();
    });
    watch.observe(page, {attributes: true, attributeFilter: ["aria-busy"]});
  });
  box.click();
  await there;
  await new Promise(requestAnimationFrame);
  await new Promise((done) => setTimeout(done));
  return performance.now() - began;
}"""


@dataclass(frozen=True, slots=True)
class Size:
    """How much of it: sessions that move, that are open, that are stored; seconds, loads, rounds of filters."""

    moving: int
    open: int
    stored: int
    seconds: float
    loads: int
    rounds: int


FULL = Size(moving=2_000, open=50_000, stored=100_000, seconds=10.0, loads=24, rounds=3)
QUICK = Size(moving=200, open=400, stored=800, seconds=1.0, loads=2, rounds=1)


def chromium() -> str | None:
    """Where it is; None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


async def browser(rig: Rig, scale: float) -> AsyncIterator[Row]:
    """The hub is filled further for each: what moves, then what is open, then what is stored."""
    size = FULL if scale >= 1 else QUICK
    async with signed_in(rig) as (running, state):
        await _fill(rig, range(size.moving), stay=size.moving)
        for place, address, limit in (
            ("wall", "/wall?status=open&sort=attention", TILES),
            ("wall", "/wall?status=open&sort=attention", LIMIT),
            ("list", "/sessions?status=open", LIMIT),
        ):
            async with visit(running, state) as page:
                for row in await _moving(rig, page, place=place, address=address, limit=limit, size=size):
                    yield row
        await _fill(rig, range(size.moving, size.open), stay=size.open)
        for place, address in (("list", "/sessions"), ("wall", "/wall")):
            what = f"{place}, {size.open:,} open, first paint"
            for row in await _painting(rig.where.url + address, running, state, what=what, loads=size.loads):
                yield row
        await _fill(rig, range(size.open, size.stored), stay=size.open)
        async with visit(running, state) as page:
            for row in await _picking(rig, page, size=size):
                yield row


async def _moving(rig: Rig, page: Page, *, place: str, address: str, limit: int, size: Size) -> list[Row]:
    """A tenth of all cards changes ten times a second: does the page keep up, and what does it hold?"""
    also = await others()
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("Performance.enable")
    await page.goto(f"{rig.where.url}{address}&limit={limit}")
    shown = min(limit, size.moving)
    await page.wait_for_function(_LIVE)
    await asyncio.sleep(1)
    at_first = await _heap(cdp)
    among = size.moving // SHARE
    sender = Client(
        clients.paced, rig.where, run=f"{place}-{limit}", rate=int(among / TICK), seconds=size.seconds + 2,
        sessions=among, length=SHARE, event=said, together=among,
    )  # fmt: skip
    await asyncio.to_thread(sender.ready)
    sender.go()
    before, began = rig.cpu(), time.monotonic()
    await asyncio.sleep(1)
    since = await _number(page, "performance.now()")
    frames = await _number(page, _FRAMES, size.seconds * 1000)
    until = await _number(page, "performance.now()")
    used = (rig.cpu() - before) / (time.monotonic() - began)
    sent = await asyncio.to_thread(sender.answer)
    await asyncio.sleep(0.2)  # the observer tells of a task after it
    at_last = await _heap(cdp)
    arriving = await _number(page, _LONGEST, [0, since])
    moving = await _number(page, _LONGEST, [since, until])
    rate = sent["events"] / sent["seconds"]
    what = f"{place}, {shown:,} cards of {size.moving:,}, a tenth changes 10×/s"
    note = f"{rate:,.0f} events/s taken, hub {used:.2f} cores; {also}"
    return [
        Row("browser", f"{what}, frames", frames, "a second", 50.0, "more", note),
        Row("browser", f"{what}, longest task", max(arriving, moving), "ms", 100.0,
            note=f"{arriving:.0f} until it is live, {moving:.0f} then"),
        Row("browser", f"{place}, {shown:,} cards, heap once it is live", at_first / 2**20, "MiB"),
        Row("browser", f"{place}, {shown:,} cards, heap {size.seconds:g} s later", at_last / 2**20, "MiB"),
    ]  # fmt: skip


async def _painting(url: str, running: Browser, state: Any, *, what: str, loads: int) -> list[Row]:
    """From the first byte to the first paint: in a browser that was never there, and when it comes again."""
    also = await others()
    painted: dict[str, list[float]] = {"first visits": [], "visits again": []}
    answered: list[float] = []
    for _ in range(loads):
        async with visit(running, state) as page:
            await asyncio.sleep(SETTLED)  # a new window of Chromium loads parts of the browser itself
            for took in painted.values():
                await page.goto(url)
                paint, response = await page.evaluate(_PAINT)
                took.append(float(paint - response))
                await asyncio.sleep(1)  # what the page goes on to do is none of the next one's
                answered.append(response)
    note = f"the first byte after {rank(answered, 0.5):.0f} ms; {also}"
    return [
        Row("browser", f"{what}, p95 of {loads} {name}", rank(took, 0.95), "ms", 150.0,
            note=f"p50 {rank(took, 0.5):.0f}; {note}")
        for name, took in painted.items()
    ]  # fmt: skip


async def _picking(rig: Rig, page: Page, *, size: Size) -> list[Row]:
    """From a click on a value in the filter bar to the list that it gives."""
    also = await others()
    await page.goto(rig.where.url + "/sessions")
    await page.wait_for_function(_LIVE)
    took: list[float] = []
    for pick in PICKS * size.rounds:
        took.append(await _number(page, _PICK, pick))
        await asyncio.sleep(0.15)
    what = f"list, {size.stored:,} stored, click on a filter to its list"
    note = f"{len(took)} clicks, {size.open:,} open, the slowest {max(took):.0f}; {also}"
    return [
        Row("browser", f"{what}, p50", rank(took, 0.5), "ms"),
        Row("browser", f"{what}, p95", rank(took, 0.95), "ms", 200.0, note=note),
    ]


@asynccontextmanager
async def signed_in(rig: Rig) -> AsyncIterator[tuple[Browser, Any]]:
    """A Chromium, and the cookies of somebody who has signed in."""
    if rig.admin is None:
        raise RuntimeError("the hub has no account that the benchmark could sign in with")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        async with visit(running, None) as page:
            await page.goto(f"{rig.where.url}/signin")
            await page.get_by_label("Name").fill(rig.admin[0])
            await page.get_by_label("Password").fill(rig.admin[1])
            await page.get_by_role("button", name="Sign in").click()
            await page.wait_for_url("**/sessions*")
            state = await page.context.storage_state()
        yield running, state
        await running.close()


@asynccontextmanager
async def visit(running: Browser, state: Any) -> AsyncIterator[Page]:
    """A page of a browser that has nothing but the cookies; an error in it ends the measurement."""
    context = await running.new_context(viewport=SCREEN, storage_state=state)
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    await page.add_init_script(_NOTING)
    yield page
    await context.close()
    if wrong:
        raise RuntimeError(f"the page had an error: {wrong[0]}")


async def _fill(rig: Rig, numbers: range, *, stay: int) -> None:
    """Further sessions, and time for the hub to have written what belongs to them."""
    await seed.fill(rig.where, numbers, stay=stay)
    until = time.monotonic() + SETTLE
    while time.monotonic() < until:
        before = rig.cpu()
        await asyncio.sleep(2)
        if not (rig.cpu() - before) / 2 > REST:  # also where its process is not known
            return


async def _number(page: Page, script: str, argument: Any = None) -> float:
    """What a script of the page gives; JavaScript hands whole numbers on as integers."""
    return float(await page.evaluate(script, argument))


async def others() -> str:
    """Who else uses the machine, just before a measurement."""
    return f"{await asyncio.to_thread(busy):.1f} cores in use before"


async def _heap(cdp: CDPSession) -> float:
    """Bytes of live objects of the page's scripts."""
    await cdp.send("HeapProfiler.collectGarbage")
    told = await cdp.send("Performance.getMetrics")
    return float(next(one["value"] for one in told["metrics"] if one["name"] == "JSHeapUsedSize"))


def said(run: str, number: int, *, sessions: int, length: int) -> bytes:
    """A message in every `length`th of the seeded sessions, in turns."""
    slot, turn = number % sessions, number // sessions
    role = "assistant" if turn % 2 else "user"
    fact = {"type": "message", "session": seed.name(slot * length), "id": f"{run}-{number}", "role": role}
    return talk.encoded({**fact, "text": talk.TEXTS[turn % len(talk.TEXTS)]})


def rank(values: Sequence[float], share: float) -> float:
    """The value that this share of all is not above."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
