"""Our own export as events to send again: what the hub added is taken off, what it or a reviewer wrote is left out."""

from typing import Any

from live.cards import SILENCE
from live.errors import Flaw, Invalid
from live.events import HUB_TYPES
from live.recordings.script import Event

_ADDED = ("seq", "received", "channel", "scored")


def sendable(stored: dict[str, Any]) -> Event | None:
    """One exported event as its channel sent it; None where it did not send it. Raises Invalid for what is none."""
    kind, public = stored.get("type"), stored.get("session")
    if not isinstance(kind, str) or not isinstance(public, str):
        raise Invalid(Flaw("", "neither a conversation (turns) nor an exported event (type, session)"))
    silenced = kind == "session.closed" and stored.get("by") == "system" and stored.get("reason") == SILENCE
    if kind in HUB_TYPES or silenced:
        return None
    event = {key: value for key, value in stored.items() if key not in _ADDED}
    event["session"] = public.partition(":")[2] or public
    if kind != "session.closed":
        event.pop("by", None)
    own = event.pop("sentiment", None)
    if isinstance(own, dict) and own.get("source") == "channel":
        event["sentiment"] = {key: own[key] for key in ("label", "score") if key in own}
    return event
