"""A replica set of three on the loopback, whose nodes may be killed; and one node whose disk may be full."""

import asyncio
import errno
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Self

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import PyMongoError

from live.embedded import Mongod
from live.storage.mongo import Document

NODES = 3
# A node that nobody hears for so long is replaced: MongoDB's own default is 10 s.
ELECTION = 2_000  # milliseconds
HEARTBEAT = 500
_ASIDE = 500  # milliseconds for one question


class Node(Mongod):
    """One of several: it does not make a set of itself."""

    async def _ready(self) -> bool:
        return bool(await hello(self))


async def hello(node: Mongod) -> Document:
    """What it says of itself; nothing where it does not answer."""
    client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
        f"127.0.0.1:{node.port}", directConnection=True, timeoutMS=_ASIDE, serverSelectionTimeoutMS=_ASIDE
    )
    try:
        found: Document = await client.admin.command("hello")
        return found
    except PyMongoError:
        return {}
    finally:
        client.close()


async def primary(nodes: list[Mongod]) -> Mongod:
    """The one that takes writes, once there is one."""
    while True:
        for node in nodes:
            if node.running and (await hello(node)).get("isWritablePrimary"):
                return node
        await asyncio.sleep(0.05)


def address(nodes: list[Mongod]) -> str:
    """For LIVE_MONGODB_URL."""
    return f"mongodb://{','.join(f'127.0.0.1:{node.port}' for node in nodes)}/?replicaSet=live"


@asynccontextmanager
async def replicas(directory: Path) -> AsyncIterator[list[Mongod]]:
    """Three nodes with a primary."""
    nodes: list[Mongod] = [Node(directory / f"node-{n}") for n in range(NODES)]
    async with AsyncExitStack() as stack:
        for node in nodes:
            await stack.enter_async_context(node)
        members = [{"_id": n, "host": f"127.0.0.1:{node.port}"} for n, node in enumerate(nodes)]
        settings = {"electionTimeoutMillis": ELECTION, "heartbeatIntervalMillis": HEARTBEAT}
        client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(f"127.0.0.1:{nodes[0].port}", directConnection=True)
        try:
            config = {"_id": "live", "members": members, "settings": settings}
            await client.admin.command("replSetInitiate", config)
        finally:
            client.close()
        await primary(nodes)
        yield nodes


class Disk:
    """A small one of its own for a database; mounting takes root."""

    def __init__(self, place: Path, *, megabytes: int) -> None:
        self._place, self._megabytes = place, megabytes
        self._ballast = place / "ballast"

    def fill(self) -> None:
        """Not one byte is left."""
        part = b"\0" * 2**20
        with self._ballast.open("ab", buffering=0) as ballast:
            while part:
                try:
                    ballast.write(part)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    part = part[: len(part) // 2]

    def free(self) -> None:
        """There is room again."""
        self._ballast.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        self._place.mkdir(parents=True)
        options = f"size={self._megabytes}m"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(self._place)], check=True)
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", "--lazy", str(self._place)], check=True)
