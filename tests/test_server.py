"""What is mended in Hypercorn, each as an outsider would notice it; and that mending is still needed."""

import asyncio
import inspect
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import hypercorn.config
import pytest
import websockets
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from live import server

pytestmark = pytest.mark.anyio

LIMIT = 100_000


async def echo(ws: WebSocket) -> None:
    """Says back what it hears."""
    await ws.accept()
    try:
        while True:
            await ws.send_text(f"{len(await ws.receive_text())}")
    except WebSocketDisconnect:
        return


@asynccontextmanager
async def serving(drained: list[str] | None = None) -> AsyncIterator[str]:
    """The address of a server that echoes."""
    stop = asyncio.Event()

    async def drain() -> None:
        if drained is not None:
            drained.append("drained")

    listener = server.listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    async with asyncio.TaskGroup() as group:
        app = Starlette(routes=[WebSocketRoute("/", echo)])
        group.create_task(server.serve(app, listener, max_message=LIMIT, stop=stop, drain=drain))
        try:
            yield f"ws://127.0.0.1:{port}/"
        finally:
            stop.set()


async def test_no_compression_is_agreed_on() -> None:
    async with serving() as url, websockets.connect(url, compression="deflate") as ws:
        assert ws.response is not None
        assert "sec-websocket-extensions" not in {name.lower() for name in ws.response.headers}
        await ws.send("hello")
        assert await ws.recv() == "5"


def test_hypercorn_has_no_setting_for_compression_yet() -> None:
    """When it has one, mend_hypercorn can go."""
    names = [name for name, _ in inspect.getmembers(hypercorn.config.Config)]
    assert not [name for name in names if "deflate" in name or "compress" in name or "extension" in name]


async def test_the_limit_of_a_message_counts_bytes() -> None:
    async with serving() as url:
        async with websockets.connect(url) as ws:
            await ws.send("ä" * (LIMIT // 2))
            assert await ws.recv() == str(LIMIT // 2)
        async with websockets.connect(url) as ws:
            await ws.send("ä" * (LIMIT // 2 + 1))
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await ws.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1009


async def test_what_goes_on_coming_after_the_limit_costs_no_memory() -> None:
    def resident() -> int:
        fields = Path("/proc/self/statm").read_text().split()
        return int(fields[1]) * 4096

    async with serving() as url, websockets.connect(url, max_size=None, close_timeout=1) as ws:
        before = resident()

        async def endless() -> AsyncIterator[str]:
            part = "x" * 65_536
            for _ in range(400):  # 26 MB, 260 times the limit
                yield part

        with pytest.raises(websockets.ConnectionClosed):
            await ws.send(endless())
            await ws.recv()
        assert resident() - before < 8_000_000


async def test_kernel_buffers_are_small_and_dead_peers_are_given_up() -> None:
    listener = server.listen("127.0.0.1", 0)
    try:
        assert listener.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 4 * server.SEND_BUFFER
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == server.USER_TIMEOUT
    finally:
        listener.close()


async def test_a_planned_stop_drains_first() -> None:
    drained: list[str] = []
    async with serving(drained) as url, websockets.connect(url) as ws:
        await ws.send(json.dumps({}))
        assert await ws.recv() == "2"
    assert drained == ["drained"]


async def test_a_taken_port_is_an_error() -> None:
    listener = server.listen("127.0.0.1", 0)
    try:
        with pytest.raises(OSError, match="in use"):
            server.listen("127.0.0.1", listener.getsockname()[1])
    finally:
        listener.close()
