"""The page of one session: opening it, following it, going to one message."""

import asyncio
import random
import re
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Browser, WebSocketRoute, expect

from tests.browser.talks import SEQS, Talk, known, live, shows, until
from tests.browser.visits import visitor
from tests.hubs import RunningHub

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

ERASED = """async (session) => (await fetch(`/api/v1/sessions/${encodeURIComponent(session)}`, {
  method: "DELETE", headers: { "X-CSRF-Token": document.querySelector('meta[name="csrf"]').content },
})).status"""


# opening, following --------------------------------------------------------------------------------------------------


async def test_who_opens_in_the_middle_of_a_busy_session_misses_nothing_and_sees_nothing_twice(
    hub: RunningHub, browser: Browser
) -> None:
    talk = Talk(hub)
    await talk.tell(*(talk.says(f"before {n}") for n in range(40)))

    async def goes_on() -> None:
        for n in range(60):
            await talk.tell(talk.says(f"meanwhile {n}"), talk.answers(f"aha {n}"))

    async with visitor(browser, hub) as page, asyncio.TaskGroup() as group:
        group.create_task(goes_on())
        await page.goto(talk.address)
        await shows(page, last=160)
        await live(page)


async def test_the_tail_grows_and_the_card_follows_while_the_reader_stays_at_the_end(
    hub: RunningHub, browser: Browser
) -> None:
    talk = Talk(hub)
    await talk.tell(*(talk.says(f"line {n}") for n in range(30)))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await live(page)
        await talk.tell(
            talk.fact("session.updated", user={"name": "Grace Hopper"}), talk.fact("block.entered", block="pricing"),
            talk.fact("data.collected", field="budget", value=900), talk.fact("goal.completed", goal="demo"),
            *(talk.answers(f"more {n}") for n in range(20)),
        )  # fmt: skip
        await shows(page, last=54)
        await expect(page.locator("h1")).to_have_text("Grace Hopper")
        await expect(page.locator('[data-part="journey"]')).to_contain_text("pricing here")
        await expect(page.locator('[data-part="collected"]')).to_contain_text("900")
        await expect(page.locator('[data-part="goals"]')).to_contain_text("demo completed")
        await expect(page.get_by_text("more 19")).to_be_in_viewport()
        await expect(page.locator("#unseen")).to_be_hidden()


async def test_what_comes_in_between_press_and_release_does_not_take_the_link_from_under_the_pointer(
    hub: RunningHub, browser: Browser
) -> None:
    talk = Talk(hub)
    await talk.tell(*(talk.says(f"line {n}") for n in range(30)))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await live(page)
        link = page.locator("#e-30 .permalink")
        await link.hover()
        await page.mouse.down()
        await talk.tell(*(talk.answers(f"more {n}") for n in range(20)), talk.fact("goal.completed", goal="demo"))
        await expect(page.locator('[data-part="goals"]')).to_contain_text("demo completed")  # the events have come
        await page.evaluate("() => new Promise((done) => setTimeout(done, 300))")
        await expect(page.locator("#e-31")).to_have_count(0)
        await page.mouse.up()
        await expect(page.locator("#e-30")).to_be_focused()
        await shows(page, last=51)


async def test_a_press_that_is_never_released_does_not_hold_the_transcript_up_for_ever(
    hub: RunningHub, browser: Browser
) -> None:
    talk = Talk(hub)
    await talk.tell(talk.says("hello"))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await live(page)
        await page.mouse.move(400, 300)
        await page.mouse.down()
        await talk.tell(talk.answers("good morning"))
        await shows(page, last=2)


