"""A viewer who moves to a hub that has not heard all yet: what it has is not sent again."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from live.hub.viewer import Viewer
from live.storage.mongo import Database
from tests.hub.desks import Desk, desk
from tests.servers import until

pytestmark = pytest.mark.anyio


class Reader:
    """Who follows the one session: the seqs that came, over one socket."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.seqs: list[int] = []
        self.live = False

    async def hear(self, text: str) -> None:
        """A frame."""
        frame = json.loads(text)
        self.seqs += [event["seq"] for event in frame.get("events", ())]
        self.live = self.live or frame["op"] == "live"


@asynccontextmanager
async def reading(at: Desk, session: str, *, after: int) -> AsyncIterator[Reader]:
    """It comes, with what it has."""
    viewer = Viewer(at.hub.sources, max_subscriptions=1)
    reader = Reader(viewer)
    at.hub.viewers.add(viewer)

    async def still() -> bool:
        return True

    async with asyncio.TaskGroup() as group:
        running = group.create_task(viewer.run(reader.hear, timeout=5, still=still))
        await viewer.take(
            json.dumps({"op": "subscribe", "id": "s", "to": "session", "session": session, "after": after})
        )
        await until(lambda: reader.live, what="the history is complete")
        yield reader
        running.cancel()
    at.hub.viewers.discard(viewer)


async def test_what_a_viewer_has_from_another_hub_is_not_sent_again(database: Database) -> None:
    async with desk(database, "here") as here, desk(database, "there") as there:
        for _ in range(3):
            await here.says("s")
        first, *later = here.publications()
        there.hears(first)
        assert there.known() == {"web:s": 1}
        async with reading(there, "web:s", after=3) as reader:
            for message in later:
                there.hears(message)
            await here.says("s")
            for message in here.publications():
                there.hears(message)
            assert there.known() == {"web:s": 4}
            await until(lambda: 4 in reader.seqs, what="the new event")
            assert reader.seqs == [4]
