"""Runs a scenario in a world of its own, and says what was seen."""

import random
import time
import traceback
from dataclasses import dataclass, field

from tests.chaos.oracle import NotRight
from tests.chaos.scenario import Scenario, Seen
from tests.chaos.world import World, world

LINES = 100  # of an error


@dataclass(slots=True)
class Ran:
    """One run of one scenario. `failed`, `skipped`: why."""

    name: str
    seed: int
    seen: Seen = field(default_factory=dict)
    failed: str = ""
    skipped: str = ""
    seconds: float = 0.0
    healed: float = 0.0
    acknowledged: int = 0
    lost: int | None = 0  # None: it failed before anybody could know
    again: str = ""  # how to do it again
    kills: dict[str, int] = field(default_factory=dict)


async def run(scenario: Scenario, *, seed: int) -> Ran:
    """Traffic, the scenario, rest, the oracle."""
    ran = Ran(scenario.name, seed)
    began = time.monotonic()
    ran.skipped = scenario.needs()
    if ran.skipped:
        return ran
    try:
        async with world(scenario.setup, rng=random.Random(seed)) as made:
            await _act(scenario, made, ran)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and the next one runs
        ran.failed = _why(error)
        judged = [one for one in _all(error) if isinstance(one, NotRight)]
        ran.lost = sum(one.lost for one in judged) if judged else None
    ran.seconds = time.monotonic() - began
    return ran


async def _act(scenario: Scenario, made: World, ran: Ran) -> None:
    try:
        await made.under_way()
        ran.seen = await scenario.act(made)
        await made.rest()
        verdict = await made.judge()
        ran.healed = verdict.healed
        wrong = [viewer.mismatches for viewer in made.everybody if viewer.mismatches]
        assert not wrong, f"{len(wrong)} viewers were told {sum(wrong)} digests that were not those of what they showed"
    finally:
        ran.kills, ran.acknowledged = dict(made.kills), made.acks.count


def _all(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [one for part in error.exceptions for one in _all(part)]
    return [error]


def _why(error: BaseException) -> str:
    """Its first reason, and where."""
    error = _all(error)[0]
    where = [frame for frame in traceback.extract_tb(error.__traceback__) if "/tests/" in frame.filename]
    place = f" ({where[-1].name}, line {where[-1].lineno})" if where else ""
    lines = f"{type(error).__name__}: {error}".splitlines()
    return "\n".join(lines[:LINES]) + place
