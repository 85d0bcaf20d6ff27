"""A filter as one writes it by hand: `channel=web & tag=vip, !trial`, and back from the address. Pure.

It is the filter language with its percent signs out of the way: only `&`, `%` and what cannot be seen stay encoded.
"""

import re
from urllib.parse import quote, unquote

from live.pages.asked import Asked

_CODED = re.compile(r"%(?![0-9A-Fa-f]{2})")
_AND = re.compile(r"\s*&\s*")
_SAFE = "%=,!:<>.@/()\\~*'-_;?"


def query(text: str) -> str:
    """What somebody wrote -> a query string; what is wrong with it the page that it leads to will say.

    Words without a field are looked for in name, email and phone.
    """
    parts = [part.strip() for part in _AND.split(text.strip().lstrip("?"))]
    written = []
    for part in parts:
        if not part:
            continue
        field, sign, value = part.partition("=") if "=" in part else ("q", "=", part)
        written.append(f"{_quoted(field.strip())}{sign}{_quoted(value.strip())}")
    return "&".join(written)


def text(wanted: Asked) -> str:
    """The filter of an address, to be read and changed."""
    return " & ".join(_readable(part) for part in wanted.text.split("&") if part)


def _quoted(part: str) -> str:
    return quote(_CODED.sub("%25", part), safe=_SAFE, errors="replace")


def _readable(part: str) -> str:
    """Decoded where it then still means the same."""
    plain = unquote(part.replace("%25", "%2525").replace("%26", "%2526"))
    return plain if plain.isprintable() and unquote(query(plain)) == unquote(part) else part
