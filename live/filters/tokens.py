"""Tokens: the slots of the sessions with each, and how many of some sessions have each."""

from array import array
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from live.filters.bits import Mask, bitmap, mask_of
from live.filters.columns import Columns
from live.filters.facets import FACETS, TokenCount

RARE = 64  # a token with fewer sessions keeps no bitmap: ten thousand of them would weigh more than all sessions


class Slots:
    """The slots of the sessions with one token, in ascending order; `number`: the token's in its field."""

    __slots__ = ("_bits", "_upto", "number", "own", "slots")

    def __init__(self) -> None:
        self.slots = array("I")
        self.number = 0
        self.own = ""  # the token as its channel writes it, where that is otherwise
        self._bits = 0
        self._upto = 0  # of `slots`, how many are in `_bits`

    def bits(self) -> int:
        """As a bitmap."""
        if len(self.slots) < RARE:
            return bitmap(self.slots)
        if self._upto < len(self.slots):
            self._bits |= bitmap(self.slots[self._upto :])
            self._upto = len(self.slots)
        return self._bits


class Field:
    """The tokens of a field that is counted; of the rare ones, which slot has which: so all are counted at once."""

    __slots__ = ("_rare", "_tokens", "common")

    def __init__(self) -> None:
        self._tokens: list[tuple[str, Slots]] = []  # by number
        self._rare = Columns(2, "I")  # slot, number of the token; stays when that is no longer rare
        self.common: dict[str, Slots] = {}

    def enter(self, token: str, slots: Slots) -> None:
        """A token that is new."""
        slots.number = len(self._tokens)
        self._tokens.append((token, slots))

    def note(self, number: int, slot: int) -> None:
        """One more slot of a token that is rare."""
        self._rare.append(slot, number)

    def counts(self, bits: int, mask: Mask) -> list[TokenCount]:
        """How many of these, a bitmap and the same for each slot, have each; none that nobody has."""
        found = [(token, one, (one.bits() & bits).bit_count()) for token, one in self.common.items()]
        few = np.bincount(self._rare[1][mask[self._rare[0]]])
        numbers = np.flatnonzero(few)
        for number, count in zip(numbers.tolist(), few[numbers].tolist(), strict=True):
            token, one = self._tokens[number]
            if token not in self.common:
                found.append((token, one, count))
        return [TokenCount(token, count, (one.own,) if one.own else ()) for token, one, count in found if count]


class Tokens:
    """Of all sessions of an index."""

    def __init__(self) -> None:
        self._all: dict[str, Slots] = {}
        self._fields = {field: Field() for field in FACETS}
        self._common: dict[str, Callable[[int], None]] = {}  # tokens that are not rare: how one more slot is put in

    def add(self, tokens: Iterable[str], spelled: Mapping[str, str], slot: int) -> None:
        """The session of this slot, the largest so far, has these. `spelled`: as its channel writes some of them."""
        common = self._common
        for token in tokens:
            append = common.get(token)
            if append is None:
                self._add_rare(token, slot)
            else:
                append(slot)
        for token, own in spelled.items():
            found = self._all.get(token)
            if found is not None and not found.own:
                found.own = own

    def _add_rare(self, token: str, slot: int) -> None:
        field = self._fields.get(token.partition("=")[0])
        found = self._all.get(token)
        if found is None:
            found = self._all[token] = Slots()
            if field is not None:
                field.enter(token, found)
        found.slots.append(slot)
        if field is not None:
            field.note(found.number, slot)
        if len(found.slots) == RARE:
            self._common[token] = found.slots.append
            if field is not None:
                field.common[token] = found

    def bits(self, token: str) -> int:
        """The bitmap of those with a token."""
        found = self._all.get(token)
        return 0 if found is None else found.bits()

    def counts(self, bits: int, fields: Iterable[str], *, slots: int) -> list[TokenCount]:
        """How many of these, of so many slots, have each token of the fields."""
        mask = mask_of(bits, slots)
        return [one for field in fields for one in self._fields[field].counts(bits, mask)]
