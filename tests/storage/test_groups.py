"""Reading all cards: in groups, each once, whatever their number and wherever they lie."""

from collections.abc import AsyncIterator

import pytest

from live.storage import mongo
from live.storage.cards import RESTED, Cards
from live.storage.mongo import Database
from tests.stories import a_session

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

SOME = 7


@pytest.fixture
async def database(mongodb_url: str, database_name: str) -> AsyncIterator[Database]:
    """Two groups and some, of either kind, mixed."""
    told = [a_session(f"web:s-{n}").says("hello") for n in range(4 * RESTED + SOME)]
    made = [(story.sends("session.closed") if n % 2 else story).folded for n, story in enumerate(told)]
    async with mongo.database(mongodb_url, database_name, timeout=20) as database:
        stored = Cards(database)
        await stored.ensure_indexes()
        await stored.save(made)
        yield database


async def test_every_card_is_read_once(database: Database) -> None:
    stored = Cards(database)
    closed = [row.session async for group in stored.rested() for row in group]
    opened = [folded.card.session async for folded in stored.load_open()]
    everyone = {f"web:s-{n}" for n in range(4 * RESTED + SOME)}
    assert len(closed) == len(set(closed)) == 2 * RESTED + SOME // 2
    assert len(opened) == len(set(opened)) == 2 * RESTED + SOME // 2 + 1
    assert {*closed, *opened} == everyone


async def test_the_last_group_may_be_full_or_there_may_be_none(database: Database) -> None:
    stored = Cards(database)
    asked = [f"web:s-{n}" for n in range(1, 2 * RESTED, 2)]
    groups = [[row.session for row in group] async for group in stored.rested(asked)]
    assert sorted(session for group in groups for session in group) == sorted(asked)
    assert [group async for group in stored.rested(["web:nobody"])] == []
    await database["cards"].delete_many({})
    assert [folded async for folded in stored.load_open()] == []


async def test_a_group_of_open_cards_costs_no_walk_over_the_closed_ones(database: Database) -> None:
    command = {"find": "cards", "filter": {"open": True}, "sort": {"_id": 1}, "hint": "opened", "limit": RESTED}
    stats = (await database.command({"explain": command, "verbosity": "executionStats"}))["executionStats"]
    assert stats["totalDocsExamined"] == stats["nReturned"] == RESTED
