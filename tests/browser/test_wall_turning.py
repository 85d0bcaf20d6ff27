"""A wall that turns through saved walls and pages: by itself, by hand, and to where the trouble is."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.visits import begins, fact, tell, unique, visitor
from tests.browser.walls import TV, crowd, field, live, saved, tile, total, unsaved
from tests.hubs import RunningHub

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

BLINKS = """() => {
  window.blinks = 0;
  const look = () => {
    if (document.querySelectorAll("#tiles").length !== 1 || !document.querySelector("#tiles > li")) window.blinks += 1;
    requestAnimationFrame(look);
  };
  look();
}"""  # frames in which the wall stood empty
OTHERS = """(seen) => {
  const shown = [...document.querySelectorAll("#tiles > li[data-key]")].map((one) => one.dataset.key);
  window.still = shown.join() === window.stood ? window.still + 1 : 0;
  window.stood = shown.join();
  return shown.length && window.still > 10 && shown.every((one) => !seen.includes(one)) && shown;
}"""  # the tiles, as soon as all of them are others and no more come: those of a page need not come in one frame


async def standing(page: Page, name: str, turn: str) -> None:
    """The saved wall of this name is shown, and what is said of its turn."""
    await expect(page.locator("#name")).to_have_text(name)
    await expect(page.locator("#turn")).to_have_text(re.compile(turn))


async def test_it_turns_through_saved_walls_by_itself_without_a_blink(browser: Browser, hub: RunningHub) -> None:
    ones, others = unique("ones"), unique("others")
    await tell(
        hub,
        begins(ones, "Ada", kind=ones),
        begins(others, "Grace", kind=others),
        begins(f"{others}-2", "Joan", kind=others),
    )
    one, other = await saved(hub, f"kind={ones}"), await saved(hub, f"kind={others}&density=roomy")
    async with visitor(browser, hub, viewport=TV) as page:
        await page.goto(f"{hub.url}/wall?views={one['id']},{other['id']}&rotate=5")
        await live(page)
        await standing(page, one["name"], r"^1 of 2, next in \d s$")
        await expect(tile(page, ones)).to_be_visible()
        await expect(tile(page, others)).to_have_count(0)
        await page.evaluate(BLINKS)
        await standing(page, other["name"], r"^2 of 2, next in \d s$")
        await expect(tile(page, others)).to_be_visible()
        await expect(tile(page, ones)).to_have_count(0)
        await expect(total(page, "open")).to_have_text("2")
        await expect(page).to_have_title(re.compile(re.escape(other["name"])))
        await tell(hub, fact(others, "session.closed"))  # the one shown is as live as the first was
        await expect(total(page, "open")).to_have_text("1")
        await expect(tile(page, others)).to_have_attribute("data-status", "closed")
        await live(page)
        assert await page.evaluate("window.blinks") == 0


async def test_one_turns_it_by_hand_and_holds_it(browser: Browser, hub: RunningHub) -> None:
    kinds = [unique("kind") for _ in range(3)]
    views = [await saved(hub, f"kind={kind}") for kind in kinds]
    for kind in kinds:
        await tell(hub, begins(kind, "Ada", kind=kind))
    async with visitor(browser, hub, viewport=TV) as page:
        await page.goto(f"{hub.url}/wall?views={','.join(view['id'] for view in views)}&rotate=3600")
        await live(page)
        for key, at in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowRight", 0), ("ArrowLeft", 2), ("ArrowLeft", 1)):
            await page.keyboard.press(key)
            await standing(page, views[at]["name"], f"^{at + 1} of 3, next in")
            await expect(tile(page, kinds[at])).to_be_visible()
        await page.keyboard.press("Space")
        await standing(page, views[1]["name"], "^2 of 3, held$")
        await page.keyboard.press("ArrowRight")  # one who turns by hand means it, also while it is held
        await standing(page, views[2]["name"], "^3 of 3, held$")
        await page.keyboard.press("Space")
        await standing(page, views[2]["name"], "^3 of 3, next in")


async def test_an_alarm_of_a_wall_not_shown_brings_it_there(browser: Browser, hub: RunningHub) -> None:
    calm, loud = unique("calm"), unique("loud")
    await tell(hub, begins(calm, "Ada", kind=calm), begins(loud, "Grace", kind=loud))
    first, second = await saved(hub, f"kind={calm}"), await saved(hub, f"kind={loud}&alarm.missing=1")
    async with visitor(browser, hub, viewport=TV) as page:
        await page.goto(f"{hub.url}/wall?views={first['id']},{second['id']}&rotate=3600")
        await live(page)
        await standing(page, first["name"], "^1 of 2, next in")
        await tell(hub, fact(loud, "knowledge.missing", question="When?"))
        await standing(page, second["name"], "^2 of 2, held: alarm$")
        await expect(page.locator("#told")).to_have_text(
            f"{second['name']}. Alarm: missing knowledge today is 1, the limit is 1."
        )
        await expect(field(page, "missing")).to_have_attribute("data-level", "alarm")
        await expect(tile(page, loud)).to_contain_text("1 missing")
        await page.keyboard.press("ArrowRight")  # somebody has seen it: it goes on
        await standing(page, first["name"], "^1 of 2, next in")
        await expect(field(page, "missing")).to_have_attribute("data-level", "")


async def test_a_saved_wall_that_is_gone_is_told(browser: Browser, hub: RunningHub) -> None:
    kind = unique("kind")
    await tell(hub, begins(kind, "Ada", kind=kind))
    there, gone = await saved(hub, f"kind={kind}"), await saved(hub, "status=open")
    await unsaved(hub, gone["id"])
    async with visitor(browser, hub) as page:
        await page.goto(f"{hub.url}/wall?views={gone['id']},{there['id']}&rotate=5")
        await expect(page.locator("#lost")).to_have_text(f"The saved view {gone['id']} is gone, or no longer shared.")
        await expect(page.locator("#name")).to_have_text(there["name"])
        await expect(tile(page, kind)).to_be_visible()
        await expect(page.locator("#turn")).to_be_empty()  # one alone has nowhere to turn
        await page.goto(f"{hub.url}/wall?kind={kind}&view={gone['id']}")
        await expect(page.locator("#lost")).to_contain_text("What it asked for is still here.")
        await expect(tile(page, kind)).to_be_visible()


async def test_what_has_no_room_has_a_page(browser: Browser, hub: RunningHub) -> None:
    kind = unique("kind")
    await crowd(hub, kind, 40)
    async with visitor(browser, hub, viewport={"width": 1024, "height": 600}) as page:
        await page.goto(f"{hub.url}/wall?kind={kind}&rotate=3600&density=roomy")
        await live(page)
        await expect(page.locator("#turn")).to_have_text(re.compile(r"^page 1 of \d+, next in"))
        await expect(page.locator("#beyond")).to_be_hidden()
        pages = int(re.findall(r"of (\d+)", await page.locator("#turn").inner_text())[0])
        assert pages > 1
        seen: list[str] = []
        for n in range(pages):
            await expect(page.locator("#turn")).to_have_text(re.compile(f"^page {n + 1} of {pages}"))
            shown = await page.wait_for_function(OTHERS, arg=seen)
            seen += await shown.json_value()
            await page.keyboard.press("ArrowRight")
        assert sorted(seen) == [f"web:{kind}-{n:03}" for n in range(40)]
