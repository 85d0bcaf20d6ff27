"""One meaning in two places: what a filter's predicate says of a session, its query finds in MongoDB."""

from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from pymongo.collection import Collection

from live import filters
from live.errors import Invalid
from live.filters import Filter
from tests.filters.strategies import KINDS, queries, sessions
from tests.stories import Story

Documents = Collection[dict[str, Any]]
UNHURRIED = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])


def read(query: str) -> Filter | None:
    """The filter; None where it is refused, which must name the field."""
    try:
        return filters.parse(query, kinds=KINDS)
    except Invalid as error:
        assert all(flaw.path and flaw.message for flaw in error.flaws), error.flaws
        return None


def keep(collection: Documents, told: list[Story]) -> None:
    """Put the sessions into the store, as the hub does, and nothing else."""
    collection.delete_many({})
    rows = [filters.search_fields(story.folded, filters.facts(story.folded)) for story in told]
    collection.insert_many([{"_id": story.session, **row} for story, row in zip(told, rows, strict=True)])


@UNHURRIED
@given(told=sessions(), asked=st.lists(queries, min_size=12, max_size=12))
def test_the_predicate_and_the_query_agree(collection: Documents, told: list[Story], asked: list[str]) -> None:
    keep(collection, told)
    everything = {story.session: filters.facts(story.folded) for story in told}
    for wanted in filter(None, map(read, asked)):
        meant = {session for session, facts in everything.items() if wanted.matches(facts)}
        found = {row["_id"] for row in collection.find(wanted.query(), {"_id": True})}
        assert found == meant, (wanted.canonical, wanted.query())
        event("some, but not all" if 0 < len(meant) < len(told) else "all or none")


@UNHURRIED
@given(told=sessions(), query=queries)
def test_a_session_matches_when_no_field_keeps_it_out(told: list[Story], query: str) -> None:
    wanted = read(query)
    if wanted is None:
        return
    for facts in (filters.facts(story.folded) for story in told):
        missed = wanted.misses(facts)
        assert wanted.matches(facts) == (not missed)
        assert missed <= wanted.fields
        for field in wanted.fields:
            assert wanted.without(field).matches(facts) == (missed <= {field})


@UNHURRIED
@given(told=sessions(), query=queries)
def test_what_cannot_match_a_closed_session_does_not(told: list[Story], query: str) -> None:
    wanted = read(query)
    if wanted is not None and not wanted.at_rest:
        closed = [filters.facts(story.folded) for story in told if story.card.status == "closed"]
        assert not any(wanted.matches(facts) for facts in closed)
