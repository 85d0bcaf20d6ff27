"""Who watches which session: the people on this hub and, as the bus tells, those on the others.

A person is a name, of an account or of an API token: on two sockets it is one. A hub tells the others its whole table,
when it has changed and every AGAIN seconds while somebody watches; a table that was not heard for GOOD seconds no
longer counts, so a lost one heals. While the bus is silent each hub knows its own people alone.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress

import msgspec

PAUSE = 0.3  # seconds that changes are gathered at least, before anybody is told
AGAIN = 5.0  # seconds until an unchanged table is told again
GOOD = 12.0  # seconds that another hub's table counts: two in a row may be lost
NAMES = 20  # names that a viewer is told; beyond, only how many there are
CARDS = 200  # cards of which a viewer is told by how many they are watched
TOLD = 5_000  # people and sessions that other hubs are told of; they do not know of those beyond

_decode = msgspec.json.Decoder(dict[str, list[str]]).decode
_encode = msgspec.json.Encoder().encode


class Watching(msgspec.Struct, frozen=True):
    """Who watches one session: some names, sorted, and how many people it are."""

    names: tuple[str, ...]
    count: int


class Watchers:
    """Counts at once, tells soon: `run` it."""

    def __init__(self) -> None:
        self.version = 1  # of what `among` answers
        self.counts: dict[str, int] = {}  # people by session; sessions that nobody watches are not in it
        self._own: dict[str, Counter[str]] = {}  # session -> name -> sockets
        self._others: dict[str, dict[str, list[str]]] = {}  # hub -> session -> names
        self._heard: dict[str, float] = {}
        self._known: dict[str, Watching] = {}  # as last asked: those who follow a session ask at every event
        self._touched: set[str] = set()
        self._owed = False
        self._told = 0.0
        self._news = asyncio.Event()

    # who comes and goes -----------------------------------------------------------------------------------------------

    def come(self, session: str, name: str) -> None:
        """Somebody follows a session, on one more socket of this hub."""
        sockets = self._own.setdefault(session, Counter())
        sockets[name] += 1
        if sockets[name] == 1:
            self._owe(session)

    def go(self, session: str, name: str) -> None:
        """They no longer do, on this socket."""
        sockets = self._own[session]
        sockets[name] -= 1
        if sockets[name]:
            return
        del sockets[name]
        if not sockets:
            del self._own[session]
        self._owe(session)

    def hear(self, hub: str, body: bytes) -> None:
        """Another hub's table."""
        table = _decode(body)
        before = self._others.pop(hub, {})
        if table:
            self._others[hub] = table
            self._heard[hub] = asyncio.get_running_loop().time()
            if not before:
                self._news.set()  # to look in time whether it still counts
        for session in before.keys() | table.keys():
            if before.get(session) != table.get(session):
                self._touch(session)

    def forget(self, hub: str) -> None:
        """Another hub is gone, and those who watched by way of it."""
        for session in self._others.pop(hub, {}):
            self._touch(session)

    def alone(self) -> None:
        """The bus is silent: what the others told is no longer known."""
        for hub in list(self._others):
            self.forget(hub)

    def again(self) -> None:
        """The others may have missed something: tell them soon."""
        self._owed |= bool(self._own)
        self._news.set()

    # what is asked ----------------------------------------------------------------------------------------------------

    def of(self, session: str) -> Watching:
        """Who watches this session; the same object until others do."""
        known = self._known.get(session)
        if known is None:
            people = self._people(session)
            known = Watching(tuple(sorted(people)[:NAMES]), len(people))
            if people:
                self._known[session] = known
        return known

    def among(self, shown: Mapping[str, object], before: dict[str, int]) -> dict[str, int]:
        """Of these sessions, by how many people they are watched that are; `before` itself where that is the same."""
        few, many = (self.counts, shown) if len(self.counts) < len(shown) else (shown, self.counts)
        watched = [session for session in few if session in many]
        if len(watched) > CARDS:
            watched = sorted(watched)[:CARDS]
        found = {session: self.counts[session] for session in watched}
        return before if found == before else found

    # what it does by itself -------------------------------------------------------------------------------------------

    async def run(
        self, *, tell: Callable[[bytes], None], changed: Callable[[set[str]], None], pause: Callable[[], float]
    ) -> None:
        """`tell(table)` sends to the other hubs; `changed(sessions)` is called when other people watch these.

        Changes are gathered for `pause()` seconds. While nobody watches it only waits.
        """
        time = asyncio.get_running_loop().time
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._due()):
                    await self._news.wait()
                await asyncio.sleep(max(PAUSE, pause()))
            self._news.clear()
            for hub in [hub for hub in self._others if time() - self._heard[hub] >= GOOD]:
                self.forget(hub)
            if self._owed or (self._own and time() - self._told >= AGAIN):
                self._owed, self._told = False, time()
                tell(_encode(self._table()))
            if self._touched:
                self.version += 1
                touched, self._touched = self._touched, set()
                changed(touched)

    def _due(self) -> float | None:
        """When to look although nothing happened, in the loop's time."""
        due = [self._heard[hub] + GOOD for hub in self._others]
        if self._own:
            due.append(self._told + AGAIN)
        return min(due, default=None)

    def _table(self) -> dict[str, list[str]]:
        table: dict[str, list[str]] = {}
        room = TOLD
        for session, sockets in self._own.items():
            if room <= 0:
                break
            table[session] = sorted(sockets)[:room]
            room -= len(sockets)
        return table

    def _people(self, session: str) -> set[str]:
        people = set(self._own.get(session, ()))
        for table in self._others.values():
            people.update(table.get(session, ()))
        return people

    def _owe(self, session: str) -> None:
        self._owed = True
        self._touch(session)

    def _touch(self, session: str) -> None:
        self._known.pop(session, None)
        count = len(self._people(session))
        if count:
            self.counts[session] = count
        else:
            self.counts.pop(session, None)
        self._touched.add(session)
        self._news.set()
