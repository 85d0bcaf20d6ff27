"""People of the staff, as HTTP meets them: signed in by cookie, with the token of their page."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx

from live.auth import hashed
from live.storage import mongo
from live.storage.people import People
from tests.hubs import RunningHub

PASSWORD = "correct horse of the staff"


async def hired(mongodb_url: str, database: str, *people: tuple[str, str]) -> None:
    """Accounts with these names and roles."""
    async with mongo.database(mongodb_url, database, timeout=10) as opened:
        for name, role in people:
            await People(opened).add_user(name, password_hash=await hashed(PASSWORD), role=role)


async def dismissed(mongodb_url: str, database: str, names: Sequence[str]) -> None:
    """Accounts that are no more."""
    async with mongo.database(mongodb_url, database, timeout=10) as opened:
        await opened["accounts"].delete_many({"_id": {"$in": list(names)}})


@asynccontextmanager
async def at_desk(hub: RunningHub, name: str, *, password: str = PASSWORD) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody's browser: signed in, and every request carries the page's token."""
    async with httpx.AsyncClient(base_url=hub.url, timeout=20) as http:
        form = {"name": name, "password": password, "csrf": _token((await http.get("/signin")).text)}
        answer = await http.post("/signin", data={**form, "next": "/wall"})
        assert answer.status_code == 303, answer.text
        http.headers["X-CSRF-Token"] = _token((await http.get("/sessions")).text)
        yield http


def _token(page: str) -> str:
    found = re.search(r'name="csrf" (?:value|content)="([^"]+)"', page)
    assert found is not None, page
    return found[1]
