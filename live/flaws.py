"""What is wrong with JSON that was sent, in words: the field that does not fit, or the place where reading it ends."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec

from live.errors import Flaw, Invalid

_AT = re.compile(r" - at `(?:key in )?\$(.*)`\Z", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`", re.DOTALL)
_ENUM = re.compile(r"Invalid enum value (.*)", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[[^\]]*\]")
_SPACE = re.compile(r"[ \t\r\n]*")


# JSON that does not fit a type ----------------------------------------------------------------------------------------


def misfit(error: msgspec.ValidationError, raw: bytes | msgspec.Raw, *, kind: Any, unnamed: Iterable[str] = ()) -> Flaw:
    """msgspec's sentence about `raw`, which should be a `kind`, as a flaw with the field's path.

    A mistyped name gets a suggestion, but none of `unnamed`; a word out of a list, the list.
    """
    message = str(error)
    found = _AT.search(message)
    where = found[1] if found else ""
    text = message[: found.start()] if found else message
    path = where.lstrip(".")
    if unknown := _UNKNOWN.fullmatch(text):
        name = unknown[1]
        known = {field for part in _at(kind, where, raw) for field in _fields(part)} - set(unnamed)
        return Flaw(f"{path}.{name}" if path else name, f"unknown field{near(name, sorted(known))}")
    if missing := _MISSING.fullmatch(text):
        return Flaw(f"{path}.{missing[1]}" if path else missing[1], "required, but missing")
    if enum := _ENUM.fullmatch(text):
        words = [word for part in _at(kind, where, raw) if get_origin(part) is Literal for word in get_args(part)]
        if words:
            return Flaw(path, f"expected {any_of(words)}, got {enum[1]}")
    return Flaw(path, text.replace("`", ""))


def any_of(words: Iterable[object]) -> str:
    """a, b or c."""
    *first, last = map(str, words)
    return f"{', '.join(first)} or {last}" if first else last


def near(name: str, names: Iterable[str]) -> str:
    """A suggestion, to be put behind the sentence; empty where nothing is like it."""
    found = get_close_matches(name, list(names), n=1)
    return f" (did you mean {found[0]}?)" if found else ""


def _at(kind: Any, where: str, raw: bytes | msgspec.Raw) -> list[Any]:
    """What types stand at a path of msgspec's, `.tools[0].name`."""
    kinds = list(_members(kind))
    tagged = [one for one in kinds if _fits(one, raw)]
    kinds = tagged or kinds
    for step in _STEP.finditer(where):
        kinds = [part for one in kinds for inner in _inside(one, step[1]) for part in _members(inner)]
    return kinds


def _members(kind: Any) -> Iterator[Any]:
    """What a union is a union of, without the bounds."""
    origin = get_origin(kind)
    if origin is Annotated:
        yield from _members(get_args(kind)[0])
    elif origin in (Union, UnionType):
        for one in get_args(kind):
            yield from _members(one)
    elif kind is not NoneType:
        yield kind


def _inside(kind: Any, name: str | None) -> tuple[Any, ...]:
    """The types of a struct's field, or of what a list, tuple or object holds."""
    if name is not None:
        fields = _fields(kind)
        return (fields[name],) if name in fields else ()
    return tuple(one for one in get_args(kind) if one is not Ellipsis)


@lru_cache(maxsize=256)
def _fields(kind: Any) -> dict[str, Any]:
    return (
        get_type_hints(kind, include_extras=True) if isinstance(kind, type) and issubclass(kind, msgspec.Struct) else {}
    )


def _fits(kind: Any, raw: bytes | msgspec.Raw) -> bool:
    """Is it the member of a tagged union that `raw` says it is?"""
    config = getattr(kind, "__struct_config__", None)
    if config is None or config.tag is None:
        return False
    value = _loose(bytes(raw))
    return isinstance(value, dict) and value.get(config.tag_field) == config.tag


# what is no JSON, or no text ------------------------------------------------------------------------------------------


