"""The list and the wall while things go wrong: hubs restart, laptops sleep, clocks lie, filters are mistaken."""

import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, WebSocketRoute, expect

from live.storage import mongo
from tests.browser.cable import plugged
from tests.browser.visits import FRESH, begins, fact, says, tell, unique, visitor
from tests.hubs import RunningHub, StartHub

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


def row(page: Page, session: str) -> Locator:
    """The row of a session."""
    return page.locator(f'#rows > [data-key="web:{session}"]')


async def live(page: Page) -> None:
    """The page says that it is live."""
    await expect(page.locator("#sign")).to_have_attribute("data-state", FRESH)


async def matching(page: Page, count: int) -> None:
    """The list counts so many."""
    await expect(page.locator('.totals [data-count="matching"]')).to_have_text(str(count))


# what was mistyped, and what is gone ----------------------------------------------------------------------------------


async def test_what_is_written_wrong_is_named_and_the_list_stays_and_stays_live(
    browser: Browser, hub: RunningHub
) -> None:
    kind, first, second = unique("kind"), unique(), unique()
    await tell(hub, begins(first, "First", kind=kind))
    async with visitor(browser, hub, complaints=False) as page:  # Chromium tells of the answer 400
        await page.goto(f"{hub.url}/sessions?kind={kind}")
        await live(page)
        before, flaws = page.url, page.locator("#flaws")
        text = page.get_by_role("combobox", name="Filter as text")
        for wrong, meant in (
            (f"kind={kind} & sentimnt=negative", "did you mean sentiment?"),
            (f"kind={kind} & status=actve", "did you mean active?"),
            ("duration=>5 parsecs", "duration"),
            ("from=yesterdayish", "from"),
            ("messages>10", "write messages=>10"),
            (f"kind={kind} AND sentiment=negative", f"kind={kind} & sentiment=negative"),
            ("goal=", "expected a value"),
            ("from=2026-11-29 & to=2026-11-28", "expected a time before the end"),
        ):
            await text.fill(wrong)
            await text.press("Enter")
            await expect(flaws).to_contain_text(meant)
            await expect(text).to_have_value(wrong)  # to be mended where it stands
            await expect(page.locator("#rows .open")).to_have_text(["First"])
            assert page.url == before
        await tell(hub, begins(second, "Second", kind=kind))
        await expect(page.locator("#rows .open")).to_have_text(["Second", "First"])
        await matching(page, 2)
        await text.fill(f"kind={kind} & status=active")
        await text.press("Enter")
        await expect(flaws).to_be_empty()
        await page.wait_for_url("**status=active**")
        await expect(page.locator("#rows .open")).to_have_text(["Second", "First"])


async def test_a_look_that_is_gone_is_named_over_a_list_that_is_live(browser: Browser, hub: RunningHub) -> None:
    kind, first, second = unique("kind"), unique(), unique()
    await tell(hub, begins(first, "First", kind=kind))
    async with visitor(browser, hub, complaints=False) as page:
        await page.goto(f"{hub.url}/sessions?kind={kind}&columns=user,owner&layout=grid")
        await expect(page.locator("#flaws")).to_contain_text("there is no column 'owner'")
        await live(page)
        await matching(page, 1)
        await tell(hub, begins(second, "Second", kind=kind))
        await expect(page.locator("#rows .open")).to_have_text(["Second", "First"])


@pytest.mark.parametrize(("path", "shown"), [("sessions", "#rows .open"), ("wall", "#tiles .open")])
async def test_a_view_that_an_older_version_saved_says_what_is_gone_and_opens_without_it(
    browser: Browser, start_hub: StartHub, database_name: str, mongodb_url: str, path: str, shown: str
) -> None:
    hub = start_hub(database_name)
    kind, session, name = unique("kind"), unique(), unique("View")
    await tell(hub, begins(session, "Still here", kind=kind))
    now = datetime.now(UTC)
    own = {"sessions": "columns=user,owner", "wall": "density=huge"}[path]
    query = f"mood=sad,!angry&kind={kind}&{own}&sort=mood&agent.team=x"
    async with mongo.database(mongodb_url, database_name, timeout=10) as opened:
        await opened["views"].insert_one(
            {"_id": "older", "name": name, "page": path, "query": query, "shared": True, "owner": "somebody",
             "signed": "Somebody", "made": now, "changed": now}
        )  # fmt: skip
    async with visitor(browser, hub, complaints=False) as page:
        await page.goto(f"{hub.url}/views/older")
        notice = page.locator("#gone")
        for gone in (name, "mood", "sort", "agent.team"):
            await expect(notice).to_contain_text(gone)
        await expect(page.locator("#flaws .problem")).to_have_count(1)  # its look; what the box names is not told twice
        await expect(page.locator("#flaws")).not_to_contain_text("mood")
        await expect(page.locator("#sign")).to_have_text("Nothing shown")
        await expect(page.locator("#stale")).to_be_hidden()
        await page.get_by_role("link", name="Open it without").click()
        await expect(page.locator(shown)).to_have_text(["Still here"])
        await expect(page.locator("#sign")).to_have_attribute("data-state", FRESH)
        await expect(page.locator("#flaws .problem")).to_have_count(0)


