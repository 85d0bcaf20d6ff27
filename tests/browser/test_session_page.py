"""The page of one session, as a reviewer meets it: a real hub, a real browser."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, WebSocketRoute, async_playwright, expect

from live import events
from live.passwords import hashed
from live.storage import mongo
from live.storage.people import People
from tests.hubs import RunningHub, StartHub

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

Fact = dict[str, Any]
PATIENCE = 15.0  # seconds for what must come true
HOSTILE = Path(__file__).parents[3] / "shared" / "data" / "hostile" / "strings" / "blns.json"
SEQS = "() => [...document.querySelectorAll('#transcript .event')].map((event) => Number(event.dataset.seq))"


# what the stories are told with -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield running
        await running.close()


class Talk:
    """One session, told to the hub event by event."""

    def __init__(self, hub: RunningHub, *, channel: str = "web", own: str | None = None) -> None:
        self.hub, self.channel = hub, channel
        self.own = own or f"s-{uuid4().hex[:12]}"
        self.session = f"{channel}:{self.own}"
        self.count = 0

    @property
    def address(self) -> str:
        """Its page."""
        return f"{self.hub.url}/sessions/{quote(self.session, safe=':')}"

    def fact(self, type_: str, /, **fields: Any) -> Fact:
        """An event that is not sent yet."""
        self.count += 1
        return {"type": type_, "session": self.own, "id": f"e-{self.count}", **fields}

    def says(self, text: str, **fields: Any) -> Fact:
        """The user says something."""
        return self.fact("message", role="user", text=text, **fields)

    def answers(self, text: str, **fields: Any) -> Fact:
        """The assistant does."""
        return self.fact("message", role="assistant", text=text, **fields)

    async def tell(self, *facts: Fact) -> list[int]:
        """Send events, until they are durable; their seqs."""
        seqs: list[int] = []
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            for start in range(0, len(facts), 500):
                headers = {"Authorization": f"Bearer {self.hub.keys[self.channel]}"}
                sent = await client.post(f"{self.hub.url}/api/v1/events", json=list(facts[start : start + 500]), headers=headers)
                results = sent.json()["results"]
                assert {result["status"] for result in results} == {"stored"}, sent.text
                seqs += [result["seq"] for result in results]
        return seqs

    async def events(self) -> list[Fact]:
        """What the hub has of it."""
        headers = {"Authorization": f"Bearer {self.hub.token}"}
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            answer = await client.get(f"{self.hub.url}/api/v1/sessions/{self.session}/events?limit=1000", headers=headers)
        told: list[Fact] = answer.json()["events"]
        return told

    async def act(self, name: str, body: Fact) -> None:
        """A reviewer's act, past the page."""
        headers = {"Authorization": f"Bearer {self.hub.token}"}
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            answer = await client.post(f"{self.hub.url}/api/v1/sessions/{self.session}/{name}", json=body, headers=headers)
        assert answer.status_code == 200, answer.text


@asynccontextmanager
async def visitor(browser: Browser, hub: RunningHub, *, who: tuple[str, str] | None = None, **more: Any) -> AsyncIterator[Page]:
    """A signed-in page that must not complain: every error of a script, or of the security policy, fails the test."""
    context: BrowserContext = await browser.new_context(timezone_id="UTC", **more)
    context.set_default_timeout(PATIENCE * 1000)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    name, password = who or hub.admin
    await page.goto(f"{hub.url}/signin")
    await page.fill("#name", name)
    await page.fill("#password", password)
    await page.press("#password", "Enter")
    await page.wait_for_url("**/sessions")
    complaints.clear()
    yield page
    assert [complaint for complaint in complaints if "Failed to load resource" not in complaint] == []  # that, pages say themselves
    await context.close()


async def until(true: Callable[[], Awaitable[bool]], *, what: str) -> None:
    """Look until it is so."""
    limit = asyncio.get_running_loop().time() + PATIENCE
    while not await true():
        assert asyncio.get_running_loop().time() < limit, f"never came true: {what}"
        await asyncio.sleep(0.05)


async def shows(page: Page, *, first: int = 1, last: int) -> None:
    """Until the transcript holds first … last; then each must be there once, and the outermost in order."""

    async def reached() -> bool:
        return {first, last} <= set(await page.evaluate(SEQS))

    await until(reached, what=f"events {first} to {last} on the page")
    seqs = [seq for seq in await page.evaluate(SEQS) if seq <= last]  # the hub may have written one more meanwhile
    assert sorted(seqs) == list(range(first, last + 1))
    outer = await page.evaluate("() => [...document.querySelector('#transcript').children].map((event) => Number(event.dataset.seq))")
    assert outer == sorted(outer)


