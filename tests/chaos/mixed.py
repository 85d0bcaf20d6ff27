"""Everything at once: hands that each break one kind of thing again and again, and mend it, whatever others do."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

from live.embedded import Mongod
from tests.chaos.proxy import Way
from tests.chaos.publications import Chances
from tests.chaos.replicas import primary
from tests.chaos.scenario import Scenario, Seen
from tests.chaos.world import Setup, World

PAUSE = (0.5, 3.0)  # seconds between two deeds of one hand
HELD = (0.5, 4.0)  # seconds that something is broken
FEWEST = 2  # hubs
STARTS = 10  # tries


async def mixed(world: World) -> Seen:
    """Until the time is over; then all is well again."""
    until = time.monotonic() + world.setup.seconds
    deeds = 0
    disturbed: list[Chances] = []

    async def disturb(world: World, rng: random.Random) -> None:
        chances = Chances(random.Random(rng.random()), lose=0.2, double=0.2, late=0.2)
        disturbed.append(chances)
        line = world.bus_line(rng.choice(world.hubs))
        line.edit = chances.editor
        line.cut()
        await _hold(rng)
        line.flow()

    async def hand(*kinds: Callable[[World, random.Random], Awaitable[None]]) -> None:
        nonlocal deeds
        # Its own, which nobody else draws from: what it does follows from the seed; when, and to which of the hubs that
        # are there then, also from the machine.
        rng = world.dice()
        while time.monotonic() < until:
            await asyncio.sleep(rng.uniform(*PAUSE))
            await rng.choice(kinds)(world, rng)
            deeds += 1

    async with asyncio.TaskGroup() as hands:
        hands.create_task(hand(_kill_node, _kill_primary, _stop_node))
        hands.create_task(hand(_kill_valkey, _stop_valkey))
        hands.create_task(hand(_kill_hub, _stop_hub, _end_hub))
        hands.create_task(hand(disturb, _half_open, _stall))
        hands.create_task(hand(_cut_sources, _cut_viewers, _deafen))
    publications = sum(one.lost + one.doubled + one.swapped for one in disturbed)
    return {
        "deeds": deeds, "publications disturbed": publications, "until acks afterwards": await world.more_acks(100)
    }  # fmt: skip


async def _hold(rng: random.Random) -> None:
    await asyncio.sleep(rng.uniform(*HELD))


async def _restart(world: World, node: Mongod, rng: random.Random) -> None:
    node.kill()
    await node.ended()
    world.kills["mongod"] += 1
    await _hold(rng)
    await node.start()
    await primary(world.mongods)  # one at a time: without a majority nothing is promised but to wait


async def _kill_node(world: World, rng: random.Random) -> None:
    await _restart(world, rng.choice(world.mongods), rng)


async def _kill_primary(world: World, rng: random.Random) -> None:
    await _restart(world, await primary(world.mongods), rng)


async def _stop_node(world: World, rng: random.Random) -> None:
    node = rng.choice(world.mongods)
    world.pause(node.pid)
    await _hold(rng)
    world.resume(node.pid)


async def _kill_valkey(world: World, rng: random.Random) -> None:
    world.valkey.kill()
    await world.valkey.ended()
    world.kills["valkey"] += 1
    await _hold(rng)
    await world.valkey.start()


async def _stop_valkey(world: World, rng: random.Random) -> None:
    world.pause(world.valkey.pid)
    await _hold(rng)
    world.resume(world.valkey.pid)


async def _begin_hub(world: World) -> None:
    """One that finds no store at its start says so and ends: whoever runs it starts it again."""
    for _ in range(STARTS):
        try:
            await world.add_hub()
        except AssertionError:
            await asyncio.sleep(1)
        else:
            return
    raise AssertionError(f"a hub did not start {STARTS} times")


async def _kill_hub(world: World, rng: random.Random) -> None:
    if len(world.hubs) > FEWEST:
        world.kill_hub(rng.choice(world.hubs))
    else:
        await _begin_hub(world)


async def _stop_hub(world: World, rng: random.Random) -> None:
    hub = rng.choice(world.hubs)
    world.pause(hub.process.pid)
    await _hold(rng)
    world.resume(hub.process.pid)


async def _end_hub(world: World, rng: random.Random) -> None:
    if len(world.hubs) > FEWEST:
        code = await world.stop_hub(rng.choice(world.hubs))
        assert code == 0, f"a hub that was asked to end ended with {code}"
    else:
        await _begin_hub(world)


async def _half_open(world: World, rng: random.Random) -> None:
    line = world.bus_line(rng.choice(world.hubs))
    line.drop(rng.choice(list(Way)))
    await _hold(rng)
    line.flow()


async def _stall(world: World, rng: random.Random) -> None:
    line = world.bus_line(rng.choice(world.hubs))
    line.stall()
    await _hold(rng)
    line.flow()


async def _cut_sources(world: World, rng: random.Random) -> None:
    world.front.reset()


async def _cut_viewers(world: World, rng: random.Random) -> None:
    for one in world.viewers:
        if rng.random() < 0.5:
            one.hang_up()


async def _deafen(world: World, rng: random.Random) -> None:
    some = [one for one in world.viewers if rng.random() < 0.3]
    for one in some:
        one.listen(on=False)
    await _hold(rng)
    for one in some:
        one.listen(on=True)


SCENARIOS = [
    Scenario(
        name="mixed",
        promised="all of this at once, three nodes, two or three hubs: afterwards the oracle finds everything right",
        act=mixed,
        setup=Setup(hubs=3, replicas=True, bus_lines=True, viewers=16),
    ),
]
