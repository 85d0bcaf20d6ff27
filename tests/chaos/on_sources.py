"""What happens to channels: they send everything several times, in any order, from several places; they are cut off."""

import asyncio
from collections import Counter

from live.sender import Result, sender
from tests.chaos.scenario import Scenario, Seen, within
from tests.chaos.world import Setup, World

EVENTS = 1_500
SESSIONS = 40
COPIES = 4  # sockets, half of them at each hub, which send all of it in an order of their own


async def doubled(world: World) -> Seen:
    """The same events from four sockets at two hubs, each in another order, some twice."""
    events = [
        {"type": "message", "session": f"shuffled-{n % SESSIONS}", "id": f"d-{n}", "role": "user", "text": f"{n}"}
        for n in range(EVENTS)
    ]
    stored: Counter[str] = Counter()

    def heard(result: Result) -> None:
        world.acks.hear(result)
        stored[result["id"]] += result["status"] == "stored"

    async def send(number: int) -> None:
        mine = [*events, *world.rng.sample(events, EVENTS // 10)]
        world.rng.shuffle(mine)
        hub = world.hubs[number % len(world.hubs)]
        async with sender(hub.url, key=hub.key, told=heard) as out:
            for event in mine:
                await out.send(event)
            await out.settled()

    await asyncio.gather(*(send(number) for number in range(COPIES)))
    odd = [ident for ident, times in stored.items() if times != 1]
    assert not odd and len(stored) == EVENTS, f"{len(odd)} events were not answered `stored` exactly once"
    return {"sent": round(COPIES * EVENTS * 1.1), "different": EVENTS, "duplicates": world.acks.statuses["duplicate"]}


async def cut(world: World) -> Seen:
    """Every ingest socket ends twenty times, with a reset or without."""
    longest = 0.0
    for n in range(20):
        (world.front.reset if n % 2 else world.front.cut)()
        longest = max(longest, await world.more_acks(20))
        await asyncio.sleep(world.rng.uniform(0, 0.3))
    again = world.acks.statuses["duplicate"]
    return {"longest pause": within(longest, 8.0, what="a pause"), "cuts": 20, "sent again and known": again}


SCENARIOS = [
    Scenario(
        name="sources-doubled",
        promised=f"the same from {COPIES} sockets at 2 hubs, shuffled: each event is stored once, told so to one alone",
        act=doubled,
        setup=Setup(rate=20),
    ),
    Scenario(
        name="sources-cut",
        promised="sockets end 20 times: what was not acknowledged is sent again, in order, and is there once",
        act=cut,
        setup=Setup(rate=100),
    ),
]
