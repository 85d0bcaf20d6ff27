"""Facets: how many sessions there are for each value of each field, under the other filters in force.

For a field that is filtered, all sessions count that miss the filter by that field at most. The keys are written as a
filter writes them.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from live.filters.facts import key
from live.filters.fields import STATES, WORDS, plainly
from live.filters.tree import Filter

FACETS = (
    "channel", "status", "sentiment", "responded", "kind", "agent", "goal", "block", "form", "tag", "missing",
    "attention", "reviewed", "knowledge", "condition", "tool",
)  # fmt: skip
LARGEST = 200  # values shown of a field; rarer ones are left out
_NAMELESS = {f"{field}=" for field in FACETS} | {  # of names that are no more than an accent: no filter asks for them
    f"{field}={state}:" for field, states in STATES.items() for state in states
}


class TokenCount(NamedTuple):
    """Sessions with a token; `spelled` are tokens of one of them as its channel writes them."""

    token: str
    n: int
    spelled: Sequence[str]


class Facets:
    """Counts in the making, for one filter, of some fields."""

    def __init__(self, wanted: Filter, fields: Sequence[str] = FACETS) -> None:
        self._filter, self._fields = wanted, fields
        self._counts: Counter[str] = Counter()  # by token
        self._spelled: dict[str, str] = {}

    def plan(self, *, everywhere: bool = False) -> list[tuple[Filter, tuple[str, ...]]]:
        """What to ask of the closed sessions, or of all (`everywhere`): filters, and the fields to count under each."""
        free = tuple(field for field in self._fields if field not in self._filter.fields)
        asked = [(self._filter, free)] if free else []
        asked += [(self._filter.without(field), (field,)) for field in self._fields if field in self._filter.fields]
        return [(wanted, fields) for wanted, fields in asked if everywhere or wanted.at_rest]

    def merge(self, counts: Sequence[TokenCount]) -> None:
        """An answer to a part of the plan."""
        for token, count, owns in counts:
            self._counts[token] += count
            for own in owns:
                self._spelled.setdefault(comparable(own), own)

    def result(self) -> dict[str, dict[str, int]]:
        """By field, by value: the largest first. Fields with fixed values have all of them, also at 0."""
        found: dict[str, Counter[str]] = {
            field: Counter(dict.fromkeys(WORDS.get(field, ()), 0)) for field in self._fields
        }
        for token, count in self._counts.items():
            field = token.partition("=")[0]
            if field in found and token not in _NAMELESS:
                _, _, spelling = self._spelled.get(token, token).partition("=")
                found[field][plainly(field, spelling)] += count
        return {field: dict(counts.most_common(LARGEST)) for field, counts in found.items()}


def comparable(own: str) -> str:
    """A token as its channel writes it -> the token: `goal=failed:Demo` -> `goal=failed:demo`."""
    field, _, name = own.partition("=")
    state = ""
    if field in STATES:
        head, _, name = name.partition(":")
        state = f"{head}:"
    return f"{field}={state}{key(name)}"
