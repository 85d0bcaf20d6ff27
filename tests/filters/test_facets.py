"""Counts per value: the board's sessions and the store's together, as if all were looked at one by one."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from urllib.parse import quote
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from live import filters, order
from live.errors import Invalid
from live.filters import Facts, Filter
from live.filters.conditions import Has
from live.filters.facets import FACETS, LARGEST, Facets, TokenCount
from live.filters.fields import STATES, WORDS
from live.filters.index import Index
from live.storage import mongo
from live.storage.cards import Cards
from live.storage.mongo import Database
from tests.filters.indexes import rests
from tests.filters.strategies import KINDS, queries, sessions
from tests.stories import Story, a_session

_STAGED = "|".join(STATES)
NAMED = re.compile(rf"(?:{_STAGED})=(?:any|none|[a-z]+:.+)|(?!{_STAGED})[a-z]+=.+", re.DOTALL)

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def database(mongodb_url: str) -> AsyncIterator[Database]:
    """A database of this module's own, dropped afterwards."""
    name = f"test_{uuid4().hex[:12]}"
    async with mongo.database(mongodb_url, name, timeout=10) as made:
        await Cards(made).ensure_indexes()
        yield made
        await made.client.drop_database(name)


async def counted(wanted: Filter, *, board: list[Story], stored: Cards) -> dict[str, dict[str, int]]:
    """As the hub counts: the store by its plan, the board by its index."""
    facets = Facets(wanted)
    async with stored.at_rest() as rest:
        for asked, fields in facets.plan():
            facets.merge(await rest.tokens(asked.query(), fields=fields))
    look(facets, *board)
    return facets.result()


def look(facets: Facets, *told: Story) -> None:
    """These sessions are on the board."""
    index = Index(order.SORTS)
    for story in told:
        rests(index, story)
    for asked, fields in facets.plan(everywhere=True):
        facets.merge(index.find(asked).tokens(fields))


def by_token(found: dict[str, dict[str, int]]) -> Counter[str]:
    """Each value as the token that a filter reads it as."""
    tokens: Counter[str] = Counter()
    for field, values in found.items():
        for value, count in values.items():
            (condition,) = filters.parse(f"{field}={quote(value)}").clauses[field].wanted
            assert isinstance(condition, Has)
            (token,) = (one for one in condition.tokens if one.startswith(f"{field}="))
            assert token not in tokens, f"{field}={value} is there twice"
            tokens[token] = count
    return tokens


def looked_at(wanted: Filter, everything: list[Facts]) -> Counter[str]:
    """The same, session by session: for each field, those that match whatever this field says."""
    tokens = Counter({f"{field}={word}": 0 for field, words in WORDS.items() for word in words})
    for field in FACETS:
        others = wanted.without(field)
        for facts in everything:
            if others.matches(facts):
                tokens.update(token for token in facts.tokens if token.startswith(f"{field}="))
    return Counter({token: count for token, count in tokens.items() if NAMED.fullmatch(token)})


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(told=sessions(most=10), asked=st.lists(queries, min_size=4, max_size=4))
async def test_facets_are_what_a_look_at_every_session_gives(
    database: Database, told: list[Story], asked: list[str]
) -> None:
    stored = Cards(database)
    await database["cards"].delete_many({})
    closed = [story for story in told if story.card.status == "closed"]
    if closed:
        await stored.save([story.folded for story in closed])
    for query in asked:
        try:
            wanted = filters.parse(query, kinds=KINDS)
        except Invalid:
            continue
        board = [story for story in told if story not in closed]
        found = await counted(wanted, board=board, stored=stored)
        assert by_token(found) == looked_at(wanted, [filters.facts(story.folded) for story in told]), wanted


async def test_a_filtered_field_shows_what_else_could_be_chosen() -> None:
    facets = Facets(filters.parse("tag=vip&status=open"))
    look(
        facets,
        a_session("web:1").sends("tag.added", tag="VIP"),
        a_session("web:2").sends("tag.added", tag="winter"),
        a_session("web:3").sends("tag.added", tag="VIP").sends("session.closed"),
        a_session("web:4").sends("tag.added", tag="winter").sends("session.closed"),
    )
    result = facets.result()
    assert result["tag"] == {"VIP": 1, "winter": 1}
    assert result["status"] == {"open": 1, "active": 1, "closed": 1, "inactive": 0}
    assert result["channel"] == {"web": 1}
    assert result["sentiment"] == {"unscored": 1, "positive": 0, "neutral": 0, "negative": 0, "turned": 0}


async def test_names_are_shown_as_their_channel_writes_them_and_as_a_filter_reads_them() -> None:
    facets = Facets(filters.parse(""))
    story = (
        a_session()
        .sends("goal.completed", goal="Signed Up")
        .sends("goal.completed", goal="Any")
        .sends("goal.failed", goal="Größe, XL")
        .sends("form.submitted", form="shown:x")
        .sends("tag.added", tag="!new")
    )
    look(facets, story)
    facets.merge([TokenCount("goal=completed:signed up", 2, ("goal=completed:SIGNED UP",)), TokenCount("tag=é", 1, ())])
    result = facets.result()
    assert result["goal"] == {"Signed Up": 3, "any": 1, "completed:Any": 1, "failed:Größe\\, XL": 1}
    assert result["form"] == {"any": 1, "submitted:shown:x": 1}
    assert result["tag"] == {"\\!new": 1, "é": 1}


async def test_only_the_most_frequent_values_are_shown() -> None:
    facets = Facets(filters.parse(""))
    facets.merge([TokenCount(f"tag=t{number}", number, ()) for number in range(1, LARGEST + 2)])
    result = facets.result()["tag"]
    assert len(result) == LARGEST
    assert "t1" not in result and next(iter(result)) == f"t{LARGEST + 1}"


async def test_the_store_is_not_asked_where_no_closed_session_can_match() -> None:
    plan = Facets(filters.parse("status=open&tag=x")).plan()
    assert [(wanted.canonical, fields) for wanted, fields in plan] == [("tag=x", ("status",))]
