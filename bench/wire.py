"""A lean websocket client: the load shares its two cores with what it measures, so it may cost next to nothing.

Frames go out masked with zeros, which is legal and leaves the payload as it is; what comes in is handed on as bytes.
"""

import asyncio
import struct
from asyncio.trsock import TransportSocket
from base64 import b64encode
from collections.abc import Callable
from secrets import token_bytes
from urllib.parse import urlsplit

_MASKED = 0x80
_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA


def framed(payload: bytes, opcode: int = _TEXT) -> bytes:
    """A whole client frame."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, _MASKED | size)
    elif size < 65_536:
        head = struct.pack("!BBH", 0x80 | opcode, _MASKED | 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, _MASKED | 127, size)
    return head + b"\0\0\0\0" + payload


class Socket(asyncio.Protocol):
    """One connection; `heard` gets the payload of every text frame."""

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self.heard = heard
        self._buffer = bytearray()
        self._open = False
        self._transport: asyncio.Transport | None = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed = False
        self.code: int | None = None  # of the hub's close, where it said one
        self.ended = asyncio.Event()  # the connection is gone
        self.frames = 0
        self.bytes = 0
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def pause_writing(self) -> None:
        """The hub does not read: wait."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """It reads again."""
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side is gone."""
        self.closed = True
        self.ended.set()
        self._writable.set()
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("closed before it was open"))

    def data_received(self, data: bytes) -> None:
        """Split what came into frames."""
        buffer = self._buffer
        buffer += data
        if not self._open:
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(buffer[:end])
            del buffer[: end + 4]
            if b" 101 " not in head[:20]:
                self.opened.set_exception(ConnectionError(head.decode(errors="replace")))
                return
            self._open = True
            if not self.opened.done():  # else whoever waited has given up
                self.opened.set_result(None)
        start = 0
        while len(buffer) - start >= 2:
            size, offset = buffer[start + 1] & 0x7F, 2
            if size == 126:
                if len(buffer) - start < 4:
                    break
                size, offset = struct.unpack_from("!H", buffer, start + 2)[0], 4
            elif size == 127:
                if len(buffer) - start < 10:
                    break
                size, offset = struct.unpack_from("!Q", buffer, start + 2)[0], 10
            if len(buffer) - start < offset + size:
                break
            self._take(buffer[start] & 0x0F, bytes(buffer[start + offset : start + offset + size]))
            start += offset + size
        del buffer[:start]

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == _TEXT:
            self.frames += 1
            self.bytes += len(payload)
            self.heard(payload)
        elif opcode == _PING:
            self.write(framed(payload, _PONG))
        elif opcode == _CLOSE:
            self.closed = True
            self.code = struct.unpack_from("!H", payload)[0] if len(payload) >= 2 else None
            self.write(framed(payload[:2], _CLOSE))

    def write(self, frame: bytes) -> None:
        """Send a frame that is made."""
        assert self._transport is not None
        self._transport.write(frame)

    async def writable(self) -> None:
        """Wait while the hub does not read."""
        await self._writable.wait()

    def read(self, *, on: bool) -> None:
        """Take what comes, or leave it in the kernel's buffers."""
        assert self._transport is not None
        if on:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def hand_over(self, other: asyncio.Protocol) -> None:
        """What comes from now on is another's."""
        assert self._transport is not None
        self._transport.set_protocol(other)

    @property
    def port(self) -> int:
        """Our own end's."""
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    @property
    def raw(self) -> TransportSocket:
        """The kernel's."""
        assert self._transport is not None
        found: TransportSocket = self._transport.get_extra_info("socket")
        return found

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()


async def connect(url: str, path: str, *, bearer: str, heard: Callable[[bytes], None]) -> Socket:
    """An open websocket to the hub at `url`."""
    parts = urlsplit(url)
    assert parts.hostname is not None and parts.port is not None
    loop = asyncio.get_running_loop()
    transport, socket = await loop.create_connection(lambda: Socket(heard), parts.hostname, parts.port)
    transport.write(
        f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {b64encode(token_bytes(16)).decode()}\r\n"
        f"Authorization: Bearer {bearer}\r\n\r\n".encode()
    )
    try:
        await socket.opened
    except BaseException:
        transport.abort()
        raise
    return socket
