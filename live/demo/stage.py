"""Keeps made-up conversations running, a handful at a time, for as long as it is let."""

import asyncio
import logging
import math
import random
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from time import monotonic

from live.demo.courses import COURSES, Course
from live.demo.talk import Beat, Talk
from live.errors import LiveError
from live.sender import Result, Sender, sender

FEWEST, MOST = 12, 24  # conversations at once: it swings between the two
SWING = 240.0  # seconds from few to many and back
OPENING = 10  # conversations that begin at once, each somewhere in its middle
WINDOW = 500  # events a socket may have without acknowledgement: while the hub is away, the demo stands still
RETRY = 15.0  # seconds before it tries again when a hub has refused it

_log = logging.getLogger(__name__)


async def demo(*, url: str, keys: Mapping[str, str], pace: float = 1.0, seed: int | None = None) -> None:
    """Play made-up conversations over the ingest sockets of the hub at `url` until cancelled.

    `keys` is channel -> key; courses of a channel without a key are left out. `pace` 2 is twice as fast. It outlives
    the hub: while there is none it waits, and a refusal is logged and tried again. Raises ValueError without any
    channel that it has courses for.
    """
    rng = random.Random(seed)
    courses = [course for course in COURSES if course.channel in keys]
    channels = {course.channel for course in courses}
    if not courses:
        raise ValueError(f"no course for these channels: {', '.join(keys) or 'none given'}")
    while True:
        try:
            async with AsyncExitStack() as stack:
                senders = {
                    channel: await stack.enter_async_context(sender(url, key=keys[channel], window=WINDOW, told=_note))
                    for channel in sorted(channels)
                }
                await _perform(courses, senders, pace=pace, rng=rng)
        except LiveError as error:
            _log.warning("the demo stands still for %.0f s: %s", RETRY, error)
            await asyncio.sleep(RETRY)


def written(course: Course, rng: random.Random) -> list[Beat]:
    """One conversation of this course, with a session id of its own."""
    talk = Talk(f"{rng.getrandbits(48):012x}", channel=course.channel, rng=rng)
    course.tell(talk)
    return talk.beats


def deck(courses: list[Course], rng: random.Random) -> Iterator[Course]:
    """Courses without end, shuffled anew each time all have been dealt: none is missing for long."""
    while True:
        shuffled = list(courses)
        rng.shuffle(shuffled)
        yield from shuffled


async def _perform(courses: list[Course], senders: Mapping[str, Sender], *, pace: float, rng: random.Random) -> None:
    dealt = deck(courses, rng)
    began = monotonic()
    running: set[asyncio.Task[None]] = set()
    async with asyncio.TaskGroup() as tasks:
        for number in range(1_000_000_000):
            course = next(dealt)
            beats = written(course, rng)
            midway = rng.randrange(len(beats) // 4, len(beats) * 3 // 4) if number < OPENING else 0
            task = tasks.create_task(_play(beats, senders[course.channel], midway=midway, pace=pace))
            running.add(task)
            task.add_done_callback(running.discard)
            await asyncio.sleep(0.05 if number < OPENING else rng.uniform(0.5, 3) / pace)
            while len(running) >= _wanted((monotonic() - began) * pace):
                await asyncio.sleep(0.25 / pace)


async def _play(beats: list[Beat], out: Sender, *, midway: int, pace: float) -> None:
    """Send the beats in order; those before `midway` without a pause."""
    for number, beat in enumerate(beats):
        if number >= midway:
            await asyncio.sleep(beat.after / pace)
        await out.send(beat.event)


def _wanted(seconds: float) -> int:
    """How many conversations may run: few at first, then more, then fewer again."""
    return round(FEWEST + (MOST - FEWEST) * (1 - math.cos(2 * math.pi * seconds / SWING)) / 2)


def _note(result: Result) -> None:
    if result.get("status") == "invalid":
        _log.warning("the hub refused an event of the demo: %s", result.get("errors"))
