"""A filter as a tree: fields AND-ed, values of a field OR-ed, what is negated left out. Compiled once, asked often."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from live.filters.conditions import Condition, Has, Query, having
from live.filters.facts import Facts
from live.filters.language import Value, written

Test: TypeAlias = Callable[[Facts], bool]
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Clause:
    """One field: one of `wanted`, if there are any, and none of `unwanted`."""

    wanted: tuple[Condition, ...]
    unwanted: tuple[Condition, ...]

    def values(self) -> list[Value]:
        """As a filter writes them, each once, in a fixed order."""
        yes, no = ({condition.written for condition in side} for side in (self.wanted, self.unwanted))
        return [*(Value(text, False) for text in sorted(yes)), *(Value(text, True) for text in sorted(no))]

    def test(self) -> Test:
        """The predicate."""
        wanted, unwanted = self.wanted, self.unwanted
        tokens, others = _tokens(wanted), _tokens(unwanted)
        if tokens is not None and others is not None:
            if not others:
                return lambda facts: not tokens.isdisjoint(facts.tokens)
            if not wanted:
                return lambda facts: others.isdisjoint(facts.tokens)
            return lambda facts: not tokens.isdisjoint(facts.tokens) and others.isdisjoint(facts.tokens)
        if len(wanted) == 1 and not unwanted:
            return wanted[0].holds

        def holds(facts: Facts) -> bool:
            if wanted and not any(condition.holds(facts) for condition in wanted):
                return False
            return not any(condition.holds(facts) for condition in unwanted)

        return holds

    def queries(self) -> list[Query]:
        """For MongoDB: all of these."""
        tokens, others = _tokens(self.wanted), _tokens(self.unwanted)
        found: list[Query] = []
        if tokens:
            found.append(having(tokens))
        elif self.wanted:
            asked = [condition.query() for condition in self.wanted]
            found.append(asked[0] if len(asked) == 1 else {"$or": asked})
        if others:
            found.append({"tokens": {"$nin": sorted(others)}})
        elif self.unwanted:
            found.append({"$nor": [condition.query() for condition in self.unwanted]})
        return found


class Filter:
    """Which sessions are meant. Make one with `parse`.

    `canonical` is equal for equal filters, and a filter itself; `matches(facts)` costs 0.1 to 0.3 µs where only tokens
    are asked for.
    """

    __slots__ = ("__dict__", "canonical", "clauses", "fields", "matches")

    def __init__(self, clauses: Mapping[str, Clause]) -> None:
        self.clauses = dict(sorted(clauses.items()))
        self.fields = frozenset(clauses)
        self.canonical = written((field, clause.values()) for field, clause in self.clauses.items())
        self.matches: Test = _compiled(self.clauses.values())

    def __repr__(self) -> str:
        return f"Filter({self.canonical!r})"

    def without(self, field: str) -> "Filter":
        """The same filter with this field free."""
        return Filter({name: clause for name, clause in self.clauses.items() if name != field})

    @cached_property
    def at_rest(self) -> bool:
        """Can a closed session match? If not, the store need not be asked."""
        status = self.clauses.get("status")
        return status is None or status.test()(_CLOSED)

    @cached_property
    def anchors(self) -> frozenset[str] | None:
        """Tokens of which every session that matches has at least one; None where tokens alone do not say.

        Of the fields that could serve, the one whose values are had by the fewest sessions.
        """
        found = [tokens for clause in self.clauses.values() if (tokens := _tokens(clause.wanted))]
        return min(found, key=lambda tokens: (max(map(_common, tokens)), len(tokens)), default=None)

    def query(self) -> dict[str, Any]:
        """The same filter for MongoDB, over `search_fields`."""
        parts = [query for clause in self.clauses.values() for query in clause.queries()]
        return parts[0] if len(parts) == 1 else {"$and": parts} if parts else {}


_RARE = (
    "user", "knowledge", "tool", "condition", "tag", "form", "goal", "block", "agent.id", "agent", "kind", "attention",
    "sentiment", "channel",
)  # fmt: skip
_USUAL = frozenset({"goal=any", "goal=none", "form=any", "form=none", "attention=none"})


def _common(token: str) -> int:
    """How many sessions have such a token, as a rank: a guess from what it says, for no count holds for long."""
    field = token.partition("=")[0]
    return _RARE.index(field) if field in _RARE and token not in _USUAL else len(_RARE)


_CLOSED = Facts(frozenset({"status=closed"}), "", _NONE, 0, 0, "", "")


def _tokens(conditions: Iterable[Condition]) -> frozenset[str] | None:
    """The tokens of all of them; None where one asks for something else."""
    found: set[str] = set()
    for condition in conditions:
        if not isinstance(condition, Has):
            return None
        found |= condition.tokens
    return frozenset(found)


def _compiled(clauses: Iterable[Clause]) -> Test:
    """All clauses in few steps: tokens that must be there, tokens that must not, one of each group, then the rest."""
    required: set[str] = set()
    forbidden: set[str] = set()
    groups: list[frozenset[str]] = []
    rest: list[Test] = []
    for clause in clauses:
        tokens, others = _tokens(clause.wanted), _tokens(clause.unwanted)
        if tokens is None or others is None:
            rest.append(clause.test())
            continue
        forbidden |= others
        if len(tokens) == 1:
            required |= tokens
        elif clause.wanted:
            groups.append(tokens)
    return _predicate(frozenset(required), frozenset(forbidden), tuple(groups), tuple(rest))


def _predicate(
    required: frozenset[str], forbidden: frozenset[str], groups: tuple[frozenset[str], ...], rest: tuple[Test, ...]
) -> Test:
    if not groups and not rest:
        if not required and not forbidden:
            return lambda facts: True
        if not forbidden:
            return lambda facts: required <= facts.tokens
        return lambda facts: required <= facts.tokens and forbidden.isdisjoint(facts.tokens)

    def matches(facts: Facts) -> bool:
        tokens = facts.tokens
        if not (required <= tokens and forbidden.isdisjoint(tokens)):
            return False
        for group in groups:
            if group.isdisjoint(tokens):
                return False
        for test in rest:  # noqa: SIM110 - a generator costs 0.2 µs more
            if not test(facts):
                return False
        return True

    return matches
