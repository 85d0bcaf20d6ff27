"""The event log: one immutable document per event, in one collection.

    {_id: "web:8f3a m-1", session: "web:8f3a", seq: 1, type: "message", received: Date, mark: 16 bytes, event: "{…}"}

`_id` (session and event id) makes re-sending harmless; unique (session, seq) is the lock that orders a session. `event`
is the stored event's JSON without its `seq`, as text: it comes back to the letter, costs no conversion, and a `$` in it
means nothing. Source: MongoDB manual, "Insert Methods" and "Write Concern".
"""

from collections.abc import Collection as AnyOf
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from pymongo import ASCENDING, DESCENDING
from pymongo.errors import BulkWriteError, PyMongoError

from live.errors import StoreAway
from live.events import wire
from live.storage import mongo
from live.storage.mongo import Collection, Database, Document

COUNTED = ("goal.completed", "knowledge.missing")  # types with an index of their own, by time
READ = 1_000  # traces read at once
ERASED = "erased"  # no event, but where a session was erased: see live/storage/erasures.py
_EVENT = {"$ne": ERASED}


@dataclass(frozen=True, slots=True)
class Held:
    """What the journal holds under an event id."""

    seq: int
    mark: bytes


@dataclass(frozen=True, slots=True)
class Clash:
    """Why an append stopped: the id is taken (`on` "id"), the seq is (`on` "seq"), or the document is refused."""

    on: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Appended:
    """The first `count` documents are durable; `clash` is what the next one met, None when all are in."""

    count: int
    clash: Clash | None


class Line(NamedTuple):
    """One stored event: its seq and its JSON, seq included."""

    seq: int
    json: str


class Trace(NamedTuple):
    """Where an event stands, without its content; or, `erased`, that there was a session."""

    key: str
    session: str
    seq: int
    erased: bool = False


def key_of(session: str, ident: str) -> str:
    """The `_id`: neither part holds a space."""
    return f"{session} {ident}"


def document(*, session: str, ident: str, seq: int, kind: str, received: datetime, mark: bytes, body: str) -> Document:
    """One event as it is stored."""
    key = key_of(session, ident)
    return {"_id": key, "session": session, "seq": seq, "type": kind, "received": received, "mark": mark, "event": body}


