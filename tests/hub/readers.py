"""Somebody who follows one session at a hub that is run by hand."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from live.hub.viewer import Viewer
from tests.hub.desks import Desk
from tests.servers import until


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
