"""The timelines of the sessions that somebody looks at: each event's step, computed once and kept for the next look.

A session is folded from its first event on; what follows later is folded onto that. The least recently asked go when
all together are larger than MOST.
"""

import asyncio
from bisect import bisect_right
from collections import OrderedDict
from itertools import accumulate

import msgspec

from live import cards, events, replay
from live.cards import Folded
from live.storage.journal import Journal

MOST = 64 * 1024 * 1024  # bytes of JSON kept
PAGE = 500  # events read at once
SLICE = 50  # events folded before others have their turn: 3 ms

_text = msgspec.json.Encoder()


class _Line:
    """One session's steps so far, as JSON texts, and where they lead."""

    __slots__ = ("at", "folded", "lock", "reached", "size", "steps")

    def __init__(self, session: str) -> None:
        self.folded: Folded = cards.empty(session)
        self.steps: list[str] = []
        self.at: list[int] = []
        self.reached = 0  # the latest of them
        self.size = 0
        self.lock = asyncio.Lock()


class Steps:
    """Made by the hub. Every method raises StoreAway."""

    def __init__(self, journal: Journal, *, most: int = MOST) -> None:
        self._journal, self._most = journal, most
        self._lines: OrderedDict[str, _Line] = OrderedDict()

    def __len__(self) -> int:
        return len(self._lines)

    async def read(self, session: str, *, after: int, limit: int, head: int) -> list[str]:
        """The steps with a seq above `after`, in order, at most `limit`, as JSON texts. `head`: the last seq there."""
        line = await self._until(session, min(after + limit, head), head=head)
        return line.steps[after : after + limit]

    async def moment(self, session: str, ms: int, *, head: int) -> int:
        """The seq of the last event at `ms` after the first one, or before; at least 1."""
        line = await self._until(session, head, head=head)
        if not line.at:
            return 0
        return max(1, bisect_right(list(accumulate(line.at, max)), line.at[0] + ms))

    async def _until(self, session: str, seq: int, *, head: int) -> _Line:
        line = self._lines.get(session)
        if line is None or len(line.steps) > head:  # erased, and begun anew
            line = self._lines[session] = _Line(session)
        self._lines.move_to_end(session)
        async with line.lock:
            while len(line.steps) < seq:
                read = await self._journal.read(session, after=len(line.steps), limit=PAGE)
                if not read or read[0].seq != len(line.steps) + 1:
                    break
                for start in range(0, len(read), SLICE):
                    told = [events.decode_stored(one.json) for one in read[start : start + SLICE]]
                    made, line.folded = replay.steps(told, line.folded, reached=line.reached)
                    texts = [_text.encode(step).decode() for step in made]
                    line.steps += texts
                    line.at += [step.at for step in made]
                    line.reached = max(line.reached, *(step.at for step in made))
                    line.size += sum(map(len, texts))
                    await asyncio.sleep(0)
        self._shrink()
        return line

    def forget(self, session: str) -> None:
        """It was erased."""
        self._lines.pop(session, None)

    def _shrink(self) -> None:
        while len(self._lines) > 1 and sum(line.size for line in self._lines.values()) > self._most:
            self._lines.popitem(last=False)
