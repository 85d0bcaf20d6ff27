"""Two hundred different filters on one hub: what they cost it while a thousand events a second come in."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

from bench import clients, talk, wire
from bench.clients import Answer, Client, Stage, Where
from bench.parts import Row
from bench.rig import Rig

SOCKETS = 20
RATE = 1_000  # events/s
SESSIONS = 500  # at a time
TOGETHER = (
    20  # events a frame: sent singly, each costs the hub less the busier it is, which would hide what we look for
)
TAGS, AGENTS, GOALS, KINDS = 60, 20, 15, 5
BROAD = 20  # of them: filters that no token narrows


def wanted() -> list[str]:
    """The 200 filters, as a staff has them: most look at a corner, some at nearly everything."""
    return [
        *(f"status=open&tag=topic {n}" for n in range(TAGS)),
        *(f"agent=agent-{n}&sentiment={mood}" for n in range(AGENTS) for mood in ("negative", "neutral")),
        *(f"goal=goal {n}&status=open" for n in range(GOALS)),
        *(f"goal=failed:goal {n}" for n in range(GOALS)),
        *(f"kind=kind {n}&attention=any" for n in range(KINDS)),
        *(f"status=open&tag=topic {n},topic {n + 7}&agent=agent-{n % AGENTS}" for n in range(45)),
        *(f"status=open&messages=>{n}" for n in range(BROAD)),
    ]


def told(run: str, number: int, *, sessions: int, length: int) -> bytes:
    """An event as `talk.stamped` gives it, but sessions differ: agent, kind, two topics, and goals on the way."""
    slot, turn = number % sessions, number // sessions
    of = slot + turn // length * 31
    fact: dict[str, Any] = {"session": f"{run}-{slot}-{turn // length}", "id": f"{number}"}
    match turn % length:
        case 0:
            fact |= {"type": "session.started", "agent": {"id": f"agent-{of % AGENTS}"}, "kind": f"kind {of % KINDS}"}
            fact |= {"tags": [f"topic {of % TAGS}", f"topic {(of + 7) % TAGS}"], "user": {"name": f"Person {of}"}}
        case 4:
            fact |= {"type": "goal.completed" if of % 4 else "goal.failed", "goal": f"goal {of % GOALS}"}
        case last if last == length - 1:
            fact |= {"type": "session.closed"}
        case other:
            fact |= {"type": "message", "role": "assistant" if other % 2 else "user", "text": talk.TEXTS[other % 6]}
    return talk.encoded(fact)


async def subscribe(stage: Stage, where: Where, *, filters: list[str], limit: int) -> Answer:
    """Each filter once, over SOCKETS sockets; count what comes."""

    def ignoring(payload: bytes) -> None:
        """Only counted."""

    sockets = []
    for number in range(SOCKETS):
        socket = await wire.connect(where.url, "/api/v1/live", bearer=where.token, heard=ignoring)
        sockets.append(socket)
        for place, one in enumerate(filters[number::SOCKETS]):
            frame = {"op": "subscribe", "id": str(place), "to": "wall", "filter": one, "sort": "recent", "limit": limit}
            socket.write(wire.framed(talk.encoded(frame)))
    async with asyncio.timeout(60):
        while sum(socket.frames for socket in sockets) < SOCKETS + len(filters):  # hello, and the snapshots
            await asyncio.sleep(0.02)
    await stage.cue()
    frames, size = sum(socket.frames for socket in sockets), sum(socket.bytes for socket in sockets)
    await stage.told()
    seen = {"frames": sum(s.frames for s in sockets) - frames, "bytes": sum(s.bytes for s in sockets) - size}
    lost = sum(socket.closed for socket in sockets)
    for socket in sockets:
        socket.close()
    return {**seen, "lost": lost}


async def filters(rig: Rig, scale: float) -> AsyncIterator[Row]:
    """The hub's share of a core without and with them, in turns; the difference is what they cost."""
    rounds, seconds = (3, 12.0) if scale >= 1 else (1, 3.0)
    alone, along, frames = [], [], []
    for _ in range(rounds):
        alone.append((await _run(rig, seconds, []))[0])
        busy, each = await _run(rig, seconds, wanted())
        along.append(busy)
        frames.append(each)
    without, beside = statistics.median(alone), statistics.median(along)
    many = len(wanted())
    note = f"over {SOCKETS} sockets, {statistics.median(frames):,.0f} frames/s, {BROAD} of them match nearly all"
    yield Row("filters", f"hub at {RATE:,} events/s, nobody watches", without, "cores")
    yield Row("filters", f"hub at {RATE:,} events/s, {many} different filters", beside, "cores", note=note)
    yield Row("filters", f"what {many} different filters cost", beside - without, "cores", 0.5)


async def _run(rig: Rig, seconds: float, asked: list[str]) -> tuple[float, float]:
    """CPU of the hub as a share of a core, and frames a second."""
    run = uuid4().hex[:8]
    watcher = Client(subscribe, rig.where, filters=asked, limit=50) if asked else None
    sender = Client(
        clients.paced, rig.where, run=run, rate=RATE, seconds=seconds, sessions=SESSIONS, length=10, event=told,
        together=TOGETHER,
    )  # fmt: skip
    both = [client for client in (watcher, sender) if client is not None]
    for client in both:
        await asyncio.to_thread(client.ready)
    for client in both:
        client.go()
    before, began = rig.cpu(), time.monotonic()
    await asyncio.to_thread(sender.answer)
    busy, took = (rig.cpu() - before) / (time.monotonic() - began), time.monotonic() - began
    if watcher is None:
        return busy, 0.0
    watcher.go()
    seen = await asyncio.to_thread(watcher.answer)
    if seen["lost"]:
        raise RuntimeError(f"{seen['lost']} sockets were cut off")
    return busy, seen["frames"] / took
