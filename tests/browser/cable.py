"""The one address behind which hubs come and go, as behind a proxy: bytes pass through, nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from tests.hubs import RunningHub


class Cable:
    """Leads to the hub that it is plugged into."""

    def __init__(self, hub: RunningHub) -> None:
        self.url = ""
        self._ends: set[asyncio.StreamWriter] = set()
        self.plug(hub)

    def cut(self) -> None:
        """Every connection is gone, without a word."""
        for end in self._ends:
            end.transport.abort()

    def plug(self, hub: RunningHub) -> None:
        """New connections go to this hub."""
        self._port = urlsplit(hub.url).port

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either end closes it."""
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.close()
            return
        self._ends |= {writer, back}
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_pass(reader, back))
                group.create_task(_pass(there, writer))
        finally:
            self._ends -= {writer, back}


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while part := await reader.read(65_536):
            writer.write(part)
            await writer.drain()
    except ConnectionError:
        pass  # the other direction hears of it by itself
    finally:
        writer.close()


@asynccontextmanager
async def plugged(hub: RunningHub) -> AsyncIterator[Cable]:
    """A cable to this hub."""
    cable = Cable(hub)
    server = await asyncio.start_server(cable.carry, "127.0.0.1", 0)
    cable.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield cable
