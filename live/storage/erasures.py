"""Erasing a session: its events and its card go in one transaction, and a fence stands where its next event would be.

    {_id: "web:8f3a erased 01798… 5f0c…", session: "web:8f3a", seq: 43, at: 43, type: "erased", received: Date, …}

The fence lies in the event log and holds nothing of what was said. Whoever believes that the session still has its 42
events cannot write the 43rd: the unique (session, seq) says so. Whoever reads the newest of the log, as every hub does
again and again, finds it there. It is deleted after KEPT seconds. A session begun anew has its numbers from 1; should
it grow up to the fence before, that is lifted (`seq` is then below 0): it only tells. When that session is erased, too,
the fence is set where it was.

A hub that besides had missed the last events may find a place before the fence that is free again. Its events are then
durable, but leave a hole, until they are moved up (`mend`): every hub looks for that for a while after an erasure.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from collections.abc import Collection as AnyOf
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import randbits, token_hex

import pymongo
from motor.motor_asyncio import AsyncIOMotorClientSession
from pymongo import ASCENDING, DESCENDING, WriteConcern
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern

from live.errors import StoreAway
from live.events import CHANNEL_TYPES
from live.storage import mongo
from live.storage.journal import ERASED
from live.storage.mongo import Collection, Database, Document

KEPT = 3600  # seconds: longer than a hub is out of the store's reach and still goes on where it was
SLOW = 30.0  # seconds that erasing may take: a session may have 100,000 events
TRIES = 20  # of a transaction that another writer's event undoes, at once; then one in each PAUSE
PAUSE = 0.1  # seconds
IDLE = 2.0  # seconds that a transaction of ours stands still at most, but for a hub that died in it, or hangs
PATIENCE = IDLE + 1.0  # seconds: longer is nothing in its way

logger = logging.getLogger(__name__)

_TRANSIENT = "TransientTransactionError"
_FENCE: Document = {"type": ERASED}
_EVENT: Document = {"$ne": ERASED}


@dataclass(frozen=True, slots=True)
class Fence:
    """Which erasure it was (`key`: of one session a later one is greater), and the seq that nobody can take."""

    key: str
    session: str
    seq: int


def key_for(session: str, now: datetime) -> str:
    """The `_id` of a fence: no event has such a one, for no event's id holds a space."""
    return f"{session} {ERASED} {round(now.timestamp() * 1000):014d} {token_hex(6)}"


