"""The last hours, minute by minute: what the totals of a wall were, so that a hub that starts knows the trend.

    minutes  {_id: "<of> <minute>", numbers: […], at: Date}

`of` names the totals; `minute` is its number since 1970. The first hub writes it; MongoDB deletes it after KEPT.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError, PyMongoError

from live.storage import mongo
from live.storage.mongo import Collection, Database

KEPT = 2 * 3600  # seconds


class Minutes:
    """Every method raises StoreAway."""

    def __init__(self, database: Database) -> None:
        self._minutes: Collection = database["minutes"]

    async def ensure_indexes(self) -> None:
        """For MongoDB to delete what is old."""
        try:
            await self._minutes.create_index([("at", ASCENDING)], name="at", expireAfterSeconds=KEPT)
        except PyMongoError as error:
            raise mongo.away(error) from error

    async def keep(self, of: str, minute: int, numbers: Sequence[int]) -> None:
        """The numbers at the end of a minute; what another hub wrote stays."""
        at = datetime.fromtimestamp(60 * minute, UTC)
        try:
            await self._minutes.insert_one({"_id": f"{of} {minute}", "numbers": list(numbers), "at": at})
        except DuplicateKeyError:
            return
        except PyMongoError as error:
            raise mongo.away(error) from error

    async def read(self, of: str, *, first: int, last: int) -> dict[int, list[int]]:
        """Minute -> numbers, of those from `first` to `last` that are known."""
        wanted = {f"{of} {minute}": minute for minute in range(first, last + 1)}
        try:
            cursor = self._minutes.find({"_id": {"$in": list(wanted)}})
            return {wanted[row["_id"]]: [int(number) for number in row["numbers"]] async for row in cursor}
        except PyMongoError as error:
            raise mongo.away(error) from error
