"""Totals: what a wall's strip shows, now, of today and over the last hour."""

import json
import time
from typing import Any

import pytest

from live import filters
from live.errors import Invalid
from live.hub.totals import MINUTES, MOST_TOTALS, NAMES, Totals
from live.storage.mongo import Database
from tests.hub.desks import Desk, desk

pytestmark = pytest.mark.anyio

DAY = 86_400
FURIOUS = "This is terrible, I hate it. Awful, useless, the worst!"


async def watch(at: Desk, query: str = "", *, offset: int = 0, now: float | None = None) -> Totals:
    """A strip comes."""
    return await at.hub.totals.join(filters.parse(query), offset=offset, now=now or time.time())


def shown(totals: Totals, *, trend: bool = False) -> dict[str, Any]:
    """What a viewer gets."""
    made: dict[str, Any] = json.loads(f"{{{totals.text(trend=trend)}}}")
    told: dict[str, Any] = made["trend"] if trend else made["now"]
    return told


async def does(at: Desk, session: str, kind: str, **fields: Any) -> None:
    """Something happens in a session."""
    await at.send("web", {"type": kind, "session": session, "id": f"{kind}-{time.monotonic_ns()}", **fields})


async def test_it_counts_what_is_open_what_was_said_and_what_was_done_today(database: Database) -> None:
    async with desk(database, "a") as a:
        totals = await watch(a)
        await a.says("s-1", FURIOUS)
        await a.says("s-1", FURIOUS)
        await a.says("s-2")
        await a.says("s-2", "hello", role="assistant")
        await a.says("s-2", "(a note to itself)", role="system")
        await does(a, "s-2", "goal.completed", goal="booked")
        await does(a, "s-2", "knowledge.missing", question="When?")
        await does(a, "s-2", "session.closed")
        assert await a.hub.totals.round(time.time())
        assert shown(totals) == {
            "open": 1, "active": 1, "inactive": 0, "negative": 1, "waiting": 0, "goals": 1, "missing": 1, "messages": 4,
        }  # fmt: skip
        assert not await a.hub.totals.round(time.time()), "nothing changed: nobody is told"


async def test_a_filter_holds_but_not_for_the_status(database: Database) -> None:
    async with desk(database, "a") as a:
        totals = await watch(a, "tag=vip&status=open")
        for session in ("vip", "other"):
            await does(a, session, "goal.completed", goal="booked")
            await a.says(session)
        await does(a, "vip", "tag.added", tag="vip")
        await does(a, "vip", "session.closed")
        await a.hub.totals.round(time.time() + 120)  # the deeds of the day are matched anew
        numbers = shown(totals)
        assert (numbers["open"], numbers["goals"]) == (0, 1), "its session has closed since"
        a.rests()
        await a.hub.keeper.flush()
        a.rests()
        await a.hub.totals.round(time.time() + 240)
        assert shown(totals)["goals"] == 1, "and is at rest"


async def test_messages_are_those_of_the_last_minute(database: Database) -> None:
    async with desk(database, "a") as a:
        totals = await watch(a)
        now = time.time()
        for _ in range(3):
            await a.says("s-1")
        await a.hub.totals.round(now)
        assert shown(totals)["messages"] == 3
        for second in range(1, 60):
            await a.hub.totals.round(now + second)
        assert shown(totals)["messages"] == 3
        await a.hub.totals.round(now + 60)
        assert shown(totals)["messages"] == 0


