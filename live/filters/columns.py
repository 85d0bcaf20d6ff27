"""Columns: rows of numbers that come one by one, and are read a column at a time, as arrays.

A number put into an array costs as much as a whole row of bytes: so rows wait as such, and go over together when
somebody reads, or a thousand wait. A column that was read stays as it was, whatever comes later.
"""

from struct import Struct
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

WAITING = 65_536  # bytes that wait at most
ROOM = 4  # of so many rows, one more that there is room for


class Columns:
    """Of so many columns, of one kind: `d` floats, `Q` and `I` integers from 0 on, of 64 and 32 bits."""

    __slots__ = ("_all", "_late", "_pack", "_rows")

    def __init__(self, width: int, kind: Literal["d", "Q", "I"]) -> None:
        self._all: NDArray[Any] = np.empty((width, 0), kind)
        self._rows = 0
        self._late = bytearray()
        self._pack = Struct(f"{width}{kind}").pack

    def append(self, *row: float) -> None:
        """One more row."""
        self._late += self._pack(*row)
        if len(self._late) > WAITING:
            self._take()

    def __len__(self) -> int:
        return self._rows + len(self._late) // (len(self._all) * self._all.itemsize)

    def __getitem__(self, column: int) -> NDArray[Any]:
        """A number for each row."""
        if self._late:
            self._take()
        return self._all[column, : self._rows]

    def extend(self, late: NDArray[Any]) -> None:
        """Many more rows."""
        width, room = self._all.shape
        rows = self._rows + len(late)
        if rows > room:
            larger = np.empty((width, rows + rows // ROOM), self._all.dtype)
            larger[:, : self._rows] = self._all[:, : self._rows]
            self._all = larger
        self._all[:, self._rows : rows] = late.T
        self._rows = rows

    def _take(self) -> None:
        late, self._late = self._late, bytearray()
        self.extend(np.frombuffer(late, self._all.dtype).reshape(-1, len(self._all)))