# hubs that go and come ------------------------------------------------------------------------------------------------


async def test_a_hub_is_restarted_and_the_rows_come_back_by_themselves_with_all_that_was_missed(
    browser: Browser, start_hub: StartHub, database_name: str
) -> None:
    hub = start_hub(database_name)
    stays, ends, comes = unique(), unique(), unique()
    await tell(hub, begins(stays, "Stays"), begins(ends, "Ends"), says(stays, "before"))
    async with plugged(hub) as cable, visitor(browser, replace(hub, url=cable.url), complaints=False) as page:
        await page.goto(f"{cable.url}/sessions?status=open&sort=started")
        await live(page)
        await page.get_by_role("combobox", name="Filter as text").fill("what I am just writing")
        hub.kill()
        cable.cut()
        sign = page.locator("#sign")
        await expect(sign).to_have_attribute("data-state", "stale")
        await expect(sign).to_contain_text(re.compile(r"Not live since \d\d:\d\d:\d\d\. The connection was lost"))
        await expect(row(page, stays)).to_contain_text("before")  # what was last known stays, in grey
        await expect(page.locator("#page")).to_have_class(re.compile("is-stale"))
        for old in ("#rows", ".totals", '.group[data-field="status"] .count >> nth=0'):
            await expect(page.locator(old)).to_have_css("opacity", "0.6")
        again = start_hub(database_name)
        await tell(again, says(stays, "meanwhile"), fact(ends, "session.closed"), begins(comes, "Comes"))
        cable.plug(again)
        await live(page)
        await expect(page.locator("#page")).not_to_have_class(re.compile("is-stale"))
        await expect(page.locator("#rows .open")).to_have_text(["Comes", "Stays"])
        await expect(row(page, stays)).to_contain_text("meanwhile")
        await matching(page, 2)
        await expect(page.get_by_role("combobox", name="Filter as text")).to_have_value("what I am just writing")


async def test_while_the_hub_is_away_a_filter_waits_for_it_and_the_list_stays(
    browser: Browser, start_hub: StartHub, database_name: str
) -> None:
    hub = start_hub(database_name)
    mild, angry = unique(), unique()
    await tell(hub, begins(mild, "Mild", tags=["vip"]))
    await tell(hub, begins(angry, "Angry"), says(angry, "This is terrible, I hate it. Awful, useless, the worst!"))
    async with plugged(hub) as cable, visitor(browser, replace(hub, url=cable.url), complaints=False) as page:
        await page.goto(f"{cable.url}/sessions?status=open&sort=started")
        await live(page)
        names = page.locator("#rows .open")
        await page.locator("#rows .pick").first.click()
        hub.kill()
        cable.cut()
        await expect(page.locator("#sign")).to_have_attribute("data-state", "stale")
        before, told = page.url, page.locator("#unanswered")
        negative = page.locator('.group[data-field="sentiment"] input[value="negative"]')
        for act in (
            page.get_by_role("link", name="All", exact=True).click,
            page.get_by_role("link", name="Cards", exact=True).click,
            page.locator('.group[data-field="tag"] summary').click,
            page.locator('.group[data-field="tag"] input[value="vip"]').check,
            page.locator('.group[data-field="tag"] input[value="vip"]').uncheck,
            negative.check,
        ):
            await act()
            await expect(told).to_contain_text("nothing can be filtered now")
            await expect(names).to_have_text(["Angry", "Mild"])
            assert page.url == before
        await expect(page.locator("#rows [data-picked]")).to_have_count(1)
        cable.plug(start_hub(database_name))
        await live(page)
        await expect(names).to_have_text(["Angry"])  # what was chosen last is done now
        await page.wait_for_url("**sentiment=negative**")
        await expect(told).to_be_empty()
        await negative.uncheck()
        await expect(names).to_have_text(["Angry", "Mild"])


def other_version(greeted: list[str], *, times: int) -> Any:
    """The first hellos are those of a hub of another version."""

    def route(web_socket: WebSocketRoute) -> None:
        server = web_socket.connect_to_server()

        def forward(message: str | bytes) -> None:
            if isinstance(message, str) and '"op":"hello"' in message:
                greeted.append(message)
                if len(greeted) <= times:
                    message = re.sub(r'"version":"[^"]+"', '"version":"99.0"', message)
            web_socket.send(message)

        server.on_message(forward)

    return route