async def test_who_reads_further_up_is_not_moved_but_told_how_many_are_new(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(*(talk.says(f"line {n}") for n in range(60)))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await live(page)
        await page.mouse.wheel(0, -2000)
        await expect(page.get_by_text("line 59")).not_to_be_in_viewport()
        before = await page.evaluate("() => scrollY")
        await talk.tell(*(talk.answers(f"new {n}") for n in range(12)))
        await expect(page.locator("#unseen")).to_contain_text("12 new")
        assert await page.evaluate("() => scrollY") == before
        await page.keyboard.press("Shift+L")
        await expect(page.get_by_text("new 11")).to_be_in_viewport()
        await expect(page.locator("#unseen")).to_be_hidden()


async def test_a_lost_socket_is_said_in_words_and_what_was_missed_is_made_up(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(talk.says("hello"))
    sockets: list[WebSocketRoute] = []
    cut = False

    async def between(socket: WebSocketRoute) -> None:
        if cut:
            await socket.close(code=4000)
            return
        sockets.append(socket)
        socket.connect_to_server()

    async with visitor(browser, hub) as page:
        await page.route_web_socket("**/api/v1/live", between)
        await page.goto(talk.address)
        await live(page)
        cut = True
        await sockets[-1].close(code=4000)
        await expect(page.locator("#freshness")).to_contain_text("Not live since")
        await talk.tell(*(talk.says(f"unheard {n}") for n in range(30)))
        await expect(page.locator("#freshness")).to_have_attribute("data-state", "stale")
        assert await page.evaluate(SEQS) == [1]
        cut = False
        await live(page)
        await shows(page, last=31)


async def test_the_order_holds_whatever_is_lost_or_comes_twice(hub: RunningHub, browser: Browser) -> None:
    """The thinking part alone: frames lost, repeated, cut anew; asking again always ends with every event once."""
    talk = Talk(hub)
    await talk.tell(talk.says("hello"))
    dice = random.Random(7)
    rounds: list[dict[str, Any]] = []
    for _ in range(40):
        head = dice.randint(1, 60)
        first = dice.randint(1, head)
        starts = [dice.randint(0, head) for _ in range(30)]
        rounds.append(
            {"head": head, "first": first, "frames": [[start, start + dice.randint(1, 20)] for start in starts]}
        )
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        module = (await page.locator('script[type="module"]').get_attribute("src") or "").replace("main.js", "model.js")
        found = await page.evaluate(
            """async ([address, rounds]) => {
              const { Transcript } = await import(address);
              return rounds.map(({ head, first, frames }) => {
                const event = (seq) => ({ seq, id: `m-${seq}`, type: "message" });
                const count = (from, to) => ({ length: Math.max(0, to - from) });
                const some = (from, to) => Array.from(count(from, to), (_, n) => event(from + n + 1));
                const model = new Transcript({ first, last: first, head: first, stubs: [event(first)] });
                const added = [first];
                for (const [from, to] of [...frames, [0, head]]) {
                  const { changes, hole } = model.take(some(from, Math.min(to, head)), { head, following: true });
                  added.push(...changes.map((change) => change.event.seq));
                  if (!hole) continue;
                  const again = model.take(some(model.after, head), { head, following: true });
                  added.push(...again.changes.map((change) => change.event.seq));
                }
                return added;
              });
            }""",
            [module, rounds],
        )
    assert found == [list(range(turn["first"], turn["head"] + 1)) for turn in rounds]


async def test_a_very_long_session_stays_bounded_and_whole_at_the_edges(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(*(talk.says(f"line {n}") for n in range(300)))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await live(page)
        await talk.tell(*(talk.answers(f"flood {n}") for n in range(1500)))

        async def bounded() -> bool:
            seqs = await page.evaluate(SEQS)
            above = f"Earlier events ({seqs[0] - 1})"
            return (
                len(seqs) <= 1500 and seqs == list(range(seqs[0], 1801)) and above == await page.inner_text("#earlier")
            )

        await until(bounded, what="the newest 1,500 events at most, and the way to those before")


# one message ---------------------------------------------------------------------------------------------------------


async def test_a_link_to_a_message_far_above_opens_there_with_what_surrounds_it(
    hub: RunningHub, browser: Browser
) -> None:
    talk = Talk(hub)
    await talk.tell(*(talk.says(f"line {n}") for n in range(1, 701)))
    async with visitor(browser, hub) as page:
        await page.goto(f"{talk.address}?message=e-150")
        target = page.locator("#e-150")
        await expect(target).to_be_in_viewport()
        await expect(target).to_be_focused()
        await expect(target).to_have_class("event message target")
        await expect(page.get_by_text("line 149", exact=True)).to_be_in_viewport()
        await expect(page.get_by_text("line 151", exact=True)).to_be_in_viewport()
        await expect(page.locator("#freshness")).to_have_attribute("data-state", "behind")
        shown = await page.evaluate(SEQS)
        assert shown == list(range(shown[0], shown[0] + 100)) and 150 in shown

        async def read_on(key: str, seq: int) -> bool:
            await page.keyboard.press(key)
            return seq in await page.evaluate(SEQS)

        await until(lambda: read_on("Home", 1), what="what is further up, for who scrolls there")
        await until(lambda: read_on("End", 700), what="what is further down")
        await shows(page, first=1, last=700)
        await live(page)
        await talk.tell(talk.answers("at last"))
        await shows(page, first=1, last=701)


async def test_a_link_within_the_page_goes_there_and_stands_in_the_address(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    asked = talk.says("first")
    await talk.tell(
        asked, *(talk.says(f"line {n}") for n in range(40)), talk.answers("to the first", reply_to=asked["id"])
    )
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await live(page)
        await page.get_by_role("link", name="in reply to").click()
        await expect(page.locator("#e-1")).to_be_in_viewport()
        await expect(page).to_have_url(f"{talk.address}?message=e-1")


async def test_the_moment_one_came_from_does_not_take_the_place_of_a_link_that_one_follows_at_once(
    hub: RunningHub, browser: Browser
) -> None:
    talk = Talk(hub)
    asked = talk.says("first")
    await talk.tell(asked, talk.says("second"), talk.answers("to the first", reply_to=asked["id"]))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await live(page)
        await known(page)
        await page.keyboard.press(",")  # a step back: soon its moment stands in the address
        await expect(page).to_have_url(re.compile(r"[?]t="))
        await page.evaluate(
            """() => {
                for (const key of [".", ","]) dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
                document.querySelector("[data-to-message]").click();
            }"""
        )
        await expect(page).to_have_url(f"{talk.address}?message=e-1")
        await page.wait_for_timeout(1_000)  # by then a moment would have come
        assert page.url == f"{talk.address}?message=e-1"


async def test_an_unknown_session_message_or_event_is_a_page_that_says_so(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(talk.says("hello"))
    async with visitor(browser, hub, complaints=False) as page:
        answer = await page.goto(f"{hub.url}/sessions/web:nobody")
        assert answer is not None and answer.status == 404
        await expect(page.get_by_role("main")).to_contain_text("there is no")
        for query, words in (("message=none", "The message none of this link is not in"), ("seq=99", "no event 99")):
            await page.goto(f"{talk.address}?{query}")
            await expect(page.get_by_role("main")).to_contain_text(words)
            await expect(page.locator("#e-1")).to_be_visible()  # the rest is there
        for query in ("before=soon", "seq=0", "t=-1", "t=1e9", "t=soon"):
            answer = await page.goto(f"{talk.address}?{query}")
            assert answer is not None and answer.status == 400, query


async def test_an_id_may_hold_anything_that_prints(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub, own=f"a/b?c#d%20&é{uuid4().hex[:6]}")
    odd = {"type": "message", "session": talk.own, "id": "m/1?&#", "role": "user", "text": "odd"}
    await talk.tell(odd, talk.answers("hm", reply_to="m/1?&#"))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await live(page)
        await page.get_by_role("link", name="in reply to").click()
        await expect(page.locator("#e-1")).to_be_focused()
        await page.reload()
        await expect(page.locator("#e-1")).to_be_focused()


async def test_of_a_session_that_was_erased_nothing_stays_on_an_open_page(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(
        talk.fact("session.started", user={"name": "Ada Lovelace"}, tags=["vip"]),
        *(talk.says(f"a secret, {n}") for n in range(30)),
        talk.fact("data.collected", field="card", value="4111"),
    )
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await live(page)
        await known(page)
        await page.fill("#new-note", "half a thought")
        await page.locator("body").click(position={"x": 2, "y": 2})
        await page.keyboard.press("0")
        await page.keyboard.press("Space")  # it plays meanwhile
        assert await page.evaluate(ERASED, talk.session) == 204
        await expect(page.get_by_role("alert")).to_contain_text("This session was erased")
        await expect(page.get_by_role("alert")).to_be_focused()
        assert await page.title() == "Erased · live"
        for secret in ("Ada", "secret", "4111", "vip", "half a thought"):
            assert secret not in await page.content()
        for selector in ("#transcript", "#panel", "#player", "#state", ".session form", "h1", "dialog"):
            await expect(page.locator(selector)).to_have_count(0)
        await page.keyboard.press("l")  # the keys have nothing to act on
        await page.get_by_role("link", name="Back to the sessions").click()
        await page.wait_for_url("**/sessions*")
