"""The four axes, each measured at its sizes. A figure is (axis, what, size, value, unit)."""

import asyncio
import http.client
import json
import time
import urllib.request
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit
from uuid import uuid4

from bench import clients
from bench.clients import Client, quantiles
from bench.growth import questions
from bench.growth.stock import stocked
from bench.rig import Rig

PACE, SECONDS = 100, 10.0  # events a second, each alone in its frame, and for how long
REST = 4.0  # seconds in which nothing happens: what that costs is taken off
SLOW = 5  # of the slowest questions, shown
PATIENCE = 300.0  # seconds until a hub has indexed a million sessions


class Figure(NamedTuple):
    """One number of an axis."""

    axis: str
    what: str
    size: int
    value: float
    unit: str


class Asked(NamedTuple):
    """One answered question."""

    ms: float
    what: str
    query: str


async def stored(directory: Path, size: int) -> AsyncIterator[Figure]:
    """Lists, later pages and facets of so many closed sessions, and an event meanwhile."""
    began = time.monotonic()
    async with stocked(directory, closed=size) as (rig,):
        print(f"  {size:,} made in {time.monotonic() - began:.0f} s", flush=True)
        began = time.monotonic()
        await _until(rig, "live_indexed_sessions", size)
        await asyncio.sleep(1)
        yield Figure("stored", "until all are indexed", size, time.monotonic() - began, "s")
        yield Figure("stored", "memory of the hub", size, rig.resident() / 2**20, "MiB")
        days = [f"{datetime.now(UTC) - timedelta(days=n):%Y-%m-%d}" for n in (1, 10, 30, 60, 85)]
        known = questions.values(days=days, status=("closed", "!active"))
        for figure in await asyncio.to_thread(_all_asked, rig, "stored", size, known):
            yield figure
        async for figure in _event(rig, "stored", size):
            yield figure


async def opened(directory: Path, size: int) -> AsyncIterator[Figure]:
    """The same of open sessions."""
    async with stocked(directory, opened=size) as (rig,):
        await _until(rig, "live_sessions_on_board", size)
        yield Figure("open", "memory of the hub", size, rig.resident() / 2**20, "MiB")
        days = [f"{datetime.now(UTC) - timedelta(days=n):%Y-%m-%d}" for n in (1, 10, 30, 60, 85)]
        known = questions.values(days=days, status=("open", "active", "!inactive"))
        for figure in await asyncio.to_thread(_all_asked, rig, "open", size, known):
            yield figure
        async for figure in _event(rig, "open", size):
            yield figure


