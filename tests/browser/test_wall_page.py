"""The wall, as a room meets it: it moves, it is quiet, or it says loudly that it is not live."""

import re
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, WebSocketRoute, expect

from live.events import stamp
from tests.browser.cable import plugged
from tests.browser.visits import begins, fact, flaws, says, tell, unique, visitor
from tests.browser.walls import TV, live, tile, total
from tests.hubs import RunningHub, StartHub

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_a_card_comes_changes_and_goes(browser: Browser, hub: RunningHub) -> None:
    kind, session = unique("kind"), unique()
    async with visitor(browser, hub, viewport=TV) as page:
        await page.goto(f"{hub.url}/wall?kind={kind}&status=open")
        await expect(page.locator("#nothing")).to_contain_text("Quiet")
        await live(page)
        await tell(
            hub, begins(session, "Ada", kind=kind), says(session, "Worst service ever! I hate it, awful, useless.")
        )
        mine = tile(page, session)
        await expect(mine).to_contain_text("Ada")
        await expect(mine.locator(".mood")).to_contain_text("negative")
        await expect(total(page, "active")).to_have_text("1")
        await expect(total(page, "negative")).to_have_text("1")
        await tell(
            hub, fact(session, "knowledge.missing", question="When?"), fact(session, "goal.triggered", goal="calm")
        )
        await expect(mine.get_by_role("link", name="turned negative")).to_be_visible()
        await expect(mine.locator(".needs")).to_have_attribute("data-rest", "+1")
        await expect(mine).to_contain_text("1 missing")
        await expect(mine.get_by_role("list", name="Goals")).to_contain_text("calm triggered")
        await expect(total(page, "missing")).to_have_text("1")
        eye = page.locator("#eyes").get_by_role("link")
        await expect(eye).to_have_count(1)
        await expect(eye).to_contain_text(re.compile(r"Ada.*turned negative"))
        lasts = mine.locator(".lasts time")
        before = await lasts.inner_text()
        await expect(lasts).not_to_have_text(before)  # it ticks
        await tell(hub, fact(session, "session.closed"))
        await expect(mine).to_have_count(0)
        await expect(page.locator("#nothing")).to_be_visible()


async def test_a_tile_names_the_foremost_need_and_counts_the_others(browser: Browser, hub: RunningHub) -> None:
    session = unique()
    await tell(
        hub,
        begins(session, "Ada", kind=session),
        says(session, "I want to talk to a human, this is awful, I hate it"),
        fact(session, "knowledge.missing", question="When?"),
        fact(session, "goal.failed", goal="calm"),
    )
    async with visitor(browser, hub, viewport=TV) as page:
        for density, rest in (("roomy", '"+3"'), ("normal", '"+3"'), ("compact", '"+3"'), ("dense", "none")):
            await page.goto(f"{hub.url}/wall?kind={session}&density={density}")
            await live(page)
            needs = tile(page, session).locator(".needs")
            await expect(needs.get_by_role("link")).to_have_accessible_name("asks for a person")
            counted = """(one) => {
              const { content, display } = getComputedStyle(one, "::after");
              return display === "none" ? display : content.split(" / ")[0];
            }"""
            assert await needs.evaluate(counted) == rest, density


CUT = """(pick) => {
  const right = (one) => one.getBoundingClientRect().right;
  const cut = (one) => one.scrollWidth > one.clientWidth + 1 || right(one) > right(one.closest("li, div"));
  return [...document.querySelectorAll(pick)].filter(cut).map((one) => one.innerText);
}"""


async def test_what_tells_without_colour_is_whole_where_much_is_shown(browser: Browser, hub: RunningHub) -> None:
    kind, then = unique("kind"), stamp(datetime.now(UTC) - timedelta(minutes=59))
    await tell(
        hub,
        *(
            one
            for n in range(120)
            for one in (
                {**begins(f"{kind}-{n}", "Ada Lovelace", kind=kind), "at": then},
                {**says(f"{kind}-{n}", "hello" if n % 3 else "I want to talk to a human"), "at": then},
                {**fact(f"{kind}-{n}", "knowledge.missing", question="When?"), "at": then},
                {**fact(f"{kind}-{n}", "goal.failed", goal="calm"), "at": then},
            )
        ),
    )
    async with visitor(browser, hub, viewport=TV) as page:
        await page.goto(f"{hub.url}/wall?kind={kind}&warn.open=1&warn.inactive=1&alarm.missing=1")
        await live(page)
        await expect(page.locator("#tiles")).to_have_attribute("data-density", "dense")
        await expect(page.locator("#tiles > li")).to_have_count(120)
        await expect(page.locator(".totals [data-of=open] .level .word")).to_have_text("warning")
        assert await page.evaluate(CUT, "#tiles .need") == []
        assert (
            await page.evaluate(CUT, ".totals [data-level=warn] .level .word, .totals [data-level=alarm] .level .word")
            == []
        )


