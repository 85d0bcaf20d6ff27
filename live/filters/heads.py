"""Heads: how names begin, as numbers of the same order, so that among thousands few are compared as texts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from live.filters.columns import Columns

WIDTH = 4  # numbers for a name, of eight bytes each: an id made by chance differs in the first or second


class Heads:
    """Of names that are only ever appended. Those of names that begin alike are equal."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._known = Columns(WIDTH, "Q")

    def read(self) -> list[NDArray[np.uint64]]:
        """The first, second, ... number of each name."""
        late = self._names[len(self._known) :]
        if late:
            self._known.extend(_heads(late))
        return [self._known[number] for number in range(WIDTH)]


def head(name: str) -> list[int]:
    """The numbers of one name."""
    numbers: list[int] = _heads([name])[0].tolist()
    return numbers


def _heads(names: Sequence[str]) -> NDArray[np.uint64]:
    # bytes of UTF-8 have the order of the characters; they are cut, or followed by zeros
    raw = np.array([name.encode("utf-8", "surrogatepass") for name in names], f"S{8 * WIDTH}")
    return raw.view(">u8").reshape(-1, WIDTH).astype(np.uint64)