@pytest.mark.parametrize("times", [1, 9], ids=["updated", "two versions behind one address"])
async def test_a_hub_of_another_version_makes_the_list_load_itself_again_but_once(
    browser: Browser, hub: RunningHub, times: int
) -> None:
    kind, session = unique("kind"), unique()
    greeted: list[str] = []
    async with visitor(browser, hub) as page:
        await page.route_web_socket(re.compile("/api/v1/live"), other_version(greeted, times=times))
        async with page.expect_event("framenavigated"):
            await page.goto(f"{hub.url}/sessions?kind={kind}")
        await live(page)
        await tell(hub, begins(session, "Ada", kind=kind))
        await expect(row(page, session)).to_be_visible()
        assert len(greeted) == 2  # that of the page, and that of the page loaded again


# sleep, and clocks ----------------------------------------------------------------------------------------------------

STATES = """() => {
  window.states = [];
  const sign = document.querySelector("#sign");
  const tell = () => window.states.push(`${sign.dataset.state}: ${document.querySelector("main").innerText}`);
  new MutationObserver(tell).observe(sign, { attributes: true, childList: true, subtree: true, characterData: true });
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(Date.now());
}"""


@asynccontextmanager
async def asleep(browser: Browser) -> AsyncIterator[None]:
    """Every page stands still: no timer, no message, no picture."""
    devtools = await browser.new_browser_cdp_session()
    running = (await devtools.send("SystemInfo.getProcessInfo"))["processInfo"]
    pids = [int(process["id"]) for process in running if process["type"] == "renderer"]
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        await devtools.detach()


@pytest.mark.parametrize("path", ["sessions?status=open&sort=started", "wall?status=open&sort=started"])
async def test_a_laptop_that_slept_says_first_that_it_is_not_live_and_then_catches_up(
    browser: Browser, start_hub: StartHub, database_name: str, path: str
) -> None:
    hub = start_hub(database_name, LIVE_HEARTBEAT="500ms")
    stays, comes = unique(), unique()
    await tell(hub, begins(stays, "Stays"), says(stays, "before"))
    async with plugged(hub) as cable, visitor(browser, replace(hub, url=cable.url), complaints=False) as page:
        await page.goto(f"{cable.url}/{path}")
        await live(page)
        hub.process.send_signal(signal.SIGSTOP)  # nothing more is on its way to the page
        slept_at = await page.evaluate(STATES)
        async with asleep(browser):
            hub.kill()
            other = start_hub(database_name, LIVE_HEARTBEAT="500ms")  # takes longer than two beats
            await tell(other, says(stays, "while it slept"), begins(comes, "Comes"))
        await expect(page.locator("#sign")).to_have_attribute("data-state", "stale")
        cable.plug(other)
        await live(page)
        await expect(page.locator("#main .open")).to_have_text(["Comes", "Stays"])
        await expect(page.locator("#main .words", has_text="while it slept")).to_be_visible()
        said = await page.evaluate("window.states.filter((state) => state.startsWith('stale'))")
        since = {found[1] for state in said if (found := re.search(r"since (\d\d:\d\d:\d\d)", state))}
        assert since
        assert max(since) <= slept_at  # not since it woke: what it showed was old before


CLOCK = """(() => {
  const Real = Date;
  window.__off = OFF;
  window.Date = class extends Real {
    constructor(...given) { if (given.length) super(...given); else super(Real.now() + window.__off); }
    static now() { return Real.now() + window.__off; }
  };
})()"""


@asynccontextmanager
async def off_by(browser: Browser, hub: RunningHub, minutes: int) -> AsyncIterator[Page]:
    """A browser whose clock is wrong."""
    async with visitor(browser, hub) as page:
        await page.add_init_script(CLOCK.replace("OFF", str(minutes * 60_000)))
        yield page


