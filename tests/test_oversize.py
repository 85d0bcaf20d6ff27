"""A websocket message over the limit: refused at once, the rest read and thrown away within bounds; then it is over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import websockets

from live import server
from tests.hubs import RunningHub
from tests.test_server import LIMIT, serving

pytestmark = pytest.mark.anyio

PATIENCE = 10.0  # seconds; a socket that waits for the client's next byte would take 25 and more
TOO_BIG = b"\x88\x02" + (1009).to_bytes(2, "big")  # the close frame


@pytest.mark.parametrize("size", [4 * 2**20 + 1, 4_300_000, 4_500_000, 6_000_000, 12_000_000])
@pytest.mark.parametrize("path", ["ingest", "live"])
async def test_a_message_over_the_limit_is_refused_at_once(hub: RunningHub, path: str, size: int) -> None:
    key = hub.key if path == "ingest" else hub.token
    connecting = websockets.connect(
        f"{hub.url.replace('http', 'ws', 1)}/api/v1/{path}",
        additional_headers={"Authorization": f"Bearer {key}"},
        compression=None,
        ping_interval=None,
        close_timeout=60,
    )
    async with asyncio.timeout(PATIENCE), connecting as socket:
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.send("x" * size)
            while True:
                await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A websocket without a library, so that it may be as rude as it likes."""
    port = int(url.rsplit(":", 1)[1].rstrip("/"))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    try:
        yield reader, writer
    finally:
        writer.close()


def announced(size: int) -> bytes:
    """The head of a text frame of so many bytes, masked with zeros."""
    return b"\x81\xff" + size.to_bytes(8, "big") + bytes(4)


async def test_who_never_answers_the_refusal_is_cut_off_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "LINGER", 0.2)
    async with asyncio.timeout(PATIENCE), serving() as url, opened(url) as (reader, writer):
        writer.write(announced(10 * LIMIT) + b"x" * (2 * LIMIT))
        assert (await reader.read()).endswith(TOO_BIG)


async def test_who_goes_on_sending_is_cut_off_after_so_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "FORGOTTEN", 4 * LIMIT)
    async with asyncio.timeout(PATIENCE), serving() as url, opened(url) as (_, writer):
        writer.write(announced(2**40))
        with pytest.raises(ConnectionError):
            while True:
                writer.write(b"x" * 65_536)
                await writer.drain()
