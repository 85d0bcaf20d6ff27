"""`live play`: recorded conversations as live traffic.

`--speed X` follows their clock, X times as fast; `--rate N` ignores it and sends N events a second of many
conversations at once. Within a session the order is always kept: it goes over one socket, one event after the other.
"""

import argparse
import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any
from zlib import crc32

from live import settings
from live.errors import LiveError, SettingError
from live.recordings import Conversation, Recordings, interleaved, pauses
from live.sender import WINDOW, Result, Sender, sender, ungrouped

Event = dict[str, Any]

AT_ONCE = 50  # conversations that run at the same time
STARTS = 6.0  # seconds of the conversation's clock between two starts, in the mean
BEHIND = 1.0  # seconds; a sender that was held up longer does not run after its rate
PATIENCE = 30.0  # seconds without a connection after which it gives up
SHOWN = 20  # rejected events that are printed
URL = "http://127.0.0.1:8000"


@dataclass(slots=True)
class Summary:
    """What became of the events. One that had to be sent again after a cut may count as a duplicate of itself."""

    stored: int = 0
    duplicate: int = 0
    conflict: int = 0
    rejected: int = 0
    left_out: int = 0  # of an export: what hub and reviewers wrote
    seconds: float = 0.0
    errors: list[str] = field(default_factory=list)

    def tell(self, result: Result) -> None:
        """Count one result of the hub."""
        match result.get("status"):
            case "stored":
                self.stored += 1
            case "duplicate":
                self.duplicate += 1
            case "conflict":
                self.conflict += 1
            case _:
                self.rejected += 1
                if len(self.errors) < SHOWN:
                    flaws = "; ".join(f"{e.get('path')}: {e.get('message')}" for e in result.get("errors") or ())
                    self.errors.append(f"{result.get('session')} {result.get('id')}: {flaws or result}")

    @property
    def total(self) -> int:
        """Events acknowledged."""
        return self.stored + self.duplicate + self.conflict + self.rejected

    def __str__(self) -> str:
        rate = self.total / self.seconds if self.seconds else 0.0
        conflicts = f"{self.conflict:,} in conflict, " if self.conflict else ""
        left_out = f", {self.left_out:,} of hub and reviewers left out" if self.left_out else ""
        return (
            f"{self.stored:,} stored, {self.duplicate:,} duplicate, {conflicts}{self.rejected:,} rejected{left_out}"
            f" in {self.seconds:.1f} s ({rate:,.0f} events/s)"
        )


