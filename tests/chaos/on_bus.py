"""What happens to Valkey and the lines to it: killed, stopped, flushed; publications are lost, doubled, come late."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import redis.asyncio as redis

from tests.chaos.proxy import Way
from tests.chaos.publications import Chances
from tests.chaos.scenario import Scenario, Seen, within
from tests.chaos.world import Setup, World
from tests.hubs import RunningHub
from tests.servers import until

RIGHT = 3.0  # seconds until a wall is right without the bus
NOTICED = 2.0  # seconds until a hub knows that it missed something
KILLS = 5
TIMES = 4
QUIET = Setup(rate=8, bus_lines=True)  # so that a loss is not noticed by the next publication at once


async def valkey_killed(world: World) -> Seen:
    """SIGKILL under load, again and again; meanwhile walls are right in time."""
    longest = 0.0
    here, there = world.hubs
    for _ in range(KILLS):
        world.valkey.kill()
        await world.valkey.ended()
        world.kills["valkey"] += 1
        longest = max(longest, within(await world.seen_at(here, there), RIGHT, what="the other hub's wall"))
        await world.valkey.start()
        longest = max(longest, within(await world.seen_at(there, here), RIGHT, what="the other hub's wall"))
    return {"longest until the other hub's wall is right": longest}


async def valkey_stopped(world: World) -> Seen:
    """SIGSTOP: it keeps its connections and answers nothing."""
    world.pause(world.valkey.pid)
    longest = await _both_ways(world)
    world.resume(world.valkey.pid)
    return {"longest until the other hub's wall is right": max(longest, await _both_ways(world))}


async def half_open(world: World) -> Seen:
    """One hub hears nothing, or is not heard, and no connection ends."""
    longest = 0.0
    for way in Way:
        world.bus_line(world.hubs[1]).drop(way)
        longest = max(longest, await _both_ways(world))
        world.bus_line(world.hubs[1]).flow()
        longest = max(longest, await _both_ways(world))
    return {"longest until the other hub's wall is right": longest}


async def cut_off(world: World) -> Seen:
    """Both hubs lose the bus, and neither the store."""
    for line in world.bus_lines.values():
        line.refusing = True
        line.cut()
    longest = await _both_ways(world)
    for line in world.bus_lines.values():
        line.flow()
    return {"longest until the other hub's wall is right": max(longest, await _both_ways(world))}


async def lost_silently(world: World) -> Seen:
    """One publication vanishes and the next tick tells of it, again and again."""
    here, there = world.hubs
    noticed = healed = 0.0
    chances = Chances(world.dice(), lose=1.0, silently=True)
    line = world.bus_line(world.hubs[1])
    line.edit = chances.editor
    line.cut()  # from now on through the editor
    await until(lambda: "bus: ok" in _log(there), what="the bus is ok again")
    await asyncio.sleep(RIGHT)
    for _ in range(TIMES):
        gaps, lost = await _gaps(world, there), chances.lost
        status, _ = await world.post(here)
        assert status == 200
        began, session = time.monotonic(), world.probed
        async with asyncio.TaskGroup() as group:
            seen = group.create_task(world.shown_at(there, session))
            while await _gaps(world, there) == gaps:
                await asyncio.sleep(0.05)
            noticed = max(noticed, within(time.monotonic() - began, NOTICED, what="noticing a loss"))
        healed = max(healed, within(await seen, RIGHT, what="healing a loss"))
        assert chances.lost > lost, "nothing was lost: this shows nothing"
    line.flow()
    return {"noticed after": noticed, "healed after": healed, "publications lost": chances.lost}


async def shuffled(world: World) -> Seen:
    """Of the publications to one hub a tenth is lost, a fifth comes twice, a fifth late."""
    chances = Chances(world.dice(), lose=0.1, double=0.2, late=0.2)
    line = world.bus_line(world.hubs[1])
    line.edit = chances.editor
    line.cut()
    longest = 0.0
    for _ in range(TIMES):
        await world.more_acks(100)
        longest = max(longest, within(await world.seen_at(*world.hubs), RIGHT, what="the other hub's wall"))
    line.flow()
    assert chances.lost and chances.doubled and chances.swapped, "nothing was disturbed: this shows nothing"
    return {
        "longest until the other hub's wall is right": longest,
        "lost": chances.lost, "doubled": chances.doubled, "late": chances.swapped,
    }  # fmt: skip


async def output_buffer(world: World) -> Seen:
    """A hub that does not read is cut off by Valkey, whose buffer for it is full."""
    line = world.bus_line(world.hubs[1])
    async with _client(world) as client:
        await client.config_set("client-output-buffer-limit", "pubsub 65536 32768 1")
        before = await _cut_by_valkey(client)
        line.stall(frozenset({Way.BACK}))
        began = time.monotonic()
        while await _cut_by_valkey(client) == before:  # what lies in the kernel's buffers does not count
            assert time.monotonic() - began < 60, "Valkey cuts nobody off: this shows nothing"
            await client.publish("live:chaos", b"nobody 0 watching\n{}" + b" " * 2**20)
        longest = within(await world.seen_at(*world.hubs), RIGHT, what="the other hub's wall")
        cuts = await _cut_by_valkey(client) - before
    line.flow()
    return {"longest until the other hub's wall is right": max(longest, await _both_ways(world)), "cuts": cuts}


async def flushed(world: World) -> Seen:
    """FLUSHALL, and every client and subscription ended by hand."""
    longest = 0.0
    async with _client(world) as client:
        for _ in range(TIMES):
            await client.flushall()
            await client.client_kill_filter(_type="pubsub")
            longest = max(longest, await _both_ways(world))
    return {"longest until the other hub's wall is right": longest}


async def unreadable(world: World) -> Seen:
    """Somebody publishes on the hubs' topic what no hub has written."""
    odd = [b"", b"\xff", b"one two", b"nobody x tick\n", b"nobody 0 watching\n\0", b'nobody 1 events\n[{"rev":"1"}]']
    async with _client(world) as client:
        longest = 0.0
        for part in odd:
            await client.publish("live:chaos", part)
            longest = max(longest, within(await world.seen_at(*world.hubs), RIGHT, what="the other hub's wall"))
    assert all("cannot be read" in _log(hub) for hub in world.hubs), "no hub has heard it: this shows nothing"
    return {"longest until the other hub's wall is right": longest, "publications": len(odd)}


