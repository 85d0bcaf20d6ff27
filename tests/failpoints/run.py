"""Finds the places, kills a hub at each, starts another on the same store, and lets the oracle judge."""

import asyncio
import json
import random
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx

from tests.chaos.oracle import judge
from tests.chaos.viewers import Viewer
from tests.failpoints.hub import Seen
from tests.failpoints.path import Await, awaits
from tests.failpoints.story import Died, Story
from tests.hubs import ADMIN, RunningHub, StartHub
from tests.servers import until
from tests.staff import at_desk

SETTINGS = {
    "LIVE_HEARTBEAT": "500ms", "LIVE_CARD_DELAY": "100ms", "LIVE_RECONCILE": "1s",
    "LIVE_INACTIVE_AFTER": "2h", "LIVE_WAITING_AFTER": "2h",  # nothing by time alone between two looks of the oracle
}  # fmt: skip
HEALED = 30.0  # seconds until cards are right that a dead hub did not write: it counts as dead after 15
LINGER = 1.0  # seconds for a place at which only what a hub does by itself stands
TOGETHER = 20  # kills in one database
LOG = 2_000  # characters of a hub's log
PROGRAM = ("-m", "tests.failpoints.hub")


@dataclass(frozen=True, slots=True)
class Kill:
    """Die at this place: when a task `stands` there, or `resumes`, or the line `runs`, for the nth time."""

    place: str
    phase: str
    nth: int

    def __str__(self) -> str:
        return f"{self.place} {self.phase} {self.nth}"


