"""One scenario: what is done to a world, and what is promised meanwhile; the oracle says what must hold afterwards."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.chaos.world import Setup, World

# what was measured, in words; a float is seconds, of which the longest counts, an int is a number, of which the sum
Seen = dict[str, int | float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`promised` is one sentence, with its bound. `act` raises AssertionError where it does not hold."""

    name: str
    promised: str
    act: Callable[[World], Awaitable[Seen]]
    setup: Setup = field(default_factory=Setup)
    needs: Callable[[], str] = str  # what is missing for it here; nothing: it can be run


def within(seconds: float, bound: float, *, what: str) -> float:
    """The seconds, if they are within the bound. Raises AssertionError."""
    assert seconds <= bound, f"{what} took {seconds:.2f} s, promised were {bound:g} s"
    return seconds
