"""An index over sessions, in memory: which match a filter, how many, with which tokens, which come first.

A session has a slot, a running number; a token has a bitmap over the slots, a Python integer. A filter is then a few
bitwise operations, a count of all that match a population count, whatever is asked for: at 100,000 sessions some tens
of microseconds each. Numbers are arrays, and compared as a whole. A session that changes has a new slot; its old one is
dead for good, and a new index is made when many of them are.

What people said (`text=`) is looked up by words: `postings.py`; of sessions that still talk: `spoken.py`.
"""

import heapq
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import compress
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from live.filters.bits import Numbers, mask_of, of_mask, of_truths, slots_of
from live.filters.columns import Columns
from live.filters.conditions import About, Condition, Has, Said, Since, Until, Within
from live.filters.facets import TokenCount
from live.filters.heads import Heads, head
from live.filters.kept import Kept
from live.filters.postings import Postings
from live.filters.spoken import Spoken
from live.filters.tokens import Tokens
from live.filters.tree import Clause, Filter

DENSE = 8  # of so many slots, one that is set: from there all names are gone through at once
MANY = 50_000  # sessions from which it is guessed where the first of an order end: half a millisecond for a million
LOOKED_AT = 64  # of so many slots one, for that
TAKEN = 4_096  # slots after which those that came are made ready to be asked for, so that who asks waits for few

_NOBODY: Numbers = np.empty(0, np.intp)


class Index:
    """Sessions as filters see them, each at one moment. `sorts` are the orders that lists can have.

    `words`: how it is found what was said.
    """

    def __init__(self, sorts: Sequence[str], *, words: Postings | Spoken | None = None) -> None:
        self._words = Postings() if words is None else words
        self._slots: dict[str, int] = {}
        self.sessions: list[str] = []
        self._sorts = {sort: n for n, sort in enumerate(sorts)}
        self._in_order: Callable[[Mapping[str, float]], tuple[float, ...]] = itemgetter(*sorts)
        self._keys = Columns(len(sorts), "d")
        self._heads = Heads(self.sessions)  # equal keys are told apart by them
        self._revs = array("q")
        self._who: list[str] = []
        self._about = Kept()  # by texts: who has one
        self._tokens = Tokens()
        self._alive = bytearray()  # for each slot, whether it is
        self._alive_bits: int | None = 0

    def __len__(self) -> int:
        return len(self._slots)

    @property
    def dead(self) -> int:
        """Slots of sessions that are no longer at rest, or are in another slot."""
        return len(self.sessions) - len(self._slots)

    def rev(self, session: str) -> int | None:
        """The rev of a session at rest, None where it is not."""
        slot = self._slots.get(session)
        return None if slot is None else self._revs[slot]

    def slot(self, session: str) -> int | None:
        """Where a session is; None where it is not."""
        return self._slots.get(session)

    def add(
        self,
        session: str,
        *,
        rev: int,
        tokens: Iterable[str],
        spelled: Mapping[str, str],
        who: str,
        words: Iterable[str],
        keys: Mapping[str, float],
    ) -> None:
        """A session comes to rest. `spelled`: tokens whose name its channel writes otherwise; `keys`: by order."""
        before = self._slots.get(session)
        if before is not None:
            self._alive[before] = False
        slot = len(self.sessions)
        self._slots[session] = slot
        self.sessions.append(session)
        self._revs.append(rev)
        self._who.append(who)
        self._keys.append(*self._in_order(keys))
        self._alive.append(True)
        self._alive_bits = None
        self._tokens.add(tokens, spelled, slot)
        self._words.add(words, slot, before=before)
        if not slot % TAKEN:
            self._heads.read()

    def discard(self, session: str) -> None:
        """A session is no longer at rest."""
        slot = self._slots.pop(session, None)
        if slot is not None:
            self._alive[slot] = False
            self._words.drop(slot)
            self._alive_bits = None

    def knows(self, wanted: Filter) -> bool:
        """Can it find them? Not where the filter asks for words and there were too many to keep."""
        return not self._words.full or all(Said not in _kinds(clause) for clause in wanted.clauses.values())

    def find(self, wanted: Filter) -> "Matched":
        """The sessions that match."""
        bits = self.alive()
        for clause in sorted(wanted.clauses.values(), key=_effort):  # what is quick narrows what is not
            bits = self._clause(clause, bits)
        return Matched(self, bits)

    def token(self, token: str) -> int:
        """The bitmap of a token."""
        return self._tokens.bits(token)

    def tokens(self, bits: int, fields: Iterable[str]) -> list[TokenCount]:
        """How many of these have each token of the fields."""
        return self._tokens.counts(bits, fields, slots=len(self.sessions))

    def alive(self) -> int:
        """The bitmap of all that are at rest."""
        if self._alive_bits is None:
            self._alive_bits = of_truths(self._alive)
        return self._alive_bits

    def _clause(self, clause: Clause, bits: int) -> int:
        if clause.wanted and bits:
            found = 0
            for condition in clause.wanted:
                found |= self._condition(condition, bits)
            bits &= found
        for condition in clause.unwanted:
            if bits:
                bits &= ~self._condition(condition, bits)
        return bits

    def _condition(self, condition: Condition, among: int) -> int:
        """Those for which it is true; `among` are the only ones that matter."""
        match condition:
            case Has(_, tokens):
                found = 0
                for token in tokens:
                    found |= self.token(token)
                return found
            case About(_, texts):
                return self._having_text(texts, among)
            case Said(_, words):
                return self._words.all_of(words, among)
            case Within(_, field, least, most):
                # the keys of these orders are the numbers, the largest first
                numbers = self._key("messages" if field == "messages" else "duration")
                found = -1
                if most is not None:
                    found &= of_mask(numbers >= -most)
                if least is not None:
                    found &= of_mask(numbers <= -least)
                return found
            case Since(_, time):
                return of_mask(self._key("recent") <= -round(time.timestamp() * 1_000))
            case Until(_, time):
                return of_mask(self._key("started") >= -round(time.timestamp() * 1_000))
        raise TypeError(f"no index for {condition!r}")

    def _having_text(self, texts: tuple[str, ...], among: int) -> int:
        """Those who have one of the texts."""
        who = self._who

        def late(start: int) -> list[bool]:
            rest = who[start:]
            match texts:  # a call for each slot would cost three times as much
                case (text,):
                    return [text in one for one in rest]
                case (text, number):
                    return [text in one or number in one for one in rest]
            return [any(text in one for text in texts) for one in rest]

        def some(slots: list[int]) -> list[int]:
            return [slot for slot in slots if any(text in who[slot] for text in texts)]

        return self._about.find(texts, among=among, slots=len(who), some=some, late=late)

    def _key(self, sort: str) -> NDArray[np.float64]:
        """The keys of an order, by slot."""
        return self._keys[self._sorts[sort]]

    def first(self, bits: int, sort: str, *, limit: int, after: tuple[float, str] | None) -> list[tuple[float, str]]:
        """(key, session) of the first of these in this order, behind the place `after`."""
        keys = self._key(sort)
        columns: list[NDArray[Any]] = [keys, *self._heads.read()]
        near = _NOBODY
        for slots in _guessed(bits, keys, limit=limit, after=after):
            near = _foremost(slots if after is None else self._behind(slots, columns, after), columns, limit)
            if len(near) >= limit:
                break
        return heapq.nsmallest(
            limit, zip(keys[near].tolist(), map(self.sessions.__getitem__, near.tolist()), strict=True)
        )

    def _behind(self, slots: Numbers, columns: list[NDArray[Any]], after: tuple[float, str]) -> Numbers:
        """Those that are behind a place."""
        key, session = after
        found = []
        for column, number in zip(columns, (key, *head(session)), strict=True):
            theirs = column[slots]
            found.append(slots[theirs > number])
            slots = slots[theirs == number]
        same = [slot for slot in slots.tolist() if self.sessions[slot] > session]
        return np.concatenate([*found, np.array(same, np.intp)])


