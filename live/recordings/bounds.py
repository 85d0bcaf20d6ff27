"""Keeping an event within the contract's sizes: what is left out is said in its place."""

from typing import Any

import msgspec

MAX_TEXT = 32_000  # bytes of one text; the hub's default limit is 32 KiB
MAX_EVENT = 64_000  # bytes of one event as JSON; the hub's default limit is 64 KiB, and its own fields come on top
MAX_ITEMS = 100  # tools, knowledge, conditions of one decision
_DEPTH = 16  # of free-form values; deeper ones become text
_BIGGEST = 2**63

_encode = msgspec.json.encode


def line(text: object, length: int = 4096) -> str:
    """One line of at most `length` characters."""
    short = " ".join(str(text).split())
    return short if len(short) <= length else f"{short[: length - 1]}…"


def name(text: object) -> str:
    """A name: one line of 1 to 256 characters; "?" where there is nothing."""
    return line(text, 256) or "?"


def value(given: Any, depth: int = 0) -> Any:
    """A free-form value that the contract takes: no integer past 64 bits, not nested too deep."""
    if isinstance(given, int) and not -_BIGGEST <= given < _BIGGEST:
        return str(given)
    if isinstance(given, dict | list) and depth == _DEPTH:
        return _encode(given).decode()
    if isinstance(given, dict):
        return {str(key): value(item, depth + 1) for key, item in given.items()}
    if isinstance(given, list):
        return [value(item, depth + 1) for item in given]
    return given


def parsed(text: str) -> Any:
    """A tool's answer: the object or list that its text holds, else the text."""
    if text[:1] in ("{", "["):
        try:
            return value(msgspec.json.decode(text))
        except (msgspec.DecodeError, RecursionError):
            return text
    return text


def fit(event: dict[str, Any]) -> dict[str, Any]:
    """The event, with its texts and free-form values shortened as far as the sizes demand."""
    if len(_encode(event)) <= MAX_TEXT:
        return event
    room = MAX_TEXT
    fitted = _shortened(event, room)
    while len(_encode(fitted)) > MAX_EVENT and room > 64:
        room //= 2
        fitted = _shortened(event, room)
    return fitted


def _shortened(event: dict[str, Any], room: int) -> dict[str, Any]:
    """Field by field: the parts of a decision keep their own fields, and only what those hold is shortened."""
    return {
        field: [{key: _cut(held, room) for key, held in part.items()} for part in content]
        if field in ("tools", "knowledge", "conditions")
        else _cut(content, room)
        for field, content in event.items()
    }


def _cut(given: Any, room: int) -> Any:
    if isinstance(given, str):
        raw = given.encode()
        if len(raw) <= room:
            return given
        kept = raw[: room - min(room // 2, 40)]
        return f"{kept.decode(errors='ignore')}… [{len(raw) - len(kept):,} bytes left out]"
    most = max(1, room // 64)
    if isinstance(given, list):
        more = [f"… [{len(given) - most:,} more left out]"] if len(given) > most else []
        return [_cut(item, room) for item in given[:most]] + more
    if isinstance(given, dict):
        kept_items = {key: _cut(item, room) for key, item in list(given.items())[:most]}
        return kept_items | ({"…": f"{len(given) - most:,} more left out"} if len(given) > most else {})
    return given
