"""What one more open session, one more event and one more hub cost: `python -m bench.scaling [--sessions N]`.

Two hubs on one store and one bus. All events go to the first; the second only hears of them, as every hub of many does
of nearly all. Measured with a quarter of the open sessions and with all of them: what grows with them is what breaks
first. `docs/scaling.md` computes with these figures.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from motor.motor_asyncio import AsyncIOMotorClient
from redis.asyncio import Redis

from bench import clients, seed, talk, wire
from bench.clients import Client, Where, open_many_files
from bench.cluster import DATABASE, Hub, settings_of
from bench.rig import Rig, machine
from live import embedded
from live.storage.mongo import Document
from tests.hubs import KEYS, TOKEN

REST = 12.0  # seconds in which nothing happens
PACES = (500, 2_000)  # events a second
PACED = 10.0  # seconds of each
LONG = (10_000, 30)  # sessions, and messages of each: what a longer one holds
SETTLED = 60.0  # seconds for the second hub to have heard of everything
# silence writes events of its own, which are counted elsewhere
SILENT = {"LIVE_INACTIVE_AFTER": "24h", "LIVE_WAITING_AFTER": "24h", "LIVE_CLOSE_AFTER": "48h"}
PING = 0.02  # seconds between the pings of one who looks how long the hub is busy with others
FILTERS = ("channel=web", "tag=topic 7", "sentiment=negative", "messages=>1", "kind=order")


@dataclass(frozen=True, slots=True)
class Pair:
    """The hub that is written to, the one that only hears, and their servers."""

    takes: Rig
    hears: Rig
    directory: Path
    addresses: embedded.Addresses

    def cpu(self) -> tuple[float, float]:
        """Seconds of both."""
        return self.takes.cpu(), self.hears.cpu()


def rig_of(hub: Hub) -> Rig:
    """To look at its process."""
    return Rig(Where(hub.url, KEYS["web"], TOKEN), pid=hub.pid)


@asynccontextmanager
async def pair() -> AsyncIterator[Pair]:
    """Both, ready."""
    open_many_files()
    with tempfile.TemporaryDirectory(prefix="live-scaling-") as name:
        data = Path(name)
        async with embedded.servers(data / "servers", mongodb_url=None, redis_url=None) as servers:
            settings = settings_of(servers.mongodb_url, servers.redis_url) | SILENT
            async with Hub(data / "takes", settings) as takes, Hub(data / "hears", settings) as hears:
                yield Pair(rig_of(takes), rig_of(hears), data, servers)


def row(what: str, value: float, unit: str) -> None:
    """One line, at once."""
    print(f"{what:<74} {value:>12,.1f} {unit}", flush=True)


async def measure(sessions: int) -> None:
    """All of it, in about four minutes for 80,000 sessions."""
    async with pair() as hubs:
        await _long(hubs)
        empty, had = hubs.hears.resident(), 0
        for count in (sessions // 4, sessions):
            before, began = hubs.cpu(), time.monotonic()
            events = await seed.fill(hubs.takes.where, range(had, count), stay=count)
            await _heard(hubs.hears, LONG[0] + count)
            took = time.monotonic() - began
            at = f"{count:,} open: "
            costs = [(now - then) / events * 1e6 for now, then in zip(hubs.cpu(), before, strict=True)]
            row(f"{at}events/s while they came, new sessions in batches", events / took, "events/s")
            row(f"{at}CPU an event at the hub that takes it, in batches", costs[0], "µs")
            row(f"{at}CPU an event at a hub that only hears", costs[1], "µs")
            row(f"{at}memory of a hub an open session", (hubs.hears.resident() - empty) / count / 1024, "KiB")
            await _at_rest(hubs, at)
            await _filters(hubs.hears, at)
            for rate in PACES:
                await _singly(hubs, at, rate)
            had = count
        await _stored(hubs)
        await _start(hubs, sessions)


async def _heard(hub: Rig, count: int) -> None:
    """Until it has so many on its board."""
    async with asyncio.timeout(SETTLED):
        while await asyncio.to_thread(_metric, hub, "live_sessions_on_board") < count:
            await asyncio.sleep(0.2)
    await asyncio.sleep(2)  # cards are written a little later


def _metric(hub: Rig, name: str) -> float:
    with urllib.request.urlopen(f"{hub.where.url}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(f"{name} ")))


async def _at_rest(hubs: Pair, at: str) -> None:
    before = hubs.cpu()
    await asyncio.sleep(REST)
    used = (hubs.cpu()[1] - before[1]) / REST
    row(f"{at}of a core while nothing happens", used * 100, "%")


async def _filters(hub: Rig, at: str) -> None:
    """A list that nobody has yet, from the subscription to its snapshot; and what another viewer waits meanwhile."""
    came, answered = asyncio.Event(), asyncio.Event()
    size = 0

    def heard(payload: bytes) -> None:
        nonlocal size
        if payload.startswith(b'{"op":"snapshot"'):
            size = len(payload)
            came.set()

    def beat(payload: bytes) -> None:
        if payload.startswith(b'{"op":"beat"'):
            answered.set()

    socket = await wire.connect(hub.where.url, "/api/v1/live", bearer=TOKEN, heard=heard)
    other = await wire.connect(hub.where.url, "/api/v1/live", bearer=TOKEN, heard=beat)
    waits: list[float] = []

    async def ping() -> None:
        while True:
            answered.clear()
            began = time.monotonic()
            other.write(wire.framed(b'{"op":"ping"}'))
            await answered.wait()
            waits.append((time.monotonic() - began) * 1000)
            await asyncio.sleep(PING)

    pinging, took = asyncio.create_task(ping()), []
    for n, query in enumerate(FILTERS):
        came.clear()
        began, asked = time.monotonic(), {"op": "subscribe", "id": f"w{n}", "to": "wall", "filter": query, "limit": 50}
        socket.write(wire.framed(talk.encoded(asked)))
        async with asyncio.timeout(30):
            await came.wait()
        took.append((time.monotonic() - began) * 1000)
        await asyncio.sleep(PING * 5)
    pinging.cancel()
    socket.close()
    other.close()
    row(f"{at}a list with a new filter, until its snapshot (slowest of {len(took)})", max(took), "ms")
    row(f"{at}the same, the quickest", min(took), "ms")
    row(f"{at}another viewer's ping waits meanwhile, at most", max(waits), "ms")
    row(f"{at}a snapshot of 50 cards", size / 1024, "KiB")


async def _singly(hubs: Pair, at: str, rate: int) -> None:
    """Single messages in few sessions, at a pace; what rest costs is taken off."""
    start = hubs.cpu()
    await asyncio.sleep(4)
    rest = [(now - then) / 4 for now, then in zip(hubs.cpu(), start, strict=True)]
    run = uuid4().hex[:8]
    sender = Client(clients.paced, hubs.takes.where, run=run, rate=rate, seconds=PACED, sessions=200, length=10_000)
    await asyncio.to_thread(sender.ready)
    out, before = await _out(hubs), hubs.cpu()
    sender.go()
    found = await asyncio.to_thread(sender.answer)
    used = [
        (now - then - idle * found["seconds"]) / found["events"] * 1e6
        for now, then, idle in zip(hubs.cpu(), before, rest, strict=True)
    ]
    row(f"{at}CPU an event at the hub that takes it, singly at {rate} events/s", used[0], "µs")
    row(f"{at}CPU an event at a hub that only hears, singly at {rate} events/s", used[1], "µs")
    # two hubs: each of both gets all, what it said itself, too
    row(f"{at}bytes from the bus to one hub for an event", (await _out(hubs) - out) / 2 / found["events"], "B")


async def _out(hubs: Pair) -> int:
    """Bytes that Valkey has sent so far."""
    client = Redis.from_url(hubs.addresses.redis_url)
    try:
        return int((await client.info("stats"))["total_net_output_bytes"])
    finally:
        await client.aclose()


async def _stored(hubs: Pair) -> None:
    client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(hubs.addresses.mongodb_url)
    try:
        for name in ("events", "cards"):
            stats = await client[DATABASE].command("collStats", name)
            row(f"a document of {name}, before compression", stats["avgObjSize"], "B")
            row(f"a document of {name}, on disk", stats["storageSize"] / stats["count"], "B")
            row(f"indexes for a document of {name}, on disk", stats["totalIndexSize"] / stats["count"], "B")
    finally:
        client.close()


async def _start(hubs: Pair, sessions: int) -> None:
    """One more hub, which reads all open sessions before it is ready."""
    settings = settings_of(hubs.addresses.mongodb_url, hubs.addresses.redis_url) | SILENT
    began = time.monotonic()
    async with Hub(hubs.directory / "third", settings) as third:
        row(f"{sessions:,} open: a hub's start, until it is ready", time.monotonic() - began, "s")
        row(f"{sessions:,} open: CPU of that start", rig_of(third).cpu(), "s")
        row(f"{sessions:,} open: memory after it, all in all", rig_of(third).resident() / 2**20, "MiB")


async def _long(hubs: Pair) -> None:
    """Sessions of some length, all open."""
    sessions, messages = LONG
    had = int(await asyncio.to_thread(_metric, hubs.hears, "live_sessions_on_board"))
    before, size = hubs.hears.resident(), 500
    await asyncio.to_thread(_sent, hubs, sessions * messages // size, size)
    await _heard(hubs.hears, had + sessions)
    row(
        f"memory of a hub an open session of {messages} messages",
        (hubs.hears.resident() - before) / sessions / 1024,
        "KiB",
    )


def _sent(hubs: Pair, count: int, size: int) -> None:
    sender = Client(clients.batches, hubs.takes.where, run="long", count=count, size=size, at_once=3, sessions=LONG[0])
    sender.ready()
    sender.go()
    sender.answer()


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.scaling", description=__doc__)
    parser.add_argument("--sessions", type=int, default=80_000, help="open ones, in the end")
    asked = parser.parse_args()
    print(json.dumps(machine()))
    asyncio.run(measure(asked.sessions))
    return 0


if __name__ == "__main__":
    sys.exit(main())