async def test_who_takes_a_place_in_a_moment_is_not_counted_among_those_without_one(
    browser: Browser, hub: RunningHub
) -> None:
    kind = unique("kind")
    await tell(hub, *(begins(f"{kind}-{n}", "Ada", kind=kind) for n in range(4)))
    async with visitor(browser, hub, viewport=TV) as page:
        await page.goto(f"{hub.url}/wall?kind={kind}")
        await live(page)
        await page.evaluate("""() => {
          globalThis.seen = [];
          const beyond = document.getElementById("beyond");
          const look = () => {
            if (!beyond.hidden) seen.push(beyond.textContent);
            requestAnimationFrame(look);
          };
          look();
        }""")
        for n in range(4, 12):
            await tell(hub, begins(f"{kind}-{n}", "Ada", kind=kind))
            await expect(total(page, "active")).to_have_text(str(n + 1))
        await expect(page.locator("#tiles > li")).to_have_count(12)
        assert await page.evaluate("seen") == []


async def test_a_wall_that_lacks_tiles_does_not_say_that_it_is_live(browser: Browser, hub: RunningHub) -> None:
    kind = unique("kind")
    await tell(hub, *(begins(f"{kind}-{n}", "Ada", kind=kind) for n in range(150)))
    async with visitor(browser, hub, viewport=TV) as page:
        await page.add_init_script("""
          globalThis.seen = [];
          const look = () => {
            const word = document.querySelector("#sign .word")?.textContent.trim();
            const tiles = document.querySelectorAll("#tiles > li").length;
            if (word?.startsWith("Live")) seen.push(tiles);
            requestAnimationFrame(look);
          };
          requestAnimationFrame(look);
        """)
        await page.goto(f"{hub.url}/wall?kind={kind}")
        await live(page)
        await expect(page.locator("#tiles > li")).to_have_count(150)
        seen = await page.evaluate("seen")
        assert seen
        assert set(seen) == {150}


async def test_first_asked_it_shows_what_is_open_by_need(browser: Browser, hub: RunningHub) -> None:
    async with visitor(browser, hub) as page:
        await page.get_by_role("link", name="Wall").click()
        await page.wait_for_url("**/wall?status=open&sort=attention")
        await live(page)


async def test_it_turns_grey_when_the_hub_is_gone_and_comes_back_with_it(
    browser: Browser, start_hub: StartHub, database_name: str
) -> None:
    hub = start_hub(database_name)
    session = unique()
    await tell(hub, begins(session, "Ada"), says(session, "hello"))
    async with plugged(hub) as cable, visitor(browser, replace(hub, url=cable.url), complaints=False) as page:
        await page.goto(f"{cable.url}/wall?status=open")
        await live(page)
        hub.kill()
        stale = page.locator("#stale")
        await expect(stale).to_be_visible()
        await expect(stale).to_contain_text("Not live")
        await expect(stale).to_contain_text(re.compile(r"since \d\d:\d\d:\d\d"))
        await expect(stale).to_contain_text("The connection was lost. Trying again.")
        await expect(page.locator("#page")).to_have_class(re.compile("is-stale"))
        await expect(tile(page, session)).to_be_visible()  # the last picture stays, in grey
        again = start_hub(database_name)
        await tell(again, says(session, "still there?"))
        cable.plug(again)
        await expect(stale).to_be_hidden()
        await expect(tile(page, session)).to_contain_text("still there?")


async def test_a_hub_that_hangs_is_not_taken_for_quiet(
    browser: Browser, start_hub: StartHub, database_name: str
) -> None:
    hub = start_hub(database_name, LIVE_HEARTBEAT="500ms")
    async with visitor(browser, hub, complaints=False) as page:
        await page.goto(f"{hub.url}/wall?status=open")
        await live(page)
        hub.process.send_signal(signal.SIGSTOP)
        try:
            await expect(page.locator("#stale")).to_contain_text("The hub fell silent. Trying again.")
        finally:
            hub.process.send_signal(signal.SIGCONT)
        await expect(page.locator("#stale")).to_be_hidden()


