"""The session page while things break: what stands on the page is what the store has, no hole, nothing twice."""

import asyncio
import random
from dataclasses import replace

import pytest
from playwright.async_api import Browser, Page, expect

from live.embedded import Valkey
from live.sender import sender
from tests.browser.cable import plugged
from tests.browser.talks import SEQS, Talk, shows, until
from tests.browser.visits import visitor
from tests.hubs import RunningHub, StartHub

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

RATE = 100  # messages a second
FOR = 11.0  # seconds
SILENT = 5.0  # seconds without Redis


async def busy(talk: Talk, hub: RunningHub) -> int:
    """Somebody talks and talks; every message is durable when this returns. How many."""
    loop = asyncio.get_running_loop()
    began, count = loop.time(), 0
    async with sender(hub.url, key=hub.key) as out:
        while loop.time() - began < FOR:
            await out.send(talk.says(f"line {count}"))
            count += 1
            await asyncio.sleep(max(0.0, began + count / RATE - loop.time()))
        await out.settled()
    return count


async def opened(page: Page, address: str) -> None:
    """The page is there, whatever the hub does meanwhile."""

    async def there() -> bool:
        answer = await page.goto(address)
        return answer is not None and answer.ok

    await until(there, what="the page")


async def whole(page: Page, count: int) -> None:
    """All of it, the earlier events too, which the page did not begin with."""
    await expect(page.locator(f"#e-{count}")).to_be_in_viewport()

    async def begins() -> bool:
        await page.keyboard.press("Home")
        return 1 in await page.evaluate(SEQS)

    await until(begins, what="the first event, for who scrolls there")
    await shows(page, last=count)


async def test_opened_at_any_moment_cut_restarted_and_without_redis_it_has_all_once_and_in_order(
    browser: Browser, start_hub: StartHub, database_name: str, valkey: Valkey
) -> None:
    here, there = (start_hub(database_name, LIVE_REDIS_URL=valkey.url) for _ in range(2))
    talk = Talk(there)
    await talk.tell(talk.says("the first"))
    rng = random.Random()
    async with plugged(here) as cable:
        address = talk.address.replace(there.url, cable.url)
        at_cable = replace(here, url=cable.url)
        async with (
            visitor(browser, at_cable, complaints=False) as early,
            visitor(browser, at_cable, complaints=False) as late,
            asyncio.TaskGroup() as group,
        ):
            talking = group.create_task(busy(talk, there))
            await asyncio.sleep(rng.uniform(0.1, 1.5))
            await opened(early, address)
            valkey.pause()
            goes_on = asyncio.get_running_loop().time() + SILENT
            await asyncio.sleep(rng.uniform(0.5, 1.5))
            cable.cut()
            await asyncio.sleep(rng.uniform(0.2, 1.0))
            await opened(late, address)
            await late.keyboard.press("Space")  # held: it goes on behind it
            here.kill()
            cable.cut()
            cable.plug(start_hub(database_name, LIVE_REDIS_URL=valkey.url))
            await asyncio.sleep(goes_on - asyncio.get_running_loop().time())
            valkey.resume()
            count = 1 + await talking
            await late.keyboard.press("l")
            for page in (early, late):
                await whole(page, count)
            stored = [event["seq"] for start in range(0, count, 1_000) for event in await talk.events(after=start)]
            assert stored == list(range(1, count + 1))
            assert sorted(await early.evaluate(SEQS)) == sorted(await late.evaluate(SEQS)) == stored
            for page in (early, late):
                await expect(page.get_by_role("slider")).to_have_attribute(
                    "aria-valuetext", f"{await page.locator('.controls .at').inner_text()} of "
                    f"{await page.locator('.controls .total').inner_text()}, event {count} of {count}",
                )  # fmt: skip
                await expect(page.locator("#freshness")).to_have_attribute("data-state", "live")
