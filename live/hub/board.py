"""The board: every open session's card in memory, and what changed since a cursor.

Closed sessions stay until their card is stored and SETTLED seconds have passed, so that a view sees the change; then the
store alone answers for them. `version` grows by one with every change of a card; entries are kept in the order of their last change,
so "what changed since v" is a walk from the end.
"""

from collections import OrderedDict
from collections.abc import Iterator

import msgspec

from live import filters
from live.cards import Folded

SETTLED = 30.0  # seconds
MAX_CLOSED = 5_000  # closed sessions kept at most; beyond, the longest-closed stored ones go at once

_encoder = msgspec.json.Encoder()


class Entry:
    """One session on the board. `json` is the card as it goes to viewers, encoded once."""

    __slots__ = ("facts", "folded", "json", "saved", "session", "since", "version", "was_closed")

    def __init__(self, folded: Folded, *, version: int, saved: int, was_closed: bool, since: float) -> None:
        self.session = folded.card.session
        self.folded = folded
        self.facts = filters.facts(folded)
        self.json = _encoder.encode(folded.card).decode()
        self.version = version
        self.saved = saved  # the rev that the store is known to have
        self.was_closed = was_closed  # the store may hold it as closed, and count it
        self.since = since  # loop time of the last change

    @property
    def rev(self) -> int:
        """The seq of the last event folded in."""
        return self.folded.card.rev

    @property
    def open(self) -> bool:
        """Active or inactive."""
        return self.folded.card.status != "closed"


class Board:
    """The cards that this hub answers for."""

    def __init__(self) -> None:
        self.entries: OrderedDict[str, Entry] = OrderedDict()  # least recently changed first
        self.version = 0
        self.floor = 0  # changes up to this version may be gone with sessions that left the board
        self.closed: OrderedDict[str, None] = OrderedDict()  # sessions on the board that are closed, longest first

    def get(self, session: str) -> Entry | None:
        """The entry, or None where the session is not on the board."""
        return self.entries.get(session)

    def put(self, folded: Folded, *, now: float, saved: int | None = None, was_closed: bool = False) -> Entry | None:
        """Take a newer card; an older or equal one changes nothing and gives None. `saved`: the rev in the store, if just read."""
        session = folded.card.session
        old = self.entries.get(session)
        if old is not None:
            if old.rev >= folded.card.rev:
                return None
            saved = old.saved if saved is None else max(saved, old.saved)
            was_closed = was_closed or old.was_closed
        self.version += 1
        entry = Entry(folded, version=self.version, saved=saved or 0, was_closed=was_closed, since=now)
        self.entries[session] = entry
        self.entries.move_to_end(session)
        if entry.open:
            self.closed.pop(session, None)
        else:
            self.closed[session] = None
            self.closed.move_to_end(session)
        return entry

    def stored(self, session: str, rev: int) -> None:
        """The store has the card up to `rev`."""
        entry = self.entries.get(session)
        if entry is not None and rev > entry.saved:
            entry.saved = rev
            if not entry.open and entry.saved >= entry.rev:
                entry.was_closed = True

    def changed_since(self, version: int) -> Iterator[Entry]:
        """The entries changed after `version`, newest first, each once."""
        for session in reversed(self.entries):
            entry = self.entries[session]
            if entry.version <= version:
                return
            yield entry

    def dirty(self) -> Iterator[Entry]:
        """The entries whose newest card the store is not known to have."""
        return (entry for entry in self.entries.values() if entry.saved < entry.rev)

    def retire(self, *, now: float) -> int:
        """Let go of closed sessions that are stored and settled. Returns how many."""
        gone = 0
        for session in list(self.closed):
            entry = self.entries[session]
            crowded = len(self.closed) > MAX_CLOSED
            if entry.since > now - SETTLED and not crowded:
                break
            if entry.saved >= entry.rev and entry.since <= now - 1:
                del self.entries[session], self.closed[session]
                self.floor = max(self.floor, entry.version)
                gone += 1
        return gone

    def forget(self, session: str) -> None:
        """The session was erased."""
        entry = self.entries.pop(session, None)
        if entry is not None:
            self.closed.pop(session, None)
            self.floor = max(self.floor, entry.version)
