"""A whole system on the loopback, under traffic, in which anything may be killed: servers, hubs, sources, viewers."""

import asyncio
import os
import random
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from collections.abc import Collection as AnyOf
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

from live import embedded
from live.embedded import Mongod, Valkey
from tests.chaos import oracle, replicas
from tests.chaos.footprint import Footprint, footprint
from tests.chaos.oracle import Place, Verdict
from tests.chaos.proxy import Proxy, proxied
from tests.chaos.sources import Acks, Talk, speak
from tests.chaos.viewers import Viewer
from tests.hubs import ENDS, RunningHub, StartHub
from tests.servers import until

SERVED = Path(__file__).with_name("served.py")
DATABASE = "chaos"
LOG = 4_000  # characters of a hub's log
PATIENCE = 30.0  # seconds for what must happen in the end
# It lets a stopped process go on, and so end, should we die meanwhile: SIGTERM alone waits for that
_GUARD = 'trap "kill -CONT $0" TERM; sleep 3600 & wait'


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a scenario needs. `rate`: events a second of each source; `odd`: environment of the last hub alone."""

    hubs: int = 2
    replicas: bool = False
    store_line: bool = False  # hubs reach MongoDB through `World.store_line`
    bus_lines: bool = False  # each hub reaches Valkey through a line of its own, `World.bus_line`
    disk: int = 0  # megabytes of the one that the database has for itself
    viewers: int = 10
    sources: int = 3
    sessions: int = 6  # at a time, of each source
    rate: float = 40.0
    limit: int = 1_000  # of the viewers' lists
    heartbeat: float = 1.0  # seconds, of the hubs
    seconds: float = 60.0  # of a scenario that goes on for as long as one likes
    settings: Mapping[str, str] = field(default_factory=dict)
    odd: Mapping[str, str] = field(default_factory=dict)


class World:
    """Made by `world`. Hubs and viewers come and go in it."""

    def __init__(self, setup: Setup, *, rng: random.Random, tasks: asyncio.TaskGroup) -> None:
        self.setup, self.rng = setup, rng
        self.mongods: list[Mongod] = []
        self.disk: replicas.Disk | None = None
        self.bus_lines: dict[str, Proxy] = {}  # by hub, also of those that are gone
        self.hubs: list[RunningHub] = []  # those that are there
        self.viewers: list[Viewer] = []
        self.everybody: list[Viewer] = []  # who ever came
        self.eyes: dict[str, Viewer] = {}  # one that stays, by hub
        self.acks = Acks()
        self.kills: Counter[str] = Counter()
        self.mongodb_url = ""  # of the store itself
        self._tasks = tasks
        self._running: dict[Viewer, asyncio.Task[None]] = {}
        self._speaking: list[asyncio.Task[None]] = []
        self._over = asyncio.Event()
        self._guards: dict[int, subprocess.Popen[bytes]] = {}
        self._before: dict[str, tuple[Footprint, int]] = {}  # by hub, and how many viewers it had
        self._probes = 0
        self._http = httpx.AsyncClient()
        self.valkey: Valkey
        self.store_line: Proxy
        self.front: Proxy
        self.start: StartHub
        self.lines: AsyncExitStack

    def dice(self) -> random.Random:
        """For one who draws whenever it needs to: the order in which many do is not of the seed."""
        return random.Random(self.rng.random())

    # hubs ---------------------------------------------------------------------------------------------------------

    async def add_hub(self, **environment: str) -> RunningHub:
        """One more hub, with a viewer that stays there. What it holds is noted once that sees something."""
        line = await self.lines.enter_async_context(proxied(self.valkey)) if self.setup.bus_lines else None
        if line is not None:
            environment = {"LIVE_REDIS_URL": line.url.replace("http", "redis"), **environment}
        beat = {"LIVE_HEARTBEAT": f"{self.setup.heartbeat * 1000:.0f}ms"}
        hub = await asyncio.to_thread(self.start, DATABASE, **{**beat, **self.setup.settings, **environment})
        if line is not None:
            self.bus_lines[hub.url] = line
        self.into_rotation(hub)
        if self._speaking:
            self._tasks.create_task(self._note(hub))
        return hub

    async def _note(self, hub: RunningHub) -> None:
        """What it holds in the beginning. One that is gone before it shows anything is not judged."""
        while hub in self.hubs and not self.eyes[hub.url].fresh:
            await asyncio.sleep(0.05)
        if hub not in self.hubs:
            return
        try:
            self._before[hub.url] = await footprint(hub), len(self._there(hub))
        except (AssertionError, OSError):  # of a process that is gone
            if hub in self.hubs:
                raise

    def bus_line(self, hub: RunningHub) -> Proxy:
        """Between this hub and Valkey."""
        return self.bus_lines[hub.url]

    def kill_hub(self, hub: RunningHub) -> None:
        """SIGKILL. Who was there comes back elsewhere."""
        self.out_of_rotation(hub)
        hub.kill()
        self.kills["hub"] += 1

    async def stop_hub(self, hub: RunningHub) -> int:
        """SIGTERM; its exit code."""
        self.out_of_rotation(hub)
        hub.process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(hub.code)

    def out_of_rotation(self, hub: RunningHub) -> None:
        """Whoever comes is sent to another hub, as a load balancer does by /readyz."""
        self.leave(self.eyes.pop(hub.url))
        self.hubs.remove(hub)
        self.front.lead(*self.hubs)

    def into_rotation(self, hub: RunningHub) -> None:
        """It is there again."""
        self.hubs.append(hub)
        self.front.lead(*self.hubs)
        self.eyes[hub.url] = self.come(hub)

    def urls(self) -> list[str]:
        """Of the hubs that are there."""
        return [hub.url for hub in self.hubs]

    # stopped processes --------------------------------------------------------------------------------------------

    def pause(self, pid: int) -> None:
        """SIGSTOP; it ends with us all the same."""
        command = embedded.ending_with_us(["/bin/sh", "-c", _GUARD, str(pid)])
        self._guards[pid] = subprocess.Popen(command, start_new_session=True)
        os.kill(pid, signal.SIGSTOP)

    def resume(self, pid: int) -> None:
        """SIGCONT."""
        os.kill(pid, signal.SIGCONT)
        guard = self._guards.pop(pid, None)
        if guard is not None:
            os.killpg(guard.pid, signal.SIGKILL)
            guard.wait()

    def resume_all(self) -> None:
        """Whatever is still stopped goes on."""
        for pid in list(self._guards):
            self.resume(pid)

    async def restart(self, server: Mongod | Valkey) -> None:
        """SIGKILL, and start it again."""
        server.kill()
        await server.ended()
        self.kills[server.program] += 1
        await server.start()

    # viewers, sources ---------------------------------------------------------------------------------------------

    def come(
        self, hub: RunningHub | None = None, *, first: RunningHub | None = None, query: str = "",
        session: str | None = None,
    ) -> Viewer:  # fmt: skip
        """One more viewer, at this hub, or at any; or at the `first` one for as long as that is in rotation."""
        hubs = self.urls if hub is None else lambda: [hub.url]
        if first is not None:
            hubs = lambda: [first.url] if first in self.hubs else self.urls()  # noqa: E731
        token = self.start.started[0].token
        viewer = Viewer(
            hubs, token=token, rng=self.dice(), query=query, limit=self.setup.limit, session=session,
            heartbeat=self.setup.heartbeat,
        )  # fmt: skip
        self.everybody.append(viewer)
        self._running[viewer] = self._tasks.create_task(viewer.run())
        return viewer

    def leave(self, viewer: Viewer) -> None:
        """A viewer goes for good."""
        self._running.pop(viewer).cancel()

    def begin(self) -> None:
        """Traffic."""
        setup = self.setup
        queries = ("", "", "status=open", "sentiment=negative", "tag=vip&status=closed", "channel=web&goal=booked")
        names = list(self.start.started[0].keys)[: setup.sources]
        for n in range(setup.viewers):
            name = names[n % len(names)]
            session = f"{name}:{name}-{n // len(names) + 1}" if n < setup.viewers // 2 else None
            self.viewers.append(self.come(query=queries[n % len(queries)], session=session))
        for name in names:
            talk = Talk(name, sessions=setup.sessions, rng=self.dice())
            key = self.start.started[0].keys[name]
            said = speak(talk, self.acks, url=self.front.url, key=key, rate=setup.rate, over=self._over)
            self._speaking.append(self._tasks.create_task(said))

    async def under_way(self) -> None:
        """Every viewer sees, everything is acknowledged, for a moment; then what hubs hold is noted."""
        await until(lambda: self.acks.count >= 30 * len(self._speaking), what="acks", patience=PATIENCE)
        await self.all_fresh()
        for hub in self.hubs:
            await self._note(hub)

    async def all_fresh(self) -> None:
        """Every viewer has a list."""
        await until(lambda: all(one.fresh for one in self._running), what="every viewer is back", patience=PATIENCE)

    async def more_acks(self, count: int, *, patience: float = PATIENCE) -> float:
        """Until so many more events were acknowledged; the seconds it took."""
        began, wanted = time.monotonic(), self.acks.count + count
        await until(lambda: self.acks.count >= wanted, what=f"{count} more acks", patience=patience)
        return time.monotonic() - began

    async def post(self, hub: RunningHub, *, session: str | None = None, timeout: float = 20.0) -> tuple[int, float]:
        """One event over HTTP: status and seconds. What is acknowledged counts."""
        self._probes += 1
        event = {"type": "message", "session": session or f"probe-{self._probes}", "id": f"p-{self._probes}"}
        body = event | {"role": "user", "text": "is anybody there"}
        began = time.monotonic()
        answer = await self._http.post(
            f"{hub.url}/api/v1/events", json=body, headers={"Authorization": f"Bearer {hub.key}"}, timeout=timeout
        )
        took = time.monotonic() - began
        if answer.status_code == 200:
            for result in answer.json()["results"]:
                self.acks.hear(result)
        return answer.status_code, took

    async def metrics(self, hub: RunningHub) -> str:
        """What it counts."""
        return (await self._http.get(f"{hub.url}/metrics")).text

    async def clock(self, hub: RunningHub) -> float:
        """What it takes for the time, seconds since 1970."""
        answer = await self._http.get(f"{hub.url}/healthz")
        return parsedate_to_datetime(answer.headers["date"]).timestamp()

    async def seen_at(self, here: RunningHub, there: RunningHub, *, patience: float = PATIENCE) -> float:
        """Seconds from the ack of an event at one hub until a viewer of the other has it."""
        status, _ = await self.post(here)
        assert status == 200, f"the event was not taken: {status}"
        return await self.shown_at(there, self.probed, patience=patience)

    @property
    def probed(self) -> str:
        """The session of the last `post`."""
        return f"web:probe-{self._probes}"

    async def shown_at(self, hub: RunningHub, session: str, *, patience: float = PATIENCE) -> float:
        """Seconds from now until a viewer of this hub has the session."""
        began, eye = time.monotonic(), self.eyes[hub.url]
        await until(lambda: session in eye.wall.shown, what=f"{session} is seen at {hub.url}", patience=patience)
        return time.monotonic() - began

    def due(self) -> dict[str, int]:
        """What whoever sees everything must see: session -> the last seq acknowledged so far."""
        found: dict[str, int] = {}
        for (session, _), seq in self.acks.seqs.items():
            found[session] = max(seq, found.get(session, 0))
        return found

    def at(self, hub: RunningHub) -> set[Viewer]:
        """Its viewers, but for the one that stays."""
        return self._there(hub) - {self.eyes.get(hub.url)}

    def _there(self, hub: RunningHub) -> set[Viewer]:
        return {one for one in self._running if one.wall.url == hub.url}

    async def all_see(
        self, due: Mapping[str, int], *, since: float, moved: AnyOf[Viewer] = (), patience: float = PATIENCE
    ) -> float:
        """Seconds from `since` until all viewers of everything have at least this; the `moved` by a new snapshot."""
        behind = {one for one in self._running if one.wall.query == "" or one in moved}

        def caught_up() -> bool:
            for one in list(behind):
                known = due if one.wall.query == "" else {}
                if not one.fresh or (one in moved and one.looked <= since):
                    continue
                if all(one.wall.shown.get(session, 0) >= seq for session, seq in known.items()):
                    behind.discard(one)
            return not behind

        await until(caught_up, what=f"all viewers see what was acknowledged ({len(behind)} do)", patience=patience)
        return time.monotonic() - since

    # the end ------------------------------------------------------------------------------------------------------

    async def rest(self) -> None:
        """The sources stop, once all they sent is acknowledged."""
        self.resume_all()
        self._over.set()
        async with asyncio.timeout(PATIENCE * 2):
            await asyncio.gather(*self._speaking)
        self._speaking.clear()

    @property
    def place(self) -> Place:
        """For the oracle."""
        return Place(self.urls(), self.start.started[0].token, self.mongodb_url, DATABASE)

    async def judge(self) -> Verdict:
        """Everything that must hold. Raises AssertionError."""
        fallen = [hub.log.read_text()[-LOG:] for hub in self.hubs if hub.process.poll() is not None]
        assert not fallen, f"hubs that ended by themselves:\n{''.join(fallen)}"
        wrong = [*self.acks.wrong, *self.acks.disorder()]
        assert not wrong, f"acknowledged wrongly: {wrong[:5]}"
        stay = list(self._running)
        return await oracle.judge(
            self.place, acknowledged=self.acks.seqs, walls=[one.wall for one in stay],
            transcripts=[one.transcript for one in stay if one.transcript is not None], grown=self._grown,
        )  # fmt: skip

    async def _grown(self) -> list[str]:
        found = []
        for hub in self.hubs:
            if hub.url not in self._before:
                found.append(f"{hub.url}: what it held in the beginning was never noted")
                continue
            before, viewers = self._before[hub.url]
            now = await footprint(hub)
            grown = before.grown(now, viewers=len(self._there(hub)) - viewers)
            found += [f"{hub.url}: {what}" for what in grown]
        return found

    async def close(self) -> None:
        """Hubs end well when asked."""
        self.resume_all()
        await self._http.aclose()
        for task in [*self._running.values(), *self._speaking]:
            task.cancel()
        running = [hub for hub in self.start.started if hub.process.poll() is None]
        for hub in running:
            hub.process.send_signal(signal.SIGCONT)
            hub.process.send_signal(signal.SIGTERM)
        codes = await asyncio.gather(*(asyncio.to_thread(hub.code) for hub in running))
        badly = [hub.log.read_text()[-LOG:] for hub, code in zip(running, codes, strict=True) if code != 0]
        assert not badly, f"hubs that did not end well within {ENDS:.0f} s: {badly}"


@asynccontextmanager
async def world(setup: Setup, *, rng: random.Random) -> AsyncIterator[World]:
    """Everything started, in a directory that is forgotten afterwards; nothing survives it."""
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="live-chaos-")))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        made = World(setup, rng=rng, tasks=tasks)
        if setup.replicas:
            made.mongods = await stack.enter_async_context(replicas.replicas(directory))
            made.mongodb_url = replicas.address(made.mongods)
        else:
            if setup.disk:
                made.disk = replicas.Disk(directory / "mongodb" / "db", megabytes=setup.disk)
                stack.enter_context(made.disk)
            made.mongods = [await stack.enter_async_context(Mongod(directory / "mongodb"))]
            made.mongodb_url = made.mongods[0].url
        made.valkey = await stack.enter_async_context(Valkey(directory / "valkey"))
        made.lines = await stack.enter_async_context(AsyncExitStack())
        mongodb_url = made.mongodb_url
        if setup.store_line:
            made.store_line = await made.lines.enter_async_context(proxied(made.mongods[0]))
            # a client that knows of the set would go around the line
            mongodb_url = made.store_line.url.replace("http", "mongodb") + "/?directConnection=true"
        made.start = StartHub(mongodb_url, made.valkey.url, directory, program=[str(SERVED)])
        made.front = await made.lines.enter_async_context(proxied(rng=made.dice()))
        try:
            for n in range(setup.hubs):
                await made.add_hub(**(setup.odd if n == setup.hubs - 1 else {}))
            made.begin()
            yield made
        finally:
            await made.close()
