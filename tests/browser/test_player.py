"""The player, as a reviewer meets it: one page for the live conversation and the replay."""

import re
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.talks import (
    SEQS,
    SHOWN,
    Fact,
    Talk,
    at,
    clock,
    known,
    live,
    pill,
    press,
    shows,
    until,
    until_shown,
)  # fmt: skip
from tests.browser.visits import flaws, unique, visitor
from tests.hubs import RunningHub

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PARTS = """() => [...document.querySelectorAll(".session .part")].map((part) => part.innerText.replace(/\\s+/g, " "))"""


def journey(talk: Talk) -> list[Fact]:
    """A closed conversation of half a minute with something of most kinds; ten events, one after three seconds each."""
    facts = [
        talk.fact("session.started", user={"name": "Ada"}),
        talk.fact("block.entered", block="welcome"),
        talk.says("Worst service ever! I hate it, awful, useless."),
        talk.answers("I am sorry to hear that."),
        talk.fact("data.collected", field="order", value="PN-1"),
        talk.fact("block.exited", block="welcome", outcome="completed"),
        talk.fact("block.entered", block="refund"),
        talk.fact("goal.completed", goal="refund"),
        talk.says("Thank you, that is great!"),
        talk.fact("session.closed", reason="done"),
    ]
    return [{**told, "at": at(3 * n)} for n, told in enumerate(facts)]


