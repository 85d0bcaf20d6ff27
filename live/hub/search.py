"""Finding sessions: the board's answer merged with the store's.

A session on the board counts there alone; the rest are closed. For those the catalog answers where it can, an index in
memory, else the store. So what was acknowledged a moment ago is found, although its card is not yet written.
"""

import base64
import binascii
import heapq
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple, get_args

import msgspec

from live import order
from live.cards import Card, Status
from live.errors import Flaw, Invalid
from live.filters import Filter
from live.filters.facets import FACETS, Facets, TokenCount
from live.filters.index import Matched
from live.hub.board import Board
from live.hub.catalog import Catalog
from live.hub.lookup import Lookup
from live.storage.cards import AtRest, Cards, Row

STATUSES: tuple[str, ...] = get_args(Status)
NEGATIVE = "sentiment=negative"
TRIES = 3  # of a reading during which a session came back from rest

_Cursor = tuple[str, float, str]
_cursor = msgspec.json.Decoder(_Cursor)


class Counts(msgspec.Struct, frozen=True):
    """Of all sessions that match a filter."""

    active: int = 0
    inactive: int = 0
    closed: int = 0
    negative: int = 0
    matching: int = 0


class Tally:
    """Counts in the making."""

    __slots__ = ("negative", "statuses")

    def __init__(self, counts: Counts | None = None) -> None:
        self.statuses = dict.fromkeys(STATUSES, 0)
        self.negative = 0
        if counts is not None:
            self.statuses |= {"active": counts.active, "inactive": counts.inactive, "closed": counts.closed}
            self.negative = counts.negative

    def add(self, part: tuple[str, bool], sign: int) -> None:
        """One session more or less: (status, is its sentiment negative), as `part` gives it."""
        self.statuses[part[0]] += sign
        self.negative += sign * part[1]

    def plus(self, other: "Tally") -> Counts:
        """The counts of two tallies together."""
        active, inactive, closed = (self.statuses[s] + other.statuses[s] for s in STATUSES)
        negative = self.negative + other.negative
        return Counts(
            active=active, inactive=inactive, closed=closed, negative=negative, matching=active + inactive + closed
        )


def part(card: Card) -> tuple[str, bool]:
    """What of a card is counted."""
    return card.status, card.sentiment.label == "negative"


class Page(NamedTuple):
    """One page of a list: cards as JSON texts, the cursor of the next page, and how many match in all."""

    cards: list[str]
    next: str | None
    total: int


class Rest(NamedTuple):
    """What the store answers: counts, the first rows, and whether no session came back from rest meanwhile.

    `upto`: the place up to which these rows are all there are; None where none are behind them.
    """

    counts: Counts
    rows: list[Row]
    sure: bool
    upto: order.Place | None = None


class Here:
    """The sessions of the board that match a filter, at one moment."""

    def __init__(self, matched: Matched) -> None:
        self._matched = matched
        self.count = matched.count

    def tally(self) -> Tally:
        """How many, by what is counted."""
        statuses = {status: self._matched.having(f"status={status}") for status in STATUSES}
        return Tally(Counts(**statuses, negative=self._matched.having(NEGATIVE), matching=self.count))

    def parts(self) -> dict[str, tuple[str, bool]]:
        """What of each is counted, as `part` gives it."""
        made: dict[str, tuple[str, bool]] = {}
        for status in STATUSES:
            of = self._matched.narrowed(f"status={status}")
            made |= dict.fromkeys(of.sessions(), (status, False))
            made |= dict.fromkeys(of.narrowed(NEGATIVE).sessions(), (status, True))
        return made

    def first(self, sort: str, *, limit: int, after: order.Place | None = None) -> list[order.Place]:
        """The first of them in this order, behind a place."""
        return self._matched.first(sort, limit=limit, after=after)


