"""Slots as bits, as truths and back; columns that grow while they are read."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.filters.bits import FEW, bitmap, mask_of, of_mask, of_truths, packed, slots_of
from live.filters.columns import WAITING, Columns


@given(st.sets(st.integers(0, 700), max_size=2 * FEW), st.integers(0, 30))
def test_slots_are_bits_and_back(slots: set[int], more: int) -> None:
    ascending = sorted(slots)
    bits = bitmap(ascending)
    assert bits == sum(1 << slot for slot in slots)
    assert slots_of(bits).tolist() == ascending
    mask = mask_of(bits, bits.bit_length() + more)
    assert mask.tolist() == [slot in slots for slot in range(bits.bit_length() + more)]
    assert of_mask(mask) == of_truths(mask.tolist()) == of_truths(bytearray(mask)) == bits
    if slots:
        assert int.from_bytes(packed(ascending), "little") == bits


@pytest.mark.parametrize("slots", [[], [0], [7, 8], [5, 900, 901, 100_000], list(range(9, 90_000, 3))])
def test_many_and_far_ones_too(slots: list[int]) -> None:
    assert slots_of(bitmap(slots)).tolist() == slots


def test_what_was_read_of_a_column_stays_as_it_was_while_more_comes() -> None:
    of, columns = Random(2), Columns(2, "d")
    rows: list[tuple[float, float]] = []
    reads = []
    while len(rows) < WAITING // 8:
        for _ in range(of.randrange(40)):
            rows.append((of.random(), float(len(rows))))
            columns.append(*rows[-1])
        assert len(columns) == len(rows)
        reads.append((len(rows), columns[0], columns[1]))
    for upto, first, second in reads:
        assert list(zip(first.tolist(), second.tolist(), strict=True)) == rows[:upto]


def test_some_thousand_rows_do_not_wait_for_a_reader() -> None:
    columns = Columns(1, "Q")
    for number in range(WAITING // 8 + 1):
        columns.append(number)
    columns.append(2**64 - 1)
    assert columns[0].tolist() == [*range(WAITING // 8 + 1), 2**64 - 1]
