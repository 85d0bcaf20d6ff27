"""Totals: how much there is of what a wall's strip shows, now and over the last hour, for one filter and one day.

    now     counted anew every second: open sessions, messages of the last minute, deeds of the day
    trend   the numbers as they stood at the end of each of the last 60 minutes, None where nobody knows

The totals of a filter are those without its `status`: a goal that was completed today counts although its session has
closed since. They are shared by all viewers who ask for the same, like views.
"""

import asyncio
import hashlib
import logging
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime

import msgspec

from live import filters, frames
from live.errors import Flaw, Invalid, StoreAway
from live.filters import Filter
from live.hub.board import Board
from live.hub.deeds import KEPT, KINDS, MOST, Deed, Deeds
from live.hub.packed import Packed
from live.hub.search import Search
from live.storage.journal import Journal
from live.storage.minutes import Minutes

MINUTES = 60  # of the trend
MOST_TOTALS = 200  # different ones at once
AGAIN = 60  # seconds between two times that the deeds of the day are matched anew: filters look at cards as they are
READ = 600  # seconds between two times that the journal is asked for deeds nobody told of
SLICE = 500  # deeds matched at once

logger = logging.getLogger(__name__)


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """What is counted."""

    open: int = 0
    active: int = 0
    inactive: int = 0
    negative: int = 0
    waiting: int = 0
    goals: int = 0
    missing: int = 0
    messages: int = 0


NAMES = Numbers.__struct_fields__
_OPEN = {  # of the open sessions
    "open": "status=open",
    "active": "status=active",
    "inactive": "status=inactive",
    "negative": "sentiment=negative",
    "waiting": "attention=waiting",
}


