"""The catalog: what of the closed sessions is searched, in memory, kept up by the board's comings and goings.

    loading    the store's closed sessions are read; until then the store answers
    ready      the index answers: exact, for every session that comes to rest goes over the board
    too large  over the limit: the store answers

A session that another hub opened and closed unheard is found by reconcile, which says so here (`resting`).
"""

import asyncio
import logging
from collections.abc import Mapping
from enum import Enum

from live import order
from live.errors import StoreAway
from live.filters import Filter
from live.filters.facets import comparable
from live.filters.index import Index, Matched
from live.hub.board import Board, Entry
from live.hub.lookup import put
from live.storage.cards import Cards, Rested

LOOK = 1.0  # seconds between looks whether there is work
AGAIN = 2.0  # seconds until a reading that failed is tried again
PAUSE = 50  # sessions taken into the index at once: 2 ms, then others have their turn
FEW = 10_000  # dead slots that are not worth a new index

logger = logging.getLogger(__name__)


class State(Enum):
    """How far it is."""

    LOADING = "loading"
    READY = "ready"
    TOO_LARGE = "too large"


class Catalog:
    """Made by the hub, whose task `run` is. `most`: sessions it may hold."""

    def __init__(self, board: Board, stored: Cards, *, most: int) -> None:
        self.state = State.LOADING
        self._board, self._cards, self._most = board, stored, most
        self._index = Index(order.SORTS)
        self._next: Index | None = None  # one that is being loaded
        self._lacking: set[str] = set()
        self._erased: set[str] = set()  # since the reading that goes on has begun
        self._work = asyncio.Event()
        board.on_entering(self._entered)
        board.on_erasing(lambda session, entry: self._forget(session))
        board.listen(admitted=lambda entry, saved: None, retired=self._retired, doubted=lambda: None)

    def __len__(self) -> int:
        return len(self._index)

    def find(self, wanted: Filter) -> Matched | None:
        """The closed sessions that match, none of them on the board. None: ask the store."""
        if self.state is not State.READY or self._lacking or not self._index.knows(wanted):
            return None
        return self._index.find(wanted)

    def resting(self, revs: Mapping[str, int]) -> None:
        """These sessions are at rest, with these revs, as the store says."""
        lacking = {session for session, rev in revs.items() if self._index.rev(session) != rev}
        if lacking and self.state is not State.TOO_LARGE:
            self._lacking |= lacking
            self._work.set()

    async def run(self) -> None:
        """Load, then keep it in order."""
        while True:
            try:
                await self.round()
            except StoreAway as error:
                logger.info("catalog: %s; tried again", error)
                await asyncio.sleep(AGAIN)
            try:
                async with asyncio.timeout(LOOK):
                    await self._work.wait()
            except TimeoutError:
                pass
            self._work.clear()

    async def round(self) -> None:
        """Do what there is to do. Raises StoreAway."""
        if self.state is State.LOADING or self._index.dead > max(FEW, len(self._index)):
            await self._load()
        await self._read_lacking()

    async def _load(self) -> None:
        """Read all closed sessions. What changes meanwhile goes into the new index as well as into the old."""
        made = self._next = Index(order.SORTS)
        self._erased.clear()
        try:
            async for group in self._cards.rested():
                for start in range(0, len(group), PAUSE):
                    for row in group[start : start + PAUSE]:
                        if self._is_at_rest(row) and made.rev(row.session) is None:
                            _take(made, row)
                    await asyncio.sleep(0)
                if len(made) > self._most:
                    logger.warning("catalog: over %d closed sessions: the store searches them", self._most)
                    self.state = State.TOO_LARGE
                    self._index = Index(order.SORTS)
                    return
            self._index, self.state = made, State.READY
            logger.info("catalog: %d closed sessions", len(made))
        finally:
            self._next = None

    async def _read_lacking(self) -> None:
        while self._lacking:
            asked = set(list(self._lacking)[:1_000])
            self._erased.clear()
            async for group in self._cards.rested(asked):
                for row in group:
                    for index in self._indexes():
                        if self._is_at_rest(row) and (index.rev(row.session) or 0) < row.rev:
                            _take(index, row)
            self._lacking -= asked - self._erased

    def _is_at_rest(self, row: Rested) -> bool:
        """Is what was read still so?"""
        return self._board.get(row.session) is None and row.session not in self._erased

    def _indexes(self) -> list[Index]:
        return [self._index] if self._next is None else [self._index, self._next]

    def _entered(self, session: str) -> None:
        for index in self._indexes():
            index.discard(session)
        self._lacking.discard(session)

    def _forget(self, session: str) -> None:
        """It was erased. Should it have been begun anew, and be at rest again, the store has it."""
        for index in self._indexes():
            index.discard(session)
        if self.state is not State.TOO_LARGE:
            self._erased.add(session)
            self._lacking.add(session)
            self._work.set()

    def _retired(self, entry: Entry) -> None:
        if self.state is State.TOO_LARGE:
            return
        for index in self._indexes():
            put(index, entry)


def _take(index: Index, row: Rested) -> None:
    index.add(
        row.session,
        rev=row.rev,
        tokens=row.tokens,
        spelled={comparable(own): own for own in row.spelled},
        who=row.who,
        words=row.words,
        keys=row.keys,
    )
