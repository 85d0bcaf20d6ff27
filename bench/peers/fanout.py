"""Cards to many viewers, each peer in its turn: publisher → Redis → one process → viewers."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import uuid4

from bench import clients
from bench.clients import Client, quantiles
from bench.peers.listeners import listen, overhear
from bench.peers.peer import Peer
from bench.peers.work import Work
from bench.rig import Rig
from bench.scaling import Pair

CALM = 0.05  # of a core: it has done what was left
LISTS = 200  # cards of a wall of the hub


@dataclass(frozen=True, slots=True)
class Turn:
    """One peer at one rate. `cards`, `frames`: delivered a second; `cpu`: seconds of its process for a card.

    `p50`, `p99`: ms from what is asked of it until it is received; `bus50`, `bus99`: from the publication alone, which
    is all that is asked of the others.
    """

    cards: float
    frames: float
    cpu: float
    p50: float
    p99: float
    bus50: float
    bus99: float


async def rest(rig: Rig) -> None:
    """Until it does nothing any more, ten seconds at most."""
    for _ in range(20):
        before = rig.cpu()
        await asyncio.sleep(0.5)
        if rig.cpu() - before < CALM * 0.5:
            return


async def of_peer(peer: Peer, rate: int, *, work: Work) -> Turn:
    """Its turn."""
    rig = peer.rig
    options = {"viewers": work.viewers, "path": peer.kind.path, "greeting": peer.kind.greeting}
    viewers = Client(listen, rig.where, **options)
    await asyncio.to_thread(viewers.ready)
    await rest(rig)
    viewers.go()
    before = rig.cpu()
    await peer.publish(rate, work.seconds)
    used = rig.cpu() - before
    viewers.go()
    seen = await asyncio.to_thread(viewers.answer)
    await rest(rig)
    each = seen["cards"] / max(seen["seconds"], 0.001)
    ms = seen["ms"]
    return Turn(each, each, used / max(seen["cards"], 1), ms["p50"], ms["p99"], ms["p50"], ms["p99"])


async def of_live(hubs: Pair, rate: int, *, work: Work) -> Turn:
    """Ours: an event for each card, at another hub, which stores it and rings; this one has the viewers."""
    viewers = Client(clients.watch, hubs.hears.where, walls=work.viewers, limit=LISTS, noted=5)
    sender = Client(
        clients.paced, hubs.takes.where, run=uuid4().hex[:8], rate=rate, seconds=work.seconds, sessions=LISTS,
        length=1_000_000,
    )  # fmt: skip
    bus = Client(overhear, hubs.hears.where, redis_url=hubs.addresses.redis_url)
    for client in (viewers, sender, bus):
        await asyncio.to_thread(client.ready)
    viewers.go()
    bus.go()
    before, began = hubs.hears.cpu(), time.monotonic()
    sender.go()
    await asyncio.to_thread(sender.answer)
    used, took = hubs.hears.cpu() - before, time.monotonic() - began
    viewers.go()
    bus.go()
    seen, heard = await asyncio.to_thread(viewers.answer), await asyncio.to_thread(bus.answer)
    await rest(hubs.hears)
    frames = seen["frames"] / took
    cards = frames * seen["cards"]
    of_bus = quantiles([(at - heard["heard"][stamp]) / 1e6 + heard["way"] for stamp, at in seen["came"]])
    walls = seen["walls"]
    return Turn(
        cards, frames, used / max(cards * took, 1), walls["p50"], walls["p99"], of_bus["p50"], of_bus["p99"]
    )  # fmt: skip


async def memory(rig: Rig, watch: Callable[[], Client], *, viewers: int) -> float:
    """KiB that one who only watches holds."""
    before = rig.resident()
    client = watch()
    await asyncio.to_thread(client.ready)
    await asyncio.sleep(2)
    held = rig.resident() - before
    client.go()
    client.go()
    await asyncio.to_thread(client.answer)
    return held / viewers / 1024


async def in_turns(
    names: list[str], turn: Callable[[str, int], Awaitable[Turn]], *, work: Work
) -> AsyncIterator[tuple[str, int, Turn]]:
    """Each at each rate, A B C A B C; of its turns the median of each figure."""
    for rate in work.rates:
        seen: dict[str, list[Turn]] = {name: [] for name in names}
        for _ in range(work.turns):
            for name in names:
                seen[name].append(await turn(name, rate))
        for name, turns in seen.items():
            middle = [statistics.median(getattr(one, figure) for one in turns) for figure in Turn.__dataclass_fields__]
            yield name, rate, Turn(*middle)
