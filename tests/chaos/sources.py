"""Channels that talk without end over `live.sender`, and keep what was acknowledged: that must never be lost."""

import asyncio
import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from live.sender import Result, sender

WINDOW = 300  # events without acknowledgement
TEXTS = ("hello", "that is wonderful, thank you", "this is terrible, I am so angry", "may I speak to a human", "ok")
LENGTH = (8, 60)  # events until a session is closed; some are opened again
_NUMBERED = re.compile(r".+-e(\d+)")  # the ids of a talk, in its order


@dataclass(slots=True)
class Acks:
    """What all sources were told."""

    seqs: dict[tuple[str, str], int] = field(default_factory=dict)  # (public session id, event id) -> seq
    statuses: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)  # told two things about one event, or refused

    def hear(self, result: Result) -> None:
        """One result."""
        status, key = result["status"], (result["session"], result["id"])
        self.statuses[status] += 1
        if status not in ("stored", "duplicate"):
            self.wrong.append(f"{key}: {status} {result.get('errors')}")
        elif self.seqs.setdefault(key, result["seq"]) != result["seq"]:
            self.wrong.append(f"{key}: acknowledged as seq {self.seqs[key]} and as seq {result['seq']}")

    @property
    def count(self) -> int:
        """Different events."""
        return len(self.seqs)

    def disorder(self) -> list[str]:
        """Sessions in which what one source sent is not in the order in which it sent it."""
        of: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for (session, ident), seq in self.seqs.items():
            if found := _NUMBERED.fullmatch(ident):
                of[session].append((int(found[1]), seq))
        for numbered in of.values():
            numbered.sort()
        return [
            f"{session}: stored in another order than it was sent"
            for session, numbered in of.items()
            if any(after[1] <= before[1] for before, after in pairwise(numbered))
        ]


class Talk:
    """Events as channels send them: a few sessions at a time, which begin, are closed, and are opened again."""

    def __init__(self, name: str, *, sessions: int, rng: random.Random) -> None:
        self._name, self._rng, self._number = name, rng, 0
        self._slots = [self._begun() for _ in range(sessions)]

    def _begun(self) -> tuple[str, int]:
        self._number += 1
        return f"{self._name}-{self._number}", self._rng.randint(*LENGTH)

    def next(self) -> dict[str, Any]:
        """The next event."""
        rng, slot = self._rng, self._rng.randrange(len(self._slots))
        session, left = self._slots[slot]
        self._number += 1
        event: dict[str, Any] = {"session": session, "id": f"{self._name}-e{self._number}"}
        if left == 0:
            self._slots[slot] = self._begun() if rng.random() < 0.8 else (session, 5)
            return event | {"type": "session.closed"}
        self._slots[slot] = session, left - 1
        chance = rng.random()
        if chance < 0.7:
            return event | {"type": "message", "role": rng.choice(["user", "assistant"]), "text": rng.choice(TEXTS)}
        if chance < 0.8:
            return event | {"type": "tag.added", "tag": rng.choice(["vip", "late", "new"])}
        if chance < 0.9:
            return event | {"type": "goal.completed", "goal": "booked"}
        return event | {"type": "session.updated", "user": {"name": rng.choice(["Ada", "Grace", "Edsger"])}}


async def speak(talk: Talk, acks: Acks, *, url: str, key: str, rate: float, over: asyncio.Event) -> None:
    """Send at about `rate` events a second until `over`, then until all is acknowledged."""
    async with sender(url, key=key, window=WINDOW, told=acks.hear) as out:
        while not over.is_set():
            await out.send(talk.next())
            if out.unsettled < WINDOW:
                await asyncio.sleep(1 / rate)
        await out.settled()