async def test_a_day_begins_at_the_viewers_midnight(database: Database) -> None:
    async with desk(database, "a") as a:
        await does(a, "s-1", "goal.completed", goal="booked")
        now = time.time()
        since_midnight = int(now) % DAY
        here = await watch(a)
        begins_soon = -((since_midnight // 60) - 1)  # there the day began a minute ago, or will in a few
        east = await watch(a, offset=max(-840, begins_soon)) if since_midnight < 840 * 60 else here
        for totals in (here, east):
            assert totals.midnight(round(now * 1000)) <= now * 1000 < totals.midnight(round(now * 1000)) + DAY * 1000
            assert shown(totals)["goals"] == 1
        await a.hub.totals.round(now + DAY)
        assert shown(here)["goals"] == 0


@pytest.mark.parametrize(("offset", "hour"), [(0, 0), (60, 23), (-300, 5), (840, 10), (-840, 14)])
def test_midnight_of_an_offset(offset: int, hour: int) -> None:
    noon = 20_000 * DAY * 1_000 + 12 * 3_600_000
    begins = Totals(filters.parse(""), offset=offset).midnight(noon)
    assert begins % (DAY * 1_000) == hour * 3_600_000
    assert 0 <= noon - begins < DAY * 1_000


@pytest.mark.parametrize("query", ["channel=web", ""])  # all of everything is counted also without a viewer
async def test_the_trend_holds_an_hour_and_outlives_the_hub(database: Database, query: str) -> None:
    now = time.time() // 60 * 60 + 30
    async with desk(database, "a") as a:
        totals = await watch(a, query, now=now)
        assert shown(totals, trend=True)["open"] == [None] * MINUTES
        for n in range(3):
            await a.says(f"s-{n}")
            await a.hub.totals.round(now + 60 * (n + 1))
        trend = shown(totals, trend=True)
        assert trend["open"][-3:] == [1, 2, 3]
        assert trend["open"][:-3] == [None] * (MINUTES - 3)
        assert trend["step"] == 60
        assert all(len(trend[name]) == MINUTES for name in NAMES)
        await a.hub.totals.round(now + 60 * 5)
        assert shown(totals, trend=True)["open"][-3:] == [3, None, 3], "in one minute nobody counted"
        await a.hub.keeper.flush()
    async with desk(database, "b") as b:
        await b.hub.totals.round(now + 60 * 5 + 1)
        again = await watch(b, query, now=now + 60 * 5 + 1)
        assert shown(again, trend=True) == trend | {
            "start": shown(again, trend=True)["start"],
            **{name: [*trend[name][2:], None, shown(again, trend=True)[name][-1]] for name in NAMES},
        }


async def test_two_hubs_count_the_same(database: Database) -> None:
    async with desk(database, "a") as a, desk(database, "b") as b:
        both = [await watch(at, "channel=web") for at in (a, b)]
        await does(a, "s-1", "goal.completed", goal="booked")
        for message in a.publications():
            b.hears(message)
        await a.says("s-1", FURIOUS)
        await does(a, "s-1", "knowledge.missing", question="When?")
        a.publications()  # these are lost
        await b.hub.reconcile.round(grace=0)
        for at in (a, b):
            await at.hub.totals.round(time.time())
        assert shown(both[0]) == shown(both[1])
        assert shown(both[0])["goals"] == shown(both[0])["missing"] == 1


async def test_what_was_done_before_the_hub_began_is_read(database: Database) -> None:
    async with desk(database, "a") as a:
        await does(a, "open", "goal.completed", goal="booked")
        await does(a, "closed", "goal.completed", goal="booked")
        await does(a, "closed", "session.closed")
        await a.hub.keeper.flush()
    async with desk(database, "b") as b:
        assert shown(await watch(b))["goals"] == 2
        assert shown(await watch(b, "channel=web"))["goals"] == 2
        assert shown(await watch(b, "channel=sms"))["goals"] == 0
        await b.hub.catalog.round()
        assert shown(await watch(b, "goal=booked"))["goals"] == 2


async def test_there_is_a_limit_and_who_leaves_makes_room(database: Database) -> None:
    async with desk(database, "a") as a:
        held = [await watch(a, f"tag=t{n}") for n in range(MOST_TOTALS - len(a.hub.totals))]
        with pytest.raises(Invalid, match="different totals"):
            await watch(a, "tag=one-more")
        assert await watch(a, "tag=t1") is held[1], "one in use is shared"
        a.hub.totals.leave(held[0])
        await watch(a, "tag=one-more")
