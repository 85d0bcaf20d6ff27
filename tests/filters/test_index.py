"""The index in memory finds what the predicate means, counts it, and lists it in order, whatever came and went."""

import random
from collections import Counter
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from live import filters, order
from live.errors import Invalid
from live.filters import Filter
from live.filters.facets import FACETS, comparable
from live.filters.index import Index, Matched
from live.filters.postings import Postings
from live.filters.spoken import Spoken
from live.filters.tokens import RARE
from tests.filters.indexes import rests
from tests.filters.strategies import KINDS, queries, sessions
from tests.stories import Story, a_session

UNHURRIED = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def read(query: str) -> Filter | None:
    """The filter; None where it is refused."""
    try:
        return filters.parse(query, kinds=KINDS)
    except Invalid:
        return None


def listed(matched: Matched, sort: str, page: int) -> list[str]:
    """All of them, page by page."""
    found: list[str] = []
    after = None
    while places := matched.first(sort, limit=page, after=after):
        assert len(places) <= page
        found += [session for _, session in places]
        after = places[-1]
    return found


def in_order(told: Sequence[Story], sort: str) -> list[str]:
    """As the order says."""
    return [s.session for s in sorted(told, key=lambda s: (order.sort_key(sort, s.card), s.session))]


@UNHURRIED
@given(
    told=sessions(most=12),
    asked=st.lists(queries, min_size=8, max_size=8),
    back=st.sets(st.integers(0, 11)),
    page=st.integers(1, 4),
    talking=st.booleans(),
)
def test_the_index_finds_what_the_predicate_means(
    *, told: list[Story], asked: list[str], back: set[int], page: int, talking: bool
) -> None:
    index = Index(order.SORTS, words=Spoken() if talking else Postings())
    for story in told:
        rests(index, story)
    for n in back:
        if n < len(told):
            index.discard(told[n].session)
            if n % 2:
                rests(index, told[n])  # it came back, and rests again
    there = [story for n, story in enumerate(told) if n not in back or n % 2]
    for wanted in filter(None, map(read, asked)):
        meant = [story for story in there if wanted.matches(filters.facts(story.folded))]
        matched = index.find(wanted)
        assert matched.count == len(meant), wanted
        for sort in order.SORTS:
            assert listed(matched, sort, page) == in_order(meant, sort), (wanted, sort)
        tokens = Counter(token for story in meant for token in filters.facts(story.folded).tokens)
        expected = {token: n for token, n in tokens.items() if token.partition("=")[0] in FACETS}
        counted = matched.tokens(FACETS)
        assert {one.token: one.n for one in counted} == expected
        assert all(comparable(own) == one.token for one in counted for own in one.spelled)


def test_a_thousand_sessions_are_walked_in_order_whether_many_or_few_match() -> None:
    rng = random.Random(7)
    index = Index(order.SORTS)
    told = []
    for n in range(1_000):
        story = a_session(f"web:{rng.randrange(10**9)}-{n}").later(rng.randrange(10**6)).says("hello")
        story.sends("tag.added", tag="half" if n % 2 else "other")
        if n % 40 == 0:
            story.sends("tag.added", tag="few")
        told.append(story)
        rests(index, story)
    assert any(sum("few" in story.card.tags for story in told) < size for size in (RARE,))
    for tag in ("half", "few"):
        matched = index.find(filters.parse(f"tag={tag}"))
        meant = [story for story in told if tag in story.card.tags]
        for sort in ("recent", "started"):
            assert listed(matched, sort, 70) == in_order(meant, sort)


def test_with_too_many_words_it_says_that_it_does_not_know() -> None:
    index = Index(order.SORTS, words=Postings(most=0))
    for n in range(3):
        rests(index, a_session(f"web:{n}").says("hello there"))
    assert not index.knows(filters.parse("text=hello&status=closed"))
    assert not index.knows(filters.parse("text=!hello"))
    assert index.knows(filters.parse("status=open&q=ada"))