async def _both_ways(world: World) -> float:
    """Events at each hub are seen at the other in time, again and again; the longest."""
    longest = 0.0
    here, there = world.hubs
    for _ in range(TIMES):
        for one, other in ((here, there), (there, here)):
            longest = max(longest, within(await world.seen_at(one, other), RIGHT, what="the other hub's wall"))
            await asyncio.sleep(world.rng.uniform(0, 0.5))
    return longest


async def _gaps(world: World, hub: RunningHub) -> float:
    """How often this hub has noticed that a publication was missing."""
    text = await world.metrics(hub)
    found = re.search(r"^live_bus_gaps_total (\S+)", text, re.MULTILINE)
    assert found is not None
    return float(found[1])


async def _cut_by_valkey(client: redis.Redis) -> int:
    info = await client.info("stats")
    return int(info["client_output_buffer_limit_disconnections"])


@asynccontextmanager
async def _client(world: World) -> AsyncIterator[redis.Redis]:
    client = redis.Redis.from_url(world.valkey.url)
    try:
        yield client
    finally:
        await client.aclose()


def _log(hub: RunningHub) -> str:
    return hub.log.read_text()


_ANY = f"walls on the other hub are right within {RIGHT:g} s all the while"
SCENARIOS = [
    Scenario(name="valkey-killed", promised=f"SIGKILL under load: {_ANY}", act=valkey_killed),
    Scenario(name="valkey-stopped", promised=f"SIGSTOP: {_ANY}", act=valkey_stopped),
    Scenario(
        name="bus-half-open",
        promised=f"one hub hears nothing, or is not heard, and no connection ends: {_ANY}",
        act=half_open,
        setup=Setup(bus_lines=True),
    ),
    Scenario(
        name="bus-cut-off",
        promised=f"two hubs are cut off from the bus and not from the store: {_ANY}",
        act=cut_off,
        setup=Setup(bus_lines=True),
    ),
    Scenario(
        name="bus-lost",
        promised=f"a publication is lost in silence: noticed within {NOTICED:g} s, healed within {RIGHT:g} s",
        act=lost_silently,
        setup=QUIET,
    ),
    Scenario(
        name="bus-shuffled",
        promised=f"publications are lost, doubled and late: {_ANY}",
        act=shuffled,
        setup=Setup(bus_lines=True),
    ),
    Scenario(
        name="bus-buffer",
        promised=f"Valkey cuts off a hub whose output buffer is full: {_ANY}",
        act=output_buffer,
        setup=Setup(bus_lines=True),
    ),
    Scenario(name="bus-unreadable", promised=f"publications that nobody can read: {_ANY}", act=unreadable),
    Scenario(name="bus-flushed", promised=f"FLUSHALL, and every subscription is ended: {_ANY}", act=flushed),
]
