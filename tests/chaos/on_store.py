"""What happens to MongoDB: it is killed, stopped, slow, cut off, full; it loses its primary."""

import asyncio
import os
import time

from tests.chaos.proxy import Way
from tests.chaos.replicas import primary
from tests.chaos.scenario import Scenario, Seen, within
from tests.chaos.world import Setup, World
from tests.servers import until

KILLS = 5
STOPPED = 6.0  # seconds
AGAIN = 5.0  # seconds from the store's being there until events are acknowledged
FAIL_OVER = 10.0  # seconds from the death of a primary until events are acknowledged
# The same where it hangs: a secondary that copied from it waits long for its next word before it copies elsewhere, and
# without that one there is no majority.
HANGS_OVER = 20.0
ALONE = 1.0  # seconds that a primary has no secondary before it dies
HUNG = 2.0  # seconds until a POST says 503
LEAST = 100  # events acknowledged between two faults


async def mongod_killed(world: World) -> Seen:
    """SIGKILL under load, again and again."""
    longest = away = 0.0
    for _ in range(KILLS):
        await world.more_acks(LEAST)
        began = time.monotonic()
        await world.restart(world.mongods[0])
        longest = max(longest, within(await world.more_acks(1), AGAIN, what="the first ack after its start"))
        away = max(away, time.monotonic() - began)
    return {"longest from its being ready to acks": longest, "from the kill": away}


async def mongod_stopped(world: World) -> Seen:
    """SIGSTOP: it keeps its connections and answers nothing."""
    (mongod,) = world.mongods
    world.pause(mongod.pid)
    first = await asyncio.gather(*(world.post(hub) for hub in world.hubs))
    second = [await world.post(hub) for hub in world.hubs]
    await asyncio.sleep(STOPPED)
    third = [await world.post(hub) for hub in world.hubs]
    assert {status for status, _ in [*first, *second, *third]} == {503}, "a store that hangs was answered otherwise"
    world.resume(mongod.pid)
    again = await world.more_acks(1)
    return {
        "503 after": within(max(took for _, took in first), HUNG, what="the first 503"),
        "503 of the next after": within(max(took for _, took in [*second, *third]), 0.5, what="the next 503"),
        "acks after": within(again, AGAIN, what="the first ack"),
    }


async def hub_starts(world: World) -> Seen:
    """The store stops just when a hub has started, and reads what was before."""
    eye = world.eyes[world.hubs[0].url]
    await until(lambda: eye.wall.counts.get("closed", 0) > 0, what="a session is closed")
    (mongod,) = world.mongods
    for _ in range(2):
        hub = await world.add_hub()
        world.pause(mongod.pid)
        await asyncio.sleep(STOPPED)
        world.resume(mongod.pid)
        within(await world.more_acks(1), AGAIN, what="the first ack")
        assert hub.process.poll() is None, f"the hub ended: {hub.log.read_text()[-500:]}"
    return {"hubs that stayed": 2}


async def primary_killed(world: World) -> Seen:
    """A fail-over under load, three times; the node comes back as a secondary.

    For a second before, nobody copies from it: what it alone has is lost, and must not have been acknowledged.
    """
    longest = 0.0
    for _ in range(3):
        await world.more_acks(LEAST)
        node = await primary(world.mongods)
        others = [one for one in world.mongods if one is not node]
        for one in others:
            world.pause(one.pid)
        await asyncio.sleep(ALONE)
        node.kill()
        began = time.monotonic()
        await node.ended()
        for one in others:
            world.resume(one.pid)
        world.kills["mongod"] += 1
        await world.more_acks(1)
        longest = max(longest, within(time.monotonic() - began, FAIL_OVER, what="the fail-over"))
        await node.start()
    return {"longest fail-over, until acks": longest}


async def primary_stopped(world: World) -> Seen:
    """It hangs, the others choose another; then it goes on, and finds that it is none."""
    node = await primary(world.mongods)
    await world.more_acks(LEAST)
    world.pause(node.pid)
    began = time.monotonic()
    status, hung = await world.post(world.hubs[0])
    assert status == 503, f"a primary that hangs was answered by {status}"
    await world.more_acks(1)
    took = time.monotonic() - began
    await world.more_acks(LEAST)
    world.resume(node.pid)
    await world.more_acks(LEAST)
    return {
        "503 after": within(hung, HUNG, what="503"),
        "fail-over, until acks": within(took, HANGS_OVER, what="the fail-over"),
    }


