"""Frames ready for the wire, made once for all who are at the same place."""

from collections.abc import Callable, Hashable

MOST = 16  # kept: who names a subscription like nobody else pays for that


class Packed:
    """The frames that lead to one state; `clear` when the next state is there."""

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made: dict[Hashable, bytes] = {}

    def clear(self) -> None:
        """They lead nowhere any more."""
        self._made.clear()

    def get(self, place: Hashable, *, text: Callable[[], str], pack: Callable[[str], bytes]) -> bytes:
        """The frame for this place; `text` and `pack` make it where nobody was there before."""
        made = self._made.get(place)
        if made is None:
            if len(self._made) >= MOST:
                self._made.clear()
            made = self._made[place] = pack(text())
        return made
