"""What is measured. Each part takes the rig and gives rows: what, measured, unit, target."""

import asyncio
import math
import statistics
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec

from bench import clients, talk
from bench.clients import Client
from bench.rig import Rig
from live.hub import intake
from live.settings import Settings
from live.storage import journal, mongo

FOLLOWED = 2.0  # seconds after the last ack in which cards are written, too


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `target` is at most, or at least, as `better` says; None where there is none.

    `value` is NaN where it cannot be known.
    """

    part: str
    what: str
    value: float
    unit: str
    target: float | None = None
    better: str = "less"
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Is the target met?"""
        if self.target is None or math.isnan(self.value):
            return None
        return self.value <= self.target if self.better == "less" else self.value >= self.target

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        known = None if math.isnan(self.value) else self.value
        return {**asdict(self), "value": known, "reached": self.reached}


def _run() -> str:
    return uuid4().hex[:8]


# ingest -----------------------------------------------------------------------------------------------------------


async def ingest(rig: Rig, scale: float) -> AsyncIterator[Row]:
    """Durable ingest beside what the same driver does with the same documents and nothing else, in turns."""
    rounds, events = (3, 30_000) if scale >= 1 else (1, 4_000)
    rates: dict[str, list[float]] = {"plain": [], "raw": [], "batches": [], "singles": []}
    costs: dict[str, list[float]] = {"batches": [], "singles": []}
    stores: dict[str, list[float]] = {"raw": [], "batches": [], "singles": []}
    loads: dict[str, list[float]] = {"batches": [], "singles": []}
    for _ in range(rounds):
        if rig.mongodb_url is not None:
            rates["plain"].append(await raw(rig.mongodb_url, events, at_once=1))
            before = rig.store_cpu()
            rates["raw"].append(await raw(rig.mongodb_url, events, at_once=2))
            await asyncio.sleep(FOLLOWED)
            stores["raw"].append((rig.store_cpu() - before) / events * 1e6)
        for name, role, options in (
            ("batches", clients.batches, {"count": events // 500, "size": 500, "at_once": 3}),
            ("singles", clients.singles, {"count": events // 2, "sockets": 8, "window": 200}),
        ):
            client = Client(role, rig.where, run=_run(), **options)
            await asyncio.to_thread(client.ready)
            before, store_before = rig.cpu(), rig.store_cpu()
            client.go()
            found = await asyncio.to_thread(client.answer)
            await asyncio.sleep(FOLLOWED)  # cards follow; they are an event's cost, too
            rates[name].append(found["events"] / found["seconds"])
            costs[name].append((rig.cpu() - before) / found["events"] * 1e6)
            stores[name].append((rig.store_cpu() - store_before) / found["events"] * 1e6)
            loads[name].append(found["cpu"] / found["seconds"])
    plain, paired, batches, singles = (statistics.median(rates[name] or [math.nan]) for name in rates)
    load = {name: f"load {statistics.median(found):.2f} cores" for name, found in loads.items()}
    yield Row("ingest", "raw insert_many(500), one after another", plain, "events/s", note="majority, journaled")
    yield Row(
        "ingest", "raw insert_many(500), two at a time as the hub's", paired, "events/s", note="majority, journaled"
    )
    yield Row("ingest", "batches of 500 over HTTP", batches, "events/s", 12_000, "more", load["batches"])
    yield Row("ingest", "batches of 500 over HTTP, of raw one after another", batches / plain, "ratio", 0.4, "more")
    yield Row("ingest", "batches of 500 over HTTP, of raw two at a time", batches / paired, "ratio", 0.4, "more")
    yield Row("ingest", "single events over 8 sockets", singles, "events/s", 4_000, "more", load["singles"])
    yield Row("ingest", "single events over 8 sockets, of raw two at a time", singles / paired, "ratio")
    for name, how in (("batches", "in batches"), ("singles", "singly")):
        own, store = statistics.median(costs[name]), statistics.median(stores[name])
        yield Row("ingest", f"CPU of mongod an event, {how}", store, "µs", note="its oplog, journal and cards with it")
        yield Row(
            "ingest",
            f"CPU of the hub an event, {how}",
            own,
            "µs",
            target=None if math.isnan(store) else store,
            note="target: mongod's",
        )
    if stores["raw"]:
        yield Row("ingest", "CPU of mongod an event, raw two at a time", statistics.median(stores["raw"]), "µs")


async def raw(mongodb_url: str, events: int, *, at_once: int) -> float:
    """The very documents that the hub would write, into a collection with the same indexes."""
    async with mongo.database(mongodb_url, f"raw_{_run()}", timeout=30) as database:
        await journal.Journal(database).ensure_indexes()
        documents = list(_documents(_run(), events))
        batches = [documents[start : start + 500] for start in range(0, events, 500)]

        async def insert() -> None:
            while batches:
                await database["events"].insert_many(batches.pop(0), ordered=False)

        began = time.monotonic()
        await asyncio.gather(*(insert() for _ in range(at_once)))
        took = time.monotonic() - began
        await database.client.drop_database(database.name)
    return events / took


def _documents(run: str, count: int) -> Iterator[dict[str, Any]]:
    settings, now = Settings(), datetime.now(UTC)
    seqs: dict[str, int] = {}
    for _, fact in zip(range(count), talk.facts(run, sessions=400), strict=False):
        item = intake.prepare(msgspec.Raw(talk.encoded(fact)), channel="web", now=now, settings=settings)
        assert isinstance(item, intake.Item)
        seqs[item.session] = seqs.get(item.session, 0) + 1
        yield journal.document(
            session=item.session, ident=item.ident, seq=seqs[item.session], kind=item.kind,
            received=now, mark=item.mark, body=item.body,
        )  # fmt: skip


# latency ----------------------------------------------------------------------------------------------------------


async def latency(rig: Rig, scale: float) -> AsyncIterator[Row]:
    """From send to receipt, with walls of 50 cards and 50 open transcripts."""
    stages: tuple[tuple[int, int, tuple[float | None, float | None]], ...] = (
        (200, 50, (None, None)),
        (1_000, 50, (20.0, 60.0)),
        (3_000, 50, (None, None)),
        (500, 950 if scale >= 1 else 100, (30.0, 120.0)),
    )
    for rate, walls, targets in stages:
        run, sessions, seconds = _run(), 200, 12.0 * min(scale, 1.0)
        first = [
            {"type": "message", "session": f"{run}-{n}-0", "id": "first", "role": "user", "text": "hi"}
            for n in range(sessions)
        ]
        await _post(rig, first)
        watchers = Client(clients.watch, rig.where, run=run, walls=walls, transcripts=50, noted=10)
        sender = Client(
            clients.paced, rig.where, run=run, rate=rate, seconds=seconds, sessions=sessions, length=1_000_000
        )
        for client in (watchers, sender):
            await asyncio.to_thread(client.ready)
        before, began = rig.cpu(), time.monotonic()
        watchers.go()
        sender.go()
        sent = await asyncio.to_thread(sender.answer)
        busy = (rig.cpu() - before) / (time.monotonic() - began)
        watchers.go()
        seen = await asyncio.to_thread(watchers.answer)
        note = f"hub {busy:.2f} cores, watchers {seen['cpu'] / seconds:.2f}, sender {sent['cpu'] / seconds:.2f}, "
        note += f"late by {sent['late'] * 1000:.0f} ms at most"
        for kind, of in (("wall", seen["walls"]), ("transcript", seen["transcripts"])):
            for name, target in zip(("p50", "p99"), targets, strict=True):
                yield Row(
                    "latency",
                    f"{rate:,}/s, {walls + 50:,} viewers, {kind}, {name}",
                    of[name],
                    "ms",
                    target,
                    note=note if name == "p50" else "",
                )


async def _post(rig: Rig, facts: list[dict[str, str]]) -> None:
    request = urllib.request.Request(
        f"{rig.where.url}/api/v1/events", data=talk.encoded(facts),
        headers={"Authorization": f"Bearer {rig.where.key}", "Content-Type": "application/json"},
    )  # fmt: skip

    def post() -> None:
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.read().count(b'"stored"') == len(facts)

    await asyncio.to_thread(post)


# fan-out ----------------------------------------------------------------------------------------------------------


async def fanout(rig: Rig, scale: float) -> AsyncIterator[Row]:
    """A thousand walls: at two rates of events, the second may cost no more frames; and where all cards change."""
    walls, seconds = (1_000, 12.0) if scale >= 1 else (100, 3.0)
    for rate, limit in ((200, 20), (1_000, 20), (1_000, 100)):
        watchers = [Client(clients.watch, rig.where, walls=walls // 2, limit=limit, noted=2) for _ in range(2)]
        sender = Client(
            clients.paced, rig.where, run=_run(), rate=rate, seconds=seconds, sessions=100, length=talk.LENGTH
        )
        for client in (*watchers, sender):
            await asyncio.to_thread(client.ready)
        for client in (*watchers, sender):
            client.go()
        before, began = rig.cpu(), time.monotonic()
        sent = await asyncio.to_thread(sender.answer)
        used, took = rig.cpu() - before, time.monotonic() - began
        for client in watchers:
            client.go()
        seen = [await asyncio.to_thread(client.answer) for client in watchers]
        frames = sum(one["frames"] for one in seen)
        lost = sum(one["lost"] for one in seen)
        each = frames / took / walls
        note = f"{each:.1f} frames/s a viewer, {lost} cut off, sender {sent['cpu'] / took:.2f} cores"
        cards = frames / took * statistics.mean(one["cards"] for one in seen)
        where = f"walls of {limit} at {rate:,} events/s"
        yield Row("fan-out", f"frames/s to {walls:,} {where}", frames / took, "frames/s", note=note)
        yield Row("fan-out", f"card deliveries/s to {walls:,} {where}", cards, "cards/s",
                  500_000 if limit == 100 else None, "more")  # fmt: skip
        yield Row("fan-out", f"CPU of the hub a frame to {where}", used / frames * 1e6, "µs")


# idle -------------------------------------------------------------------------------------------------------------


async def idle(rig: Rig, scale: float) -> AsyncIterator[Row]:
    """Memory of a viewer who only watches."""
    viewers = 10_000 if scale >= 1 else 200
    before = rig.resident()
    watchers = [Client(clients.watch, rig.where, walls=viewers // 4, limit=50) for _ in range(4)]
    for client in watchers:
        await asyncio.to_thread(client.ready)
    await asyncio.sleep(6 if scale >= 1 else 1)  # a heartbeat for each
    held = rig.resident() - before
    for client in watchers:
        client.go()
    began, seconds = rig.cpu(), 5 if scale >= 1 else 1
    await asyncio.sleep(seconds)
    busy = (rig.cpu() - began) / seconds
    for client in watchers:
        client.go()
    lost = 0
    for client in watchers:
        lost += (await asyncio.to_thread(client.answer))["lost"]
    note = f"{viewers:,} viewers, {lost} cut off; {busy:.2f} cores for their heartbeats"
    yield Row("idle", "memory an idle viewer", held / viewers / 1024, "KiB", 30.0, note=note)


# opening ----------------------------------------------------------------------------------------------------------


async def opening(rig: Rig, scale: float) -> AsyncIterator[Row]:
    """A session of 500 events, opened."""
    run = _run()
    facts = [
        {
            "type": "message",
            "session": run,
            "id": str(n),
            "role": "user" if n % 2 else "assistant",
            "text": talk.TEXTS[n % 6],
        }
        for n in range(500)
    ]
    await _post(rig, facts)
    for role, how in ((clients.opens, "connect to live"), (clients.fetches, "GET its events")):
        client = Client(role, rig.where, session=f"web:{run}", times=100 if scale >= 1 else 5)
        await asyncio.to_thread(client.ready)
        client.go()
        found = await asyncio.to_thread(client.answer)
        assert found["events"] == len(facts), found
        yield Row("opening", f"a session of 500 events, {how}, p50", found["ms"]["p50"], "ms")
        yield Row("opening", f"a session of 500 events, {how}, p99", found["ms"]["p99"], "ms")


# memory -----------------------------------------------------------------------------------------------------------


SETTLED = 10.0  # minutes of which the growth says something


async def memory(rig: Rig, minutes: float) -> AsyncIterator[Row]:
    """The hub under 1,000 events/s: sessions come and go, 100 are open at a time, and a few people watch."""
    seconds = minutes * 60
    watchers = Client(clients.watch, rig.where, walls=10, limit=50)
    sender = Client(clients.paced, rig.where, run=_run(), rate=1_000, seconds=seconds, sessions=100, length=talk.LENGTH)
    for client in (watchers, sender):
        await asyncio.to_thread(client.ready)
        client.go()
    samples: list[tuple[float, float]] = []
    began = time.monotonic()
    while (now := time.monotonic() - began) < seconds - 2:
        samples.append((now / 60, rig.resident() / 2**20))
        await asyncio.sleep(min(5.0, seconds / 20))
    sent = await asyncio.to_thread(sender.answer)
    watchers.go()
    await asyncio.to_thread(watchers.answer)
    settled = [sample for sample in samples if sample[0] >= minutes * 0.3]  # closed sessions stay for half a minute
    slope = statistics.linear_regression(*zip(*settled, strict=True)).slope
    first, last = settled[0], samples[-1]
    note = f"{sent['events']:,} events; {samples[0][1]:.0f} MiB at first, {first[1]:.0f} after {first[0]:.1f} min, "
    note += f"{last[1]:.0f} at the end"
    target = 1.0 if minutes >= SETTLED else None  # a shorter look sees the hub still fill its caches
    yield Row("memory", f"growth under 1,000 events/s over {minutes:g} min", slope, "MiB/min", target, note=note)
