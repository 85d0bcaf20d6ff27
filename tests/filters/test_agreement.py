"""One meaning in two places: what a filter's predicate says of a session, its query finds in MongoDB."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from pymongo.collection import Collection

from live import filters
from live.errors import Invalid
from live.filters import Filter
from live.filters.language import escaped
from tests.filters.strategies import (
    EMAILS,
    KINDS,
    MOMENTS,
    NAMES,
    PEOPLE,
    PHONES,
    SIGNS,
    TEXTS,
    compared,
    queries,
    sessions,
)  # fmt: skip
from tests.stories import Story, a_session

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


def every_kind_of_session() -> list[Story]:
    """One session for each name, person, text and time."""
    people = [{"name": text} for text in PEOPLE] + [{"email": text} for text in EMAILS] + [{"phone": n} for n in PHONES]
    told = [a_session(f"web:n-{n}").sends("tag.added", tag=name) for n, name in enumerate(NAMES)]
    told += [a_session(f"web:u-{n}").sends("session.started", user=user) for n, user in enumerate(people)]
    told += [a_session(f"web:t-{n}").says(text).says(text[:5]) for n, text in enumerate(TEXTS)]
    times = [moment for moment in MOMENTS if len(moment) > 10]
    told += [a_session(f"sms:m-{n}").later(1e9).answers("", at=moment) for n, moment in enumerate(times)]
    return told


def every_kind_of_filter() -> Iterator[tuple[str, str]]:
    """Field and value: whole texts, each part of them, times, numbers."""
    for text in {*PEOPLE, *EMAILS, *PHONES, *NAMES}:
        yield from (("q", text[start:end]) for start in range(len(text)) for end in range(start + 1, len(text) + 1))
    for text in TEXTS:
        yield from (("text", part) for part in (text, *text.split(), text[:3], " ".join(reversed(text.split()))))
    yield from (("tag", name) for name in NAMES)
    yield from ((field, moment) for moment in MOMENTS for field in ("from", "to"))
    yield from (("messages", compared(sign, number)) for sign in SIGNS for number in "0123")
    yield from (("duration", compared(sign, number)) for sign in SIGNS for number in ("0", "1s", "999ms", "31d"))


def test_they_agree_on_every_part_of_every_text(collection: Documents) -> None:
    told = every_kind_of_session()
    keep(collection, told)
    everything = {story.session: filters.facts(story.folded) for story in told}
    asked = {f"{field}={no}{quote(escaped(value))}" for field, value in every_kind_of_filter() for no in ("", "!")}
    whole, some = 0, 0
    for wanted in filter(None, map(read, sorted(asked))):
        meant = {session for session, facts in everything.items() if wanted.matches(facts)}
        found = {row["_id"] for row in collection.find(wanted.query(), {"_id": True})}
        assert found == meant, (wanted.canonical, wanted.query())
        whole, some = whole + 1, some + (0 < len(meant) < len(told))
    assert some > whole / 2, "most filters tell sessions apart"


@UNHURRIED
@given(told=sessions(), query=queries)
def test_a_session_matches_when_each_of_its_fields_does(told: list[Story], query: str) -> None:
    wanted = read(query)
    if wanted is None:
        return
    alone = [Filter({field: clause}) for field, clause in wanted.clauses.items()]
    for facts in (filters.facts(story.folded) for story in told):
        kept = [one.matches(facts) for one in alone]
        assert wanted.matches(facts) == all(kept)
        for n, field in enumerate(wanted.clauses):
            assert wanted.without(field).matches(facts) == all(kept[:n] + kept[n + 1 :])


@UNHURRIED
@given(told=sessions(), query=queries)
def test_what_cannot_match_a_closed_session_does_not(told: list[Story], query: str) -> None:
    wanted = read(query)
    if wanted is not None and not wanted.at_rest:
        closed = [filters.facts(story.folded) for story in told if story.card.status == "closed"]
        assert not any(wanted.matches(facts) for facts in closed)
