"""The clients, each in a process of its own: ready, they do their work when told to, and answer with what they saw."""

import asyncio
import re
import resource
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import urlsplit

from bench import talk, wire

Answer = dict[str, Any]
STAMP = re.compile(rb'"@(\d+)@ and so on')
_STORED = b'"status":"stored"'


def open_many_files() -> None:
    """As many as this process may: every viewer is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@dataclass(frozen=True, slots=True)
class Where:
    """The hub, and what opens it."""

    url: str
    key: str
    token: str


class Client:
    """A process that runs one of the roles below."""

    def __init__(self, role: Callable[..., Awaitable[Answer]], where: Where, **options: Any) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_play, args=(theirs, role, where, options), daemon=True)
        self._process.start()

    def ready(self) -> None:
        """Wait until it has connected."""
        self._told()

    def go(self) -> None:
        """Begin, or end: the roles that watch are told twice."""
        self._pipe.send(None)

    def answer(self) -> Answer:
        """What it saw."""
        found: Answer = self._told()
        self._process.join()
        return found

    def _told(self) -> Any:
        try:
            kind, what = self._pipe.recv()
        except EOFError:
            raise RuntimeError("a client of the benchmark has died") from None
        if kind == "failed":
            raise RuntimeError(what)
        return what


class Stage:
    """The client's side of the pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._busy = 0.0

    async def cue(self) -> None:
        """Say ready, then wait to be told."""
        self._pipe.send(("ready", None))
        await self.told()
        self._busy = time.process_time()

    def cpu(self) -> float:
        """Seconds of CPU since the cue: getting ready does not count."""
        return time.process_time() - self._busy

    async def told(self) -> None:
        """Wait for the parent."""
        await asyncio.get_running_loop().run_in_executor(None, self._pipe.recv)


def _play(pipe: Connection, role: Callable[..., Awaitable[Answer]], where: Where, options: dict[str, Any]) -> None:
    open_many_files()

    async def run() -> Answer:
        stage = Stage(pipe)
        found = await role(stage, where, **options)
        return found | {"cpu": stage.cpu()}

    try:
        pipe.send(("answer", asyncio.run(run())))
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent must hear of it
        pipe.send(("failed", f"{type(error).__name__}: {error}"))


# senders ----------------------------------------------------------------------------------------------------------


async def batches(
    stage: Stage, where: Where, *, run: str, count: int, size: int, at_once: int, sessions: int = 400
) -> Answer:
    """`count` POSTs of `size` events, `at_once` at a time."""
    source = talk.facts(run, sessions=sessions)
    bodies = [talk.encoded([next(source) for _ in range(size)]) for _ in range(count)]
    parts = urlsplit(where.url)
    head = (
        f"POST /api/v1/events HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {where.key}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    ).encode()
    stored = 0

    async def post() -> None:
        nonlocal stored
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=2**22)
        while bodies:
            body = bodies.pop(0)
            writer.write(b"%s%d\r\n\r\n%s" % (head, len(body), body))
            answer = await _answered(reader)
            stored += answer.count(_STORED)  # after the await: others count meanwhile
        writer.close()

    await stage.cue()
    began = time.monotonic()
    await asyncio.gather(*(post() for _ in range(at_once)))
    took = time.monotonic() - began
    if stored != count * size:
        raise RuntimeError(f"{count * size:,} events sent, {stored:,} stored")
    return {"events": stored, "seconds": took}


async def singles(stage: Stage, where: Where, *, run: str, count: int, sockets: int, window: int) -> Answer:
    """`count` events, one a frame, over several ingest sockets with at most `window` without ack on each."""
    source = talk.facts(run, sessions=400)
    frames = [wire.framed(talk.encoded(next(source))) for _ in range(count)]
    shares = [frames[n::sockets] for n in range(sockets)]
    lines = [await _line(where, window) for _ in range(sockets)]
    await stage.cue()
    began = time.monotonic()

    async def send(line: "_Line", share: list[bytes]) -> None:
        for frame in share:
            await line.send(frame)
        await line.all_acked(len(share))

    await asyncio.gather(*(send(line, share) for line, share in zip(lines, shares, strict=True)))
    return {"events": sum(line.stored for line in lines), "seconds": time.monotonic() - began}


