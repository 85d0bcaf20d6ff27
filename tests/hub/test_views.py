"""An old view plus its patches equals a fresh view, whatever is lost, doubled or late.

And the fresh view is what the store says.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from live import cards, events, filters, order
from live.errors import Invalid
from live.hub.catalog import State
from live.storage.mongo import Database
from tests.hub.desks import Desk, Screen, desk, emptied, fresh, watching

pytestmark = pytest.mark.anyio

SESSIONS = [f"s{n}" for n in range(6)]
TEXTS = ["hello", "this is terrible, I am furious!", "thank you, wonderful", "I want to talk to a human"]
LISTS = [
    ("", "recent", 3),
    ("status=open", "started", 4),
    ("sentiment=negative", "attention", 2),
    ("status=closed", "messages", 3),
    ("q=nobody", "recent", 5),
    ("tag=vip,!old", "recent", 2),
]

steps = st.lists(
    st.one_of(
        st.tuples(st.just("says"), st.sampled_from("ab"), st.sampled_from(SESSIONS), st.sampled_from(TEXTS)),
        st.tuples(st.just("tags"), st.sampled_from("ab"), st.sampled_from(SESSIONS), st.sampled_from(["vip", "old"])),
        st.tuples(st.just("closes"), st.sampled_from("ab"), st.sampled_from(SESSIONS)),
        st.tuples(st.just("keeps"), st.sampled_from("ab")),
        st.tuples(st.just("rests"), st.sampled_from("ab")),
        st.tuples(st.just("passes"), st.sampled_from(["all", "none", "twice", "late"])),
        st.tuples(st.just("reconciles"), st.sampled_from("ab")),
        st.tuples(st.just("moves"), st.sampled_from("ab")),
        st.tuples(st.just("looks"), st.sampled_from("ab")),
    ),
    max_size=40,
)


class Room:
    """Two hubs on one store, a bus that is not to be trusted, and viewers at both."""

    def __init__(self, desks: dict[str, Desk], screens: dict[str, list[Screen]]) -> None:
        self.desks, self.screens = desks, screens
        self.late: list[tuple[str, bytes]] = []
        self.number = 0

    async def does(self, step: Any) -> None:
        """One thing happens."""
        match step:
            case ("says", at, session, text):
                await self.desks[at].says(session, text)
            case ("tags", at, session, tag):
                self.number += 1
                await self.desks[at].send(
                    "web", {"type": "tag.added", "session": session, "id": f"t-{self.number}", "tag": tag}
                )
            case ("closes", at, session):
                await self.desks[at].closes(session)
            case ("keeps", at):
                await self.desks[at].hub.keeper.flush()
            case ("rests", at):
                self.desks[at].rests()
            case ("passes", how):
                self.passes(how)
            case ("reconciles", at):
                await self.desks[at].hub.reconcile.round(grace=0)
            case ("moves", at):
                for view in self.desks[at].hub.views:
                    view.advance()
            case ("looks", at):
                for screen in self.screens[at]:
                    screen.catches_up()

    def passes(self, how: str) -> None:
        """What the hubs published meanwhile arrives, or does not."""
        made = [(to, message) for to, by in (("a", "b"), ("b", "a")) for message in self.desks[by].publications()]
        if how == "late":
            self.late += made
            return
        for to, message in [] if how == "none" else [*self.late, *made] * (2 if how == "twice" else 1):
            self.desks[to].hears(message)
        self.late = []

    async def settles(self) -> None:
        """All that was missed is read, and everybody looks."""
        self.passes("all")
        for at in self.desks.values():
            await at.hub.reconcile.round(grace=0)
            if at.hub.catalog.state is State.READY:
                await at.hub.catalog.round()
        for name, at in self.desks.items():
            await at.sure()
            for view in at.hub.views:
                view.advance()
            for screen in self.screens[name]:
                screen.catches_up()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
async def test_on_one_hub_an_old_view_and_its_patches_are_a_fresh_view_at_any_time(
    database: Database, steps: list[Any]
) -> None:
    await emptied(database)
    async with desk(database, "a") as a:
        screens = [await watching(a, query, sort=sort, limit=limit) for query, sort, limit in LISTS]
        room = Room({"a": a, "b": a}, {"a": screens, "b": screens})
        for step in steps:
            await room.does(step)
            if step[0] != "looks":
                continue
            await a.sure()
            for screen in screens:
                screen.view.advance()
                screen.catches_up()
                again = await fresh(a, screen.view)
                assert (screen.cards, screen.counts) == (again.cards, again.counts), screen.view.filter
                assert screen.digest() == again.view.digest()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, catalogued=st.booleans())
async def test_two_hubs_show_what_the_store_says_once_they_have_reconciled(
    database: Database, *, steps: list[Any], catalogued: bool
) -> None:
    await emptied(database)
    async with desk(database, "a") as a, desk(database, "b") as b:
        desks = {"a": a, "b": b}
        for at in desks.values() if catalogued else ():
            await at.hub.catalog.round()
        room = Room(
            desks, {at: [await watching(d, q, sort=s, limit=n) for q, s, n in LISTS] for at, d in desks.items()}
        )
        for step in steps:
            await room.does(step)
        await room.settles()
        truth = await stored(a)
        for name, at in room.desks.items():
            for screen in room.screens[name]:
                assert (screen.cards, screen.counts) == expected(truth, screen), (name, screen.view.filter)
                assert screen.digest() == screen.view.digest()
                page = await at.hub.search.page(screen.view.filter, sort=screen.view.sort, limit=screen.view.limit)
                assert page.total == screen.counts["matching"]
                assert await at.hub.search.counts(screen.view.filter) == screen.view.counts
                found = await at.hub.search.facets(screen.view.filter)
                at.hub.catalog.state, state = State.LOADING, at.hub.catalog.state
                assert found == await at.hub.search.facets(screen.view.filter), "the store says the same"
                at.hub.catalog.state = state


async def test_the_hub_keeps_no_more_different_lists_than_it_may(database: Database) -> None:
    async with desk(database, "a") as a:
        most = a.hub.settings.max_views
        for number in range(most):
            await watching(a, f"tag=t{number}&status=open")
        with pytest.raises(Invalid, match="different live lists"):
            await watching(a, "tag=one-more")
        await watching(a, "tag=t1&status=open")  # one in use is shared


async def stored(desk: Desk) -> list[cards.Folded]:
    """Every session, folded from its events alone."""
    found = []
    for session in await desk.hub.journal.sessions():
        lines = await desk.hub.journal.read(session, limit=10_000)
        assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
        found.append(cards.fold_all(cards.empty(session), [events.decode_stored(line.json) for line in lines]))
    return found


def expected(truth: list[cards.Folded], screen: Screen) -> tuple[dict[str, int], dict[str, int]]:
    """What the list must show: by the predicate alone, from the events alone."""
    matching = [one for one in truth if screen.view.filter.matches(filters.facts(one))]
    first = sorted(matching, key=lambda one: (order.sort_key(screen.view.sort, one.card), one.card.session))[
        : screen.view.limit
    ]
    counts = {status: sum(one.card.status == status for one in matching) for status in ("active", "inactive", "closed")}
    counts["negative"] = sum(one.card.sentiment.label == "negative" for one in matching)
    counts["matching"] = len(matching)
    return {one.card.session: one.card.rev for one in first}, counts
