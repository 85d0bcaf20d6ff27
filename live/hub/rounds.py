"""Rounds: whoever has something due gets its turn, once, soon; in slices, so that a thousand hold nobody up.

And their pace: how soon after one the next may begin.
"""

import asyncio
from collections import OrderedDict
from time import perf_counter
from typing import Protocol

SLICE = 0.003  # seconds of one slice


class Guest(Protocol):
    """Who is served."""

    def advance(self) -> None:
        """Its turn."""


class Rounds:
    """Those who wait for their turn, the longest first."""

    def __init__(self) -> None:
        self._due: OrderedDict[Guest, None] = OrderedDict()
        self._coming = False

    def add(self, guest: Guest) -> None:
        """It has something due; however often that is said, it gets one turn."""
        self._due[guest] = None
        self._come()

    def _come(self) -> None:
        if not self._coming:
            self._coming = True
            asyncio.get_running_loop().call_soon(self._serve)

    def _serve(self) -> None:
        self._coming = False
        end = perf_counter() + SLICE
        try:
            while self._due and perf_counter() < end:
                self._due.popitem(last=False)[0].advance()
        finally:
            if self._due:
                self._come()


class Pace:
    """No more often than once in a window on the whole; after a quiet time a round may be `slack` seconds too early.

    The generic cell rate algorithm (ITU-T I.371): one number, when the windows of all rounds so far will be over.
    """

    def __init__(self) -> None:
        self._over = 0.0

    def pause(self, window: float, *, slack: float, now: float) -> float:
        """A round has ended: seconds until the next may begin."""
        self._over = max(self._over, now) + window
        return max(0.0, self._over - now - slack)
