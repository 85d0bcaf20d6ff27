"""A filter as one writes it by hand: `channel=web & tag=vip, !trial`, and back from the address. Pure.

It is the filter language with its percent signs out of the way: only `&`, `%` and what cannot be seen stay encoded.
"""

import re
from urllib.parse import quote, unquote

from live.errors import Flaw
from live.filters.fields import FIELDS
from live.filters.language import instead, short
from live.pages.asked import Asked

_CODED = re.compile(r"%(?![0-9A-Fa-f]{2})")
_AND = re.compile(r"\s*&\s*")
_SAFE = "%=,!:<>.@/()\\~*'-_;?"
_FIELD = "|".join(FIELDS)
_MEANT = re.compile(
    rf"(not\s+|!)?({_FIELD})\s*(!=|>=|<=|[=:<>])\s*(.*)", re.IGNORECASE | re.DOTALL
)  # as others have it
_JOINED = re.compile(rf"\s+(and|or)\s+(?=(not\s+|!)?({_FIELD})\s*(!=|[=:<>]))", re.IGNORECASE)


def query(text: str) -> str:
    """What somebody wrote -> a query string; what is wrong with it the page that it leads to will say.

    Words without a field are looked for in name, email and phone.
    """
    written = []
    for part in _parts(text):
        field, sign, value = part.partition("=") if "=" in part else ("q", "=", part)
        written.append(f"{_quoted(field.strip())}{sign}{_quoted(value.strip())}")
    return "&".join(written)


def flaws(text: str) -> list[Flaw]:
    """What reads as a filter and would be taken for another one, or for none: with what to write instead."""
    found = []
    for part in _parts(text):
        meant = _MEANT.fullmatch(part)
        name, sign, value = part.partition("=")
        if (joined := _JOINED.search(part)) is not None:
            better = _JOINED.sub(" & ", part)
            found.append(Flaw("", f"fields are joined by &, values by commas: {better}, got {short(joined[1])}"))
        elif meant is not None and (better := _better(meant)):
            found.append(Flaw(meant[2].lower(), f"write {better}, got {short(part)}"))
        elif sign and not value.strip(" ,"):
            found.append(Flaw(name.strip()[:64], "expected a value after '='; to ask for all, leave the field out"))
    return found


def text(wanted: Asked) -> str:
    """The filter of an address, to be read and changed."""
    return " & ".join(_readable(part) for part in wanted.text.split("&") if part)


def _parts(text: str) -> list[str]:
    return [part for part in (part.strip() for part in _AND.split(text.strip().lstrip("?"))) if part]


def _better(meant: re.Match[str]) -> str:
    no, field, sign, value = meant.groups()
    return instead(field.lower(), sign, value.strip(), negated=bool(no))


def _quoted(part: str) -> str:
    return quote(_CODED.sub("%25", part), safe=_SAFE, errors="replace")


def _readable(part: str) -> str:
    """Decoded where it then still means the same."""
    plain = unquote(part.replace("%25", "%2525").replace("%26", "%2526"))
    return plain if plain.isprintable() and unquote(query(plain)) == unquote(part) else part
