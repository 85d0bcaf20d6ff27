"""The group commit against a real MongoDB: no hole, nothing twice, the sender's order, whoever else writes."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from live import cards, events
from live.embedded import Mongod
from live.errors import HubFull, StoreAway
from live.hub import intake
from live.hub.hub import clock
from live.hub.presence import Times
from live.hub.writer import Ticket
from live.settings import Settings
from live.storage import mongo
from live.storage.mongo import Database
from tests.hub.desks import Desk, desk

pytestmark = pytest.mark.anyio


def said(session: str, ident: str, text: str = "hello") -> dict[str, Any]:
    """A message of the user."""
    return {"type": "message", "session": session, "id": ident, "role": "user", "text": text}


async def log(at: Desk, session: str) -> list[events.AnyEvent]:
    """The session's events, checked for holes."""
    lines = await at.hub.journal.read(f"web:{session}", limit=100_000)
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
    return [events.decode_stored(line.json) for line in lines]


async def check_card(at: Desk, session: str) -> None:
    """The board's card is the fold of what is stored."""
    folded = await at.hub.folded(f"web:{session}")
    assert folded == cards.fold_all(cards.empty(f"web:{session}"), await log(at, session))


async def test_what_is_sent_twice_is_there_once(database: Database) -> None:
    async with desk(database, "a") as a:
        first = await a.send("web", said("s", "1"), said("s", "2"), said("s", "1"))
        assert [(r.status, r.seq) for r in first] == [("stored", 1), ("stored", 2), ("duplicate", 1)]
        again = await a.send("web", said("s", "2"), said("s", "1"), said("s", "3"))
        assert [(r.status, r.seq) for r in again] == [("duplicate", 2), ("duplicate", 1), ("stored", 3)]
        await check_card(a, "s")


async def test_an_id_with_other_content_is_a_conflict_and_changes_nothing(database: Database) -> None:
    async with desk(database, "a") as a:
        await a.send("web", said("s", "1"))
        results = await a.send("web", said("s", "1", "other"), said("s", "2"), said("s", "2", "other"))
        assert [(r.status, r.seq) for r in results] == [("conflict", 1), ("stored", 2), ("conflict", 2)]
        assert [event.text for event in await log(a, "s") if isinstance(event, events.Message)] == ["hello", "hello"]


async def test_the_same_fact_sent_without_its_time_again_is_a_duplicate(database: Database) -> None:
    async with desk(database, "a") as a:
        await a.send("web", said("s", "1"))
        later = await a.send("web", said("s", "1"))
        assert [r.status for r in later] == ["duplicate"]


async def test_a_session_that_the_board_does_not_hold_is_read_again(database: Database) -> None:
    async with desk(database, "a") as a:
        await a.says("s")
        await a.closes("s")
        await a.hub.keeper.flush()
        assert a.rests() == 1
        assert a.known() == {}
        assert await a.says("s") == 3
        await check_card(a, "s")
        assert [events.type_of(e) for e in await log(a, "s")] == ["message", "session.closed", "message"]


async def test_many_senders_on_two_hubs_leave_no_hole_and_keep_their_order(database: Database) -> None:
    async with desk(database, "a") as a, desk(database, "b") as b:

        async def sends(at: Desk, sender: str) -> None:
            for n in range(0, 30, 3):
                results = await at.send("web", *(said(f"s{m % 2}", f"{sender}-{n + m}") for m in range(3)))
                assert all(r.status == "stored" for r in results)

        async with asyncio.TaskGroup() as group:
            for n in range(6):
                group.create_task(sends((a, b)[n % 2], f"sender{n}"))
        stored = [*await log(a, "s0"), *await log(a, "s1")]
        assert len(stored) == 6 * 30
        for n in range(6):
            for session in ("web:s0", "web:s1"):
                mine = [
                    int(e.id.split("-")[1]) for e in stored if e.id.startswith(f"sender{n}-") and e.session == session
                ]
                assert mine == sorted(mine)
        for at in (a, b):
            await at.hub.reconcile.round(grace=0)
            await check_card(at, "s0")
            await check_card(at, "s1")


async def test_a_clash_in_one_session_does_not_touch_its_neighbours(database: Database) -> None:
    async with desk(database, "a") as a, desk(database, "b") as b:
        await a.says("s")
        await b.says("s")  # b knows no event of it yet
        results = await a.send("web", said("n1", "1"), said("s", "x"), said("n2", "1"), said("s", "y"), said("n1", "2"))
        assert [(r.status, r.seq) for r in results] == [
            ("stored", 1),
            ("stored", 3),
            ("stored", 1),
            ("stored", 4),
            ("stored", 2),
        ]


