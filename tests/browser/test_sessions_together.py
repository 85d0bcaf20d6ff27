"""Several at once, and the same again: saved views, bulk tags, bulk export, as somebody at a browser meets them."""

import re

import httpx
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.visits import LIVE, begins, says, tell, unique, visitor
from tests.hubs import RunningHub

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def live(page: Page) -> None:
    """The page says that it is live."""
    await expect(page.locator("#sign")).to_have_attribute("data-state", LIVE)


def tab(page: Page, name: str) -> Locator:
    """A saved view above the list."""
    return page.get_by_role("navigation", name="Saved views").get_by_role("link", name=re.compile(re.escape(name)))


LINES = """(tabs) => tabs.map((tab) => {
  const canvas = getComputedStyle(document.documentElement).backgroundColor;
  const line = getComputedStyle(tab).borderBottomColor;
  return [line === canvas ? "none" : "there", tab.hasAttribute("aria-current")];
})"""


async def save(page: Page, name: str, *, shared: bool = False, first: bool = False) -> None:
    """What is seen now becomes a view."""
    await page.locator("#save-view").click()
    await page.get_by_label("Name", exact=True).fill(name)
    if shared:
        await page.get_by_label("Shared with everybody here").check()
    if first:
        await page.get_by_label("Opens first for me").check()
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(tab(page, name)).to_have_attribute("aria-current", "page")


async def forget(hub: RunningHub, page: Page) -> None:
    """The views of the account are deleted: other stories share the hub."""
    csrf = await page.locator('meta[name="csrf"]').get_attribute("content")
    for view in (await (await page.request.get(f"{hub.url}/api/v1/views")).json())["views"]:
        await page.request.delete(
            f"{hub.url}/api/v1/views/{view['id']}", headers={"X-CSRF-Token": csrf or "", "Origin": hub.url}
        )


async def test_a_view_is_saved_counted_live_changed_and_deleted(browser: Browser, hub: RunningHub) -> None:
    kind, first, second, name = unique("kind"), unique(), unique(), unique("view")
    await tell(hub, begins(first, "First", kind=kind))
    async with visitor(browser, hub) as page:
        await page.goto(f"{hub.url}/sessions?kind={kind}&layout=cards&sort=started")
        await live(page)
        await save(page, name)
        assert f"kind={kind}" in page.url
        assert "view=" in page.url
        await expect(page.get_by_role("heading", level=1)).to_have_text(name)
        await expect(tab(page, name).locator(".count")).to_have_text("1")
        await page.get_by_role("link", name="All", exact=True).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sessions")
        await tell(hub, begins(second, "Second", kind=kind))
        await expect(tab(page, name).locator(".count")).to_have_text("2")
        await page.emulate_media(forced_colors="active")
        lines = await page.locator("#saved li > a").evaluate_all(LINES)
        assert [line for line, current in lines if not current] == ["none"] * (len(lines) - 1)
        assert [line for line, current in lines if current] == ["there"]
        await page.emulate_media(forced_colors="none")
        await tab(page, name).click()
        await expect(page.locator("#rows .open")).to_have_text(["Second", "First"])
        await expect(page.locator("#page")).to_have_attribute("data-layout", "cards")
        await page.get_by_role("link", name="List", exact=True).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} changed")
        await page.locator("#save-view").click()
        await page.get_by_role("button", name="Save changes").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(name)
        await page.reload()
        await expect(page.get_by_role("heading", level=1)).to_have_text(name)
        address = page.url
        await page.locator("#save-view").click()
        await page.get_by_role("button", name="Delete").click()
        await expect(tab(page, name)).to_have_count(0)
        await page.goto(address)
        await expect(page.locator("#lost")).to_be_visible()
        await expect(page.locator("#rows .open")).to_have_text(["Second", "First"])
        await forget(hub, page)


async def test_a_view_may_open_first(browser: Browser, hub: RunningHub) -> None:
    kind, session, name = unique("kind"), unique(), unique("view")
    await tell(hub, begins(session, "Mine", kind=kind))
    async with visitor(browser, hub) as page:
        await page.goto(f"{hub.url}/sessions?kind={kind}")
        await save(page, name, first=True)
        await page.goto(f"{hub.url}/sessions")
        await page.wait_for_url(f"**kind={kind}**")
        await expect(page.locator("#rows .open")).to_have_text(["Mine"])
        await forget(hub, page)
        await page.goto(f"{hub.url}/sessions")
        assert "kind=" not in page.url


