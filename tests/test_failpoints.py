"""A hub is killed where it stands still between the receipt of an event and its ack: a share of `make failpoints`."""

from pathlib import Path

import pytest

from tests.failpoints.path import awaits
from tests.failpoints.run import die_at, look, stage

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

SHARE = (  # function -> when a task stands there, or goes on from there
    ("Journal.append", "stands"),  # the commit is on its way
    ("Journal.append", "resumes"),  # it is durable, and nobody was told
)


async def test_a_hub_that_dies_anywhere_before_the_ack_loses_and_doubles_nothing(
    mongodb_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with stage(mongodb_url, redis_url, tmp_path) as at:
        found = await look(at, tmp_path / "seen.json")
    unexplained = [one for one in found.not_reached() if not one.reason]
    assert not unexplained, "an await of the path is not reached, and tests/failpoints/path.py does not say why"
    functions = found.seen.functions
    kills = [
        next(kill for kill in found.kills(found.on_path()) if (functions[kill.place], kill.phase) == wanted)
        for wanted in SHARE
    ]
    own = tmp_path / "kills"
    own.mkdir()
    functions = {one.place: one.function for one in awaits()}
    kills.append(next(kill for kill in found.kills_in_passing() if functions[kill.place] == "Sockets._acknowledge"))
    ran = await die_at(kills, mongodb_url=mongodb_url, redis_url=redis_url, directory=own, tell=lambda _: None)
    assert not [one.wrong for one in ran if one.wrong]
    assert all(one.died for one in ran), ran


def test_the_path_is_followed_from_the_ways_in() -> None:
    functions = {one.function for one in awaits()}
    assert functions >= {
        "Api.ingest", "Sockets._read", "Writer._settle_all", "Journal.append", "Recall.sessions", "Erasures.lift",
    }  # fmt: skip
