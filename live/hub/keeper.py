"""Writes cards behind their events: coalesced, at most once in `delay` seconds for a session, at once when it closes.

Nothing is lost by it: a card is a fold, and what a crashed hub left behind is found by `reconcile`. The board is exact
meanwhile.
"""

import asyncio
import logging

from live.errors import StoreAway
from live.hub.board import Board
from live.hub.erased import Erased
from live.storage.cards import Cards
from live.storage.erasures import Erasures

ROUND = 500  # cards of one bulk write
GATHER = 0.05  # seconds: sessions that close one after another share a write
SHARE = 2.0  # times a round's duration to rest: when the store is busy with events, cards wait longer

logger = logging.getLogger(__name__)


class Keeper:
    """Run `run()` in a task group."""

    def __init__(self, *, board: Board, stored: Cards, erasures: Erasures, erased: Erased, delay: float) -> None:
        self._board, self._cards, self._delay = board, stored, delay
        self._erasures, self._erased = erasures, erased
        self._hurry = asyncio.Event()
        self.written = 0

    def hurry(self) -> None:
        """A session closed: write its card now."""
        self._hurry.set()

    async def run(self) -> None:
        """Write what the store lacks, for ever."""
        time = asyncio.get_running_loop().time
        whole = time() + self._delay  # when all that is behind is written again
        pause = self._delay
        while True:
            try:
                async with asyncio.timeout(max(0.0, whole - time())):
                    await self._hurry.wait()
            except TimeoutError:
                pass
            self._hurry.clear()
            began = time()
            try:
                await self.flush(closed=began < whole)
                pause = max(self._delay, SHARE * (time() - began))
            except StoreAway as error:
                logger.warning("keeper: %s", error)
                pause = 1.0
                await asyncio.sleep(pause)
            if began >= whole:
                whole = time() + pause
            else:
                await asyncio.sleep(GATHER)

    async def flush(self, *, closed: bool = False) -> None:
        """Write every card that the store lacks now, or those alone that are `closed`. Raises StoreAway."""
        todo = [entry for entry in self._board.dirty() if not (closed and entry.open)]
        for start in range(0, len(todo), ROUND):
            entries = [entry for entry in todo[start : start + ROUND] if entry.saved < entry.rev]
            if not entries:
                continue
            asked = self._erased.count
            await self._cards.save(
                [entry.folded for entry in entries], after=self._erased.keys(entry.session for entry in entries)
            )
            for entry in entries:
                if self._erased.void(entry.session, since=asked):  # what was written is of the session before
                    await self._erasures.sweep(entry.session, key=self._erased.keys([entry.session])[entry.session])
                    self._board.unsaved(entry.session)
                else:
                    self._board.stored(entry.session, entry.rev)
            self.written += len(entries)
            await asyncio.sleep(0)
