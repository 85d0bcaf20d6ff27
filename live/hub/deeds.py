"""What was done of late that totals count: goals completed and questions without an answer, of two days, and messages.

Two days, because "today" begins at another time in each zone. An event is in it once, however often it is heard of.
"""

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Literal, NamedTuple, TypeAlias

from live.events import milliseconds
from live.storage.journal import Line

Kind: TypeAlias = Literal["goals", "missing"]
KINDS: dict[str, Kind] = {"goal.completed": "goals", "knowledge.missing": "missing"}
KEPT = 48 * 3_600_000  # ms
MOST = 500_000  # deeds kept; beyond, the oldest go, and totals of a day that began before are too low

_TYPE = re.compile(r'.{0,24}"type":"(message|goal\.completed|knowledge\.missing)"')
_RECEIVED = re.compile(r'"received":"([^"]+)"')


class Deed(NamedTuple):
    """One of them: when it came to a hub, in ms since 1970."""

    at: int
    session: str
    kind: Kind


class Deeds:
    """`version` counts the deeds that were ever taken in."""

    def __init__(self) -> None:
        self.version = 0
        self.said: Counter[str] = Counter()  # messages by session since `drain` was called
        self._known: set[tuple[str, int]] = set()
        self._deeds: deque[tuple[Deed, int]] = deque()  # each with its seq, about in the order of time

    def hear(self, session: str, lines: Iterable[Line]) -> None:
        """New lines of a session."""
        for line in lines:
            found = _TYPE.match(line.json)
            if found is None:
                continue
            if found[1] == "message":
                if '"role":"system"' not in line.json and '"role":"tool"' not in line.json:
                    self.said[session] += 1
                continue
            when = _RECEIVED.search(line.json)
            if when is not None:
                self.take(Deed(milliseconds(when[1]), session, KINDS[found[1]]), line.seq)

    def take(self, deed: Deed, seq: int) -> None:
        """One more, if it is not known."""
        if (deed.session, seq) in self._known:
            return
        self._known.add((deed.session, seq))
        self._deeds.append((deed, seq))
        self.version += 1
        if len(self._deeds) > MOST:
            self._forget()

    def since(self, at: int) -> Iterator[Deed]:
        """Those of a time or later."""
        return (deed for deed, _ in self._deeds if deed.at >= at)

    def latest(self, count: int) -> list[Deed]:
        """The last ones taken in."""
        return [deed for deed, _ in islice(reversed(self._deeds), count)]

    def drain(self) -> Counter[str]:
        """How many messages there were by session since it was asked last."""
        said, self.said = self.said, Counter()
        return said

    def erase(self, session: str) -> None:
        """Nothing was done in it."""
        self.said.pop(session, None)
        if any(known == session for known, _ in self._known):
            self._known = {known for known in self._known if known[0] != session}
            self._deeds = deque(one for one in self._deeds if one[0].session != session)

    def age(self, now: int) -> None:
        """Forget what is too old."""
        while self._deeds and self._deeds[0][0].at < now - KEPT:
            self._forget()

    def _forget(self) -> None:
        deed, seq = self._deeds.popleft()
        self._known.discard((deed.session, seq))
