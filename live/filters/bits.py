"""Slots, running numbers in ascending order, as the bits of a Python integer, and back. Pure."""

from collections.abc import Iterator, Sequence
from itertools import chain, compress, count

DENSE = 8  # of so many slots, one that is set: from there all bits are gone through at once
_SET = bytes.maketrans(b"01", b"\0\1")
_BYTE = [tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256)]  # the bits set in each byte


def bitmap(slots: Sequence[int]) -> int:
    """Slots, in ascending order -> their bits."""
    return int.from_bytes(packed(slots, slots[0] & ~7), "little") << (slots[0] & ~7) if slots else 0


def packed(slots: Sequence[int], base: int = 0) -> bytearray:
    """Slots, in ascending order, the first at `base` or behind it -> a bit for each slot from `base` on."""
    made = bytearray((slots[-1] - base >> 3) + 1)
    for slot in slots:
        slot -= base  # noqa: PLW2901 - the same slot, counted from the first
        made[slot >> 3] |= 1 << (slot & 7)
    return made


def of_digits(digits: list[str]) -> int:
    """A digit for each slot -> their bits."""
    return int("".join(reversed(digits)), 2) if digits else 0


def slots_of(bits: int) -> Iterator[int]:
    """The bits that are set -> their slots, in ascending order."""
    if bits.bit_count() * DENSE > bits.bit_length():
        return compress(count(), format(bits, "b").encode()[::-1].translate(_SET))
    return chain.from_iterable([8 * at + bit for bit in _BYTE[byte]] for at, byte in enumerate(as_bytes(bits)) if byte)


def as_bytes(bits: int) -> bytes:
    """The bits as bytes, the lowest first; as many as it takes."""
    return bits.to_bytes((bits.bit_length() + 7) // 8, "little")
