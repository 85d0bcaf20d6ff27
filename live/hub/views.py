"""Views: live lists of cards, shared by all viewers who asked for the same filter, sort and limit.

A view follows the board: the walk (live/hub/walk.py) shows it what changed and could concern it, `take` takes that in,
`publish` makes the next version; a view that was shown nothing costs nothing. `patch(since)` and `snapshot()` give the
text that leads any viewer from its version to this one, newest states only, encoded once however many viewers there
are. What must hold: an old view plus its patches equals a fresh view, whatever was lost or doubled on the way to the
board.

The board answers for the sessions on it, the store for the rest, which are closed and at rest: `_rest` counts those,
`_cold` holds the few of them that can be shown. A session that comes back from the store is announced (`admitted`)
before its card changes.

All that match are counted, and only the foremost are held in order: those of the board up to `_edge`, those at rest up
to `_far`. Where the list gets shorter, the lookup says at once who stands behind the edge, and the store in its time.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from typing import NamedTuple, TypeAlias

import msgspec
from sortedcontainers import SortedList

from live import frames, order
from live.errors import Flaw, Invalid, StoreAway
from live.filters import Filter
from live.hub.board import Board, Entry
from live.hub.packed import Packed
from live.hub.search import Counts, Here, Search, Tally, part
from live.hub.walk import Walk
from live.masking import TELLING, masked_text
from live.storage.cards import LATE, Row

GONE = 2_000  # departures remembered; a viewer further behind gets a snapshot
FORE = 4  # times the limit: so many are put in order when the list has too few, and twice as many are too many
COLD = 2  # times the limit: cards at rest that are read, to have some behind those shown

_BETRAYS = "a masked list cannot be filtered by it: what it finds would tell what the mask hides"
_encode = msgspec.json.Encoder().encode
ViewKey: TypeAlias = tuple[str, str, int, bool]


class Shown(NamedTuple):
    """One card as shown since a version of the view."""

    rev: int
    json: str
    version: int


class View:
    """One distinct live list. `masked`: its cards do not say who they are about.

    Of a hub, all views share one walk; a view alone has its own.
    """

    def __init__(
        self, wanted: Filter, *, sort: str, limit: int, board: Board, search: Search,
        masked: bool = False, walk: "Walk[View] | None" = None,
    ) -> None:  # fmt: skip
        self.filter, self.sort, self.limit, self.masked = wanted, sort, limit, masked
        self.anchors = wanted.anchors
        self._matches = wanted.matches
        self.version = 0
        self.shown: dict[str, Shown] = {}
        self.counts = Counts()
        self.watched: dict[str, int] = {}  # by how many people cards shown are watched, as last asked
        self.unsure = False  # what is at rest may be off: read it again
        self._board, self._search = board, search
        self._rest = Tally()
        self._cold: dict[str, Row] = {}
        self._keys: dict[str, order.Key] = {}
        self._order: SortedList[order.Place] = SortedList()
        self._far: order.Place | None = None  # None, as for the edge: all are held
        self._gone: OrderedDict[str, int] = OrderedDict()
        self._floor = 0
        self._patches: dict[int, str] = {}
        self._packed = Packed()
        self._whole = ""
        self._proof = ""
        self._read = datetime.min.replace(tzinfo=UTC)
        self._reading = asyncio.Lock()
        self._left = False
        self._anew: set[str] = set()  # erased since the last version: a card of the same rev is another one
        self._erasing: set[str] = set()  # erased, and shown until what is at rest was counted again
        self._void: set[str] = set()  # of those gone: erased
        self._walk = Walk[View](board) if walk is None else walk
        here = search.here(wanted)
        self._parts = here.parts()  # sessions of the board that match: status, negative
        self._here = here.tally()
        self._edge = self._fetch(here)
        self._walk.join(self)

    @property
    def key(self) -> ViewKey:
        """What it shows: equal for those who may share it."""
        return self.filter.canonical, self.sort, self.limit, self.masked

    def leave(self) -> None:
        """Nobody looks any more."""
        self._left = True
        for session in list(self._cold):
            self._drop(session)
        self._walk.leave(self)

    async def recount(self) -> None:
        """Read from the store what is at rest: exact counts and the first cards. Raises StoreAway.

        The board lets go of nothing meanwhile; should a session come back to it just then, the view stays unsure.
        """
        async with self._reading:
            self.unsure, self._read = False, datetime.now(UTC)
            with self._board.pinned():
                try:
                    rest = await self._search.at_rest(self.filter, sort=self.sort, limit=COLD * self.limit)
                except StoreAway:
                    self.unsure = True
                    raise
            if self._left:
                return
            self.unsure |= not rest.sure
            self._rest = Tally(rest.counts)
            for session in list(self._cold):
                self._drop(session)
            self._far = rest.upto
            for row in rest.rows:
                if self._board.get(row.session) is None:
                    self._keep_cold(row)
                    self._place(row.session, row.key)
            self._walk.catch_up()
            self._walk.settle(self)
            self._publish()

    def admitted(self, entry: Entry, saved: datetime | None) -> None:
        """A session at rest came back to the board, with the card that the store counts, and when it was written.

        If that was after this view has read, or about then, nobody can tell whether it was counted.
        """
        if saved is not None and saved > self._read - timedelta(seconds=LATE):
            self.unsure = True
        elif self.filter.matches(entry.facts):
            self._rest.add(part(entry.folded.card), -1)
            self._walk.touch(self)  # it may match no more when it is looked at, and nobody would miss it

    def retired(self, entry: Entry) -> None:
        """The board lets go of a closed session, as last taken: the store answers for it from now on."""
        was = self._parts.pop(entry.session, None)
        if was is None:
            return
        self._here.add(was, -1)
        self._rest.add(was, 1)
        key = order.sort_key(self.sort, entry.folded.card)
        if _within((key, entry.session), self._far):
            self._keep_cold(Row(session=entry.session, rev=entry.rev, key=key, json=entry.json))
            self._place(entry.session, key)
            self._trim()
        elif entry.session in self._keys:
            self._drop(entry.session)

    def advance(self) -> bool:
        """Take in what the board changed. True if there is something new to see."""
        self._walk.catch_up()
        return self._walk.settle(self) and self.publish()

    def publish(self) -> bool:
        """Make the next version of what was taken. True if there is something new to see."""
        return self.version > 0 and self._publish()  # the first one needs what is at rest

    def take(self, entry: Entry) -> bool:
        """Look at an entry as it is now. True if it is, or was, of this view."""
        session = entry.session
        if not self._matches(entry.facts):
            return self.forget(session)
        before = self._parts.get(session)
        card = entry.folded.card
        now = part(card)
        if now != before:
            if before is not None:
                self._here.add(before, -1)
            self._parts[session] = now
            self._here.add(now, 1)
        self._drop_cold(session)
        key = order.sort_key(self.sort, card)
        if _within((key, session), self._edge):
            self._place(session, key)
        elif session in self._keys:
            self._drop(session)
        else:
            return now != before
        return True

    def renew(self, session: str) -> None:
        """A session was erased: what is shown of it is not what may come under its name."""
        if session in self.shown:
            self._anew.add(session)
            self._erasing.add(session)

    def forget(self, session: str) -> bool:
        """A session is no more, or does not match any more. True if it was of this view."""
        was = self._parts.pop(session, None)
        if was is not None:
            self._here.add(was, -1)
        if session not in self._keys:
            return was is not None
        self._drop(session)
        return True

    def _fetch(self, here: Here) -> order.Place | None:
        """Put the foremost of the board in order. Up to where they are, None: these are all."""
        found = here.first(self.sort, limit=FORE * self.limit)
        for key, session in found:
            self._place(session, key)
        return found[-1] if len(found) < here.count else None

    def _lacks(self, upto: order.Place | None) -> bool:
        """Are fewer known up to there than are shown?"""
        if upto is None:
            return False
        return len(self._order) < self.limit or self._order[self.limit - 1] > upto

    def _trim(self) -> None:
        """Let go of those that are too far behind, where too many are in order."""
        if len(self._order) <= 2 * FORE * self.limit:
            return
        upto = self._order[FORE * self.limit - 1]
        for _, session in list(islice(self._order, FORE * self.limit, None)):
            self._drop(session)
        self._edge = min(upto, self._edge or upto)
        self._far = min(upto, self._far or upto)

    def _place(self, session: str, key: order.Key) -> None:
        old = self._keys.get(session)
        if old == key:
            return
        if old is not None:
            self._order.remove((old, session))
        self._keys[session] = key
        self._order.add((key, session))

    def _drop(self, session: str) -> None:
        self._drop_cold(session)
        self._order.remove((self._keys.pop(session), session))

    def _keep_cold(self, row: Row) -> None:
        self._cold[row.session] = row
        self._walk.holds(self, row.session)

    def _drop_cold(self, session: str) -> None:
        if self._cold.pop(session, None) is not None:
            self._walk.releases(self, session)

    def _publish(self) -> bool:
        """Make the next version, if a viewer would see a difference."""
        version = self.version + 1
        if self._lacks(self._edge):
            self._edge = self._fetch(self._search.here(self.filter))
        if self._lacks(self._far):
            self.unsure = True  # cards left, and there are more at rest than were read
        self._trim()
        counts = self._here.plus(self._rest)
        now: dict[str, Shown] = {}
        same = True
        entries = self._board.entries
        for _, session in islice(self._order, self.limit):
            card = entries.get(session) or self._cold[session]
            old = self.shown.get(session)
            if old is not None and old.rev == card.rev and session not in self._anew:
                now[session] = old
            else:
                now[session] = Shown(card.rev, self._text(card), version)
                self._gone.pop(session, None)
                self._void.discard(session)
                same = False
        left = self.shown.keys() - now.keys()
        if same and not left and counts == self.counts and self.version:
            return False
        for session in left:
            self._gone[session] = version
            self._gone.move_to_end(session)
        self._void |= left & self._erasing
        self._erasing = {session for session in self._erasing if session in now and session not in entries}
        while len(self._gone) > GONE:
            session, self._floor = self._gone.popitem(last=False)
            self._void.discard(session)
        self.version, self.shown, self.counts = version, now, counts
        self._anew.clear()
        self._patches.clear()
        self._packed.clear()
        self._whole = self._proof = ""
        return True

    def _text(self, card: Entry | Row) -> str:
        if not self.masked:
            return card.json
        return card.masked if isinstance(card, Entry) else masked_text(card.json)

    # what viewers get -------------------------------------------------------------------------------------------------

    def snapshot(self) -> str:
        """The whole view, as the inside of a frame."""
        if not self._whole:
            self._whole = f'"cards":[{",".join(shown.json for shown in self.shown.values())}],{self._tail()}'
        return self._whole

    def patch(self, since: int) -> str | None:
        """What leads from version `since` to this one, as the inside of a frame; None where only a snapshot can."""
        if since < self._floor:
            return None
        text = self._patches.get(since)
        if text is None:
            cards = ",".join(shown.json for shown in self.shown.values() if shown.version > since)
            gone = [session for session, _ in takewhile(lambda left: left[1] > since, reversed(self._gone.items()))]
            erased = [session for session in gone if session in self._void]
            told = f'"erased":{_encode(erased).decode()},' if erased else ""
            text = f'"cards":[{cards}],"gone":{_encode(gone).decode()},{told}{self._tail()}'
            self._patches[since] = text
        return text

    def packed(self, ident: str, *, since: int, pack: Callable[[str], bytes]) -> bytes | None:
        """The patch as a frame ready for the wire, made once for all who call the view the same; None as `patch`."""
        body = self.patch(since)
        if body is None:
            return None
        return self._packed.get((ident, since), text=lambda: frames.patch(ident, body), pack=pack)

    def digest(self) -> str:
        """The proof of this version: see docs/protocol.md."""
        if not self._proof:
            self._proof = digest((session, shown.rev) for session, shown in self.shown.items())
        return self._proof

    def _tail(self) -> str:
        return f'"counts":{_encode(self.counts).decode()},"total":{self.counts.matching}'


class Views:
    """The views in use, by what they show. A view without viewers is let go."""

    def __init__(self, board: Board, search: Search, *, most: int) -> None:
        self._board, self._search, self._most = board, search, most
        self._views: dict[ViewKey, View] = {}
        self._uses: dict[ViewKey, int] = {}
        self._walk = Walk[View](board)
        board.listen(admitted=self._admitted, retired=self._retired, doubted=self.doubt)
        board.on_erasing(self._erased)

    def __len__(self) -> int:
        return len(self._views)

    def __iter__(self) -> Iterator[View]:
        return iter(list(self._views.values()))

    def advance(self) -> bool:
        """Take in what the board changed, once for all. True if one of them has something new to see."""
        self._walk.catch_up()
        moved = [view.publish() for view in self._walk.touched()]
        return any(moved)

    async def join(self, wanted: Filter, *, sort: str, limit: int, masked: bool = False) -> View:
        """A viewer comes: the shared view, ready, until `leave`.

        Raises StoreAway, and Invalid at the limit, or where a filter would betray what is masked.
        """
        if masked:
            harmless(wanted)
        key = (wanted.canonical, sort, limit, masked)
        view = self._views.get(key)
        if view is None and len(self._views) >= self._most:
            raise Invalid(Flaw("filter", f"the hub keeps {self._most:,} different live lists already: take one in use"))
        if view is None:
            view = self._views[key] = View(
                wanted, sort=sort, limit=limit, board=self._board, search=self._search, masked=masked, walk=self._walk
            )
        self._uses[key] = self._uses.get(key, 0) + 1
        try:
            if not view.version:
                await view.recount()
        except BaseException:
            self.leave(view)
            raise
        return view

    def leave(self, view: View) -> None:
        """A viewer goes."""
        key = view.key
        self._uses[key] -= 1
        if not self._uses[key]:
            del self._uses[key], self._views[key]
            view.leave()

    def doubt(self) -> None:
        """What is counted at rest may be off: all read it again."""
        for view in self._views.values():
            view.unsure = True

    def _admitted(self, entry: Entry, saved: datetime | None) -> None:
        asked = self._walk.interested(entry.facts.tokens) if saved is None else self._views.values()
        for view in asked:
            view.admitted(entry, saved)

    def _erased(self, session: str, entry: Entry | None) -> None:
        """One at rest stays where it is shown until the views have counted again: card and count leave together."""
        for view in self:
            view.renew(session)
        if entry is None:
            self.doubt()
        else:
            self._walk.erased(session)

    def _retired(self, entry: Entry) -> None:
        for view in self._walk.retired(entry):
            view.retired(entry)


def _within(place: order.Place, upto: order.Place | None) -> bool:
    return upto is None or place <= upto


def harmless(wanted: Filter) -> None:
    """Raises Invalid for a filter whose counts would tell what is masked."""
    if telling := sorted(wanted.fields & TELLING):
        raise Invalid(*(Flaw(field, _BETRAYS) for field in telling))


def digest(cards: Iterable[tuple[str, int]]) -> str:
    """SHA-256 (hex) over one line `<session> <rev>` per card, sorted by session id."""
    lines = "".join(f"{session} {rev}\n" for session, rev in sorted(cards))
    return hashlib.sha256(lines.encode()).hexdigest()
