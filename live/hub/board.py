"""The board: every open session's card in memory, and what changed since a cursor.

Closed sessions stay until their card is stored and SETTLED seconds have passed, so that a view sees the change; then
the store alone answers for them. `version` grows by one with every change of a card; entries are kept in the order of
their last change, so "what changed since v" is a walk from the end.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeAlias

import msgspec

from live import filters
from live.cards import Folded
from live.masking import masked

SETTLED = 30.0  # seconds
FRESH = 1.0  # seconds that every card stays, so that each view has seen it
RESTED = 10_000  # sessions at rest remembered
MAX_CLOSED = 5_000  # closed sessions kept at most; beyond, the longest-closed stored ones go at once

Admitted: TypeAlias = Callable[["Entry", datetime | None], None]

_encoder = msgspec.json.Encoder()


class Entry:
    """One session on the board; `rev` as the card's."""

    __slots__ = ("_facts", "_json", "_masked", "folded", "rev", "saved", "session", "since", "version")

    def __init__(self, folded: Folded, *, version: int, saved: int, since: float) -> None:
        self.session = folded.card.session
        self.rev = folded.card.rev  # the seq of the last event folded in
        self.folded = folded
        self._facts: filters.Facts | None = None
        self._json = self._masked = ""
        self.version = version
        self.saved = saved  # the rev that the store is known to have
        self.since = since  # loop time of the last change

    @property
    def json(self) -> str:
        """The card as it goes to viewers and other hubs; made once, when the first one asks."""
        if not self._json:
            self._json = _encoder.encode(self.folded.card).decode()
        return self._json

    @property
    def facts(self) -> filters.Facts:
        """What filters look at; made when the first one does: a busy session changes often between two looks."""
        if self._facts is None:
            self._facts = filters.facts(self.folded)
        return self._facts

    @property
    def masked(self) -> str:
        """The card as it goes to those who may not know who it is about; made when the first one asks."""
        if not self._masked:
            self._masked = _encoder.encode(masked(self.folded.card)).decode()
        return self._masked

    @property
    def open(self) -> bool:
        """Active or inactive."""
        return self.folded.card.status != "closed"


class Pin:
    """While it holds, no session leaves the board. `came_back`: sessions that came from rest meanwhile."""

    __slots__ = ("came_back",)

    def __init__(self) -> None:
        self.came_back: set[str] = set()


