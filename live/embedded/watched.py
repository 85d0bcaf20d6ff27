"""Those of the two servers that nobody named: started, watched, stopped."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from live.embedded.directory import DataUnusable, locked
from live.embedded.mongod import Mongod
from live.embedded.server import NotStarted, Server
from live.embedded.valkey import Valkey

AGAIN = 0.25  # seconds before one that ended is started again, doubled up to
AGAIN_AT_MOST = 15.0
LOOK = 60.0  # seconds between looks at the length of its log

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the servers are."""

    mongodb_url: str
    redis_url: str


@asynccontextmanager
async def servers(data: Path, *, mongodb_url: str | None, redis_url: str | None) -> AsyncIterator[Addresses]:
    """Those of the two servers whose address is not given, under `data`. Raises NoServer, NotStarted, DataUnusable."""
    async with AsyncExitStack() as stack:
        stack.enter_context(locked(data))
        own: list[Server] = []
        if mongodb_url is None:
            own.append(mongod := Mongod(data / "mongodb"))
            await stack.enter_async_context(mongod)
            mongodb_url = mongod.url
        if redis_url is None:
            own.append(valkey := Valkey(data / "valkey"))
            await stack.enter_async_context(valkey)
            redis_url = valkey.url
        async with _watching(own):
            yield Addresses(mongodb_url, redis_url)


@asynccontextmanager
async def _watching(own: list[Server]) -> AsyncIterator[None]:
    """Start again whatever ends. What the caller raises passes as it is, not in a group."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_keep_running(server)) for server in own]
            yield
            for task in tasks:
                task.cancel()
    except BaseExceptionGroup as raised:
        if len(raised.exceptions) == 1:
            raise raised.exceptions[0] from None
        raise


async def _keep_running(server: Server) -> NoReturn:
    pause = AGAIN
    while True:
        try:
            async with asyncio.timeout(LOOK):
                code = await server.ended()
        except TimeoutError:
            server.trim_log()
            pause = AGAIN
            continue
        logger.error("%s ended (%d) and is started again", server.program, code)
        await asyncio.sleep(pause)
        pause = min(2 * pause, AGAIN_AT_MOST)
        try:
            await server.start()
            logger.warning("%s is there again", server.program)
        except (NotStarted, DataUnusable) as error:
            logger.error("%s", error)
