"""The list of sessions, as somebody at a browser meets it: live, filtered, from the keyboard."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from live.cards import stranger
from tests.browser.visits import LIVE, begins, fact, flaws, says, tell, unique, visitor
from tests.hubs import RunningHub

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PHONE = {"width": 390, "height": 844}


def row(page: Page, session: str, channel: str = "web") -> Locator:
    """The row of a session."""
    return page.locator(f'#rows > [data-key="{channel}:{session}"]')


async def live(page: Page) -> None:
    """The page says that it is live."""
    await expect(page.locator("#sign")).to_have_attribute("data-state", LIVE)


async def test_a_row_comes_and_changes_as_the_conversation_does(browser: Browser, hub: RunningHub) -> None:
    session = unique()
    async with visitor(browser, hub) as page:
        await live(page)
        await tell(hub, begins(session, "Ada Lovelace", kind="lead capture"), says(session, "Is there a free trial?"))
        mine = row(page, session)
        await expect(mine).to_contain_text("Ada Lovelace")
        await expect(mine).to_contain_text("Is there a free trial?")
        await expect(mine).to_contain_text("lead capture")
        for furious in ("This is terrible, I hate it. Awful, useless!", "Disgusting! The worst, horrible, a disaster!"):
            await tell(hub, says(session, furious))
        await expect(mine.locator(".mood")).to_contain_text("negative")
        await expect(mine.get_by_role("link", name="turned negative")).to_be_visible()
        await tell(
            hub, fact(session, "goal.completed", goal="demo booked"), fact(session, "block.entered", block="pricing")
        )
        await expect(mine.get_by_role("list", name="Goals")).to_contain_text("demo booked completed")
        await expect(mine).to_contain_text("pricing")
        await tell(hub, fact(session, "session.closed"))
        await expect(mine).to_have_attribute("data-status", "closed")


UNPAINTED = {
    "tells nothing of its painting": "delete globalThis.PerformanceObserver",
    "is not looked at": """
        delete globalThis.PerformanceObserver;
        Object.defineProperty(Document.prototype, "hidden", {get: () => true});
    """,
}


@pytest.mark.parametrize("script", UNPAINTED.values(), ids=UNPAINTED)
async def test_a_page_is_live_where_the_browser(browser: Browser, hub: RunningHub, script: str) -> None:
    async with visitor(browser, hub) as page:
        await page.add_init_script(script)
        await page.goto(f"{hub.url}/sessions")
        await live(page)


async def test_nothing_moves_under_the_pointer(browser: Browser, hub: RunningHub) -> None:
    kind, first, second, third = unique("kind"), unique(), unique(), unique()
    await tell(hub, begins(first, "First", kind=kind))
    await tell(hub, begins(second, "Second", kind=kind))
    async with visitor(browser, hub) as page:
        await page.goto(f"{hub.url}/sessions?kind={kind}")
        await live(page)
        names = page.locator("#rows .open")
        await expect(names).to_have_text(["Second", "First"])
        await row(page, first).hover()
        await tell(hub, says(first, "hello there"))
        await tell(hub, begins(third, "Third", kind=kind))
        await expect(row(page, first)).to_contain_text("hello there")  # in its place
        news = page.get_by_role("button", name="1 new")
        await expect(news).to_be_visible()
        await expect(names).to_have_text(["Second", "First"])
        await tell(hub, fact(second, "session.updated", kind="another"))
        await expect(row(page, second)).to_have_attribute("data-left", "")  # gone, but not from under the pointer
        await news.click()
        await expect(names).to_have_text(["Third", "First"])
        await expect(news).to_be_hidden()


async def test_every_filter_can_be_clicked_and_stands_in_the_address(browser: Browser, hub: RunningHub) -> None:
    tag, one, other = unique("tag"), unique(), unique()
    await tell(hub, begins(one, "Grace Hopper", tags=[tag]), says(one, "good morning, my dear friend, how lovely"))
    await tell(hub, begins(other, "Alan Turing", tags=[tag]), fact(other, "goal.failed", goal="demo, booked"))
    async with visitor(browser, hub) as page:
        await page.goto(f"{hub.url}/sessions?tag={tag}")
        names = page.locator("#rows .open")
        await expect(names).to_have_count(2)
        await page.get_by_role("group", name="Needs attention").get_by_label("goal failed").check()
        await expect(names).to_have_text(["Alan Turing"])
        assert wishes(page) == {"tag": [tag], "attention": ["goal_failed"]}
        await page.get_by_role("link", name="Remove the filter Needs attention goal failed").click()
        await expect(names).to_have_count(2)
        goal = page.locator('.group[data-field="goal"]')
        failed = goal.locator(r'.option[data-key="failed:demo\\, booked"]')
        await failed.get_by_role("checkbox").check()
        await expect(names).to_have_text(["Alan Turing"])
        assert wishes(page) == {"tag": [tag], "goal": ["failed:demo\\, booked"]}
        await page.go_back()
        await expect(names).to_have_count(2)
        assert wishes(page) == {"tag": [tag]}
        await goal.get_by_role("link", name="not Goal failed: demo, booked").click()
        await expect(names).to_have_text(["Grace Hopper"])
        await page.get_by_role("searchbox", name="Name, email or phone").fill("alan")
        await expect(page.locator("#nothing")).to_be_visible()
        await page.get_by_role("link", name="Clear all").click()
        await expect(page).to_have_url(re.compile(r"/sessions\?sort=recent$"))


def wishes(page: Page) -> dict[str, list[str]]:
    """The filter in the address."""
    return {name: value for name, value in parse_qs(urlsplit(page.url).query).items() if name != "sort"}


async def test_a_search_filters_while_one_types_and_keeps_the_cursor(browser: Browser, hub: RunningHub) -> None:
    session, name = unique(), unique("Zoë")
    await tell(hub, begins(session, name), says(session, "hello"))
    async with visitor(browser, hub) as page:
        await live(page)
        await page.keyboard.press("/")
        await page.keyboard.type(name.lower())
        await expect(page.locator("#rows .open")).to_have_text([name])
        await expect(page.get_by_role("searchbox", name="Name, email or phone")).to_be_focused()
        assert wishes(page) == {"q": [name.lower()]}


async def test_a_wrong_filter_is_named_with_what_may_have_been_meant(browser: Browser, hub: RunningHub) -> None:
    async with visitor(browser, hub, complaints=False) as page:
        await page.goto(f"{hub.url}/sessions?sentiment=negatve&stats=open&limit=many")
        alert = page.locator("#flaws")
        await expect(alert).to_contain_text("did you mean negative?")
        await expect(alert).to_contain_text("did you mean status?")
        await expect(alert).to_contain_text("from 1 to 1000")
        await expect(page.locator(".chip.wrong")).to_have_count(2)
        await page.get_by_role("link", name="Clear all").click()
        await live(page)
        await expect(alert).to_be_empty()


async def test_the_keyboard_alone_is_enough(browser: Browser, hub: RunningHub) -> None:
    kind, first, second = unique("kind"), unique(), unique()
    await tell(hub, begins(first, "First", kind=kind))
    await tell(hub, begins(second, "Second", kind=kind))
    async with visitor(browser, hub) as page:
        await page.goto(f"{hub.url}/sessions?kind={kind}")
        await live(page)
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the sessions")).to_be_focused()
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        await page.keyboard.press("Escape")
        await page.keyboard.press("j")
        await expect(page.get_by_role("link", name="Second")).to_be_focused()
        await page.keyboard.press("j")
        await expect(page.get_by_role("link", name="First")).to_be_focused()
        await page.keyboard.press("j")
        await page.keyboard.press("k")
        await expect(page.get_by_role("link", name="Second")).to_be_focused()
        await tell(hub, says(first, "on top now, if nobody were here"))
        await expect(row(page, first)).to_contain_text("on top now")
        await expect(page.locator("#rows .open")).to_have_text(["Second", "First"])
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/sessions/web*{second}")


async def test_what_is_further_down_is_loaded_behind(browser: Browser, hub: RunningHub) -> None:
    kind = unique("kind")
    numbered = [(f"{kind}-{n:02}", f"Number {n:02}") for n in range(12)]
    await tell(hub, *(begins(session, name, kind=kind) for session, name in numbered))
    async with visitor(browser, hub) as page:
        await page.goto(f"{hub.url}/sessions?kind={kind}&limit=5")
        await live(page)
        names = page.locator("#rows .open")
        await expect(names).to_have_count(5)
        for count in (10, 12):
            await page.locator("#more").click()
            await expect(names).to_have_count(count)
        await expect(page.locator("#more")).to_have_count(0)
        in_order = [name for _, name in numbered]  # of one moment: by session id
        await expect(names).to_have_text(in_order)
        session, name = unique(), "Number 12"
        await tell(hub, begins(session, name, kind=kind))  # it takes a live place; who had the last one stays here
        await expect(names).to_have_text([name, *in_order])


async def test_it_works_without_scripts(browser: Browser, hub: RunningHub) -> None:
    kind = unique("kind")
    await tell(hub, *(begins(f"{kind}-{n}", f"Number {n}", kind=kind) for n in range(4)))
    async with visitor(browser, hub, java_script_enabled=False, complaints=False) as page:
        await page.goto(f"{hub.url}/sessions?kind={kind}&limit=3")
        names = page.locator("#rows .open")
        await expect(names).to_have_text(["Number 0", "Number 1", "Number 2"])
        await page.get_by_role("link", name="Load more").click()
        await expect(names).to_have_text(["Number 3"])
        await page.get_by_role("link", name="Back to the first").click()
        await page.get_by_role("textbox", name="Messages").fill(">3")
        await page.locator(".apply").click()
        await expect(page.locator("#nothing")).to_be_visible()
        assert wishes(page) == {"kind": [kind], "messages": [">3"], "limit": ["3"]}
        for wrong in ("channel!=web", "sentiment:negative"):
            await page.locator("#expression").fill(wrong)
            await page.get_by_role("button", name="Apply").click()
            await expect(page.locator("#flaws")).to_contain_text("write ")
            await expect(page.locator("#expression")).to_have_value(wrong)
            await expect(names).to_have_count(0)
        await page.locator("#expression").fill("channel=!web")
        await page.get_by_role("button", name="Apply").click()
        assert wishes(page) == {"channel": ["!web"]}


@pytest.mark.parametrize(
    ("scheme", "size"), [("light", None), ("dark", None), ("dark", PHONE)], ids=["light", "dark", "phone"]
)
async def test_everybody_can_use_it(
    browser: Browser, hub: RunningHub, scheme: str, size: dict[str, int] | None
) -> None:
    session = unique()
    await tell(hub, begins(session, "Ada", kind="support", tags=["vip"]), says(session, "This is awful. I hate it!"))
    await tell(hub, fact(session, "goal.failed", goal="kept"), fact(session, "block.entered", block="pricing"))
    await tell(hub, fact(session, "knowledge.missing", question="Why?"))
    more: dict[str, Any] = {"viewport": size} if size else {}
    async with visitor(browser, hub, color_scheme=scheme, bypass_csp=True, **more) as page:
        await page.goto(f"{hub.url}/sessions?status=open")
        await live(page)
        await expect(row(page, session)).to_be_visible()
        if size:
            await page.get_by_text("Filters", exact=True).click()
        assert await flaws(page) == []


async def test_hostile_names_neither_run_nor_break_the_page(browser: Browser, hub: RunningHub) -> None:
    kind = unique("kind")
    names = [
        "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "‮desrever", "⟨name⟩ ⟨c.said|why⟩ {{ 7*7 }}",
        "W" * 4_000, "👩‍👩‍👧‍👦" * 60, "مرحبا بالعالم " * 60, "\u200b\u200b", "Z͑ͫ̓ͪ̂A̴̵̜̰͔ͫL̠ͨͧG̴̻͈O̵̹̻" * 20,
    ]  # fmt: skip
    sessions = [f"{kind}-{n}" for n in range(len(names))]
    async with visitor(browser, hub, viewport=PHONE) as page:
        await page.goto(f"{hub.url}/sessions?kind={kind}")
        await live(page)
        for session, name in zip(sessions, names, strict=True):
            await tell(hub, begins(session, name, kind=kind, tags=[name[:200]]), says(session, name * 3))
            await tell(
                hub, fact(session, "goal.triggered", goal=name[:200]), fact(session, "block.entered", block=name[:200])
            )
        await expect(page.locator("#rows .open")).to_have_count(len(names))
        painted = await page.locator("#rows").inner_text()
        assert "<script>alert(1)</script>" in painted
        assert "⟨name⟩ ⟨c.said|why⟩ {{ 7*7 }}" in painted
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await expect(row(page, sessions[7]).locator(".open")).to_have_text(stranger(f"web:{sessions[7]}"))
        await page.reload()  # and the same from the server
        assert "⟨name⟩ ⟨c.said|why⟩ {{ 7*7 }}" in await page.locator("#rows").inner_text()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
