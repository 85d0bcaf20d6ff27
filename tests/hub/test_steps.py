"""Timelines kept for those who look: read in parts, read on, and given up when there are too many."""

import json
from typing import Any

import pytest

from live.hub.steps import Steps
from live.storage.journal import Journal
from live.storage.mongo import Database
from tests.hub.desks import Desk, desk

pytestmark = pytest.mark.anyio


async def steps(kept: Steps, at: Desk, session: str, *, after: int = 0, limit: int = 1_000) -> list[dict[str, Any]]:
    """What a browser reads."""
    head = await at.hub.head(session)
    return [json.loads(text) for text in await kept.read(session, after=after, limit=limit, head=head)]


async def test_parts_follow_on_each_other_and_new_events_on_them(database: Database) -> None:
    async with desk(database, "a") as a:
        for n in range(7):
            await a.says("s", f"number {n}")
        kept = a.hub.steps
        first = await steps(kept, a, "web:s", limit=3)
        rest = await steps(kept, a, "web:s", after=3)
        assert [step["seq"] for step in first + rest] == [1, 2, 3, 4, 5, 6, 7]
        await a.says("s", "one more")
        (last,) = await steps(kept, a, "web:s", after=7)
        assert (last["seq"], last["peek"]) == (8, "one more")
        assert last["card"]["messages"]["user"] == 8
        assert await steps(Steps(Journal(database)), a, "web:s") == [*first, *rest, last]


async def test_a_moment_is_the_last_event_until_then(database: Database) -> None:
    async with desk(database, "a") as a:
        times = ("10:00:00", "10:00:10", "09:59:00", "10:00:20", "10:00:20")
        for n, time in enumerate(times):
            said = {"type": "message", "session": "s", "id": f"m{n}", "role": "user", "text": "hello"}
            await a.send("web", {**said, "at": f"2026-11-22T{time}Z"})
        moments = [await a.hub.steps.moment("web:s", ms, head=5) for ms in (0, 9_999, 10_000, 19_999, 20_000, 10**12)]
        assert moments == [1, 1, 3, 3, 5, 5]  # a time before the last one counts as the last one: order is by seq


async def test_an_erased_session_that_begins_anew_is_another(database: Database) -> None:
    async with desk(database, "a") as a:
        for _ in range(3):
            await a.says("s", "before")
        assert len(await steps(a.hub.steps, a, "web:s")) == 3
        assert await a.hub.steps.read("web:s", after=0, limit=10, head=0) == []


async def test_the_least_recently_asked_is_given_up(database: Database) -> None:
    async with desk(database, "a") as a:
        for session in ("s-1", "s-2", "s-3"):
            await a.says(session, "x" * 100)
        kept = Steps(Journal(database), most=1_500)
        for session in ("web:s-1", "web:s-2", "web:s-3", "web:s-1"):
            (step,) = await steps(kept, a, session)
            assert step["seq"] == 1
            assert len(kept) <= 2
