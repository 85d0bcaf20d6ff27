"""A store with many sessions, in seconds: a hub makes the cards of some hundred, and these are put in again and again.

A copy differs in its name, its times (spread over 90 days), the number of the person, and its length. It has no events,
and no n-grams: only MongoDB's own search for a person needs those, and the hub does not ask it below LIVE_MAX_INDEXED.
"""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from random import Random

from motor.motor_asyncio import AsyncIOMotorClient

from bench import seed
from bench.clients import Where, open_many_files
from bench.cluster import DATABASE, Hub, settings_of
from bench.rig import Rig
from live import embedded
from live.events import moment, stamp
from live.storage.cards import Cards
from live.storage.mongo import Collection, Document
from tests.hubs import KEYS, TOKEN

MODELS = 600  # of each: sessions that stay open, and closed ones
BATCH = 2_000  # documents an insert
SPREAD = 90 * 86_400_000  # milliseconds: over which the copies began
LATELY = 3_600_000  # the youngest copy is so old: none of them "came to rest just now"
# silence writes events of its own, which are counted elsewhere
SILENT = {"LIVE_INACTIVE_AFTER": "9000h", "LIVE_WAITING_AFTER": "9000h", "LIVE_CLOSE_AFTER": "9999h"}
_TIME = re.compile(r'"(\d{4}-\d\d-\d\dT[0-9:.]+Z)"')


def rig_of(hub: Hub) -> Rig:
    """To look at its process."""
    return Rig(Where(hub.url, KEYS["web"], TOKEN), pid=hub.pid)


@asynccontextmanager
async def stocked(directory: Path, *, hubs: int = 1, closed: int = 0, opened: int = 0) -> AsyncIterator[list[Rig]]:
    """So many hubs on a store with so many sessions, all ready."""
    open_many_files()
    directory.mkdir(parents=True)
    async with embedded.servers(directory / "servers", mongodb_url=None, redis_url=None) as servers:
        settings = settings_of(servers.mongodb_url, servers.redis_url) | SILENT
        if closed or opened:
            async with Hub(directory / "models", settings) as hub:
                await seed.fill(rig_of(hub).where, range(2 * MODELS), stay=MODELS)
            await _multiply(servers.mongodb_url, closed=closed, opened=opened)
        running: list[Hub] = []
        try:
            for number in range(hubs):
                running.append(await Hub(directory / f"hub-{number}", settings).__aenter__())
            yield [rig_of(hub) for hub in running]
        finally:
            for hub in running:
                await hub.__aexit__(None, None, None)


async def _multiply(mongodb_url: str, *, closed: int, opened: int) -> None:
    client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(mongodb_url, tz_aware=True)
    try:
        database = client[DATABASE]
        cards: Collection = database["cards"]
        for is_open, count in ((False, closed), (True, opened)):
            models = [row async for row in cards.find({"open": is_open})]
            if not models:
                raise RuntimeError("the hub wrote no cards")
            await cards.delete_many({"open": is_open})
            await database["events"].delete_many({})
            batch: list[Document] = []
            if not is_open:
                await cards.drop_indexes()  # built at once afterwards
            for made in _copies(models, count):
                batch.append(made)
                if len(batch) == BATCH:
                    await cards.insert_many(batch, ordered=False)
                    batch = []
            if batch:
                await cards.insert_many(batch, ordered=False)
        await Cards(database).ensure_indexes()
    finally:
        client.close()


def _copies(models: list[Document], count: int) -> Iterator[Document]:
    of = Random(2026)
    texts = [(model["card"], sorted(set(_TIME.findall(model["card"])))) for model in models]
    for number in range(count):
        model, (card, times) = models[number % len(models)], texts[number % len(models)]
        name, older = f"web:copy-{number}", of.randrange(LATELY, SPREAD)
        longer = of.randrange(3_600_000)
        for time in times:
            card = card.replace(time, stamp(moment(time) - timedelta(milliseconds=older)))
        made = model | {"_id": name, "card": card.replace(model["_id"], name), "grams": []}
        made["saved"] = model["saved"] - timedelta(milliseconds=older)
        if not model["open"]:
            by, who = model["by"], model["who"]
            made["by"] = by | {
                "recent": by["recent"] + older, "started": by["started"] + older, "duration": by["duration"] - longer,
                "messages": by["messages"] - number % 40, "sentiment": by["sentiment"] + of.random() / 10,
            }  # fmt: skip
            made |= {"started": model["started"] - timedelta(milliseconds=older), "messages": -made["by"]["messages"]}
            made |= {"last": model["last"] - timedelta(milliseconds=older), "duration_ms": -made["by"]["duration"]}
            made["who"] = re.sub(r"\d+", str(number), who)
            made["words"] = [*model["words"], str(number)]  # somebody told a number that nobody else has
        yield made
