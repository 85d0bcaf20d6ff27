"""What goes over a viewer's socket: the frames of both directions, and the close codes.

Frames that hold cards or events are put together from JSON text that was encoded once: one event, one card, one view's
change serve every viewer. Source of the names: docs/protocol.md.

Close codes, besides those of the protocol itself. 4000–4499: come back. 4500–4999: stop.
    1012  the hub stops as planned: come back
    4001  the hub has no room: come back later
    4008  too slow: a frame was not taken in time; come back and catch up
    4500  the key, token or account is no longer in use
"""

from enum import IntEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from live import flaws
from live.errors import Flaw, Invalid


class Close(IntEnum):
    """Why the hub ends a socket."""

    RESTART = 1012
    FULL = 4001
    SLOW = 4008
    SIGN_IN = 4500


SubscriptionId = Annotated[str, Meta(min_length=1, max_length=64)]


class Subscribe(msgspec.Struct, tag_field="op", tag="subscribe", forbid_unknown_fields=True, kw_only=True):
    """Start a subscription, or put another in its place."""

    id: SubscriptionId
    to: Literal["wall", "session", "totals"]
    filter: str = ""
    sort: str = "recent"
    limit: Annotated[int, Meta(ge=1, le=1000)] = 200
    session: str | None = None
    after: Annotated[int, Meta(ge=0, le=2**53)] = 0
    offset: Annotated[int, Meta(ge=-840, le=840)] = 0  # minutes east of UTC, of the viewer's day


class Unsubscribe(msgspec.Struct, tag_field="op", tag="unsubscribe", forbid_unknown_fields=True, kw_only=True):
    """End a subscription."""

    id: SubscriptionId


class Ping(msgspec.Struct, tag_field="op", tag="ping", forbid_unknown_fields=True):
    """Ask for a beat now."""


_Frame = Subscribe | Unsubscribe | Ping
_decoder = msgspec.json.Decoder(_Frame)
_any = msgspec.json.Decoder()
_encode = msgspec.json.Encoder().encode


def decode(text: str) -> Subscribe | Unsubscribe | Ping:
    """A viewer's frame. Raises Invalid."""
    try:
        frame: Subscribe | Unsubscribe | Ping = _decoder.decode(text)
    except msgspec.ValidationError as error:
        flaw = flaws.misfit(error, text.encode(), kind=_Frame)
        if flaw.path == "op":
            flaw = Flaw("op", "unknown op: expected subscribe, unsubscribe or ping")
        raise Invalid(flaw) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Invalid(flaws.unreadable(text.encode(), error).flaw) from None
    return frame


def id_of(text: str) -> str | None:
    """The subscription id of a frame that could not be taken, if it has one."""
    try:
        value = _any.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    ident = value.get("id") if isinstance(value, dict) else None
    return ident[:64] if isinstance(ident, str) else None


def text(value: Any) -> str:
    """Any value as JSON text."""
    return _encode(value).decode()


def hello(*, version: str, heartbeat: float, hub: str) -> str:
    """The first frame."""
    return text({"op": "hello", "version": version, "heartbeat": heartbeat, "hub": hub})


def snapshot(ident: str, body: str) -> str:
    """A whole view; `body` is a View's, shared by its viewers."""
    return f'{{"op":"snapshot","id":{text(ident)},{body}}}'


def patch(ident: str, body: str) -> str:
    """What changed in a view; `body` is a View's, shared by its viewers."""
    return f'{{"op":"patch","id":{text(ident)},{body}}}'


def totals(ident: str, body: str) -> str:
    """How much there is; `body` is a Totals', shared by its viewers."""
    return f'{{"op":"totals","id":{text(ident)},{body}}}'


def events(ident: str, *, lines: list[str], card: str, head: int) -> str:
    """Events of a session, in order."""
    return f'{{"op":"events","id":{text(ident)},"events":[{",".join(lines)}],"card":{card},"head":{head}}}'


def live(ident: str, *, head: int) -> str:
    """History is complete."""
    return f'{{"op":"live","id":{text(ident)},"head":{head}}}'


def watching(ident: str, *, names: tuple[str, ...], count: int) -> str:
    """Who watches a session."""
    return text({"op": "watching", "id": ident, "names": names, "count": count})


def watched(ident: str, sessions: dict[str, int]) -> str:
    """By how many people cards of a wall are watched, of those where that has changed."""
    return text({"op": "watched", "id": ident, "sessions": sessions})


def error(ident: str | None, *, code: str, message: str) -> str:
    """A bad frame or subscription."""
    return text({"op": "error", "id": ident, "code": code, "message": message})


def reconnect(after_ms: int) -> str:
    """A planned stop: come back after so long."""
    return text({"op": "reconnect", "after_ms": after_ms})


def beat(
    *, at: str, store: str, bus: str, last_event: str | None, channels: dict[str, Any], digest: dict[str, str],
    watched: dict[str, int],
) -> str:  # fmt: skip
    """The health of the hub, when each channel was last heard, and what each wall subscription must show."""
    health = {"op": "beat", "at": at, "store": store, "bus": bus, "last_event": last_event}
    return text({**health, "channels": channels, "digest": digest, "watched": watched})


def ack(results: list[Any]) -> str:
    """What became of events sent over an ingest socket."""
    return text({"op": "ack", "results": results})