async def test_silence_is_written_once_however_many_hubs_see_it(database: Database) -> None:
    async with desk(database, "a") as a, desk(database, "b") as b:
        await a.says("s")
        await b.hub.reconcile.round(grace=0)
        later = clock() + timedelta(minutes=6)
        times: Times = a.hub.presence.times
        tickets = []
        for at in (a, b):
            entry = at.hub.board.get("web:s")
            assert entry is not None
            due = times.owed(entry.folded, round(later.timestamp() * 1000))
            items = [intake.own(event, now=later, expect=entry.rev + n) for n, event in enumerate(due)]
            tickets.append(at.hub.writer.submit(items, forced=True))
        for ticket in tickets:
            await ticket.done
        types = [events.type_of(event) for event in await log(a, "s")]
        assert types == ["message", "session.waiting", "session.idle"]
        fates = sorted(result.status for ticket in tickets for result in ticket.results())
        assert fates.count("stored") == 2
        assert set(fates) <= {"stored", "duplicate", "overtaken"}


async def test_who_speaks_after_a_silence_that_nobody_wrote_down_finds_it_written(database: Database) -> None:
    async with desk(database, "a") as a:
        await a.says("s")
        later = clock() + timedelta(hours=1)
        raw = intake.prepare(encoded(said("s", "2")), channel="web", now=later, settings=Settings())
        ticket = a.hub.writer.submit([raw])
        await ticket.done
        assert [r.status for r in ticket.results()] == ["stored"]
        types = [events.type_of(event) for event in await log(a, "s")]
        assert types == ["message", "session.waiting", "session.idle", "message", "session.resumed"]
        await check_card(a, "s")


async def test_beyond_its_limit_the_queue_takes_nothing_from_the_door(database: Database) -> None:
    async with desk(database, "a") as a:
        a.hub.writer._max_queue = 2
        facts = [encoded(said("s", str(n))) for n in range(3)]
        items = [intake.prepare(fact, channel="web", now=clock(), settings=Settings()) for fact in facts]
        ticket = a.hub.writer.submit(items)
        assert a.hub.writer.full
        with pytest.raises(HubFull):
            await a.send("web", said("s", "9"))
        await ticket.done
        await a.hub.writer.room()
        assert (await a.send("web", said("s", "9")))[0].seq == 4


async def test_a_hub_that_stops_settles_what_it_has_and_takes_no_more(database: Database) -> None:
    async with desk(database, "a") as a:
        items = [
            intake.prepare(encoded(said("s", str(n))), channel="web", now=clock(), settings=Settings())
            for n in range(50)
        ]
        ticket = a.hub.writer.submit(items)
        await a.hub.writer.flush(5)
        assert ticket.done.done()
        with pytest.raises(StoreAway):
            await a.send("web", said("s", "late"))
        assert len(await log(a, "s")) == 50


async def test_what_comes_while_older_events_still_wait_comes_after_them(database: Database) -> None:
    async with desk(database, "a") as a:
        sent = 0

        def submit(session: str, count: int) -> Ticket:
            nonlocal sent
            facts = [said(session, str(n)) for n in range(sent, sent + count)]
            sent += count
            items = [intake.prepare(encoded(fact), channel="web", now=clock(), settings=Settings()) for fact in facts]
            return a.hub.writer.submit(items)

        tickets = [submit("s", 1_000), submit("t", 1_000), submit("s", 500)]  # two commits are full: the last wait
        for _ in range(200):
            await asyncio.sleep(0.001)
            tickets.append(submit("s", 1))
        for ticket in tickets:
            await ticket.done
        mine = [int(event.id) for event in await log(a, "s")]
        assert len(mine) == 1_700
        assert mine == sorted(mine)


async def test_many_events_of_one_session_at_once_come_in_order(database: Database) -> None:
    async with desk(database, "a") as a:
        tickets = [
            a.hub.writer.submit(
                [intake.prepare(encoded(said("s", f"{n}")), channel="web", now=clock(), settings=Settings())]
            )
            for n in range(500)
        ]
        for ticket in tickets:
            await ticket.done
        assert [event.id for event in await log(a, "s")] == [str(n) for n in range(500)]
        assert a.hub.writer.commits < 100  # group commit: most waited for each other


def encoded(fact: dict[str, Any]) -> msgspec.Raw:
    """As it comes through the door."""
    return msgspec.Raw(msgspec.json.encode(fact))


async def test_a_sender_hears_that_the_store_hangs_before_the_driver_gives_up(mongod: Mongod) -> None:
    async with (
        mongo.database(mongod.url, "test_hangs", timeout=30) as database,
        desk(database, "a", store_timeout=0.3) as a,
    ):
        await a.says("s")
        mongod.pause()
        item = intake.prepare(
            msgspec.Raw(msgspec.json.encode(said("s", "1"))), channel="web", now=clock(), settings=a.hub.settings
        )
        ticket = a.hub.writer.submit([item], impatient=True)
        with pytest.raises(StoreAway):
            async with asyncio.timeout(10):
                await ticket.done
        assert a.hub.writer.away_since is not None
        mongod.resume()
        async with asyncio.timeout(20):
            while a.hub.writer.queued:
                await asyncio.sleep(0.05)
        assert a.hub.writer.away_since is None
        assert [event.id for event in await log(a, "s")] == ["a-1", "1"], "it was kept, and is stored"
