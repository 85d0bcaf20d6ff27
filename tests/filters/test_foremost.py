"""The first of many in an order, and those behind a place: the same as all of them sorted, however many are equal."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from live.filters import parse
from live.filters.facets import FACETS
from live.filters.index import DENSE, MANY, TAKEN, Index
from live.filters.tokens import RARE

SORTS = ("recent", "messages")
LIKE = "web:a-name-that-begins-as-the-others-do-"  # longer than what is compared as numbers
NAMES = st.sampled_from(
    ["web:a", "web:b", "web:ab", "web:a\0", "web:a\0\0", "web:ä", "web:é", "web:李", "web:🦊", "web:\ud7ff", "sms:a"]
    + [f"{LIKE}{n}" for n in range(8)]
    + [f"{LIKE[:31]}{letter}" for letter in "aäß🦊"]
)  # fmt: skip
KEYS = st.sampled_from([-1.5, -1.0, -0.0, 0.0, 2.0])


def _put(index: Index, session: str, key: float, *tokens: str) -> None:
    keys = {"recent": key, "messages": -key}
    index.add(session, rev=1, tokens=("channel=web", *tokens), spelled={}, who="", words=(), keys=keys)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(
    come=st.lists(st.tuples(NAMES, KEYS), max_size=40),
    gone=st.sets(NAMES, max_size=4),
    then=st.lists(st.tuples(NAMES, KEYS), max_size=10),
    after=st.none() | st.tuples(KEYS, NAMES | st.text(max_size=3)),
    limit=st.integers(1, 12),
)
def test_the_first_are_those_that_sorting_puts_first(
    *,
    come: list[tuple[str, float]],
    gone: set[str],
    then: list[tuple[str, float]],
    after: tuple[float, str] | None,
    limit: int,
) -> None:
    index = Index(SORTS)
    there: dict[str, float] = {}
    for session, key in come:
        _put(index, session, key)
        there[session] = key
    before = index.find(parse("")).first("recent", limit=limit, after=after)
    assert before == _first(there, after, limit)
    for session in gone:
        index.discard(session)
        there.pop(session, None)
    for session, key in then:
        _put(index, session, key)
        there[session] = key
    found = index.find(parse(""))
    assert found.first("recent", limit=limit, after=after) == _first(there, after, limit)
    assert set(found.sessions()) == set(there)


def _first(there: dict[str, float], after: tuple[float, str] | None, limit: int) -> list[tuple[float, str]]:
    places = sorted((key, session) for session, key in there.items())
    return [place for place in places if after is None or place > after][:limit]


@pytest.fixture(scope="module")
def grown() -> tuple[Index, dict[str, tuple[float, int]]]:
    """More than are made ready at once; asked in between; some changed and some went."""
    of, index = Random(17), Index(SORTS)
    there: dict[str, tuple[float, int]] = {}
    for number in range(2 * TAKEN + 300):
        session, one = f"web:copy-{of.randrange(10**6)}", (float(of.randrange(5)), of.randrange(2 * DENSE))
        _put(index, session, one[0], f"tag=t{one[1]}", f"tag=few {number // (2 * RARE)}")
        there[session] = one
        if number % 1_000 == 0:
            assert index.find(parse("")).first("recent", limit=1) == _first(
                {s: k for s, (k, _) in there.items()}, None, 1
            )
        if number % 9 == 0:
            gone = of.choice(list(there)) if number % 1_000 == 9 else session
            index.discard(gone)
            del there[gone]
    return index, there


@pytest.mark.parametrize("asked", ["", "tag=t1", "tag=t1,t2,t3", "tag=!t1", "tag=few 3", "tag=none such"])
def test_thousands_of_equals_come_page_by_page_each_once(
    grown: tuple[Index, dict[str, tuple[float, int]]], asked: str
) -> None:
    index, there = grown
    found = index.find(parse(asked))
    meant = {session: there[session][0] for session in found.sessions()}
    listed: list[tuple[float, str]] = []
    after = None
    while page := found.first("recent", limit=997, after=after):
        listed += page
        after = page[-1]
    assert listed == sorted((key, session) for session, key in meant.items())
    for middle in listed[:: max(1, len(listed) // 7)]:
        assert found.first("recent", limit=50, after=middle) == _first(meant, middle, 50)


def test_tokens_are_counted_whether_few_or_many_have_them(grown: tuple[Index, dict[str, tuple[float, int]]]) -> None:
    index, _ = grown
    for asked in ("", "tag=t1", "tag=few 3"):
        found = index.find(parse(asked))
        counted = {one.token: one.n for one in found.tokens(FACETS)}
        assert counted["channel=web"] == found.count
        names = [f"tag=t{n}" for n in range(2 * DENSE)] + [f"tag=few {n}" for n in range(2 * TAKEN // RARE)]
        assert {name: count for name in names if (count := found.having(name))} == {
            token: count for token, count in counted.items() if token.startswith("tag=")
        }


@pytest.mark.parametrize("different", [2, 90, 10**9])
def test_of_very_many_the_first_are_guessed_and_none_is_missed(different: int) -> None:
    of, index = Random(different), Index(SORTS)
    there: dict[str, float] = {}
    for number in range(MANY + 8_000):
        session, key = f"web:{of.randrange(10**12)}", float(of.randrange(different))
        _put(index, session, key, *(("tag=odd",) if number % 19 == 0 else ()))
        there[session] = key
    for session in of.sample(list(there), 1_000):
        index.discard(session)
        del there[session]
    found = index.find(parse("tag=!odd"))
    assert found.count > MANY
    listed = [place for place in sorted((key, session) for session, key in there.items()) if place[1] in found]
    for start in (0, 1, 49, 10_000, 40_000, len(listed) - 60, len(listed) - 5):
        after = listed[start - 1] if start else None
        assert found.first("recent", limit=50, after=after) == listed[start : start + 50]