class Matched:
    """The sessions that match a filter, at one moment."""

    def __init__(self, index: Index, bits: int) -> None:
        self._index, self._bits = index, bits
        self.count = bits.bit_count()

    def having(self, *tokens: str) -> int:
        """How many of them have all of these tokens."""
        return self.narrowed(*tokens).count

    def narrowed(self, *tokens: str) -> "Matched":
        """Those of them that have all of these tokens."""
        bits = self._bits
        for token in tokens:
            bits &= self._index.token(token)
        return Matched(self._index, bits)

    def __contains__(self, session: str) -> bool:
        slot = self._index.slot(session)
        return slot is not None and bool(self._bits >> slot & 1)

    def sessions(self) -> list[str]:
        """All of them, in no order."""
        names = self._index.sessions
        if self.count * DENSE > len(names):
            return list(compress(names, mask_of(self._bits, len(names)).tobytes()))
        return [names[slot] for slot in slots_of(self._bits).tolist()]

    def tokens(self, fields: Iterable[str]) -> list[TokenCount]:
        """How many have each token of these fields; none that nobody has."""
        return self._index.tokens(self._bits, fields)

    def first(self, sort: str, *, limit: int, after: tuple[float, str] | None = None) -> list[tuple[float, str]]:
        """(key, session) of the first ones in this order, behind the place `after`."""
        return self._index.first(self._bits, sort, limit=limit, after=after) if limit else []


def _guessed(bits: int, keys: NDArray[np.float64], *, limit: int, after: tuple[float, str] | None) -> Iterator[Numbers]:
    """Of many, those up to a key below which, by some that are looked at, are enough; then all of them."""
    if bits.bit_count() > MANY:
        mask = mask_of(bits, len(keys))
        if after is not None:
            mask &= keys >= after[0]
        some, enough = keys[::LOOKED_AT][mask[::LOOKED_AT]], 2 * limit // LOOKED_AT + 4
        if len(some) > enough:
            yield np.flatnonzero(mask & (keys <= np.partition(some, enough)[enough]))
    yield slots_of(bits)


def _foremost(slots: Numbers, columns: list[NDArray[Any]], limit: int) -> Numbers:
    """Those among which are the first `limit` by these columns: no others, but for some that are equal in all."""
    found = []
    for column in columns:
        if len(slots) <= limit:
            break
        theirs = column[slots]
        last = np.partition(theirs, limit - 1)[limit - 1]
        before = slots[theirs < last]
        found.append(before)
        limit -= len(before)
        slots = slots[theirs == last]
    return np.concatenate([*found, slots])


def _effort(clause: Clause) -> int:
    """Tokens are quick, numbers less so, a part of a name is slow, and so is what was said where it is not kept."""
    kinds = _kinds(clause)
    return 3 if Said in kinds else 2 if About in kinds else int(kinds != {Has})


def _kinds(clause: Clause) -> set[type[Condition]]:
    return {type(one) for one in (*clause.wanted, *clause.unwanted)}
