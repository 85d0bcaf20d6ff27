"""Erasing a session: its events and its card go in one transaction, and a fence stands where its next event would be.

    {_id: "web:8f3a erased 01798… 5f0c…", session: "web:8f3a", seq: 43, type: "erased", received: Date, …}

The fence lies in the event log and holds nothing of what was said. Whoever believes that the session still has its 42
events cannot write the 43rd: the unique (session, seq) says so. Whoever reads the newest of the log, as every hub does
again and again, finds it there. It is deleted after KEPT seconds. A session begun anew has its numbers from 1; should
it grow up to the fence before, that is lifted: it then only tells.
"""

from collections.abc import Collection as AnyOf
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex

import pymongo
from pymongo import ASCENDING, DESCENDING, WriteConcern
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from live.errors import StoreAway
from live.storage import mongo
from live.storage.journal import ERASED
from live.storage.mongo import Collection, Database, Document

KEPT = 3600  # seconds: longer than a hub is out of the store's reach and still goes on where it was
SLOW = 30.0  # seconds that erasing may take: a session may have 100,000 events
TRIES = 20  # of a transaction that another writer's event undoes

_TRANSIENT = "TransientTransactionError"
_FENCE: Document = {"type": ERASED}


@dataclass(frozen=True, slots=True)
class Fence:
    """Which erasure it was (`key`: of one session a later one is greater), and the seq that nobody can take."""

    key: str
    session: str
    seq: int


def key_for(session: str, now: datetime) -> str:
    """The `_id` of a fence: no event has such a one, for no event's id holds a space."""
    return f"{session} {ERASED} {round(now.timestamp() * 1000):014d} {token_hex(6)}"


class Erasures:
    """Every method raises StoreAway."""

    def __init__(self, database: Database) -> None:
        self._client = database.client
        self._events: Collection = database["events"]
        self._cards: Collection = database["cards"]

    async def ensure_indexes(self) -> None:
        """The fences of a session, and when they go."""
        try:
            await self._events.create_index([("session", ASCENDING)], name="fences", partialFilterExpression=_FENCE)
            await self._events.create_index(
                [("received", ASCENDING)], name="fences_go", partialFilterExpression=_FENCE, expireAfterSeconds=KEPT
            )
        except PyMongoError as error:
            raise mongo.away(error) from error

    async def erase(self, session: str, *, key: str) -> bool:
        """Its events, its card and older fences go, all or none. False where it had no event.

        Asked again with the same key after StoreAway, it says what became of the first time.
        """
        for _ in range(TRIES):
            try:
                with pymongo.timeout(SLOW):
                    if await self._events.find_one({"_id": key}, {"_id": 1}) is not None:
                        return True
                    return await self._at_once(session, key)
            except PyMongoError as error:
                clashed = getattr(error, "code", None) == mongo.DUPLICATE
                if not (clashed or error.has_error_label(_TRANSIENT)) or error.timeout:
                    raise mongo.away(error) from error
        raise StoreAway("the session is too busy to be erased")

    async def _at_once(self, session: str, key: str) -> bool:
        """One transaction. An event that comes in between makes it fail."""
        async with (
            await self._client.start_session() as now,
            now.start_transaction(
                read_concern=ReadConcern("snapshot"), write_concern=WriteConcern(w="majority", j=True)
            ),
        ):
            of_it = {"session": session, "type": {"$ne": ERASED}}
            last = await self._events.find_one(of_it, {"seq": 1}, sort=[("seq", DESCENDING)], session=now)
            await self._cards.delete_one({"_id": session}, session=now)
            if last is None:
                return False
            await self._events.delete_many({"session": session}, session=now)
            fence: Document = {"_id": key, "session": session, "seq": last["seq"] + 1, **_FENCE}
            await self._events.insert_one({**fence, "received": datetime.now(UTC), "event": "{}"}, session=now)
        return True

    async def fences(self, sessions: AnyOf[str] | None = None) -> list[Fence]:
        """Those of these sessions, or all, the oldest first."""
        ever: Document = {"received": {"$gt": datetime.fromtimestamp(0, UTC)}}  # which an index finds
        query: Document = _FENCE | (ever if sessions is None else {"session": {"$in": list(sessions)}})
        try:
            cursor = self._events.find(query, {"session": 1, "seq": 1})
            found = [Fence(row["_id"], row["session"], row["seq"]) async for row in cursor]
        except PyMongoError as error:
            raise mongo.away(error) from error
        return sorted(found, key=lambda fence: fence.key)

    async def lift(self, fence: Fence) -> None:
        """The session has grown up to it: its place becomes free."""
        try:
            await self._events.update_one({"_id": fence.key, "seq": fence.seq}, {"$set": {"seq": -fence.seq}})
        except PyMongoError as error:
            raise mongo.away(error) from error

    async def sweep(self, session: str, *, key: str) -> None:
        """Delete its stored card, unless a hub wrote it that knew of this erasure."""
        try:
            await self._cards.delete_one({"_id": session, "after": {"$ne": key}})
        except PyMongoError as error:
            raise mongo.away(error) from error