async def paced(
    stage: Stage, where: Where, *, run: str, rate: int, seconds: float, sessions: int, length: int,
    event: Callable[..., bytes] = talk.stamped, together: int = 1,
) -> Answer:  # fmt: skip
    """Stamped events at `rate` a second over four sockets, evenly, `together` a frame (a divisor of `sessions`)."""
    lines = [await _line(where, 100_000) for _ in range(4)]
    await stage.cue()
    began, sent, late = time.monotonic(), 0, 0.0
    while (now := time.monotonic() - began) < seconds:
        due = int(now * rate)
        while sent + together <= due:
            line = lines[sent % sessions // together % 4]  # a session's on one socket: their order is the sender's
            made = [event(run, number, sessions=sessions, length=length) for number in range(sent, sent + together)]
            await line.send(wire.framed(made[0] if together == 1 else b"[%s]" % b",".join(made)))
            sent += together
        await asyncio.sleep(0.001)
        late = max(late, time.monotonic() - began - now - 0.001)
    async with asyncio.timeout(30):
        while sum(line.stored for line in lines) < sent:
            await asyncio.sleep(0.01)
    return {"events": sent, "seconds": time.monotonic() - began, "late": late}


class _Line:
    """One ingest socket, and how much of it is acknowledged."""

    def __init__(self, window: int) -> None:
        self.stored = 0
        self.sent = 0
        self._window = window
        self._room = asyncio.Event()
        self.socket: wire.Socket | None = None

    def heard(self, payload: bytes) -> None:
        """An ack."""
        self.stored += payload.count(_STORED)
        self._room.set()

    async def send(self, frame: bytes) -> None:
        """One frame, when there is room."""
        assert self.socket is not None
        while self.sent - self.stored >= self._window:
            self._room.clear()
            await self._room.wait()
        await self.socket.writable()
        self.socket.write(frame)
        self.sent += 1

    async def all_acked(self, count: int) -> None:
        """Until so many are stored."""
        while self.stored < count:
            self._room.clear()
            await self._room.wait()


async def _line(where: Where, window: int) -> _Line:
    line = _Line(window)
    line.socket = await wire.connect(where.url, "/api/v1/ingest", bearer=where.key, heard=line.heard)
    return line


# watchers ---------------------------------------------------------------------------------------------------------


async def watch(
    stage: Stage, where: Where, *, walls: int, run: str = "", transcripts: int = 0, limit: int = 50, noted: int = 0
) -> Answer:
    """Open walls, and transcripts of the run's first sessions; count frames, and how old the news in them is (ms).

    The first `noted` walls say that, how many cards there are in a frame, and which stamp came when (ns).
    """
    on_walls: list[float] = []
    on_transcripts: list[float] = []

    cards: list[int] = []
    came: list[tuple[int, int]] = []

    def noting(found: list[float]) -> Callable[[bytes], None]:
        seen: set[bytes] = set()

        def heard(payload: bytes) -> None:
            now = time.monotonic_ns()
            if payload.startswith(b'{"op":"patch"'):
                cards.append(payload.count(b'"rev":'))
            fresh = set(STAMP.findall(payload)) - seen
            seen.update(fresh)
            found.extend((now - int(stamp)) / 1e6 for stamp in fresh)
            if found is on_walls:
                came.extend((int(stamp), now) for stamp in fresh)

        return heard

    def ignoring(payload: bytes) -> None:
        """Only counted."""

    sockets = []
    for number in range(walls):
        heard = noting(on_walls) if number < noted else ignoring
        socket = await wire.connect(where.url, "/api/v1/live", bearer=where.token, heard=heard)
        socket.write(_subscription("w", to="wall", limit=limit, filter="status=open"))
        sockets.append(socket)
        if number % 50 == 49:
            await asyncio.sleep(0.01)
    for number in range(transcripts):
        socket = await wire.connect(where.url, "/api/v1/live", bearer=where.token, heard=noting(on_transcripts))
        socket.write(_subscription("s", to="session", session=f"web:{run}-{number}-0"))
        sockets.append(socket)
    async with asyncio.timeout(60):
        while any(socket.frames < 2 for socket in sockets):  # hello, and a snapshot or the history
            await asyncio.sleep(0.02)
    await stage.cue()
    on_walls.clear()
    on_transcripts.clear()
    cards.clear()
    came.clear()
    before = sum(socket.frames for socket in sockets), sum(socket.bytes for socket in sockets)
    await stage.told()
    frames, size = sum(socket.frames for socket in sockets), sum(socket.bytes for socket in sockets)
    lost = sum(socket.closed for socket in sockets)
    for socket in sockets:
        socket.close()
    return {
        "frames": frames - before[0],
        "bytes": size - before[1],
        "lost": lost,
        "cards": sum(cards) / max(len(cards), 1),
        "came": came,
        "walls": quantiles(on_walls),
        "transcripts": quantiles(on_transcripts),
    }


async def opens(stage: Stage, where: Where, *, session: str, times: int) -> Answer:
    """Open one session again and again, from the first event to "live" (ms)."""
    took, events = [], 0
    await stage.cue()
    for _ in range(times):
        came: list[bytes] = []
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def heard(payload: bytes, done: "asyncio.Future[None]" = done, came: list[bytes] = came) -> None:
            came.append(payload)
            if payload.startswith(b'{"op":"live"') and not done.done():
                done.set_result(None)

        began = time.monotonic()
        socket = await wire.connect(where.url, "/api/v1/live", bearer=where.token, heard=heard)
        socket.write(_subscription("s", to="session", session=session))
        await done
        took.append((time.monotonic() - began) * 1000)
        socket.close()
        events = sum(payload.count(b'{"seq":') for payload in came)
    return {"ms": quantiles(took), "events": events}


async def fetches(stage: Stage, where: Where, *, session: str, times: int) -> Answer:
    """Read all events of one session over HTTP again and again, on one connection (ms)."""
    parts = urlsplit(where.url)
    request = (
        f"GET /api/v1/sessions/{session}/events?limit=1000 HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"Authorization: Bearer {where.token}\r\n\r\n"
    ).encode()
    took, events = [], 0
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=2**22)
    await stage.cue()
    for _ in range(times):
        began = time.monotonic()
        writer.write(request)
        events = (await _answered(reader)).count(b'{"seq":')
        took.append((time.monotonic() - began) * 1000)
    writer.close()
    return {"ms": quantiles(took), "events": events}


async def _answered(reader: asyncio.StreamReader) -> bytes:
    """The body of an answer that must be 200 and say how long it is."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    if length is None or b" 200 " not in head[:20]:
        raise ConnectionError(head.decode(errors="replace"))
    return await reader.readexactly(int(length[1]))


def _subscription(ident: str, **more: object) -> bytes:
    return wire.framed(talk.encoded({"op": "subscribe", "id": ident, **more}))


def quantiles(values: list[float]) -> dict[str, float]:
    """How many, the median, and the 99th percentile."""
    ranked = sorted(values)
    if not ranked:
        return {"n": 0, "p50": float("nan"), "p99": float("nan")}
    return {
        "n": len(ranked),
        "p50": ranked[len(ranked) // 2],
        "p99": ranked[min(len(ranked) - 1, len(ranked) * 99 // 100)],
    }
