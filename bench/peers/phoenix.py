"""Arize Phoenix with its own SQLite, and the hub, asked the same three things among 2,000 and 20,000 sessions.

How long from a turn sent until a list shows it, how long the first page of the list takes, how long one session.
"""

import asyncio
import os
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import httpx

from bench import seed
from bench.clients import quantiles
from bench.cluster import Program
from bench.peers.peer import PYTHON, SERVERS
from bench.peers.work import Work
from bench.rig import Rig, rig
from live.embedded.directory import free_port

TOGETHER = 500  # spans a request
PAUSE = 0.01  # seconds between two looks
LATE = 900.0  # seconds for all that was sent to be there
PAGE = 50


class Monitor(Protocol):
    """What is compared."""

    async def fill(self, first: int, count: int) -> None:
        """So many sessions, all to be seen when this returns."""

    async def send(self, session: str) -> float:
        """A session begins with one turn. The moment before it was sent, of the monotonic clock of this machine."""

    async def newest(self) -> list[str]:
        """The first page of sessions, as a list shows them."""

    async def ident(self, session: str) -> str:
        """By which a session of the first page is asked for."""

    async def open(self, ident: str) -> int:
        """One session with what was said. How much of it came."""


class OfPhoenix(Program):
    """Phoenix as it starts by itself: `phoenix serve`."""

    program = "phoenix"

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, {})
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(directory), "PHOENIX_WORKING_DIR": str(directory),
            "PHOENIX_HOST": "127.0.0.1", "PHOENIX_PORT": f"{self.port}",
            "PHOENIX_GRPC_PORT": f"{free_port(directory / 'grpc')}", "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
        }  # fmt: skip
        self._http = httpx.AsyncClient(trust_env=False, timeout=60)
        self._project = ""

    def _arguments(self) -> Sequence[str]:
        return [str(PYTHON.parent / "phoenix"), "serve"]

    async def _ready(self) -> bool:
        try:
            found = await self._ask("{projects{edges{node{id}}}}")
        except httpx.HTTPError:
            return False
        self._project = found["projects"]["edges"][0]["node"]["id"]
        return True

    async def _ask(self, query: str) -> dict[str, Any]:
        answer = await self._http.post(f"{self.url}/graphql", json={"query": query})
        found: dict[str, Any] = answer.raise_for_status().json()["data"]
        return found

    async def _of_project(self, fields: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self._ask(f'{{node(id:"{self._project}"){{...on Project{{{fields}}}}}}}'))[
            "node"
        ]
        return found

    async def _spans(self, *arguments: int) -> Process:
        script = [str(PYTHON), str(SERVERS / "phoenix_spans.py"), self.url, *map(str, arguments)]
        return await asyncio.create_subprocess_exec(*script, stdout=PIPE)

    async def fill(self, first: int, count: int) -> None:
        """Sent at once; it takes them in afterwards."""
        process = await self._spans(first, count, TOGETHER)
        await process.communicate()
        if process.returncode:
            raise RuntimeError(f"spans could not be sent: {process.returncode}")
        async with asyncio.timeout(LATE):
            while (await self._of_project("sessionCount"))["sessionCount"] < first + count:
                await asyncio.sleep(0.5)

    async def send(self, session: str) -> float:
        """By the same program, whose start is not measured; it is on its way when this returns."""
        process = await self._spans(int(session.removeprefix("seed-")), 1, 1)
        assert process.stdout is not None
        return float(await process.stdout.readline())

    async def newest(self) -> list[str]:
        """As its page asks for them: with the first and the last thing said, traces, tokens."""
        fields = "sessionId numTraces firstInput{value} lastOutput{value} tokenUsage{total}"
        return [edge["node"]["sessionId"] for edge in await self._sessions(fields)]

    async def _sessions(self, fields: str) -> list[dict[str, Any]]:
        asked = f"sessions(first:{PAGE},sort:{{col:startTime,dir:desc}}){{edges{{node{{{fields}}}}}}}"
        edges: list[dict[str, Any]] = (await self._of_project(asked))["sessions"]["edges"]
        return edges

    async def ident(self, session: str) -> str:
        """By which it is asked for."""
        edges = await self._sessions("id sessionId")
        return str(next(edge["node"]["id"] for edge in edges if edge["node"]["sessionId"] == session))

    async def open(self, ident: str) -> int:
        """Its turns with their input and output."""
        spans = "rootSpan{startTime input{value} output{value}}"
        asked = f'{{node(id:"{ident}"){{...on ProjectSession{{traces(first:{PAGE}){{edges{{node{{{spans}}}}}}}}}}}}}'
        return len((await self._ask(asked))["node"]["traces"]["edges"])