async def test_any_moment_shows_what_was_so_then_and_stands_in_the_address(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(*journey(talk))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await known(page)
        await expect(clock(page)).to_have_text("0:27")
        await expect(pill(page)).to_have_text("The end")
        await press(page, "5")
        await until_shown(page, [1, 2, 3, 4, 5])
        await expect(clock(page)).to_have_text("0:13")
        await expect(pill(page)).to_have_text("To the end")
        await expect(page.locator('[data-part="title"]')).to_contain_text("active")
        await expect(page.locator('[data-part="sentiment"]')).to_contain_text("negative")
        await expect(page.locator('[data-part="collected"]')).to_contain_text("PN-1")
        await expect(page.locator('[data-part="journey"]')).to_contain_text("welcome here")
        await expect(page.locator('[data-part="goals"]')).not_to_contain_text("refund")
        await expect(page).to_have_url(re.compile(r"\?t=13\.5$"))
        await expect(page.locator("#e-6")).to_have_css("filter", "grayscale(1)")
        await page.reload()
        await known(page)
        await until_shown(page, [1, 2, 3, 4, 5])
        await press(page, ",")
        await expect(page.locator('[data-part="collected"]')).not_to_contain_text("PN-1")
        await press(page, "Shift+L")
        await until_shown(page, list(range(1, 11)))
        await expect(page.locator('[data-part="title"]')).to_contain_text("closed")
        await expect(page).to_have_url(talk.address)


async def test_every_key_moves_as_it_says(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(*journey(talk))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await known(page)
        for keys, text, last in (
            (["0"], "0:00", 1), (["."], "0:03", 2), (["ArrowRight"], "0:08", 3), (["]"], "0:09", 4), (["]"], "0:12", 5),
            (["]"], "0:18", 7), (["["], "0:12", 5), (["ArrowLeft", "ArrowLeft"], "0:02", 1), (["9"], "0:24", 9),
            ([",", ","], "0:18", 7),
        ):  # fmt: skip
            await press(page, *keys)
            await until_shown(page, list(range(1, last + 1)))
            await expect(clock(page)).to_have_text(text)
        await press(page, "<", ">", ">")
        await expect(page.get_by_label("Speed")).to_have_value("2")
        await press(page, "i")
        await expect(page.get_by_label("Skip idle")).not_to_be_checked()
        await page.reload()
        await known(page)
        await expect(page.get_by_label("Speed")).to_have_value("2")  # kept
        await press(page, "u")
        await expect(page.locator("#e-4 .permalink")).to_have_text("2026-11-20 10:00:09.000 UTC")
        await page.get_by_role("button", name="Times: yours, UTC").click()
        await expect(page.locator("#e-4 .permalink")).to_have_text("0:09")


async def test_it_plays_at_its_own_pace_and_what_is_ahead_is_not_there_yet(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(*journey(talk))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await known(page)
        await page.get_by_label("Speed").select_option("8")
        await page.locator("body").click(position={"x": 2, "y": 2})
        await press(page, "Space")
        await expect(page.locator("#player")).to_have_attribute("data-playing", "")
        await expect(page.locator("#e-10")).to_be_hidden()
        await until_shown(page, [1, 2, 3])
        await press(page, "Space")
        held = await clock(page).inner_text()
        await expect(page.locator("#e-10")).to_be_visible()  # dimmed, to be read
        await expect(clock(page)).to_have_text(held)
        await press(page, "Space")
        await expect(pill(page)).to_have_text("The end")  # it has played to its end
        await until_shown(page, list(range(1, 11)))


async def test_one_scrubs_back_while_it_goes_on_and_returns(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(*(talk.says(f"line {n}", at=at(n)) for n in range(30)))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await live(page)
        await known(page)
        await expect(pill(page)).to_have_text("Live")
        await press(page, "Space")  # held where it is
        await talk.tell(*(talk.answers(f"more {n}", at=at(30 + n)) for n in range(12)))
        await expect(page.locator("#freshness")).to_have_text("Behind, 12 new")
        await expect(pill(page)).to_have_text("To live")
        await expect(page.locator("#unseen")).to_be_hidden()  # one count
        await expect(page.locator('[data-part="title"]')).to_contain_text("30 from the user, 0 from the assistant")
        await until_shown(page, list(range(1, 31)))
        await press(page, "0")
        await until_shown(page, [1])
        await press(page, "l")
        await shows(page, last=42)
        await expect(pill(page)).to_have_text("Live")
        await expect(page.get_by_text("more 11")).to_be_in_viewport()
        await expect(page.locator('[data-part="title"]')).to_contain_text("30 from the user, 12 from the assistant")


async def test_what_is_past_says_of_when_it_is_and_nothing_of_it_says_now(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(*journey(talk))
    async with visitor(browser, hub, timezone_id="UTC") as page:
        await page.goto(talk.address)
        await known(page)
        sign, then = page.locator("#freshness"), page.locator("#as-of")
        await expect(sign).to_have_text("Complete")
        await expect(then).to_be_hidden()
        await press(page, "5")
        await expect(then).to_have_text(re.compile("^as of 20 Nov.* 10:00:13$"))
        await expect(sign).to_have_text("Replaying")
        grey = await page.evaluate("() => getComputedStyle(document.querySelector('.bar-facts .fact')).color")
        await expect(page.locator(".bar-facts .status")).to_have_css("color", grey)
        assert "now" not in await page.locator("#panel").inner_text()
        await press(page, "u")
        await expect(then).to_have_text("as of 2026-11-20 10:00:13.000 UTC")
        await press(page, ".")
        await expect(then).to_have_text("as of 2026-11-20 10:00:15.000 UTC")
        await expect(page.locator('[data-part="facts"] time').first).to_have_text("2026-11-20 10:00:00.000 UTC")
        await press(page, "l")
        await expect(then).to_be_hidden()
        await expect(sign).to_have_text("Complete")


async def test_what_is_new_is_counted_once_however_one_went_away(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(*(talk.says(f"line {n}", at=at(n)) for n in range(60)))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await live(page)
        await known(page)
        sign, unseen = page.locator("#freshness"), page.locator("#unseen")
        await page.mouse.wheel(0, -2000)
        await expect(page.get_by_text("line 59")).not_to_be_in_viewport()
        answer = talk.answers("one", at=at(60))
        await talk.tell(answer, talk.fact("decision", message=answer["id"], at=at(60)), talk.says("two", at=at(61)))
        await expect(unseen).to_contain_text("3 new")
        await press(page, "3")  # the clock goes, too: it is one count, in one place
        await expect(sign).to_have_text("Behind, 3 new")
        await expect(unseen).to_be_hidden()
        await talk.tell(talk.says("three", at=at(62)))
        await expect(sign).to_have_text("Behind, 4 new")
        await press(page, "l")
        await expect(sign).to_have_text("Live")
        await expect(unseen).to_be_hidden()


async def test_it_closes_and_is_a_replay_and_opens_and_is_live(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(talk.says("hello", at=at(0)))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await live(page)
        await talk.tell(talk.fact("session.closed", at=at(9)))
        await expect(pill(page)).to_have_text("The end")
        await expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", re.compile("event 2 of 2$"))
        await press(page, "0", "Space")
        await expect(page.locator("#player")).to_have_attribute("data-playing", "")
        await press(page, "Space", "l")
        await talk.tell(talk.says("one more thing", at=at(12)))
        await expect(pill(page)).to_have_text("Live")
        await live(page)


async def test_the_replay_shows_what_a_watcher_saw(hub: RunningHub, browser: Browser) -> None:
    """Live, after each event; then in the replay, step by step: the same transcript, the same card, all of it."""
    talk = Talk(hub)
    facts = [{**told, "at": at(n)} for n, told in enumerate(journey(talk))]
    async with visitor(browser, hub) as page:
        saw: list[tuple[list[int], Any]] = []
        for n, told in enumerate(facts, start=1):
            await talk.tell(told)
            if n == 1:
                await page.goto(talk.address)
                await live(page)
            await until_shown(page, list(range(1, n + 1)))
            await expect(page.locator("#scrub")).to_have_attribute("aria-valuetext", re.compile(f"event {n} of {n}$"))
            saw.append((await page.evaluate(SHOWN), await page.evaluate(PARTS)))
        await press(page, "0")
        for n, (seqs, parts) in enumerate(saw, start=1):
            await until_shown(page, seqs)
            assert await page.evaluate(PARTS) == parts, n
            await press(page, ".")


async def test_seeking_in_a_long_session_shows_the_part_that_is_asked_for(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(
        *(talk.says("a Needle" if n in (76, 2_778) else f"line {n}", at=at(n)) for n in range(3_000)),
        talk.fact("session.closed", at=at(3_000)),
    )
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await known(page)
        await expect(page.locator("#scrub")).to_have_attribute("aria-valuetext", re.compile("event 3001 of 3001$"))
        for key, last in (("1", 301), ("8", 2_401), ("0", 1), ("5", 1_501)):
            await press(page, key)
            await expect(page.locator(f"#e-{last}")).to_be_in_viewport()
            await expect(page.locator(f"#e-{last + 1}")).to_have_attribute("data-ahead", "")
            seqs = await page.evaluate(SEQS)
            assert seqs == list(range(seqs[0], seqs[-1] + 1))
            assert len(seqs) <= 1_500
        await press(page, "/")
        await page.keyboard.type("needle")
        await expect(page.locator("#find output")).to_have_text("2")
        await press(page, "Enter")
        await expect(page.locator("#e-77")).to_be_in_viewport()
        await press(page, "Shift+Enter")
        await expect(page.locator("#e-2779")).to_be_in_viewport()
        await expect(page.locator("#find output")).to_have_text("2 of 2")
        assert await page.locator('.said [data-kind="found"]').get_attribute("d")
        assert await page.evaluate("() => CSS.highlights.get('found').size") > 0
        await press(page, "Escape")
        await expect(page.locator("#find")).to_be_hidden()


async def test_the_bar_peeks_filters_and_is_clicked(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(*journey(talk))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await known(page)
        await expect(page.locator('.signs [data-kind="goal_completed"]')).to_have_count(1)
        await expect(page.locator('.signs [data-kind="turn"]')).to_have_count(1)
        box = await page.locator("#bar .signs").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] * 21 / 27, box["y"] + 18
        await page.mouse.move(x, y)
        await expect(page.locator(".peek")).to_contain_text("Goal refund completed 0:21")
        await page.mouse.click(x, y)
        await until_shown(page, list(range(1, 9)))
        await page.get_by_text("Marks", exact=True).click()
        await page.get_by_label("Goals completed").uncheck()
        await expect(page.locator('.signs [data-kind="goal_completed"]')).to_have_count(0)
        await page.reload()
        await known(page)
        await expect(page.locator('.signs [data-kind="turn"]')).to_have_count(1)
        await expect(page.locator('.signs [data-kind="goal_completed"]')).to_have_count(0)  # kept


async def test_a_part_is_played_again_and_again(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(*journey(talk))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await known(page)
        await page.get_by_label("Speed").select_option("16")
        await page.locator("body").click(position={"x": 2, "y": 2})
        await press(page, "0", ".", "r", ".", ".", "r")  # from 0:03 to 0:09
        await expect(page.locator("#bar .loop")).to_be_visible()
        seen: set[str] = set()

        async def came_round() -> bool:
            seen.add(await clock(page).inner_text())
            return {"0:08", "0:03"} <= seen and "0:10" not in seen

        await until(came_round, what="round and round")
        await press(page, "r")
        await expect(pill(page)).to_have_text("The end")  # out of it, to the end
        await expect(page.locator("#bar .loop")).to_be_hidden()


async def test_notes_at_a_moment_reach_every_watcher_and_the_bar(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(*journey(talk))
    async with visitor(browser, hub) as page, visitor(browser, hub) as other:
        for each in (page, other):
            await each.goto(talk.address)
            await known(each)
        await press(page, "5", "c")
        await page.keyboard.type("why so rude?")
        await page.locator(".act-form.inline").get_by_role("button", name="Save the note").click()
        await expect(other.locator("#e-11")).to_contain_text("why so rude?")
        await expect(other.locator('.signs [data-kind="note"]')).to_have_count(1)
        await expect(other.locator(".controls .total")).to_have_text("0:27")  # days later, and no second longer
        await other.locator("#e-11").get_by_role("link", name="about this event").click()
        await expect(other.locator("#e-5")).to_be_focused()


async def test_a_note_here_is_about_the_moment_and_says_so(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    told = journey(talk)
    why = talk.fact("decision", message=told[3]["id"], rationale="be kind")
    await talk.tell(*told[:4], {**why, "at": at(10)}, *told[4:])
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await known(page)
        about = page.locator(".act-form.inline .about")
        await page.locator("#e-4 .under summary").click()  # the focus is on a message that is then far ahead
        await press(page, "0", ".", ".", "c")
        await expect(page.locator("#e-3 .act-form.inline")).to_be_visible()
        said = "Worst service ever! I hate it, awful, useless."
        await expect(about).to_have_text(re.compile(f"^the user's message at .*10:00:06: “{said}”$"))
        await press(page, "Escape", "0", ".", "c")
        await expect(page.locator("#e-2 .act-form.inline")).to_be_visible()
        await expect(about).to_have_text(re.compile("^what happened at .*10:00:03: “Block entered welcome”$"))
        await press(page, "Escape", "5", "k", "c")  # who goes to a message means that one
        message = await page.evaluate("() => document.querySelector('.act-form.inline').closest('.event').id")
        await expect(page.locator(f"#{message}")).to_have_attribute("data-type", "message")
        await expect(about).to_contain_text("message at")


async def test_n_and_p_go_through_the_list_it_was_opened_from(hub: RunningHub, browser: Browser) -> None:
    kind = unique("kind")
    talks = [Talk(hub) for _ in range(3)]
    for n, talk in enumerate(talks):
        await talk.tell(talk.fact("session.started", kind=kind, user={"name": f"Number {n}"}, at=at(n)))
    async with visitor(browser, hub) as page:
        await page.goto(f"{hub.url}/sessions?kind={kind}&sort=started")
        await page.get_by_role("link", name="Number 1").click()
        await expect(page.locator("h1")).to_have_text("Number 1")
        await known(page)
        await press(page, "n")
        await expect(page.locator("h1")).to_have_text("Number 0")
        await known(page)
        await press(page, "n")
        await expect(page.locator(".player .told")).to_have_text("This is the last one of the list.")
        await press(page, "p")
        await expect(page.locator("h1")).to_have_text("Number 1")
        await page.get_by_role("link", name="Sessions", exact=True).last.click()
        await page.wait_for_url(f"**/sessions?*kind={kind}*")


async def test_the_link_to_here_is_copied(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(*journey(talk))
    async with visitor(browser, hub, permissions=["clipboard-read", "clipboard-write"]) as page:
        await page.goto(talk.address)
        await known(page)
        await press(page, "5")
        await expect(page).to_have_url(re.compile("t=13.5"))
        await press(page, "y")
        await expect(page.locator(".player .told")).to_have_text("Link to this moment copied.")
        assert await page.evaluate("() => navigator.clipboard.readText()") == f"{talk.address}?t=13.5"
        await page.focus("#e-4")
        await press(page, "y")
        await expect(page.locator(".player .told")).to_have_text("Link to this message copied.")
        copied = await page.evaluate("() => navigator.clipboard.readText()")
        await page.goto(copied)
        await expect(page.locator("#e-4")).to_have_class(re.compile("target"))


async def test_odd_times_break_nothing(hub: RunningHub, browser: Browser) -> None:
    """Back in time, all at one time, twenty years of silence, a decision for a message that never came, a long text."""
    talk, flat = Talk(hub), Talk(hub)
    times = ("2001-01-01T00:00:00Z", "2021-01-01T00:00:00Z", "2020-12-31T00:00:00Z", "2021-01-01T00:00:05Z")
    await talk.tell(
        *(talk.says(f"at {time}", at=time) for time in times),
        talk.fact("decision", message="never came", rationale="who knows", at="2021-01-01T00:00:06Z"),
        talk.answers("long " * 6_000, at="2021-01-01T00:00:07Z"),
        talk.fact("session.closed", at="2021-01-01T00:00:08Z"),
    )
    await flat.tell(*(flat.says(f"line {n}", at=at(0)) for n in range(4)), flat.fact("session.closed", at=at(0)))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await known(page)
        await expect(page.locator(".controls .total")).to_have_text("20 y")
        await press(page, "0")
        await until_shown(page, [1])
        for last in range(2, 7):
            await press(page, ".")
            await until_shown(page, list(range(1, last + 1)))
        await expect(page.locator("#e-5")).to_contain_text("Decision")
        await page.get_by_label("Speed").select_option("16")
        await page.locator("body").click(position={"x": 2, "y": 2})
        await press(page, "0", "Space")
        await expect(pill(page)).to_have_text("The end")  # twenty years in some seconds
        await page.goto(flat.address)
        await known(page)
        await press(page, "0")
        for last in range(1, 5):
            await until_shown(page, list(range(1, last + 1)))
            await press(page, ".")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everybody_can_use_the_player(hub: RunningHub, browser: Browser, scheme: Any) -> None:
    talk = Talk(hub)
    await talk.tell(*journey(talk))
    async with visitor(browser, hub, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce") as page:
        await page.goto(talk.address)
        await known(page)
        assert await flaws(page) == []
        await press(page, "5", "/")
        await page.get_by_text("Marks", exact=True).click()
        await until_shown(page, [1, 2, 3, 4, 5])
        assert await flaws(page) == []
        await page.set_viewport_size({"width": 320, "height": 640})
        assert await page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        assert await flaws(page) == []


async def test_the_keyboard_alone_moves_the_slider(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(*journey(talk))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await known(page)
        await page.get_by_role("slider", name="Moment").focus()
        await press(page, "Home")
        await until_shown(page, [1])
        await press(page, "ArrowRight", "ArrowRight")
        await expect(clock(page)).to_have_text("0:10")
        await expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", "0:10 of 0:27, event 4 of 10")


@pytest.mark.parametrize("width", [320, 390])
async def test_on_a_phone_the_player_is_two_rows_and_the_rest_a_menu(
    hub: RunningHub, browser: Browser, width: int
) -> None:
    talk = Talk(hub)
    told = journey(talk)
    name = {"user": {"name": "ivan.petrov@example.com"}}
    await talk.tell(told[0] | name, *told[1:])
    async with visitor(browser, hub, viewport={"width": width, "height": 640}) as page:
        await page.goto(talk.address)
        await known(page)
        await press(page, "5")
        await expect(page.locator("#as-of")).to_be_visible()
        height = "() => document.querySelector('#player').getBoundingClientRect().height / innerHeight"
        assert await page.evaluate(height) < 0.17
        name_box = await page.locator("h1").evaluate("(h1) => [h1.scrollWidth, h1.clientWidth]")
        assert name_box[0] <= name_box[1]  # whole
        assert await page.evaluate("() => document.querySelector('.session-bar').getBoundingClientRect().height") < 90
        assert await page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        await expect(page.get_by_label("Speed")).to_be_hidden()
        await page.locator(".rest > summary").click()
        await expect(page.get_by_label("Speed")).to_be_in_viewport(ratio=1)
        for words in ("Loop a part", "Copy the link to here", "Keys"):
            await expect(page.locator(".ways").get_by_text(words, exact=True)).to_be_in_viewport(ratio=1)
        await page.get_by_text("Marks", exact=True).click()
        await expect(page.get_by_label("Reviews")).to_be_visible()
        await page.locator('[data-wish="loop"]').click()
        await expect(page.get_by_label("Speed")).to_be_hidden()  # what was wished is done


async def test_the_player_says_what_its_signs_are_and_where_the_keys_are_told(
    hub: RunningHub, browser: Browser
) -> None:
    talk = Talk(hub)
    await talk.tell(*journey(talk))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await known(page)
        for words in ("Loop", "Times", "Keys"):
            await expect(page.locator(".ways").get_by_text(words, exact=True)).to_be_visible()
        await expect(page.locator(".controls .clock")).to_contain_text("timeline 0:27 / 0:27")
        await expect(page.locator(".bar-facts")).to_contain_text("duration 27 s")  # another thing, by another name
        await page.get_by_role("button", name="Keys").click()
        await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
