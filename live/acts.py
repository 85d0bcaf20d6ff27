"""What a reviewer does to a session: each act is events, written through the same door as a channel's."""

from typing import Annotated, Any
from uuid import uuid4

import msgspec
from msgspec import Meta

from live import events
from live.cards import Card
from live.errors import Flaw, Invalid, NotFound
from live.events import AnyEvent, Message, Name
from live.hub.hub import Hub, clock
from live.hub.intake import Result

MAX_TAGS = 100  # of one act
Seq = Annotated[int, Meta(ge=1, le=2**53)]


class Tags(msgspec.Struct, forbid_unknown_fields=True):
    """A tag that is there is not added again, one that is not there not removed."""

    add: Annotated[list[Name], Meta(max_length=MAX_TAGS)] = []
    remove: Annotated[list[Name], Meta(max_length=MAX_TAGS)] = []


class Note(msgspec.Struct, forbid_unknown_fields=True):
    """`seq` is the event it is about."""

    text: Annotated[str, Meta(min_length=1, max_length=10_000)]
    seq: Seq | None = None


class Correction(msgspec.Struct, forbid_unknown_fields=True):
    """`seq` is the user's message."""

    seq: Seq
    label: events.Label


class Review(msgspec.Struct, forbid_unknown_fields=True):
    """Seen, and done with it."""


class Acts:
    """`by` is who acts. Every method raises NotFound for a session that is not there, Invalid, StoreAway."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def tag(self, session: str, act: Tags, *, by: str) -> list[Result]:
        """Add and remove tags; only what changes something is written."""
        card = await self._card(session)
        have = set(card.tags)
        made: list[AnyEvent] = []
        for tag in dict.fromkeys(act.add):
            if tag not in have:
                made.append(events.TagAdded(**_own(card), tag=tag, by=by))
        made += [events.TagRemoved(**_own(card), tag=tag, by=by) for tag in dict.fromkeys(act.remove) if tag in have]
        return await self._write(made)

    async def note(self, session: str, act: Note, *, by: str) -> list[Result]:
        """Write a note."""
        card = await self._card(session)
        if act.seq is not None:
            await self._event(session, act.seq)
        return await self._write([events.NoteAdded(**_own(card), text=act.text, about=act.seq, by=by)])

    async def correct(self, session: str, act: Correction, *, by: str) -> list[Result]:
        """Set the sentiment of a user's message. Raises Invalid for any other event."""
        card = await self._card(session)
        event = await self._event(session, act.seq)
        if not isinstance(event, Message) or event.role != "user":
            raise Invalid(Flaw("seq", f"event {act.seq} is not a message of the user"))
        return await self._write([events.SentimentCorrected(**_own(card), about=act.seq, label=act.label, by=by)])

    async def review(self, session: str, act: Review, *, by: str) -> list[Result]:
        """Mark the session reviewed."""
        return await self._write([events.SessionReviewed(**_own(await self._card(session)), by=by)])

    async def _card(self, session: str) -> Card:
        folded = await self._hub.folded(session)
        if folded is None:
            raise NotFound("session", session)
        return folded.card

    async def _event(self, session: str, seq: int) -> AnyEvent:
        found = await self._hub.journal.read(session, after=seq - 1, limit=1)
        if not found or found[0].seq != seq:
            raise Invalid(Flaw("seq", f"there is no event {seq}"))
        return events.decode_stored(found[0].json)

    async def _write(self, made: list[AnyEvent]) -> list[Result]:
        return [await self._hub.write(event) for event in made]


def _own(card: Card) -> dict[str, Any]:
    """The common fields of an event that a reviewer causes now."""
    now = events.stamp(clock())
    return {"session": card.session, "id": f"act-{uuid4().hex}", "at": now, "channel": card.channel, "received": now}
