"""The stored cards: one document per session, written behind its events, and what finds it again.

    {_id: "web:8f3a", rev: 42, open: true, saved: Date, card: "{…}", memory: bytes, said: "demo hello …"}
    {…, open: false, by: {started: -1.7e12, …}, tokens: […], words: […], …}

`card` is the card's JSON as viewers get it; `memory` and the words `said` are what the fold needs besides. The hub
answers for open sessions from its board; a closed one has besides the keys of `live.order` and the search fields of
`live.filters`, and the indexes hold it alone: a card that changes ten times a minute costs no index entry.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import pymongo
from motor.motor_asyncio import AsyncIOMotorClientSession
from pymongo import ASCENDING, ReplaceOne
from pymongo.errors import BulkWriteError, PyMongoError

from live import filters, order
from live.cards import Card, Folded, Memory
from live.errors import StoreAway
from live.filters.facets import TokenCount
from live.storage import mongo
from live.storage.mongo import Collection as Documents
from live.storage.mongo import Database, Document

SEARCH = 15.0  # seconds that a search may take: a count of half a million closed sessions takes one
RESTED = 500  # cards read at once
BY_ID = "_id_"  # said wherever sessions are named: MongoDB has taken an index of all closed ones for 400 of 50,000
LATE = 10.0  # seconds: how far hubs' clocks and their news of each other may be apart at most
_CLOSED: Document = {"open": False}
_OPEN: Document = {"open": True}

_card = msgspec.json.Decoder(Card)
_card_text = msgspec.json.Encoder()
_memory = msgspec.msgpack.Decoder(Memory)
_memory_bytes = msgspec.msgpack.Encoder()


class Row(NamedTuple):
    """One closed session: its key in the order asked for, and its card as JSON text."""

    session: str
    rev: int
    key: order.Key
    json: str


class Rested(NamedTuple):
    """What an index keeps of one closed session; `spelled` are tokens as their channel writes them."""

    session: str
    rev: int
    tokens: list[str]
    spelled: list[str]
    who: str
    words: list[str]
    keys: dict[str, order.Key]


class Stored(NamedTuple):
    """A session as its stored card has it, and when that was written."""

    folded: Folded
    saved: datetime


class Cards:
    """Save and load. Every method raises StoreAway when MongoDB does not answer in time."""

    def __init__(self, database: Database) -> None:
        self._cards: Documents = database["cards"]

    async def ensure_indexes(self) -> None:
        """`open` comes first in each: a count is then answered by the index alone."""
        fields = [["tokens", "by.started"], ["words"], ["grams"], ["saved"], ["by.recent"], ["by.started"]]
        try:
            keys = [("open", ASCENDING), ("_id", ASCENDING)]  # the open ones are read in this order
            await self._cards.create_index(keys, name="opened", partialFilterExpression=_OPEN)
            for names in fields:
                keys = [(name, ASCENDING) for name in ("open", *names)]
                await self._cards.create_index(keys, name=names[0], partialFilterExpression=_CLOSED)
        except PyMongoError as error:
            raise mongo.away(error) from error

    async def save(self, folded: Sequence[Folded], *, after: Mapping[str, str] | None = None) -> None:
        """Write cards; one that is not newer than the stored one changes nothing. One per session.

        `after`: of sessions that were erased before, which erasure the writer knows of.
        """
        now, known = datetime.now(UTC), after or {}
        writes = [
            ReplaceOne(
                {"_id": one.card.session, "rev": {"$lt": one.card.rev}},
                _document(one, now) | ({"after": known[one.card.session]} if one.card.session in known else {}),
                upsert=True,
            )
            for one in folded
        ]
        try:
            await self._cards.bulk_write(writes, ordered=False)
        except BulkWriteError as error:
            details = error.details or {}
            problems = details.get("writeErrors", [])
            # an upsert whose guard fails tries to insert, and meets the newer card
            if (
                details.get("writeConcernErrors")
                or not problems
                or any(p.get("code") != mongo.DUPLICATE for p in problems)
            ):
                raise StoreAway("cards not written") from error
        except PyMongoError as error:
            raise mongo.away(error) from error

    async def replace(self, folded: Folded) -> None:
        """Write a card whatever is there: for repair."""
        try:
            await self._cards.replace_one(
                {"_id": folded.card.session}, _document(folded, datetime.now(UTC)), upsert=True
            )
        except PyMongoError as error:
            raise mongo.away(error) from error

    async def sessions(self) -> list[str]:
        """Every session that has a card. For `live check`, not for a running hub."""
        try:
            return [row["_id"] async for row in self._cards.find({}, {"_id": 1})]
        except PyMongoError as error:
            raise mongo.away(error) from error

    async def remove(self, sessions: Sequence[str]) -> None:
        """Delete these cards: for repair."""
        try:
            await self._cards.delete_many({"_id": {"$in": list(sessions)}})
        except PyMongoError as error:
            raise mongo.away(error) from error

    async def load(self, sessions: Sequence[str]) -> dict[str, Stored]:
        """The stored cards of these sessions, as far as there are any."""
        try:
            cursor = self._cards.find({"_id": {"$in": list(sessions)}}, {**_WHOLE, "saved": 1})
            return {row["_id"]: Stored(_folded(row), row["saved"]) async for row in cursor}
        except PyMongoError as error:
            raise mongo.away(error) from error

    async def load_open(self) -> AsyncIterator[Folded]:
        """Every stored card that is open."""
        async for rows in self._groups(_OPEN, _WHOLE, index="opened"):
            for row in rows:
                yield _folded(row)

    async def rested(self, sessions: Collection[str] | None = None) -> AsyncIterator[list[Rested]]:
        """All closed sessions, or those of these that are; in groups."""
        query = _CLOSED if sessions is None else _these(sessions)
        async for rows in self._groups(query, _RESTED, index=BY_ID):
            yield [await self._rested(row) for row in rows]

    async def _groups(self, query: Document, fields: Document, *, index: str) -> AsyncIterator[list[Document]]:
        """All that match, RESTED at once, by `_id`, along an index that has this order.

        Each group is a question of its own: one cursor over a million cards would take longer than the store may.
        """
        last: str | None = None
        while True:
            asked = query if last is None else {"$and": [query, {"_id": {"$gt": last}}]}
            try:
                found = self._cards.find(asked, fields).sort("_id", ASCENDING).hint(index)
                rows = await found.limit(RESTED).to_list(RESTED)
            except PyMongoError as error:
                raise mongo.away(error) from error
            if rows:
                yield rows
            if len(rows) < RESTED:
                return
            last = rows[-1]["_id"]

    async def _rested(self, row: Document) -> Rested:
        keys: dict[str, order.Key] = row["by"]
        if len(keys) < len(order.SORTS):  # written before an order was added
            try:
                whole = await self._cards.find_one({"_id": row["_id"]}, {"card": 1})
            except PyMongoError as error:
                raise mongo.away(error) from error
            keys = order.keys(_card.decode(whole["card"])) if whole else {**dict.fromkeys(order.SORTS, 0.0), **keys}
        return Rested(row["_id"], row["rev"], row["tokens"], row.get("spelled") or [], row["who"], row["words"], keys)

    async def matching(self, query: Document, sessions: Sequence[str]) -> set[str]:
        """Those of these sessions that are closed and match."""
        found: set[str] = set()
        try:
            for start in range(0, len(sessions), RESTED):
                asked = _these(sessions[start : start + RESTED])
                cursor = self._cards.find(_all([asked, query]), {"_id": 1}).hint(BY_ID)
                found |= {row["_id"] async for row in cursor}
        except PyMongoError as error:
            raise mongo.away(error) from error
        return found

    async def texts(self, sessions: Sequence[str]) -> dict[str, tuple[int, str]]:
        """The rev and the card as JSON text of these sessions, as far as their stored cards are closed."""
        try:
            cursor = self._cards.find(_these(sessions), {"rev": 1, "card": 1}).hint(BY_ID)
            return {row["_id"]: (row["rev"], row["card"]) async for row in cursor}
        except PyMongoError as error:
            raise mongo.away(error) from error

    async def resting(self, sessions: Collection[str]) -> dict[str, int]:
        """The stored rev of each of these sessions whose stored card is closed."""
        try:
            cursor = self._cards.find(_these(sessions), {"rev": 1}).hint(BY_ID)
            return {row["_id"]: row["rev"] async for row in cursor}
        except PyMongoError as error:
            raise mongo.away(error) from error

    @asynccontextmanager
    async def at_rest(self) -> AsyncIterator["AtRest"]:
        """The closed sessions as they are at one moment: all that is read inside is of the same state.

        Raises StoreAway.
        """
        try:
            async with await self._cards.database.client.start_session(snapshot=True) as session:
                with pymongo.timeout(SEARCH):
                    yield AtRest(self._cards, session)
        except PyMongoError as error:
            raise mongo.away(error) from error


class AtRest:
    """Questions to the closed sessions of one moment; made by `Cards.at_rest`, whose errors it raises."""

    def __init__(self, cards: Documents, session: AsyncIOMotorClientSession) -> None:
        self._cards, self._session = cards, session

    async def count(self, query: Document, *, without: Collection[str] = ()) -> int:
        """How many match. Those of `without` are counted apart and taken off: the index answers for the rest."""
        there = await self._count([_CLOSED, query])
        return there - await self._count([_these(without), query], hint=BY_ID) if without and there else there

    async def _count(self, parts: list[Document], **how: str) -> int:
        cursor = self._cards.aggregate([{"$match": _all(parts)}, {"$count": "n"}], session=self._session, **how)
        found = await cursor.to_list(1)
        return int(found[0]["n"]) if found else 0

    async def rows(
        self, query: Document, *, sort: str, after: tuple[order.Key, str] | None = None
    ) -> AsyncIterator[Row]:
        """Those that match, in this order, behind the place `after` (key, session)."""
        field = f"by.{sort}"
        parts = [_CLOSED, query]
        if after is not None:
            key, session = after
            parts.append({"$or": [{field: {"$gt": key}}, {field: key, "_id": {"$gt": session}}]})
            parts.append({field: {"$gte": key}})  # the index can begin here
        cursor = self._cards.find(_all(parts), {"rev": 1, "card": 1, field: 1}, session=self._session)
        async for row in cursor.sort([(field, ASCENDING), ("_id", ASCENDING)]).batch_size(200):
            yield Row(row["_id"], row["rev"], row["by"][sort], row["card"])

    async def lately(self) -> set[str]:
        """The sessions that came to rest within LATE seconds: other hubs may not have heard of it."""
        since = datetime.now(UTC) - timedelta(seconds=LATE)
        cursor = self._cards.find({"open": False, "saved": {"$gte": since}}, {"_id": 1}, session=self._session)
        return {row["_id"] async for row in cursor}

    async def tokens(
        self, query: Document, *, fields: Sequence[str], without: Collection[str] = ()
    ) -> list[TokenCount]:
        """How many that match have each token of these fields."""
        parts = [_CLOSED, query]
        if without:
            parts.append({"_id": {"$nin": list(without)}})
        stages: list[Document] = [
            {"$match": _all(parts)},
            {"$unwind": "$tokens"},
            {"$match": {"tokens": {"$regex": f"^({'|'.join(fields)})="}}},
            {"$group": {"_id": "$tokens", "n": {"$sum": 1}, "spelled": {"$first": "$spelled"}}},
        ]
        cursor = self._cards.aggregate(stages, session=self._session, allowDiskUse=True)
        return [TokenCount(row["_id"], row["n"], row.get("spelled") or ()) async for row in cursor]


_WHOLE = {"card": 1, "memory": 1, "said": 1}
_RESTED = {"rev": 1, "tokens": 1, "spelled": 1, "who": 1, "words": 1, "by": 1}


def _document(folded: Folded, now: datetime) -> Document:
    """A card as it is stored. Only closed ones are searched here, so only they carry what a search needs."""
    card = folded.card
    kept: Document = {
        "_id": card.session,
        "rev": card.rev,
        "open": card.status != "closed",
        "saved": now,
        "card": _card_text.encode(card).decode(),
        "memory": _memory_bytes.encode(folded.memory),
        "said": " ".join(folded.words),
    }
    if not kept["open"]:
        kept["by"] = order.keys(card)
        kept |= filters.search_fields(folded, filters.facts(folded))
    return kept


def _folded(row: dict[str, Any]) -> Folded:
    return Folded(_card.decode(row["card"]), _memory.decode(row["memory"]), frozenset(row["said"].split()))


def _these(sessions: Collection[str]) -> Document:
    """Those of these sessions that are closed; to be found BY_ID."""
    return {"_id": {"$in": list(sessions)}, **_CLOSED}


def _all(parts: list[Document]) -> Document:
    kept = [part for part in parts if part]
    return kept[0] if len(kept) == 1 else {"$and": kept}
