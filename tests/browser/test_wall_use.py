"""The wall for everybody: without a mouse, on a phone, without colours or motion, and by what axe knows."""

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.visits import begins, fact, flaws, says, sign_in, stranger, tell, unique, visitor
from tests.browser.walls import TV, field, live, screen_token, tile
from tests.hubs import RunningHub, StartHub

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PHONE = {"width": 320, "height": 640}
AWFUL = "This is awful. I hate it!"


async def story(hub: RunningHub, kind: str) -> None:
    """Three sessions, two of which need somebody."""
    for n, text in enumerate((AWFUL, "Wonderful, thank you so much!", "Hello there")):
        await tell(hub, begins(f"{kind}-{n}", f"Number {n}", kind=kind), says(f"{kind}-{n}", text))
    await tell(hub, fact(f"{kind}-2", "goal.failed", goal="kept"), fact(f"{kind}-1", "goal.completed", goal="booked"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_in_every_state_everybody_can_use_it(
    browser: Browser, start_hub: StartHub, database_name: str, mongodb_url: str, scheme: str
) -> None:
    hub = start_hub(database_name)
    token = await screen_token(mongodb_url, database_name)
    found: dict[str, list[str]] = {}
    async with stranger(browser, complaints=False, viewport=TV, color_scheme=scheme, bypass_csp=True) as page:
        await page.goto(f"{hub.url}/wall?status=open&kiosk=true&token={token}")
        await live(page)
        found["kiosk, empty"] = await flaws(page)
        await sign_in(page, hub)
        await page.goto(f"{hub.url}/wall?status=open&alarm.negative=1&warn.open=1&name=All")
        await live(page)
        await expect(page.locator("#nothing")).to_be_visible()
        found["empty"] = await flaws(page)
        await story(hub, "story")
        await expect(tile(page, "story-2")).to_contain_text("failed")
        await expect(field(page, "negative")).to_have_attribute("data-level", "alarm")
        found["cards, warning, alarm"] = await flaws(page)
        await page.goto(f"{hub.url}/wall?status=open&kiosk=true&alarm.negative=1&sound=on")
        await live(page)
        await expect(field(page, "negative")).to_have_attribute("data-level", "alarm")
        found["kiosk, alarm"] = await flaws(page)
        hub.kill()
        await expect(page.locator("#stale")).to_be_visible()
        found["stale"] = await flaws(page)
    assert {state: wrong for state, wrong in found.items() if wrong} == {}


async def wide(page: Page) -> int:
    """Pixels that do not fit beside each other."""
    return int(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


async def test_a_phone_scrolls_down_alone(browser: Browser, hub: RunningHub) -> None:
    kind = unique("kind")
    await story(hub, kind)
    await tell(hub, begins(f"{kind}-long", "W" * 90, kind=kind), says(f"{kind}-long", "x" * 300))
    async with visitor(browser, hub, viewport=PHONE) as page:
        await page.goto(f"{hub.url}/wall?kind={kind}&alarm.negative=1&name={'W' * 60}")
        await live(page)
        await expect(page.locator("#tiles > li")).to_have_count(4)
        await expect(field(page, "negative")).to_have_attribute("data-level", "alarm")
        assert await wide(page) == 0
        await page.locator("#fold > summary").click()
        await expect(page.get_by_label("Density")).to_be_visible()
        assert await wide(page) == 0
        await page.locator("#tiles > li").last.scroll_into_view_if_needed()
        await expect(page.locator("#tiles > li").last).to_be_in_viewport()


FACTS = """() => [...document.querySelectorAll("#tiles > li, .totals > div, #eyes li")].map((one) => {
  const copy = one.innerText.replace(/\\b(now|\\d+ (s|min))\\b/g, "").replace(/\\d+:\\d\\d/g, "");
  return copy.replace(/\\s+/g, " ").trim();
})"""
RUNNING = "document.getAnimations().filter((one) => one.playState === 'running').length"
SHAPELESS = """() => [...document.querySelectorAll(".wall .shape")].filter((one) => {
  const look = getComputedStyle(one);
  const filled = look.backgroundColor !== getComputedStyle(document.body).backgroundColor;
  return one.checkVisibility() && one.offsetWidth && !filled && look.borderTopWidth === "0px";
}).map((one) => one.parentElement.className)"""


async def test_without_colours_and_motion_it_tells_the_same(browser: Browser, hub: RunningHub) -> None:
    kind = unique("kind")
    await story(hub, kind)
    told: list[list[str]] = []
    plain: dict[str, Any] = {}
    for look in (plain, {"forced_colors": "active", "reduced_motion": "reduce"}):
        async with visitor(browser, hub, viewport=TV, **look) as page:
            await page.goto(f"{hub.url}/wall?kind={kind}&alarm.negative=1&warn.open=1")
            await live(page)
            await expect(field(page, "negative").locator(".level")).to_be_visible()
            await expect(page.locator("#eyes li")).to_have_count(2)
            told.append(await page.evaluate(FACTS))
            if look:
                await tell(hub, begins(f"{kind}-late", "Late", kind=kind), says(f"{kind}-0", AWFUL))
                await expect(tile(page, f"{kind}-late")).to_be_visible()
                assert await page.evaluate(RUNNING) == 0
                assert await page.evaluate(SHAPELESS) == []
    assert told[0] == told[1]
    assert any(one == "negative 1 alarm" for one in told[0]), told[0]
    assert any(one.startswith("Number 0 turned negative") for one in told[0]), told[0]


async def test_the_keyboard_alone_is_enough(browser: Browser, hub: RunningHub) -> None:
    kind = unique("kind")
    await story(hub, kind)
    async with visitor(browser, hub, viewport=TV) as page:
        await page.goto(f"{hub.url}/wall?kind={kind}&sort=started")
        await live(page)
        await expect(page.locator("#tiles > li")).to_have_count(3)
        links = page.locator("#tiles a.open")
        for key, at in (("j", 0), ("j", 1), ("j", 2), ("j", 2), ("k", 1)):
            await page.keyboard.press(key)
            await expect(links.nth(at)).to_be_focused()
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        await page.keyboard.press("j")  # a key of the page beneath rests
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(links.nth(1)).to_be_focused()
        await page.keyboard.press("f")
        await page.wait_for_function("document.fullscreenElement !== null")
        await expect(page.locator("body")).to_have_class(re.compile("is-full"))
        await page.keyboard.press("f")
        await page.wait_for_function("document.fullscreenElement === null")
        await expect(page.locator("body")).not_to_have_class(re.compile("is-full"))
        await page.keyboard.press("/")
        await expect(page.locator("#q")).to_be_focused()
        await page.keyboard.type("number 2")
        await page.keyboard.press("Enter")
        await page.wait_for_url(re.compile("q=number"))
        await live(page)
        await expect(page.locator("#tiles > li")).to_have_count(1)
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await page.wait_for_url(re.compile(rf"/sessions/web(:|%3A){kind}-2"))


async def tabbed(page: Page, wanted: Locator) -> None:
    """Tab, until the focus is there."""
    for _ in range(80):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("(one) => one === document.activeElement"):
            break
    await expect(wanted).to_be_focused()


async def test_what_the_wall_shows_is_changed_from_the_keyboard(browser: Browser, hub: RunningHub) -> None:
    kind = unique("kind")
    await story(hub, kind)
    async with visitor(browser, hub, viewport=TV) as page:
        await page.goto(f"{hub.url}/wall?kind={kind}")
        await live(page)
        await tabbed(page, page.locator("#fold > summary"))
        await page.keyboard.press("Enter")
        await tabbed(page, page.get_by_label("Name", exact=True))
        await page.keyboard.type("Sales floor")
        await tabbed(page, page.get_by_label("negative now, alarms from"))
        await page.keyboard.type("1")
        group = page.locator('.group[data-field="sentiment"]')
        await tabbed(page, group.locator("summary"))
        if await group.get_attribute("open") is None:
            await page.keyboard.press("Enter")
        await tabbed(page, group.locator('input[value="negative"]'))
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        await page.wait_for_url(re.compile("sentiment=negative"))
        await expect(page.locator("#name")).to_have_text("Sales floor")
        await expect(page.locator("#tiles > li")).to_have_count(1)
        await expect(tile(page, f"{kind}-0")).to_be_visible()
        await expect(field(page, "negative")).to_have_attribute("data-level", "alarm")
