"""A viewer's socket, as a test holds it."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection

from tests.hubs import RunningHub

Frame = dict[str, Any]
PATIENCE = 10.0  # seconds for a frame that must come


class Live:
    """A live socket: what it was sent, and the walls as a viewer merges them."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.walls: dict[str, dict[str, int]] = {}
        self.counts: dict[str, dict[str, int]] = {}
        self.seqs: dict[str, list[int]] = {}

    async def send(self, **frame: Any) -> None:
        """One frame to the hub."""
        await self.socket.send(json.dumps(frame))

    async def wall(self, ident: str, query: str = "", **more: Any) -> Frame:
        """Subscribe to a wall, to its snapshot."""
        await self.send(op="subscribe", id=ident, to="wall", filter=query, **more)
        return await self.until(lambda frame: frame["op"] == "snapshot" and frame["id"] == ident)

    async def session(self, ident: str, session: str, after: int = 0) -> None:
        """Subscribe to a session."""
        await self.send(op="subscribe", id=ident, to="session", session=session, after=after)

    async def next(self) -> Frame:
        """The next frame, taken in."""
        async with asyncio.timeout(PATIENCE):
            frame: Frame = json.loads(await self.socket.recv())
        match frame["op"]:
            case "snapshot":
                self.walls[frame["id"]] = {card["session"]: card["rev"] for card in frame["cards"]}
                self.counts[frame["id"]] = frame["counts"]
            case "patch":
                wall = self.walls[frame["id"]]
                for gone in frame["gone"]:
                    wall.pop(gone, None)  # it may have come and gone between two frames
                wall |= {card["session"]: card["rev"] for card in frame["cards"]}
                self.counts[frame["id"]] = frame["counts"]
            case "events":
                self.seqs.setdefault(frame["id"], []).extend(event["seq"] for event in frame["events"])
        return frame

    async def until(self, wanted: Callable[[Frame], bool]) -> Frame:
        """The next frame for which it is true."""
        async with asyncio.timeout(PATIENCE):
            while True:
                frame = await self.next()
                if wanted(frame):
                    return frame

    async def until_shown(self, ident: str, true: Callable[[dict[str, int]], bool]) -> None:
        """Until the wall, as merged, is so."""
        async with asyncio.timeout(PATIENCE):
            while not true(self.walls[ident]):
                await self.next()

    def digest(self, ident: str) -> str:
        """The proof of what the wall shows."""
        lines = "".join(f"{session} {rev}\n" for session, rev in sorted(self.walls[ident].items()))
        return hashlib.sha256(lines.encode()).hexdigest()


@asynccontextmanager
async def live(
    hub: RunningHub, *, token: str | None = None, headers: dict[str, str] | None = None
) -> AsyncIterator[Live]:
    """A socket that has been greeted."""
    sent = {"Authorization": f"Bearer {token or hub.token}"} if headers is None else headers
    url = hub.url.replace("http", "ws", 1) + "/api/v1/live"
    async with websockets.connect(url, additional_headers=sent, max_size=2**26, compression=None) as socket:
        made = Live(socket)
        assert (await made.next())["op"] == "hello"
        yield made


@asynccontextmanager
async def ingest(hub: RunningHub, channel: str = "web") -> AsyncIterator[ClientConnection]:
    """An ingest socket."""
    url = hub.url.replace("http", "ws", 1) + "/api/v1/ingest"
    headers = {"Authorization": f"Bearer {hub.keys[channel]}"}
    async with websockets.connect(url, additional_headers=headers, max_size=2**26, compression=None) as socket:
        yield socket


async def acks(socket: ClientConnection, count: int) -> list[Frame]:
    """The next `count` results, however many frames they come in."""
    found: list[Frame] = []
    async with asyncio.timeout(PATIENCE):
        while len(found) < count:
            frame = json.loads(await socket.recv())
            assert frame["op"] == "ack", frame
            found += frame["results"]
    return found
