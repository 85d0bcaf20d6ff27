"""The bus: it ends when it is asked to, whatever it is doing; alone it sends nothing, and who comes finds the gap."""

import asyncio
from functools import partial

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


async def test_a_hub_alone_only_counts_and_who_comes_finds_the_gap() -> None:
    missed: list[str] = []
    one, other = (
        Bus(
            "redis://127.0.0.1:1", topic="live:alone", hub=name, received=unheard, erased=unheard,
            missed=partial(missed.append, name), noted=unheard, gone=unheard,
        )
        for name in ("one", "other")
    )  # fmt: skip
    assert one.alone
    one.count()  # nobody hears of it, and no number will tell
    other._hear(b"one %d tick\n" % one.number)
    assert missed == ["other"], "so whoever hears a hub for the first time asks the store"
    one.count()
    assert not one._outbox
    other._hear(b"one %d tick\n" % one.number)
    assert missed == ["other", "other"]
    assert other.gaps == 1
    one._hear(b"other 0 tick\n")
    assert not one.alone
    one._hear(b"other 0 bye\n")
    assert one.alone