class Search:
    """Questions to all sessions.

    Every method raises StoreAway where closed sessions can match and the store is away.
    """

    def __init__(self, board: Board, stored: Cards, *, lookup: Lookup, catalog: Catalog) -> None:
        self._board, self._cards, self._lookup, self._catalog = board, stored, lookup, catalog

    async def page(self, wanted: Filter, *, sort: str, limit: int, cursor: str | None = None) -> Page:
        """The first `limit` sessions in this order, behind the cursor of the page before.

        Raises Invalid for a bad cursor.
        """
        after = _place(cursor, sort) if cursor else None
        rest = await self.at_rest(wanted, sort=sort, limit=limit + 1, after=after)
        tally, here = self._here(wanted, sort=sort, limit=limit + 1, after=after)
        cold = [(row.key, row.session, row.json) for row in rest.rows if self._board.get(row.session) is None]
        merged = [one for one in heapq.merge(here, cold) if rest.upto is None or one[:2] <= rest.upto]
        shown = merged[:limit]
        last = shown[-1][:2] if len(merged) > limit else rest.upto
        following = _written(sort, *last) if last else None
        return Page([json for _, _, json in shown], following, tally.plus(Tally(rest.counts)).matching)

    async def counts(self, wanted: Filter) -> Counts:
        """Of all that match."""
        rest = await self.at_rest(wanted, sort="started", limit=0)
        tally, _ = self._here(wanted, sort="started", limit=0, after=None)
        return tally.plus(Tally(rest.counts))

    async def facets(self, wanted: Filter, fields: Sequence[str] = FACETS) -> dict[str, dict[str, int]]:
        """By field, by value: how many sessions, under the other filters in force."""
        made = Facets(wanted, fields)
        for answer in await self._tokens(made.plan()):
            made.merge(answer)
        for filter_, counted in made.plan(everywhere=True):
            made.merge(self._lookup.find(filter_).tokens(counted))
        return made.result()

    async def _tokens(
        self, asked: Sequence[tuple[Filter, Sequence[str]]], tries: int = TRIES
    ) -> list[list[TokenCount]]:
        if not asked:
            return []
        matched = [(self._catalog.find(wanted), fields) for wanted, fields in asked]
        known = [found.tokens(fields) for found, fields in matched if found is not None]
        if len(known) == len(asked):
            return known
        with self._board.pinned() as pin:
            async with self._reading() as (rest, without):
                found = [await rest.tokens(f.query(), fields=fields, without=without) for f, fields in asked]
            if pin.came_back and tries > 1:
                return await self._tokens(asked, tries - 1)
            return found

    async def at_rest(self, wanted: Filter, *, sort: str, limit: int, after: order.Place | None = None) -> Rest:
        """The store's part of an answer: counts of all that match, and the first `limit` rows not on the board."""
        if not wanted.at_rest:
            return Rest(Counts(), [], sure=True)
        found = await self._ask(wanted, sort=sort, limit=limit, after=after)
        for _ in range(TRIES - 1):
            if found.sure:
                break
            found = await self._ask(wanted, sort=sort, limit=limit, after=after)
        return found

    async def _ask(self, wanted: Filter, *, sort: str, limit: int, after: order.Place | None) -> Rest:
        matched = self._catalog.find(wanted)
        if matched is not None:
            return await self._look_up(matched, sort=sort, limit=limit, after=after)
        query = wanted.query()
        negative = {"$and": [query, {"tokens": NEGATIVE}]} if query else {"tokens": NEGATIVE}
        rows: list[Row] = []
        with self._board.pinned() as pin:
            async with self._reading() as (rest, without):
                closed = await rest.count(query, without=without)
                bad = await rest.count(negative, without=without)
                if limit and closed:
                    async for row in rest.rows(query, sort=sort, after=after):
                        if self._board.get(row.session) is None:
                            rows.append(row)
                        if len(rows) == limit:
                            break
            upto = (rows[-1].key, rows[-1].session) if rows and len(rows) == limit else None
            return Rest(Counts(closed=closed, negative=bad, matching=closed), rows, sure=not pin.came_back, upto=upto)

    async def _look_up(self, matched: Matched, *, sort: str, limit: int, after: order.Place | None) -> Rest:
        """By the catalog; of the store, only the cards that are shown."""
        closed, bad = matched.count, matched.having(NEGATIVE)
        rows: list[Row] = []
        upto = None
        with self._board.pinned() as pin:
            if limit and closed:
                places = matched.first(sort, limit=limit, after=after)
                upto = places[-1] if len(places) == limit else None
                texts = await self._cards.texts([session for _, session in places])
                for key, session in places:
                    if session in texts and self._board.get(session) is None:
                        rows.append(Row(session, texts[session][0], key, texts[session][1]))
            return Rest(Counts(closed=closed, negative=bad, matching=closed), rows, sure=not pin.came_back, upto=upto)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[tuple[AtRest, set[str]]]:
        """The closed sessions of one moment, and those of them that the board answers for.

        These are the ones that the board knows to have been closed, and those that another hub closed of late, of which
        the board may not have heard. Asked after the moment is fixed; while the board is pinned, none leaves it.
        """
        async with self._cards.at_rest() as rest:
            lately = await rest.lately()
            yield (
                rest,
                {*self._board.returned(), *(session for session in lately if self._board.get(session) is not None)},
            )

    async def among(self, wanted: Filter, sessions: Iterable[str]) -> set[str]:
        """Those of these sessions that match."""
        found: set[str] = set()
        rest: list[str] = []
        matched = self._catalog.find(wanted)
        for session in sessions:
            entry = self._board.get(session)
            if entry is not None:
                if wanted.matches(entry.facts):
                    found.add(session)
            elif matched is None:
                rest.append(session)
            elif session in matched:
                found.add(session)
        return found | await self._cards.matching(wanted.query(), rest) if rest else found

    def here(self, wanted: Filter) -> Here:
        """The sessions of the board that match."""
        return Here(self._lookup.find(wanted))

    def open(self, wanted: Filter, tokens: Iterable[str]) -> dict[str, int]:
        """How many open sessions match and have each token."""
        matched = self._lookup.find(wanted)
        return {token: matched.having("status=open", token) for token in tokens}

    def _here(
        self, wanted: Filter, *, sort: str, limit: int, after: order.Place | None
    ) -> tuple[Tally, list[tuple[order.Key, str, str]]]:
        """The board's answer: what is counted, and the first ones with their cards."""
        found, entries = self.here(wanted), self._board.entries
        first = found.first(sort, limit=limit, after=after)
        return found.tally(), [(key, session, entries[session].json) for key, session in first]


def _written(sort: str, key: order.Key, session: str) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode((sort, key, session))).decode().rstrip("=")


def _place(cursor: str, sort: str) -> tuple[order.Key, str]:
    try:
        found, key, session = _cursor.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, msgspec.DecodeError, RecursionError):
        raise Invalid(Flaw("cursor", "not one of this list; leave it out for the first page")) from None
    if found != sort:
        raise Invalid(Flaw("cursor", f"it belongs to a list sorted by {found[:40]!r}, not {sort!r}"))
    return key, session
