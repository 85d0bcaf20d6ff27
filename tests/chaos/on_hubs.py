"""What happens to hubs: killed, stopped, ended as planned with many viewers, with a clock of their own."""

import time
from pathlib import Path

from tests.chaos.scenario import Scenario, Seen, within
from tests.chaos.world import Setup, World

KILLS = 5
ELSEWHERE = 3.0  # seconds from a hub's death until its viewers are right on another
HANGS = 5.0  # the same where it hangs: they wait for its heartbeat (a second here) before they go
OFF = 300.0  # seconds that a clock is ahead, or behind
CROWD = 1_000  # viewers of a hub that is stopped as planned
PLANNED = 1012
LIBFAKETIME = "lib*/*/faketime/libfaketime.so.1"


async def hub_killed(world: World) -> Seen:
    """SIGKILL under load; another takes its place."""
    longest, viewers = 0.0, 0
    for _ in range(KILLS):
        await world.more_acks(50)
        hub = world.rng.choice(world.hubs)
        due, moved, began = world.due(), world.at(hub), time.monotonic()
        world.kill_hub(hub)
        took = await world.all_see(due, since=began, moved=moved)
        viewers += len(moved)
        longest = max(longest, within(took, ELSEWHERE, what="being right on another hub"))
        await world.add_hub()
        await world.all_fresh()
    return {"longest until all viewers are right on another hub": longest, "viewers that moved": viewers}


async def hub_stopped(world: World) -> Seen:
    """SIGSTOP: it keeps its connections, and answers nothing; then it goes on with what it had half done."""
    hub = world.hubs[0]
    due, moved, began = world.due(), world.at(hub), time.monotonic()
    world.pause(hub.process.pid)
    world.out_of_rotation(hub)
    world.front.cut()
    took = within(await world.all_see(due, since=began, moved=moved), HANGS, what="being right on another hub")
    await world.more_acks(300)
    world.resume(hub.process.pid)
    await world.more_acks(100)
    world.into_rotation(hub)
    await world.more_acks(100)
    return {"until its viewers are right elsewhere": took}


async def hub_drained(world: World) -> Seen:
    """SIGTERM with a thousand viewers: they are sent away, and go to the other."""
    hub = world.hubs[0]
    there = [world.come(first=hub) for _ in range(CROWD)]
    await world.all_fresh()
    assert all(one.wall.url == hub.url for one in there)
    due, moved, began = world.due(), world.at(hub), time.monotonic()
    code = await world.stop_hub(hub)
    ended = time.monotonic() - began
    assert code == 0, f"the hub ended with {code}"
    took = await world.all_see(due, since=began, moved=moved)
    codes = {one: dict(one.codes) for one in there}
    odd = [of for of in codes.values() if of != {PLANNED: 1}]
    assert not odd, f"{len(odd)} of {len(there)} sockets ended otherwise than by {PLANNED}: {odd[:3]}"
    away = max(one.gap for one in there)
    for one in there:
        world.leave(one)
    return {
        "the hub's end": ended,
        "all right on the other": within(took, ended + 2.0, what="being right on the other hub"),
        "longest time one was away": within(away, ELSEWHERE, what="a viewer's way to the other hub"),
        "1012": len(there),
        "1011": 0,
    }


async def clock_off(world: World) -> Seen:
    """The clock of one hub is five minutes ahead, then another's is five behind."""
    longest = 0.0
    here, there = world.hubs
    for off in (OFF, -OFF):
        assert abs(await world.clock(there) - time.time() - off) < OFF / 2, "its clock is not off: this shows nothing"
        for _ in range(3):
            for one, other in ((here, there), (there, here)):
                longest = max(longest, within(await world.seen_at(one, other), ELSEWHERE, what="the other hub's wall"))
                await world.more_acks(100)
        if off > 0:
            world.kill_hub(there)
            there = await world.add_hub(**{**world.setup.odd, "FAKETIME": "-5m"})
            await world.all_fresh()
    return {"longest until the other hub's wall is right": longest}


def _faketime() -> str:
    """Where the library is; nothing where it is not."""
    return next((str(path) for path in Path("/usr").glob(LIBFAKETIME)), "")


SCENARIOS = [
    Scenario(
        name="hub-killed",
        promised=f"SIGKILL under load: its viewers are right on another within {ELSEWHERE:g} s, nothing is lost",
        act=hub_killed,
    ),
    Scenario(
        name="hub-stopped",
        promised=f"SIGSTOP: its viewers are right elsewhere within {HANGS:g} s; SIGCONT: each event is there once",
        act=hub_stopped,
    ),
    Scenario(
        name="hub-drained",
        promised=f"SIGTERM, {CROWD:,} viewers: all get 1012, none 1011, and are back elsewhere within {ELSEWHERE:g} s",
        act=hub_drained,
        setup=Setup(rate=2, sources=2),
    ),
    Scenario(
        name="hub-clock-off",
        promised=f"one clock is 5 minutes ahead, or behind: walls are right within {ELSEWHERE:g} s, each event once",
        act=clock_off,
        # the clock that only runs on is left alone: asyncio's own
        setup=Setup(odd={"LD_PRELOAD": _faketime(), "FAKETIME": "+5m", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}),
        needs=lambda: "" if _faketime() else "needs libfaketime: `make faketime`, or apt-get install faketime",
    ),
]