@pytest.mark.parametrize("minutes", [10, -10])
@pytest.mark.parametrize("path", ["sessions", "wall"])
async def test_a_clock_that_is_wrong_changes_no_age_no_duration_and_no_sign(
    browser: Browser, hub: RunningHub, path: str, minutes: int
) -> None:
    kind, session, newcomer = unique("kind"), unique(), unique()
    began = datetime.now(UTC) - timedelta(seconds=200)
    await tell(hub, begins(session, "Ada", kind=kind, at=began.isoformat(timespec="milliseconds")))
    async with off_by(browser, hub, minutes) as page:
        await page.goto(f"{hub.url}/{path}?kind={kind}&sort=started")
        assert abs(await page.evaluate("Date.now()") / 1000 - datetime.now(UTC).timestamp() - 60 * minutes) < 30
        await live(page)
        ada = page.locator(f'#main [data-key="web:{session}"]')
        ticked = await ada.locator(".lasts time").inner_text()
        await expect(ada.locator(".lasts time")).not_to_have_text(ticked)
        await expect(ada.locator(".ago")).to_have_text(re.compile("^[34] min$"))
        await expect(ada.locator(".lasts time")).to_have_text(re.compile(r"^[34]:\d\d$"))
        await tell(hub, begins(newcomer, "Newcomer", kind=kind))
        fresh = page.locator(f'#main [data-key="web:{newcomer}"]')
        await expect(fresh.locator(".ago")).to_have_text(re.compile(r"^(now|\d+ s)$"))
        await expect(fresh.locator(".lasts time")).to_have_text(re.compile(r"^0:\d\d$"))
        await live(page)


# the same person twice ------------------------------------------------------------------------------------------------


async def test_two_tabs_have_a_filter_each_and_who_signs_out_in_one_is_out_in_both(
    browser: Browser, hub: RunningHub
) -> None:
    first, second = unique("kind"), unique("kind")
    async with visitor(browser, hub, complaints=False) as page:  # a question that is answered 401 is told by Chromium
        other = await page.context.new_page()
        for tab, kind in ((page, first), (other, second)):
            await tab.goto(f"{hub.url}/sessions?kind={kind}")
            await live(tab)
        for n in range(3):
            await tell(hub, begins(f"{first}-{n}", f"First {n}", kind=first))
            await tell(hub, begins(f"{second}-{n}", f"Second {n}", kind=second))
        await expect(page.locator("#rows .open")).to_have_text(["First 2", "First 1", "First 0"])
        await expect(other.locator("#rows .open")).to_have_text(["Second 2", "Second 1", "Second 0"])
        await other.get_by_role("link", name="Cards", exact=True).click()
        await expect(other.locator("#page")).to_have_attribute("data-layout", "cards")
        await page.locator('.group[data-field="status"]').get_by_label("closed").check()
        await matching(page, 0)
        await matching(other, 3)
        await expect(page.locator("#page")).to_have_attribute("data-layout", "list")
        await live(other)

        await other.get_by_role("button", name="Sign out").click()
        await other.wait_for_url("**/signin")
        await expect(page.locator("#sign")).to_have_attribute("data-state", "stale")
        said = re.compile(r"^Signed out since \d\d:\d\d:\d\d\. Sign in again to go on\.$")
        await expect(page.locator("#sign .word")).to_have_text(said)
        address = page.url
        await page.get_by_role("link", name="Sign in").click()
        await page.get_by_label("Name").fill(hub.admin[0])
        await page.get_by_label("Password").fill(hub.admin[1])
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_url(address)
        await live(page)


# for every eye --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "how",
    [
        {"viewport": {"width": 320, "height": 640}},
        {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4},
        {"reduced_motion": "reduce"},
        {"forced_colors": "active"},
        {"forced_colors": "active", "color_scheme": "dark", "viewport": {"width": 320, "height": 640}},
    ],
    ids=["320", "zoomed to 400 %", "without motion", "without colours", "without colours, dark, 320"],
)
@pytest.mark.parametrize("look", ["layout=list", "layout=cards"])
async def test_every_eye_finds_the_facts(browser: Browser, hub: RunningHub, how: dict[str, Any], look: str) -> None:
    kind, session = unique("kind"), unique()
    awful = "This is terrible, I hate it. Awful, useless, the worst!"
    await tell(hub, begins(session, "Ada Lovelace", kind=kind, tags=["vip"]), says(session, awful))
    await tell(hub, fact(session, "goal.failed", goal="kept"), says(session, awful))
    async with visitor(browser, hub, **how) as page:
        await page.goto(f"{hub.url}/sessions?kind={kind}&{look}")
        await live(page)
        shown = row(page, session)
        for part in (".open", ".said", ".mood", ".need >> nth=0", ".ago", ".status .shape", ".channel"):
            await expect(shown.locator(part)).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await shown.scroll_into_view_if_needed()
        await expect(shown.locator(".open")).to_be_in_viewport()
        if "forced_colors" in how:
            behind = await shown.evaluate("(row) => getComputedStyle(row).backgroundColor")
            for shape in (".status .shape", ".mood .shape"):
                assert await shown.locator(shape).evaluate("(one) => getComputedStyle(one).backgroundColor") != behind
        if "reduced_motion" in how:
            running = "document.getAnimations().filter((one) => one.playState === 'running').length"
            await tell(hub, says(session, "and a change"))
            await expect(shown).to_contain_text("and a change")
            assert await page.evaluate(running) == 0
