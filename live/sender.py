"""A client of `WS /api/v1/ingest`: events go out in order, and stay here until the hub has acknowledged them.

`async with sender(url, key=…) as out: await out.send(event)`. It pipelines: up to `window` events may be without an
acknowledgement; then `send` waits. When the socket is cut it connects again, with a capped, jittered, exponential
pause, and sends everything that was not acknowledged once more: an event's id makes that harmless.

One acknowledgement may answer several frames, so results are counted, not frames. A frame that a hub with narrower
limits refuses as a whole is sent again in halves.
"""

import asyncio
import logging
import random
import re
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from time import monotonic
from typing import Any, NamedTuple

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from live.errors import Forbidden, LiveError, NotFound, Unauthorized

WINDOW = 2_000  # events without acknowledgement; the hub reads no further than that either (LIVE_MAX_UNACKED)
FRAME = 100  # events in one frame, when more than one is waiting
FRAME_BYTES = 512 * 1024  # a frame is closed when it has reached this
STABLE = 1.0  # seconds after which a connection counts, and the pauses start small again
PAUSES = (0.1, 5.0)  # seconds: the first pause before trying again, and the longest
PATIENT = 30.0  # seconds: the longest pause that a hub may ask for with Retry-After
MAX_ACK = 16 * 1024 * 1024  # bytes of one frame from the hub; a larger one closes the socket
STOPPING = range(4500, 5000)  # close codes after which coming back is useless
TOO_BIG = 1009  # the close code after a frame that the hub does not take, now or later

Result = dict[str, Any]
Told = Callable[[Result], None]


class Frame(msgspec.Struct, frozen=True):
    """What the hub sends: an `ack`, or what a later hub may say besides."""

    op: str
    results: list[Result] = []


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Frame).decode
_log = logging.getLogger(__name__)


