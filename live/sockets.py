"""The two websockets: events in, and the live view out.

Names and shapes: docs/protocol.md; close codes: live/frames.py.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from live import frames, problems
from live.auth import Auth
from live.errors import HubFull, Invalid, LiveError, StoreAway, TooLarge
from live.frames import Close
from live.hub import intake
from live.hub.hub import Hub, clock
from live.hub.intake import Item, Result
from live.hub.viewer import Cut, Sees, Viewer
from live.hub.writer import Ticket, Writer
from live.storage.people import KIOSK
from live.telemetry import Metrics

LIVE = "/api/v1/live"  # where viewers come
RECHECK = 30.0  # seconds between looks whether an ingest socket's key is still in use
ASKED = (
    4.0  # seconds for that, and for whether a viewer may still look, above the store's own limit and below a heartbeat
)
FAREWELL = 0.5  # seconds for a close frame: who has not read for `send_timeout` will hardly read it
MAX_FRAME = 64 * 1024  # characters that a viewer may send at once

logger = logging.getLogger(__name__)


class Sockets:
    """Both: `live`, to which the app leads by itself, and the routes of the other."""

    def __init__(self, *, hub: Hub, auth: Auth, metrics: Metrics, version: str) -> None:
        self._hub, self._auth, self._metrics, self._version = hub, auth, metrics, version

    def routes(self) -> list[WebSocketRoute]:
        """Those that Starlette's router leads to."""
        return [WebSocketRoute("/api/v1/ingest", self.ingest)]

    # out -----------------------------------------------------------------------------------------------------------

    async def live(self, socket: WebSocket) -> None:
        """`WS /api/v1/live`: several subscriptions on one socket."""
        try:
            who = await self._auth.viewer(socket)
            self._hub.refuse_at_the_end()
        except LiveError as error:
            await socket.send_denial_response(problems.of(error))
            return
        await socket.accept()
        settings = self._hub.settings
        if len(self._hub.viewers) >= settings.max_viewers:
            await self._close(socket, Close.FULL)
            return
        sees = Sees(sessions=who.role != KIOSK, masked=who.masked)
        viewer = Viewer(
            self._hub.sources, max_subscriptions=settings.max_subscriptions, sees=sees, name=who.name,
            express=socket.scope.get("extensions", {}).get("live.express"),
        )  # fmt: skip
        await socket.send_text(frames.hello(version=self._version, heartbeat=settings.heartbeat, hub=self._hub.name))
        self._hub.viewers.add(viewer)
        try:
            async with asyncio.TaskGroup() as group:  # one task besides our own: a second costs 2 KiB, 5,000 times
                sending = group.create_task(self._send(socket, viewer))
                await self._listen(socket, viewer)
                sending.cancel()
        except* Cut as cut:
            await self._close(socket, _code(cut))
        except* WebSocketDisconnect:
            logger.debug("a viewer went")
        finally:
            self._hub.viewers.discard(viewer)
            viewer.leave()

    async def _send(self, socket: WebSocket, viewer: Viewer) -> None:
        """What is due, until the viewer is cut off."""
        timeout = self._hub.settings.send_timeout
        await viewer.run(socket.send_text, timeout=timeout, still=lambda: self._still(self._auth.viewer, socket))

    async def _still(self, ask: Callable[[WebSocket], Awaitable[object]], socket: WebSocket) -> bool:
        """May this socket go on? While the store is away, it may, and its heartbeats do not wait for that."""
        if self._hub.health()["store"] != "ok":
            return True
        try:
            async with asyncio.timeout(ASKED):
                await ask(socket)
        except (StoreAway, TimeoutError):
            return True
        except LiveError:
            return False
        return True

    async def _listen(self, socket: WebSocket, viewer: Viewer) -> None:
        """Read the client until it goes. A socket that nobody reads would hide its end."""
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None or len(text) > MAX_FRAME:
                viewer.reply(
                    frames.error(None, code="bad_request", message=f"expected text of at most {MAX_FRAME:,} characters")
                )
            else:
                await viewer.take(text)

    # in ------------------------------------------------------------------------------------------------------------

    async def ingest(self, socket: WebSocket) -> None:
        """`WS /api/v1/ingest`: events in, acks out, in the order sent."""
        try:
            key = await self._auth.channel_of(socket)
            self._hub.refuse_at_the_end()
        except LiveError as error:
            await socket.send_denial_response(problems.of(error))
            return
        await socket.accept()
        line = _Line()
        try:
            await _first(self._read(socket, line, key.channel), self._acknowledge(socket, line), self._until_stop(line))
        except StoreAway:
            await self._close(
                socket, Close.RESTART
            )  # the hub stops: what was not acknowledged is sent again to the next
        except Cut as cut:
            await self._close(socket, cut.code)

    async def _until_stop(self, line: "_Line") -> None:
        """Before a planned stop: acknowledge what is there, then close. Raises StoreAway."""
        await self._hub.stopping.wait()
        await line.empty()
        raise StoreAway("the hub is stopping")

    async def _read(self, socket: WebSocket, line: "_Line", channel: str) -> None:
        """Take frames; while the hub is full, or too much of this socket is not durable yet, it is not read."""
        hub = self._hub
        time = asyncio.get_running_loop().time
        checked = time()
        while True:
            await hub.writer.room()
            await line.room(hub.settings.max_unacked)
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if time() - checked > RECHECK:
                checked = time()
                if not await self._still(self._auth.channel_of, socket):
                    raise Cut(Close.SIGN_IN)
            items = await self._prepare(message, channel)
            while not line.take(hub.writer, items):
                await hub.writer.room()

    async def _prepare(self, message: object, channel: str) -> list[Item | Result]:
        assert isinstance(message, dict)
        data = message.get("text")
        raw = data.encode() if isinstance(data, str) else message.get("bytes") or b""
        settings = self._hub.settings
        try:
            parts = intake.split(raw, lines=False, settings=settings).parts
        except Invalid as error:
            return [
                Result(
                    None, None, "invalid", None, [{"path": flaw.path, "message": flaw.message} for flaw in error.flaws]
                )
            ]
        except TooLarge as error:
            return [Result(None, None, "invalid", None, [{"path": "", "message": str(error)}])]
        now = clock()
        items: list[Item | Result] = []
        for start in range(0, len(parts), intake.CHUNK):
            items += [
                intake.prepare(part, channel=channel, now=now, settings=settings)
                for part in parts[start : start + intake.CHUNK]
            ]
            if len(parts) > intake.CHUNK:
                await asyncio.sleep(0)
        return items

    async def _acknowledge(self, socket: WebSocket, line: "_Line") -> None:
        """Send results in the order of the events; those of one commit in one frame."""
        while True:
            results = await line.durable()
            self._metrics.settled(result.status for result in results)
            try:
                async with asyncio.timeout(self._hub.settings.send_timeout):
                    await socket.send_text(frames.ack(results))
            except TimeoutError:
                raise Cut(Close.SLOW) from None

    async def _close(self, socket: WebSocket, code: Close) -> None:
        self._metrics.cuts.labels(str(int(code))).inc()
        if code is not Close.RESTART:
            logger.warning("socket closed: %s (%d)", code.name, code)
        try:
            async with asyncio.timeout(FAREWELL):
                await socket.close(int(code))
        except (TimeoutError, RuntimeError, WebSocketDisconnect):
            logger.info("socket was gone before its close")


