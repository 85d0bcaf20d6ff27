"""A screen without a person: its address lets it in, nobody is named, nothing leads on, and all of it is seen."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.visits import begins, fact, says, stranger, tell, unique, visitor
from tests.browser.walls import TV, crowd, live, saved, screen_token, tile, total
from tests.hubs import RunningHub, starter

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

DATABASE = f"test_{uuid4().hex[:12]}"
FOUR_K = {"width": 3840, "height": 2160}
LAPTOP = {"width": 1600, "height": 900}
NAME, SECRET = "Marguerite Yourcenar", "my dearest secret is awful, I hate it"


@pytest.fixture(scope="module")
def hub(mongodb_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """A hub whose database is known."""
    with starter(mongodb_url, redis_url, tmp_path_factory.mktemp("kiosk")) as start:
        yield start(DATABASE)


@asynccontextmanager
async def screen(
    browser: Browser, hub: RunningHub, mongodb_url: str, query: str, *, unmasked: bool = False, **more: Any
) -> AsyncIterator[Page]:
    """A screen that was given its address."""
    token = await screen_token(mongodb_url, DATABASE, unmasked=unmasked)
    async with stranger(browser, **{"viewport": TV, **more}) as page:
        await page.goto(f"{hub.url}/wall?{query}&kiosk=true&token={token}")
        await live(page)
        assert token not in page.url
        assert token not in await page.content()
        yield page


async def test_it_opens_without_a_person_and_names_nobody(browser: Browser, hub: RunningHub, mongodb_url: str) -> None:
    kind, session = unique("kind"), unique()
    user = {"name": NAME, "email": "marguerite@example.com", "phone": "+49 171 5550199"}
    await tell(hub, {**begins(session, NAME, kind=kind), "user": user}, says(session, SECRET))
    async with screen(browser, hub, mongodb_url, f"kind={kind}") as page:
        assert page.url == f"{hub.url}/wall?kind={kind}&kiosk=true"
        await expect(tile(page, session)).to_contain_text("M. Y.")
        await expect(tile(page, session)).to_contain_text("turned negative")
        await expect(page.locator("#eyes li")).to_contain_text("M. Y.")
        await tell(hub, says(session, f"{SECRET}, still"), fact(session, "goal.triggered", goal="demo"))
        await expect(tile(page, session)).to_contain_text("demo")  # later changes name nobody either
        text = await page.content()
        for secret in ("Marguerite", "Yourcenar", "marguerite@", "5550199", "dearest"):
            assert secret not in text, secret
        await expect(page.locator(".said .words").filter(has_text=re.compile("."))).to_have_count(0)
        await expect(page.locator(".said:visible")).to_have_count(0)
        await expect(page.locator("a, header.site, #fold, form, dialog")).to_have_count(0)
        for key in ("?", "/", "Enter", "Tab", "j"):
            await page.keyboard.press(key)
        await expect(page).to_have_url(f"{hub.url}/wall?kind={kind}&kiosk=true")
        await page.reload()  # the cookie lets it in again
        await live(page)
        await expect(tile(page, session)).to_contain_text("M. Y.")


async def test_one_made_for_a_closed_room_shows_names(browser: Browser, hub: RunningHub, mongodb_url: str) -> None:
    kind, session = unique("kind"), unique()
    await tell(hub, begins(session, NAME, kind=kind), says(session, SECRET))
    async with screen(browser, hub, mongodb_url, f"kind={kind}", unmasked=True) as page:
        await expect(tile(page, session)).to_contain_text(NAME)
        await expect(tile(page, session)).to_contain_text(SECRET)
        await expect(page.locator("a")).to_have_count(0)


async def test_whoever_is_signed_in_sees_a_kiosk_masked_and_filtered_as_any_wall(
    browser: Browser, hub: RunningHub
) -> None:
    kind, session, over = unique("kind"), unique(), unique()
    await tell(hub, begins(session, NAME, kind=kind), says(session, SECRET))
    await tell(hub, begins(over, "Somebody Else", kind=kind), fact(over, "session.closed"))
    async with visitor(browser, hub, viewport=TV) as page:
        await page.goto(f"{hub.url}/wall?kiosk=true")
        await live(page)
        await expect(page).to_have_url(re.compile("status=open.*kiosk=true"))
        await expect(tile(page, session)).to_contain_text("M. Y.")
        await expect(tile(page, session)).not_to_have_attribute("data-stranger", "yes")  # initials are a name
        await expect(tile(page, over)).to_have_count(0)
        assert "Yourcenar" not in await page.content()


async def test_a_masked_wall_leaves_out_a_saved_one_that_would_betray_somebody(
    browser: Browser, hub: RunningHub, mongodb_url: str
) -> None:
    kind, session = unique("kind"), unique()
    await tell(hub, begins(session, NAME, kind=kind))
    telling, there = await saved(hub, f"kind={kind}&q=marg"), await saved(hub, f"kind={kind}")
    views = f"views={telling['id']},{there['id']}&rotate=5"
    async with screen(browser, hub, mongodb_url, views) as page:
        await expect(page.locator("#lost")).to_have_text(
            f"The saved view {telling['name']} is left out: it filters by q, which this wall masks."
        )
        await expect(page.locator("#name")).to_have_text(there["name"])
        await expect(tile(page, session)).to_contain_text("M. Y.")
        await expect(page.locator("#turn")).to_be_empty()  # one alone has nowhere to turn
    async with screen(browser, hub, mongodb_url, views, unmasked=True) as page:
        await expect(page.locator("#lost")).to_have_count(0)
        await expect(page.locator("#name")).to_have_text(telling["name"])


async def test_there_is_a_button_for_the_sound_only_where_it_is_on(
    browser: Browser, hub: RunningHub, mongodb_url: str
) -> None:
    kind = unique("kind")
    async with screen(browser, hub, mongodb_url, f"kind={kind}") as page:
        await expect(page.get_by_role("button")).to_have_count(0)
        await page.goto(f"{hub.url}/wall?kind={kind}&kiosk=true&sound=on")
        button = page.get_by_role("button")
        await expect(button).to_have_count(1)
        await button.click()
        await expect(button).to_have_text("Sound on")


OUTSIDE = """(count) => {
  const root = document.documentElement;
  const all = [...document.querySelectorAll("#tiles > li[data-key]")];
  const within = (part, { left, top, right, bottom }) => {
    const box = part.getBoundingClientRect();
    return box.left >= left - 1 && box.top >= top - 1 && box.right <= right + 1 && box.bottom <= bottom + 1;
  };
  const screen = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
  const cut = [...document.querySelectorAll("#tiles :is(h2, .ago, .need, .mood, .status, .lasts)")].filter((part) => {
    const clipped = part.closest(".needs li") ?? part;
    const tile = part.closest(".tile").getBoundingClientRect();
    return part.checkVisibility() && clipped.offsetWidth && !within(clipped, tile);
  });
  const letters = all.map((one) => parseFloat(getComputedStyle(one.querySelector("h2")).fontSize));
  return {
    missing: count - all.length,
    scrolls: [root.scrollWidth - root.clientWidth, root.scrollHeight - root.clientHeight].filter((more) => more > 0),
    outside: all.filter((one) => !within(one, screen)).length,
    cut: cut.map((part) => part.outerHTML),
    letters: innerHeight / Math.min(...letters),
  };
}"""


@pytest.mark.parametrize("count", [4, 22, 30, 60, 200])
async def test_all_of_it_is_seen_on_any_screen(browser: Browser, hub: RunningHub, mongodb_url: str, count: int) -> None:
    kind = unique("kind")
    await crowd(hub, kind, count)
    await tell(hub, *(says(f"{kind}-{n:03}", "This is awful, I hate it") for n in range(0, min(count, 60), 2)))
    async with screen(browser, hub, mongodb_url, f"kind={kind}", unmasked=True) as page:
        await expect(page.locator("#tiles > li")).to_have_count(count)
        await expect(total(page, "missing")).to_have_text(str(-(-count // 3)))
        for size in (TV, FOUR_K, LAPTOP, TV):
            await page.set_viewport_size({"width": size["width"], "height": size["height"]})
            await page.wait_for_function("(width) => innerWidth === width", arg=size["width"])
            await page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            seen = await page.evaluate(OUTSIDE, count)
            part = seen.pop("letters")  # of the screen's height
            assert seen == {"missing": 0, "scrolls": [], "outside": 0, "cut": []}
            assert part <= (50 if count <= 60 else 92), size
