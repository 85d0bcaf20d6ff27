"""A day of a wall, compressed: what came and went leaves nothing behind in the browser."""

import re
from typing import NamedTuple

import pytest
from playwright.async_api import Browser, CDPSession, Page, expect

from tests.browser.visits import begins, fact, says, tell, unique, visitor
from tests.browser.walls import TV, live, saved, total
from tests.hubs import RunningHub

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

AT_ONCE = 50  # sessions that are open together
NODES, LISTENERS, KEPT, HEAP = 200, 5, 60, 1_000_000  # growth that is none: text of ages, caches, compiled code


class Weight(NamedTuple):
    """What a page holds after the garbage is gone: DOM nodes, listeners, entries of all maps and sets, bytes."""

    nodes: int
    listeners: int
    kept: int
    heap: int


async def weight(cable: CDPSession) -> Weight:
    """As it is now."""
    kept = await _entries(cable, "Map") + await _entries(cable, "Set")
    for _ in range(2):  # what a first round lets go of may hold something itself
        await cable.send("HeapProfiler.collectGarbage")
    told = {one["name"]: one["value"] for one in (await cable.send("Performance.getMetrics"))["metrics"]}
    return Weight(int(told["Nodes"]), int(told["JSEventListeners"]), kept, int(told["JSHeapUsedSize"]))


async def _entries(cable: CDPSession, kind: str) -> int:
    """Of all maps, or sets, that anything still holds."""
    group = {"objectGroup": "weighed"}
    kinds = await cable.send("Runtime.evaluate", {"expression": f"{kind}.prototype", **group})
    found = await cable.send("Runtime.queryObjects", {"prototypeObjectId": kinds["result"]["objectId"], **group})
    counted = await cable.send("Runtime.callFunctionOn", {
        "objectId": found["objects"]["objectId"],
        "functionDeclaration": "function () { return this.reduce((sum, one) => sum + one.size, 0); }",
        "returnByValue": True,
    })  # fmt: skip
    await cable.send("Runtime.releaseObjectGroup", group)
    return int(counted["result"]["value"])


async def cabled(page: Page) -> CDPSession:
    """What weighs this page."""
    cable = await page.context.new_cdp_session(page)
    await cable.send("Performance.enable")
    return cable


def grown(before: Weight, after: Weight) -> dict[str, int]:
    """What has grown by more than nothing."""
    bounds = Weight(NODES, LISTENERS, KEPT, HEAP)
    return {
        name: now - was
        for name, was, now, bound in zip(Weight._fields, before, after, bounds, strict=True)
        if now - was > bound
    }


async def passes(hub: RunningHub, page: Page, kind: str, *, first: int, count: int) -> None:
    """So many sessions begin, talk, need somebody, and end; then the wall is quiet again."""
    for start in range(first, first + count, AT_ONCE):
        ids = [f"{kind}-{n}" for n in range(start, start + AT_ONCE)]
        await tell(hub, *(begins(one, f"Visitor {one}", kind=kind) for one in ids))
        await tell(hub, *(says(one, "This is awful, I hate it!") for one in ids))
        await expect(page.locator(f'#tiles > [data-key="web:{ids[0]}"]')).to_be_visible()
        await tell(hub, *(fact(one, "goal.completed", goal="booked") for one in ids))
        await tell(hub, *(fact(one, "session.closed") for one in ids))
    await expect(page.locator("#nothing")).to_be_visible()
    await expect(page.locator("#tiles > li")).to_have_count(0)
    await expect(page.locator("#eyes li")).to_have_count(0)
    await expect(total(page, "open")).to_have_text("0")
    await expect(total(page, "goals")).to_have_text(f"{first + count:,}")


async def test_sessions_that_came_and_went_leave_nothing(browser: Browser, hub: RunningHub) -> None:
    kind = unique("kind")
    async with visitor(browser, hub, viewport=TV) as page:
        await page.goto(f"{hub.url}/wall?kind={kind}&status=open&warn.negative=10")
        await live(page)
        cable = await cabled(page)
        await passes(hub, page, kind, first=0, count=150)
        third = await weight(cable)
        await passes(hub, page, kind, first=150, count=350)
        await live(page)
        assert grown(third, await weight(cable)) == {}


async def test_walls_that_had_their_turn_leave_nothing(browser: Browser, hub: RunningHub) -> None:
    kinds = [unique("kind") for _ in range(2)]
    for kind in kinds:
        await tell(hub, *(begins(f"{kind}-{n}", f"Visitor {n}", kind=kind) for n in range(40)))
    views = [await saved(hub, f"kind={kind}&warn.open=1") for kind in kinds]
    async with visitor(browser, hub, viewport=TV) as page:
        await page.goto(f"{hub.url}/wall?views={views[0]['id']},{views[1]['id']}&rotate=3600")
        await live(page)
        cable = await cabled(page)
        weights: list[Weight] = []
        for times in (8, 16):
            for turn in range(times):
                await page.keyboard.press("ArrowRight")
                await expect(page.locator("#turn")).to_have_text(re.compile(f"^{(turn + 1) % 2 + 1} of 2"))
                await expect(page.locator(f'#tiles > [data-key="web:{kinds[(turn + 1) % 2]}-0"]')).to_be_visible()
            weights.append(await weight(cable))
        await live(page)
        assert grown(*weights) == {}
