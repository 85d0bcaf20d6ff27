"""Hypercorn in this process: sockets, limits, a planned stop. The only file that knows it.

What is mended here was found by running Hypercorn 0.18 (docs/architecture.md, "Traps"):
- permessage-deflate is always on: 140 KB a connection instead of 27, and a small bomb costs 290 MB. Switched off.
- an oversize message goes on growing after the close frame was sent. The buffer below stops at the limit, in bytes.
- after that close frame each read looks at one piece, and leaves the client's own close, right behind its message,
  until more bytes come: 25 to 45 s. The rest is read here up to that close, within bounds.
- a peer that stops reading holds 2.8 MB and a descriptor. Small send buffers and a TCP time-out on the listening
  socket.
- pongs are never checked: pings go out, and a connection that says nothing for `read_timeout` is closed.
- its read time-out also ends an answer that takes longer than that to stream, in its middle. Here it does not, up to
  LONGEST: the client has asked, and now listens.
- a closed socket's task sleeps on until its next ping, up to 20 s, which holds memory and a planned stop up. It ends at
  once here.
- a connection that its client has closed is held, descriptor and three tasks, until it would have been idle for
  KEEP_ALIVE. It ends at once here.
- a websocket is closed only when the peer has read all: one that never does is held until the kernel gives it up.
  FAREWELL is all it gets.
- SIGTERM gives viewers 1011: the stop goes through `drain` first.
- a frame costs 48 µs of CPU, the same one for a thousand viewers a thousand times. EXPRESS, an extension of the ASGI
  scope, makes it once (`pack`) and writes it to the connection itself (`write`); where that cannot be, it says so, and
  the ordinary send is the way.
"""

import asyncio
import logging
import signal
import socket
from collections.abc import Awaitable, Callable
from io import BytesIO, StringIO
from typing import Any

import h11 as http
import hypercorn.asyncio.run as hypercorn_run
import hypercorn.protocol.h2 as h2
import hypercorn.protocol.h11 as h11
import hypercorn.protocol.ws_stream as ws_stream
from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.asyncio.tcp_server import MAX_RECV, TCPServer
from hypercorn.config import Config, Sockets
from hypercorn.events import Closed, RawData
from hypercorn.protocol.events import Data, Event, Request, StreamClosed
from hypercorn.protocol.http_stream import HTTPStream
from hypercorn.protocol.ws_stream import ASGIWebsocketState
from starlette.types import ASGIApp
from wsproto.connection import ConnectionState
from wsproto.events import CloseConnection, Message, Ping
from wsproto.frame_protocol import CloseReason, FrameProtocol

BACKLOG = 2_048  # a storm of reconnects; the default of 100 refuses it
SEND_BUFFER = 64 * 1024  # bytes of kernel memory for what a viewer has not read
USER_TIMEOUT = 15_000  # ms without an acknowledgement before the kernel gives a connection up
PING = 20.0  # seconds between pings
SILENT = 45.0  # seconds without a byte, two pongs included, before a connection is closed
FORGOTTEN = 32 * 1024 * 1024  # bytes of a refused message that are read, not kept, before the connection is cut
LINGER = 10.0  # seconds for that: who is hung up on while sending may never read the reason
LONGEST = 3_600.0  # seconds that one answer may take to stream
KEEP_ALIVE = 30.0  # seconds that an idle HTTP connection is kept
FAREWELL = 0.5  # seconds for what a websocket has not read when it is closed; then its descriptor is free
GRACE = 3.0  # seconds for requests under way when the hub stops

EXPRESS = "live.express"  # in `scope["extensions"]` of a websocket

logger = logging.getLogger(__name__)


class BoundedBuffer(ws_stream.WebsocketBuffer):
    """Holds one message; past the limit, in bytes, it holds nothing and refuses."""

    def extend(self, event: Message[Any]) -> None:
        """Add a part. Raises FrameTooLargeError, again for every further part."""
        data = event.data
        self.length += len(data.encode()) if isinstance(data, str) else len(data)
        if self.length > self.max_length:
            self.value = None
            raise ws_stream.FrameTooLargeError
        if self.value is None:
            self.value = StringIO() if isinstance(data, str) else BytesIO()
        self.value.write(data)


