"""The bus ends when it is asked to, whatever it is doing."""

import asyncio

import pytest

from live.storage.bus import Bus

pytestmark = pytest.mark.anyio

STEPS = 60  # turns of the loop: beyond a connection, a subscription and a publication


def unheard(*_: object) -> None:
    """Nobody listens."""


@pytest.mark.bus("it is about its connections")
async def test_asked_to_end_at_any_moment_it_ends(redis_url: str) -> None:
    for step in range(STEPS):
        bus = Bus(
            redis_url, topic="live:ending", hub="h", received=unheard, erased=unheard, missed=unheard, noted=unheard,
            gone=unheard,
        )  # fmt: skip
        running = asyncio.create_task(bus.run())
        for _ in range(step):
            await asyncio.sleep(0.0002 if step % 2 else 0)
            bus.publish(b"[]")
        running.cancel()
        done, _ = await asyncio.wait([running], timeout=5)
        assert done, f"asked to end after {step} turns it goes on"