class Unreadable(NamedTuple):
    """What is wrong with it; `is_json`: the whole can be read, but a text in it is none."""

    flaw: Flaw
    is_json: bool


def unreadable(raw: bytes | msgspec.Raw, error: Exception, *, start: int = 0) -> Unreadable:
    """Why msgspec could not read `raw`, which begins at byte `start` of the body: the place, or the field."""
    whole = bytes(raw)
    text = whole.decode(errors="surrogateescape")  # a bad byte becomes a lone surrogate, too
    try:
        value = _read(text)
    except (ValueError, RecursionError) as caught:
        ahead = text[: getattr(caught, "pos", 0)].encode(errors="surrogateescape")
        return Unreadable(no_json(caught, place=start + len(ahead)), is_json=False)
    path = _no_text(value)
    if path is None:
        return Unreadable(Flaw("", f"not JSON that can be read: {error}"), is_json=False)
    try:
        whole.decode()
    except UnicodeDecodeError as bad:
        message = f"not UTF-8: 0x{whole[bad.start]:02x} at byte {start + bad.start}"
        return Unreadable(Flaw(path, message), is_json=True)
    return Unreadable(Flaw(path, "half of a surrogate pair (\\ud800 to \\udfff) is no text"), is_json=True)


def no_json(error: Exception, *, place: int) -> Flaw:
    """Why the whole is no JSON; `place` is the byte where that shows."""
    if isinstance(error, RecursionError):
        return Flaw("", "nested too deep")
    if isinstance(error, json.JSONDecodeError):
        return Flaw("", f"not JSON: {error.msg[:1].lower()}{error.msg[1:]} at byte {place}")
    return Flaw("", f"not JSON: {error}")


def elements(body: bytes) -> list[tuple[int, int]]:
    """From where to where the elements of a JSON array stand, whatever their texts hold.

    Raises Invalid where the whole is no JSON.
    """
    try:
        return _elements(body)
    except (ValueError, RecursionError) as error:
        raise Invalid(no_json(error, place=getattr(error, "pos", 0))) from None


def _elements(body: bytes) -> list[tuple[int, int]]:
    text = body.decode("latin-1")  # a character a byte
    found: list[tuple[int, int]] = []
    at = _skip(text, _skip(text, 0) + 1)
    closed = text[at : at + 1] == "]"
    while not closed:
        _, end = _json.raw_decode(text, at)
        found.append((at, end))
        at = _skip(text, end)
        closed = text[at : at + 1] == "]"
        if not closed:
            if text[at : at + 1] != ",":
                raise json.JSONDecodeError("Expecting ',' or ']'", text, at)
            at = _skip(text, at + 1)
    if (end := _skip(text, at + 1)) != len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return found


def peek(raw: bytes | msgspec.Raw) -> dict[str, Any]:
    """What can be seen of an object that could not be taken; empty where it is none."""
    value = _loose(bytes(raw))
    return value if isinstance(value, dict) else {}


def _loose(raw: bytes) -> Any:
    try:
        return _any.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            return _read(raw.decode(errors="surrogateescape"))
        except (ValueError, RecursionError):
            return None


def _no_text(value: Any) -> str | None:
    """The path of the first text that holds half of a surrogate pair, None where there is none; iterative."""
    todo: list[tuple[Any, str]] = [(value, "")]
    while todo:
        value, path = todo.pop()
        if isinstance(value, str) and not _is_text(value):
            return path
        if isinstance(value, dict):
            if not all(map(_is_text, value)):
                return path
            todo += [(item, f"{path}.{key}" if path else key) for key, item in reversed(value.items())]
        elif isinstance(value, list):
            todo += [(item, f"{path}[{n}]") for n, item in reversed(list(enumerate(value)))]
    return None


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    return found.end()


_json = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_refuse)  # huge numbers cost nothing
_read: Callable[[str], Any] = _json.decode
_any = msgspec.json.Decoder()
