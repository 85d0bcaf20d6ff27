"""Numbers, times and parts of names in an index of some size: the same as looking at each session."""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

import pytest

from live import order
from live.events import moment
from live.filters import parse
from live.filters.index import Index

MANY = 3_500
DAY = 86_400_000
FIRST = int(moment("2026-09-01T00:00:00Z").timestamp()) * 1_000


class Known(NamedTuple):
    """What is asked for of a session."""

    started: int
    last: int
    messages: int
    duration: int
    who: str


def _known(of: Random) -> Known:
    started = FIRST + of.randrange(90 * DAY)
    who = f"{of.choice(('ada', 'grace', 'zoe'))} {of.randrange(MANY)}\nu@example.org\n4179{of.randrange(10**6):06}"
    return Known(started, started + of.randrange(DAY), of.randrange(40), of.randrange(3_600) * 1_000, who)


def _put(index: Index, session: str, one: Known) -> None:
    keys = dict.fromkeys(order.SORTS, 0.0) | {"recent": -float(one.last), "started": -float(one.started)}
    keys |= {"messages": -float(one.messages), "duration": -float(one.duration)}
    index.add(session, rev=1, tokens=("channel=web",), spelled={}, who=one.who, words=(), keys=keys)


@pytest.fixture(scope="module")
def world() -> tuple[Index, dict[str, Known]]:
    """Asked once, then some more came, others came again otherwise, and some went."""
    of, index = Random(3), Index(order.SORTS)
    there = {f"web:{n}": _known(of) for n in range(MANY)}
    for session, one in there.items():
        _put(index, session, one)
    parse_once = index.find(parse("q=grace"))  # what was found for a text is kept
    assert parse_once is not None
    for n in range(0, MANY, 50):
        there[f"web:{n}"] = _known(of)
        _put(index, f"web:{n}", there[f"web:{n}"])
        there[f"web:late-{n}"] = _known(of)
        _put(index, f"web:late-{n}", there[f"web:late-{n}"])
        index.discard(f"web:{n + 1}")
        there.pop(f"web:{n + 1}", None)
    return index, there


def _at(text: str) -> int:
    return int(moment(text).timestamp() * 1_000)


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        ("messages=>20", lambda one: one.messages > 20),
        ("messages=2..5", lambda one: 2 <= one.messages <= 5),
        ("messages=<=0", lambda one: one.messages == 0),
        ("messages=>100", lambda one: False),
        ("messages=!3", lambda one: one.messages != 3),
        ("duration=>50m", lambda one: one.duration > 3_000_000),
        ("duration=10m..50m", lambda one: 600_000 <= one.duration <= 3_000_000),
        ("from=2026-10-01", lambda one: one.last >= _at("2026-10-01T00:00:00Z")),
        ("to=2026-10-01T12:00:00Z", lambda one: one.started <= _at("2026-10-01T12:00:00Z")),
        (
            "from=2026-10-01&to=2026-10-02T00:00:00Z",
            lambda one: one.last >= _at("2026-10-01T00:00:00Z") and one.started <= _at("2026-10-02T00:00:00Z"),
        ),
        ("q=grace", lambda one: "grace" in one.who),
        ("q=nobody", lambda one: False),
        ("q=41 79 1", lambda one: "41791" in one.who or "41 79 1" in one.who),
        ("q=!ada&messages=>30", lambda one: "ada" not in one.who and one.messages > 30),
        ("q=zoe,grace 1&duration=<5m", lambda one: ("zoe" in one.who or "grace 1" in one.who) and one.duration < 3e5),
    ],
)
def test_what_lies_between_is_found_and_nothing_else(
    world: tuple[Index, dict[str, Known]], asked: str, holds: Callable[[Known], bool]
) -> None:
    index, there = world
    for _ in range(2):  # the second time from what was kept of the first
        found = index.find(parse(asked))
        assert found is not None
        wanted = {session for session, one in there.items() if holds(one)}
        assert found.count == len(wanted)
        assert {session for _, session in found.first("started", limit=len(there))} == wanted
