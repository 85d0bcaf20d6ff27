"""Postings: for each word the slots of the sessions in which it was said. What `text=` is looked up by.

Most words are said in one session, and few in many: a word of one session is a number, of some an array (4 bytes for
each), of many a bitmap, which then is the smaller one and is asked in microseconds.
"""

from array import array
from bisect import insort
from collections.abc import Iterable

from live.filters.bits import bitmap, packed

FEW = 64  # slots up to which a word stays an array
MOST = 100_000_000  # slots in arrays: 400 MB; beyond, words are no longer kept


class Postings:
    """Grows alone. `full`: there were too many, and nothing is known."""

    def __init__(self, most: int = MOST) -> None:
        self.full = False
        self._most = most
        self._of: dict[str, int | array[int] | bytearray] = {}
        self._held = 0  # slots in arrays

    def add(self, words: Iterable[str], slot: int, *, before: int | None = None) -> None:
        """These words, none of which it has yet, were said in the session of this slot: best the largest so far.

        `before`, the slot that it had, is dead, and stays.
        """
        if self.full:
            return
        known, byte, bit = self._of, slot >> 3, 1 << (slot & 7)
        for word in words:
            found = known.get(word)
            if found is None:
                known[word] = slot
            elif type(found) is bytearray:
                if byte >= len(found):
                    found.extend(bytes(1 + byte - len(found) + len(found) // 8))
                found[byte] |= bit
            else:
                known[word] = self._longer(found, slot)
        if self._held > self._most:
            self.full = True
            self._of = {}

    def _longer(self, found: "int | array[int] | bytearray", slot: int) -> "array[int] | bytearray":
        if isinstance(found, int):
            self._held += 2
            return array("I", sorted((found, slot)))
        assert isinstance(found, array)
        if slot > found[-1]:
            found.append(slot)
        else:
            insort(found, slot)
        self._held += 1
        if len(found) > FEW and len(found) * 32 > found[-1]:
            self._held -= len(found)
            return packed(found)
        return found

    def drop(self, slot: int) -> None:
        """Nobody asks for this slot any more; it stays."""

    def all_of(self, words: Iterable[str], among: int) -> int:
        """Those of `among`, a bitmap, in which all of these words were said."""
        found = [self._of.get(word) for word in words]
        for one in sorted(found, key=_size):  # rare ones are made a bitmap in the time that they are rare
            if one is None or not among:
                return 0
            among &= _bits(one)
        return among


def _size(one: "int | array[int] | bytearray | None") -> int:
    return 0 if one is None else 1 if isinstance(one, int) else len(one)


def _bits(one: "int | array[int] | bytearray") -> int:
    if isinstance(one, int):
        return 1 << one
    return int.from_bytes(one, "little") if isinstance(one, bytearray) else bitmap(one)