class Board:
    """The cards that this hub answers for."""

    def __init__(self) -> None:
        self.entries: OrderedDict[str, Entry] = OrderedDict()  # least recently changed first
        self.version = 0
        self.closed: OrderedDict[str, None] = OrderedDict()  # sessions on the board that are closed, longest first
        self._returned: set[str] = set()  # sessions on the board that the store may hold as closed
        self._dirty: dict[
            str, float
        ] = {}  # sessions whose newest card the store may lack, and since when, longest first
        self._pins: set[Pin] = set()
        self._rested: OrderedDict[str, int] = (
            OrderedDict()
        )  # sessions at rest that whoever counts knows of, with their rev
        self._admitted: list[Admitted] = []
        self._retired: list[Callable[[Entry], None]] = []
        self._doubted: list[Callable[[], None]] = []
        self._entered: list[Callable[[str], None]] = []
        self._erased: list[Callable[[str, Entry | None], None]] = []

    def get(self, session: str) -> Entry | None:
        """The entry, or None where the session is not on the board."""
        return self.entries.get(session)

    def listen(self, *, admitted: Admitted, retired: Callable[[Entry], None], doubted: Callable[[], None]) -> None:
        """Be told of sessions that come back from rest, and of those that go there.

        `admitted` gets the card that the store counts; `doubted` means that one came of which nobody can tell whether
        it was counted at rest.
        """
        self._admitted.append(admitted)
        self._retired.append(retired)
        self._doubted.append(doubted)

    def on_entering(self, tell: Callable[[str], None]) -> None:
        """Be told of every session that comes onto the board, from wherever."""
        self._entered.append(tell)

    def on_erasing(self, tell: Callable[[str, Entry | None], None]) -> None:
        """Be told of every session that is erased, with the entry that it had on the board."""
        self._erased.append(tell)

    def admit(self, folded: Folded, *, now: float, saved: datetime | None = None) -> Entry | None:
        """Take a session as the store has it: an open one at start, or one at rest that comes back, before it changes.

        Whoever counts hears of it, with the card as the store has it, and when it was `saved` there (None: as is
        known). A session that is on the board stays as it is.
        """
        if folded.card.session in self.entries:
            return None
        entry = self._set(folded, saved=folded.card.rev, now=now)
        if self._rested.pop(entry.session, None) == entry.rev:
            saved = None
        if entry.open:  # another hub opened it: before or after it was counted?
            for doubt in self._doubted:
                doubt()
            return entry
        for pin in self._pins:
            pin.came_back.add(entry.session)
        for tell in self._admitted:
            tell(entry, saved)
        return entry

    def put(self, folded: Folded, *, now: float, save: bool = True) -> Entry | None:
        """Take a newer card; an older or equal one changes nothing and gives None.

        Not `save`: another hub wrote the events, and will write the card. A session at rest must be admitted first.
        """
        old = self.entries.get(folded.card.session)
        if old is not None and old.rev >= folded.card.rev:
            return None
        if old is None and self._rested.pop(folded.card.session, None) is not None:
            for doubt in self._doubted:  # let go in the belief that the store had it
                doubt()
        saved = old.saved if old is not None else 0
        if not save and (old is None or old.saved == old.rev):
            saved = folded.card.rev
        entry = self._set(folded, saved=saved, now=now)
        if entry.saved < entry.rev:
            self._dirty.setdefault(entry.session, now)
        return entry

    def _set(self, folded: Folded, *, saved: int, now: float) -> Entry:
        self.version += 1
        entry = Entry(folded, version=self.version, saved=saved, since=now)
        session = entry.session
        if session not in self.entries:
            for tell in self._entered:
                tell(session)
        self.entries[session] = entry
        self.entries.move_to_end(session)
        self.closed.pop(session, None)
        if not entry.open:
            self.closed[session] = None
            self._returned.add(session)
        return entry

    def stored(self, session: str, rev: int) -> None:
        """The store has the card up to `rev`."""
        entry = self.entries.get(session)
        if entry is not None and rev > entry.saved:
            entry.saved = rev
        if entry is not None and entry.saved >= entry.rev:
            self._dirty.pop(session, None)
            if entry.open and not self._pins:
                self._returned.discard(session)

    def unsaved(self, session: str) -> None:
        """The store does not have the card, whatever it was known to have."""
        entry = self.entries.get(session)
        if entry is not None:
            entry.saved = 0
            self._dirty.setdefault(session, entry.since)

    def returned(self) -> frozenset[str]:
        """The sessions on the board that the store may hold as closed: there they must not be counted again."""
        return frozenset(self._returned)

    def rests(self, session: str, rev: int) -> bool:
        """The store has this session at rest, and it is not on the board. False if that is news to whoever counts."""
        known = self._rested.get(session) == rev
        self._rested[session] = rev
        self._rested.move_to_end(session)
        while len(self._rested) > RESTED:
            self._rested.popitem(last=False)
        return known

    def rested(self, session: str) -> int:
        """The rev of a session that is known to be at rest; 0 where none is, or not of this one."""
        return self._rested.get(session, 0)

    @contextmanager
    def pinned(self) -> Iterator[Pin]:
        """No session leaves the board meanwhile, and `returned` only grows."""
        pin = Pin()
        self._pins.add(pin)
        try:
            yield pin
        finally:
            self._pins.remove(pin)

    def changed_since(self, version: int) -> Iterator[Entry]:
        """The entries changed after `version`, newest first, each once."""
        for session in reversed(self.entries):
            entry = self.entries[session]
            if entry.version <= version:
                return
            yield entry

    def dirty(self) -> Iterator[Entry]:
        """The entries whose newest card the store is not known to have, the longest waiting first."""
        return (self.entries[session] for session in list(self._dirty))

    def dirty_since(self) -> float | None:
        """Loop time since when the store lacks a card, None where it has all."""
        return next(iter(self._dirty.values()), None)

    @property
    def behind(self) -> int:
        """How many cards the store may lack."""
        return len(self._dirty)

    def retire(self, *, now: float) -> int:
        """Let go of closed sessions that are stored and settled. Returns how many."""
        if self._pins:
            return 0
        gone = 0
        for session in list(self.closed):
            entry = self.entries[session]
            if entry.since > now - SETTLED and len(self.closed) <= MAX_CLOSED:
                break
            if entry.saved >= entry.rev and entry.since <= now - FRESH:
                self._remove(entry)
                gone += 1
                for tell in self._retired:
                    tell(entry)
        return gone

    def erase(self, session: str) -> None:
        """The session is no more, neither here nor at rest."""
        entry = self.entries.get(session)
        if entry is not None:
            self._remove(entry)
        self._rested.pop(session, None)
        for pin in self._pins:  # what is read just now may count it, or may not
            pin.came_back.add(session)
        for tell in self._erased:
            tell(session, entry)

    def _remove(self, entry: Entry) -> None:
        del self.entries[entry.session]
        self.closed.pop(entry.session, None)
        self._returned.discard(entry.session)
        self._dirty.pop(entry.session, None)
        self.rests(entry.session, entry.rev)