class Journal:
    """Append and read; nothing is ever changed, and `Erasures` alone deletes.

    Every method raises StoreAway when MongoDB does not answer in time.
    """

    def __init__(self, database: Database) -> None:
        self._events: Collection = database["events"]

    async def ensure_indexes(self) -> None:
        """The lock. (`_id` has its index anyway.)"""
        try:
            await self._events.create_index(
                [("session", ASCENDING), ("seq", ASCENDING)], unique=True, name="session_seq"
            )
            for kind in COUNTED:  # the few that totals count by the day
                await self._events.create_index(
                    [("received", ASCENDING)], name=kind, partialFilterExpression={"type": kind}
                )
        except PyMongoError as error:
            raise mongo.away(error) from error

    async def append(self, documents: Sequence[Document]) -> Appended:
        """Insert in order, durable on a majority's journal; stops at the first that clashes.

        Ordered, so that a session's later event never lands where its earlier one clashed. mongod groups ordered and
        unordered inserts alike, so it costs nothing while there is no clash. After StoreAway any number may have
        landed.
        """
        try:
            await self._events.insert_many(documents, ordered=True)
        except BulkWriteError as error:
            details = error.details or {}
            problems = details.get("writeErrors", [])
            if details.get("writeConcernErrors") or not problems:
                raise StoreAway("not yet on a majority") from error
            problem = problems[0]
            return Appended(details["nInserted"], _clash(problem))
        except PyMongoError as error:
            raise mongo.away(error) from error
        return Appended(len(documents), None)

    async def held(self, keys: Sequence[str]) -> dict[str, Held]:
        """Which of these `_id`s are there, durably."""
        try:
            cursor = self._events.find({"_id": {"$in": list(keys)}}, {"seq": 1, "mark": 1})
            return {row["_id"]: Held(row["seq"], bytes(row["mark"])) async for row in cursor}
        except PyMongoError as error:
            raise mongo.away(error) from error

    async def heads(self, sessions: AnyOf[str]) -> dict[str, int]:
        """The last seq of each session that has events."""
        stages: list[Document] = [
            {"$match": {"session": {"$in": list(sessions)}}},
            {"$sort": {"session": DESCENDING, "seq": DESCENDING}},
            {"$group": {"_id": "$session", "head": {"$first": "$seq"}, "type": {"$first": "$type"}}},
        ]
        found: dict[str, int] = {}
        try:
            async for row in self._events.aggregate(stages):
                session, head = row["_id"], row["head"]
                if row["type"] == ERASED:  # there may be one begun anew before it
                    begun = {"session": session, "seq": {"$gt": 0, "$lt": head}, "type": _EVENT}
                    newest = await self._events.find_one(begun, {"seq": 1}, sort=[("seq", DESCENDING)])
                    head = 0 if newest is None else newest["seq"]
                if head:
                    found[session] = head
            return found
        except PyMongoError as error:
            raise mongo.away(error) from error

    async def read(self, session: str, *, after: int = 0, limit: int = 500) -> list[Line]:
        """The events of a session with a seq above `after`, in order, at most `limit`."""
        query = {"session": session, "seq": {"$gt": after}, "type": _EVENT}
        try:
            cursor = self._events.find(query, {"_id": 0, "seq": 1, "event": 1}).sort("seq", ASCENDING).limit(limit)
            rows = await cursor.to_list(limit)
        except PyMongoError as error:
            raise mongo.away(error) from error
        return [Line(row["seq"], wire(row["seq"], row["event"])) for row in rows]

    async def latest(self, session: str, kind: str, *, limit: int) -> list[Line]:
        """The newest events of one type in a session, newest first."""
        query = {"session": session, "type": kind}
        try:
            cursor = self._events.find(query, {"_id": 0, "seq": 1, "event": 1}).sort("seq", DESCENDING).limit(limit)
            rows = await cursor.to_list(limit)
        except PyMongoError as error:
            raise mongo.away(error) from error
        return [Line(row["seq"], wire(row["seq"], row["event"])) for row in rows]

    async def find(self, session: str, ident: str) -> Line | None:
        """The event with the source's id, or None."""
        try:
            row = await self._events.find_one({"_id": key_of(session, ident), "type": _EVENT}, {"seq": 1, "event": 1})
        except PyMongoError as error:
            raise mongo.away(error) from error
        return None if row is None else Line(row["seq"], wire(row["seq"], row["event"]))

    async def newest(self, *, until: AnyOf[str], margin: int, limit: int, since: datetime | None = None) -> list[Trace]:
        """The latest documents, newest first: back to one whose `_id` is in `until`, and `margin` more.

        Inserts that run at the same time may become visible out of order; the margin is for those. At most `limit`.
        Needs no index and no clock: a reverse scan of the collection in its natural order. A crash of mongod shuffles
        what is newer than its last checkpoint, and a secondary has an order of its own: then `since`, before which
        the last `margin` must have come, too.
        """
        found: list[Trace] = []
        left = limit
        try:
            cursor = (
                self._events.find({}, {"session": 1, "seq": 1, "type": 1, "received": 1})
                .sort("$natural", DESCENDING)
                .limit(limit)
                .batch_size(READ)
            )
            while left > 0 and (rows := await cursor.to_list(READ)):  # row by row, each costs a turn of the loop
                for row in rows:
                    found.append(Trace(row["_id"], row["session"], row["seq"], row["type"] == ERASED))
                    if left > margin and row["_id"] in until:
                        left = margin
                    if since is not None and row["received"] > since:
                        left = max(left, margin)
                    left -= 1
                    if left <= 0:
                        break
            await cursor.close()
        except PyMongoError as error:
            raise mongo.away(error) from error
        return found

    async def counted(self, kind: str, *, since: datetime, limit: int) -> list[tuple[str, int, datetime]]:
        """(session, seq, received) of the events of a type in COUNTED that came since a time, the newest first."""
        query = {"type": kind, "received": {"$gte": since}}
        try:
            cursor = self._events.find(query, {"_id": 0, "session": 1, "seq": 1, "received": 1}, hint=kind)
            rows = cursor.sort("received", DESCENDING).limit(limit).batch_size(1_000)
            return [(row["session"], row["seq"], row["received"]) async for row in rows]
        except PyMongoError as error:
            raise mongo.away(error) from error

    async def sessions(self) -> list[str]:
        """Every session that has an event. For `live check`, not for a running hub."""
        stages: list[Document] = [
            {"$sort": {"session": DESCENDING, "seq": DESCENDING}},
            {"$group": {"_id": "$session", "type": {"$first": "$type"}}},
        ]
        try:
            found = {row["_id"]: row["type"] async for row in self._events.aggregate(stages, allowDiskUse=True)}
            fenced = await self.heads([session for session, kind in found.items() if kind == ERASED])
            return sorted(session for session, kind in found.items() if kind != ERASED or session in fenced)
        except PyMongoError as error:
            raise mongo.away(error) from error


def _clash(problem: Mapping[str, object]) -> Clash:
    if problem.get("code") != mongo.DUPLICATE:
        return Clash("refused", str(problem.get("errmsg", ""))[:300])
    pattern = problem.get("keyPattern")
    return Clash("id" if isinstance(pattern, Mapping) and "_id" in pattern else "seq")


def joined(lines: Iterable[Line]) -> str:
    """Lines -> a JSON array."""
    return f"[{','.join(line.json for line in lines)}]"
