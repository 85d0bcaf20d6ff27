"""The one place that makes a MongoDB client: write concern, time limits, indexes, and what its errors mean."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import WriteConcern
from pymongo.errors import ConfigurationError, ConnectionFailure, ExecutionTimeout, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern

from live.errors import SettingError, StoreAway

Document: TypeAlias = dict[str, Any]
Database: TypeAlias = AsyncIOMotorDatabase[Document]
Collection: TypeAlias = AsyncIOMotorCollection[Document]
DUPLICATE = 11000


@asynccontextmanager
async def database(url: str, name: str, *, timeout: float) -> AsyncIterator[Database]:
    """The hub's database: acknowledged means on a majority's journal; an operation takes at most `timeout` seconds.

    Motor knows no limit by default (a hung mongod blocks for a minute), and a time-out means "unknown", never "failed".
    Raises SettingError for an address that cannot be read. Nothing is connected before the first operation.
    """
    try:
        client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
            url,
            timeoutMS=round(timeout * 1000),
            serverSelectionTimeoutMS=round(timeout * 1000),
            connectTimeoutMS=round(timeout * 1000),
            heartbeatFrequencyMS=1000,
            minPoolSize=4,  # without it the first burst waits for handshakes, two at a time
            maxPoolSize=32,
            appname="live",
            tz_aware=True,
        )
    except (ConfigurationError, ValueError) as error:
        raise SettingError("LIVE_MONGODB_URL", f"an address of MongoDB ({error})", "…") from None
    try:
        yield client.get_database(
            name,
            codec_options=CodecOptions(tz_aware=True),
            write_concern=WriteConcern(w="majority", j=True),
            read_concern=ReadConcern("majority"),  # what a viewer sees can never be rolled back
        )
    finally:
        client.close()


def is_away(error: PyMongoError) -> bool:
    """Is the outcome unknown, or the store not there: is asking again right?"""
    if isinstance(error, ConnectionFailure | ExecutionTimeout) or error.timeout:
        return True
    if error.has_error_label("RetryableWriteError") or error.has_error_label("RetryableError"):
        return True
    return isinstance(error, OperationFailure) and error.code in _PASSING


# NotWritablePrimary and its kin, shutting down, interrupted, out of disk: the server will be well again
_PASSING = frozenset({6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436, 14031, 50, 64, 112, 202, 24, 133, 134})


def away(error: PyMongoError) -> StoreAway:
    """The error to raise for it."""
    return StoreAway(type(error).__name__)
