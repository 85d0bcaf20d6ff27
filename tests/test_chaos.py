"""A short mix of faults; the oracle sees what it is there to see. `make chaos` is the long run."""

import json
from dataclasses import replace
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from tests.chaos.footprint import Footprint
from tests.chaos.mixed import SCENARIOS as MIXED
from tests.chaos.on_bus import SCENARIOS as ON_BUS
from tests.chaos.oracle import Place, Transcript, Wall, judge
from tests.chaos.run import run
from tests.chaos.world import Setup
from tests.hubs import RunningHub, StartHub
from tests.screens import acks, ingest

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.mark.bus("its world has a Valkey, which it breaks")
async def test_a_short_mix_of_everything_loses_and_doubles_nothing() -> None:
    (mixed,) = (scenario for scenario in MIXED if scenario.name == "mixed")
    ran = await run(replace(mixed, setup=Setup(hubs=2, bus_lines=True, seconds=8)), seed=5)
    assert not ran.failed, ran.failed
    assert ran.seen["deeds"] > 5
    assert ran.kills.keys() >= {"mongod", "valkey"}  # with this seed; a hub, too, where one starts within five seconds
    assert ran.acknowledged > 100


@pytest.mark.bus("its world has a Valkey, which it breaks")
async def test_publications_that_nobody_can_read_end_no_hub() -> None:
    (unreadable,) = (scenario for scenario in ON_BUS if scenario.name == "bus-unreadable")
    ran = await run(unreadable, seed=5)
    assert not ran.failed, ran.failed


async def _talk(hub: RunningHub) -> dict[tuple[str, str], int]:
    """Six events of two sessions, acknowledged."""
    async with ingest(hub) as socket:
        for n in range(6):
            fact = {"type": "message", "session": f"s-{n % 2}", "id": f"e-{n}", "role": "user", "text": "hello"}
            await socket.send(json.dumps(fact))
        return {(result["session"], result["id"]): result["seq"] for result in await acks(socket, 6)}


async def test_the_oracle_names_whatever_is_wrong(start_hub: StartHub, database_name: str, mongodb_url: str) -> None:
    hubs = [start_hub(database_name) for _ in range(2)]
    acknowledged = await _talk(hubs[0])
    place = Place([hub.url for hub in hubs], hubs[0].token, mongodb_url, database_name)
    wall = Wall(hubs[1].url, shown={"web:s-0": 3, "web:s-1": 3}, counts=_counts(active=2))
    verdict = await judge(
        place, acknowledged=acknowledged, walls=[wall], transcripts=[Transcript("web:s-0", [1, 2, 3])]
    )
    assert (verdict.sessions, verdict.events, verdict.acknowledged) == (2, 6, 6)

    async def finds(what: str, **given: Any) -> None:
        with pytest.raises(AssertionError, match=what):
            asked: dict[str, Any] = {"acknowledged": acknowledged, "patience": 0.1} | given
            await judge(place, **asked)

    await finds("'never' was acknowledged as seq 4 and is LOST", acknowledged={("web:s-0", "never"): 4})
    await finds("acknowledged as seq 2 and is seq 1", acknowledged={("web:s-0", "e-0"): 2})
    await finds(
        "1 cards are wrong: web:s-1 at rev 2, not 3", walls=[Wall(place.urls[0], shown=wall.shown | {"web:s-1": 2})]
    )
    await finds("counts .*'active': 1", walls=[Wall(place.urls[0], shown=wall.shown, counts=_counts(active=1))])
    proven = Wall(place.urls[0], shown=wall.shown, counts=wall.counts, proof="another")
    await finds("the digest it was told is not that of the store", walls=[proven])
    await finds("has 2 events, the last .3., 2 different", transcripts=[Transcript("web:s-0", [1, 3])])
    await finds("has 4 events, the last .3., 3 different", transcripts=[Transcript("web:s-0", [1, 2, 2, 3])])
    await finds("9 tasks became 30", grown=_grown)

    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(mongodb_url)
    database = client[database_name]
    try:
        card = await database.cards.find_one_and_delete({"_id": "web:s-0"})
        await finds("web:s-0: has 3 events and no stored card")
        await database.cards.insert_one(card | {"card": card["card"].replace('"active"', '"closed"')})
        await finds("web:s-0: its stored card .rev 3. is not the fold of its 3 events")
        await database.events.delete_one({"_id": "web:s-1 e-3"})
        await finds("web:s-1: its seqs are not 1 … 2: 3 stands where 2 should")
    finally:
        client.close()


async def _grown() -> list[str]:
    before = Footprint(tasks=9, which="", descriptors=50, memory=70 << 20)
    assert not before.grown(replace(before, tasks=13, descriptors=90, memory=166 << 20))
    assert before.grown(replace(before, descriptors=91)) == ["50 descriptors became 91"]
    assert before.grown(replace(before, memory=167 << 20)) == ["70 MiB became 167 MiB"]
    assert not before.grown(replace(before, tasks=53, descriptors=100), viewers=10)
    return before.grown(replace(before, tasks=30))


def _counts(*, active: int) -> dict[str, int]:
    return {"active": active, "inactive": 0, "closed": 0, "negative": 0, "matching": active}