class _Line:
    """The tickets of one ingest socket, in the order sent."""

    def __init__(self) -> None:
        self._tickets: deque[Ticket] = deque()
        self._unacked = 0
        self._more = asyncio.Event()
        self._fewer = asyncio.Event()

    def take(self, writer: Writer, items: list[Item | Result]) -> bool:
        """One more frame. False where the hub is full: try again when it has room. Raises StoreAway when it stops."""
        try:
            ticket = writer.submit(items)
        except HubFull:
            return False
        self._tickets.append(ticket)
        self._unacked += len(ticket.items)
        self._more.set()
        return True

    async def room(self, most: int) -> None:
        """Wait until fewer than `most` events are not acknowledged."""
        while self._unacked >= most:
            self._fewer.clear()
            await self._fewer.wait()

    async def durable(self) -> list[Result]:
        """The next results: of the oldest frame, once it is durable, and of those after it that are."""
        while not self._tickets:
            self._more.clear()
            await self._more.wait()
        await self._tickets[0].done
        results: list[Result] = []
        while self._tickets and self._tickets[0].done.done() and len(results) < 1000:
            results += self._tickets.popleft().results()
        self._unacked -= len(results)
        self._fewer.set()
        return results

    async def empty(self) -> None:
        """Wait until all is acknowledged."""
        await self.room(1)


def _code(cut: BaseExceptionGroup[Cut]) -> Close:
    first = cut.exceptions[0]
    assert isinstance(first, Cut)
    return first.code


async def _first(*tasks: Awaitable[None]) -> None:
    """Run all until one ends; its error, if it has one, is raised."""

    async def run(what: Awaitable[None]) -> None:
        await what
        raise _Over

    try:
        async with asyncio.TaskGroup() as group:
            for task in tasks:
                group.create_task(run(task))
    except BaseExceptionGroup as errors:
        first = errors.exceptions[0]
        if not isinstance(first, _Over | WebSocketDisconnect):
            raise first from None


class _Over(Exception):
    """One of them ended."""