async def viewers(directory: Path, size: int) -> AsyncIterator[Figure]:
    """So many walls of everything; two events a second reach each of them one by one."""
    pace, parts = 2, max(1, size // 5_000)
    async with stocked(directory) as (rig,):
        empty = rig.resident()
        rest = await _rest(rig)
        watching = [Client(clients.watch, rig.where, walls=size // parts, limit=5) for _ in range(parts)]
        for one in watching:
            await asyncio.to_thread(one.ready)
        yield Figure("viewers", "memory for a viewer", size, (rig.resident() - empty) / size / 1024, "KiB")
        idle = await _rest(rig)
        yield Figure(
            "viewers", "of a core while nothing happens, for a viewer", size, (idle - rest) / size * 1e6, "µs/s"
        )
        for one in watching:
            one.go()
        cost, events = await _paced(rig, idle, pace)
        for one in watching:
            one.go()
        seen = [await asyncio.to_thread(one.answer) for one in watching]
        if sum(one["lost"] for one in seen):
            raise RuntimeError("sockets were cut off")
        frames = sum(one["frames"] for one in seen)
        yield Figure("viewers", "CPU for an event, all its frames included", size, cost * 1e6, "µs")
        yield Figure("viewers", "CPU for an event and viewer", size, cost / size * 1e6, "µs")
        yield Figure("viewers", "frames for an event and viewer", size, frames / events / size, "")


async def hubs(directory: Path, size: int) -> AsyncIterator[Figure]:
    """So many hubs; one takes the events, all hear of them."""
    async with stocked(directory, hubs=size) as rigs:
        rest = await _rest(rigs[0])
        before = [rig.cpu() for rig in rigs]
        cost, events = await _paced(rigs[0], rest, PACE)
        await asyncio.sleep(1)
        used = [rig.cpu() - then for rig, then in zip(rigs, before, strict=True)]
        yield Figure("hubs", "CPU for an event, at the hub that takes it", size, cost * 1e6, "µs")
        hears = [(one - rest * (SECONDS + 1)) / events for one in used[1:]]
        if hears:
            yield Figure("hubs", "CPU for an event, at a hub that hears of it", size, max(hears) * 1e6, "µs")
        yield Figure("hubs", "CPU for an event, all hubs", size, (cost + sum(hears)) * 1e6, "µs")


AXES = {"stored": stored, "open": opened, "viewers": viewers, "hubs": hubs}


def _all_asked(rig: Rig, axis: str, size: int, known: dict[str, list[str]]) -> list[Figure]:
    """Each question once, on one connection, one after another; before, a few that are not counted."""
    line = http.client.HTTPConnection(urlsplit(rig.where.url).netloc, timeout=60)
    wanted, orders = questions.filters(known, pairs=100), questions.sorts()
    found: list[Asked] = []

    def get(what: str, address: str) -> dict[str, str | None]:
        began = time.monotonic()
        line.request("GET", address, headers={"Authorization": f"Bearer {rig.where.token}"})
        answer = line.getresponse()
        body = answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{address}: {body[:200]!r}")
        found.append(Asked((time.monotonic() - began) * 1_000, what, address.partition("?")[2]))
        whole: dict[str, str | None] = json.loads(body)
        return whole

    def ask(one: dict[str, str]) -> None:
        asked = questions.address(one, sort=next(orders), limit=50)
        page = get("a list's first page and count", f"/api/v1/sessions?{asked}")
        for _ in range(2):
            if page["next"]:
                page = get("a later page", f"/api/v1/sessions?{asked}&cursor={quote(page['next'])}")
        get("all facets and counts", f"/api/v1/facets?{questions.address(one)}")

    for one in wanted[:10]:
        ask(one)
    found.clear()
    before = rig.cpu()
    for one in wanted:
        ask(one)
    figures = [Figure(axis, "CPU for a question", size, (rig.cpu() - before) / len(found) * 1_000, "ms")]
    line.close()
    for what in sorted({asked.what for asked in found}):
        ranked = quantiles([asked.ms for asked in found if asked.what == what])
        figures += [Figure(axis, f"{what}, {name}", size, ranked[name], "ms") for name in ("p50", "p99")]
    for asked in sorted(found, reverse=True)[:SLOW]:
        print(f"  slow: {asked.ms:.0f} ms  {asked.what}  {asked.query[:110]}", flush=True)
    return figures


async def _event(rig: Rig, axis: str, size: int) -> AsyncIterator[Figure]:
    cost, _ = await _paced(rig, await _rest(rig), PACE)
    yield Figure(axis, "CPU for an event", size, cost * 1e6, "µs")


async def _paced(rig: Rig, rest: float, pace: int) -> tuple[float, int]:
    """Seconds of the hub's CPU for one of the events, without what rest costs; and how many there were."""
    run = uuid4().hex[:8]
    sender = Client(clients.paced, rig.where, run=run, rate=pace, seconds=SECONDS, sessions=20, length=10_000)
    await asyncio.to_thread(sender.ready)
    before, began = rig.cpu(), time.monotonic()
    sender.go()
    sent = await asyncio.to_thread(sender.answer)
    await asyncio.sleep(1)
    used = rig.cpu() - before - rest * (time.monotonic() - began)
    return used / sent["events"], sent["events"]


async def _rest(rig: Rig) -> float:
    before = rig.cpu()
    await asyncio.sleep(REST)
    return (rig.cpu() - before) / REST


async def _until(rig: Rig, metric: str, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while await asyncio.to_thread(_metric, rig, metric) < count:
            await asyncio.sleep(0.2)


def _metric(rig: Rig, name: str) -> float:
    with urllib.request.urlopen(f"{rig.where.url}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    return float(next((line.split()[1] for line in lines if line.startswith(f"{name} ")), "0"))