async def test_a_view_that_asks_for_what_is_gone_says_so_and_opens_without_it(
    browser: Browser, hub: RunningHub
) -> None:
    kind, session, name = unique("kind"), unique(), unique("view")
    await tell(hub, begins(session, "Still here", kind=kind))
    body = {"name": name, "page": "sessions", "query": f"kind={kind}&mood=sad", "shared": True}
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {hub.token}"}) as client:
        long = [{**body, "name": f"{n} {'of a long name' * 5}"} for n in range(3)]
        others = [(await client.post(f"{hub.url}/api/v1/views", json=one)).json()["id"] for one in long]
        ident = (await client.post(f"{hub.url}/api/v1/views", json=body)).json()["id"]
        async with visitor(browser, hub, complaints=False) as page:
            await expect(tab(page, name)).to_contain_text("asks for what is gone")
            for width in (320, 390):  # wherever in the strip its tab is
                await page.set_viewport_size({"width": width, "height": 700})
                assert await page.evaluate("document.documentElement.scrollWidth") <= width
            await page.set_viewport_size({"width": 1280, "height": 720})
            await page.goto(f"{hub.url}/views/{ident}")
            await expect(page.locator("#gone")).to_contain_text("mood")
            await page.get_by_role("link", name="Open it without").click()
            await expect(page.locator("#rows .open")).to_have_text(["Still here"])
        for one in (ident, *others):
            await client.delete(f"{hub.url}/api/v1/views/{one}")


async def test_many_sessions_are_tagged_at_once_and_exported(browser: Browser, hub: RunningHub) -> None:
    kind, tag = unique("kind"), unique("tag")
    ids = [f"{kind}-{n:02}" for n in range(30)]
    await tell(hub, *(begins(session, session, kind=kind) for session in ids))
    async with visitor(browser, hub) as page:
        await page.goto(f"{hub.url}/sessions?kind={kind}&columns=user,tags")
        await live(page)
        await page.keyboard.press("j")
        await page.keyboard.press("x")
        for _ in range(4):
            await page.keyboard.press("j")
        await page.keyboard.press("Shift+X")
        bar = page.get_by_role("region", name="Selected sessions")
        await expect(bar).to_contain_text("5 selected")
        await bar.get_by_label("Tag").fill(tag)
        await bar.get_by_role("button", name="Add tag").click()
        await expect(bar).to_contain_text("5 changed.")
        await expect(page.locator(f"#rows .tag:text('{tag}')")).to_have_count(5)
        await bar.get_by_role("button", name="Select all 30").click()
        await expect(bar).to_contain_text("30 selected")
        await expect(bar).not_to_contain_text("no more can be at once")
        async with page.expect_download() as download:
            await bar.get_by_role("button", name="Export CSV").click()
        path = await (await download.value).path()
        assert len(path.read_text().splitlines()) == 31
        async with page.expect_download() as download:
            await bar.get_by_role("button", name="Export JSONL").click()
        text = (await (await download.value).path()).read_text()
        assert text.count('"session.started"') == 30
        await bar.get_by_label("Tag").fill(tag)
        await bar.get_by_role("button", name="Remove tag").click()
        await expect(bar).to_contain_text("5 changed.")
        await expect(page.locator(f"#rows .tag:text('{tag}')")).to_have_count(0)
        await page.locator("#found-title").focus()
        await page.keyboard.press("Escape")
        await expect(bar).to_be_hidden()


async def test_rows_are_selected_by_the_pointer_without_opening_them(browser: Browser, hub: RunningHub) -> None:
    kind = unique("kind")
    await tell(hub, *(begins(f"{kind}-{n}", f"Number {n}", kind=kind) for n in range(6)))
    async with visitor(browser, hub) as page:
        await page.goto(f"{hub.url}/sessions?kind={kind}")
        await live(page)
        boxes = page.locator("#rows .pick")
        await boxes.nth(1).click()
        await boxes.nth(4).click(modifiers=["Shift"])
        await expect(page.locator("#bulk")).to_contain_text("4 selected")
        await tell(hub, says(f"{kind}-2", "a change does not unselect it"))
        await expect(page.locator("#rows")).to_contain_text("a change does not unselect it")
        await expect(page.locator("#rows > li[data-picked] .pick:checked")).to_have_count(4)
