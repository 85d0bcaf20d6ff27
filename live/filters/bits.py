"""Slots, running numbers in ascending order, as the bits of a Python integer, and back. Pure.

Integers go together in microseconds whatever their lengths are; arrays are what single bits are looked at by. From one
to the other it is 0.1 ms for a million slots.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FEW = 64  # slots up to which a loop is quicker than an array

Numbers = NDArray[np.intp]
Mask = NDArray[np.bool_]


def bitmap(slots: Sequence[int]) -> int:
    """Slots, in ascending order -> their bits."""
    if not len(slots):
        return 0
    base = int(slots[0]) & ~7
    return int.from_bytes(packed(slots, base), "little") << base


def packed(slots: Sequence[int], base: int = 0) -> bytearray:
    """Slots, in ascending order, the first at `base` or behind it -> a bit for each slot from `base` on."""
    if len(slots) > FEW:
        mask = np.zeros(slots[-1] - base + 1, np.bool_)
        mask[np.array(slots, np.intp) - base] = True
        return bytearray(np.packbits(mask, bitorder="little"))
    made = bytearray((slots[-1] - base >> 3) + 1)
    for slot in slots:
        slot -= base  # noqa: PLW2901 - the same slot, counted from the first
        made[slot >> 3] |= 1 << (slot & 7)
    return made


def of_truths(truths: list[bool] | bytearray) -> int:
    """For each slot, whether it is one of them -> their bits."""
    return of_mask(np.frombuffer(bytes(truths), np.bool_))  # by way of bytes in a third of the time


def of_mask(mask: Mask) -> int:
    """The same of an array."""
    return int.from_bytes(np.packbits(mask, bitorder="little").tobytes(), "little")


def mask_of(bits: int, slots: int) -> Mask:
    """The bits -> for each of so many slots, whether it is set."""
    raw = np.frombuffer(bits.to_bytes((slots + 7) // 8, "little"), np.uint8)
    return np.unpackbits(raw, count=slots, bitorder="little").view(np.bool_)


def slots_of(bits: int) -> Numbers:
    """The bits that are set -> their slots, in ascending order."""
    return np.flatnonzero(mask_of(bits, bits.bit_length()))