async def play(
    files: Sequence[str | Path],
    *,
    url: str,
    key: str,
    speed: float | None = None,
    rate: float | None = None,
    at_once: int = AT_ONCE,
    sockets: int = 1,
    now: bool = False,
    watch: Callable[[Summary, float], None] | None = None,
    summary: Summary | None = None,
) -> Summary:
    """Send the conversations of these files, at `rate` events a second, else at `speed` times their own pace.

    `now` leaves their times out: the hub takes them as happening.
    `watch` is called a few times a second with what came so far and the fraction read. Raises NotFound and Invalid for
    files that cannot be read, Unauthorized, Forbidden and Unreachable for a hub that does not take them.
    """
    summary = summary or Summary()
    recordings = Recordings(files)
    began = monotonic()
    try:
        async with AsyncExitStack() as stack:
            if watch is not None:
                await stack.enter_async_context(_watched(lambda: watch(summary, recordings.fraction)))
            share = max(1, WINDOW // sockets)
            senders = [sender(url, key=key, window=share, patience=PATIENCE, told=summary.tell) for _ in range(sockets)]
            out = Sockets([await stack.enter_async_context(each) for each in senders], now=now)
            try:
                if rate is not None:
                    await _at_rate(recordings, out, rate=rate, at_once=at_once)
                else:
                    await _at_speed(recordings, out, speed=1.0 if speed is None else speed, at_once=at_once)
            except LiveError:
                await out.settled()
                raise
            await out.settled()
    finally:
        summary.left_out += recordings.left_out
        summary.seconds = monotonic() - began
    return summary


class Sockets:
    """Several senders to one hub; a session always takes the same one. `now`: events go without their time."""

    def __init__(self, senders: Sequence[Sender], *, now: bool) -> None:
        self._senders = senders
        self._now = now

    async def send(self, event: Event) -> None:
        """Take one event; waits while its socket's window is full."""
        if self._now:
            event = {name: value for name, value in event.items() if name != "at"}
        await self._senders[crc32(event["session"].encode()) % len(self._senders)].send(event)

    async def settled(self) -> None:
        """Wait until everything is acknowledged."""
        for each in self._senders:
            await each.settled()


async def _at_rate(conversations: Iterable[Conversation], out: Sockets, *, rate: float, at_once: int) -> None:
    due = monotonic()
    for event in interleaved(conversations, at_once=at_once):
        now = monotonic()
        due = max(due, now - BEHIND)
        if due > now:
            await asyncio.sleep(due - now)
        await out.send(event)
        due += 1 / rate


async def _at_speed(conversations: Iterable[Conversation], out: Sockets, *, speed: float, at_once: int) -> None:
    spread = random.Random(0)
    running: dict[str, asyncio.Task[None]] = {}
    with ungrouped():
        async with asyncio.TaskGroup() as tasks:
            for conversation in conversations:
                before = running.get(conversation.session)
                if before is not None:  # the next piece of the same session
                    await before
                while len(running) >= at_once:
                    await asyncio.wait(running.values(), return_when=asyncio.FIRST_COMPLETED)
                    running = {session: task for session, task in running.items() if not task.done()}
                running[conversation.session] = tasks.create_task(_paced(conversation, out, speed=speed))
                await asyncio.sleep(spread.uniform(0, 2 * STARTS) / speed)


async def _paced(conversation: Conversation, out: Sockets, *, speed: float) -> None:
    due = monotonic()
    for event, pause in zip(conversation.events, pauses(conversation.events), strict=True):
        due = max(due + pause / speed, monotonic() - BEHIND)
        await asyncio.sleep(max(0.0, due - monotonic()))
        await out.send(event)


@asynccontextmanager
async def _watched(look: Callable[[], None]) -> AsyncIterator[None]:
    async def looking() -> None:
        while True:
            look()
            await asyncio.sleep(0.2)

    with ungrouped():
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(looking())
            yield
            task.cancel()
    look()


def bar(summary: Summary, fraction: float, *, width: int = 30) -> str:
    """One line of progress."""
    full = round(fraction * width)
    rejected = f" · {summary.rejected:,} rejected" if summary.rejected else ""
    return f"[{'#' * full}{'.' * (width - full)}] {fraction:4.0%} · {summary.total:,} acknowledged{rejected}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `live play`."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="JSON lines, maybe gzipped: conversations or our own export"
    )
    parser.add_argument("--url", help=f"the hub (default: LIVE_URL, else {URL})")
    parser.add_argument("--key", help="the channel's key (default: LIVE_KEY)")
    parser.add_argument("--channel", help="without a key: take this channel's from LIVE_BOOTSTRAP_KEYS")
    pace = parser.add_mutually_exclusive_group()
    pace.add_argument("--speed", type=_above_zero, help="follow their clock, this many times as fast (default: 1)")
    pace.add_argument("--rate", type=_above_zero, help="ignore their clock: so many events a second")
    parser.add_argument(
        "--at-once", type=_count, default=AT_ONCE, help="conversations running together (default: %(default)s)"
    )
    parser.add_argument("--now", action="store_true", help="as if it happened now: leave their times out")
    parser.add_argument("--sockets", type=_count, default=1, help="connections to the hub (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Play, show how it goes, sum up. 0 when all was taken, 1 when something was not or failed, 130 after Ctrl-C."""
    summary = Summary()
    watch = _drawn if sys.stderr.isatty() else None
    pace = {"speed": args.speed, "rate": args.rate, "at_once": args.at_once, "sockets": args.sockets, "now": args.now}
    url = args.url or os.environ.get("LIVE_URL") or URL
    try:
        asyncio.run(_interruptible(play(args.files, url=url, key=_key(args), watch=watch, summary=summary, **pace)))
        code = 1 if summary.rejected or summary.conflict else 0
        failed = ""
    except LiveError as error:
        code, failed = 1, str(error)
    except KeyboardInterrupt:
        code, failed = 130, "interrupted; playing the same files again goes on where this ended"
    if watch is not None:
        print(file=sys.stderr)
    if failed:
        print(f"live play: {failed}", file=sys.stderr)
    if summary.total or not failed:
        print(summary)
    for rejected in summary.errors:
        print(f"  rejected: {rejected}", file=sys.stderr)
    return code


async def _interruptible(playing: Awaitable[object]) -> None:
    """Ctrl-C ends it at once. Raises KeyboardInterrupt then.

    asyncio's own way has a gap: a signal that comes just before the loop waits is heard when something else wakes it,
    here up to 20 s later. A handler of the loop has a descriptor that wakes it.
    """
    task, struck = asyncio.ensure_future(playing), asyncio.Event()

    def strike() -> None:
        struck.set()
        task.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, strike)
    try:
        await task
    except asyncio.CancelledError:
        if struck.is_set():
            raise KeyboardInterrupt from None
        raise


def _drawn(summary: Summary, fraction: float) -> None:
    print(f"\r\033[K{bar(summary, fraction)}", end="", file=sys.stderr, flush=True)


def _key(args: argparse.Namespace) -> str:
    """The channel's key: given, else LIVE_KEY, else that of LIVE_BOOTSTRAP_KEYS. Raises SettingError."""
    key = args.key or ("" if args.channel else os.environ.get("LIVE_KEY"))
    if key:
        return str(key)
    keys = settings.load(os.environ).bootstrap_keys
    if args.channel in keys or (len(keys) == 1 and not args.channel):
        return keys[args.channel or next(iter(keys))]
    if args.channel and os.environ.get("LIVE_KEY"):
        return os.environ["LIVE_KEY"]
    raise SettingError("--key", "a channel key (or LIVE_KEY; `live key add NAME` makes one)", args.channel or "")


def _above_zero(text: str) -> float:
    with suppress(ValueError):
        number = float(text)
        if 0 < number < 1e9:
            return number
    raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")


def _count(text: str) -> int:
    with suppress(ValueError):
        number = int(text)
        if 0 < number <= 1000:
            return number
    raise argparse.ArgumentTypeError(f"expected a whole number from 1 to 1000, got {text!r}")
