"""Who watches a session now, as people at their browsers see it: names on its page, a number on rows and tiles."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.visits import LIVE, begins, flaws, says, stranger, tell, unique, visitor
from tests.browser.walls import tile
from tests.hubs import RunningHub, StartHub
from tests.staff import PASSWORD, hired

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
async def staffed(start_hub: StartHub, database_name: str, mongodb_url: str) -> RunningHub:
    """A hub where rita works, too."""
    hub = start_hub(database_name)
    await hired(mongodb_url, database_name, ("rita", "reviewer"))
    return hub


@asynccontextmanager
async def watching(browser: Browser, hub: RunningHub, session: str, *, name: str = "admin") -> AsyncIterator[Page]:
    """Somebody has opened the session, and it is live."""
    who = hub if name == "admin" else replace(hub, admin=(name, PASSWORD))
    async with visitor(browser, who) as page:
        await page.goto(f"{hub.url}/sessions/web:{session}")
        await expect(page.locator("#freshness")).to_have_attribute("data-state", "live")
        yield page


async def test_two_people_on_a_session_see_each_other(browser: Browser, staffed: RunningHub) -> None:
    session = unique()
    await tell(staffed, begins(session, "Ada"), says(session, "Hello"))
    async with watching(browser, staffed, session) as here:
        names = here.locator("#watching")
        await expect(names).to_be_hidden()  # alone, one needs no sign of it
        async with watching(browser, staffed, session, name="rita") as there:
            for page in (here, there):
                await expect(page.locator("#watching")).to_have_text("admin and rita are watching")
        await expect(names).to_be_hidden()


async def test_the_list_shows_how_many_watch_whatever_happens_in_the_session(
    browser: Browser, staffed: RunningHub
) -> None:
    session, other = unique(), unique()
    await tell(staffed, begins(session, "Ada"), says(session, "Hello"), begins(other, "Grace"))
    async with visitor(browser, staffed, bypass_csp=True) as page:
        row = page.locator(f'#rows > [data-key="web:{session}"]')
        count = row.locator(".watched")
        await expect(page.locator("#sign")).to_have_attribute("data-state", LIVE)
        await expect(row).to_be_visible()
        await expect(page.locator(".watched")).to_have_count(0)
        async with watching(browser, staffed, session, name="rita"):
            await expect(count).to_have_text("1 person watching")
            async with watching(browser, staffed, session), watching(browser, staffed, session):
                await expect(count).to_have_text("2 people watching")
                await tell(staffed, says(session, "Something new"))
                await expect(row.locator(".said")).to_contain_text("Something new")
                await expect(count).to_have_text("2 people watching")
                assert await flaws(page) == []
                await page.goto(f"{staffed.url}/sessions?layout=cards")
                await expect(count).to_have_text("2 people watching")
            await expect(count).to_have_text("1 person watching")
        await expect(page.locator(".watched")).to_have_count(0)


async def test_a_wall_shows_it_and_stays_proved(browser: Browser, staffed: RunningHub) -> None:
    session = unique()
    await tell(staffed, begins(session, "A name that is much longer than a tile has room for" * 3))
    async with visitor(browser, staffed) as page:
        await page.goto(f"{staffed.url}/wall?density=roomy")
        async with watching(browser, staffed, session, name="rita"):
            await expect(tile(page, session).locator(".watched")).to_have_text("1 person watching")
            await expect(tile(page, session).locator(".watched")).to_be_in_viewport()
            await expect(page.locator("#sign")).to_have_attribute("data-state", LIVE)
        await expect(tile(page, session).locator(".watched")).to_have_count(0)


async def test_many_names_are_counted_and_none_is_markup(browser: Browser, hub: RunningHub) -> None:
    names = ["<b>Ada</b>", "Grace", "مرحبا", "Rita", "Zoë"]
    async with stranger(browser) as page:
        await page.goto(f"{hub.url}/signin")
        texts = await page.evaluate(
            """async (frames) => {
              const { showWatching } = await import("/static/js/session/watching.js");
              const root = document.createElement("div");
              root.innerHTML = '<p id="watching"></p>';
              return frames.map((frame) => {
                showWatching(root, frame);
                return root.firstChild.hidden ? null : root.firstChild.textContent;
              });
            }""",
            [
                None,
                {"names": ["Ada"], "count": 1},
                {"names": names[:3], "count": 3},
                {"names": names[:4], "count": 4},
                {"names": names, "count": 25},
            ],
        )
    assert texts == [
        None,
        None,
        "<b>Ada</b>, Grace and مرحبا are watching",
        "<b>Ada</b>, Grace, مرحبا and Rita are watching",
        "<b>Ada</b>, Grace, مرحبا, Rita and 21 more are watching",
    ]


async def test_what_a_beat_tells_takes_the_place_of_all_and_a_change_of_its_own(
    browser: Browser, hub: RunningHub
) -> None:
    async with stranger(browser) as page:
        await page.goto(f"{hub.url}/signin")
        told = await page.evaluate(
            """async (given) => {
              const { View } = await import("/static/js/view.js");
              const view = new View({ sort: "recent" });
              const watched = () => Object.fromEntries(view.watched);
              return given.map(([sessions, whole]) => [view.watch(sessions, { whole }), watched()]);
            }""",
            [[{}, True], [{"a": 1, "b": 2}, True], [{"b": 3, "c": 1}, False], [{"c": 0, "d": 0}, False],
             [{"a": 1, "e": 1}, True], [{}, True]],
        )  # fmt: skip
    assert told == [
        [[], {}],
        [["a", "b"], {"a": 1, "b": 2}],
        [["b", "c"], {"a": 1, "b": 3, "c": 1}],
        [["c"], {"a": 1, "b": 3}],
        [["e", "b"], {"a": 1, "e": 1}],
        [["a", "e"], {}],
    ]
