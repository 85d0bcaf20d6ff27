"""What happens to viewers: they read slowly, not at all, vanish, or come all at once."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from live import server
from tests.chaos.proxy import Way, proxied
from tests.chaos.scenario import Scenario, Seen, within
from tests.chaos.viewers import Viewer
from tests.chaos.world import Setup, World
from tests.hubs import RunningHub
from tests.servers import until

STALLED = 12.0  # seconds until the descriptor of one that reads nothing is free
CROWD = 2_000
BACK = 5.0  # seconds until all of a crowd are right
SLOW = 10  # slow ones
LOUD = Setup(rate=150, sessions=30)
# The heartbeat is the default: it is what a list that is still has to send. The time to wait is long, else the
# hub would write of each probe, a minute later, that nobody has answered it, while the oracle judges
QUIET = Setup(heartbeat=5.0, settings={"LIVE_WAITING_AFTER": "1h"})
VANISHED = QUIET.heartbeat + server.USER_TIMEOUT / 1000 + 3.0  # seconds: the next beat is not acknowledged
VANISHED_BEHIND = server.SILENT + server.FAREWELL + 1.0  # seconds: a proxy acknowledges all, and no pong comes


async def stalled(world: World) -> Seen:
    """Two read nothing any more; the hub is free of them in time, and nobody else is slower."""
    hub = world.hubs[0]
    deaf = [world.come(hub) for _ in range(2)]
    await world.all_fresh()
    here, ports = int(hub.url.rpartition(":")[2]), [_port(one) for one in deaf]
    assert all(_held(here, port) for port in ports)
    for one in deaf:
        one.listen(on=False)
    began = full = time.monotonic()
    slowest, taken = 0.0, [""] * len(deaf)
    while any(_held(here, port) for port in ports):
        if (now := [_taken(here, port) for port in ports]) != taken:
            taken, full = now, time.monotonic()
        slowest = max(slowest, await world.seen_at(*world.hubs))
        assert time.monotonic() - began < 60, "still held after a minute"
        await asyncio.sleep(0.1)
    freed = time.monotonic() - full
    for one in deaf:
        one.listen(on=True)  # it finds its socket ended, and comes back
    await world.all_fresh()
    return {
        "descriptors free after": within(freed, STALLED, what="freeing the descriptors"),
        "longest that others waited meanwhile": within(slowest, 1.0, what="the others' wall"),
    }


async def vanished(world: World) -> Seen:
    """Machines that are gone without a word: two whose lists move, two that only hear the heartbeats."""
    hub = world.hubs[0]
    gone = [world.come(hub, query=query) for query in ("", "", "tag=nobody", "tag=nobody")]
    await world.all_fresh()
    ports = [_port(one) for one in gone]
    for one in gone:
        one.vanish()
    freed, slowest = await _freed(world, hub, ports)
    for one in gone:
        one.appear()
    await world.all_fresh()
    return {
        "descriptors free after": within(freed, VANISHED, what="freeing the descriptors"),
        "longest that others waited meanwhile": within(slowest, 1.0, what="the others' wall"),
    }


async def vanished_behind(world: World) -> Seen:
    """A proxy that hears nothing from them any more, and goes on to take whatever is for them."""
    hub = world.hubs[0]
    async with proxied(hub) as line:
        gone = [world.come(replace(hub, url=line.url), query=query) for query in ("", "", "tag=nobody", "tag=nobody")]
        await world.all_fresh()
        ports = line.ports
        assert len(ports) == len(gone)
        for one in gone:
            one.deaf = True
        line.drop(*Way)
        freed, slowest = await _freed(world, hub, ports)
        for one in gone:
            one.appear()
        line.flow()
        await world.all_fresh()
        await world.all_see(world.due(), since=time.monotonic())
        for one in gone:
            world.leave(one)
    return {
        "descriptors free after": within(freed, VANISHED_BEHIND, what="freeing the descriptors"),
        "longest that others waited meanwhile": within(slowest, 1.0, what="the others' wall"),
    }


async def _freed(world: World, hub: RunningHub, ports: Sequence[int]) -> tuple[float, float]:
    """Seconds until the hub holds none of these, and the longest that another viewer waited meanwhile."""
    here = int(hub.url.rpartition(":")[2])
    assert all(_held(here, port) for port in ports)
    began, slowest = time.monotonic(), 0.0
    while any(_held(here, port) for port in ports):
        slowest = max(slowest, await world.seen_at(*world.hubs))
        assert time.monotonic() - began < 2 * VANISHED_BEHIND, "still held"
        await asyncio.sleep(0.1)
    return time.monotonic() - began, slowest


async def slow(world: World) -> Seen:
    """Ten read for a fifth of each second alone."""
    some = [world.come() for _ in range(SLOW)]
    await world.all_fresh()
    slowest = 0.0
    for _ in range(10):
        for one in some:
            one.listen(on=False)
        slowest = max(slowest, await world.seen_at(*world.hubs))
        await asyncio.sleep(0.8)
        for one in some:
            one.listen(on=True)
        await asyncio.sleep(0.2)
    cut = sum(sum(one.codes.values()) for one in some)
    assert not cut, f"{cut} slow viewers were cut off"
    return {"longest that others waited": within(slowest, 1.0, what="the others' wall")}


async def storm(world: World) -> Seen:
    """Two thousand lose their sockets at once, and come back."""
    crowd = [world.come() for _ in range(CROWD)]
    await world.all_fresh()
    due, began = world.due(), time.monotonic()
    for one in crowd:
        one.hang_up()
    await until(lambda: not any(one.fresh for one in crowd), what="all are gone", patience=1.0)
    took = await world.all_see(due, since=began)
    for one in crowd:
        world.leave(one)
    return {"all right again after": within(took, BACK, what="being right again"), "reconnects": CROWD}


def _port(viewer: Viewer) -> int:
    assert viewer.socket is not None
    return viewer.socket.port


def _row(one: int, other: int) -> list[str]:
    """One end of a connection on the loopback, as the kernel has it."""
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return next((row for row in rows if row[1].endswith(f":{one:04X}") and row[2].endswith(f":{other:04X}")), [])


def _held(hub: int, port: int) -> bool:
    """Has the hub a descriptor of it? One that is closed has no inode."""
    row = _row(hub, port)
    return bool(row) and row[9] != "0"


def _taken(hub: int, port: int) -> str:
    """The bytes that lie in the client's kernel, as the kernel writes it."""
    return _row(port, hub)[4].partition(":")[2]


SCENARIOS = [
    Scenario(
        name="viewers-stalled",
        promised=f"one reads nothing: {STALLED:g} s after buffers are full its descriptor is free; others do not wait",
        act=stalled,
        setup=LOUD,
    ),
    Scenario(
        name="viewers-vanished",
        promised=f"machines gone without a FIN: descriptors are free after {VANISHED:g} s; others do not wait",
        act=vanished,
        setup=QUIET,
    ),
    Scenario(
        name="viewers-vanished-behind",
        promised=f"the same behind a proxy that takes all: free after {VANISHED_BEHIND:g} s; others do not wait",
        act=vanished_behind,
        setup=QUIET,
    ),
    Scenario(
        name="viewers-slow",
        promised="ten that read for a fifth of each second: none is cut off, others wait less than 1 s, all are right",
        act=slow,
        setup=LOUD,
    ),
    Scenario(
        name="viewers-storm",
        promised=f"{CROWD:,} lose their sockets at once: all are back and right within {BACK:g} s",
        act=storm,
        setup=Setup(rate=2, sources=2, heartbeat=5.0),
    ),
]
