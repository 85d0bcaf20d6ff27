"""The lookup: an index over the sessions on the board, so that a list, a count or a facet costs no walk over them all.

It is brought up to date when it is asked, and a little every second, so that there is never much to do: taking in a
changed card costs some microseconds, walking over 50,000 cards a quarter of a second.
"""

import asyncio
from collections import deque

from live import order
from live.filters import Filter
from live.filters.facts import spelled
from live.filters.index import Index, Matched
from live.filters.spoken import Spoken
from live.hub.board import Board, Entry

LOOK = 1.0  # seconds between two times that it takes in what changed
PAUSE = 100  # cards taken in at once: 1 ms, then others have their turn
FEW = 10_000  # slots of states that are past, up to which no new index is worth its work


class Lookup:
    """Made by the hub, whose task `run` is."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._index = Index(order.SORTS, words=Spoken())
        self._seen = 0
        self._due: deque[Entry] = deque()  # changed, and not in the index yet
        board.listen(admitted=lambda entry, saved: None, retired=self._retired, doubted=lambda: None)
        board.on_erasing(lambda session, entry: self._index.discard(session))

    def find(self, wanted: Filter) -> Matched:
        """The sessions of the board that match."""
        self._look()
        while self._due:
            self._take(self._due.popleft())
        return self._index.find(wanted)

    async def run(self) -> None:
        """Take in what changed, a little at a time."""
        while True:
            await asyncio.sleep(LOOK)
            await self.round()

    async def round(self) -> None:
        """Once."""
        if self._index.dead > max(FEW, 2 * len(self._index)):
            self._index = Index(order.SORTS, words=Spoken())
            self._due = deque(self._board.entries.values())
            self._seen = self._board.version
        self._look()
        while self._due:
            for _ in range(min(PAUSE, len(self._due))):
                self._take(self._due.popleft())
            await asyncio.sleep(0)

    def _look(self) -> None:
        self._due.extend(self._board.changed_since(self._seen))
        self._seen = self._board.version

    def _take(self, entry: Entry) -> None:
        if self._board.get(entry.session) is entry:  # else there is a newer one, which comes by itself
            put(self._index, entry)

    def _retired(self, entry: Entry) -> None:
        self._index.discard(entry.session)


def put(index: Index, entry: Entry) -> None:
    """A session, as the board has it, goes into an index."""
    facts = entry.facts
    index.add(
        entry.session,
        rev=entry.rev,
        tokens=facts.tokens,
        spelled=spelled(entry.folded),
        who=facts.who,
        words=facts.words,
        keys=order.keys(entry.folded.card),
    )
