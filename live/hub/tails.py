"""Tails: the newest events of the sessions that somebody follows, so that a follower seldom needs the store.

A follower is a cursor, the last seq it sent. Live, catch-up after a reconnect and history are one mechanism:
`Transcript.advance` sends what comes after the cursor, from the tail if it reaches back far enough, else from the
journal.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

from live import frames
from live.errors import NotFound
from live.hub.packed import Packed
from live.hub.watchers import Watching
from live.storage.journal import Journal, Line

TAIL = 256  # events kept of one followed session
PAGE = 500  # events in one frame


class Follower(Protocol):
    """Who follows sessions."""

    def due(self) -> None:
        """There is something new for it."""


class Tail:
    """The newest events of one session, without a hole, and its head."""

    def __init__(self, head: int) -> None:
        self.head = head
        self.lines: deque[Line] = deque(maxlen=TAIL)
        self.followers: set[Follower] = set()
        self._packed = Packed()

    def extend(self, lines: list[Line], head: int) -> None:
        """Take newer events; what does not follow on the last one starts anew."""
        for line in lines:
            if self.lines and line.seq <= self.lines[-1].seq:
                continue
            if self.lines and line.seq != self.lines[-1].seq + 1:
                self.lines.clear()
            self.lines.append(line)
        self.head = max(self.head, head)
        self._packed.clear()
        for follower in self.followers:
            follower.due()

    def after(self, seq: int) -> list[Line]:
        """The events after `seq`, without a hole; none where the tail does not have the next."""
        if not self.lines or self.lines[0].seq > seq + 1:
            return []
        skip = max(0, seq + 1 - self.lines[0].seq)
        return [self.lines[i] for i in range(skip, min(len(self.lines), skip + PAGE))]

    def packed(self, ident: str, *, after: int, card: str, pack: Callable[[str], bytes]) -> bytes | None:
        """What leads from `after` to the head, as a frame ready for the wire, made once; None if it is not here."""
        if not self.lines or self.lines[0].seq > after + 1 or self.lines[-1].seq != self.head:
            return None

        def text() -> str:
            return frames.events(ident, lines=[line.json for line in self.after(after)], card=card, head=self.head)

        return self._packed.get((ident, after, card), text=text, pack=pack)


class Tails:
    """The tails of the followed sessions."""

    def __init__(self) -> None:
        self._tails: dict[str, Tail] = {}

    def __len__(self) -> int:
        return len(self._tails)

    def head(self, session: str) -> int | None:
        """The last seq that the followers of a session know of; None where nobody follows it."""
        tail = self._tails.get(session)
        return None if tail is None else tail.head

    def extend(self, session: str, lines: list[Line], head: int) -> None:
        """Events were stored."""
        tail = self._tails.get(session)
        if tail is not None:
            tail.extend(lines, head)

    def follow(self, session: str, follower: Follower, head: int) -> Tail:
        """Be told of every event. Comes before the first read, so that nothing falls between."""
        tail = self._tails.setdefault(session, Tail(head))
        tail.head = max(tail.head, head)
        tail.followers.add(follower)
        return tail

    def erase(self, session: str) -> None:
        """The session is no more; one begun anew has a tail of its own."""
        self._tails.pop(session, None)

    def unfollow(self, session: str, follower: Follower) -> None:
        """Stop. A tail without followers is let go."""
        tail = self._tails.get(session)
        if tail is not None:
            tail.followers.discard(follower)
            if not tail.followers:
                del self._tails[session]


class Transcript:
    """One viewer's place in one session."""

    def __init__(
        self,
        ident: str,
        session: str,
        *,
        after: int,
        tail: Tail,
        journal: Journal,
        card: Callable[[str], Awaitable[str | None]],
    ) -> None:
        self.ident, self.session, self.tail = ident, session, tail
        self.cursor = after
        self.live = False
        self.watching: Watching | None = None  # who watches it besides, as last told
        self._journal, self._card = journal, card

    @property
    def behind(self) -> bool:
        """Is there something to send?"""
        return not self.live or self.cursor < self.tail.head

    def passed(self, *, card: str | None, pack: Callable[[str], bytes], write: Callable[[bytes], bool]) -> bool:
        """Move a live one to the head with one frame that others get, too. False where it takes more than that."""
        if not self.live or card is None:
            return False
        made = self.tail.packed(self.ident, after=self.cursor, card=card, pack=pack)
        if made is None or not write(made):
            return False
        self.cursor = self.tail.head
        return True

    async def advance(self) -> list[str]:
        """The next frames, moving the cursor: events, then once "live". Raises StoreAway, NotFound."""
        made: list[str] = []
        if self.cursor < self.tail.head:
            lines = self.tail.after(self.cursor)
            if not lines:
                lines = await self._journal.read(self.session, after=self.cursor, limit=PAGE)
            if lines:
                self.cursor = lines[-1].seq
                self.tail.head = max(self.tail.head, self.cursor)
                card = await self._card(self.session) or "null"
                texts = [line.json for line in lines]
                made.append(frames.events(self.ident, lines=texts, card=card, head=self.tail.head))
            else:
                raise NotFound("session", self.session)  # erased while it was asked for
        if not self.live and self.cursor >= self.tail.head:
            self.live = True
            made.append(frames.live(self.ident, head=self.tail.head))
        return made
