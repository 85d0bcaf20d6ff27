"""Sessions told as stories: `a_session().says("…").answers("…").idles()`; every step is a stored event."""

from datetime import UTC, datetime, timedelta
from typing import Any, Self

import msgspec

from live import cards, events
from live.cards import Card, Folded
from live.events import AnyEvent
from live.hub import intake
from live.settings import Settings

START = datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)


class Story:
    """A growing list of stored events, one second apart, and what they fold to."""

    def __init__(self, session: str = "web:s-1") -> None:
        self.session = session
        self.channel, _, self.own = session.partition(":")
        self.now = START
        self.events: list[AnyEvent] = []
        self.folded: Folded = cards.empty(session)

    @property
    def card(self) -> Card:
        """The card so far."""
        return self.folded.card

    def later(self, seconds: float) -> Self:
        """Time passes."""
        self.now += timedelta(seconds=seconds)
        return self

    def sends(self, kind_: str, /, **fields: Any) -> Self:
        """Any event of a channel, through the same door as in the hub."""
        raw = {"type": kind_, "session": self.own, "id": f"e-{len(self.events) + 1}", **fields}
        item = intake.prepare(
            msgspec.Raw(msgspec.json.encode(raw)), channel=self.channel, now=self.now, settings=Settings()
        )
        assert isinstance(item, intake.Item), item
        return self.happens(item.event)

    def happens(self, event: AnyEvent) -> Self:
        """A stored event, complete but for its seq."""
        whole = msgspec.structs.replace(event, seq=len(self.events) + 1)
        self.events.append(whole)
        self.folded = cards.fold(self.folded, whole)
        self.now += timedelta(seconds=1)
        return self

    def own_fields(self) -> dict[str, Any]:
        """The common fields of an event that the hub writes now."""
        stamp = events.stamp(self.now)
        return {
            "session": self.session,
            "id": f"h-{len(self.events) + 1}",
            "at": stamp,
            "channel": self.channel,
            "received": stamp,
        }

    def says(self, text: str, **fields: Any) -> Self:
        """The user says something."""
        return self.sends("message", role="user", text=text, **fields)

    def answers(self, text: str, **fields: Any) -> Self:
        """The assistant says something."""
        return self.sends("message", role="assistant", text=text, **fields)

    def helps(self, text: str) -> Self:
        """A human of the staff says something."""
        return self.sends("message", role="operator", text=text)

    def falls_silent(self) -> Self:
        """The hub writes that the session became inactive."""
        return self.happens(events.SessionIdle(**self.own_fields()))

    def waits(self, about: int) -> Self:
        """The hub writes that the user waits."""
        return self.happens(events.SessionWaiting(**self.own_fields(), about=about))

    def is_reviewed(self, by: str = "Rita") -> Self:
        """A reviewer is done with it."""
        return self.happens(events.SessionReviewed(**self.own_fields(), by=by))

    def is_corrected(self, about: int, label: events.Label, by: str = "Rita") -> Self:
        """A reviewer corrects a sentiment."""
        return self.happens(events.SentimentCorrected(**self.own_fields(), about=about, label=label, by=by))

    def is_noted(self, text: str, about: int | None = None, by: str = "Rita") -> Self:
        """A reviewer writes a note."""
        return self.happens(events.NoteAdded(**self.own_fields(), text=text, about=about, by=by))

    def whys(self) -> list[str]:
        """The reasons to look, in order."""
        return [attention.why for attention in self.card.attention]


def a_session(session: str = "web:s-1") -> Story:
    """A session without events."""
    return Story(session)
