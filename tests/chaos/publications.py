"""What Redis sends to a subscriber, message by message: some are lost, doubled, or come late."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

_MESSAGE = re.compile(rb"[*>]3\r\n\$7\r\nmessage\r\n")
_EVENTS = re.compile(rb"\r\n\w+ \d+ (?:events|erased)\n")


@dataclass(slots=True)
class Chances:
    """Of each publication, from 0 to 1; and what came of it. `silently`: what has no number of its own goes through."""

    rng: random.Random
    lose: float = 0.0
    double: float = 0.0
    late: float = 0.0  # it comes after the next one
    silently: bool = False
    lost: int = 0
    doubled: int = 0
    swapped: int = 0

    def editor(self) -> "Editor":
        """For one connection."""
        return Editor(self)


class Editor:
    """One connection's bytes from Redis. Only whole messages are passed on."""

    def __init__(self, chances: Chances) -> None:
        self._chances = chances
        self._buffer = b""
        self._late: bytes | None = None

    def __call__(self, part: bytes) -> bytes:
        """What came -> what is passed on."""
        self._buffer += part
        return b"".join(out for whole in self._whole() for out in self._fate(whole))

    def _whole(self) -> Iterator[bytes]:
        while (end := _end(self._buffer, 0)) is not None:
            yield self._buffer[:end]
            self._buffer = self._buffer[end:]

    def _fate(self, whole: bytes) -> list[bytes]:
        chances = self._chances
        if not _MESSAGE.match(whole) or (chances.silently and not _EVENTS.search(whole)):
            return [whole]
        waiting, self._late = self._late, None
        after = [] if waiting is None else [waiting]
        chance = chances.rng.random()
        if chance < chances.lose:
            chances.lost += 1
            return after
        chance -= chances.lose
        if chance < chances.double:
            chances.doubled += 1
            return [whole, whole, *after]
        chance -= chances.double
        if chance < chances.late and waiting is None:
            chances.swapped += 1
            self._late = whole
            return []
        return [whole, *after]


def _end(buffer: bytes, at: int) -> int | None:
    """Where the element of Redis' protocol that begins here ends; None where it is not whole yet."""
    line = buffer.find(b"\r\n", at)
    if line < 0:
        return None
    kind, end = buffer[at : at + 1], line + 2
    if kind in b"$=!":
        size = int(buffer[at + 1 : line])
        end += size + 2 if size >= 0 else 0
        return end if end <= len(buffer) else None
    if kind in b"*>~%|":
        inner: int | None = end
        for _ in range(int(buffer[at + 1 : line]) * (2 if kind in b"%|" else 1)):
            inner = _end(buffer, inner) if inner is not None else None
        return inner
    return end
