"""The orders of a list: what comes first, and that the store sorts as the board does."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings

from live import filters, order
from live.errors import Invalid
from live.storage import mongo
from live.storage.cards import Cards
from live.storage.mongo import Database
from tests.filters.strategies import sessions
from tests.stories import Story, a_session


def listed(sort: str, *told: Story) -> list[str]:
    """The sessions' own ids, in this order."""
    rows = sorted(told, key=lambda story: (order.sort_key(sort, story.card), story.session))
    return [story.own for story in rows]


def test_recent_begins_with_what_happened_last() -> None:
    early, late = a_session("web:early").says("a"), a_session("web:late").later(60).says("b")
    assert listed("recent", early, late) == ["late", "early"]
    early.later(600).answers("c")
    assert listed("recent", early, late) == ["early", "late"]
    assert listed("started", early, late) == ["late", "early"]


def test_duration_and_messages_begin_with_the_most() -> None:
    long = a_session("web:long").says("a").later(600).says("b")
    busy = a_session("web:busy").says("a").answers("b").helps("c")
    quiet = a_session("web:quiet").sends("tag.added", tag="x")
    assert listed("duration", quiet, busy, long) == ["long", "busy", "quiet"]
    assert listed("messages", quiet, long, busy) == ["busy", "long", "quiet"]


def test_sentiment_begins_with_the_most_negative_and_ends_with_the_unscored() -> None:
    glad = a_session("web:glad").says("Thank you so much, this is wonderful!")
    angry = a_session("web:angry").says("This is terrible, I hate it!")
    calm = a_session("web:calm").says("The order has the number 7.")
    silent = a_session("web:silent").answers("Hello")
    assert listed("sentiment", silent, glad, calm, angry) == ["angry", "calm", "glad", "silent"]


def test_attention_begins_with_the_most_urgent_then_the_most_reasons_then_the_longest_waiting() -> None:
    human = a_session("web:human").later(500).says("I want to talk to a human, please")
    two = a_session("web:two").later(900).sends("goal.failed", goal="x").sends("knowledge.missing", question="?")
    first = a_session("web:first").sends("knowledge.missing", question="?")
    second = a_session("web:second").later(5).sends("knowledge.missing", question="?")
    fine = a_session("web:fine").says("Hello")
    assert human.whys() == ["asks_human"]
    assert listed("attention", fine, second, two, first, human) == ["human", "two", "first", "second", "fine"]


def test_a_clock_of_another_century_does_not_make_a_need_more_urgent() -> None:
    old = a_session("web:old").sends("goal.failed", goal="x", at="1066-10-14T09:00:00Z")
    human = a_session("web:human").says("I want to talk to a human, please")
    assert listed("attention", old, human) == ["human", "old"]


def test_waiting_begins_with_who_has_waited_longest_and_goes_on_with_what_happened_last() -> None:
    long = a_session("web:long").says("Hello?").waits(1)
    short = a_session("web:short").later(900).says("Hello?").waits(1)
    human = a_session("web:human").later(2_000).says("I want to talk to a human, please")
    fine = a_session("web:fine").later(3_000).says("Hello").answers("Hello")
    assert listed("waiting", human, fine, short, long) == ["long", "short", "fine", "human"]


def test_equals_are_ordered_by_session() -> None:
    assert listed("recent", a_session("web:b").says("x"), a_session("web:a").says("x")) == ["a", "b"]


def test_an_unknown_order_is_refused_with_what_may_have_been_meant() -> None:
    assert order.check("recent") == "recent"
    with pytest.raises(Invalid, match="sort: expected one of recent, .*did you mean recent?"):
        order.check("recnet")


@pytest.fixture(scope="module")
async def database(mongodb_url: str) -> AsyncIterator[Database]:
    """A database of this module's own, dropped afterwards."""
    name = f"test_{uuid4().hex[:12]}"
    async with mongo.database(mongodb_url, name, timeout=10) as made:
        await Cards(made).ensure_indexes()
        yield made
        await made.client.drop_database(name)


@pytest.mark.anyio
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(told=sessions(most=10))
async def test_the_store_sorts_as_the_board_does(database: Database, told: list[Story]) -> None:
    stored, everything = Cards(database), filters.parse("").query()
    closed = [story.sends("session.closed") for story in told if story.card.status != "closed"]
    await database["cards"].delete_many({})
    await stored.save([story.folded for story in told])
    assert all(story.card.status == "closed" for story in closed)
    for sort in order.SORTS:
        async with stored.at_rest() as rest:
            rows = [row async for row in rest.rows(everything, sort=sort)]
        assert [row.session.partition(":")[2] for row in rows] == listed(sort, *told)
        middle = rows[len(rows) // 2]
        async with stored.at_rest() as rest:
            behind = [row async for row in rest.rows(everything, sort=sort, after=(middle.key, middle.session))]
        assert behind == rows[len(rows) // 2 + 1 :]
