"""Viewers, many and cheap: each holds a list and maybe a session, and comes back as the contract says.

They wait as the pages do (web/static/js/socket.js, backoff.js).
"""

import asyncio
import ctypes
import random
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache

import msgspec

from bench import wire
from tests.chaos.oracle import Transcript, Wall
from tests.chaos.truth import digest

OPENING = 10.0  # seconds for a socket to open
MISSED = 1.8  # heartbeats without a frame: the hub is not there
PAUSES = (0.25, 15.0)  # seconds before coming back: the first, and the longest
_ATTACH_FILTER = 26  # SO_ATTACH_FILTER of Linux
_NOTHING = struct.pack("HBBI", 0x06, 0, 0, 0)  # a filter of one instruction: return 0, no byte is let through
AGAIN = 0.3  # seconds until a session that is not there yet is asked for again


class _Seen(msgspec.Struct):
    session: str
    rev: int


class _Seq(msgspec.Struct):
    seq: int


class _Frame(msgspec.Struct):
    """Whatever the hub sends, as far as it matters here."""

    op: str
    id: str | None = None
    cards: list[_Seen] = []
    gone: list[str] = []
    counts: dict[str, int] = {}
    events: list[_Seq] = []
    digest: dict[str, str] = {}
    code: str = ""
    after_ms: int = 0


@lru_cache(maxsize=64)
def _decoded(payload: bytes) -> _Frame:
    """Many viewers get the same."""
    return msgspec.json.decode(payload, type=_Frame)


class Viewer:
    """One socket at a time, at one of the hubs; what it shows survives the socket. `run()` it in a task."""

    def __init__(
        self, hubs: Callable[[], Sequence[str]], *, token: str, rng: random.Random, query: str = "",
        limit: int = 200, session: str | None = None, heartbeat: float = 1.0,
    ) -> None:  # fmt: skip
        self._hubs, self._token, self._rng, self._heartbeat = hubs, token, rng, heartbeat
        self.wall = Wall("", query, "recent", limit)
        self.transcript = Transcript(session) if session is not None else None
        self.codes: Counter[int | None] = Counter()  # how sockets that were open have ended
        self.mismatches = 0  # of the digest: it subscribed again
        self.fresh = False  # has it had a snapshot on this socket?
        self.looked = 0.0  # when it had its last snapshot
        self.gap = 0.0  # seconds: the longest without, from the end of a socket to the snapshot of the next
        self.deaf = False
        self.socket: wire.Socket | None = None
        self._heard = 0.0
        self._after = 0.0
        self._left: float | None = None  # when the last socket ended

    def listen(self, *, on: bool) -> None:
        """A client that no longer reads, or does again."""
        self.deaf = not on
        if self.socket is not None and not self.socket.ended.is_set():
            self.socket.read(on=on)

    def vanish(self) -> None:
        """Its machine is gone: no byte, no FIN and no acknowledgement comes from it, until its socket has ended.

        The kernel throws away all that comes for it (a socket filter, which takes no root), and nothing is sent.
        """
        assert self.socket is not None
        program = ctypes.create_string_buffer(_NOTHING)
        filtered = struct.pack("HP", 1, ctypes.addressof(program))
        self.deaf = True
        self.socket.raw.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, filtered)

    def appear(self) -> None:
        """It is there again: what was its socket is none, and it comes back."""
        self.deaf = False
        self.hang_up()

    async def run(self) -> None:
        """Come, stay, and come back, until cancelled."""
        tries = 0
        try:
            while True:
                self._after = 0.0
                if await self._visit():
                    tries = 0
                pause = min(PAUSES[1], PAUSES[0] * 2**tries) * self._rng.uniform(0.5, 1)
                await asyncio.sleep(max(self._after, pause))
                tries += 1
        finally:
            self.hang_up()

    def hang_up(self) -> None:
        """End the socket; it comes back."""
        if self.socket is not None:
            self.socket.close()

    async def _visit(self) -> bool:
        """One socket, from its beginning to its end. Was it open?"""
        self.fresh, silent = False, MISSED * self._heartbeat
        hubs = self._hubs()
        if not hubs:
            return False
        self.wall.url = self._rng.choice(hubs)
        try:
            async with asyncio.timeout(OPENING):
                opened = await wire.connect(self.wall.url, "/api/v1/live", bearer=self._token, heard=self._hear)
        except (OSError, TimeoutError):
            return False
        self.socket = opened
        self._heard = time.monotonic()
        self._ask()
        self._follow()
        try:
            while not opened.ended.is_set():
                try:
                    async with asyncio.timeout(max(self._heard + silent - time.monotonic(), 0.05)):
                        await opened.ended.wait()
                except TimeoutError:
                    if not self.deaf and time.monotonic() - self._heard >= silent:
                        break
        finally:
            self.fresh = False
            self._left = self._left or time.monotonic()
            opened.close()
        self.codes[opened.code] += 1
        return True

    def _ask(self) -> None:
        wall = self.wall
        self._send(op="subscribe", id="w", to="wall", filter=wall.query, sort=wall.sort, limit=wall.limit)

    def _follow(self) -> None:
        if self.transcript is not None:
            seqs = self.transcript.seqs
            session, after = self.transcript.session, seqs[-1] if seqs else 0
            self._send(op="subscribe", id="s", to="session", session=session, after=after)

    def _later(self, ask: Callable[[], None]) -> None:
        here = self.socket

        def again() -> None:
            if self.socket is here:  # another has asked by itself
                ask()

        asyncio.get_running_loop().call_later(AGAIN, again)

    def _send(self, **frame: object) -> None:
        if self.socket is not None and not self.socket.closed:
            self.socket.write(wire.framed(msgspec.json.encode(frame)))

    def _hear(self, payload: bytes) -> None:
        self._heard = time.monotonic()
        frame, wall = _decoded(payload), self.wall
        match frame.op:
            case "snapshot":
                wall.shown = {card.session: card.rev for card in frame.cards}
                wall.counts, wall.proof = frame.counts, None
                self.fresh, self.looked = True, self._heard
                if self._left is not None:
                    self.gap, self._left = max(self.gap, self._heard - self._left), None
            case "patch":
                for session in frame.gone:
                    wall.shown.pop(session, None)
                for card in frame.cards:
                    wall.shown[card.session] = card.rev
                wall.counts = frame.counts
            case "events" if self.transcript is not None:
                self.transcript.seqs += [event.seq for event in frame.events]
            case "beat" if self.fresh and "w" in frame.digest:
                wall.proof = frame.digest["w"]
                if wall.proof != digest(wall.shown):
                    self.mismatches += 1
                    self.fresh = False
                    self._ask()
            case "error" if frame.id == "s":
                self._later(self._follow)
            case "error":
                self._later(self._ask)
            case "reconnect":
                self._after = frame.after_ms / 1000