async def live(page: Page) -> None:
    """Until the page says that it is."""
    await expect(page.locator("#freshness")).to_have_attribute("data-state", "live")


def every_kind(talk: Talk) -> list[Fact]:
    """One event of every kind that a channel may send, with all its fields, and some with none."""
    asked = talk.says("Where is my order? This is terrible, I am furious!", attachments=[
        {"name": "receipt.pdf", "type": "application/pdf", "url": "https://files.example.org/r.pdf", "size": 182_333},
        {"name": "not a link", "url": "javascript:alert(1)"},
    ])  # fmt: skip
    answer = talk.answers("Let me look.", reply_to=asked["id"])
    return [
        talk.fact("session.started", user={"id": "u-1", "name": "Ada Lovelace", "email": "ada@example.org"}, kind="support",
                  agent={"id": "pine", "name": "Pine", "version": "2.4"}, tags=["autumn sale"], lead="https://crm.example.org/1",
                  attributes={"plan": "pro", "seats": 12, "trial": False, "none": None}),
        talk.fact("block.entered", block="welcome", journey="orders", via="link"),
        asked,
        answer,
        talk.fact("decision", message=answer["id"], block="welcome", rationale="The order is looked up first.",
                  knowledge=[{"id": "kb/1", "title": "Orders", "score": 0.91, "used": True, "excerpt": "Look it up."},
                             {"id": "kb/2", "used": False, "score": 12.5}],
                  conditions=[{"name": "order known", "met": True, "values": {"order": "PN-1"}, "action": "look up"},
                              {"name": "angry", "met": False, "values": [1, 2.0]}],
                  tools=[{"name": "find_order", "arguments": {"order": "PN-1"}, "result": {"at": [{"x": 1.5}] * 9}, "duration_ms": 310},
                         {"name": "track", "error": "the carrier answered 504", "duration_ms": 5000}],
                  model="large", input_tokens=812, output_tokens=0, duration_ms=6120, versions={"prompt": "12"}),
        talk.fact("decision", message="nowhere"),
        talk.fact("block.exited", block="welcome", journey="orders", outcome="completed"),
        talk.fact("goal.triggered", goal="settled", value="PN-1", message=asked["id"]),
        talk.fact("goal.completed", goal="settled", value={"slot": "tomorrow", "hours": [8, 12]}),
        talk.fact("goal.failed", goal="review left"),
        talk.fact("form.shown", form="callback"),
        talk.fact("form.submitted", form="callback", fields={"name": "Ada", "days": ["mon"], "late": None}),
        talk.fact("form.abandoned", form="survey", field="rating"),
        talk.fact("data.collected", field="order", value="PN-1"),
        talk.fact("data.collected", field="gift", value=None),
        talk.fact("knowledge.missing", question="What if it is late twice?", message=asked["id"], reason="weak_source"),
        talk.fact("tag.added", tag="complaint"),
        talk.fact("tag.removed", tag="complaint"),
        talk.says("Können Sie mir bitte sagen, wann das Paket ankommt"),
        talk.says("Thank you!", sentiment={"label": "positive", "score": 0.8}),
        talk.fact("message", role="operator", text="Ellen here.\nIt comes tomorrow."),
        talk.fact("message", role="system", text="Ellen joined."),
        talk.fact("message", role="tool", text='{"depot": "North"}'),
        talk.fact("session.updated", user={"phone": "+44 1632 960114"}),
        talk.fact("session.closed", reason="solved", by="user"),
        talk.says("One more thing 👍"),
    ]  # fmt: skip


# opening, following ------------------------------------------------------------------------------------------------------


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


