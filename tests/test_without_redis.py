"""No Redis from beginning to end. `make test-without-redis` is the whole suite so; this is two hubs, all the time."""

import pytest

from tests.chaos.oracle import Transcript, Wall, judge
from tests.conftest import NOBODY
from tests.hubs import RunningHub, StartHub
from tests.screens import Live, acks, ingest, live

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def say(hub: RunningHub, *idents: str) -> dict[tuple[str, str], int]:
    """Messages of one session over one hub, acknowledged."""
    async with ingest(hub) as socket:
        for ident in idents:
            await socket.send(f'{{"type":"message","session":"s","id":"{ident}","role":"user","text":"hello"}}')
        return {(result["session"], result["id"]): result["seq"] for result in await acks(socket, len(idents))}


async def until_both(viewer: Live, rev: int) -> None:
    """Until the wall and the transcript are there."""
    await viewer.until_shown("w", lambda wall: wall == {"web:s": rev})
    while len(viewer.seqs.get("t", ())) < rev:
        await viewer.next()


async def test_two_hubs_without_a_bus_show_the_same_events_by_the_store_alone(
    start_hub: StartHub, database_name: str, mongodb_url: str
) -> None:
    one, other = (start_hub(database_name, LIVE_REDIS_URL=NOBODY) for _ in range(2))
    told = await say(one, "e-1", "e-2")
    async with live(one) as here, live(other) as there:
        for viewer in (here, there):
            await viewer.wall("w")
            await viewer.session("t", "web:s")
            await until_both(viewer, 2)
        told |= await say(other, "e-3", "e-4")  # which the first has not heard of
        told |= await say(one, "e-5")
        for viewer in (here, there):
            await until_both(viewer, 5)
        assert sorted(told.values()) == [1, 2, 3, 4, 5]
        walls = [
            Wall(hub.url, shown=viewer.walls["w"], counts=viewer.counts["w"], proof=viewer.digest("w"))
            for hub, viewer in ((one, here), (other, there))
        ]
        transcripts = [Transcript("web:s", viewer.seqs["t"]) for viewer in (here, there)]
        await judge(
            ([one.url, other.url], one.token, mongodb_url, database_name), acknowledged=told, walls=walls,
            transcripts=transcripts,
        )  # fmt: skip
        for viewer in (here, there):
            await viewer.send(op="ping")
            await viewer.until(lambda frame: frame["op"] == "beat" and frame["bus"] == "silent")  # and it is said
