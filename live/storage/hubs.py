"""The hubs that run, or ran and left work behind: one document each.

    {_id: hub, beat: Date of the store's clock, mark: ["web:8f3a m-1", …]}

`mark` holds the `_id`s of the newest events when the hub last knew every card before them to be written. A hub that
ends in good order removes its document; what a crashed one leaves tells the next from where on to look.
"""

from dataclasses import dataclass
from datetime import datetime

from pymongo.errors import PyMongoError

from live.storage import mongo
from live.storage.mongo import Collection, Database

DEAD = 15_000  # ms without a beat


@dataclass(frozen=True, slots=True)
class Left:
    """A hub's mark, when it beat last, and whether it stopped beating."""

    hub: str
    mark: frozenset[str]
    beat: datetime
    dead: bool


class Hubs:
    """Every method raises StoreAway."""

    def __init__(self, database: Database) -> None:
        self._hubs: Collection = database["hubs"]

    async def beat(self, hub: str, mark: list[str]) -> None:
        """The hub runs, and all cards before `mark` are written."""
        try:
            await self._hubs.update_one(
                {"_id": hub}, {"$set": {"mark": mark}, "$currentDate": {"beat": True}}, upsert=True
            )
        except PyMongoError as error:
            raise mongo.away(error) from error

    async def others(self, hub: str) -> list[Left]:
        """The other hubs' marks. By the store's clock, so that no hub's own matters."""
        dead = {"$lt": ["$beat", {"$subtract": ["$$NOW", DEAD]}]}
        try:
            cursor = self._hubs.aggregate(
                [{"$match": {"_id": {"$ne": hub}}}, {"$project": {"mark": 1, "beat": 1, "dead": dead}}]
            )
            return [Left(row["_id"], frozenset(row["mark"]), row["beat"], row["dead"]) async for row in cursor]
        except PyMongoError as error:
            raise mongo.away(error) from error

    async def remove(self, hub: str) -> None:
        """That hub ended, and what it left is seen to."""
        try:
            await self._hubs.delete_one({"_id": hub})
        except PyMongoError as error:
            raise mongo.away(error) from error
