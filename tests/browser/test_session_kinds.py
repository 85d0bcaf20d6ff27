"""The page of one session: every kind of event, without scripts, with hostile texts, for everybody."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from live import events
from live.pages import formats
from tests.browser.talks import OPEN, SEQS, Talk, every_kind, known, live, shows, until
from tests.browser.visits import flaws, visitor
from tests.hubs import RunningHub, StartHub

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

OWN = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "javascript:alert(1)",
    "{{7*7}}",
    "' OR 1=1 --", "\u200b\u200d\ufeff", "\u2067rtl\u2069", "W" * 500, "a\nb\nc", "&lt;b&gt;", "</template></details>",
]  # fmt: skip
HOSTILE = Path(__file__).parents[3] / "shared" / "data" / "hostile" / "strings" / "blns.json"


@pytest.fixture
async def idle_hub(start_hub: StartHub, database_name: str) -> RunningHub:
    """A hub whose sessions fall silent, and whose users wait, within a second."""
    return start_hub(database_name, LIVE_INACTIVE_AFTER="1s", LIVE_WAITING_AFTER="1s")


async def told_whole(talk: Talk) -> int:
    """Every kind of event, those of the hub and of reviewers too; the last seq."""
    asked = (await talk.tell(*every_kind(talk)))[2]
    await talk.act("tags", {"add": ["training"]})
    await talk.act("notes", {"text": "use in training", "seq": asked})
    await talk.act("notes", {"text": "of the whole"})
    await talk.act("sentiment", {"seq": asked, "label": "neutral"})
    await talk.act("review", {})

    async def has(*kinds: str) -> bool:
        return set(kinds) <= {event["type"] for event in (await talk.events())[asked:]}

    await until(lambda: has("session.idle", "session.waiting"), what="silence, and a user who waits")
    await talk.tell(talk.answers("Here I am again."))
    await until(lambda: has("session.resumed"), what="that the session goes on")
    return len(await talk.events())


async def test_the_browser_paints_every_kind_of_event_exactly_as_the_server_does(
    idle_hub: RunningHub, browser: Browser
) -> None:
    talk = Talk(idle_hub)
    await talk.tell(talk.says("hello"))
    async with visitor(browser, idle_hub) as watching, visitor(browser, idle_hub) as coming:
        await watching.goto(talk.address)
        await live(watching)
        last = await told_whole(talk)
        await shows(watching, last=last)
        await coming.goto(talk.address)
        await live(coming)
        painted = """(last) => [...document.querySelectorAll("#transcript > .event")]
          .filter((event) => Number(event.dataset.seq) <= last).map((event) => event.outerHTML)"""
        by_browser, by_server = await watching.evaluate(painted, last), await coming.evaluate(painted, last)
        kinds = await coming.evaluate(
            "() => [...document.querySelectorAll('#transcript .event')].map((e) => e.dataset.type)"
        )
        parts = (
            "() => [...document.querySelectorAll('.panel .part')].map((part) => part.textContent.replace(/\\s+/g, ' '))"
        )
        panel_of_browser, panel_of_server = await watching.evaluate(parts), await coming.evaluate(parts)
    assert set(kinds) == events.CHANNEL_TYPES | events.HUB_TYPES
    assert by_browser == by_server
    assert panel_of_browser == panel_of_server


async def test_a_decision_stands_beneath_its_message_and_opens_to_all_that_it_holds(
    hub: RunningHub, browser: Browser
) -> None:
    talk = Talk(hub)
    await talk.tell(*every_kind(talk))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        decision = page.locator("#e-4 > .under > #e-5")
        await expect(decision.locator("summary")).to_contain_text(
            "1 of 2 sources used 1 of 2 conditions met 2 tools 1 failed"
        )
        await expect(decision.locator(".why")).to_be_hidden()
        await page.locator("#e-4").focus()
        await page.keyboard.press("e")
        why = decision.locator(".why")
        for part in (
            "looked up first", "Orders", "0.91", "not used", "order known", "PN-1", "look up", "not met", "find_order",
            "310 ms", "the carrier answered 504", "large", "812", "6.1 s", "prompt",
        ):  # fmt: skip
            await expect(why).to_contain_text(part)
        await expect(page.locator("#transcript > #e-6")).to_be_visible()  # its message is nowhere: it stands alone


async def test_a_user_message_says_how_it_sounds_and_never_calls_the_unscored_neutral(
    hub: RunningHub, browser: Browser
) -> None:
    talk = Talk(hub)
    await talk.tell(*every_kind(talk))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await expect(page.locator("#e-3 .feelings")).to_contain_text("negative")
        await expect(page.locator("#e-3 .feelings")).to_contain_text("“furious”")
        await expect(page.locator("#e-19 .feelings")).to_have_text("not scored")
        await expect(page.locator("#e-20 .feelings")).to_contain_text("positive +0.80 said by the channel")
        await expect(page.locator("#e-3").get_by_role("link", name="receipt.pdf")).to_have_attribute(
            "href", "https://files.example.org/r.pdf"
        )
        await expect(page.locator("#e-3 .attachments a")).to_have_count(1)  # the other one is no link


# without scripts, with hostile texts, for everybody ------------------------------------------------------------------


async def test_without_scripts_the_page_is_the_whole_transcript(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(*every_kind(talk), *(talk.says(f"line {n}") for n in range(300)))
    async with visitor(browser, hub, java_script_enabled=False) as page:
        await page.goto(talk.address)
        await expect(page.get_by_text("line 299", exact=True)).to_be_visible()
        await expect(page.locator('[data-part="facts"]')).to_contain_text("ada@example.org")
        await expect(page.locator('[data-part="collected"]')).to_contain_text("PN-1")  # said long before the first page
        for part in (".act-form", ".acts", "#freshness", "#player"):
            await expect(page.locator(f"{part}:visible")).to_have_count(0)
        told = await page.locator("#transcript .event").evaluate_all("(all) => all.map((e) => Number(e.dataset.seq))")
        assert sorted(told) == [event["seq"] for event in await talk.events()]
        await page.locator("#e-4 summary").click()
        await expect(page.locator("#e-5 .why")).to_be_visible()
        await page.goto(f"{talk.address}?message=e-100")
        await expect(page.locator("#e-100")).to_be_in_viewport()


@pytest.mark.parametrize("source", ["our own", pytest.param("collected", marks=pytest.mark.data)])
async def test_hostile_texts_are_shown_as_they_are_and_keep_to_the_page(
    hub: RunningHub, browser: Browser, source: str
) -> None:
    talk = Talk(hub)
    collected = json.loads(HOSTILE.read_text("utf-8")) if source == "collected" else OWN
    texts = [text for text in collected if text.strip()] + ["A" * 9_000, "e" + "\u0301" * 900, "\u202e abc"]
    facts = []
    for text in texts:
        name = text[:200]
        facts += [
            talk.says(text, attachments=[{"name": name, "url": name}]),
            talk.fact(
                "decision",
                message=f"e-{talk.count}",
                rationale=text,
                tools=[{"name": name, "result": text, "error": name}],
                knowledge=[{"id": name, "used": True, "excerpt": text}],
                conditions=[{"name": name, "met": False, "values": {name: text}}],
            ),
            talk.fact("goal.completed", goal=name, value=text),
            talk.fact("data.collected", field=name, value={name: text}),
        ]
    await talk.tell(*facts[:-40])
    async with visitor(browser, hub, viewport={"width": 390, "height": 844}) as page:
        await page.goto(talk.address)
        await live(page)
        await talk.tell(*facts[-40:])  # the last ones by the browser's own hand

        async def painted() -> bool:
            return len(facts) in await page.evaluate(SEQS)

        await until(painted, what="the last hostile text on the page")
        await page.evaluate(OPEN)
        assert await page.evaluate("() => document.scrollingElement.scrollWidth - innerWidth") <= 0
        assert (
            await page.locator(
                "#transcript script, #transcript img, #transcript iframe, .panel script, .panel img"
            ).count()
            == 0
        )
        shown = await page.locator(f"#e-{len(facts) - 3} > .text").text_content()
        assert shown == texts[-1]


@pytest.mark.parametrize(
    ("scheme", "width", "height"), [("light", 1366, 768), ("dark", 1366, 768), ("light", 390, 844), ("dark", 390, 844)]
)
async def test_everybody_can_use_it(hub: RunningHub, browser: Browser, scheme: str, width: int, height: int) -> None:
    talk, size = Talk(hub), {"width": width, "height": height}
    await talk.tell(*every_kind(talk))
    await talk.act("notes", {"text": "use in training", "seq": 3})
    async with visitor(browser, hub, complaints=False, color_scheme=scheme, viewport=size) as page:  # axe styles inline
        await page.goto(talk.address)
        await live(page)
        await page.evaluate(OPEN)
        await page.locator("#e-3").hover()
        await page.locator("#e-3").get_by_role("button", name="Correct sentiment").click()
        assert await flaws(page) == []


async def test_the_server_and_the_browser_write_values_alike(hub: RunningHub, browser: Browser) -> None:
    numbers = [
        0,
        0.5,
        1,
        12.345,
        0.125,
        999.4,
        999.5,
        1_000,
        9_949,
        9_950,
        59_499,
        59_500,
        60_000,
        3_599_500,
        90_061_000,
    ]
    values = [
        None,
        True,
        "a text",
        7,
        -1.5,
        2.0,
        1e20,
        [],
        {},
        [1, [2, {"é": None}]],
        {"k": "x" * 100, "n": [1.25, False]},
    ]
    scores = [-1, -0.425, -0.005, 0, 0.125, 0.5, 1]
    asked: dict[str, list[Any]] = {
        "span": numbers,
        "number": [*numbers, -3.14159, 1e15, 1e300],
        "size": [0, 999, 1_000, 1_049, 1_050, 182_333, 5_000_000, 7_300_000_000],
        "signed": scores,
        "bar": [*scores, 12.5],
        "spark": [[], [0.1], scores],
        "reached": [[], [0.1], scores],
        "literal": values,
        "value": values[1:],
        "pairs": values[1:],
        "reach": ["short", "x" * 3_000, "line\n" * 40, "👍" * 2_000, values],
        "link": ["https://a.example/b", "HTTP://A.EXAMPLE", "javascript:alert(1)", "//a.example", "", "https://"],
        "ident": ["m-1", "a/b?c#d%20&é👍!*'()~"],
        "why": ["asks_human", "turned_negative", "something_new"],
        "urgent": [[], [{"why": "waiting"}], [{"why": "asks_human"}, {"why": "waiting"}, {"why": "odd_one"}]],
        "quoted": [[], ["one"], ["one", "“two”"]],
        "named": ["no_source"],
        "utc": ["2026-11-22T10:00:00.123Z"],
    }  # fmt: skip
    talk = Talk(hub)
    await talk.tell(talk.says("hello"))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        module = (await page.locator('script[type="module"]').get_attribute("src") or "").replace(
            "main.js", "formats.js"
        )
        by_browser = await page.evaluate(
            """async ([address, asked]) => {
              const formats = await import(address);
              const all = (name, values) => values.map((value) => formats[name](value) ?? null);
              return Object.fromEntries(Object.entries(asked).map(([name, values]) => [name, all(name, values)]));
            }""",
            [module, asked],
        )
    by_server = {name: [getattr(formats, name)(value) for value in values] for name, values in asked.items()}
    assert by_browser == by_server


async def test_a_decision_for_a_message_that_never_came_says_so(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(talk.fact("decision", message="m-lost", rationale="who knows"))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await known(page)
        orphan = page.locator("#e-1 .orphan")
        await expect(orphan).to_be_visible()
        await expect(orphan).to_have_text("for the message m-lost, which is not here (yet)")
        await talk.tell({**talk.answers("late"), "id": "m-lost"})
        await expect(page.locator("#e-2 .under #e-1")).to_be_visible()
        await expect(orphan).to_be_hidden()


async def test_what_cannot_be_opened_does_not_look_like_a_link(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    names = {"safe": "https://files.example.org/r.pdf", "script": "javascript:alert(1)", "bare": None}
    attachments = [{"name": name, **({"url": url} if url else {})} for name, url in names.items()]
    await talk.tell(talk.fact("session.started", lead="id-7"), talk.says("look", attachments=attachments))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await known(page)
        items = page.locator("#e-2 .attachments li")
        await expect(items).to_have_text(["safe", "script no safe link", "bare no link"])
        await expect(items.locator("a")).to_have_text(["safe"])
        looked = ["#e-2 .attachments a", "#e-2 li bdi", '#e-1 [target="_blank"]', "#e-1 dd"]
        painted = "(all) => all.map((one) => getComputedStyle(document.querySelector(one)).color)"
        colours = await page.evaluate(painted, looked)
        assert colours[0] != colours[1]
        assert colours[2] == colours[3]  # a lead that is an id


async def test_a_very_long_name_is_three_lines_until_it_is_opened(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(talk.fact("session.started", user={"name": "N" * 500}))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await live(page)
        folded = page.locator('[data-part="facts"] .lengthy summary')
        line = "(node) => node.getBoundingClientRect().height / parseFloat(getComputedStyle(node).lineHeight)"
        assert await folded.evaluate(line) < 3.5
        await folded.click()
        assert await folded.evaluate(line) > 8
        await talk.tell(talk.says("on it goes"))
        await expect(page.locator('[data-part="facts"]')).to_contain_text("user 1")
        assert await folded.evaluate(line) > 8  # it stays open


async def test_a_neutral_message_says_so_only_when_one_is_at_it(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(
        talk.says("The parcel is on the table."),
        talk.says("This is terrible, I am furious!"),
        talk.says("The door is blue."),
    )
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await live(page)
        calm = page.locator("#e-1 .calm")
        await expect(calm).to_contain_text("neutral")
        await expect(calm).to_have_css("opacity", "0")
        await expect(page.locator("#e-1 .feelings")).to_have_count(0)
        await expect(page.locator("#e-2 .feelings")).to_contain_text("negative")
        await page.locator("#e-1").focus()
        await expect(calm).to_have_css("opacity", "1")
        await expect(page.locator("#e-3 .calm")).to_have_css("opacity", "0")
        await talk.act("sentiment", {"seq": 3, "label": "negative"})
        await expect(page.locator("#e-3 .calm")).to_have_css("opacity", "1")  # what it was corrected from


async def test_a_clock_that_is_off_is_said_at_the_message_with_both_times(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(
        talk.says("from the future", at="2086-11-25T21:08:02Z"), talk.says("now"),
        talk.says("from long ago", at="2006-11-25T21:08:02Z"), talk.answers("as old", at="2006-11-25T21:08:09Z"),
    )  # fmt: skip
    for scripts in (True, False):
        async with visitor(browser, hub, java_script_enabled=scripts, timezone_id="UTC") as page:
            await page.goto(talk.address)
            for seq, day in ((1, "25 Nov 2086, 21:08:02"), (3, "25 Nov 2006, 21:08:02")):
                skew = page.locator(f"#e-{seq} .skew")
                await expect(skew).to_be_visible()
                await expect(skew).to_contain_text(f"the source's clock: {day}")
                await expect(skew).to_contain_text("received")
            await expect(page.locator("#e-2 .skew")).to_have_count(0)
            await expect(page.locator("#e-4 .skew")).to_be_hidden()  # as the one before it
            await page.locator("#e-4").hover()
            await expect(page.locator("#e-4 .skew")).to_be_visible()


async def test_the_first_message_has_its_day_where_that_is_not_plain(hub: RunningHub, browser: Browser) -> None:
    talk, today = Talk(hub), Talk(hub)
    await talk.tell(talk.says("now"), talk.says("then", at="2006-11-25T21:08:02Z"))
    await today.tell(today.says("hello"))
    async with visitor(browser, hub) as page:
        await page.goto(today.address)
        await live(page)
        await expect(page.locator("#e-1")).not_to_have_attribute("data-day", re.compile("."))
        await page.goto(talk.address)
        await live(page)
        await expect(page.locator("#e-1")).to_have_attribute("data-day", re.compile("20[0-9]{2}$"))
        await expect(page.locator("#e-2")).to_have_attribute("data-day", re.compile("2006$"))
