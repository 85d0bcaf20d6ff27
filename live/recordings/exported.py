"""Our own export as events to send again, so that they fold to the same card.

What the hub added is taken off. What it or a reviewer wrote is left out, but for the end by silence, which a channel
may send as well.
"""

from typing import Any

from live.errors import Flaw, Invalid
from live.events import HUB_TYPES, milliseconds
from live.recordings.script import Event

_ADDED = ("seq", "received", "channel", "scored")
_TAGS = ("tag.added", "tag.removed")


def sendable(stored: dict[str, Any]) -> Event | None:
    """One exported event as its channel sent it; None where it was not a channel's. Raises Invalid for what is none."""
    kind, public = stored.get("type"), stored.get("session")
    if not isinstance(kind, str) or not isinstance(public, str):
        raise Invalid(Flaw("", "neither a conversation (turns) nor an exported event (type, session)"))
    if kind in HUB_TYPES or (kind in _TAGS and stored.get("by") is not None):
        return None  # a reviewer's tag would reopen a session that was closed before
    event = {key: value for key, value in stored.items() if key not in _ADDED}
    event["session"] = public.partition(":")[2] or public
    at, received = stored.get("at"), stored.get("received")
    if isinstance(at, str) and isinstance(received, str) and milliseconds(received) < milliseconds(at):
        event["at"] = received  # the source's clock was ahead: the card has this time, too
    own = event.pop("sentiment", None)
    if isinstance(own, dict) and own.get("source") == "channel":
        event["sentiment"] = {key: own[key] for key in ("label", "score") if key in own}
    return event
