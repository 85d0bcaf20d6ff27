"""What happens to viewers: they read slowly, not at all, vanish, or come all at once."""

import asyncio
import time
from pathlib import Path

from tests.chaos.scenario import Scenario, Seen, within
from tests.chaos.viewers import Viewer
from tests.chaos.world import Setup, World
from tests.servers import until

STALLED = 12.0  # seconds until the descriptor of one that reads nothing is free
CROWD = 2_000
BACK = 5.0  # seconds until all of a crowd are right
SLOW = 10  # slow ones
LOUD = Setup(rate=150, sessions=30)


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
