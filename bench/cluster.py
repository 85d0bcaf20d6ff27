"""A deployment on the loopback: three mongods, a Valkey Cluster of three, HAProxy, and three hubs behind it.

HAProxy runs with docs/deploy/haproxy.cfg as it is; only the addresses are others, by its environment.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from live import embedded
from live.embedded import Mongod, Server, Valkey
from live.embedded.directory import free_port
from tests.chaos import replicas
from tests.hubs import ADMIN, KEYS, TOKEN, own_environment

CONFIGURATION = Path(__file__).parent.parent / "docs" / "deploy" / "haproxy.cfg"
DATABASE = "rolling"
SLOTS = 16_384  # of a Valkey Cluster
HUBS = 3
CONNECTIONS = 4_000  # of HAProxy: a plain user may open few files
PATIENCE = 30.0  # seconds for the nodes to know each other


class ClusterNode(Valkey):
    """A Valkey that is one of several."""

    def _command(self) -> Sequence[str]:
        return [*super()._command(), "--cluster-enabled", "yes", "--cluster-node-timeout", "2000"]


class Program(Server):
    """A program with an environment of its own, on a port that is known before it starts, and stays."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        super().__init__(directory)
        self.directory.mkdir(parents=True)
        self.port = free_port(self.directory / "port")
        self.environment = environment

    def _arguments(self) -> Sequence[str]:
        raise NotImplementedError

    def _command(self) -> Sequence[str]:
        # `env` becomes the program. The settings of whoever runs this do not count
        others = [f"-u{name}" for name in os.environ.keys() - own_environment().keys()]
        given = [f"{name}={value}" for name, value in self.environment.items()]
        return ["/usr/bin/env", *others, *given, *self._arguments()]

    @property
    def url(self) -> str:
        """Its own."""
        return f"http://127.0.0.1:{self.port}"

    async def _ready(self) -> bool:
        return await status(self.port) == _READY


class Hub(Program):
    """One hub: ready when it says so."""

    program = "hub"

    def _arguments(self) -> Sequence[str]:
        return [sys.executable, "-m", "live", "serve", "--port", f"{self.port}"]


class HAProxy(Program):
    """Ready when it runs: who is behind it may come later."""

    program = "haproxy"

    def _arguments(self) -> Sequence[str]:
        return ["haproxy", "-db", "-f", str(CONFIGURATION)]

    async def _ready(self) -> bool:
        return await status(self.port) is not None


@dataclass(frozen=True, slots=True)
class Deployment:
    """Everything that runs. `url`: the front, where clients go."""

    mongods: list[Mongod]
    valkeys: list[ClusterNode]
    haproxy: HAProxy
    hubs: list[Hub]
    mongodb_url: str

    @property
    def url(self) -> str:
        """The front."""
        return self.haproxy.url


def settings_of(mongodb_url: str, redis_url: str) -> dict[str, str]:
    """Of each hub, with what opens it."""
    return {
        "LIVE_MONGODB_URL": mongodb_url,
        "LIVE_MONGODB_DATABASE": DATABASE,
        "LIVE_REDIS_URL": redis_url,
        "LIVE_BOOTSTRAP_ADMIN": ":".join(ADMIN),
        "LIVE_BOOTSTRAP_KEYS": ",".join(f"{name}={key}" for name, key in KEYS.items()),
        "LIVE_BOOTSTRAP_TOKEN": TOKEN,
    }


_READY = 200


async def status(port: int) -> int | None:
    """Of `/readyz`; None where nobody answers."""
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                return int((await reader.readline()).split()[1])
            finally:
                writer.close()
    except (OSError, TimeoutError, IndexError):
        return None


@asynccontextmanager
async def deployment(directory: Path, **environment: str) -> AsyncIterator[Deployment]:
    """All of it, ready. `environment` adds to the hubs' settings."""
    async with AsyncExitStack() as stack:
        mongods = await stack.enter_async_context(replicas.replicas(directory))
        valkeys = [await stack.enter_async_context(ClusterNode(directory / f"valkey-{n}")) for n in range(3)]
        await meet(valkeys)
        bus = f"127.0.0.1:{free_port(directory / 'bus')}"
        settings = settings_of(replicas.address(mongods), f"redis://{bus}") | environment
        hubs = [Hub(directory / f"hub-{n}", settings) for n in range(HUBS)]
        places = {f"HUB{n}": f"127.0.0.1:{hub.port}" for n, hub in enumerate(hubs, 1)}
        places |= {f"VALKEY{n}": f"127.0.0.1:{node.port}" for n, node in enumerate(valkeys, 1)}
        haproxy = HAProxy(directory / "haproxy", places | {"BUS": bus})
        haproxy.environment = {**haproxy.environment, "FRONT": f"127.0.0.1:{haproxy.port}", "MAXCONN": f"{CONNECTIONS}"}
        await stack.enter_async_context(haproxy)
        for hub in hubs:
            await stack.enter_async_context(hub)
        yield Deployment(mongods, valkeys, haproxy, hubs, settings["LIVE_MONGODB_URL"])


async def meet(nodes: Sequence[embedded.Valkey]) -> None:
    """Make one cluster of them, each with a part of the slots; none has a replica, for nothing is stored."""
    clients = [Redis.from_url(node.url) for node in nodes]
    try:
        for n, client in enumerate(clients):
            first, end = (SLOTS * part // len(nodes) for part in (n, n + 1))
            await _told(client, "ADDSLOTSRANGE", first, end - 1)
            await _told(client, "SET-CONFIG-EPOCH", n + 1)
        for node in nodes[1:]:
            await _told(clients[0], "MEET", "127.0.0.1", node.port)
        async with asyncio.timeout(PATIENCE):
            while not all([await _knows_all(client, len(nodes)) for client in clients]):
                await asyncio.sleep(0.1)
    finally:
        for client in clients:
            await client.aclose()


async def _knows_all(client: "Redis", count: int) -> bool:
    try:
        told = await _told(client, "INFO")
    except RedisError:
        return False
    return "cluster_state:ok" in told and f"cluster_known_nodes:{count}" in told


async def _told(client: "Redis", *command: str | int) -> str:
    """The answer to a CLUSTER command."""
    found: bytes = await client.execute_command("CLUSTER", *command)  # type: ignore[no-untyped-call]
    return found.decode()