class Unreachable(LiveError):
    """No hub answers at this address."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(url, reason)
        self.url, self.reason = url, reason

    def __str__(self) -> str:
        return f"no hub answers at {self.url} ({self.reason}): is it running? Start one with `live up`, or give --url"


class TooMuch(LiveError):
    """The hub does not take a single event of this size."""

    def __init__(self, url: str, size: int) -> None:
        super().__init__(url, size)
        self.url, self.size = url, size

    def __str__(self) -> str:
        return f"the hub at {self.url} takes no event of {self.size:,} bytes: raise its LIVE_MAX_BODY, or send less"


@asynccontextmanager
async def sender(
    url: str, *, key: str, window: int = WINDOW, patience: float | None = None, told: Told | None = None
) -> AsyncIterator["Sender"]:
    """A connected-as-far-as-possible sender; leaving the block closes it, acknowledged or not (see `settled`).

    `url` is the hub's (http, https, ws or wss); `told` gets each result as the hub acknowledges it. Raises
    Unauthorized, Forbidden or NotFound when the hub refuses for good, TooMuch for an event that it never takes,
    Unreachable after `patience` seconds without a connection.
    """
    out = Sender(url, key=key, window=window, patience=patience, told=told)
    with ungrouped():
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(out.run())
            try:
                yield out
            finally:
                running.cancel()


@contextmanager
def ungrouped() -> Iterator[None]:
    """A LiveError that a task group has wrapped comes out as itself."""
    try:
        yield
    except BaseExceptionGroup as group:
        known = group.subgroup(LiveError)
        error: BaseException = group if known is None else known
        while known is not None and isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error from None


class Sender:
    """What waits to be sent, and what waits for its acknowledgement. Made by `sender`."""

    def __init__(self, url: str, *, key: str, window: int, patience: float | None, told: Told | None) -> None:
        self.url = f"{re.sub('^http', 'ws', url.rstrip('/'))}/api/v1/ingest"
        self._address, self._key = url, key
        self._window, self._patience, self._told = window, patience, told
        self._waiting: deque[str] = deque()
        self._flying: deque[str] = deque()
        self._frames: deque[int] = deque()  # events of each frame in flight that have no result yet
        self._frame = FRAME
        self._again = False  # connect at once: nothing is wrong but the size of a frame
        self._some = asyncio.Event()  # something waits to be sent
        self._moved = asyncio.Condition()  # acknowledgements came in

    @property
    def unsettled(self) -> int:
        """Events not yet acknowledged."""
        return len(self._waiting) + len(self._flying)

    async def send(self, event: Any) -> None:
        """Take one event; waits while the window is full."""
        raw = _encode(event).decode()
        if self.unsettled >= self._window:
            async with self._moved:
                await self._moved.wait_for(lambda: self.unsettled < self._window)
        self._waiting.append(raw)
        self._some.set()

    async def settled(self) -> None:
        """Wait until everything is acknowledged."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.unsettled == 0)

    async def run(self) -> None:
        """Connect, and connect again, until cancelled or refused."""
        there, tries = monotonic(), 0
        while True:
            lost = await self._connected()
            if self._again:
                self._again, tries = False, 0
                continue
            if lost.lasted is not None:
                there = monotonic()
                tries = 0 if lost.lasted >= STABLE else tries
            elif self._patience is not None and monotonic() - there >= self._patience:
                raise Unreachable(self._address, lost.reason)
            if tries == 0:
                _log.warning("%s: %s; trying again", self._address, lost.reason)
            first, longest = PAUSES
            await asyncio.sleep(max(lost.away, random.uniform(0.5, 1) * min(longest, first * 2 ** min(tries, 16))))
            tries += 1

    async def _connected(self) -> "_Lost":
        """One connection from its beginning to its end. Raises where there is no sense in another."""
        since: float | None = None
        away = 0.0
        try:
            # Straight to the address: a hub is near, and a proxy from the environment is rarely meant for it.
            async with connect(
                self.url,
                additional_headers={"Authorization": f"Bearer {self._key}"},
                compression=None,
                proxy=None,
                max_size=MAX_ACK,
                close_timeout=2,
            ) as socket:
                since = monotonic()
                _log.info("%s: connected", self._address)
                await self._talk(socket)
            if socket.close_code in STOPPING:
                raise Forbidden(socket.close_reason or "the hub says that this key is no longer in use")
            if socket.close_code == TOO_BIG:
                self._halve()
            reason = f"closed with {socket.close_code} {socket.close_reason or ''}".rstrip()
        except InvalidStatus as error:
            reason = _refused(error.response.status_code, self._address)
            away = _asked(error.response.headers.get("Retry-After"))
        except InvalidURI:
            raise Unreachable(self._address, "expected an address such as http://127.0.0.1:8000") from None
        except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed) as error:
            reason = str(error) or type(error).__name__
        return _Lost(reason, None if since is None else monotonic() - since, away)

    async def _talk(self, socket: ClientConnection) -> None:
        """Send and take acknowledgements until the socket is closed; what lacks one goes back to the front."""
        try:
            async with asyncio.TaskGroup() as tasks:
                writing = tasks.create_task(self._write(socket))
                await self._read(socket)
                writing.cancel()
        finally:
            self._waiting.extendleft(reversed(self._flying))
            self._flying.clear()
            self._frames.clear()
            if self._waiting:
                self._some.set()

    async def _write(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            while True:
                await self._some.wait()
                batch: list[str] = []
                size = 0
                while self._waiting and len(batch) < self._frame and size < FRAME_BYTES:
                    batch.append(self._waiting.popleft())
                    size += len(batch[-1])
                if not self._waiting:
                    self._some.clear()
                if batch:
                    self._flying.extend(batch)
                    self._frames.append(len(batch))
                    await socket.send(batch[0] if len(batch) == 1 else f"[{','.join(batch)}]")

    async def _read(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for text in socket:
                try:
                    frame = _decode(text)
                except msgspec.DecodeError:
                    await socket.close(1002, "expected a JSON object with an op")
                    return
                if frame.op != "ack":
                    continue
                for result in frame.results:
                    if not self._frames:
                        await socket.close(1002, "more results than events were sent")
                        return
                    if result.get("id") is None and result.get("session") is None and self._frames[0] > 1:
                        self._halve()  # a result of nothing: the whole frame was refused
                        await socket.close()
                        return
                    self._settle(result)
                async with self._moved:
                    self._moved.notify_all()

    def _settle(self, result: Result) -> None:
        """The oldest event in flight has its result."""
        self._flying.popleft()
        self._frames[0] -= 1
        if not self._frames[0]:
            self._frames.popleft()
        if self._told is not None:
            self._told(result)

    def _halve(self) -> None:
        """The hub takes less in a frame than was sent. Raises TooMuch where one event is."""
        if self._frame == 1:
            raise TooMuch(self._address, max((len(raw.encode()) for raw in self._waiting), default=0))
        self._frame //= 2
        self._again = True
        _log.info("%s: takes no such frame; trying %d events a frame", self._address, self._frame)


class _Lost(NamedTuple):
    """How a connection ended: why, seconds it lasted (None: none was made), seconds the hub wants no other."""

    reason: str
    lasted: float | None
    away: float


def _asked(retry_after: str | None) -> float:
    """The seconds of a Retry-After; 0 where there are none."""
    return min(PATIENT, float(retry_after)) if retry_after and retry_after.isascii() and retry_after.isdigit() else 0.0


def _refused(status: int, url: str) -> str:
    """Why the handshake failed, if it is worth another try; raises where it is not."""
    if status == 401:
        raise Unauthorized(f"the hub at {url} does not know this channel key: `live key list` shows those in use")
    if status == 403:
        raise Forbidden(
            f"the hub at {url} takes no events with this key: is it the whole address, and a channel's key?"
        )
    if 400 <= status < 500 and status not in (408, 425, 429):
        raise NotFound("ingest socket", f"{url} (it answered {status})")
    return f"it answered {status}"
