"""The MongoDB of a data directory, for a command that needs no hub: the one that runs, else one for the moment."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from live.embedded.directory import DataTaken, locked
from live.embedded.mongod import Mongod, address
from live.errors import LiveError

logger = logging.getLogger(__name__)


class NoData(LiveError):
    """There is no data directory, or it is of a `live up` with another store."""

    def __init__(self, directory: Path, reason: str) -> None:
        super().__init__(directory, reason)
        self.directory, self.reason = directory, reason

    def __str__(self) -> str:
        return f"{self.directory} {self.reason}: name its data directory with --data, or set LIVE_MONGODB_URL"


@asynccontextmanager
async def store(data: Path) -> AsyncIterator[str]:
    """Its address. While a `live up` has the directory, that one's; else it is started, and stopped on leaving.

    Raises NoData, NoServer, NotStarted, DataUnusable.
    """
    kept = data / "mongodb"
    if not (kept / "db").is_dir():
        raise NoData(data, "holds no data of a `live up`")
    async with AsyncExitStack() as stack:
        try:
            stack.enter_context(locked(data))
        except DataTaken:
            yield _running(kept)
            return
        logger.info("no `live up` runs on %s: starting its MongoDB for the moment", data)
        yield (await stack.enter_async_context(Mongod(kept))).url


def _running(kept: Path) -> str:
    try:
        (kept / "pid").read_text()  # it is there from the start to the stop
        return address(int((kept / "port").read_text()))
    except (OSError, ValueError):
        raise NoData(
            kept.parent, "is in use by a `live up` without a MongoDB of its own, or by one that stops"
        ) from None