class PromptStream(ws_stream.WSStream):
    """A websocket whose pings end with it, and need no task between them; a message too large ends it at once."""

    _timer: asyncio.TimerHandle | None = None  # until the next ping; once a message is refused, until the cut
    _refused = False  # a message was too large: 1009 is sent, and what still comes is thrown away
    _forgotten = 0  # bytes of that
    _transport: asyncio.WriteTransport | None = None  # where whole frames may be written

    def pack(self, text: str) -> bytes:
        """A message as it goes over the wire, to as many as it is for."""
        return bytes(FrameProtocol(client=False, extensions=[]).send_data(text))

    def write(self, made: bytes) -> bool:
        """Send what was packed, now. False where that cannot be: the peer has not read the last one, or is going."""
        transport = self._transport
        if transport is None or self.closed or self.state is not ASGIWebsocketState.CONNECTED:
            return False
        if self.connection.state is not ConnectionState.OPEN or transport.is_closing():
            return False
        if transport.get_write_buffer_size():
            return False
        transport.write(made)
        return True

    async def handle(self, event: Event) -> None:
        """What comes in."""
        await super().handle(event)
        if isinstance(event, Request):
            self._transport = _transport_of(self)
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[EXPRESS] = self
        if self._refused and not self.closed and isinstance(event, Data):
            self._forgotten += len(event.data)
            if self._forgotten > FORGOTTEN:
                await self._cut()
        if self.closed and self._timer is not None:
            self._timer.cancel()

    async def _handle_events(self) -> None:
        for event in self.connection.events():
            if isinstance(event, Message):
                await self._take(event)
            elif isinstance(event, Ping):
                await self._send_wsproto_event(event.response())
            elif isinstance(event, CloseConnection):
                if self.connection.state is ConnectionState.REMOTE_CLOSING:
                    await self._send_wsproto_event(event.response())
                await self._cut()

    async def _take(self, part: Message[Any]) -> None:
        if self._refused:
            return
        try:
            self.buffer.extend(part)
        except ws_stream.FrameTooLargeError:
            self._refused = True
            await self._send_wsproto_event(CloseConnection(code=CloseReason.MESSAGE_TOO_BIG))
            self._after(LINGER, self._cut)
            return
        if part.message_finished:
            assert self.app_put is not None
            await self.app_put(self.buffer.to_message())
            self.buffer.clear()

    async def _cut(self) -> None:
        await self.send(StreamClosed(stream_id=self.stream_id))

    async def _send_pings(self) -> None:
        if not self.closed:
            await self._send_wsproto_event(Ping())
            if not self._refused:
                self._after(PING, self._send_pings)

    def _after(self, seconds: float, do: Callable[[], Awaitable[None]]) -> None:
        def due() -> None:
            if not self.closed:
                self.task_group.spawn(do)

        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, due)


def _transport_of(stream: ws_stream.WSStream) -> asyncio.WriteTransport | None:
    """Of a websocket that has its connection for itself; of one that shares it (HTTP/2) None."""
    protocol = getattr(stream.send, "__self__", None)
    server = getattr(getattr(protocol, "send", None), "__self__", None)
    if not isinstance(protocol, h11.H11Protocol) or not isinstance(server, TCPServer):
        return None
    return server.writer.transport


class PatientServer(TCPServer):
    """A connection that is not ended for its silence while an answer is on its way to the client."""

    async def _read_data(self) -> None:
        patience = LONGEST
        while not self.reader.at_eof():
            try:
                data = await asyncio.wait_for(self.reader.read(MAX_RECV), self.config.read_timeout)
            except TimeoutError:
                patience -= self.config.read_timeout or 0
                if self._is_answering() and patience > 0:
                    continue
                break
            except OSError:
                break
            patience = LONGEST
            await self.protocol.handle(RawData(data))
        await self.protocol.handle(Closed())
        await self.idle_task.stop()  # which waits for the next request, and would hold what has ended

    async def _close(self) -> None:
        late = self.loop.call_later(FAREWELL, self.writer.transport.abort) if self._is_websocket() else None
        try:
            await super()._close()
        except OSError as error:
            logger.debug("a peer was given up: %s", error)
        finally:
            if late is not None:
                late.cancel()

    def _is_websocket(self) -> bool:
        protocol = self.protocol.protocol if hasattr(self, "protocol") else None
        return isinstance(protocol, h11.H11Protocol) and isinstance(protocol.connection, h11.H11WSConnection)

    def _is_answering(self) -> bool:
        """Is a whole request in, and its answer not yet out? Sockets are another thing: they have pings."""
        protocol = self.protocol.protocol
        if not isinstance(protocol, h11.H11Protocol) or not isinstance(protocol.stream, HTTPStream):
            return False
        connection = protocol.connection
        return isinstance(connection, http.Connection) and connection.their_state is http.DONE


def mend_hypercorn() -> None:
    """Put the pieces in place. A test fails when Hypercorn learns to do without."""

    def no_extensions(requested: Any, supported: Any) -> None:
        return None

    ws_stream.server_extensions_handshake = no_extensions  # type: ignore[attr-defined]
    ws_stream.WebsocketBuffer = BoundedBuffer  # type: ignore[misc]
    h11.WSStream = h2.WSStream = PromptStream  # type: ignore[attr-defined]
    hypercorn_run.TCPServer = PatientServer  # type: ignore[attr-defined]


class _Config(Config):
    """Hypercorn's settings, with a listening socket of our own."""

    listener: socket.socket

    def create_sockets(self) -> Sockets:
        return Sockets([], [self.listener], [])


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; its options are inherited by every connection. Raises OSError where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    listener.settimeout(0)
    return listener


async def serve(
    app: ASGIApp,
    listener: socket.socket,
    *,
    max_message: int,
    stop: asyncio.Event,
    drain: Callable[[], Awaitable[None]],
) -> None:
    """Serve until `stop` is set; then drain, and let requests under way end."""
    mend_hypercorn()
    config = _Config()
    config.listener = listener
    config.backlog = BACKLOG
    config.websocket_max_message_size = max_message
    config.websocket_ping_interval = PING
    config.read_timeout = SILENT  # type: ignore[assignment]
    config.keep_alive_timeout = KEEP_ALIVE
    config.graceful_timeout = GRACE
    config.include_server_header = False
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn")
    config.h11_max_incomplete_size = 64 * 1024

    async def stopped() -> None:
        await stop.wait()
        await drain()

    await hypercorn_serve(app, config, shutdown_trigger=stopped)  # type: ignore[arg-type]


def stop_on_signals(stop: asyncio.Event) -> None:
    """SIGTERM and SIGINT ask for a planned stop; a second one ends the process at once."""
    loop = asyncio.get_running_loop()

    def ask(number: int) -> None:
        if stop.is_set():
            raise SystemExit(128 + number)
        logger.info("stopping (%s)", signal.Signals(number).name)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ask, number)
