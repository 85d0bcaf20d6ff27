"""The one place that makes a MongoDB client: write concern, time limits, indexes, and what its errors mean."""

import asyncio
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
APP = "live"  # what our connections call themselves


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
            appname=APP,
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
_PASSING = frozenset(
    {6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436, 14031, 50, 64, 112, 202, 24, 133, 134}
)


def away(error: PyMongoError) -> StoreAway:
    """The error to raise for it."""
    return StoreAway(type(error).__name__)


async def ping(database: Database) -> str:
    """Does it answer? Which process it is that takes writes now. Raises StoreAway."""
    try:
        hello = await database.command("hello")
    except PyMongoError as error:
        raise away(error) from error
    return str(hello.get("topologyVersion", {}).get("processId", ""))


async def check(database: Database) -> None:
    """Can it be the truth? Raises SettingError for a standalone or too old server, StoreAway where nobody answers."""
    try:
        hello = await database.command("hello")
    except PyMongoError as error:
        raise away(error) from error
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise SettingError(
            "LIVE_MONGODB_URL", "a replica set, of one node if need be (mongod --replSet)", "a standalone server"
        )
    if hello["maxWireVersion"] < _MONGODB_5:
        raise SettingError("LIVE_MONGODB_URL", "MongoDB 5.0 or newer", f"wire version {hello['maxWireVersion']}")


_MONGODB_5 = 13  # its wire version: the first with snapshot reads outside transactions


async def make_replica_set(port: int, *, name: str) -> None:
    """Make the mongod on this port of the loopback the one node of a replica set, whatever its port was before.

    Returns when it takes writes. Raises StoreAway while it does not answer: ask again.
    """
    host = f"127.0.0.1:{port}"
    client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
        host, directConnection=True, timeoutMS=2000, serverSelectionTimeoutMS=1000
    )
    members = [{"_id": 0, "host": host}]
    try:
        try:
            found = (await client.admin.command("replSetGetConfig"))["config"]
        except OperationFailure as error:
            if error.code != _NOT_YET_INITIALIZED:
                raise
            await client.admin.command("replSetInitiate", {"_id": name, "members": members})
        else:
            if found["members"][0]["host"] != host:
                config = {**found, "version": found["version"] + 1, "members": members}
                await client.admin.command("replSetReconfig", config, force=True)
        while not (await client.admin.command("hello")).get("isWritablePrimary"):
            await asyncio.sleep(0.05)
    except PyMongoError as error:
        raise away(error) from error
    finally:
        client.close()


_NOT_YET_INITIALIZED = 94