def _aside() -> int:
    """A seq that is in nobody's way."""
    return -1 - randbits(62)


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
        """Its events and its card go, all or none. False where it had no event.

        Asked again with the same key after StoreAway, it says what became of the first time.
        """
        of_it = {"session": session, "type": _EVENT}

        async def act(now: AsyncIOMotorClientSession) -> bool:
            if await self._events.find_one({"_id": key}, {"_id": 1}, session=now) is not None:
                return True
            last = await self._events.find_one(of_it, {"seq": 1}, sort=[("seq", DESCENDING)], session=now)
            await self._cards.delete_one({"_id": session}, session=now)
            if last is None:
                return False
            await self._events.delete_many(of_it, session=now)
            at = last["seq"] + 1
            taken = await self._set_again(session, key=key, now=now)
            await self._set(key, session, seq=_aside() if at in taken else at, at=at, now=now)
            return True

        return await self._at_once(act)

    async def mend(self, session: str, *, key: str) -> bool:
        """Close a hole: a hub that had missed events, too, wrote past the fence, in the place of one of those.

        What a channel sent moves up, in its order; what that hub wrote by itself was of the session before, and goes.
        True where there was one: every hub must read the session anew, and a fence with this key tells it.
        """
        of_it = {"session": session, "type": _EVENT}

        async def act(now: AsyncIOMotorClientSession) -> bool:
            if await self._events.find_one({"_id": key}, {"_id": 1}, session=now) is not None:
                return True
            rows = await self._events.find(
                of_it, {"seq": 1, "type": 1}, sort=[("seq", ASCENDING)], session=now
            ).to_list(None)
            whole = next((n for n, row in enumerate(rows) if row["seq"] != n + 1), len(rows))
            if whole == len(rows):
                return False
            await self._cards.delete_one({"_id": session}, session=now)
            moved = [row for row in rows[whole:] if row["type"] in CHANNEL_TYPES]
            gone = [row["_id"] for row in rows[whole:] if row["type"] not in CHANNEL_TYPES]
            await self._events.delete_many({"_id": {"$in": gone}}, session=now)
            for fence in await self._events.find(
                {"session": session, **_FENCE, "seq": {"$gt": 0, "$lte": whole + len(moved)}}, session=now
            ).to_list(None):
                await self._events.update_one({"_id": fence["_id"]}, {"$set": {"seq": _aside()}}, session=now)
            for seq, row in enumerate(moved, whole + 1):
                await self._events.update_one({"_id": row["_id"]}, {"$set": {"seq": seq}}, session=now)
            aside = _aside()
            await self._set(key, session, seq=aside, at=aside, now=now)
            return True

        count, head = await self._extent(of_it)
        return count != head and await self._at_once(act)

    async def lift(self, fence: Fence) -> None:
        """The session has grown up to it: its place becomes free. Where it has not, nothing happens."""

        async def act(now: AsyncIOMotorClientSession) -> bool:
            before = {"session": fence.session, "seq": fence.seq - 1, "type": _EVENT}
            if await self._events.find_one(before, {"_id": 1}, session=now) is None:
                return False
            there = {"_id": fence.key, "seq": fence.seq}
            await self._events.update_one(there, {"$set": {"seq": _aside()}}, session=now)
            return True

        await self._at_once(act)

    async def _at_once(self, act: Callable[[AsyncIOMotorClientSession], Awaitable[bool]]) -> bool:
        """In one transaction, tried again where what another writer did in between undoes it."""
        read, write = ReadConcern("snapshot"), WriteConcern(w="majority", j=True)
        time = asyncio.get_running_loop().time
        until, tries = time() + PATIENCE, 0
        while tries < TRIES or time() < until:
            tries += 1
            try:
                with pymongo.timeout(SLOW):
                    async with await self._client.start_session() as now, now.start_transaction(read, write):
                        return await act(now)
            except PyMongoError as error:
                clashed = getattr(error, "code", None) == mongo.DUPLICATE
                if not (clashed or error.has_error_label(_TRANSIENT)) or error.timeout:
                    raise mongo.away(error) from error
            if tries >= TRIES:
                await self.unblock()
                await asyncio.sleep(PAUSE)
        raise StoreAway("the session is too busy just now")

    async def unblock(self) -> int:
        """End the transactions that hubs left open as they died. How many.

        MongoDB itself waits a minute, and until then holds up whoever writes to the same sessions.
        """
        left = {
            "type": "idleSession",
            "appName": mongo.APP,
            "transaction.timeInactiveMicros": {"$gt": IDLE * 1_000_000},
        }
        looks: list[Document] = [{"$currentOp": {"idleSessions": True, "idleConnections": False}}, {"$match": left}]
        admin = self._client.get_database("admin", read_concern=ReadConcern("local"))
        try:
            idle = [{"id": row["lsid"]["id"]} async for row in admin.aggregate(looks)]
            if idle:
                logger.warning("erasures: %d transactions that hubs left open are ended", len(idle))
                await admin.command("killSessions", idle)
        except OperationFailure as error:  # a user who may not; then MongoDB ends them in its own time
            logger.warning("erasures: transactions that hubs left open cannot be ended: %s", error)
            return 0
        except PyMongoError as error:
            raise mongo.away(error) from error
        return len(idle)

    async def _set(self, key: str, session: str, *, seq: int, at: int, now: AsyncIOMotorClientSession) -> None:
        """A fence."""
        fence: Document = {"_id": key, "session": session, "seq": seq, "at": at, **_FENCE}
        await self._events.insert_one({**fence, "received": datetime.now(UTC), "event": "{}"}, session=now)

    async def _set_again(self, session: str, *, key: str, now: AsyncIOMotorClientSession) -> set[int]:
        """Where its older fences stand, each where it stood first, for some hub may know of none yet.

        Each is written to: so this and a lifting at the same time cannot both be.
        """
        rows = await self._events.find({"session": session, **_FENCE}, {"seq": 1, "at": 1}, session=now).to_list(None)
        taken = {row["seq"] for row in rows if row["seq"] == row["at"]}
        for row in rows:
            again = row["seq"] if row["at"] in taken else row["at"]
            taken.add(row["at"])
            await self._events.update_one({"_id": row["_id"]}, {"$set": {"seq": again, "by": key}}, session=now)
        return taken

    async def _extent(self, of_it: Document) -> tuple[int, int]:
        """How many events there are, and the last seq."""
        try:
            last = await self._events.find_one(of_it, {"seq": 1}, sort=[("seq", DESCENDING)])
            return (
                (0, 0)
                if last is None
                else (await self._events.count_documents({**of_it, "seq": {"$lte": last["seq"]}}), last["seq"])
            )
        except PyMongoError as error:
            raise mongo.away(error) from error

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

    async def sweep(self, session: str, *, key: str) -> bool:
        """Delete its stored card, unless a hub wrote it that knew of this erasure. Was there such a one?"""
        try:
            return bool((await self._cards.delete_one({"_id": session, "after": {"$ne": key}})).deleted_count)
        except PyMongoError as error:
            raise mongo.away(error) from error
