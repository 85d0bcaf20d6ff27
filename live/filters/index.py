"""An index over sessions, in memory: which match a filter, how many, with which tokens, which come first.

A session has a slot, a running number; a token has a bitmap over the slots, a Python integer. A filter is then a few
bitwise operations, a count of all that match a population count, whatever is asked for: at 100,000 sessions some tens
of microseconds each. A session that changes has a new slot; its old one is dead for good, and a new index is made when
many of them are.

What people said (`text=`) is looked up by words: `postings.py`.
"""

import heapq
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from live.filters.bits import as_bytes, bitmap, of_digits, slots_of
from live.filters.conditions import About, Condition, Has, Said, Since, Until, Within
from live.filters.facets import FACETS, TokenCount
from live.filters.kept import NARROW, Kept
from live.filters.postings import Postings
from live.filters.tree import Clause, Filter

SETTLE = 1_000  # sessions that came of late, from which sorting anew is worth it
RARE = 64  # a token with fewer sessions keeps no bitmap: ten thousand of them would weigh more than all sessions
STEPS = 64  # places along an order at which a bitmap of all before is kept, for what lies between two numbers
STEP = 4_096  # sessions between two of them, at least
RANGED = ("recent", "started", "duration", "messages")  # the orders whose keys a filter asks for
WALK = 4  # slots walked for one found, up to which an order is walked rather than the found ones sorted


class Slots:
    """The slots of the sessions with one token, in ascending order."""

    __slots__ = ("_bits", "_upto", "own", "slots")

    def __init__(self) -> None:
        self.slots = array("I")
        self.own = ""  # the token as its channel writes it, where that is otherwise
        self._bits = 0
        self._upto = 0  # of `slots`, how many are in `_bits`

    def bits(self) -> int:
        """As a bitmap."""
        if len(self.slots) < RARE:
            return bitmap(self.slots)
        if self._upto < len(self.slots):
            self._bits |= bitmap(self.slots[self._upto :])
            self._upto = len(self.slots)
        return self._bits

    def count(self, bits: int, raw: bytes) -> int:
        """How many of them are among these (`raw`: the same, as bytes)."""
        if len(self.slots) < RARE:
            return sum(raw[slot >> 3] >> (slot & 7) & 1 for slot in self.slots if slot >> 3 < len(raw))
        return (self.bits() & bits).bit_count()


