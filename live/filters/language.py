"""How a filter is written: a query string; values between commas, `!` before one not wanted, a backslash to escape."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple
from urllib.parse import quote, unquote_plus

from live.errors import Flaw, Invalid

MAX_FILTER = 2_000  # characters of all values; a longer filter is refused, like every one over these limits
MAX_VALUES = 50
MAX_VALUE = 272  # characters of one: a name's 256, and what goes before it, as in `abandoned:signup`
_MAX_QUERY = 12 * MAX_FILTER + 1_000  # a character is at most twelve, percent-encoded, and there are the names
# what people write for a word of ours, as it stands on the pages or as others call it
_ALSO = {
    "newest": "recent", "latest": "recent", "last": "recent", "last active": "recent", "longest": "duration",
    "needs attention": "attention", "urgent": "attention", "score": "sentiment", "mood": "sentiment", "state": "status",
    "type": "kind", "topic": "kind", "bot": "agent", "name": "user", "email": "user", "phone": "user", "search": "text",
    "length": "duration", "since": "from", "after": "from", "until": "to", "before": "to", "asks_person": "asks_human",
    "asks for a person": "asks_human", "person": "asks_human", "human": "asks_human", "waits for an answer": "waiting",
    "asks the same again": "repeated", "question without an answer": "unanswered", "agent failed twice": "agent_failed",
    "angry": "negative", "upset": "negative", "bad": "negative", "happy": "positive", "good": "positive",
    "not scored": "unscored", "ended": "closed", "finished": "closed", "running": "open", "ongoing": "open",
    "live": "active", "idle": "inactive", "silent": "inactive", "true": "yes", "false": "no",
}  # fmt: skip
NUMBERS = ("messages", "duration")  # compared with < and >
_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Value(NamedTuple):
    """One value of a field; `negated` with `!` before it."""

    text: str
    negated: bool


def read(query: str) -> list[tuple[str, list[Value]]]:
    """A query string -> fields with their values, percent-decoded first, then split. Raises Invalid.

    A field without a value, as an empty input of a form sends it, stands there with no values.
    """
    if len(query) > _MAX_QUERY:
        raise Invalid(Flaw("", f"the filter is over {MAX_FILTER:,} characters"))
    parts = [part for part in query.removeprefix("?").split("&") if part]
    if len(parts) > 10 * MAX_VALUES:
        raise Invalid(Flaw("", f"the filter has over {MAX_VALUES} values"))
    pairs = [_pair(part) for part in parts]
    if sum(len(text) for _, text in pairs) > MAX_FILTER:
        raise Invalid(Flaw("", f"the filter is over {MAX_FILTER:,} characters"))
    found = [(field, split(field, text)) for field, text in pairs]
    if sum(len(values) for _, values in found) > MAX_VALUES:
        raise Invalid(Flaw("", f"the filter has over {MAX_VALUES} values"))
    return found


def _pair(part: str) -> tuple[str, str]:
    """`tag=a%20b` -> tag, "a b". Raises Invalid."""
    name, _, text = part.partition("=")
    field = _decoded(name, "")
    return field, _decoded(text, field)


def _decoded(text: str, path: str) -> str:
    if _BROKEN.search(text):
        raise Invalid(Flaw(path, "expected two hexadecimal digits after '%': the sign itself is written %25"))
    try:
        decoded = unquote_plus(text, errors="strict")
        decoded.encode()  # a surrogate alone is no character
    except UnicodeError:
        raise Invalid(Flaw(path, "not UTF-8")) from None
    return decoded


def split(field: str, text: str) -> list[Value]:
    r"""`web,!a\,b` -> web, not "a,b". Empty values are left out; only a `!` with nothing after it is refused."""
    pieces = [""]
    negated = [False]
    fresh = True  # nothing but space so far in this piece
    characters = iter(text)
    for character in characters:
        if character == ",":
            pieces.append("")
            negated.append(False)
            fresh = True
        elif character == "!" and fresh:
            negated[-1] = True
            fresh = False
        else:
            fresh = fresh and character.isspace()
            pieces[-1] += next(characters, "\\") if character == "\\" else character
    values = []
    for piece, no in zip(pieces, negated, strict=True):
        value = piece.strip()
        if len(value) > MAX_VALUE:
            raise Invalid(Flaw(field, f"a value is over {MAX_VALUE} characters"))
        if value:
            values.append(Value(value, no))
        elif no:
            raise Invalid(Flaw(field, "expected a value after '!'"))
    return values


def escaped(text: str) -> str:
    """A value as a filter writes it, before percent-encoding: what `split` reads back as this one value."""
    text = text.replace("\\", "\\\\").replace(",", "\\,")
    return f"\\{text}" if text.startswith("!") else text


def written(fields: Iterable[tuple[str, list[Value]]]) -> str:
    """Fields with escaped values -> a query string."""
    parts = []
    for field, values in fields:
        texts = ",".join(f"!{value.text}" if value.negated else value.text for value in values)
        parts.append(f"{field}={quote(texts, safe=',!:<>=.@/()')}")
    return "&".join(parts)


def instead(field: str, sign: str, value: str, *, negated: bool = False) -> str:
    """`channel`, `!=`, `web`, as others write it -> `channel=!web`; empty where nothing is to be written otherwise."""
    no = "!" if negated or sign == "!=" else ""
    if not value or (sign == "=" and not no):
        return ""
    if "<" in sign or ">" in sign:
        return f"{field}={sign}{value}" if field in NUMBERS and not no else ""
    return f"{field}={no}{value.replace(',', ',!') if no else value}"


def suggestion(name: str, known: Iterable[str]) -> str:
    """` (did you mean status?)`, or nothing where nothing is near."""
    word, known = name[:MAX_VALUE].lower(), list(known)
    near = [also] if (also := _ALSO.get(word)) in known else get_close_matches(word, known, n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def short(value: str) -> str:
    """A value as an error shows it."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
