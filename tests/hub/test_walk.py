"""Who is shown what changed: all who could care, and hardly anyone else."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, reject, settings
from hypothesis import strategies as st

from live import filters
from live.cards import Folded
from live.errors import Invalid
from live.filters import Filter
from live.hub.board import Board, Entry
from live.hub.walk import Walk
from tests.filters.strategies import KINDS, queries, sessions, steps
from tests.stories import Story, a_session


class Reader:
    """A follower that only remembers what it was shown."""

    def __init__(self, wanted: Filter) -> None:
        self.wanted = wanted
        self.held: set[str] = set()
        self.shown: list[str] = []

    @property
    def anchors(self) -> frozenset[str] | None:
        """As its filter has them."""
        return self.wanted.anchors

    def take(self, entry: Entry) -> bool:
        """Hold it or let it go."""
        self.shown.append(entry.session)
        before = entry.session in self.held
        (self.held.add if self.wanted.matches(entry.facts) else self.held.discard)(entry.session)
        return before or entry.session in self.held

    def forget(self, session: str) -> bool:
        """Let it go: it was erased."""
        before = session in self.held
        self.held.discard(session)
        return before


@st.composite
def wanted(draw: st.DrawFn) -> Filter:
    """Any filter that is not refused."""
    try:
        return filters.parse(draw(queries), kinds=KINDS)
    except Invalid:
        reject()


@settings(deadline=None)
@given(told=sessions(), asked=st.lists(wanted(), min_size=8, max_size=8))
def test_what_matches_has_an_anchor(told: list[Story], asked: list[Filter]) -> None:
    for story in told:
        facts = filters.facts(story.folded)
        for one in asked:
            if one.anchors is not None and one.matches(facts):
                assert one.anchors & facts.tokens, one.canonical


@settings(deadline=None)
@given(
    asked=st.lists(wanted(), min_size=6, max_size=6),
    happenings=st.lists(
        st.one_of(
            st.tuples(st.just("happens"), st.integers(0, 3), steps),
            st.tuples(st.just("happens"), st.integers(0, 3), steps),
            st.tuples(st.just("vanishes"), st.integers(0, 3)),
            st.tuples(st.sampled_from(("looks", "comes", "goes", "rests"))),
        ),
        max_size=30,
    ),
)
def test_every_follower_holds_what_a_look_at_the_whole_board_would_find(
    asked: list[Filter], happenings: list[Any]
) -> None:
    stage = Stage(asked)
    for happening, *more in happenings:
        getattr(stage, happening)(*more)
    stage.looks()
    for reader in stage.here:
        found = {entry.session for entry in stage.board.entries.values() if reader.wanted.matches(entry.facts)}
        assert reader.held == found, reader.wanted.canonical


class Stage:
    """A board, a walk, and readers. The methods are what may happen."""

    def __init__(self, asked: list[Filter]) -> None:
        self.board = Board()
        self.walk = Walk[Reader](self.board)
        self.here: list[Reader] = []
        self._stories: list[Story] = [a_session(f"web:s-{number}") for number in range(4)]
        self._absent = list(asked)
        for _ in range(3):
            self.comes()

    def happens(self, number: int, step: Callable[[Story], object]) -> None:
        """Something in one of the sessions."""
        step(self._stories[number])
        puts(self.board, self._stories[number].folded)

    def vanishes(self, number: int) -> None:
        """It is erased, and may begin anew."""
        if f"web:s-{number}" in self.board.entries:
            self.board.erase(f"web:s-{number}")
            self.walk.erased(f"web:s-{number}")
            self._stories[number] = a_session(f"web:s-{number}")

    def looks(self) -> None:
        """All see what changed."""
        self.walk.catch_up()

    def comes(self) -> None:
        """One more reader."""
        if self._absent:
            self.here.append(joined(self.walk, self.board, self._absent.pop()))

    def goes(self) -> None:
        """The first reader leaves."""
        if self.here:
            self.walk.leave(self.here.pop(0))

    def rests(self) -> None:
        """What is closed leaves the board."""
        before = dict(self.board.entries)
        self.board.retire(now=1e9)
        for session in before.keys() - self.board.entries.keys():
            for reader in self.walk.retired(before[session]):
                reader.held.discard(session)


def joined(walk: Walk[Reader], board: Board, wanted: Filter) -> Reader:
    """A reader comes, and holds what matches now."""
    reader = Reader(wanted)
    reader.held = {session for session, entry in board.entries.items() if wanted.matches(entry.facts)}
    walk.join(reader)
    return reader


def puts(board: Board, folded: Folded) -> None:
    """The board takes it, and the store has it at once."""
    if folded.card.rev and board.put(folded, now=0.0) is not None:
        board.stored(folded.card.session, folded.card.rev)


def test_of_two_hundred_followers_only_those_are_asked_whom_it_could_concern() -> None:
    board = Board()
    walk = Walk[Reader](board)
    readers = [joined(walk, board, filters.parse(f"status=open&tag=t{n}")) for n in range(200)]
    story = a_session().sends("tag.added", tag="t7").sends("tag.added", tag="t9")
    puts(board, story.folded)
    walk.catch_up()
    assert [n for n, reader in enumerate(readers) if reader.shown] == [7, 9]
    puts(board, story.sends("tag.removed", tag="t7").folded)
    walk.catch_up()
    assert not readers[7].held, "who held it hears that it is gone, though it has no anchor any more"
    assert [len(readers[n].shown) for n in (7, 8, 9)] == [2, 0, 2]
    puts(board, story.says("hello").folded)
    walk.catch_up()
    assert [len(readers[n].shown) for n in (7, 8, 9)] == [2, 0, 3]
    assert walk.touched() == {readers[7], readers[9]}
    assert not walk.touched()


def test_who_comes_late_does_not_hide_from_others_what_changed_just_then() -> None:
    board = Board()
    walk = Walk[Reader](board)
    here = joined(walk, board, filters.parse("tag=t7"))
    story = a_session().sends("tag.added", tag="t7")
    puts(board, story.folded)
    walk.catch_up()
    puts(board, story.sends("tag.removed", tag="t7").folded)
    late = joined(walk, board, filters.parse("status=open"))
    walk.catch_up()
    assert (here.held, late.held) == (set(), {story.session})


def test_a_filter_is_anchored_by_what_the_fewest_have() -> None:
    def anchors(query: str) -> set[str] | None:
        found = filters.parse(query, kinds=KINDS).anchors
        return None if found is None else set(found)

    assert anchors("status=open&channel=web&tag=vip") == {"tag=vip"}
    assert anchors("status=open&attention=waiting") == {"attention=waiting"}
    assert anchors("channel=kind:text&status=open") == {"channel=sms", "channel=mail-2"}
    assert anchors("agent=ada&sentiment=negative") == {"agent=ada", "agent.id=ada"}
    assert anchors("tag=!old&sentiment=negative") == {"sentiment=negative"}
    assert anchors("tag=!old&q=ada&messages=>3") is None
    assert anchors("") is None