class Index:
    """Sessions as filters see them, each at one moment. `sorts` are the orders that lists can have.

    `said`: which slots of a bitmap said all of some words, where another knows it; without it the index keeps words.
    """

    def __init__(self, sorts: Sequence[str], *, said: Callable[[frozenset[str], int], int] | None = None) -> None:
        self.postings = Postings()
        self._said = said or self.postings.all_of
        self._keeps_words = said is None
        self._slots: dict[str, int] = {}
        self.sessions: list[str] = []
        self.keys: dict[str, array[float]] = {sort: array("d") for sort in sorts}
        self._revs = array("q")
        self._who: list[str] = []
        self._tokens: dict[str, Slots] = {}
        self.fields: dict[str, dict[str, Slots]] = {field: {} for field in FACETS}
        self._alive = bytearray()
        self._alive_bits: int | None = 0
        self._orders: dict[str, array[int]] = {sort: array("I") for sort in sorts}  # the slots, in each order
        self._upto = dict.fromkeys(sorts, 0)  # of the slots, how many are in the order
        self._steps: dict[str, tuple[int, list[int]]] = {}  # the way between two steps, and who is before each
        self._about = Kept()  # by texts: who has one

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
        self.discard(session)
        slot = len(self.sessions)
        self._slots[session] = slot
        self.sessions.append(session)
        self._revs.append(rev)
        self._who.append(who)
        for sort, values in self.keys.items():
            values.append(keys[sort])
        if slot >> 3 >= len(self._alive):
            self._alive.extend(bytes(1 + len(self._alive) // 8))
        self._alive[slot >> 3] |= 1 << (slot & 7)
        self._alive_bits = None
        for token in tokens:
            found = self._tokens.get(token)
            if found is None:
                found = self._tokens[token] = Slots()
                field = token.partition("=")[0]
                if field in self.fields:
                    self.fields[field][token] = found
            found.slots.append(slot)
            if not found.own and token in spelled:
                found.own = spelled[token]
        if self._keeps_words:
            self.postings.add(words, slot)

    def discard(self, session: str) -> None:
        """A session is no longer at rest."""
        slot = self._slots.pop(session, None)
        if slot is not None:
            self._alive[slot >> 3] &= ~(1 << (slot & 7))
            self._alive_bits = None

    def knows(self, wanted: Filter) -> bool:
        """Can it find them? Not where the filter asks for words and there were too many to keep."""
        return not self.postings.full or all(Said not in _kinds(clause) for clause in wanted.clauses.values())

    def find(self, wanted: Filter) -> "Matched":
        """The sessions that match."""
        bits = self.alive()
        for clause in sorted(wanted.clauses.values(), key=_effort):  # what is quick narrows what is not
            bits = self._clause(clause, bits)
        return Matched(self, bits)

    def token(self, token: str) -> int:
        """The bitmap of a token."""
        found = self._tokens.get(token)
        return found.bits() if found is not None else 0

    def alive(self) -> int:
        """The bitmap of all that are at rest."""
        if self._alive_bits is None:
            self._alive_bits = int.from_bytes(self._alive, "little")
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
                return self._said(words, among)
            case Within(_, field, least, most):
                # the keys of these orders are the numbers, the largest first
                sort = "messages" if field == "messages" else "duration"
                low = float("-inf") if most is None else -most
                high = float("inf") if least is None else -least
            case Since(_, time):
                sort, low, high = "recent", float("-inf"), -round(time.timestamp() * 1_000)
            case Until(_, time):
                sort, low, high = "started", -round(time.timestamp() * 1_000), float("inf")
            case _:
                raise TypeError(f"no index for {condition!r}")
        return self._between(sort, low, high, among)

    def _having_text(self, texts: tuple[str, ...], among: int) -> int:
        """Those who have one of the texts."""
        who = self._who

        def late(start: int) -> list[str]:
            rest = islice(who, start, None)
            match texts:  # a call for each slot would cost three times as much
                case (text,):
                    return ["1" if text in one else "0" for one in rest]
                case (text, number):
                    return ["1" if text in one or number in one else "0" for one in rest]
            return ["1" if any(text in one for text in texts) else "0" for one in rest]

        def some(slots: Iterable[int]) -> list[int]:
            return [slot for slot in slots if any(text in who[slot] for text in texts)]

        return self._about.find(texts, among=among, slots=len(who), some=some, late=late)

    def _between(self, sort: str, low: float, high: float, among: int) -> int:
        """Those whose keys of this order are from `low` to `high`."""
        values, upto = self.keys[sort], self._upto[sort]
        if sort not in self._steps or among.bit_count() * NARROW < len(values):
            if among.bit_count() * NARROW < len(values):
                return bitmap([slot for slot in slots_of(among) if low <= values[slot] <= high])
            return of_digits(["1" if low <= key <= high else "0" for key in values])
        base = self._orders[sort]
        start = bisect_left(base, low, key=lambda slot: values[slot])
        end = bisect_right(base, high, key=lambda slot: values[slot])
        late = [slot + upto for slot in slots_of(among >> upto)]
        late = [slot for slot in late if low <= values[slot] <= high]
        return self._before(sort, end) & ~self._before(sort, start) | bitmap(late)

    def _before(self, sort: str, place: int) -> int:
        """The first so many of an order."""
        way, steps = self._steps[sort]
        step = min(place // way, len(steps) - 1)
        return steps[step] | bitmap(sorted(self._orders[sort][step * way : place]))

    def first(self, bits: int, sort: str, *, limit: int, after: tuple[float, str] | None) -> list[tuple[float, str]]:
        """(key, session) of the first of these in this order, behind the place `after`."""
        upto = self._upto[sort]
        old, new = bits & ((1 << upto) - 1), bits >> upto << upto
        there = old.bit_count()
        if there * there * WALK > max(1, limit) * upto:
            found = list(islice(self._walked(as_bytes(old), sort, after), limit))
        else:
            found = self._smallest(old, sort, limit=limit, after=after)
        return list(islice(heapq.merge(found, self._smallest(new, sort, limit=limit, after=after)), limit))

    def _walked(self, raw: bytes, sort: str, after: tuple[float, str] | None) -> Iterator[tuple[float, str]]:
        """Along the order as it was sorted."""
        keys, sessions, base = self.keys[sort], self.sessions, self._orders[sort]
        start = 0 if after is None else bisect_right(base, after, key=lambda slot: (keys[slot], sessions[slot]))
        for slot in islice(base, start, None):
            if slot >> 3 < len(raw) and raw[slot >> 3] >> (slot & 7) & 1:
                yield keys[slot], sessions[slot]

    def _smallest(
        self, bits: int, sort: str, *, limit: int, after: tuple[float, str] | None
    ) -> list[tuple[float, str]]:
        """By their keys alone: numbers are compared in a tenth of the time of pairs; sessions only among equals."""
        keys, sessions = self.keys[sort], self.sessions
        slots: list[int] = list(slots_of(bits))
        if after is not None:
            slots = [slot for slot in slots if keys[slot] >= after[0] and (keys[slot], sessions[slot]) > after]
        if len(slots) <= limit:
            return sorted((keys[slot], sessions[slot]) for slot in slots)
        theirs = [keys[slot] for slot in slots]
        last = heapq.nsmallest(limit, theirs)[-1]
        near = [slot for slot, key in zip(slots, theirs, strict=True) if key <= last]
        before = sorted((keys[slot], sessions[slot]) for slot in near if keys[slot] < last)
        equal = (sessions[slot] for slot in near if keys[slot] == last)
        return before + [(last, session) for session in heapq.nsmallest(limit - len(before), equal)]

    def settle(self, sort: str, *, least: int = SETTLE) -> "Settling | None":
        """Work that makes an order quick to walk again, if at least so many came of late; see Settling."""
        late = len(self.sessions) - self._upto[sort]
        return Settling(self, sort) if late >= max(least, self._upto[sort] // 8) else None


class Settling:
    """One order, sorted anew: `run` may be called in another thread, `done` must not be."""

    def __init__(self, index: Index, sort: str) -> None:
        self._index, self._sort = index, sort
        self._upto = len(index.sessions)
        self._made = array("I")
        self._steps: tuple[int, list[int]] | None = None

    def run(self) -> None:
        """Sort. Slots are only ever appended, so those up to now stay as they are."""
        keys, sessions = self._index.keys[self._sort], self._index.sessions
        alive = self._index._alive  # noqa: SLF001 - a part of the index
        slots = [slot for slot in range(self._upto) if alive[slot >> 3] >> (slot & 7) & 1]
        slots.sort(key=lambda slot: (keys[slot], sessions[slot]))
        self._made = array("I", slots)
        if self._sort in RANGED:
            way, bits, steps = max(STEP, len(slots) // STEPS + 1), 0, [0]
            for start in range(0, len(slots) - way + 1, way):
                bits |= bitmap(sorted(slots[start : start + way]))
                steps.append(bits)
            self._steps = way, steps

    def done(self) -> None:
        """Put it in the place of the old one."""
        self._index._orders[self._sort] = self._made  # noqa: SLF001
        self._index._upto[self._sort] = self._upto  # noqa: SLF001
        if self._steps is not None:
            self._index._steps[self._sort] = self._steps  # noqa: SLF001


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
        return [names[slot] for slot in slots_of(self._bits)]

    def tokens(self, fields: Iterable[str]) -> list[TokenCount]:
        """How many have each token of these fields; none that nobody has."""
        bits = self._bits
        raw = as_bytes(bits)
        found = []
        for field in fields:
            for token, slots in self._index.fields[field].items():
                if count := slots.count(bits, raw):
                    found.append(TokenCount(token, count, (slots.own,) if slots.own else ()))
        return found

    def first(self, sort: str, *, limit: int, after: tuple[float, str] | None = None) -> list[tuple[float, str]]:
        """(key, session) of the first ones in this order, behind the place `after`."""
        return self._index.first(self._bits, sort, limit=limit, after=after) if limit else []


def _effort(clause: Clause) -> int:
    """Tokens are quick, numbers less so, a part of a name is slow, and so is what was said where it is not kept."""
    kinds = _kinds(clause)
    return 3 if Said in kinds else 2 if About in kinds else int(kinds != {Has})


def _kinds(clause: Clause) -> set[type[Condition]]:
    return {type(one) for one in (*clause.wanted, *clause.unwanted)}
