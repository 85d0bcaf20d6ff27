"""The player in the hands of one who has other players' habits: what is expected of each key and link happens."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.browser.talks import Talk, at, clock, known, pill, press, until, until_shown
from tests.browser.visits import visitor
from tests.hubs import RunningHub

HOLES = """() => {
  window.holes = [];
  const look = () => {
    const seqs = [...document.querySelectorAll("#transcript > .event")].map((event) => Number(event.dataset.seq));
    seqs.forEach((seq, n) => n && seq !== seqs[n - 1] + 1 && window.holes.push([seqs[n - 1], seq]));
    requestAnimationFrame(look);
  };
  look();
}"""  # in which frames which events followed on which others
ROOM = """() => [true, false].map((hidden) => {
  document.querySelector("#unseen").hidden = hidden;
  return document.scrollingElement.scrollHeight;
})"""  # how high the page is without and with the sign of what is new: it moves nothing
TOP = "() => document.querySelector('#player').getBoundingClientRect().top"
pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def long_talk(hub: RunningHub, *, closed: bool = True) -> Talk:
    """130 messages, one a second, each answer with its decision."""
    talk = Talk(hub)
    facts = []
    for n in range(65):
        answer = talk.answers(f"answer {n}", at=at(2 * n + 1))
        facts += [talk.says(f"question {n}", at=at(2 * n)), answer]
        if n % 10 == 0:
            facts.append(talk.fact("decision", message=answer["id"], rationale="so", at=at(2 * n + 1)))
    await talk.tell(*facts, *([talk.fact("session.closed", at=at(131))] if closed else []))
    return talk


async def test_what_is_over_is_read_from_its_beginning_and_says_that_it_is_complete(
    hub: RunningHub, browser: Browser
) -> None:
    talk = await long_talk(hub)
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await known(page)
        await expect(page.locator("#transcript > .event").first).to_contain_text("question 0")
        await expect(page.locator("#freshness .word")).to_have_text("Complete")
        await expect(page.locator("#earlier")).to_be_hidden()
        await expect(page.locator("#later")).to_contain_text("To the end")
        # without scrolling there: what comes next would be read on the way, and the link be gone
        top = await page.evaluate(TOP)
        await page.get_by_role("link", name="To the end").dispatch_event("click")
        await expect(page.get_by_text("answer 64")).to_be_in_viewport()
        assert await page.evaluate(TOP) == top  # the player stands where it stood
        await expect(page.locator("#later")).to_be_hidden()
        await press(page, "0")
        await until_shown(page, [1])
        await expect(page.locator("#freshness .word")).to_have_text("Replaying")
        await expect(page.locator("#later")).to_be_hidden()  # what comes after the clock comes by playing on
        inside = page.locator(".event .event[data-day]")
        await press(page, "5")
        await expect(page.locator(".event .event.decision").first).to_be_attached()
        await expect(inside).to_have_count(0)  # a day begins between events, not within one
        await page.goto(f"{talk.address}?t=99999999")
        await known(page)
        await expect(pill(page)).to_have_text("The end")
        await expect(page.locator("#freshness .word")).to_have_text("Complete")


async def test_the_live_edge_of_a_long_session_says_that_it_is_live(hub: RunningHub, browser: Browser) -> None:
    talk = await long_talk(hub, closed=False)
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await known(page)
        await press(page, "0")
        await until_shown(page, [1])
        await press(page, "Shift+L")
        await expect(page.get_by_text("answer 64")).to_be_in_viewport()
        await expect(page.locator("#freshness .word")).to_have_text("Live")
        without, with_sign = await page.evaluate(ROOM)
        assert without == with_sign


async def test_events_of_one_moment_play_and_are_linked_one_by_one(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(*(talk.says(f"line {n}", at=at(0)) for n in range(9)), talk.fact("session.closed", at=at(0)))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await known(page)
        await press(page, "0", ".", ".", ".")
        await until_shown(page, [1, 2, 3, 4])
        await expect(page).to_have_url(re.compile(r"\?t=0&seq=4$"))
        await page.reload()
        await known(page)
        await until_shown(page, [1, 2, 3, 4])
        await press(page, "Space")
        await until_shown(page, [1, 2, 3, 4, 5, 6])
        await expect(pill(page)).to_have_text("The end")


async def test_a_link_to_where_the_first_page_of_the_timeline_ends_is_not_the_end(
    hub: RunningHub, browser: Browser
) -> None:
    talk = Talk(hub)
    await talk.tell(
        *(talk.says(f"line {n}", at=at(n)) for n in range(1_100)), talk.fact("session.closed", at=at(1_100))
    )
    async with visitor(browser, hub) as page:
        await page.goto(f"{talk.address}?t=999")
        await known(page)
        await expect(clock(page)).to_have_text("16:39")
        await expect(pill(page)).to_have_text("To the end")


async def test_who_goes_out_of_a_loop_has_left_it(hub: RunningHub, browser: Browser) -> None:
    talk = await long_talk(hub)
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await known(page)
        await press(page, "2", "r", "ArrowRight", "r")
        await expect(page.locator("#bar .loop")).to_be_visible()
        await press(page, "9")
        await expect(page.locator("#bar .loop")).to_be_hidden()

        async def plays_on() -> bool:
            return await clock(page).inner_text() > "1:59"

        await until(plays_on, what="it plays on from there")


async def test_keys_go_on_after_a_note_as_before(hub: RunningHub, browser: Browser) -> None:
    talk = await long_talk(hub)
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await known(page)
        await press(page, "5", "c")
        await expect(page.locator(".act-form.inline textarea")).to_be_focused()
        await press(page, "Escape")
        await expect(page.locator(".act-form.inline")).to_have_count(0)
        await press(page, "0", "Space")
        await expect(page.locator("#player")).to_have_attribute("data-playing", "")
        await press(page, "Space", "j", "c")
        await page.keyboard.type("look here")
        await page.get_by_role("button", name="Save the note").last.click()
        await expect(page.locator(".act-form.inline")).to_have_count(0)
        await expect(page.locator("#transcript .event:focus")).to_have_count(1)  # the message it is about


async def test_a_menu_closes_as_menus_do(hub: RunningHub, browser: Browser) -> None:
    talk = await long_talk(hub)
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await known(page)
        menu = page.locator("details.kinds")
        for close in ("key", "click"):
            await page.get_by_text("Marks", exact=True).click()
            await expect(menu).to_have_attribute("open", "")
            if close == "key":
                await press(page, "Escape")
            else:
                await page.mouse.click(300, 300)
            await expect(menu).not_to_have_attribute("open", "")


async def test_a_key_before_the_timeline_is_there_is_heard_when_it_is(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(*(talk.says(f"line {n}", at=at(n)) for n in range(2_400)))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await press(page, "5")  # at once, while the timeline is read
        await expect(clock(page)).to_have_text("19:59")


async def test_what_came_before_comes_in_without_a_hole(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(*(talk.says(f"line {n}", at=at(n)) for n in range(600)))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await known(page)
        await page.evaluate(HOLES)
        for _ in range(6):
            await page.evaluate("scrollTo(0, 0)")
            await page.wait_for_timeout(150)
        await expect(page.locator("#e-1")).to_be_attached()
        assert await page.evaluate("window.holes") == []


async def test_a_note_on_any_event_has_room(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(talk.says("When?", at=at(0)), talk.fact("knowledge.missing", question="When?", at=at(1)))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await known(page)
        for width in (1366, 390):
            await page.set_viewport_size({"width": width, "height": 768})
            await press(page, "c")
            box = await page.locator(".event.line textarea").bounding_box()
            assert box is not None and box["width"] > 250
            await press(page, "Escape")
