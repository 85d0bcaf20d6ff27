"""One walk over what changed on the board, for all views together.

Each entry is shown to those views alone that could care: the ones with an anchor among its tokens (see
`Filter.anchors`), as they are now or as they were when last looked at; the ones that hold the session since it was at
rest; and the few without an anchor. So an event costs what the views that it touches cost, not what all of them do.
"""

from typing import Generic, Protocol, TypeVar

from live.hub.board import Board, Entry


class Follower(Protocol):
    """Who is shown entries. It asks for the same anchors all its life."""

    @property
    def anchors(self) -> frozenset[str] | None:
        """Whatever it wants has at least one of these tokens; None where nobody knows."""

    def take(self, entry: Entry) -> bool:
        """Look at an entry as it is now. True if that may be something new to see."""

    def forget(self, session: str) -> bool:
        """Let go of a session, as it was when last taken. True if that may be something new to see."""


F = TypeVar("F", bound=Follower)


class Walk(Generic[F]):
    """The followers have seen the board as it was at one version, all at the same one."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._seen = 0
        self._touched: set[F] = set()  # took something new that they have not published
        self._always: set[F] = set()
        self._anchored: dict[str, set[F]] = {}  # by each of its anchors
        self._anchors: set[str] = set()  # the same keys: two sets meet faster than a set and a dict
        self._looked: dict[str, frozenset[str]] = {}  # sessions of the board: their tokens when last looked at
        self._at_rest: dict[str, set[F]] = {}  # sessions that followers hold though they are at rest

    def join(self, follower: F) -> None:
        """A follower comes, which knows all sessions of the board that it could care for, as they are now."""
        self._look()
        if follower.anchors is None:
            self._always.add(follower)
        else:
            for token in follower.anchors:
                self._anchored.setdefault(token, set()).add(follower)
            self._anchors |= follower.anchors

    def leave(self, follower: F) -> None:
        """A follower goes. What it held at rest it lets go of before."""
        self._touched.discard(follower)
        self._always.discard(follower)
        for token in follower.anchors or ():
            self._anchored[token].discard(follower)
            if not self._anchored[token]:
                del self._anchored[token]
                self._anchors.remove(token)

    @property
    def _followed(self) -> bool:
        return bool(self._always or self._anchored)

    def catch_up(self) -> None:
        """Show what changed on the board since the last time."""
        if self._followed:
            self._look()

    def _look(self) -> None:
        followed = self._followed
        for entry in self._board.changed_since(self._seen):
            if followed:
                self._show(entry)
            else:
                self._looked[entry.session] = entry.facts.tokens
        self._seen = self._board.version

    def touch(self, follower: F) -> None:
        """Something that the follower counts changed, whatever it will say of the entry."""
        self._touched.add(follower)

    def touched(self) -> set[F]:
        """Those who took something new since asked last."""
        touched, self._touched = self._touched, set()
        return touched

    def settle(self, follower: F) -> bool:
        """The follower publishes by itself now. Was it touched?"""
        if follower not in self._touched:
            return False
        self._touched.remove(follower)
        return True

    def interested(self, tokens: frozenset[str]) -> set[F]:
        """Those who could care for a session with these tokens."""
        found = self._always.copy()
        for token in self._anchors & tokens:
            found |= self._anchored[token]
        return found

    def retired(self, entry: Entry) -> set[F]:
        """The board has let go of this session: those who could hold it, all of whom have seen its last state."""
        if not self._followed:
            self._looked.pop(entry.session, None)
            return set()
        if entry.version > self._seen:
            self._show(entry)
        return self.interested(self._looked.pop(entry.session, entry.facts.tokens))

    def erased(self, session: str) -> None:
        """The session is no more: those who hold it let go of it."""
        asked = self.interested(self._looked.pop(session, frozenset()))
        asked.update(self._at_rest.get(session, ()))
        self._touched.update(one for one in asked if one.forget(session))

    def holds(self, follower: F, session: str) -> None:
        """The follower holds a session that is at rest: it must hear when that comes back."""
        self._at_rest.setdefault(session, set()).add(follower)

    def releases(self, follower: F, session: str) -> None:
        """It holds it no more."""
        holders = self._at_rest[session]
        holders.remove(follower)
        if not holders:
            del self._at_rest[session]

    def _show(self, entry: Entry) -> None:
        tokens = entry.facts.tokens
        before = self._looked.get(entry.session, tokens)
        self._looked[entry.session] = tokens
        asked = self.interested(tokens if before is tokens else tokens | before)
        asked.update(self._at_rest.get(entry.session, ()))
        for one in asked:
            if one.take(entry):
                self._touched.add(one)
