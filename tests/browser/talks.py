"""What the stories of the session page are told with: a session that grows, and what its page shows of it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
from playwright.async_api import Locator, Page, expect

from tests.browser.visits import PATIENCE
from tests.hubs import RunningHub

Fact = dict[str, Any]
START = datetime(2026, 11, 20, 10, 0, 0, tzinfo=UTC)
SEQS = "() => [...document.querySelectorAll('#transcript .event')].map((event) => Number(event.dataset.seq))"
SHOWN = """() => [...document.querySelectorAll("#transcript .event:not([data-ahead])")]
  .map((event) => Number(event.dataset.seq)).sort((a, b) => a - b)"""
OPEN = "() => { for (const details of document.querySelectorAll('details')) details.open = true; }"


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
                sent = await client.post(
                    f"{self.hub.url}/api/v1/events", json=list(facts[start : start + 500]), headers=headers
                )
                results = sent.json()["results"]
                assert {result["status"] for result in results} == {"stored"}, sent.text
                seqs += [result["seq"] for result in results]
        return seqs

    async def events(self, *, after: int = 0) -> list[Fact]:
        """What the hub has of it: a thousand at most."""
        headers = {"Authorization": f"Bearer {self.hub.token}"}
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            answer = await client.get(
                f"{self.hub.url}/api/v1/sessions/{self.session}/events?after={after}&limit=1000", headers=headers
            )
        told: list[Fact] = answer.json()["events"]
        return told

    async def act(self, name: str, body: Fact) -> None:
        """A reviewer's act, past the page."""
        headers = {"Authorization": f"Bearer {self.hub.token}"}
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            answer = await client.post(
                f"{self.hub.url}/api/v1/sessions/{self.session}/{name}", json=body, headers=headers
            )
        assert answer.status_code == 200, answer.text


async def until(true: Callable[[], Awaitable[bool]], *, what: str) -> None:
    """Look until it is so."""
    limit = asyncio.get_running_loop().time() + PATIENCE
    while not await true():
        assert asyncio.get_running_loop().time() < limit, f"never came true: {what}"
        await asyncio.sleep(0.05)


async def shows(page: Page, *, first: int = 1, last: int) -> None:
    """Until the transcript holds first … last; then each must be there once, and the outermost in order."""

    async def reached() -> bool:
        return set(range(first, last + 1)) <= set(await page.evaluate(SEQS))

    await until(reached, what=f"events {first} to {last} on the page")
    seqs = [seq for seq in await page.evaluate(SEQS) if seq <= last]  # the hub may have written one more meanwhile
    assert sorted(seqs) == list(range(first, last + 1))
    outer = await page.evaluate(
        "() => [...document.querySelector('#transcript').children].map((event) => Number(event.dataset.seq))"
    )
    assert outer == sorted(outer)


async def live(page: Page) -> None:
    """Until the page says that it is."""
    await expect(page.locator("#freshness")).to_have_attribute("data-state", "live")


async def known(page: Page) -> None:
    """The timeline is read."""
    await expect(page.locator("#player:not([data-unknown])")).to_be_attached()


def every_kind(talk: Talk) -> list[Fact]:
    """One event of every kind that a channel may send, with all its fields, and some with none."""
    asked = talk.says("Where is my order? This is terrible, I am furious!", attachments=[
        {"name": "receipt.pdf", "type": "application/pdf", "url": "https://files.example.org/r.pdf", "size": 182_333},
        {"name": "not a link", "url": "javascript:alert(1)"},
    ])  # fmt: skip
    answer = talk.answers("Let me look.", reply_to=asked["id"])
    return [
        talk.fact(
            "session.started",
            user={"id": "u-1", "name": "Ada Lovelace", "email": "ada@example.org"},
            kind="support",
            agent={"id": "pine", "name": "Pine", "version": "2.4"},
            tags=["autumn sale"],
            lead="https://crm.example.org/1",
            attributes={"plan": "pro", "seats": 12, "trial": False, "none": None},
        ),
        talk.fact("block.entered", block="welcome", journey="orders", via="link"),
        asked,
        answer,
        talk.fact(
            "decision",
            message=answer["id"],
            block="welcome",
            rationale="The order is looked up first.",
            knowledge=[
                {"id": "kb/1", "title": "Orders", "score": 0.91, "used": True, "excerpt": "Look it up."},
                {"id": "kb/2", "used": False, "score": 12.5},
            ],
            conditions=[
                {"name": "order known", "met": True, "values": {"order": "PN-1"}, "action": "look up"},
                {"name": "angry", "met": False, "values": [1, 2.0]},
            ],
            tools=[
                {
                    "name": "find_order",
                    "arguments": {"order": "PN-1"},
                    "result": {"at": [{"x": 1.5}] * 9},
                    "duration_ms": 310,
                },
                {"name": "track", "error": "the carrier answered 504", "duration_ms": 5000},
            ],
            model="large",
            input_tokens=812,
            output_tokens=0,
            duration_ms=6120,
            versions={"prompt": "12"},
        ),
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
    ]


def at(seconds: float) -> str:
    """So long after the start."""
    return (START + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def clock(page: Page) -> Locator:
    """What the player's clock says."""
    return page.locator(".controls .at")


def pill(page: Page) -> Locator:
    """The way to the edge, and where one is."""
    return page.locator(".player .pill")


async def press(page: Page, *keys: str) -> None:
    """One after the other."""
    for key in keys:
        await page.keyboard.press(key)


async def until_shown(page: Page, seqs: list[int]) -> None:
    """The transcript until the moment is exactly these."""

    async def so() -> bool:
        return bool(await page.evaluate(SHOWN) == seqs)

    await until(so, what=f"{seqs} shown")
