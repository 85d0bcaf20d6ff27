"""The events of one session in order, with ids that come out the same each time."""

import re
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from live import events
from live.recordings.bounds import fit

Event = dict[str, Any]

_PREFIX = {"session.started": "s", "session.updated": "u", "session.closed": "z", "message": "m", "decision": "d",
           "block.entered": "b", "block.exited": "x", "data.collected": "c", "knowledge.missing": "k"}  # fmt: skip
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Conversation:
    """One session, or the next piece of one, and its events in order: plain dicts of the contract."""

    session: str
    events: tuple[Event, ...]


def session_id(recorded: str) -> str:
    """A recorded id -> a session id that is safe in an address; one that had to change keeps its distance by a hash."""
    safe = _UNSAFE.sub("-", recorded)[:100]
    if safe == recorded:
        return safe
    return f"{safe.strip('-')}-{blake2b(recorded.encode(), digest_size=3).hexdigest()}"


@dataclass(slots=True)
class Script:
    """Collects the events of one session."""

    session: str
    at: str | None = None
    events: list[Event] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)

    def time(self, ts: str | None) -> None:
        """From here on it is `ts` (RFC 3339) at the source; None leaves the time as it is. Raises ValueError."""
        if ts is not None:
            self.at = events.stamp(events.moment(ts))

    def add(self, kind: str, /, **fields: Any) -> str:
        """One more event; fields that are None are left out. Its id: `m-0007` is the seventh message."""
        prefix = _PREFIX.get(kind) or kind[0]  # goal.…, form.…, tag.… count on together
        self._counts[prefix] += 1
        ident = f"{prefix}-{self._counts[prefix]:04d}"
        event: Event = {"type": kind, "session": self.session, "id": ident}
        if self.at is not None:
            event["at"] = self.at
        event.update((key, content) for key, content in fields.items() if content is not None)
        self.events.append(fit(event))
        return ident

    def told(self) -> Conversation:
        """What came together."""
        return Conversation(self.session, tuple(self.events))
