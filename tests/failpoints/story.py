"""What a source and a reviewer do, by every way in; and do again, as far as they were not told, at the next hub."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import websockets

from tests.hubs import RunningHub
from tests.screens import acks, ingest

BATCH = 40  # events: more than one chunk
RACE = 5  # events of each of two hubs
Fact = dict[str, Any]


class Died(Exception):
    """The hub was not there any more."""


def said(session: str, ident: str) -> Fact:
    """A user's message."""
    return {"type": "message", "session": session, "id": ident, "role": "user", "text": "that is wonderful"}


@dataclass(slots=True)
class Story:
    """One run through all ways in. `name` names its sessions; `stays`: another hub, where an admin has the `desk`."""

    name: str
    stays: RunningHub
    desk: httpx.AsyncClient
    told: dict[tuple[str, str], int] = field(default_factory=dict)  # acknowledged: (public session, id) -> seq
    done: set[str] = field(default_factory=set)
    over: bool = False

    async def begin(self) -> None:
        """Before the hub that will die starts: closed sessions, and one that will be erased."""
        hub = self.stays
        for which in ("known", "noted"):
            closed = {"type": "session.closed", "session": self._session(which), "id": "e-1"}
            await self._post(hub, [said(self._session(which), "e-0"), closed])
        await self._post(hub, self._of_gone("before", 0, 1))

    async def tell(self, hub: RunningHub) -> None:
        """All of it that is not done yet. Raises Died where the hub is gone."""
        one = said(self._session("one"), "e-0")
        parts: list[tuple[str, Callable[[], Coroutine[Any, Any, None]]]] = [
            ("one", lambda: self._post(hub, [one])),
            ("batch", lambda: self._post(hub, [said(self._session(f"batch-{n % 3}"), f"e-{n}") for n in range(BATCH)])),
            ("socket", lambda: self._stream(hub)),
            ("again", lambda: self._post(hub, [one], again=True)),  # a source that did not hear the ack
            ("known", lambda: self._post(hub, [said(self._session("known"), "e-2")])),
            ("note", lambda: self._note(hub)),
            ("erase", lambda: self._erase(hub)),
            ("race", lambda: self._race(hub)),
            ("anew", lambda: self._post(hub, self._of_gone("before", 2, 3))),
            ("fence", lambda: self._post(hub, self._of_gone("before", 4, 5))),
            ("erase again", lambda: self._erase(hub)),
            ("after", lambda: self._post(hub, self._of_gone("after", 0, 1))),
            ("after all", lambda: self._post(hub, self._of_gone("after", 2, 3))),
        ]
        for name, do in parts:
            if name not in self.done:
                try:
                    await do()
                except* (
                    httpx.TransportError,
                    websockets.ConnectionClosed,
                    websockets.InvalidHandshake,
                    OSError,
                ) as gone:
                    raise Died from gone
                self.done.add(name)
        self.over = True

    def _session(self, which: str) -> str:
        return f"{self.name}-{which}"

    def _of_gone(self, which: str, *numbers: int) -> list[Fact]:
        """Events of the session that is erased: `before` the last time, or after it."""
        return [said(self._session("gone"), f"{which}-{n}") for n in numbers]

    def _left(self, facts: Sequence[Fact]) -> list[Fact]:
        return [fact for fact in facts if (f"web:{fact['session']}", fact["id"]) not in self.told]

    def _hear(self, results: Sequence[Fact]) -> None:
        for result in results:
            assert result["status"] in ("stored", "duplicate"), result
            key = result["session"], result["id"]
            if key[1].startswith("before-"):
                continue  # it will be erased
            assert self.told.setdefault(key, result["seq"]) == result["seq"], f"{key}: told two things, {result}"

    async def _post(self, hub: RunningHub, facts: Sequence[Fact], *, again: bool = False) -> None:
        sent = list(facts) if again else self._left(facts)
        if not sent:
            return
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {hub.key}"}, timeout=10) as http:
            answer = await http.post(f"{hub.url}/api/v1/events", json=sent if len(sent) != 1 else sent[0])
        assert answer.status_code == 200, answer.text
        self._hear(answer.json()["results"])

    async def _stream(self, hub: RunningHub) -> None:
        """Frames of one event, and one of many."""
        single = self._left([said(self._session("frames"), f"e-{n}") for n in range(6)])
        many = self._left([said(self._session("frame"), f"e-{n}") for n in range(BATCH)])
        async with ingest(hub) as socket:
            for fact in single:
                await socket.send(json.dumps(fact))
            if many:
                await socket.send(json.dumps(many))
            for _ in (*single, *many):
                self._hear(await acks(socket, 1))
                if not self._left([*single, *many]):
                    break

    async def _race(self, hub: RunningHub) -> None:
        """Two hubs write one session: they clash, and read what the other wrote."""
        session = self._session("race")
        async with asyncio.TaskGroup() as group:
            for n in range(RACE):
                for at, who in ((hub, "one"), (self.stays, "other")):
                    group.create_task(self._post(at, [said(session, f"{who}-{n}")]))

    async def _note(self, hub: RunningHub) -> None:
        path = f"{hub.url}/api/v1/sessions/web:{self._session('noted')}/notes"
        answer = await self.desk.post(path, json={"text": "look here", "seq": 1})
        assert answer.status_code == 200, answer.text
        self._hear(answer.json()["results"])

    async def _erase(self, hub: RunningHub) -> None:
        """Erased, now or already the first time."""
        answer = await self.desk.delete(f"{hub.url}/api/v1/sessions/web:{self._session('gone')}")
        assert answer.status_code in (204, 404), answer.text
