"""Who watches which session: on this hub, and as other hubs tell."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from live.hub import watchers
from live.hub.watchers import Watchers, Watching

pytestmark = pytest.mark.anyio

SOON = 10.0  # seconds for what must come


class Heard:
    """What a hub was told while it ran."""

    def __init__(self) -> None:
        self.tables: list[dict[str, Any]] = []
        self.changed: list[set[str]] = []

    async def until(self, true: Callable[[], object]) -> None:
        """Look again and again."""
        async with asyncio.timeout(SOON):
            while not true():
                await asyncio.sleep(0.01)


@asynccontextmanager
async def running(known: Watchers) -> AsyncIterator[Heard]:
    """A hub at work, in a hurry."""
    heard = Heard()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(
            known.run(
                tell=lambda table: heard.tables.append(msgspec.json.decode(table)),
                changed=heard.changed.append,
                pause=lambda: 0.0,
            )
        )
        yield heard
        task.cancel()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundredths of seconds in place of seconds."""
    for name, seconds in (("PAUSE", 0.01), ("AGAIN", 0.1), ("GOOD", 0.4)):
        monkeypatch.setattr(watchers, name, seconds)


def table(**sessions: list[str]) -> bytes:
    """Another hub's."""
    return msgspec.json.encode(sessions)


async def test_a_person_on_two_sockets_is_one() -> None:
    known = Watchers()
    known.come("s", "Grace")
    known.come("s", "Ada")
    known.come("s", "Ada")
    assert known.of("s") == Watching(("Ada", "Grace"), 2)
    known.go("s", "Ada")
    assert known.counts == {"s": 2}
    known.go("s", "Ada")
    known.go("s", "Grace")
    assert known.of("s") == Watching((), 0)
    assert known.counts == {}


async def test_the_same_person_on_another_hub_is_one_too() -> None:
    known = Watchers()
    known.come("s", "Ada")
    known.hear("there", table(s=["Ada", "Grace"], t=["Grace"]))
    assert known.of("s") == Watching(("Ada", "Grace"), 2)
    assert known.counts == {"s": 2, "t": 1}
    known.hear("there", table(t=["Grace", "Rita"]))
    assert known.counts == {"s": 1, "t": 2}
    known.hear("elsewhere", table(t=["Rita"]))
    known.forget("there")
    known.forget("there")
    assert known.counts == {"s": 1, "t": 1}
    known.alone()
    assert known.counts == {"s": 1}


async def test_many_people_are_counted_and_some_of_them_named() -> None:
    known = Watchers()
    people = [f"p-{n:03}" for n in range(50)]
    for name in reversed(people):
        known.come("s", name)
    assert known.of("s") == Watching(tuple(people[: watchers.NAMES]), 50)


async def test_cards_of_a_wall_that_are_watched_and_no_others() -> None:
    known = Watchers()
    assert known.among({"a": 1}, {}) == {}
    for session in ("a", "b", "c"):
        known.come(session, "Ada")
    known.come("b", "Grace")
    before = known.among({"b": 1, "z": 1}, {})
    assert before == {"b": 2}
    assert known.among({"b": 1, "x": 1, "y": 1, "z": 1}, before) is before
    for n in range(300):
        known.come(f"many-{n:03}", "Ada")
    every = dict.fromkeys([f"many-{n:03}" for n in range(300)])
    assert list(known.among(every, {})) == [f"many-{n:03}" for n in range(watchers.CARDS)]


async def test_changes_are_gathered_and_told_once_and_an_unchanged_table_again() -> None:
    known = Watchers()
    async with running(known) as heard:
        for session in ("s", "t"):
            known.come(session, "Ada")
            known.come(session, "Grace")
        version = known.version
        await heard.until(lambda: len(heard.tables) > 2)
        assert heard.tables[0] == heard.tables[2] == {"s": ["Ada", "Grace"], "t": ["Ada", "Grace"]}
        assert heard.changed == [{"s", "t"}]
        assert known.version == version + 1


async def test_when_nobody_watches_it_says_so_once_and_then_nothing() -> None:
    known = Watchers()
    async with running(known) as heard:
        known.again()
        known.come("s", "Ada")
        await heard.until(lambda: heard.tables)
        known.go("s", "Ada")
        await heard.until(lambda: not heard.tables[-1])
        known.again()
        told = list(heard.tables)
        known.hear("there", table(s=["Grace"]))  # the loop goes round once more, and has nothing to say
        await heard.until(lambda: known.counts == {} and len(heard.changed) > 3)
        assert heard.tables == told


async def test_a_table_that_is_not_told_again_no_longer_counts() -> None:
    known = Watchers()
    async with running(known) as heard:
        known.hear("there", table(s=["Grace"]))
        await heard.until(lambda: heard.changed)
        assert known.counts == {"s": 1}
        await heard.until(lambda: len(heard.changed) > 1)
        assert known.counts == {}


async def test_a_table_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchers, "TOLD", 5)
    known = Watchers()
    async with running(known) as heard:
        for session in ("a", "b", "c"):
            for name in ("Ada", "Grace", "Rita"):
                known.come(session, name)
        await heard.until(lambda: heard.tables)
        assert heard.tables[0] == {"a": ["Ada", "Grace", "Rita"], "b": ["Ada", "Grace"]}
        assert known.counts == {"a": 3, "b": 3, "c": 3}
