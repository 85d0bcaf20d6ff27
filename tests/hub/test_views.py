"""An old view plus its patches equals a fresh view, whatever is lost, doubled or late.

And the fresh view is what the store says.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from live import cards, events, filters, order
from live.errors import Invalid
from live.filters import Filter
from live.hub.catalog import State
from live.hub.views import COLD, FORE
from live.storage.mongo import Database
from tests.filters.strategies import steps as told_steps
from tests.hub.desks import Desk, Screen, desk, emptied, fresh, watching
from tests.hub.test_walk import wanted
from tests.stories import Story, a_session

pytestmark = pytest.mark.anyio

SESSIONS = [f"s{n}" for n in range(6)]
TEXTS = ["hello", "this is terrible, I am furious!", "thank you, wonderful", "I want to talk to a human"]
LISTS = [
    ("", "recent", 3),
    ("tag=!old", "sentiment", 1),
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
        st.tuples(st.just("erases"), st.sampled_from("ab"), st.sampled_from(SESSIONS)),
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
            case ("closes" | "erases" as act, at, session):
                await (self.desks[at].closes if act == "closes" else self.desks[at].erases)(session)
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


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    asked=st.lists(wanted(), min_size=10, max_size=10, unique_by=lambda one: one.canonical),
    happenings=st.lists(
        st.one_of(
            st.tuples(st.just("happens"), st.integers(0, 5), told_steps),
            st.tuples(st.just("happens"), st.integers(0, 5), told_steps),
            st.tuples(st.sampled_from(["moves", "looks", "rests", "comes"])),
        ),
        max_size=30,
    ),
)
async def test_views_that_are_asked_only_when_they_could_care_show_what_asking_all_of_all_would(
    database: Database, asked: list[Filter], happenings: list[Any]
) -> None:
    await emptied(database)
    stories = [a_session(f"{channel}:s-{number}") for number in range(3) for channel in ("web", "sms")]
    async with desk(database, "a") as a:
        screens = [await joined(a, one, masked=False) for one in asked[:5]]
        later = asked[5:]
        for happening in happenings:
            match happening:
                case ("happens", number, step):
                    goes_on(a, stories[number], step)
                case ("moves",):
                    a.hub.views.advance()
                case ("looks",):
                    for screen in screens:
                        screen.catches_up()
                case ("rests",):
                    await a.hub.keeper.flush()
                    a.rests()
                case ("comes",) if later:
                    screens.append(await joined(a, later.pop(), masked=False))
        await a.sure()
        a.hub.views.advance()
        truth = [story.folded for story in stories if story.card.rev]
        for screen in screens:
            screen.catches_up()
            assert (screen.cards, screen.counts) == expected(truth, screen), screen.view.filter
            assert screen.digest() == screen.view.digest()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    sort=st.sampled_from(order.SORTS),
    limit=st.integers(1, 2),
    happenings=st.lists(
        st.one_of(
            st.tuples(st.sampled_from(["says", "leaves", "returns", "closes"]), st.integers(0, 29)),
            st.tuples(st.just("leave"), st.integers(0, 29)),
            st.tuples(st.sampled_from(["moves", "rests", "counts"]), st.just(0)),
        ),
        max_size=40,
    ),
)
async def test_a_list_that_holds_only_its_foremost_shows_who_comes_from_behind(
    database: Database, sort: str, limit: int, happenings: list[tuple[str, int]]
) -> None:
    """Thirty sessions, of which a list shows one or two and has a handful in order."""
    await emptied(database)
    stories = [a_session(f"web:s-{number:02}") for number in range(30)]
    async with desk(database, "a") as a:
        for number in range(30):
            await happens(a, stories, "says", number)
            if number % 4 == 0:
                await happens(a, stories, "closes", number)
        if len(happenings) % 2:
            await happens(a, stories, "rests", 0)
        screen = await watching(a, "tag=!old", sort=sort, limit=limit)
        for what, number in happenings:
            await happens(a, stories, what, number)
            screen.catches_up()
        a.hub.views.advance()
        await a.sure()
        a.hub.views.advance()
        screen.catches_up()
        assert (screen.cards, screen.counts) == expected([story.folded for story in stories], screen)
        assert screen.digest() == screen.view.digest()
        assert len(screen.view._keys) <= 2 * FORE * limit + COLD * limit


async def happens(desk: Desk, stories: list[Story], what: str, number: int) -> None:
    """One thing, to the session of this number where it is about one."""
    match what:
        case "says":
            goes_on(desk, stories[number], lambda story: story.says("hello" * (1 + number % 3)))
        case "leaves":
            goes_on(desk, stories[number], lambda story: story.sends("tag.added", tag="old"))
        case "leave":
            for one in stories[number : number + 12]:
                goes_on(desk, one, lambda story: story.sends("tag.added", tag="old"))
        case "returns":
            goes_on(desk, stories[number], lambda story: story.sends("tag.removed", tag="old"))
        case "closes":
            goes_on(desk, stories[number], lambda story: story.sends("session.closed"))
        case "moves":
            desk.hub.views.advance()
        case "rests":
            await desk.hub.keeper.flush()
            desk.rests()
        case "counts":
            await desk.sure()


async def closed_ones(desk: Desk, count: int) -> list[Story]:
    """So many sessions in which somebody spoke, and that are closed; on the board still."""
    stories = [a_session(f"web:s-{number:02}") for number in range(count)]
    for number in range(count):
        await happens(desk, stories, "says", number)
        await happens(desk, stories, "closes", number)
    return stories


def goes_on(desk: Desk, story: Story, step: Callable[[Story], Any]) -> None:
    """The session goes on, and the board hears of it; a session at rest comes back first."""
    before, now = story.folded, asyncio.get_running_loop().time()
    step(story)
    if story.folded is before:
        return  # only time went by
    board = desk.hub.board
    if before.card.rev and board.get(story.session) is None:
        board.admit(before, now=now)
    board.put(story.folded, now=now)


async def joined(desk: Desk, wanted: Filter, *, masked: bool) -> Screen:
    """A viewer comes with a filter that is read already."""
    screen = Screen(await desk.hub.views.join(wanted, sort="recent", limit=3, masked=masked))
    screen.catches_up()
    return screen


async def test_a_view_that_nothing_touched_makes_no_version(database: Database) -> None:
    async with desk(database, "a") as a:
        touched, left_alone = await watching(a, "tag=vip"), await watching(a, "tag=old")
        await a.says("s1")
        assert not a.hub.views.advance(), "nobody looks at it"
        await a.send("web", {"type": "tag.added", "session": "s1", "id": "t-1", "tag": "vip"})
        assert a.hub.views.advance()
        assert (touched.view.version, left_alone.view.version) == (2, 1)
        assert not a.hub.views.advance()


async def test_a_view_that_counts_by_itself_takes_the_others_along(database: Database) -> None:
    async with desk(database, "a") as a:
        one, other = await watching(a, "status=open"), await watching(a, "tag=!old")
        await a.says("s1")
        await one.view.recount()
        assert (one.view.counts.matching, other.view.counts.matching) == (1, 0)
        assert a.hub.views.advance(), "the other was taken along, and is published with the rest"
        for screen in (one, other):
            screen.catches_up()
            assert screen.cards == {"web:s1": 1}


async def test_a_session_that_comes_back_from_rest_leaves_the_list_of_the_closed(database: Database) -> None:
    async with desk(database, "a") as a:
        await a.says("s1")
        await a.closes("s1")
        await a.hub.keeper.flush()
        a.rests()
        closed = await watching(a, "status=closed")
        closed.catches_up()
        assert closed.cards == {"web:s1": 2}
        await a.says("s1")
        assert a.hub.views.advance()
        closed.catches_up()
        assert (closed.cards, closed.counts["matching"]) == ({}, 0)


async def test_one_that_comes_back_from_behind_and_leaves_at_once_is_counted_no_more(database: Database) -> None:
    """The list holds the two foremost at rest, and is about the count alone here."""
    await emptied(database)
    async with desk(database, "a") as a:
        stories = await closed_ones(a, 6)
        await happens(a, stories, "rests", 0)
        screen = await watching(a, "tag=!old", sort="recent", limit=1)
        screen.catches_up()
        assert screen.counts["closed"] == 6
        behind = next(n for n in range(6) if f"web:s-{n:02}" not in screen.view._keys)
        await happens(a, stories, "leaves", behind)
        assert a.hub.views.advance()
        screen.catches_up()
        assert screen.counts["closed"] == 5


async def test_many_that_come_to_rest_unseen_are_not_all_held_in_order(database: Database) -> None:
    await emptied(database)
    async with desk(database, "a") as a:
        stories = await closed_ones(a, 30)
        screen = await watching(a, "", sort="started", limit=1)
        await happens(a, stories, "rests", 0)
        assert len(screen.view._keys) <= 2 * FORE
        screen.catches_up()
        assert (screen.cards, screen.counts) == expected([story.folded for story in stories], screen)


async def test_a_masked_list_is_a_list_of_its_own_with_the_same_proof(database: Database) -> None:
    secrets = ("Ada Lovelace", "ada@example.org", "I am at home", "crm/17")
    async with desk(database, "a") as a:
        user = {"id": "u-17", "name": secrets[0], "email": secrets[1]}
        for session in ("s1", "s2"):
            fact = {"type": "session.started", "session": session, "id": "st", "user": user, "lead": secrets[3]}
            await a.send("web", fact)
            await a.says(session, secrets[2])
        await a.closes("s2")
        await a.hub.keeper.flush()
        a.rests()
        plain = await joined(a, filters.parse(""), masked=False)
        masked = await joined(a, filters.parse(""), masked=True)
        assert plain.view is not masked.view
        assert all(secret in plain.view.snapshot() for secret in secrets)
        assert not any(secret in masked.view.snapshot() for secret in (*secrets, "u-17", "Ada"))
        assert masked.view.snapshot().count('"name":"A. L."') == 2, "on the board, and at rest"
        assert (masked.cards, masked.counts, masked.digest()) == (plain.cards, plain.counts, plain.digest())
        await a.says("s1", secrets[2])
        a.hub.views.advance()
        patch = masked.view.patch(masked.version)
        assert patch is not None
        assert '"rev":3' in patch
        assert not any(secret in patch for secret in secrets)


@pytest.mark.parametrize("query", ["q=ada", "user=u-1", "text=hello", "status=open&q=!ada"])
async def test_a_masked_list_cannot_be_asked_for_what_it_hides(database: Database, query: str) -> None:
    async with desk(database, "a") as a:
        with pytest.raises(Invalid, match="a masked list cannot be filtered by it"):
            await joined(a, filters.parse(query), masked=True)
        await joined(a, filters.parse(query), masked=False)
        assert len(a.hub.views) == 1


async def test_who_leaves_is_shown_nothing_more(database: Database) -> None:
    async with desk(database, "a") as a:
        await a.says("s1")
        await a.closes("s1")
        await a.hub.keeper.flush()
        a.rests()
        screen = await watching(a, "tag=!old")
        assert screen.view.shown
        a.hub.views.leave(screen.view)
        await screen.view.recount()  # one that was under way
        await a.says("s1")
        assert not a.hub.views.advance()
        assert not a.hub.views._walk._at_rest


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
