"""The one address behind which servers come and go, as behind a proxy: bytes pass through, nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol
from urllib.parse import urlsplit


class Plug(Protocol):
    """Anything that listens: a hub, a server."""

    @property
    def url(self) -> str:
        """Its address."""


class Cable:
    """Leads to the server that it is plugged into."""

    def __init__(self, to: Plug | None = None) -> None:
        self.url = ""
        self._ends: set[asyncio.StreamWriter] = set()
        if to is not None:
            self.plug(to)

    def cut(self) -> None:
        """Every connection is gone, without a word."""
        for end in self._ends:
            end.transport.abort()

    def plug(self, to: Plug) -> None:
        """New connections go to this one."""
        port = urlsplit(to.url).port
        assert port is not None
        self._port = port

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either end closes it."""
        try:
            there, back = await self._open()
        except OSError:
            writer.close()
            return
        self._ends |= {writer, back}
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pass(reader, back, homeward=False))
                group.create_task(self._pass(there, writer, homeward=True))
        finally:
            self._ends -= {writer, back}

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to where it leads. Raises OSError."""
        return await asyncio.open_connection("127.0.0.1", self._port)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, homeward: bool) -> None:
        """One direction, until its end; `homeward` is from the server to the client."""
        try:
            while part := await reader.read(65_536):
                writer.write(part)
                await writer.drain()
        except ConnectionError:
            pass  # the other direction hears of it by itself
        finally:
            writer.close()

    @asynccontextmanager
    async def laid(self, port: int = 0) -> AsyncIterator[None]:
        """It has its address meanwhile."""
        server = await asyncio.start_server(self.carry, "127.0.0.1", port)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            yield


@asynccontextmanager
async def plugged(to: Plug) -> AsyncIterator[Cable]:
    """A cable to this server."""
    cable = Cable(to)
    async with cable.laid():
        yield cable
