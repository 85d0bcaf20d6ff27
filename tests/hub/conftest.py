"""A database and hubs that do nothing by themselves, for tests that say what happens when."""

from collections.abc import AsyncIterator

import pytest

from live.storage import mongo
from live.storage.cards import Cards
from live.storage.journal import Journal
from live.storage.mongo import Database


@pytest.fixture
async def database(mongodb_url: str, database_name: str) -> AsyncIterator[Database]:
    """An empty database on the run's mongod, dropped afterwards."""
    async with mongo.database(mongodb_url, database_name, timeout=10) as made:
        await Journal(made).ensure_indexes()
        await Cards(made).ensure_indexes()
        yield made
        await made.client.drop_database(database_name)