class Totals:
    """Those of one filter, in a day that begins `offset` minutes before that of UTC."""

    def __init__(self, wanted: Filter, *, offset: int) -> None:
        self.filter, self.offset = wanted, offset
        self.version = 0  # grows with every change that viewers are to see
        self.minute = 0  # the last one that is in the trend
        self.now = Numbers()
        self.trend: deque[list[int] | None] = deque([None] * MINUTES, maxlen=MINUTES)
        self.seconds: deque[int] = deque([0] * 60, maxlen=60)  # messages in each
        self.today: Counter[str] = Counter()
        self.counted = 0  # the version of the deeds up to which they are counted
        self.day = 0
        self.due = 0.0  # when to count them all anew, in s since 1970
        self._texts: dict[bool, str] = {}
        self._packed = Packed()

    @property
    def name(self) -> str:
        """Under which its minutes are kept."""
        return f"{hashlib.sha256(self.filter.canonical.encode()).hexdigest()[:24]} {self.offset}"

    def midnight(self, now: int) -> int:
        """When its day began; ms since 1970."""
        day = 86_400_000
        shift = 60_000 * self.offset
        return (now + shift) // day * day - shift

    def show(self, numbers: Numbers) -> None:
        """What it is now."""
        if numbers != self.now or not self.version:
            self.now = numbers
            self.version += 1
            self._texts.clear()
            self._packed.clear()

    def ends(self, minute: int) -> None:
        """A minute has ended: its numbers go into the trend."""
        for _ in range(min(MINUTES, minute - self.minute - 1) if self.minute else 0):
            self.trend.append(None)  # nobody counted
        self.trend.append([getattr(self.now, name) for name in NAMES])
        self.minute = minute
        self.version += 1
        self._texts.clear()
        self._packed.clear()

    def text(self, *, trend: bool) -> str:
        """As the inside of a frame."""
        if trend not in self._texts:
            made: dict[str, object] = {"now": self.now}
            if trend:
                start = datetime.fromtimestamp(60 * (self.minute - MINUTES + 1), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
                columns = {
                    name: [None if numbers is None else numbers[n] for numbers in self.trend]
                    for n, name in enumerate(NAMES)
                }
                made["trend"] = {"start": start, "step": 60, **columns}
            self._texts[trend] = msgspec.json.encode(made).decode()[1:-1]
        return self._texts[trend]

    def packed(self, ident: str, *, trend: bool, pack: Callable[[str], bytes]) -> bytes:
        """The same as a frame ready for the wire, made once for all who call these totals the same."""
        return self._packed.get((ident, trend), text=lambda: frames.totals(ident, self.text(trend=trend)), pack=pack)


class AllTotals:
    """The totals in use, and `run`, which counts. Those of everything in UTC are always counted."""

    def __init__(self, *, board: Board, search: Search, journal: Journal, minutes: Minutes, deeds: Deeds) -> None:
        self._board, self._search = board, search
        self._journal, self._minutes, self._deeds = journal, minutes, deeds
        self._totals: dict[tuple[str, int], Totals] = {}
        self._uses: Counter[tuple[str, int]] = Counter()
        self._read = 0.0  # when the journal was asked, in s since 1970
        self._erasures = 0
        self._everything = self._keep(filters.parse(""), 0)

    def __iter__(self) -> Iterator[Totals]:
        return iter(list(self._totals.values()))

    def __len__(self) -> int:
        return len(self._totals)

    async def join(self, wanted: Filter, *, offset: int, now: float) -> Totals:
        """A viewer comes: the shared totals, counted, until `leave`. Raises Invalid at the limit."""
        scope = wanted.without("status")
        key = (scope.canonical, offset)
        if key not in self._totals and len(self._totals) >= MOST_TOTALS:
            raise Invalid(Flaw("filter", f"the hub counts {MOST_TOTALS} different totals already: take one in use"))
        made = self._keep(scope, offset)
        try:
            if not made.version:
                await self._begin(made, now)
        except BaseException:
            self.leave(made)
            raise
        return made

    def leave(self, totals: Totals) -> None:
        """A viewer goes."""
        key = (totals.filter.canonical, totals.offset)
        self._uses[key] -= 1
        if self._uses[key] <= 0:
            del self._uses[key], self._totals[key]

    def doubt(self) -> None:
        """Something may have been missed: ask the journal soon."""
        self._read = 0.0

    def erase(self, session: str) -> None:
        """Its deeds no longer count; the minutes of the trend stay as they were counted."""
        self._erasures += 1
        self._deeds.erase(session)
        for totals in self:
            totals.due = 0.0

    async def round(self, now: float) -> bool:
        """Count. `now`: seconds since 1970. True where viewers are to see something."""
        said = self._deeds.drain()
        self._deeds.age(round(now * 1_000))
        if now - self._read > READ:
            await self._ask(now)
        minute = int(now // 60)
        before = [(totals, totals.version) for totals in self]
        for totals in self:
            if not totals.minute:  # counted from the start, without anybody who joined
                with suppress(StoreAway):
                    await self._begin(totals, now)
        for totals, _ in before:
            totals.seconds.append(self._matching(totals, said))
            try:
                await self._count(totals, now)
            except StoreAway as error:
                logger.debug("totals: %s; the day is counted again when the store is there", error)
                self._show(totals)
            if totals.minute < minute:
                totals.ends(minute)
                with suppress(StoreAway):  # then the trend has a gap after a restart: nothing worse
                    await self._minutes.keep(totals.name, minute, [getattr(totals.now, name) for name in NAMES])
        return any(totals.version != version for totals, version in before)

    def _keep(self, scope: Filter, offset: int) -> Totals:
        key = (scope.canonical, offset)
        self._uses[key] += 1
        return self._totals.setdefault(key, Totals(scope, offset=offset))

    async def _begin(self, totals: Totals, now: float) -> None:
        """What other hubs, or this one before it was started anew, counted in the last hour."""
        minute = int(now // 60)
        totals.minute = minute
        try:
            known = await self._minutes.read(totals.name, first=minute - MINUTES + 1, last=minute)
        except StoreAway:
            known = {}
        width = len(NAMES)
        trend = [known.get(minute - MINUTES + 1 + n) for n in range(MINUTES)]
        totals.trend.extend([numbers if numbers and len(numbers) == width else None for numbers in trend])
        if now - self._read > READ:
            await self._ask(now)
        await self._count(totals, now)

    async def _ask(self, now: float) -> None:
        """The journal, for deeds that nobody told of."""
        since = datetime.fromtimestamp(now - KEPT / 1_000, UTC)
        try:
            for kind, short in KINDS.items():
                erasures = self._erasures
                rows = await self._journal.counted(kind, since=since, limit=MOST)
                if erasures != self._erasures:
                    return  # of what was read, some may be no more: asked again at once
                for session, seq, received in reversed(rows):
                    self._deeds.take(Deed(round(received.timestamp() * 1_000), session, short), seq)
            self._read = now
        except StoreAway as error:
            logger.info("totals: %s; asked again", error)
            self._read = now - READ + 5

    async def _count(self, totals: Totals, now: float) -> None:
        begin = totals.midnight(round(now * 1_000))
        if totals.day != begin or now >= totals.due:
            await self._count_deeds(totals, list(self._deeds.since(begin)), anew=True)
            totals.day, totals.due = begin, now + AGAIN
        elif totals.counted != self._deeds.version:
            new = self._deeds.latest(self._deeds.version - totals.counted)
            await self._count_deeds(totals, [deed for deed in new if deed.at >= begin], anew=False)
        self._show(totals)

    def _show(self, totals: Totals) -> None:
        there = self._search.open(totals.filter, _OPEN.values())
        totals.show(
            Numbers(
                **{name: there[token] for name, token in _OPEN.items()},
                goals=totals.today["goals"],
                missing=totals.today["missing"],
                messages=sum(totals.seconds),
            )
        )

    async def _count_deeds(self, totals: Totals, deeds: list[Deed], *, anew: bool) -> None:
        counted = self._deeds.version
        found: Counter[str] = Counter()
        for start in range(0, len(deeds), SLICE):
            some = deeds[start : start + SLICE]
            if totals.filter.fields:
                there = await self._search.among(totals.filter, {deed.session for deed in some})
                some = [deed for deed in some if deed.session in there]
                await asyncio.sleep(0)
            found.update(deed.kind for deed in some)
        totals.today = found if anew else totals.today + found
        totals.counted = counted

    def _matching(self, totals: Totals, said: Counter[str]) -> int:
        """How many messages were of sessions that match."""
        if not totals.filter.fields:
            return said.total()
        count = 0
        for session, messages in said.items():
            entry = self._board.get(session)
            if entry is not None and totals.filter.matches(entry.facts):
                count += messages
        return count
