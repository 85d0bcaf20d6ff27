"""Recent: the store is asked seldom, believed for seconds, and not missed while it is away."""

import asyncio

import pytest

from live.errors import StoreAway
from live.recent import AGAIN, FRESH, KEPT, STALE, Recent
from tests.clock import Clock

pytestmark = pytest.mark.anyio


class Source:
    """What is looked up: answers by name, the number of questions, and a door that can be shut."""

    def __init__(self, **answers: str) -> None:
        self.answers, self.asked, self.away = answers, 0, False
        self.open = asyncio.Event()
        self.open.set()

    async def find(self, key: str) -> str | None:
        self.asked += 1
        await self.open.wait()
        if self.away:
            raise StoreAway("it is")
        return self.answers.get(key)


async def test_an_answer_serves_for_seconds_and_is_asked_for_again() -> None:
    clock, source = Clock(), Source(ada="one")
    recent = Recent(source.find, clock=clock)
    for _ in range(1000):
        assert await recent.get("ada") == "one"
    assert source.asked == 1
    source.answers["ada"] = "two"
    clock.passes(FRESH - 0.1)
    assert await recent.get("ada") == "one"
    clock.passes(0.1)
    assert await recent.get("ada") == "two"
    assert source.asked == 2


async def test_there_is_none_serves_a_second() -> None:
    clock, source = Clock(), Source()
    recent = Recent(source.find, clock=clock)
    for _ in range(1000):
        assert await recent.get("ada") is None
    assert source.asked == 1
    source.answers["ada"] = "one"
    clock.passes(AGAIN)
    assert await recent.get("ada") == "one"


async def test_what_is_gone_is_gone_at_the_next_question() -> None:
    clock, source = Clock(), Source(ada="one")
    recent = Recent(source.find, clock=clock)
    assert await recent.get("ada") == "one"
    del source.answers["ada"]
    clock.passes(FRESH)
    assert await recent.get("ada") is None
    source.away = True
    clock.passes(AGAIN)
    with pytest.raises(StoreAway):
        await recent.get("ada")


async def test_while_one_asks_the_others_use_what_is_known() -> None:
    clock, source = Clock(), Source(ada="one")
    recent = Recent(source.find, clock=clock)
    await recent.get("ada")
    clock.passes(FRESH)
    source.answers["ada"] = "two"
    source.open.clear()
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        asking = group.create_task(recent.get("ada"))
        while source.asked < 2:
            await asyncio.sleep(0)
        assert [await recent.get("ada") for _ in range(10)] == ["one"] * 10
        source.open.set()
    assert asking.result() == "two"
    assert source.asked == 2


async def test_what_was_learned_long_ago_serves_nobody_while_one_asks() -> None:
    clock, source = Clock(), Source(ada="one")
    recent = Recent(source.find, clock=clock)
    await recent.get("ada")
    clock.passes(3600)
    del source.answers["ada"]
    source.open.clear()
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        both = [group.create_task(recent.get("ada")) for _ in range(2)]
        while source.asked < 3:
            await asyncio.sleep(0)
        source.open.set()
    assert [one.result() for one in both] == [None, None]


async def test_with_the_store_away_the_last_answer_serves_for_minutes() -> None:
    clock, source = Clock(), Source(ada="one")
    recent = Recent(source.find, clock=clock)
    await recent.get("ada")
    source.away = True
    clock.passes(60)
    for _ in range(1000):
        assert await recent.get("ada") == "one"
    assert source.asked == 2, "a store that is away is asked once a second, not by everyone"
    clock.passes(STALE - 60 - 0.1)
    assert await recent.get("ada") == "one"
    clock.passes(AGAIN)
    with pytest.raises(StoreAway):
        await recent.get("ada")


async def test_with_the_store_away_nothing_is_said_about_the_unknown() -> None:
    source = Source()
    source.away = True
    with pytest.raises(StoreAway):
        await Recent(source.find, clock=Clock()).get("ada")


async def test_a_store_that_is_away_is_not_asked_about_the_unknown_for_a_second() -> None:
    clock, source = Clock(), Source(ada="one")
    recent = Recent(source.find, clock=clock)
    source.away = True
    for name in ("ada", "ada", "grace"):
        with pytest.raises(StoreAway):
            await recent.get(name)
        assert recent.away
    assert source.asked == 1
    source.away = False
    clock.passes(AGAIN)
    assert not recent.away
    assert await recent.get("ada") == "one"


async def test_the_store_back_is_believed_at_once_a_second_later() -> None:
    clock, source = Clock(), Source(ada="one")
    recent = Recent(source.find, clock=clock)
    await recent.get("ada")
    clock.passes(60)
    source.away = True
    assert await recent.get("ada") == "one"
    source.away = False
    del source.answers["ada"]
    clock.passes(AGAIN)
    assert await recent.get("ada") is None


async def test_an_answer_may_be_too_old_for_one_who_knows_better() -> None:
    clock, source = Clock(), Source(ada="one")
    recent = Recent(source.find, clock=clock)
    await recent.get("ada")
    source.answers["ada"] = "two"
    clock.passes(1)
    assert await recent.get("ada", since=clock() - 1) == "one"
    assert await recent.get("ada", since=clock()) == "two"
    source.away = True
    clock.passes(1)
    with pytest.raises(StoreAway):
        await recent.get("ada", since=clock())
    assert await recent.get("ada") == "two"


async def test_what_was_just_learned_is_known() -> None:
    source = Source()
    recent = Recent(source.find, clock=Clock())
    assert await recent.get("ada") is None
    recent.put("ada", "one")
    assert await recent.get("ada") == "one"
    assert source.asked == 1


async def test_a_flood_of_guesses_does_not_push_out_the_known_and_does_not_grow() -> None:
    source = Source(ada="one")
    recent = Recent(source.find, clock=Clock())
    await recent.get("ada")
    for number in range(2 * KEPT):
        await recent.get(f"guess {number}")
    asked = source.asked
    assert await recent.get("ada") == "one"
    assert source.asked == asked
    assert len(recent) == KEPT + 1


async def test_of_many_known_the_least_used_is_forgotten() -> None:
    source = Source(**{f"name{number}": "one" for number in range(KEPT + 1)})
    recent = Recent(source.find, clock=Clock())
    for number in range(KEPT):
        await recent.get(f"name{number}")
    await recent.get("name0")
    await recent.get(f"name{KEPT}")
    assert len(recent) == KEPT
    asked = source.asked
    await recent.get("name0")
    assert source.asked == asked
    await recent.get("name1")
    assert source.asked == asked + 1
