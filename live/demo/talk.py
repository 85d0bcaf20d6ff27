"""Writes one conversation, beat by beat: what happens, and how long after the beat before."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from live.demo.cast import Person, Profile, person

Event = dict[str, Any]
Part = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tempo:
    """Seconds: a user's and an agent's shortest pause, what a character adds, and the longest pause."""

    user: float
    agent: float
    character: float
    longest: float


TEMPI: Mapping[str, Tempo] = {
    "web": Tempo(user=3.0, agent=1.2, character=0.07, longest=18.0),
    "sms": Tempo(user=6.0, agent=2.0, character=0.12, longest=40.0),
    "email": Tempo(user=25.0, agent=12.0, character=0.12, longest=120.0),
}


@dataclass(frozen=True, slots=True)
class Beat:
    """One event, `after` seconds after the one before."""

    after: float
    event: Event


def source(ident: str, title: str, score: float, *, used: bool = True, excerpt: str | None = None) -> Part:
    """Something the agent found in its knowledge, and whether the answer rests on it."""
    told: Part = {"id": ident, "title": title, "score": score, "used": used}
    return told | ({"excerpt": excerpt} if excerpt else {})


def check(name: str, met: bool, action: str | None = None, **values: Any) -> Part:
    """A condition that the agent weighed, the values it saw, and what followed."""
    told: Part = {"name": name, "met": met}
    return told | ({"values": values} if values else {}) | ({"action": action} if action else {})


def call(name: str, arguments: Part, result: Any = None, *, error: str | None = None, ms: int = 240) -> Part:
    """A tool that the agent called, with its answer or its error."""
    told: Part = {"name": name, "arguments": arguments, "duration_ms": ms}
    return told | ({"error": error} if error else {"result": result})


class Talk:
    """One conversation in the making. Everything random comes from `rng`, so the same seed writes the same."""

    def __init__(self, session: str, *, channel: str, rng: random.Random) -> None:
        self.session = session
        self.rng = rng
        self.person: Person = person(rng)
        self.beats: list[Beat] = []
        self._tempo = TEMPI[channel]
        self._profile: Profile | None = None
        self._journey: str | None = None
        self._block: str | None = None
        self._counts: dict[str, int] = {}

    def pick(self, *choices: str) -> str:
        """One of several ways to say it."""
        return self.rng.choice(choices)

    def number(self, low: int, high: int) -> int:
        """A number from low to high."""
        return self.rng.randint(low, high)

    def starts(
        self,
        agent: Profile,
        *,
        kind: str,
        journey: str | None = None,
        known: Sequence[Literal["name", "email", "phone"]] = (),
        tags: Sequence[str] = (),
        lead: str | None = None,
        attributes: Part | None = None,
    ) -> None:
        """The conversation begins; `known` is what is known of the user: nothing, for an anonymous one."""
        self._profile, self._journey = agent, journey
        user = self._user(*known) if known else None
        fields = {"user": user, "kind": kind, "tags": list(tags) or None, "lead": lead, "attributes": attributes}
        self._add("session.started", 0.0, agent=_identity(agent), **fields)

    def identifies(self, *known: Literal["name", "email", "phone"], lead: str | None = None) -> None:
        """The user turns out to be someone."""
        self._add("session.updated", 0.3, user=self._user(*known), lead=lead)

    def hands_over(self, agent: Profile) -> None:
        """Another AI agent takes over."""
        self._profile = agent
        self._add("session.updated", 0.5, agent=_identity(agent))

    def user(self, text: str, *, after: float | None = None, **fields: Any) -> str:
        """The user says something. `after` replaces the pause that a text of this length takes."""
        return self._add(
            "message", self._pause("user", text) if after is None else after, role="user", text=text, **fields
        )

    def operator(self, text: str, *, after: float | None = None) -> str:
        """A human of the staff says something."""
        pause = self._pause("user", text) if after is None else after
        return self._add("message", pause, role="operator", text=text)

    def agent(
        self,
        text: str,
        *,
        why: str | None = None,
        knowledge: Sequence[Part] = (),
        conditions: Sequence[Part] = (),
        tools: Sequence[Part] = (),
        after: float | None = None,
    ) -> str:
        """The agent says something, for reasons that are told beside it."""
        assert self._profile is not None, "starts() comes first"
        spent = sum(float(tool["duration_ms"]) for tool in tools)
        pause = self._pause("agent", text) + min(spent / 1000, 5) if after is None else after
        message = self._add("message", pause, role="assistant", text=text)
        self._add(
            "decision",
            0.05,
            message=message,
            block=self._block,
            rationale=why,
            knowledge=list(knowledge) or None,
            conditions=list(conditions) or None,
            tools=list(tools) or None,
            model=self._profile.model,
            input_tokens=600 + 14 * len(self.beats) + self.rng.randrange(900),
            output_tokens=8 + len(text) // 4 + (self.rng.randrange(60) if why else 0),
            duration_ms=int(350 + 9 * len(text) ** 0.8 + spent + self.rng.randrange(400)),
            versions=self._profile.versions or None,
        )
        return message

    def enters(self, block: str, *, via: str | None = None, left: str = "completed") -> None:
        """The journey goes on to a block; the one before ends as `left`."""
        self.leaves(left)
        self._block = block
        self._add("block.entered", 0.1, block=block, journey=self._journey, via=via)

    def leaves(self, outcome: str = "completed") -> None:
        """The journey leaves its block, if it is in one."""
        if self._block is not None:
            self._add("block.exited", 0.1, block=self._block, journey=self._journey, outcome=outcome)
            self._block = None

    def goal(self, name: str, state: Literal["triggered", "completed", "failed"], value: Any = None) -> None:
        """A goal comes into play, is met, or is given up."""
        self._add(f"goal.{state}", 0.2, goal=name, value=value)

    def shows(self, form: str) -> None:
        """A form comes before the user."""
        self._add("form.shown", 0.3, form=form)

    def submits(self, form: str, *, after: float | None = None, **fields: Any) -> None:
        """The user sends the form."""
        self._add("form.submitted", self._tempo.user * 3 if after is None else after, form=form, fields=fields)

    def abandons(self, form: str, field: str, *, after: float | None = None) -> None:
        """The user leaves the form at this field."""
        self._add("form.abandoned", self._tempo.user * 4 if after is None else after, form=form, field=field)

    def learns(self, **values: Any) -> None:
        """The agent learned something from the user."""
        for name, value in values.items():
            self._add("data.collected", 0.1, field=name, value=value)

    def misses(self, question: str, message: str, reason: Literal["no_source", "weak_source", "rejected"]) -> None:
        """There was no source good enough for this question."""
        self._add("knowledge.missing", 0.1, question=question, message=message, reason=reason)

    def tags(self, tag: str) -> None:
        """A tag is put on the conversation."""
        self._add("tag.added", 0.2, tag=tag)

    def untags(self, tag: str) -> None:
        """A tag is taken off."""
        self._add("tag.removed", 0.2, tag=tag)

    def closes(
        self, reason: str, by: Literal["user", "assistant", "operator", "system"], *, after: float = 4.0
    ) -> None:
        """The conversation ends."""
        self.leaves("completed" if by != "system" else "dropped")
        self._add("session.closed", after, reason=reason, by=by)

    def _user(self, *known: str) -> Part:
        return {"id": f"u-{self.session[-8:]}"} | {name: getattr(self.person, name) for name in known}

    def _pause(self, who: Literal["user", "agent"], text: str) -> float:
        tempo = self._tempo
        pause = tempo.user + tempo.character * len(text)
        if who == "agent":  # writes faster than people do
            pause = tempo.agent + tempo.character * len(text) * 0.3
        return min(tempo.longest, pause) * self.rng.uniform(0.7, 1.4)

    def _add(self, kind: str, after: float, /, **fields: Any) -> str:
        prefix = {"message": "m", "decision": "d"}.get(kind, "e")
        self._counts[prefix] = self._counts.get(prefix, 0) + 1
        ident = f"{prefix}-{self._counts[prefix]}"
        told = {key: value for key, value in fields.items() if value is not None}
        self.beats.append(Beat(after, {"type": kind, "session": self.session, "id": ident, **told}))
        return ident


def _identity(agent: Profile) -> Part:
    return {"id": agent.id, "name": agent.name, "version": agent.version}
