"""Spoken: for each word who said it, of sessions that still talk.

A session has a number here that stays while its slot changes, and all that it ever said it has said: so whenever it
changes, its new words alone are taken in. Where there are too many, the words of each session are looked at.
"""

from array import array
from collections.abc import Iterable

import numpy as np

from live.filters.bits import of_mask, of_truths, slots_of
from live.filters.postings import Postings

_NONE: frozenset[str] = frozenset()


class Spoken:
    """By slot, the words of its session. It always knows."""

    full = False

    def __init__(self, postings: Postings | None = None) -> None:
        self._postings = Postings() if postings is None else postings
        self._numbers = array("I")  # by slot
        self._slots = np.zeros(1_024, np.intp)  # by number
        self._words: list[frozenset[str]] = []  # by number

    def add(self, words: Iterable[str], slot: int, *, before: int | None = None) -> None:
        """These words were said in the session of this slot, the next one. `before`: the slot that it had."""
        said = frozenset(words)
        number = len(self._words) if before is None else self._numbers[before]
        known = _NONE if before is None else self._words[number]
        new = said if not known else said - known if said is not known else _NONE
        if len(known) + len(new) > len(said):  # it is told otherwise than it was
            number, new = len(self._words), said
        if number == len(self._words):
            self._words.append(_NONE)
            if number == len(self._slots):
                self._slots = np.concatenate([self._slots, np.zeros(number, np.intp)])
        self._numbers.append(number)
        self._slots[number] = slot
        if new:
            self._postings.add(new, number)
            self._words[number] = said

    def drop(self, slot: int) -> None:
        """Nobody asks for this slot any more."""
        self._words[self._numbers[slot]] = _NONE

    def all_of(self, words: frozenset[str], among: int) -> int:
        """Those of `among`, a bitmap, in which all of these words were said."""
        if self._postings.full:
            numbers = of_truths([words <= one for one in self._words])
        else:
            numbers = self._postings.all_of(words, (1 << len(self._words)) - 1)
        mask = np.zeros(len(self._numbers), np.bool_)
        mask[self._slots[slots_of(numbers)]] = True
        return among & of_mask(mask)
