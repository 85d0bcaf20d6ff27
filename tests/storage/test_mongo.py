"""What a MongoDB must be, and how one that is not is named."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from live.embedded import Mongod
from live.errors import SettingError, StoreAway
from live.storage import mongo

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


class Standalone(Mongod):
    """A mongod that is no replica set."""

    def _command(self) -> Sequence[str]:
        command = list(super()._command())
        at = command.index("--replSet")
        return command[:at] + command[at + 2 :]

    async def _ready(self) -> bool:
        async with mongo.database(f"mongodb://127.0.0.1:{self.port}", "x", timeout=2) as database:
            try:
                await mongo.ping(database)
            except StoreAway:
                return False
        return True


async def test_a_server_without_a_majority_is_refused_by_name(tmp_path: Path) -> None:
    async with (
        Standalone(tmp_path) as alone,
        mongo.database(f"mongodb://127.0.0.1:{alone.port}", "live", timeout=5) as database,
    ):
        with pytest.raises(SettingError, match="replica set"):
            await mongo.check(database)


async def test_a_replica_set_is_taken(mongodb_url: str) -> None:
    async with mongo.database(mongodb_url, "live", timeout=5) as database:
        await mongo.check(database)


async def test_nobody_there_is_away_within_the_time_limit() -> None:
    async with mongo.database("mongodb://127.0.0.1:1/?replicaSet=x", "live", timeout=0.5) as database:
        with pytest.raises(StoreAway):
            await mongo.check(database)


@pytest.mark.parametrize("url", ["http://x", "mongodb://", "redis://x", "mongodb://a:b:c@x"])
async def test_an_address_that_cannot_be_read_is_named(url: str) -> None:
    with pytest.raises(SettingError, match="LIVE_MONGODB_URL"):
        async with mongo.database(url, "live", timeout=0.5):
            pass
