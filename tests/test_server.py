"""What is mended in Hypercorn, each as an outsider would notice it; and that mending is still needed."""

import asyncio
import inspect
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import hypercorn.config
import pytest
import websockets
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from live import server
from tests.servers import until

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


async def express(ws: WebSocket) -> None:
    """Writes below the server's own sending, until it may not; then says, in the ordinary way, how often it did."""
    await ws.accept()
    way = ws.scope["extensions"][server.EXPRESS]
    made = way.pack(await ws.receive_text())
    most = int(await ws.receive_text())
    times = 0
    while times < most and way.write(made):
        times += 1
    await ws.send_text(f"{times} times")
    assert (await ws.receive())["type"] == "websocket.disconnect"
    assert not way.write(made), "nothing is written to who has gone"
    GONE.set()


GONE = asyncio.Event()


async def flood(ws: WebSocket) -> None:
    """Sends until nothing more is taken, then closes."""
    await ws.accept()
    with suppress(TimeoutError):
        while True:
            async with asyncio.timeout(0.2):
                await ws.send_text("x" * 100_000)
    with suppress(TimeoutError):
        async with asyncio.timeout(0.2):
            await ws.close(4008)


async def slowly(request: Request) -> Response:
    """Says a word every tenth of a second, for a second."""

    async def words() -> AsyncIterator[str]:
        for n in range(10):
            yield f"{n} "
            await asyncio.sleep(0.1)

    return StreamingResponse(words())


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
        app = Starlette(
            routes=[
                WebSocketRoute("/", echo),
                WebSocketRoute("/express", express),
                WebSocketRoute("/flood", flood),
                Route("/slowly", slowly),
            ]
        )
        group.create_task(server.serve(app, listener, max_message=LIMIT, stop=stop, drain=drain))
        try:
            yield f"ws://127.0.0.1:{port}/"
        finally:
            stop.set()


@pytest.mark.parametrize("text", ["short", "ä" * 100, "日本" * 12_000], ids=["7 bits", "16 bits", "64 bits"])
async def test_what_is_made_once_arrives_like_any_message(text: str) -> None:
    GONE.clear()
    async with serving() as url, websockets.connect(f"{url}express", compression="deflate", max_size=None) as ws:
        await ws.send(text)
        await ws.send("3" if len(text) < 1_000 else "1")
        heard = [message async for message in upto(ws, "times")]
        assert heard[:-1] == [text] * int(heard[-1].split()[0])
        assert heard[:-1], "at least one was written so"
        await ws.close()
        async with asyncio.timeout(5):
            await GONE.wait()


async def test_who_does_not_read_is_written_to_no_more_and_misses_nothing() -> None:
    text = "x" * 100_000
    async with serving() as url, websockets.connect(f"{url}express", max_size=None, max_queue=1) as ws:
        await ws.send(text)
        await ws.send("100000")
        await asyncio.sleep(0.2)  # it is not read meanwhile
        heard = [message async for message in upto(ws, "times")]
        times = int(heard[-1].split()[0])
        assert heard[:-1] == [text] * times
        assert 0 < times < 200, "the buffers of the kernel hold no more"


async def upto(ws: websockets.ClientConnection, end: str) -> AsyncIterator[str]:
    """The messages, through the one that ends so."""
    async for message in ws:
        assert isinstance(message, str)
        yield message
        if message.endswith(end):
            return


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


def held() -> int:
    """How many connections the server has."""
    names = [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()]
    return sum(name.endswith("_server_callback") for name in names)


async def test_a_websocket_that_is_closed_and_never_read_is_held_no_longer() -> None:
    async with serving() as url, websockets.connect(f"{url}flood", max_size=None, max_queue=1) as ws:
        await until(held, what="the connection is there")
        await until(lambda: not held(), what="it is let go, unread", patience=server.USER_TIMEOUT / 3_000)
        ws.transport.abort()


async def test_a_connection_that_its_client_has_closed_is_held_no_longer() -> None:
    async with serving() as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
        writer.write(b"GET /nothing HTTP/1.1\r\nHost: here\r\n\r\n")
        assert b" 404 " in await reader.readline()
        await until(held, what="the connection waits for the next request")
        writer.close()
        await until(lambda: not held(), what="the connection is let go", patience=server.KEEP_ALIVE / 3)


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


async def test_an_answer_may_take_longer_than_a_client_may_be_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SILENT", 0.25)
    async with serving() as url, httpx.AsyncClient() as http:
        answer = await http.get(url.replace("ws://", "http://") + "slowly")
        assert answer.text.split() == [str(n) for n in range(10)]


async def test_a_request_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SILENT", 0.25)
    async with serving() as url, asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.split(":")[2].strip("/")))
        writer.write(b"POST /slowly HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\nhalf of")
        heard = await reader.read()
        assert b"0 1 2 3 4 5 6 7 8 9" not in heard
        writer.close()