async def test_a_device_without_a_network_says_so_before_any_heartbeat_is_missed(
    browser: Browser, hub: RunningHub
) -> None:
    session = unique()
    await tell(hub, begins(session, "Ada"))
    async with visitor(browser, hub, complaints=False) as page:
        await page.goto(f"{hub.url}/wall?status=open")
        await live(page)
        await page.context.set_offline(True)
        await expect(page.locator("#sign")).to_have_attribute("data-state", "connecting", timeout=2_000)
        await expect(page.locator("#stale")).to_contain_text("This device has no network. Trying again.")
        await page.context.set_offline(False)
        await expect(page.locator("#stale")).to_be_hidden()
        await live(page)


async def test_a_wall_that_cannot_show_what_is_asked_does_not_say_that_nobody_needs_eyes(
    browser: Browser, hub: RunningHub
) -> None:
    async with visitor(browser, hub, complaints=False) as page:
        await page.goto(f"{hub.url}/wall?attention=asks_person")
        await expect(page.locator("#eyes .calm")).to_contain_text("is not known")
        problem = page.locator("#flaws .problem")
        await expect(problem).to_contain_text("attention")
        fold = page.locator("#fold")
        above, form = await problem.bounding_box(), await fold.bounding_box()
        assert above is not None and form is not None
        assert above["y"] < form["y"]


async def test_a_picture_that_differs_is_mended_and_counted(browser: Browser, hub: RunningHub) -> None:
    """A patch is lost on the way: the digest of the next heartbeat tells."""
    kind, session = unique("kind"), unique()
    lost: list[str] = []

    def lossy(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def forward(message: str | bytes) -> None:
            if not lost and isinstance(message, str) and '"op":"patch"' in message and session in message:
                lost.append(message)
            else:
                route.send(message)

        server.on_message(forward)

    async with visitor(browser, hub) as page:
        await page.route_web_socket(re.compile("/api/v1/live"), lossy)
        await page.goto(f"{hub.url}/wall?kind={kind}&sort=started")
        await live(page)
        await tell(hub, begins(session, "Ada", kind=kind))
        await expect(page.locator("#age-proof")).to_contain_text("1 mended")
        await expect(tile(page, session)).to_be_visible()
        assert len(lost) == 1


async def test_another_version_of_the_hub_makes_it_load_itself_again(browser: Browser, hub: RunningHub) -> None:
    greeted: list[str] = []

    def other(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def forward(message: str | bytes) -> None:
            if isinstance(message, str) and '"op":"hello"' in message:
                greeted.append(message)
                if len(greeted) == 1:
                    message = re.sub(r'"version":"[^"]+"', '"version":"99.0"', message)
            route.send(message)

        server.on_message(forward)

    async with visitor(browser, hub) as page:
        await page.route_web_socket(re.compile("/api/v1/live"), other)
        await page.goto(f"{hub.url}/wall?status=open")
        await live(page)
        assert len(greeted) == 2  # that of the page, and that of the page loaded again


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everybody_can_use_it(browser: Browser, hub: RunningHub, scheme: str) -> None:
    kind = unique("kind")
    for n, text in enumerate(("This is awful. I hate it!", "Wonderful, thank you so much!", "I need a person please")):
        await tell(hub, begins(f"{kind}-{n}", f"Number {n}", kind=kind), says(f"{kind}-{n}", text))
        await tell(hub, fact(f"{kind}-{n}", "goal.failed", goal="kept"))
    async with visitor(browser, hub, viewport=TV, color_scheme=scheme, bypass_csp=True) as page:
        await page.goto(f"{hub.url}/wall?kind={kind}")
        await live(page)
        await expect(page.locator("#tiles > li")).to_have_count(3)
        assert await flaws(page) == []
        await page.get_by_text("Change", exact=True).click()
        assert await flaws(page) == []


async def test_a_wrong_filter_is_named(browser: Browser, hub: RunningHub) -> None:
    async with visitor(browser, hub, complaints=False) as page:
        await page.goto(f"{hub.url}/wall?status=opne&sort=attention")
        await expect(page.locator("#flaws")).to_contain_text("did you mean open?")