@dataclass(frozen=True, slots=True)
class Found:
    """What the counting run saw, and what the source says."""

    seen: Seen
    path: tuple[Await, ...]

    def places(self) -> list[str]:
        """Every place at which a task stood, those of the path first."""
        of_path = {line for one in self.path for line in one.lines()}
        return sorted(self.seen.points, key=lambda place: (place not in of_path, *_order(place)))

    def on_path(self) -> list[str]:
        """Those of the path alone."""
        return [place for place in self.places() if any(one.among({place}) for one in self.path)]

    def kills(self, places: Sequence[str]) -> list[Kill]:
        """Two for each: as soon as a task stands there; and before it goes on, half-way through its times."""
        found = []
        for place in places:
            found.append(Kill(place, "stands", 1))
            found.append(Kill(place, "resumes", max(1, self.seen.points[place] // 2)))
        return found

    def kills_in_passing(self) -> list[Kill]:
        """One for each await that is reached without standing still."""
        ran = set(self.seen.ran)
        lines = (next(place for place in one.lines() if place in ran) for one in self.passed())
        return [Kill(place, "runs", 1) for place in dict.fromkeys(lines)]

    def passed(self) -> list[Await]:
        """Those that ran in the counting run and went on without standing still."""
        stood = set(self.seen.through)
        return [one for one in self.path if not one.among(stood) and one.among(set(self.seen.ran))]

    def not_reached(self) -> list[Await]:
        """Those that did not run."""
        return [one for one in self.path if not one.among({*self.seen.through, *self.seen.ran})]


@dataclass(slots=True)
class Ran:
    """What became of one kill. `wrong`: what the oracle, or the source, has against it."""

    kill: Kill
    died: bool = False
    healed: float = 0.0
    acknowledged: int = 0
    before: int = 0  # acknowledged before the hub died
    wrong: str = ""


@dataclass(slots=True)
class Stage:
    """One database: a hub that stays and has viewers, and one after another that dies."""

    start: StartHub
    mongodb_url: str
    database: str
    stays: RunningHub
    desk: httpx.AsyncClient
    viewers: list[Viewer]
    hub: RunningHub | None = None
    told: dict[tuple[str, str], int] = field(default_factory=dict)

    def urls(self) -> list[str]:
        """Of the hubs that are there."""
        return [one.url for one in (self.stays, self.hub) if one is not None and one.process.poll() is None]

    async def next(self, *, kill: Kill | None = None, seen: str = "") -> RunningHub:
        """Another hub, which will die so."""
        environment = {"FAILPOINT": str(kill) if kill is not None else "", "FAILPOINT_SEEN": seen}
        self.hub = await asyncio.to_thread(self.start, self.database, **SETTINGS, **environment)
        return self.hub


@asynccontextmanager
async def stage(mongodb_url: str, redis_url: str, directory: Path) -> AsyncIterator[Stage]:
    """A database of its own."""
    start = StartHub(mongodb_url, redis_url, directory, program=PROGRAM)
    database = f"test_{uuid4().hex[:12]}"
    viewing: list[asyncio.Task[None]] = []
    try:
        stays = await asyncio.to_thread(start, database, **SETTINGS)
        async with at_desk(stays, ADMIN[0], password=ADMIN[1]) as desk:
            made = Stage(start, mongodb_url, database, stays, desk, [])
            for hubs in (lambda: [stays.url], lambda: made.urls()[-1:]):
                viewer = Viewer(hubs, token=stays.token, rng=random.Random(1), limit=1_000, heartbeat=0.5)
                made.viewers.append(viewer)
                viewing.append(asyncio.create_task(viewer.run()))
            yield made
    finally:
        for task in viewing:
            task.cancel()
        await asyncio.gather(*viewing, return_exceptions=True)
        for hub in start.started:
            hub.kill()


async def look(at: Stage, file: Path) -> Found:
    """The counting run: one hub sees where its tasks stand while the story is told."""
    story = Story("counted", at.stays, at.desk)
    await story.begin()
    hub = await at.next(seen=str(file))
    hub.process.send_signal(signal.SIGUSR1)
    await story.tell(hub)
    await asyncio.sleep(LINGER)  # what the hub does by itself
    hub.process.send_signal(signal.SIGUSR2)
    await until(file.exists, what="the hub has told what it saw")
    hub.kill()
    found = json.loads(file.read_text())
    return Found(Seen(**found), awaits())


async def die(at: Stage, kill: Kill, *, number: int) -> Ran:
    """One kill, the hub after it, and the oracle."""
    ran = Ran(kill)
    story = Story(f"k{number}", at.stays, at.desk, told=at.told)
    try:
        known, wrong = len(at.told), sum(viewer.mismatches for viewer in at.viewers)
        await story.begin()
        hub = await at.next(kill=kill)
        hub.process.send_signal(signal.SIGUSR1)
        try:
            await story.tell(hub)
            await until(lambda: hub.process.poll() is not None, what="the hub died", patience=LINGER)
        except Died:
            await until(lambda: hub.process.poll() is not None, what="the hub died")
        except AssertionError:
            if not story.over:
                raise
        ran.died = hub.process.poll() is not None
        ran.before = len(at.told) - known
        hub.kill()
        assert hub.process.returncode == -signal.SIGKILL, f"it ended by itself:\n{hub.log.read_text()}"
        await story.tell(await at.next())
        ran.acknowledged = len(at.told) - known
        verdict = await judge(
            (at.urls(), at.stays.token, at.mongodb_url, at.database), acknowledged=at.told,
            walls=[viewer.wall for viewer in at.viewers], patience=HEALED,
        )  # fmt: skip
        ran.healed = verdict.healed
        wrong = sum(viewer.mismatches for viewer in at.viewers) - wrong
        assert not wrong, f"viewers were told {wrong} digests that were not those of what they showed"
    except (AssertionError, Died, httpx.HTTPError, OSError, TimeoutError) as error:
        ran.wrong = f"{type(error).__name__}: {error}"
        if at.stays.process.poll() is not None:
            ran.wrong += (
                f"\n  the hub that stays ended with {at.stays.process.returncode}: {at.stays.log.read_text()[-LOG:]}"
            )
    finally:
        if at.hub is not None:
            at.hub.kill()
    return ran


async def die_at(
    kills: Sequence[Kill], *, mongodb_url: str, redis_url: str, directory: Path, tell: Callable[[Ran], None]
) -> list[Ran]:
    """Every one of these, in as few databases as will do; after one that went wrong, a new one."""
    done: list[Ran] = []
    while len(done) < len(kills):
        own = directory / f"stage-{len(done)}"
        await asyncio.to_thread(own.mkdir)
        async with stage(mongodb_url, redis_url, own) as at:
            for kill in kills[len(done) : len(done) + TOGETHER]:
                done.append(await die(at, kill, number=len(done)))
                tell(done[-1])
                if done[-1].wrong:
                    break
    return done


def _order(place: str) -> tuple[str, int]:
    file, _, line = place.rpartition(":")
    return file, int(line)
