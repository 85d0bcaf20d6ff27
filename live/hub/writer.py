"""The group commit: events in → seq → stored → folded → told → acknowledged.

Whatever waits is written at once, in one ordered insert, two such commits in flight. A session takes part in one commit
at a time: what comes for it meanwhile is held back until that commit is settled, so the order of a sender never breaks.

The seq is the board's rev + 1; a session that is not on the board is taken to be new. If that is wrong, or another hub
was quicker, the unique key (session, seq) says so: the insert stops there, the session is read again, and the rest goes
on. The unique `_id` says that an event is there already: then its mark tells a duplicate from a conflict. After an
unknown outcome (a time-out, a lost connection) the same two keys make the same attempt again harmless, however often.

    waiting → in flight → stored | duplicate | conflict | invalid     ("overtaken": what only time would have done)
                  ↑_______| store away: again, after a pause, for ever; the waiting room is bounded

A session is erased in its turn: after what waits of it, before what comes. What comes begins it anew, at seq 1.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

import msgspec

from live import cards, events
from live.cards import Folded
from live.errors import HubFull, StoreAway
from live.hub.board import Board
from live.hub.erased import Erased
from live.hub.intake import Item, Result
from live.hub.plan import Plan
from live.hub.presence import Times
from live.hub.recall import Recall, Recalled
from live.storage import journal
from live.storage.erasures import Erasures
from live.storage.journal import Appended, Held, Journal

COMMIT = 1_000  # events of one commit at most
COMMIT_BYTES = 8 * 1024 * 1024
IN_FLIGHT = 2  # commits at a time: one is on its way while the next is made
PAUSE = (0.05, 1.0)  # seconds before the store is tried again: the first, and the longest

logger = logging.getLogger(__name__)


class Ticket:
    """A claim on the results of several events, in the order sent."""

    __slots__ = ("done", "items", "left")

    def __init__(self, items: Sequence[Item | Result]) -> None:
        self.items = items
        self.left = sum(1 for item in items if isinstance(item, Item))
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not self.left:
            self.done.set_result(None)

    def results(self) -> list[Result]:
        """Every result, once `done`."""
        found = [item if isinstance(item, Result) else item.result for item in self.items]
        assert all(result is not None for result in found)
        return [result for result in found if result is not None]


class Erasure:
    """A session that is to be erased, in its turn among its events; `key` names this time."""

    __slots__ = ("done", "key", "session")

    def __init__(self, session: str, *, key: str) -> None:
        self.session, self.key = session, key
        self.done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()  # was there anything?


class Told(NamedTuple):
    """What happened to one session: the new lines, in order, and the card after them.

    `before`: the session as the store had it, where it may not be on the board. `publish`: other hubs do not know yet.
    `save`: this hub must see to it that the card is written.
    """

    folded: Folded
    lines: list[journal.Line]
    before: Recalled | None = None
    publish: bool = True
    save: bool = True


class Writer:
    """Takes items, writes them, folds them into the board, tells the hub. Run `run()` in a task group."""

    def __init__(
        self,
        *,
        store: Journal,
        erasures: Erasures,
        erased: Erased,
        recall: Recall,
        board: Board,
        times: Times,
        told: Callable[[list[Told]], None],
        forget: Callable[[str, str], None],
        drop: Callable[[str], None],
        clock: Callable[[], datetime],
        patience: float,
        max_queue: int,
        max_queue_bytes: int,
    ) -> None:
        self._journal, self._recall, self._board, self._times = store, recall, board, times
        self._erasures, self._erased = erasures, erased
        self._told, self._forget, self._drop, self._clock = told, forget, drop, clock
        self._patience = patience  # seconds until a store that has not answered is said to be away
        self._max_queue, self._max_bytes = max_queue, max_queue_bytes
        self._waiting: deque[Item | Erasure] = deque()
        self._due: list[Erasure] = []  # whose turn has come
        self._held: dict[str, deque[Item | Erasure]] = {}  # sessions in flight, and what came for them meanwhile
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._closing = False
        self._impatient: set[Ticket] = set()
        self.queued = 0  # events accepted and not settled
        self.queued_bytes = 0
        self.commits = 0
        self.stored = 0
        self.clashes = 0
        self.away_since: datetime | None = None  # MongoDB has not answered a commit since
        self._flying = 0
        self._idle = asyncio.Event()
        self._idle.set()

    # in ------------------------------------------------------------------------------------------------------------

    @property
    def full(self) -> bool:
        """Is there no room for more?"""
        return self.queued >= self._max_queue or self.queued_bytes >= self._max_bytes

    def submit(self, items: Sequence[Item | Result], *, forced: bool = False, impatient: bool = False) -> Ticket:
        """Queue events; await `ticket.done` for their fate. Raises HubFull; `forced` is for the hub's own few.

        An `impatient` ticket's `done` fails with StoreAway as soon as the store is known to be away; its events stay
        queued.
        """
        if impatient and self.away_since is not None:
            raise StoreAway
        if self._closing:
            raise StoreAway("the hub is stopping")
        if self.full and not forced:
            raise HubFull
        ticket = Ticket(items)
        for item in items:
            if isinstance(item, Item):
                item.ticket = ticket
                self.queued += 1
                self.queued_bytes += item.size
                self._waiting.append(item)
        if impatient and ticket.left:
            self._impatient.add(ticket)
        if self.full:
            self._room.clear()
        if self.queued:
            self._idle.clear()
        self._wake.set()
        return ticket

    def erase(self, session: str, *, key: str) -> Erasure:
        """Erase a session after the events of it that wait, before those to come; await `done`.

        Raises StoreAway where that is known; a store that falls away later is asked again until it answers.
        """
        if self._closing:
            raise StoreAway("the hub is stopping")
        if self.away_since is not None:
            raise StoreAway
        erasure = Erasure(session, key=key)
        self._waiting.append(erasure)
        self._wake.set()
        return erasure

    async def room(self) -> None:
        """Wait until there is room: a socket is not read meanwhile."""
        await self._room.wait()

    # the commits ---------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Commit whatever waits, until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._flying < IN_FLIGHT and (batch := self._take()):
                    self._flying += 1
                    group.create_task(self._commit(batch))
                while self._due:
                    group.create_task(self._erase(self._due.pop()))

    async def flush(self, patience: float) -> None:
        """Stop taking events and wait until all are settled, or `patience` seconds have passed.

        The rest fail with StoreAway.
        """
        self._closing = True
        try:
            async with asyncio.timeout(patience):
                if self.queued:
                    await self._idle.wait()
        except TimeoutError:
            logger.warning(
                "writer: stopped with %d events not settled; their senders were not told that they are stored",
                self.queued,
            )

    def _take(self) -> list[Item]:
        """The next batch: in order, but for sessions that are in flight, whose items are held back."""
        batch: list[Item] = []
        size = 0
        mine: set[str] = set()
        while self._waiting and len(batch) < COMMIT and size < COMMIT_BYTES:
            item = self._waiting.popleft()
            held = self._held.get(item.session)
            if isinstance(item, Erasure):
                mine.discard(item.session)  # what comes after it waits for it
                if held is not None:
                    held.append(item)
                else:
                    self._held[item.session] = deque()
                    self._due.append(item)
                continue
            if held is not None and item.session not in mine:
                held.append(item)
                continue
            if held is None:
                self._held[item.session] = deque()
                mine.add(item.session)
            batch.append(item)
            size += item.size
        return batch

    async def _commit(self, batch: list[Item]) -> None:
        sessions = {item.session for item in batch}
        try:
            await self._settle_all(batch)
        finally:
            self._flying -= 1
            self._release(sessions)

    def _release(self, sessions: Iterable[str]) -> None:
        """What came for them meanwhile is the next."""
        for session in sessions:
            self._waiting.extendleft(reversed(self._held.pop(session)))
        self._wake.set()

    async def _erase(self, erasure: Erasure) -> None:
        """Until it is done. The session is in no commit meanwhile; another hub's clashes with one of the two."""
        pause = PAUSE[0]
        try:
            while not erasure.done.done():
                try:
                    there = await self._erasures.erase(erasure.session, key=erasure.key)
                except StoreAway as error:
                    logger.warning("writer: a session is not erased yet: %s", error)
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, PAUSE[1])
                else:
                    if there:
                        self._forget(erasure.session, erasure.key)
                    erasure.done.set_result(there)
        finally:
            self._release([erasure.session])

    async def _settle_all(self, batch: list[Item]) -> None:
        """Attempt until every item has its fate."""
        known: dict[str, Folded] = {}  # sessions that are not on the board, as read from the store
        left = batch
        pause = PAUSE[0]
        doubt: set[str] = set()  # sessions whose state must be read anew, after a clash or an unknown outcome
        while left := [item for item in left if item.result is None]:
            try:
                if doubt:
                    with self._watched():
                        left = await self._look_up(left, known, doubt)
                    doubt = set()
                    continue
                plan = self._plan(left, known)
                left = plan.items
                if not left:
                    return
                with self._watched():
                    appended = await self._journal.append(plan.documents)
                self.commits += 1
                self._is_back()
                pause = PAUSE[0]
            except StoreAway as error:
                for item in left:
                    item.unknown = item.unknown or bool(item.attempted)
                self._is_away(error)
                doubt = {item.session for item in left}
                await asyncio.sleep(pause)
                pause = min(pause * 2, PAUSE[1])
                continue
            clashed = left
            left = self._landed(left, appended, known)
            if appended.clash is not None:
                self.clashes += 1
                doubt = self._doubted(clashed, appended, known)

    def _plan(self, left: list[Item], known: dict[str, Folded]) -> Plan:
        plan = Plan(state=lambda session: self._state(session, known), times=self._times, adopt=self._adopt)
        for item in left:
            plan.add(item)
        for item in plan.overtaken:
            self._settle(item, "overtaken")
        return plan

    def _adopt(self, item: Item) -> None:
        """An item of the hub's own, made while planning."""
        item.ticket = Ticket([item])
        self.queued += 1
        self.queued_bytes += item.size

    def _landed(self, left: list[Item], appended: Appended, known: dict[str, Folded]) -> list[Item]:
        """The first `appended.count` placed items are durable: fold, tell, acknowledge.

        Returns those still without a fate.
        """
        placed = [item for item in left if item.attempted]
        done, rest = placed[: appended.count], placed[appended.count :]
        self._take_in([(item, item.attempted) for item in done], known)
        for item in done:
            self._settle(item, "stored", item.attempted)
        if appended.clash is not None and appended.clash.on == "refused" and rest:
            self._refuse(rest[0], appended.clash.message)
        settled = {id(item) for item in left if item.result is not None}
        again = [item for item in left if id(item) not in settled]
        if appended.clash is None and again:  # repetitions of what is in now
            return self._repeated(again, left)
        return again

    def _doubted(self, left: list[Item], appended: Appended, known: dict[str, Folded]) -> set[str]:
        """After a clash: the session that clashed, and those that were only taken to be new."""
        placed = [item for item in left if item.attempted]
        strangers = {
            item.session for item in placed if self._board.get(item.session) is None and item.session not in known
        }
        return strangers | {placed[appended.count].session}

    def _repeated(self, again: list[Item], left: list[Item]) -> list[Item]:
        first = {item.key: item for item in left if item.result is not None and item.attempted}
        still = []
        for item in again:
            same = first.get(item.key)
            if same is None:
                still.append(item)
            else:
                self._settle(item, "duplicate" if same.mark == item.mark else "conflict", same.attempted)
        return still

    async def _look_up(self, left: list[Item], known: dict[str, Folded], doubt: set[str]) -> list[Item]:
        """After a clash or an unknown outcome: which items are in the journal? The doubted sessions are read anew."""
        held = await self._journal.held([item.key for item in left])
        self._is_back()
        mine: list[tuple[Item, int]] = []
        others: list[Item] = []
        seen: set[str] = set()
        for item in left:
            there = held.get(item.key)
            if there is None:
                others.append(item)
            elif item.key not in seen and self._is_mine(item, there):
                mine.append((item, there.seq))
            else:
                self._settle(item, "duplicate" if there.mark == item.mark else "conflict", there.seq)
            seen.add(item.key)
        dropped = [item for item in others if item.trigger is not None and not _stored(item.trigger)]
        for item in dropped:
            self._settle(item, "overtaken")
        others = [item for item in others if item.result is None]
        fences = await self._erasures.fences(doubt)
        for fence in fences:
            self._forget(fence.session, fence.key)
        await self._read_anew(({item.session for item in others} & doubt) | {item.session for item, _ in mine}, known)
        for fence in fences:
            if fence.seq == self._state(fence.session, known).card.rev + 1:
                await self._erasures.lift(fence)
        for item, seq in mine:
            self._settle(item, "stored", seq)
        return others

    async def _read_anew(self, sessions: set[str], known: dict[str, Folded]) -> None:
        """Read sessions from the store, and tell the hub of what it did not know of them."""
        told = []
        asked = self._erased.count
        revs = {session: entry.rev for session in sessions if (entry := self._board.get(session)) is not None}
        read = await self._recall.sessions(sessions)
        for session in sessions:
            known.pop(session, None)
        for session, rev in revs.items():
            if session not in read or read[session].folded.card.rev < rev:
                self._drop(session)  # erased, and brought back by late news
        for session, found in read.items():
            entry = self._board.get(session)
            before = found.stored if entry is None else entry.folded
            lines = (
                await self._journal.read(session, after=before.card.rev)
                if found.folded.card.rev > before.card.rev
                else []
            )
            told.append(Told(found.folded, lines, before=found))
        # what was read of a session before it was erased is void: the next attempt tells
        told = [one for one in told if not self._erased.void(one.folded.card.session, since=asked)]
        known |= {one.folded.card.session: one.folded for one in told}
        if told:
            self._told(told)

    def _is_mine(self, item: Item, there: Held) -> bool:
        """Did an earlier attempt of this very item land?"""
        return item.unknown and there.seq == item.attempted and there.mark == item.mark

    def _take_in(self, landed: list[tuple[Item, int]], known: dict[str, Folded]) -> None:
        """Fold what landed, and tell the hub."""
        states: dict[str, Folded] = {}
        lines: dict[str, list[journal.Line]] = {}
        for item, seq in landed:
            folded = states.get(item.session)
            if folded is None:
                folded = self._state(item.session, known)
            if seq != folded.card.rev + 1:
                continue  # the board was told by another way
            states[item.session] = cards.fold(folded, msgspec.structs.replace(item.event, seq=seq))
            lines.setdefault(item.session, []).append(journal.Line(seq, events.wire(seq, item.body)))
        if states:
            self._told([Told(folded, lines[session]) for session, folded in states.items()])

    def _state(self, session: str, known: dict[str, Folded]) -> Folded:
        """The session as far as this hub knows: the newer of the board's and what was just read."""
        entry = self._board.get(session)
        read = known.get(session)
        if entry is not None and (read is None or entry.rev >= read.card.rev):
            return entry.folded
        return read if read is not None else cards.empty(session)

    # fates ---------------------------------------------------------------------------------------------------------

    def _settle(self, item: Item, status: str, seq: int | None = None) -> None:
        item.settle(status, seq)
        if status == "stored":
            self.stored += 1
        self.queued -= 1
        self.queued_bytes -= item.size
        ticket: Ticket = item.ticket
        ticket.left -= 1
        if not ticket.left:
            self._impatient.discard(ticket)
            if not ticket.done.done():
                ticket.done.set_result(None)
        if (
            not self._room.is_set()
            and self.queued < self._max_queue * 0.8
            and self.queued_bytes < self._max_bytes * 0.8
        ):
            self._room.set()
        if not self.queued:
            self._idle.set()

    def _refuse(self, item: Item, message: str) -> None:
        logger.error("writer: MongoDB refuses event %s of %s: %s", item.ident, item.session, message)
        self._settle(item, "invalid")
        assert item.result is not None
        item.result.errors = [{"path": "", "message": f"the store refuses the event: {message}"}]

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Senders hear in time that the store does not answer: PyMongo looks for one in steps of half a second."""
        late = asyncio.get_running_loop().call_later(self._patience, self._is_away, StoreAway("no answer in time"))
        try:
            yield
        finally:
            late.cancel()

    def _is_away(self, error: StoreAway) -> None:
        if self.away_since is None:
            logger.warning("writer: %s", error)
            self.away_since = self._clock()
        for ticket in self._impatient:
            if not ticket.done.done():
                ticket.done.set_exception(StoreAway(*error.args))
        self._impatient.clear()

    def _is_back(self) -> None:
        if self.away_since is not None:
            logger.info("writer: the store is back")
            self.away_since = None


def _stored(item: Item) -> bool:
    return item.result is not None and item.result.status == "stored"
