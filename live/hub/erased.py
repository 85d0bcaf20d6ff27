"""Which sessions were erased, as this hub has learned: what was read of them before is void.

A hub learns of an erasure by doing it, from the bus, or from the store: in the newest of the log, and where an insert
meets the fence. Whichever comes first counts; the others find it known.
"""

from collections import OrderedDict
from collections.abc import Iterable

MOST = 50_000  # remembered; the store's own fences go sooner


class Erased:
    """`count` grows with each erasure learned of: whoever reads from the store asks for it before, `void` after."""

    def __init__(self) -> None:
        self.count = 0
        self._known: OrderedDict[str, tuple[str, int]] = OrderedDict()  # session -> its last erasure, and `count` then

    def learn(self, session: str, key: str) -> bool:
        """The session was erased. False where that is known, or a later time is."""
        known = self._known.get(session)
        if known is not None and known[0] >= key:
            return False
        self.count += 1
        self._known[session] = (key, self.count)
        self._known.move_to_end(session)
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        return True

    def void(self, session: str, *, since: int) -> bool:
        """Was it erased since `count` was that?"""
        known = self._known.get(session)
        return known is not None and known[1] > since

    def keys(self, sessions: Iterable[str]) -> dict[str, str]:
        """Of those that were erased: which time was the last."""
        return {session: self._known[session][0] for session in sessions if session in self._known}
