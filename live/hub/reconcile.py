"""What the fast path missed: reads the journal's newest events and compares them with the board.

Every few seconds, at once when the bus says that something was lost, every second while the bus is silent. A scan goes
back to where the last one began, and a little further; it needs no clock and no index. Found and repaired is counted:
it should be 0.

There it also finds which sessions were erased. Each is looked at again for a while: news of it that were on their way
may have brought it back onto the board, and another hub's late write its card into the store.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from live.errors import StoreAway
from live.hub.board import Board
from live.hub.erased import Erased
from live.hub.recall import Recall
from live.hub.tails import Tails
from live.hub.writer import Told
from live.storage.cards import Cards
from live.storage.erasures import Erasures, key_for
from live.storage.hubs import Hubs, Left
from live.storage.journal import Journal, Trace

MARK = 64  # newest events remembered: one of them at least is found again
MARGIN = 500  # events further back, for inserts that became visible out of order
SCAN = 100_000  # events of one scan at most; a hub that lagged further says so in the log
GRACE = 0.2  # seconds for a publication on its way
GROUP = 200  # sessions read anew at once
SHUFFLED = timedelta(minutes=3)  # how far back a crash of mongod changes its natural order: it checkpoints every minute
WARY = 30.0  # seconds that a session is looked at after it was erased

logger = logging.getLogger(__name__)


class Reconcile:
    """Run `run()` in a task group after `start()`."""

    def __init__(
        self, *, hub: str, journal: Journal, stored: Cards, erasures: Erasures, erased: Erased, hubs: Hubs,
        board: Board, tails: Tails, recall: Recall, forget: Callable[[str, str], None], drop: Callable[[str], None],
        told: Callable[[list[Told]], None], came_to_rest: Callable[[], None],
        at_rest: Callable[[Mapping[str, int]], None], period: float, bus_ok: Callable[[], bool],
    ) -> None:  # fmt: skip
        self._hub, self._journal, self._cards, self._hubs = hub, journal, stored, hubs
        self._erasures, self._erased, self._forget, self._drop = erasures, erased, forget, drop
        self._wary: dict[str, float] = {}  # sessions that were erased: until when they are looked at
        self._board, self._tails, self._recall, self._told = board, tails, recall, told
        self._came_to_rest, self._at_rest = came_to_rest, at_rest
        self._period, self._bus_ok = period, bus_ok
        self._mark: list[str] = []
        self._marked = 0.0
        self._soon = asyncio.Event()
        self._lacking: set[str] = set()
        self._since: datetime | None = None  # the next look goes back to before this
        self.repaired = 0  # sessions found behind, beyond the grace
        self.rounds = 0

    def soon(self) -> None:
        """Something may have been missed: look now."""
        self._soon.set()

    def lacks(self, session: str) -> None:
        """The board lacks events of this session: read them now."""
        self._lacking.add(session)
        self._soon.set()

    def shaken(self, last: datetime) -> None:
        """The store is another process than at `last`, whose natural order may be another: look back to before that."""
        since = last - SHUFFLED
        self._since = since if self._since is None else min(since, self._since)
        self._soon.set()

    def beware(self, session: str) -> None:
        """The session was erased: see to it now that nothing of it is left, and that it is not overlooked if anew."""
        self._wary[session] = asyncio.get_running_loop().time() + WARY
        self.lacks(session)

    async def start(self) -> None:
        """Put every open session on the board, then what other hubs, running or crashed, have no cards for yet."""
        loop = asyncio.get_running_loop()
        for fence in await self._erasures.fences():
            self._erased.learn(fence.session, fence.key)
        async for folded in self._cards.load_open():
            self._board.admit(folded, now=loop.time())
        known = [entry.folded for entry in self._board.entries.values()]
        for start in range(0, len(known), GROUP):
            found = await self._recall.lagging(known[start : start + GROUP])
            self._told([Told(one.folded, [], before=one, publish=False) for one in found])
        newest = await self._journal.newest(until=(), margin=0, limit=MARK)
        for other in await self._hubs.others(self._hub):
            await self._look(await self._left_by(other))
            if other.dead:
                await self._hubs.remove(other.hub)
        self._mark = [trace.key for trace in newest]
        self._marked = loop.time()
        await self._hubs.beat(self._hub, self._mark)

    async def run(self) -> None:
        """Look again and again."""
        while True:
            try:
                async with asyncio.timeout(self._period if self._bus_ok() else min(1.0, self._period)):
                    await self._soon.wait()
            except TimeoutError:
                pass
            told = self._soon.is_set()
            self._soon.clear()
            try:
                await self.round(grace=0.0 if told else GRACE)
            except StoreAway as error:
                logger.warning("reconcile: %s", error)
                await asyncio.sleep(0.5)
                self._soon.set()

    async def round(self, *, grace: float) -> None:
        """One look. Raises StoreAway."""
        lacking, self._lacking = self._lacking, set()
        since = self._since
        try:
            traces = await self._journal.newest(until=frozenset(self._mark), margin=MARGIN, limit=SCAN, since=since)
            if len(traces) == SCAN:
                logger.warning("reconcile: more than %d new events since the last look; run `live check`", SCAN)
            for trace in traces:
                if trace.erased:
                    self._forget(trace.session, trace.key)
            await self._clear()
            lacking |= self._lacking
            self._lacking = set()
            await self._look(traces, also=lacking, grace=grace)
        except StoreAway:
            self._lacking |= lacking
            raise
        self.rounds += 1
        if self._since is since:
            self._since = None
        await self._move_mark(_marked(traces))
        for other in await self._hubs.others(self._hub):
            if other.dead:
                logger.warning("reconcile: hub %s is dead; looking after what it left", other.hub)
                await self._look(await self._left_by(other))
                await self._hubs.remove(other.hub)

    async def _left_by(self, other: Left) -> list[Trace]:
        """What was written after its mark, be it that mongod crashed with it."""
        since = other.beat - SHUFFLED
        return await self._journal.newest(until=other.mark, margin=MARGIN, limit=SCAN, since=since)

    async def leave(self) -> None:
        """In good order: every card is written, and nobody need look after us."""
        await self._hubs.remove(self._hub)

    async def _move_mark(self, newest: list[str]) -> None:
        """The mark of the look before is safe to keep once every card that was due then is written."""
        since = self._board.dirty_since()
        if since is None or since > self._marked:
            await self._hubs.beat(self._hub, self._mark)
        self._mark, self._marked = newest or self._mark, asyncio.get_running_loop().time()

    async def _look(self, traces: Collection[Trace], *, also: Collection[str] = (), grace: float = 0.0) -> None:
        latest: dict[str, int] = {}
        for trace in traces:
            if trace.erased:
                continue
            latest[trace.session] = max(trace.seq, latest.get(trace.session, 0))
        lacking = await self._behind(latest)
        if lacking and grace:
            await asyncio.sleep(grace)
            lacking = await self._behind({session: latest[session] for session in lacking})
        if not also:
            self.repaired += len(lacking)
        todo = sorted({*lacking, *also})
        for start in range(0, len(todo), GROUP):
            await self._read_anew(todo[start : start + GROUP])

    async def _clear(self) -> None:
        """Of sessions that were erased: what was written by who did not know, and what came back onto the board."""
        time = asyncio.get_running_loop().time
        self._wary = {session: until for session, until in self._wary.items() if until > time()}
        for session, key in self._erased.keys(self._wary).items():
            if await self._erasures.sweep(session, key=key):
                self._board.unsaved(session)  # it was to be of the one begun anew
            mended = key_for(session, datetime.now(UTC))
            if await self._erasures.mend(session, key=mended):
                logger.warning("reconcile: events written after an erasure by a hub that did not know were moved up")
                self._forget(session, mended)
        revs = {session: entry.rev for session in self._wary if (entry := self._board.get(session)) is not None}
        heads = await self._journal.heads(revs) if revs else {}
        for session, rev in revs.items():
            if heads.get(session, 0) < rev:
                self._drop(session)
                self._lacking.add(session)

    async def _behind(self, latest: dict[str, int]) -> list[str]:
        """The sessions of which neither the board nor, for those at rest, the stored card has this seq.

        One that is open in the store and not on the board is among them, be its card ever so new; and one at rest that
        somebody follows who has not heard of this seq.
        """
        found = []
        strangers = []
        for session, seq in latest.items():
            entry = self._board.get(session)
            if self._lags(session, seq) or (entry is not None and entry.rev < seq):
                found.append(session)
            elif entry is None:
                strangers.append(session)
        if strangers:
            resting = await self._cards.resting(strangers)
            there = []
            for session in strangers:
                entry = self._board.get(session)
                if entry is None:
                    there.append(session)
                elif entry.rev < latest[session]:  # it came meanwhile, as somebody had read it before this event
                    found.append(session)
            found += [session for session in there if resting.get(session, 0) < latest[session]]
            at_rest = {session: resting[session] for session in there if resting.get(session, 0) >= latest[session]}
            self._at_rest(at_rest)
            known = [self._board.rests(session, rev) for session, rev in at_rest.items()]
            if not all(known):
                self._came_to_rest()  # opened and closed by another hub, all unheard
        return found

    def _lags(self, session: str, seq: int) -> bool:
        """Has somebody who follows it not heard of this seq?"""
        heard = self._tails.head(session)
        return heard is not None and heard < seq

    async def _read_anew(self, sessions: list[str]) -> None:
        told = []
        asked = self._erased.count
        for session, found in (await self._recall.sessions(sessions)).items():
            entry = self._board.get(session)
            before = found.stored.card.rev if entry is None else entry.rev
            heard = self._tails.head(session)
            before = before if heard is None else min(before, heard)
            unknown = entry is None and found.folded.card.status != "closed"
            if found.folded.card.rev > before or unknown:
                lines = await self._journal.read(session, after=before)
                told.append(Told(found.folded, lines, before=found, publish=False))
        told = [one for one in told if not self._erased.void(one.folded.card.session, since=asked)]
        if told:
            self._told(told)


def _marked(traces: Sequence[Trace]) -> list[str]:
    """The newest, and of further sessions the newest each: should one be erased, the others are found again."""
    newest: dict[str, str] = {}
    for trace in traces:
        newest.setdefault(trace.session, trace.key)
    return list(dict.fromkeys([*(trace.key for trace in traces[: MARK // 2]), *newest.values()]))[:MARK]
