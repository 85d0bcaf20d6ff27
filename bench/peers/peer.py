"""The others: one server process each, and one that publishes through the same Redis."""

import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.clients import Where
from bench.cluster import Program
from bench.rig import Rig

HERE = Path(__file__).parent
SERVERS = HERE / "servers"
PYTHON = HERE / ".venv" / "bin" / "python"
NODE_MODULES = HERE / "node_modules"


@dataclass(frozen=True, slots=True)
class Kind:
    """`about`: what it is. `path`, `greeting`: what a viewer asks for, and says first. `script`: of `servers/`."""

    name: str
    about: str
    script: str
    path: str = "/"
    greeting: bytes = b""

    @property
    def runner(self) -> list[str]:
        """What runs it."""
        if self.script.endswith(".mjs"):
            return ["node", str(SERVERS / self.script)]
        own = self.script == "websockets_server.py"  # the product has these two packages itself
        return [sys.executable if own else str(PYTHON), str(SERVERS / self.script)]

    @property
    def missing(self) -> str:
        """Why it cannot run here; empty where it can."""
        if self.script.endswith(".mjs"):
            return "" if (NODE_MODULES / "ws").exists() else "no node, or no modules: apt-get install nodejs npm"
        return "" if PYTHON.exists() else "its packages are not installed: make bench-peers"


_EIO = "/socket.io/?EIO=4&transport=websocket"
KINDS = (
    Kind("websockets", "websockets 16, `broadcast`: the floor in Python", "websockets_server.py"),
    Kind("Node ws", "ws 8.23 on Node", "ws.mjs"),
    Kind("socket.io", "socket.io 4.8 with its Redis adapter, on Node", "socketio.mjs", _EIO, b"40"),
    Kind("python-socketio", "python-socketio 5.18 with its Redis manager, uvicorn", "socketio_server.py", _EIO, b"40"),
    Kind("Channels", "Django Channels 4.3, channels_redis over pub/sub, daphne", "channels_server.py"),
)


class Peer(Program):
    """A peer's server on the loopback."""

    def __init__(self, kind: Kind, directory: Path, redis_url: str) -> None:
        super().__init__(directory, {"PATH": os.environ["PATH"]})
        self.kind, self.redis_url = kind, redis_url
        self.program = kind.name

    def _arguments(self) -> Sequence[str]:
        return [*self.kind.runner, "serve", f"{self.port}", self.redis_url]

    async def _ready(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True

    @property
    def rig(self) -> Rig:
        """To look at its process."""
        return Rig(Where(self.url, "", ""), pid=self.pid)

    async def publish(self, rate: int, seconds: float) -> None:
        """So many cards a second, by a process of its own; returns when it has ended."""
        command = [*self.kind.runner, "publish", self.redis_url, f"{rate}", f"{seconds}"]
        publisher = await asyncio.create_subprocess_exec(*command)
        if await publisher.wait():
            raise RuntimeError(f"the publisher of {self.kind.name} ended with {publisher.returncode}")