class OfLive:
    """The hub."""

    def __init__(self, hub: Rig) -> None:
        self._hub = hub
        self._http = httpx.AsyncClient(base_url=hub.where.url, trust_env=False, timeout=60)
        self._reads = {"Authorization": f"Bearer {hub.where.token}"}
        self._sends = {"Authorization": f"Bearer {hub.where.key}"}

    async def fill(self, first: int, count: int) -> None:
        """All durable."""
        await seed.fill(self._hub.where, range(first, first + count), stay=0)

    async def send(self, session: str) -> float:
        """It is durable when this returns."""
        sent = time.monotonic()
        fact = {"type": "message", "session": session, "id": "m", "role": "user", "text": "Where is my order?"}
        (await self._http.post("/api/v1/events", json=fact, headers=self._sends)).raise_for_status()
        return sent

    async def newest(self) -> list[str]:
        """Cards, with the count of all."""
        answer = await self._http.get("/api/v1/sessions", params={"limit": PAGE}, headers=self._reads)
        return [card["session"].removeprefix("web:") for card in answer.raise_for_status().json()["cards"]]

    async def ident(self, session: str) -> str:
        """By which it is asked for."""
        return quote(f"web:{session}")

    async def open(self, ident: str) -> int:
        """Its events."""
        answer = await self._http.get(f"/api/v1/sessions/{ident}/events", headers=self._reads)
        return len(answer.raise_for_status().json()["events"])


@dataclass(frozen=True, slots=True)
class Seen:
    """Milliseconds among so many sessions: until a list shows a turn, the list's first page, one session."""

    sessions: int
    visible: dict[str, float]
    listed: dict[str, float]
    opened: dict[str, float]


async def asked(monitor: Monitor, *, work: Work) -> AsyncIterator[Seen]:
    """At each size."""
    there = 0
    for size in work.sizes:
        await monitor.fill(there, size - there)
        ident = await monitor.ident((await monitor.newest())[0])
        listed = await _timed(monitor.newest, times=work.asked)
        opened = await _timed(lambda: monitor.open(ident), times=work.asked)  # noqa: B023 - asked before the next size
        visible = [await _visible(monitor, f"seed-{size + number}") for number in range(work.sent)]
        there = size + work.sent
        yield Seen(size, quantiles(visible), quantiles(listed), quantiles(opened))


async def _timed(ask: Callable[[], Awaitable[object]], *, times: int) -> list[float]:
    took = []
    for _ in range(times):
        began = time.monotonic()
        if not await ask():
            raise RuntimeError("nothing is there")
        took.append((time.monotonic() - began) * 1000)
    return took


async def _visible(monitor: Monitor, session: str) -> float:
    sent = await monitor.send(session)
    async with asyncio.timeout(LATE):
        while session not in await monitor.newest():
            await asyncio.sleep(PAUSE)
    return (time.monotonic() - sent) * 1000


@asynccontextmanager
async def phoenix(directory: Path) -> AsyncIterator[Monitor]:
    """A fresh one."""
    async with OfPhoenix(directory) as made:
        yield made


@asynccontextmanager
async def live() -> AsyncIterator[Monitor]:
    """A fresh hub."""
    async with rig() as made:
        yield OfLive(made)
