"""The door: strict decoding of what a channel sent. Every flaw is named, with the field that has it."""

from typing import Any

import msgspec

from live import flaws
from live.errors import Flaw, Invalid
from live.events import (
    CHANNEL_TYPES,
    HUB_TYPES,
    DataCollected,
    Decision,
    FormShown,
    FromChannel,
    GoalTriggered,
    Message,
    SessionStarted,
    TagAdded,
    TagRemoved,
    moment,
    stamp,
)  # fmt: skip

MAX_DEPTH = 32  # of free-form values; a browser and BSON bear more, a reader does not

_from_channel = msgspec.json.Decoder(FromChannel)
_OURS = ("seq", "channel", "received", "scored")  # fields that only the hub sets: never suggested


def decode(raw: bytes | msgspec.Raw) -> FromChannel:
    """One event as a channel sent it.

    `at`, if given, is made UTC with milliseconds. Raises Invalid, naming the field.
    """
    try:
        event: FromChannel = _from_channel.decode(raw)
    except msgspec.ValidationError as error:
        raise Invalid(_flaw(error, raw)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(flaws.unreadable(raw, error).flaw) from None
    found = [flaw for name in ("session", "id") if (flaw := _ident_flaw(name, getattr(event, name)))]
    found += [
        Flaw(n, "set by the hub: leave it out") for n in ("seq", "channel", "received") if getattr(event, n) is not None
    ]
    if event.at is not None:
        try:
            event = msgspec.structs.replace(event, at=stamp(moment(event.at)))
        except ValueError:
            found.append(Flaw("at", f"expected an RFC 3339 time with a zone, got {_short(event.at)}"))
    found += _own_flaws(event)
    if found:
        raise Invalid(*found)
    return event


def _ident_flaw(name: str, value: str) -> Flaw | None:
    if not 1 <= len(value) <= 128:
        return Flaw(name, f"expected 1 to 128 characters, got {len(value)}")
    if not value.isprintable() or " " in value:
        return Flaw(name, "expected printable characters without white space")
    return None


def _own_flaws(event: FromChannel) -> list[Flaw]:
    """What the types cannot say: fields that only the hub sets, and the bounds of free-form values."""
    match event:
        case Message():
            found = [Flaw("scored", "set by the hub: leave it out")] if event.scored is not None else []
            if event.sentiment is not None:
                if event.role != "user":
                    found.append(Flaw("sentiment", "only a user's message has one"))
                extra = [
                    n for n in ("words", "p", "source", "engine", "version") if getattr(event.sentiment, n) is not None
                ]
                found += [Flaw(f"sentiment.{n}", "set by the hub: leave it out") for n in extra]
            return found
        case TagAdded() | TagRemoved():
            return [Flaw("by", "set by the hub: leave it out")] if event.by is not None else []
        case Decision():
            found = []
            for n, condition in enumerate(event.conditions or ()):
                found += _value_flaws(condition.values, f"conditions[{n}].values")
            for n, tool in enumerate(event.tools or ()):
                found += _value_flaws(tool.arguments, f"tools[{n}].arguments") + _value_flaws(
                    tool.result, f"tools[{n}].result"
                )
            return found
        case GoalTriggered() | DataCollected():
            return _value_flaws(event.value, "value")
        case FormShown():
            return _value_flaws(event.fields, "fields")
        case SessionStarted():
            return _value_flaws(event.attributes, "attributes")
        case _:
            return []


def _value_flaws(value: Any, path: str) -> list[Flaw]:
    """Of a free-form value: no integer past 64 bits, no nesting past MAX_DEPTH.

    Iterative, so that depth cannot hurt.
    """
    todo = [(value, path, 0)]
    while todo:
        value, path, depth = todo.pop()
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            return [Flaw(path, "an integer past 64 bits: send it as text")]
        if isinstance(value, dict | list):
            if depth == MAX_DEPTH:
                return [Flaw(path, f"nested over {MAX_DEPTH} deep")]
            items = value.items() if isinstance(value, dict) else enumerate(value)
            todo += [
                (item, f"{path}.{key}" if isinstance(value, dict) else f"{path}[{key}]", depth + 1)
                for key, item in items
            ]
    return []


def _flaw(error: msgspec.ValidationError, raw: bytes | msgspec.Raw) -> Flaw:
    """msgspec's sentence -> path and message, with a suggestion where a name was mistyped."""
    flaw = flaws.misfit(error, raw, kind=FromChannel, unnamed=_OURS)
    if flaw.path == "type" and flaw.message != "required, but missing":
        kind = flaws.peek(raw).get("type")
        if kind in HUB_TYPES:
            return Flaw("type", f"{kind} is written by the hub alone")
        known = sorted(CHANNEL_TYPES)
        near = flaws.near(str(kind), known)
        return Flaw("type", f"unknown event type {_short(kind)}{near}; one of {', '.join(known)}")
    return flaw if flaw.path else Flaw("", f"an event is a JSON object: {flaw.message}")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
