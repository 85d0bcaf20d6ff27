"""A hub by hand: its writer runs, all else happens when the test says so.

Its publications are delivered, lost or doubled at will.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from live import filters
from live.errors import NotFound
from live.hub import intake
from live.hub.hub import Hub, clock
from live.hub.intake import Result
from live.hub.views import View, digest
from live.settings import Settings
from live.storage.cards import Cards
from live.storage.erasures import Erasures
from live.storage.hubs import Hubs
from live.storage.journal import Journal
from live.storage.minutes import Minutes
from live.storage.mongo import Database


class Desk:
    """One hub, and the screens of those who watch it."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._said = 0

    async def send(self, channel: str, *facts: dict[str, Any]) -> list[Result]:
        """What a channel sends, to its fate."""
        now = clock()
        items = [
            intake.prepare(msgspec.Raw(msgspec.json.encode(fact)), channel=channel, now=now, settings=self.hub.settings)
            for fact in facts
        ]
        ticket = self.hub.writer.submit(items)
        async with asyncio.timeout(10):
            await ticket.done
        return ticket.results()

    async def says(self, session: str, text: str = "hello", *, role: str = "user") -> int:
        """A message; gives its seq."""
        self._said += 1
        fact = {
            "type": "message",
            "session": session,
            "id": f"{self.hub.name}-{self._said}",
            "role": role,
            "text": text,
        }
        (result,) = await self.send("web", fact)
        assert result.status == "stored", result
        assert result.seq is not None
        return result.seq

    async def closes(self, session: str) -> None:
        """The channel closes it."""
        self._said += 1
        (result,) = await self.send(
            "web", {"type": "session.closed", "session": session, "id": f"{self.hub.name}-{self._said}"}
        )
        assert result.status == "stored", result

    async def erases(self, session: str) -> bool:
        """An admin erases it; was it there?"""
        try:
            async with asyncio.timeout(10):
                await self.hub.erase(f"web:{session}")
        except NotFound:
            return False
        return True

    def publications(self) -> list[bytes]:
        """What the hub would have sent over the bus since asked last."""
        outbox = self.hub.bus._outbox
        made = list(outbox)
        outbox.clear()
        return made

    def hears(self, message: bytes) -> None:
        """A message of the bus arrives."""
        self.hub.bus._hear(message)

    def rests(self) -> int:
        """Time enough passes that stored, closed sessions leave the board."""
        return self.hub.board.retire(now=asyncio.get_running_loop().time() + 1_000)

    async def sure(self) -> None:
        """Views that are not sure read again."""
        while any(view.unsure for view in self.hub.views):
            await self.hub._recount()

    def known(self) -> dict[str, int]:
        """What the board holds."""
        return {session: entry.rev for session, entry in self.hub.board.entries.items()}


class Screen:
    """What one viewer sees of a view: a snapshot, then patches."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.version = 0
        self.cards: dict[str, int] = {}
        self.counts: dict[str, int] = {}

    def catches_up(self) -> None:
        """The frame that leads from what this viewer has to what there is."""
        if self.version == self.view.version:
            return
        body = self.view.patch(self.version) if self.version else None
        frame = json.loads(f"{{{self.view.snapshot() if body is None else body}}}")
        if body is None:
            self.cards = {}
        for gone in frame.get("gone", ()):
            self.cards.pop(gone, None)
        self.cards |= {card["session"]: card["rev"] for card in frame["cards"]}
        self.counts = frame["counts"]
        self.version = self.view.version

    def digest(self) -> str:
        """The proof of what is seen."""
        return digest(self.cards.items())


async def fresh(desk: Desk, view: View) -> Screen:
    """The same list, made anew."""
    made = View(view.filter, sort=view.sort, limit=view.limit, board=desk.hub.board, search=desk.hub.search)
    await made.recount()
    screen = Screen(made)
    screen.catches_up()
    return screen


async def watching(desk: Desk, query: str, *, sort: str = "recent", limit: int = 10) -> Screen:
    """A viewer comes."""
    return Screen(await desk.hub.views.join(filters.parse(query), sort=sort, limit=limit))


@asynccontextmanager
async def desk(
    database: Database, name: str, *, redis_url: str = "redis://127.0.0.1:1", **more: Any
) -> AsyncIterator[Desk]:
    """A hub that has read the store, whose writer runs; `more` are settings."""

    async def ping() -> None:
        await database.command("ping")

    settings = Settings(mongodb_database=database.name, **more)
    hub = Hub(
        settings, hub=name, journal=Journal(database), stored=Cards(database), erasures=Erasures(database),
        hubs=Hubs(database), minutes=Minutes(database), ping=ping, kinds=dict, redis_url=redis_url,
    )  # fmt: skip
    await hub.reconcile.start()
    async with asyncio.TaskGroup() as group:
        writing = group.create_task(hub.writer.run())
        hub.bus._hear(b"elsewhere 0 tick\n")  # another is there, so what it stores is told
        try:
            yield Desk(hub)
        finally:
            writing.cancel()


async def emptied(database: Database) -> None:
    """No events, no cards."""
    for name in ("events", "cards", "hubs"):
        await database[name].delete_many({})
