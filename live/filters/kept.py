"""Answers that are kept: which slots have what is slow to look for.

A slot's answer never changes, so that of what is asked again only new slots are looked at.
"""

from collections.abc import Callable, Hashable, Sequence

from live.filters.bits import bitmap, of_truths, slots_of

ASKED = 32  # questions of which the answer is kept: a list's next page and its facets ask for the same
NARROW = 8  # of so many slots, one that matters: up to there these are looked at, not all


class Kept:
    """By question: of how many slots the answer is known, and its bitmap."""

    def __init__(self) -> None:
        self._answers: dict[Hashable, tuple[int, int]] = {}

    def find(
        self,
        question: Hashable,
        *,
        among: int,
        slots: int,
        some: Callable[[list[int]], Sequence[int]],
        late: Callable[[int], list[bool]],
    ) -> int:
        """The bitmap of those that have it, of so many `slots`; those in `among` are the only ones that matter.

        `some`: those that have it, of some slots; `late`: for each slot from one on, whether it has it.
        """
        upto, found = self._answers.pop(question, (0, 0))
        if not upto and among.bit_count() * NARROW < slots:
            return bitmap(some(slots_of(among).tolist()))
        if upto < slots:
            found |= of_truths(late(upto)) << upto
        while len(self._answers) >= ASKED:
            del self._answers[next(iter(self._answers))]
        self._answers[question] = slots, found
        return found