async def disk_full(world: World) -> Seen:
    """Not a byte is left, until mongod gives up; then there is room, and it is started."""
    (mongod,), disk = world.mongods, world.disk
    assert disk is not None
    disk.fill()
    began = time.monotonic()
    longest, refused = 0.0, 0
    while mongod.running:
        assert time.monotonic() - began < 60, "mongod bears a full disk for a minute: make it smaller"
        status, took = await world.post(world.hubs[0])
        assert status in (200, 503), f"while the disk was full an event was answered by {status}"
        longest, refused = max(longest, took), refused + (status == 503)
        await asyncio.sleep(0.5)
    gave_up = time.monotonic() - began
    status, took = await world.post(world.hubs[0])
    assert status == 503, f"a store that is gone was answered by {status}"
    disk.free()
    world.kills["mongod, by its full disk"] += 1
    await mongod.start()
    again = within(await world.more_acks(1), AGAIN, what="the first ack after its start")
    seen = {"longest answer while it is full": longest, "of these 503": refused, "mongod gave up after": gave_up}
    return {**seen, "503 after": within(took, HUNG, what="503"), "acks after": again}


async def store_slow(world: World) -> Seen:
    """200 ms there and back."""
    world.store_line.delay = 0.1
    longest = 0.0
    for _ in range(5):
        status, took = await world.post(world.hubs[0])
        assert status == 200, f"a slow store was answered by {status}"
        longest = max(longest, took)
        await world.more_acks(LEAST)
    world.store_line.flow()
    return {"longest POST": within(longest, 3.0, what="a POST")}


async def store_cut(world: World) -> Seen:
    """Every connection to it ends, with a reset or without, while events are on their way."""
    longest = 0.0
    for n in range(10):
        await world.more_acks(LEAST // 2)
        (world.store_line.reset if n % 2 else world.store_line.cut)()
        longest = max(longest, await world.more_acks(LEAST // 2))
    return {"longest pause": within(longest, AGAIN, what="a pause"), "cuts": 10}


async def store_half_open(world: World) -> Seen:
    """What the hubs say arrives, what it answers does not: nobody knows what was stored."""
    longest = refused = 0.0
    for _ in range(2):
        await world.more_acks(LEAST)
        world.store_line.drop(Way.BACK)
        began = time.monotonic()
        said = await asyncio.gather(*(world.post(hub) for hub in world.hubs))
        assert {status for status, _ in said} == {503}, "a store whose answers vanish was answered otherwise"
        refused = max(refused, within(max(took for _, took in said), HUNG, what="a 503"))
        await asyncio.sleep(max(0.0, began + STOPPED / 2 - time.monotonic()))
        world.store_line.flow()
        longest = max(longest, within(await world.more_acks(1), AGAIN, what="the first ack"))
    return {"503 after": refused, "longest until acks": longest}


SCENARIOS = [
    Scenario(
        name="mongod-killed",
        promised=f"SIGKILL under load: nothing acknowledged is lost; acks within {AGAIN:g} s of its being ready",
        act=mongod_killed,
    ),
    Scenario(
        name="mongod-stopped",
        promised=f"a store that hangs: 503 within {HUNG:g} s, then at once; acks within {AGAIN:g} s when it goes on",
        act=mongod_stopped,
    ),
    Scenario(
        name="mongod-stopped-early",
        promised="the store hangs just when a hub has started: the hub waits for it",
        act=hub_starts,
        setup=Setup(hubs=1, sessions=2),
    ),
    Scenario(
        name="primary-killed",
        promised=f"three nodes, the primary dies: acks within {FAIL_OVER:g} s, nothing acknowledged is lost",
        act=primary_killed,
        setup=Setup(replicas=True),
    ),
    Scenario(
        name="primary-stopped",
        promised=f"three nodes, the primary hangs: acks within {HANGS_OVER:g} s, also when it goes on",
        act=primary_stopped,
        setup=Setup(replicas=True),
    ),
    Scenario(
        name="disk-full",
        promised=f"mongod gives up: 503 within {HUNG:g} s; with room and a start acks within {AGAIN:g} s, nothing lost",
        act=disk_full,
        setup=Setup(disk=400),
        needs=lambda: "" if os.geteuid() == 0 else "needs root, to mount a disk of its own (tmpfs)",
    ),
    Scenario(
        name="store-slow",
        promised="200 ms there and back: a POST takes at most 3 s, none is refused",
        act=store_slow,
        setup=Setup(store_line=True),
    ),
    Scenario(
        name="store-cut",
        promised=f"ten cuts and resets between hubs and store: acks again within {AGAIN:g} s, each event once",
        act=store_cut,
        setup=Setup(store_line=True),
    ),
    Scenario(
        name="store-half-open",
        promised=f"the store's answers vanish: 503 within {HUNG:g} s; then acks within {AGAIN:g} s, each event once",
        act=store_half_open,
        setup=Setup(store_line=True),
    ),
]
