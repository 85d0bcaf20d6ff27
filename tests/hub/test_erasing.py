"""Erasing a session while hubs write it, show it and have not heard of it: no hole, no ghost, nothing left behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from live import events
from live.errors import NotFound
from live.hub.erased import Erased
from live.hub.hub import clock
from live.hub.reconcile import MARK, _marked
from live.storage.erasures import Erasures
from live.storage.journal import ERASED, Trace
from live.storage.mongo import Database
from tests.hub.desks import Desk, desk, watching

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def two(database: Database) -> AsyncIterator[tuple[Desk, Desk]]:
    """Two hubs on one store, which hear of each other what the test passes on."""
    async with desk(database, "a") as a, desk(database, "b") as b:
        yield a, b


async def stored(database: Database, session: str = "web:s") -> list[tuple[int, str]]:
    """(seq, the id its sender gave it) of what the store has of it."""
    rows = database["events"].find({"session": session, "type": {"$ne": ERASED}}).sort("seq")
    return [(row["seq"], row["_id"].split(" ")[1]) async for row in rows]


async def card(database: Database, session: str = "web:s") -> int | None:
    """The rev of its stored card."""
    row = await database["cards"].find_one({"_id": session})
    return None if row is None else int(row["rev"])


def passes(by: Desk, to: Desk) -> None:
    """What one hub has published arrives at the other."""
    for message in by.publications():
        to.hears(message)


def facts(*idents: str) -> list[dict[str, Any]]:
    """Messages with these ids."""
    return [{"type": "message", "session": "s", "id": ident, "role": "user", "text": ident} for ident in idents]


async def test_nothing_of_an_erased_session_is_left_and_what_is_sent_again_begins_it_anew(database: Database) -> None:
    async with desk(database, "a") as a:
        await a.send("web", *facts("m-1", "m-2", "m-3"))
        await a.says("other")
        await a.hub.keeper.flush()
        assert await a.erases("s")
        assert (await stored(database), await card(database), a.known()) == ([], None, {"web:other": 1})
        assert await a.hub.head("web:s") == 0
        assert await a.hub.card("web:s") is None
        assert await a.hub.journal.sessions() == ["web:other"]
        assert not await a.erases("s"), "it is no more"
        results = await a.send("web", *facts("m-1", "m-2"))
        assert [(result.status, result.seq) for result in results] == [("stored", 1), ("stored", 2)]


async def test_what_waits_goes_with_the_session_and_what_comes_after_begins_it_anew(database: Database) -> None:
    async with desk(database, "a") as a:
        await a.says("s")
        before = asyncio.create_task(a.send("web", *facts("m-1", "m-2")))
        await asyncio.sleep(0)
        erased = asyncio.create_task(a.erases("s"))
        await asyncio.sleep(0)
        after = asyncio.create_task(a.send("web", *facts("m-3", "m-4")))
        assert await erased
        assert [result.seq for result in await before] == [2, 3]
        assert [result.seq for result in await after] == [1, 2]
        assert await stored(database) == [(1, "m-3"), (2, "m-4")]
        assert a.known() == {"web:s": 2}


async def test_a_hub_that_has_not_heard_cannot_write_on_and_learns_by_trying(database: Database) -> None:
    async with two(database) as (a, b):
        await a.send("web", *facts("m-1", "m-2", "m-3"))
        passes(a, b)
        assert b.known() == {"web:s": 3}
        assert await a.erases("s")
        results = await b.send("web", *facts("m-4", "m-5"))
        assert [(result.status, result.seq) for result in results] == [("stored", 1), ("stored", 2)]
        assert await stored(database) == [(1, "m-4"), (2, "m-5")]
        entry = b.hub.board.get("web:s")
        assert entry is not None
        assert entry.folded.card.messages.user == 2, "of those before, the card knows nothing"


async def test_a_session_begun_anew_grows_past_where_the_first_one_ended(database: Database) -> None:
    async with two(database) as (a, b):
        await a.send("web", *facts("m-1", "m-2"))
        assert await a.erases("s")
        await a.send("web", *facts("n-1"))
        results = await a.send("web", *facts("n-2", "n-3", "n-4", "n-5"))  # the third meets the fence
        assert [result.seq for result in results] == [2, 3, 4, 5]
        assert [seq for seq, _ in await stored(database)] == [1, 2, 3, 4, 5]
        assert await a.hub.journal.heads(["web:s"]) == {"web:s": 5}
        await b.hub.reconcile.round(grace=0)
        assert b.known() == {"web:s": 5}
        assert await a.erases("s"), "and a second time"
        assert (await stored(database), await a.hub.head("web:s")) == ([], 0)
        assert sorted(fence.seq for fence in await Erasures(database).fences()) == [3, 6], "and no hub gets past"


async def test_without_the_bus_a_hub_learns_from_the_log(database: Database) -> None:
    async with two(database) as (a, b):
        for session in ("s", "closed"):
            await a.says(session)
        await a.closes("closed")
        passes(a, b)
        await a.hub.keeper.flush()
        b.rests()
        screen = await watching(b, "")
        screen.catches_up()
        assert screen.cards == {"web:s": 1, "web:closed": 2}
        assert await a.erases("s")
        assert await a.erases("closed")
        await b.hub.reconcile.round(grace=0)
        await b.sure()
        b.hub.views.advance()
        screen.catches_up()
        assert (screen.cards, screen.counts["matching"], b.known()) == ({}, 0, {})
        assert screen.digest() == screen.view.digest()


async def test_a_card_that_a_hub_wrote_because_it_had_not_heard_does_not_stay(database: Database) -> None:
    async with two(database) as (a, b):
        await b.send("web", *facts("m-1", "m-2"))
        passes(b, a)
        assert await a.erases("s")
        await b.hub.keeper.flush()
        assert await card(database) == 2, "for a moment"
        passes(a, b)
        await b.hub.reconcile.round(grace=0)
        assert (await card(database), b.known()) == (None, {})


async def test_a_card_of_the_session_before_gives_way_to_that_of_the_one_begun_anew(database: Database) -> None:
    async with two(database) as (a, b):
        await b.send("web", *facts("m-1", "m-2", "m-3"))
        passes(b, a)
        assert await a.erases("s")
        await a.send("web", *facts("n-1"))
        await a.hub.keeper.flush()
        await b.hub.keeper.flush()  # of a higher rev than the right one
        passes(a, b)
        await b.hub.reconcile.round(grace=0)
        await b.hub.keeper.flush()
        for at in (a, b):
            assert at.known() == {"web:s": 1}
        assert await card(database) == 1
        found = (await b.hub.recall.sessions(["web:s"]))["web:s"]
        assert found.folded.card.messages.user == 1


async def test_cards_that_are_written_just_then_do_not_bring_it_back(database: Database) -> None:
    async with desk(database, "a") as a:
        for _ in range(30):
            await a.says("s")
            _, erased = await asyncio.gather(a.hub.keeper.flush(), a.erases("s"))
            assert erased
            await a.hub.reconcile.round(grace=0)
            assert await card(database) is None


async def test_two_hubs_write_and_erase_at_once_and_no_session_has_a_hole(database: Database) -> None:
    async def talks(at: Desk) -> None:
        for _ in range(40):
            await at.says("s")

    async with two(database) as (a, b):
        talk = asyncio.gather(talks(a), talks(b))
        erased = 0
        while not talk.done():
            erased += await (a if erased % 2 else b).erases("s")
            passes(a, b)  # and what b has to say is lost
            await asyncio.sleep(0.01)
        await talk
        assert erased > 1
        for at in (a, b, a):
            await at.hub.reconcile.round(grace=0)
        there = await stored(database)
        assert [seq for seq, _ in there] == list(range(1, len(there) + 1))
        for name in ("a", "b"):
            said = [int(ident.split("-")[1]) for _, ident in there if ident.startswith(f"{name}-")]
            assert said == sorted(said), "a sender's order"
            assert not said or said[-1] == 40, "and of what came after nothing is lost"


async def test_a_hub_that_had_missed_events_too_leaves_no_hole(database: Database) -> None:
    async with two(database) as (a, b):
        await a.send("web", *facts("m-1", "m-2"))
        passes(a, b)
        await a.send("web", *facts("m-3", "m-4", "m-5"))
        a.publications()  # lost
        assert await a.erases("s")
        a.publications()  # lost, too
        results = await b.send("web", *facts("n-1", "n-2"))
        assert {result.status for result in results} == {"stored"}
        for at in (b, a):
            await at.hub.reconcile.round(grace=0)
        assert await stored(database) == [(1, "n-1"), (2, "n-2")]
        passes(b, a)
        for at in (a, b):
            await at.hub.reconcile.round(grace=0)
            entry = at.hub.board.get("web:s")
            assert entry is not None
            assert entry.folded.card.messages.user == 2, "what was before is in no card"
        assert (await b.send("web", *facts("n-3")))[0].seq == 3


async def test_a_reviewers_act_begins_no_session(database: Database) -> None:
    async with two(database) as (a, b):
        await a.says("s")
        passes(a, b)
        now = events.stamp(clock())
        note = events.NoteAdded(
            session="web:s", id="act-1", at=now, channel="web", received=now, text="hello", about=None, by="Rita"
        )
        assert await a.erases("s")
        for at in (a, b):
            with pytest.raises(NotFound):
                await at.hub.write(note)
        assert (await stored(database), a.known(), b.known()) == ([], {}, {})


async def test_an_act_on_a_session_at_rest_is_written_as_ever(database: Database) -> None:
    async with desk(database, "a") as a:
        await a.says("s")
        await a.closes("s")
        await a.hub.keeper.flush()
        a.rests()
        now = events.stamp(clock())
        act = events.SessionReviewed(session="web:s", id="act-1", at=now, channel="web", received=now, by="Rita")
        assert (await a.hub.write(act)).seq == 3


async def test_late_news_of_an_erased_session_do_not_bring_it_back(database: Database) -> None:
    async with two(database) as (a, b):
        await a.says("s")
        late = a.publications()
        assert await a.erases("s")
        passes(a, b)
        for message in late:
            b.hears(message)
        assert b.known() == {}
        await b.hub.reconcile.round(grace=0)
        assert b.known() == {}
        assert await stored(database) == []
        assert (await b.send("web", *facts("n-1")))[0].seq == 1


async def test_late_news_that_come_before_those_of_the_erasure_are_a_ghost_that_nobody_can_write_to(
    database: Database,
) -> None:
    async with two(database) as (a, b):
        await a.send("web", *facts("m-1", "m-2"))
        late = a.publications()
        assert await a.erases("s")
        a.publications()  # lost
        for message in late:
            b.hears(message)
        assert b.known() == {"web:s": 2}
        results = await b.send("web", *facts("n-1", "n-2", "n-3"))
        assert [result.seq for result in results] == [1, 2, 3]
        assert b.known() == {"web:s": 3}


async def test_who_missed_the_publication_sees_a_gap_in_the_numbers(database: Database) -> None:
    async with two(database) as (a, b):
        await a.says("s")
        passes(a, b)
        assert await a.erases("s")
        assert b" 2 erased\n" in a.publications()[0]
        await a.says("other")
        passes(a, b)
        assert b.hub.bus.gaps == 1


async def test_a_list_is_told_which_of_those_gone_were_erased(database: Database) -> None:
    async with desk(database, "a") as a:
        for session in ("open", "closed", "left", "anew"):
            await a.says(session)
        await a.closes("closed")
        await a.hub.keeper.flush()
        a.rests()
        screen = await watching(a, "tag=!out")
        since = screen.view.version
        await a.send("web", {"type": "tag.added", "session": "left", "id": "out", "tag": "out"})
        for session in ("open", "closed", "anew"):
            assert await a.erases(session)
        await a.says("anew")
        await a.sure()
        a.hub.views.advance()
        patch = msgspec.json.decode(f"{{{screen.view.patch(since)}}}")
        assert sorted(patch["gone"]) == ["web:closed", "web:left", "web:open"]
        assert sorted(patch["erased"]) == ["web:closed", "web:open"]
        await a.says("open")
        a.hub.views.advance()
        again = msgspec.json.decode(f"{{{screen.view.patch(since)}}}")
        assert again["erased"] == ["web:closed"]


async def test_a_card_of_the_same_rev_under_the_same_name_is_another_card(database: Database) -> None:
    async with desk(database, "a") as a:
        await a.says("s", "the first one")
        screen = await watching(a, "")
        screen.catches_up()
        assert await a.erases("s")
        await a.says("s", "the second one")
        a.hub.views.advance()
        patch = screen.view.patch(screen.version)
        assert patch is not None
        assert "the second one" in patch
        assert "the first one" not in screen.view.snapshot()


async def test_totals_and_timelines_forget_it(database: Database) -> None:
    async with desk(database, "a") as a:
        for session in ("s", "other"):
            goal = {"type": "goal.completed", "session": session, "id": "g", "goal": "booked"}
            await a.send("web", goal, {**facts("m")[0], "session": session})
        now = clock().timestamp()
        (everything,) = a.hub.totals
        await a.hub.totals.round(now)
        assert (everything.now.goals, everything.now.open) == (2, 2)
        before = await a.hub.steps.read("web:s", after=0, limit=10, head=2)
        assert await a.erases("s")
        await a.hub.totals.round(now + 1)
        assert (everything.now.goals, everything.now.open) == (1, 1)
        await a.send("web", *facts("n-1", "n-2", "n-3"))
        after = await a.hub.steps.read("web:s", after=0, limit=10, head=3)
        assert before[0] not in after
        assert len(after) == 3


async def test_a_hub_that_starts_knows_of_what_was_erased_of_late(database: Database) -> None:
    async with desk(database, "a") as a:
        await a.says("s")
        await a.hub.keeper.flush()
        assert await a.erases("s")
    async with desk(database, "b") as b:
        assert b.known() == {}
        assert b.hub.erased.keys(["web:s"])
        await b.says("s")
        await b.hub.keeper.flush()
        for fence in await Erasures(database).fences():
            await Erasures(database).sweep("web:s", key=fence.key)
        assert await card(database) == 1, "written by who knew"


async def test_asked_again_with_the_same_key_it_says_what_became_of_the_first_time(database: Database) -> None:
    async with desk(database, "a") as a:
        await a.says("s")
        erasures = Erasures(database)
        assert await erasures.erase("web:s", key="web:s erased 1 x")
        assert await erasures.erase("web:s", key="web:s erased 1 x")
        assert not await erasures.erase("web:s", key="web:s erased 2 y")


def test_an_erasure_is_learned_once_and_an_older_one_not_at_all() -> None:
    erased = Erased()
    assert erased.learn("web:s", "web:s erased 2 y")
    asked = erased.count
    assert not erased.learn("web:s", "web:s erased 2 y")
    assert not erased.learn("web:s", "web:s erased 1 x")
    assert not erased.void("web:s", since=asked)
    assert erased.void("web:s", since=asked - 1)
    assert erased.keys(["web:s", "web:t"]) == {"web:s": "web:s erased 2 y"}


def test_a_hub_finds_its_place_in_the_log_again_although_the_busiest_session_was_erased() -> None:
    busy = [Trace(f"web:busy {n}", "web:busy", n) for n in range(500, 300, -1)]
    mark = _marked([*busy, Trace("web:quiet 2", "web:quiet", 2), Trace("web:quiet 1", "web:quiet", 1)])
    assert mark[0] == "web:busy 500"
    assert "web:quiet 2" in mark
    assert len(mark) <= MARK
