r"""The bell: numbered publications over Redis pub/sub, and whether they arrive.

A message is one line, then a body: `<hub> <number> <kind>\n<body>`. Every hub numbers its publications (kinds `events`
and `erased`) 1, 2, 3 … and sends a tick with its last number every second through the same path. A note (kind
`watching`) has no number of its own: it is what a hub says of itself, and says again. Whoever hears a number that does
not follow, or no tick of its own for SILENCE seconds, knows that it missed something, and reads the difference from the
store. Nothing waits on Redis. A hub that hears of no other counts its publications and sends none: who listens all the
same finds the gap at the next tick.

States of the bus, as seen by one hub:
    starting → ok          its own tick came back
    ok → silent            no own tick for SILENCE seconds, or a publish failed
    silent → ok            its own tick came back: what was missed is read from the store first
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import msgspec
import redis.asyncio as redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from live.errors import SettingError

TICK = 1.0  # seconds
LOOKS = 4  # looks, in a TICK, whether somebody is silent
SILENCE = 2.0  # seconds without an own tick
PATIENCE = 1.5  # seconds that one publish may take; a stopped Redis accepts bytes and answers nothing
OUTBOX = 1_000  # publications waiting; beyond, the oldest are dropped: the numbers tell, the store has them
PEER_GONE = 10.0  # seconds without a tick of another hub
NUMBERED = ("events", "erased")  # kinds that nobody may miss

logger = logging.getLogger(__name__)


class BusState(Enum):
    """What the bus is to this hub."""

    STARTING = "starting"  # no own tick came back yet
    OK = "ok"  # ticks come back
    SILENT = "silent"  # they do not


@dataclass(slots=True)
class Peer:
    """Another hub, as heard."""

    number: int
    heard: float
    doubted: float = 0.0  # when the store was asked last because it is silent


class Bus:
    """Publish and follow: `received(body)` for what another hub has stored, `missed()` when a publication was lost.

    `erased(body)` is called for what another hub has erased.
    `noted(hub, body)` is called for a note, `gone(hub)` when another hub is no longer there.
    Run `run()` in a task group; it ends only when cancelled.
    """

    def __init__(
        self, url: str, *, topic: str, hub: str, received: Callable[[bytes], None],
        erased: Callable[[bytes], None], missed: Callable[[], None],
        noted: Callable[[str, bytes], None], gone: Callable[[str], None],
    ) -> None:  # fmt: skip
        self.hub = hub
        self.state = BusState.STARTING
        self.peers: dict[str, Peer] = {}
        self.number = 0
        self.published = 0
        self.gaps = 0
        self.dropped = 0
        self._topic = topic
        self._received, self._erased, self._missed, self._noted, self._gone = received, erased, missed, noted, gone
        self._outbox: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._heard = 0.0  # loop time of the last own tick
        try:
            self._client = redis.Redis.from_url(
                url, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0), client_name="live", max_connections=8
            )
        except ValueError as error:
            raise SettingError("LIVE_REDIS_URL", f"an address of Redis ({error})", "…") from None

    @property
    def alone(self) -> bool:
        """Is no other hub heard? Then nobody needs the publications: `count` them."""
        return not self.peers

    def count(self) -> None:
        """A publication that is not sent, for this hub is alone."""
        self.number += 1

    def publish(self, body: bytes, *, kind: str = "events") -> None:
        """Send to every other hub, soon, or never: the number tells them. `kind`: one of NUMBERED."""
        self.number += 1
        self._push(b"%s %d %s\n%s" % (self.hub.encode(), self.number, kind.encode(), body))

    def note(self, body: bytes) -> None:
        """Tell every other hub something that it need not hear: it is told again."""
        self._push(b"%s %d watching\n%s" % (self.hub.encode(), self.number, body))

    async def run(self) -> None:
        """Send, tick, listen and watch until cancelled; then say good-bye."""
        self._heard = asyncio.get_running_loop().time()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._send())
                group.create_task(self._tick())
                group.create_task(self._listen())
        finally:
            try:
                async with asyncio.timeout(0.5):
                    await self._client.publish(self._topic, b"%s %d bye\n" % (self.hub.encode(), self.number))
                    await self._client.aclose()
            except (RedisError, OSError, TimeoutError):
                logger.info("bus: stopped without a good-bye")

    def _push(self, message: bytes) -> None:
        if len(self._outbox) >= OUTBOX:
            self._outbox.popleft()
            self.dropped += 1
        self._outbox.append(message)
        self._wake.set()

    async def _send(self) -> None:
        """One pipeline for all that waits. What fails is not sent again: the gap in the numbers leads to the store."""
        while not _ending():
            await self._wake.wait()
            self._wake.clear()
            batch = list(self._outbox)
            self._outbox.clear()
            try:
                async with asyncio.timeout(PATIENCE), self._client.pipeline(transaction=False) as pipeline:
                    for message in batch:
                        pipeline.publish(self._topic, message)
                    await pipeline.execute()
                self.published += len(batch)
            except (RedisError, OSError, TimeoutError) as error:
                self.dropped += len(batch)
                self._fall_silent(type(error).__name__)
                await asyncio.sleep(0.2)

    async def _tick(self) -> None:
        turn = 0
        while True:
            if turn % LOOKS == 0:
                self._push(b"%s %d tick\n" % (self.hub.encode(), self.number))
            turn += 1
            await asyncio.sleep(TICK / LOOKS)
            now = asyncio.get_running_loop().time()
            if now - self._heard > SILENCE:
                self._fall_silent("no tick")
            silent = [
                peer for peer in self.peers.values() if now - max(peer.heard + SILENCE - TICK, peer.doubted) > TICK
            ]
            for peer in silent:  # gone, or not heard any more: only the store knows
                peer.doubted = now
            if silent and self.state is BusState.OK:
                self._missed()
            for name in [name for name, peer in self.peers.items() if now - peer.heard > PEER_GONE]:
                logger.info("bus: hub %s is gone", name)
                del self.peers[name]
                self._gone(name)
                self._missed()

    async def _listen(self) -> None:
        """Hold one subscription for ever.

        redis-py reconnects without a word, and after some seconds of outage its listener just ends: so each is given up
        when it errs, ends or stays silent, and what was published meanwhile counts as missed.
        """
        delay = 0.1
        while not _ending():
            listener = self._client.pubsub()
            try:
                async with asyncio.timeout(PATIENCE):
                    await listener.subscribe(self._topic)
                self._missed()
                await self._read(listener)
            except (RedisError, OSError, TimeoutError) as error:
                self._fall_silent(type(error).__name__)
            finally:
                await _close(listener)
            delay = 0.1 if self.state is BusState.OK else min(delay * 2, 1.0)
            await asyncio.sleep(delay)

    async def _read(self, listener: PubSub) -> None:
        began = asyncio.get_running_loop().time()
        while not _ending():
            message = await listener.get_message(ignore_subscribe_messages=True, timeout=SILENCE * 2)
            if message is not None:
                self._take(message["data"])
            elif asyncio.get_running_loop().time() - max(began, self._heard) > SILENCE * 2:
                raise TimeoutError

    def _take(self, data: bytes) -> None:
        """Hear it. What cannot be read, of a hub of another version maybe, is as good as lost: the store has it."""
        try:
            self._hear(data)
        except (ValueError, msgspec.DecodeError) as error:
            self.gaps += 1
            logger.error("bus: a publication that cannot be read (%s); reading the store", type(error).__name__)
            self._missed()

    def _hear(self, data: bytes) -> None:
        head, _, body = data.partition(b"\n")
        name, number, kind = head.decode().split(" ")
        now = asyncio.get_running_loop().time()
        if name == self.hub:
            if kind == "tick":
                self._heard = now
                if self.state is not BusState.OK:
                    logger.info("bus: ok")
                    self.state = BusState.OK
                    self._missed()
            return
        self._follow(name, int(number), kind, now)
        if kind == "events":
            self._received(body)
        elif kind == "erased":
            self._erased(body)
        elif kind == "watching":
            self._noted(name, body)

    def _follow(self, name: str, number: int, kind: str, now: float) -> None:
        """Check another hub's numbers: a publication comes right after the last, all else repeats it."""
        if kind == "bye":
            self.peers.pop(name, None)
            self._gone(name)
            return
        peer = self.peers.get(name)
        if peer is None:
            logger.info("bus: hub %s is there", name)
            self.peers[name] = Peer(number, now)
            self._missed()  # while it heard nobody it sent nothing, and its number tells only what comes from here on
            return
        if number not in ((peer.number + 1, peer.number) if kind in NUMBERED else (peer.number,)):
            self.gaps += 1
            self._missed()
        peer.number, peer.heard = max(number, peer.number), now

    def _fall_silent(self, why: str) -> None:
        if self.state is not BusState.SILENT:
            logger.warning("bus: silent (%s); going on without it", why)
            self.state = BusState.SILENT
            self._missed()


def _ending() -> bool:
    """Was the task that runs asked to end? `wait_for` of Python 3.11, with which redis-py sends, may swallow that."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _close(listener: PubSub) -> None:
    try:
        async with asyncio.timeout(0.5):
            await listener.aclose()  # type: ignore[no-untyped-call]
    except (RedisError, OSError, TimeoutError):
        logger.debug("bus: a listener did not close in time")
