"""A line that can be made bad: cut, reset, refused, stalled, slow, deaf in one direction, or edited on its way."""

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import Enum

from tests.browser.cable import Cable, Plug

SLOTS = 64  # parts on their way on a slow line
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: no farewell, but a reset


class Way(Enum):
    """A direction."""

    THERE = "there"  # from the client to the server
    BACK = "back"  # from the server to the client


BOTH = frozenset(Way)
Edit = Callable[[bytes], bytes]  # of one connection: what came -> what is passed on, with what it kept from before


class Proxy(Cable):
    """Leads to a server, or to any of several; every fault holds for the connections that are there, and new ones."""

    def __init__(self, *to: Plug, rng: random.Random | None = None) -> None:
        super().__init__()
        self._to, self._rng = list(to), rng or random.Random(0)
        self._flows = {way: asyncio.Event() for way in Way}
        self._deaf: frozenset[Way] = frozenset()
        self.delay = 0.0  # seconds, each way
        self.refusing = False
        self.edit: Callable[[], Edit] | None = None  # of what comes back; made anew for each connection
        self.flow()

    def lead(self, *to: Plug) -> None:
        """New connections go to one of these; to none, they are refused."""
        self._to = list(to)

    def reset(self) -> None:
        """Every connection ends with a reset."""
        for end in self._ends:
            end.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.cut()

    def stall(self, ways: frozenset[Way] = BOTH) -> None:
        """Nothing moves any more; the senders' buffers fill."""
        for way in ways:
            self._flows[way].clear()

    def drop(self, *ways: Way) -> None:
        """What goes this way vanishes, and nobody is told: a half-open line."""
        self._deaf = frozenset(ways)

    @property
    def ports(self) -> list[int]:
        """Its own, of all connections to servers that are there."""
        own = int(self.url.rpartition(":")[2])
        ports = [int(end.get_extra_info("sockname")[1]) for end in self._ends]
        return [port for port in ports if port != own]

    def flow(self) -> None:
        """The line is well again. Connections that have lost something end: a stream with a hole is none."""
        for gate in self._flows.values():
            gate.set()
        self.delay, self.refusing = 0.0, False
        if self._deaf or self.edit is not None:
            self._deaf, self.edit = frozenset(), None
            self.cut()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.refusing or not self._to:
            raise ConnectionRefusedError
        for to in self._rng.sample(self._to, len(self._to)):
            self.plug(to)
            try:
                return await super()._open()
            except OSError:
                continue  # another may be there
        raise ConnectionRefusedError

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, homeward: bool) -> None:
        way = Way.BACK if homeward else Way.THERE
        edit = self.edit() if self.edit is not None and homeward else None
        time = asyncio.get_running_loop().time
        under_way: asyncio.Queue[tuple[float, bytes | None]] = asyncio.Queue(SLOTS)

        async def deliver() -> None:
            while True:
                due, part = await under_way.get()
                if due > time():
                    await asyncio.sleep(due - time())
                await self._flows[way].wait()
                if part is None:
                    return
                if way not in self._deaf:
                    writer.write(part)
                    await writer.drain()

        async def take() -> None:
            while part := await reader.read(65_536):
                await self._flows[way].wait()
                await under_way.put((time() + self.delay, edit(part) if edit is not None else part))
            await under_way.put((0.0, None))

        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(deliver())
                group.create_task(take())
        except* ConnectionError:
            pass  # the other direction hears of it by itself
        finally:
            writer.close()


@asynccontextmanager
async def proxied(*to: Plug, rng: random.Random | None = None) -> AsyncIterator[Proxy]:
    """A line to this server, or to any of these."""
    line = Proxy(*to, rng=rng)
    async with line.laid():
        try:
            yield line
        finally:
            line.flow()
            line.lead()
            line.cut()
