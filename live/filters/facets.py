"""Facets: how many sessions there are for each value of each field, under the other filters in force.

For a field that is filtered, all sessions count that miss the filter by that field at most. The board's sessions are
added one by one, the store's by token; the keys are written as a filter writes them.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from live.cards import Folded
from live.filters.facts import Facts, key, spelled
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
    """Counts in the making, for one filter."""

    def __init__(self, wanted: Filter) -> None:
        self._filter = wanted
        self._all: Counter[str] = Counter()  # by token, of the sessions that match
        self._but: dict[str, Counter[str]] = defaultdict(Counter)  # by field, of those that only this field keeps out
        self._spelled: dict[str, str] = {}
        self._known: set[str] = set()  # tokens whose spelling was looked for

    def add(self, facts: Facts, folded: Folded) -> None:
        """One session of the board."""
        missed = self._filter.misses(facts)
        if len(missed) > 1:
            return
        if missed:
            (field,) = missed
            self._but[field].update(facts.tokens)
        else:
            self._all.update(facts.tokens)
        if not facts.tokens <= self._known:
            self._known |= facts.tokens
            for token, own in spelled(folded).items():
                self._spelled.setdefault(token, own)

    def plan(self, *, everywhere: bool = False) -> list[tuple[Filter, tuple[str, ...]]]:
        """What to ask the store, or `everywhere`: filters, and the fields to count under each."""
        free = tuple(field for field in FACETS if field not in self._filter.fields)
        asked = [(self._filter, free)] if free else []
        asked += [(self._filter.without(field), (field,)) for field in FACETS if field in self._filter.fields]
        return [(wanted, fields) for wanted, fields in asked if everywhere or wanted.at_rest]

    def merge(self, counts: Sequence[TokenCount]) -> None:
        """The store's answer to a part of the plan."""
        for token, count, owns in counts:
            self._all[token] += count
            for own in owns:
                self._spelled.setdefault(comparable(own), own)

    def result(self) -> dict[str, dict[str, int]]:
        """By field, by value: the largest first. Fields with fixed values have all of them, also at 0."""
        found: dict[str, Counter[str]] = {field: Counter() for field in FACETS}
        for field, words in WORDS.items():
            found[field] = Counter(dict.fromkeys(words, 0))
        for token, count in self._all.items():
            self._count(found, token, count, only=None)
        for missed, counts in self._but.items():
            for token, count in counts.items():
                self._count(found, token, count, only=missed)
        return {field: dict(counts.most_common(LARGEST)) for field, counts in found.items()}

    def _count(self, found: dict[str, Counter[str]], token: str, count: int, *, only: str | None) -> None:
        field = token.partition("=")[0]
        if field not in found or token in _NAMELESS or (only is not None and field != only):
            return
        _, _, spelling = self._spelled.get(token, token).partition("=")
        found[field][plainly(field, spelling)] += count


def comparable(own: str) -> str:
    """A token as its channel writes it -> the token: `goal=failed:Demo` -> `goal=failed:demo`."""
    field, _, name = own.partition("=")
    state = ""
    if field in STATES:
        head, _, name = name.partition(":")
        state = f"{head}:"
    return f"{field}={state}{key(name)}"
