"""Viewers of a peer: most only count bytes, a few read every frame. All cards have one size, so bytes are frames.

And one that hears what hubs publish, as early as another hub can.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, NoReturn

from redis.asyncio import Redis

from bench import wire
from bench.clients import STAMP, Answer, Stage, Where, quantiles

NOTED = 5  # viewers that read
PROBES = "bench:probes"
HEAD = 4  # bytes before the payload of a frame of 126 to 65,535 bytes
_PING, _PONG = b"2", b"3"  # of engine.io


class _Counting(asyncio.Protocol):
    """Takes bytes, and is interested in their number alone."""

    count = 0

    def data_received(self, data: bytes) -> None:
        """Some of them."""
        self.count += len(data)


def answering(socket: wire.Socket, heard: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """Hear it, unless it is a ping of engine.io."""

    def hear(payload: bytes) -> None:
        if payload == _PING:
            socket.write(wire.framed(_PONG))
        else:
            heard(payload)

    return hear


async def listen(stage: Stage, where: Where, *, viewers: int, path: str, greeting: bytes) -> Answer:
    """Until told again: cards, seconds since the first, and how old they were on arrival (ms)."""
    ages: list[float] = []
    first, sizes = 0.0, [0]

    def heard(payload: bytes) -> None:
        nonlocal first
        now = time.monotonic_ns()
        stamp = STAMP.search(payload)
        if stamp is not None:
            first = first or now / 1e9
            sizes[0] = len(payload) + HEAD
            ages.append((now - int(stamp[1])) / 1e6)

    noted: list[wire.Socket] = []
    counting: list[_Counting] = []
    for number in range(viewers):
        came: asyncio.Queue[bytes] = asyncio.Queue()
        socket = await wire.connect(where.url, path, bearer="", heard=came.put_nowait)
        if greeting:
            await came.get()
            socket.write(wire.framed(greeting))
            await came.get()
        if number < min(NOTED, viewers):
            noted.append(socket)
            socket.heard = answering(socket, heard)
        else:
            counting.append(_Counting())
            socket.hand_over(counting[-1])
    await stage.cue()
    await stage.told()
    took = time.monotonic() - first if first else 0.0
    cards = len(ages) + sum(one.count for one in counting) // max(sizes[0], 1)
    return {"cards": cards, "seconds": took, "ms": quantiles(ages), "bytes": sizes[0]}


async def overhear(stage: Stage, where: Where, *, redis_url: str) -> Answer:
    """Until told again: which stamp was heard when (ns) on the hubs' own topic, and how long a publication takes (ms).

    The latter from the moment before a PUBLISH of our own until it is heard here: the clock of the peers begins there.
    """
    heard: dict[int, int] = {}
    way: list[float] = []

    def hear(message: dict[str, Any]) -> None:
        now = time.monotonic_ns()
        for stamp in STAMP.findall(message["data"]):
            heard.setdefault(int(stamp), now)

    def time_it(message: dict[str, Any]) -> None:
        way.append((time.monotonic_ns() - int(message["data"])) / 1e6)

    async def probe(client: Redis) -> NoReturn:
        while True:
            await client.publish(PROBES, time.monotonic_ns())
            await asyncio.sleep(0.1)

    async with Redis.from_url(redis_url) as client, client.pubsub(ignore_subscribe_messages=True) as topics:
        await topics.psubscribe(**{"live:*": hear, PROBES: time_it})
        async with asyncio.TaskGroup() as tasks:
            own = [tasks.create_task(topics.run()), tasks.create_task(probe(client))]
            await asyncio.sleep(0.2)  # until it is subscribed
            await stage.cue()
            way.clear()
            await stage.told()
            await asyncio.sleep(0.5)  # for what is on its way
            for task in own:
                task.cancel()
    return {"heard": heard, "way": quantiles(way)["p50"]}