async def test_the_tail_grows_and_the_card_follows_while_the_reader_stays_at_the_end(hub: RunningHub, browser: Browser) -> None:
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
        await expect(page.locator('[data-part="journey"]')).to_contain_text("pricing now")
        await expect(page.locator('[data-part="collected"]')).to_contain_text("900")
        await expect(page.locator('[data-part="goals"]')).to_contain_text("demo completed")
        await expect(page.get_by_text("more 19")).to_be_in_viewport()
        await expect(page.locator("#unseen")).to_be_hidden()


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
    """The thinking part alone: frames lost, repeated and cut anew; asking again from its last always ends with every event once."""
    talk = Talk(hub)
    await talk.tell(talk.says("hello"))
    dice = random.Random(7)
    rounds = []
    for _ in range(40):
        head = dice.randint(1, 60)
        first = dice.randint(1, head)
        starts = [dice.randint(0, head) for _ in range(30)]
        rounds.append({"head": head, "first": first, "frames": [[start, start + dice.randint(1, 20)] for start in starts]})
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        module = (await page.locator('script[type="module"]').get_attribute("src") or "").replace("main.js", "model.js")
        found = await page.evaluate(
            """async ([address, rounds]) => {
              const { Transcript } = await import(address);
              return rounds.map(({ head, first, frames }) => {
                const event = (seq) => ({ seq, id: `m-${seq}`, type: "message" });
                const some = (from, to) => Array.from({ length: Math.max(0, to - from) }, (_, n) => event(from + 1 + n));
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
            return seqs[-1] == 1800 and len(seqs) <= 1500

        await until(bounded, what="the newest 1,500 events at most")
        seqs = await page.evaluate(SEQS)
        assert seqs == list(range(seqs[0], 1801))
        await expect(page.locator("#earlier")).to_contain_text(str(seqs[0] - 1))


# one message ---------------------------------------------------------------------------------------------------------------


async def test_a_link_to_a_message_far_above_opens_there_with_what_surrounds_it(hub: RunningHub, browser: Browser) -> None:
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
        assert shown == list(range(shown[0], shown[0] + 200)) and 150 in shown

        await page.click("#earlier a")
        await shows(page, first=1, last=shown[-1])
        await page.click("#later a")
        await shows(page, first=1, last=shown[-1] + 200)
        await page.click("#later a")
        await page.click("#later a")
        await shows(page, first=1, last=700)
        await live(page)
        await talk.tell(talk.answers("at last"))
        await shows(page, first=1, last=701)


async def test_a_link_within_the_page_goes_there_and_stands_in_the_address(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    asked = talk.says("first")
    await talk.tell(asked, *(talk.says(f"line {n}") for n in range(40)), talk.answers("to the first", reply_to=asked["id"]))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await live(page)
        await page.get_by_role("link", name="in reply to").click()
        await expect(page.locator("#e-1")).to_be_in_viewport()
        await expect(page).to_have_url(f"{talk.address}?message=e-1")


async def test_an_unknown_session_message_or_event_is_a_page_that_says_so(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(talk.says("hello"))
    async with visitor(browser, hub) as page:
        for address in (f"{hub.url}/sessions/web:nobody", f"{talk.address}?message=none", f"{talk.address}?seq=99"):
            answer = await page.goto(address)
            assert answer is not None and answer.status == 404
            await expect(page.get_by_role("main")).to_contain_text("there is no")
        answer = await page.goto(f"{talk.address}?before=soon")
        assert answer is not None and answer.status == 400


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


# every kind ----------------------------------------------------------------------------------------------------------------


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


async def test_the_browser_paints_every_kind_of_event_exactly_as_the_server_does(idle_hub: RunningHub, browser: Browser) -> None:
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
        kinds = await coming.evaluate("() => [...document.querySelectorAll('#transcript .event')].map((e) => e.dataset.type)")
        parts = "() => [...document.querySelectorAll('.panel .part')].map((part) => part.textContent.replace(/\\s+/g, ' '))"
        panel_of_browser, panel_of_server = await watching.evaluate(parts), await coming.evaluate(parts)
    assert set(kinds) == events.CHANNEL_TYPES | events.HUB_TYPES
    assert by_browser == by_server
    assert panel_of_browser == panel_of_server


async def test_a_decision_stands_beneath_its_message_and_opens_to_all_that_it_holds(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(*every_kind(talk))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        decision = page.locator("#e-4 > .under > #e-5")
        await expect(decision.locator("summary")).to_contain_text("1 of 2 sources used 1 of 2 conditions met 2 tools 1 failed")
        await expect(decision.locator(".why")).to_be_hidden()
        await page.locator("#e-4").focus()
        await page.keyboard.press("e")
        why = decision.locator(".why")
        for part in ("looked up first", "Orders", "0.91", "not used", "order known", "PN-1", "look up", "not met", "find_order",
                     "310 ms", "the carrier answered 504", "large", "812", "6.1 s", "prompt"):  # fmt: skip
            await expect(why).to_contain_text(part)
        await expect(page.locator("#transcript > #e-6")).to_be_visible()  # its message is nowhere: it stands alone


async def test_a_user_message_says_how_it_sounds_and_never_calls_the_unscored_neutral(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(*every_kind(talk))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await expect(page.locator("#e-3 .feelings")).to_contain_text("negative")
        await expect(page.locator("#e-3 .feelings")).to_contain_text("“furious”")
        await expect(page.locator("#e-19 .feelings")).to_have_text("not scored")
        await expect(page.locator("#e-20 .feelings")).to_contain_text("positive +0.80 said by the channel")
        await expect(page.locator("#e-3").get_by_role("link", name="receipt.pdf")).to_have_attribute("href", "https://files.example.org/r.pdf")
        await expect(page.locator("#e-3 .attachments a").nth(1)).not_to_have_attribute("href", "javascript:alert(1)")


# without scripts, with hostile texts, for everybody ------------------------------------------------------------------------


async def test_without_scripts_the_transcript_the_card_and_the_ways_up_are_there(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(*every_kind(talk), *(talk.says(f"line {n}") for n in range(300)))
    async with visitor(browser, hub, java_script_enabled=False) as page:
        await page.goto(talk.address)
        await expect(page.get_by_text("line 299", exact=True)).to_be_visible()
        await expect(page.locator('[data-part="facts"]')).to_contain_text("ada@example.org")
        await expect(page.locator('[data-part="collected"]')).to_contain_text("PN-1")  # said long before the first page
        await expect(page.locator(".act-form:visible, .acts:visible, #freshness:visible")).to_have_count(0)
        await page.click("#earlier a")
        await expect(page.get_by_text("Where is my order?")).to_be_visible()
        await page.locator("#e-4 summary").click()
        await expect(page.locator("#e-5 .why")).to_be_visible()
        await page.click("#later a >> nth=0")
        await expect(page.get_by_text("line 150", exact=True)).to_be_visible()
        await page.goto(f"{talk.address}?message=e-100")
        await expect(page.locator("#e-100")).to_be_in_viewport()


async def test_hostile_texts_are_shown_as_they_are_and_keep_to_the_page(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    texts = [text for text in json.loads(HOSTILE.read_text("utf-8")) if text.strip()] + ["A" * 9_000, "e" + "́" * 900, "‮ abc"]
    facts = []
    for text in texts:
        name = text[:200]
        facts += [
            talk.says(text, attachments=[{"name": name, "url": name}]),
            talk.fact("decision", message=f"e-{talk.count}", rationale=text, tools=[{"name": name, "result": text, "error": name}],
                      knowledge=[{"id": name, "used": True, "excerpt": text}], conditions=[{"name": name, "met": False, "values": {name: text}}]),
            talk.fact("goal.completed", goal=name, value=text),
            talk.fact("data.collected", field=name, value={name: text}),
        ]  # fmt: skip
    await talk.tell(*facts[:-40])
    async with visitor(browser, hub, viewport={"width": 390, "height": 844}) as page:
        await page.goto(talk.address)
        await live(page)
        await talk.tell(*facts[-40:])  # the last ones by the browser's own hand

        async def painted() -> bool:
            return len(facts) in await page.evaluate(SEQS)

        await until(painted, what="the last hostile text on the page")
        await page.evaluate("() => { for (const details of document.querySelectorAll('details')) details.open = true; }")
        assert await page.evaluate("() => document.scrollingElement.scrollWidth - innerWidth") <= 0
        assert await page.locator("#transcript script, #transcript img, #transcript iframe, .panel script, .panel img").count() == 0
        shown = await page.locator(f"#e-{len(facts) - 3} > .text").text_content()
        assert shown == texts[-1]


@pytest.mark.parametrize(
    ("scheme", "width", "height"), [("light", 1366, 768), ("dark", 1366, 768), ("light", 390, 844), ("dark", 390, 844)]
)
async def test_everybody_can_use_it(hub: RunningHub, browser: Browser, scheme: str, width: int, height: int) -> None:
    talk, size = Talk(hub), {"width": width, "height": height}
    await talk.tell(*every_kind(talk))
    await talk.act("notes", {"text": "use in training", "seq": 3})
    async with visitor(browser, hub, color_scheme=scheme, viewport=size, bypass_csp=True) as page:  # axe's own styles
        await page.goto(talk.address)
        await live(page)
        await page.evaluate("() => { for (const details of document.querySelectorAll('details')) details.open = true; }")
        await page.locator("#e-3").hover()
        await page.locator("#e-3").get_by_role("button", name="Correct sentiment").click()
        found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


# a reviewer's acts ---------------------------------------------------------------------------------------------------------


async def test_a_reviewer_tags_notes_corrects_and_is_done_without_a_mouse(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(talk.says("This is terrible, I am furious!"), talk.answers("Sorry."))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await live(page)

        await page.focus("#new-tag")
        await page.keyboard.type("training")
        await page.keyboard.press("Enter")
        await expect(page.locator('[data-part="tags"]')).to_contain_text("training")
        await expect(page.locator("#e-3")).to_contain_text("Tag added training by admin")

        await page.get_by_role("button", name="Remove the tag training").press("Enter")
        await expect(page.locator("#e-4")).to_contain_text("Tag removed")
        await expect(page.locator("#new-tag")).to_be_focused()

        await page.keyboard.press("Escape")
        await page.locator("#e-1").focus()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.keyboard.type("Watch this <b>one</b>")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator("#e-1 .marks")).to_have_text("Note by admin: Watch this <b>one</b>")
        await expect(page.locator("#e-5")).to_contain_text("Watch this <b>one</b>")

        await page.locator("#e-1").get_by_role("button", name="Correct sentiment").press("Enter")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(page.locator("#e-1 .marks")).to_contain_text("Corrected to")
        await expect(page.locator("#e-6")).to_contain_text("Sentiment corrected")

        await page.get_by_role("button", name="Mark as reviewed").press("Enter")
        await expect(page.locator("#e-7")).to_contain_text("Reviewed")
        await expect(page.locator('[data-part="facts"]')).to_contain_text("by admin")
        await expect(page.locator(".act-form.inline")).to_have_count(0)


async def test_what_the_hub_refuses_is_said_in_words_and_nothing_typed_is_lost(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(talk.says("hello"))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await live(page)
        await page.evaluate("() => { document.querySelector('#new-tag').removeAttribute('maxlength'); }")
        await page.fill("#new-tag", "x" * 300)
        await page.press("#new-tag", "Enter")
        await expect(page.locator('.act-form[data-act="tag"] .problem')).to_contain_text("Not saved: add")
        await expect(page.locator("#new-tag")).to_have_value("x" * 300)
        await page.route("**/notes", lambda route: route.abort())
        await page.fill("#new-note", "a thought")
        await page.get_by_role("button", name="Save the note").click()
        await expect(page.locator('.act-form[data-act="note"] .problem')).to_contain_text("does not answer")
        await expect(page.locator("#new-note")).to_have_value("a thought")


async def test_who_may_only_look_sees_all_and_is_offered_nothing_to_do(
    start_hub: StartHub, database_name: str, mongodb_url: str, browser: Browser
) -> None:
    own = start_hub(database_name)
    async with mongo.database(mongodb_url, database_name, timeout=5) as database:
        await People(database).add_user("vera", password_hash=await hashed("a password to look"), role="viewer")
    talk = Talk(own)
    await talk.tell(talk.says("hello"), talk.fact("tag.added", tag="vip"))
    async with visitor(browser, own, who=("vera", "a password to look")) as page:
        await page.goto(talk.address)
        await live(page)
        await expect(page.get_by_text("hello", exact=True)).to_be_visible()
        assert await page.locator(".act, .act-form, .remove").count() == 0
        await expect(page.get_by_role("link", name="Markdown")).to_have_attribute(
            "href", f"/api/v1/sessions/{quote(talk.session, safe='')}/export?format=md"
        )


# the keyboard --------------------------------------------------------------------------------------------------------------


async def test_the_keys_go_from_message_to_message_and_explain_themselves(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(talk.says("one"), talk.fact("tag.added", tag="t"), talk.answers("two"), talk.says("three"))
    async with visitor(browser, hub) as page:
        await page.goto(f"{talk.address}?seq=1")
        await live(page)
        for key, seq in (("j", 3), ("n", 4), ("j", 4), ("k", 3), ("p", 1)):
            await page.keyboard.press(key)
            await expect(page.locator(f"#e-{seq}")).to_be_focused()
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        await page.keyboard.press("Escape")
        await page.focus("#new-tag")
        await page.keyboard.type("jek?")
        await expect(page.locator("#new-tag")).to_have_value("jek?")
