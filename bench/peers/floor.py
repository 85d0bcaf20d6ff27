"""What the parts beneath can do alone: Redis that publishes, MongoDB that inserts."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from bench.parts import raw
from bench.peers.work import Work
from live import embedded

PUBLISHED = 100_000
TOGETHER = 100  # of one pipeline
INSERTED = 30_000
CARD = b"x" * 400


async def floor(_work: Work) -> AsyncIterator[dict[str, Any]]:
    """Publications a second to one subscriber, and durable documents a second, 500 at a time."""
    with tempfile.TemporaryDirectory(prefix="live-floor-") as directory:
        async with embedded.servers(Path(directory), mongodb_url=None, redis_url=None) as servers:
            yield {"name": "raw publish, one subscriber", "a second": await _published(servers.redis_url)}
            yield {"name": "raw insert_many(500)", "a second": await raw(servers.mongodb_url, INSERTED, at_once=1)}


async def _published(redis_url: str) -> float:
    publisher, subscriber = Redis.from_url(redis_url), Redis.from_url(redis_url).pubsub()
    await subscriber.subscribe("floor")

    async def hear() -> None:
        heard = 0
        async for message in subscriber.listen():
            heard += message["type"] == "message"
            if heard == PUBLISHED:
                return

    hearing = asyncio.create_task(hear())
    began = time.monotonic()
    for _ in range(PUBLISHED // TOGETHER):
        async with publisher.pipeline(transaction=False) as pipeline:
            for _ in range(TOGETHER):
                pipeline.publish("floor", CARD)
            await pipeline.execute()
    await hearing
    took = time.monotonic() - began
    await publisher.aclose()
    await subscriber.aclose()  # type: ignore[no-untyped-call]
    return PUBLISHED / took
