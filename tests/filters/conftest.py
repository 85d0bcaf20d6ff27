"""A collection on the run's mongod, for what a filter finds there."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient
from pymongo.collection import Collection

Documents = Collection[dict[str, Any]]


@pytest.fixture(scope="module")
def collection(mongodb_url: str) -> Iterator[Documents]:
    """An empty collection, dropped with its database when the module is done."""
    name = f"test_{uuid4().hex[:12]}"
    with MongoClient[dict[str, Any]](mongodb_url, tz_aware=True) as client:
        yield client[name]["cards"]
        client.drop_database(name)
