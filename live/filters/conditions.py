"""The leaves of a filter: each a question to the facts of a session, and the same question to MongoDB.

What comes from a person reaches MongoDB as a string, a number or a date in a place of its own, never as a document.
`written` is the value as a filter writes it: equal conditions, equal text.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from live.events import stamp
from live.filters.facts import Facts
from live.words import grams

Query: TypeAlias = dict[str, Any]
LOOKED_UP = 6  # n-grams of a text that the index is asked for; further ones hardly narrow it


class Condition(Protocol):
    """One value of one field."""

    @property
    def written(self) -> str:
        """As a filter writes it."""

    def holds(self, facts: Facts) -> bool:
        """Is it true of this session?"""

    def query(self) -> Query:
        """The same for MongoDB."""


@dataclass(frozen=True, slots=True)
class Has:
    """One of the tokens."""

    written: str
    tokens: frozenset[str]

    def holds(self, facts: Facts) -> bool:
        """Is it true of this session?"""
        return not self.tokens.isdisjoint(facts.tokens)

    def query(self) -> Query:
        """The same for MongoDB."""
        return having(self.tokens)


@dataclass(frozen=True, slots=True)
class Said:
    """All of the words were said."""

    written: str
    words: frozenset[str]

    def holds(self, facts: Facts) -> bool:
        """Is it true of this session?"""
        return self.words <= facts.words

    def query(self) -> Query:
        """The same for MongoDB."""
        return {"words": {"$all": sorted(self.words)}}


@dataclass(frozen=True, slots=True)
class About:
    """The name, the email or the phone's digits contain one of the texts."""

    written: str
    texts: tuple[str, ...]

    def holds(self, facts: Facts) -> bool:
        """Is it true of this session?"""
        return any(text in facts.who for text in self.texts)

    def query(self) -> Query:
        """The same for MongoDB: the n-grams find it by index, the pattern makes it exact."""
        found = [_containing(text) for text in self.texts]
        return found[0] if len(found) == 1 else {"$or": found}


@dataclass(frozen=True, slots=True)
class Within:
    """A number of the facts (`field`) from `least` to `most`, both included, None where there is no end."""

    written: str
    field: str
    least: int | None
    most: int | None

    def holds(self, facts: Facts) -> bool:
        """Is it true of this session?"""
        number: int = getattr(facts, self.field)
        return (self.least is None or number >= self.least) and (self.most is None or number <= self.most)

    def query(self) -> Query:
        """The same for MongoDB."""
        ends = {"$gte": self.least, "$lte": self.most}
        return {self.field: {name: end for name, end in ends.items() if end is not None}}


@dataclass(frozen=True, slots=True)
class Since:
    """Something happened at that time or later."""

    written: str
    time: datetime

    def holds(self, facts: Facts) -> bool:
        """Is it true of this session?"""
        return facts.last >= stamp(self.time)

    def query(self) -> Query:
        """The same for MongoDB."""
        return {"last": {"$gte": self.time}}


@dataclass(frozen=True, slots=True)
class Until:
    """It began at that time or earlier."""

    written: str
    time: datetime

    def holds(self, facts: Facts) -> bool:
        """Is it true of this session?"""
        return facts.started <= stamp(self.time)

    def query(self) -> Query:
        """The same for MongoDB."""
        return {"started": {"$lte": self.time}}


def having(tokens: frozenset[str]) -> Query:
    """Sessions with one of the tokens, for MongoDB."""
    return {"tokens": next(iter(tokens))} if len(tokens) == 1 else {"tokens": {"$in": sorted(tokens)}}


def _containing(text: str) -> Query:
    found: Query = {"who": {"$regex": re.escape(text).replace("\0", r"\x00")}}  # a pattern cannot hold a NUL itself
    whole = sorted(gram for gram in grams(text) if len(gram) == min(3, len(text)))
    if whole and len(text) > 1:
        found["grams"] = {"$all": whole[:: -(-len(whole) // LOOKED_UP)]}
    return found
