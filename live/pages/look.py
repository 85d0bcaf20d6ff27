"""How the list of sessions looks: layout, density, columns. Part of the address, and remembered by the browser."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from live.errors import Flaw, Invalid
from live.filters import suggestion
from live.pages import columns
from live.pages.columns import Choice, Column

LAYOUTS = ("list", "cards")  # the first is the usual one
DENSITIES = ("normal", "compact")
NAMES = ("layout", "density", "columns")
COOKIE = "live-look"  # what was chosen last, as a query; for an address that asks for nothing
MAX_COOKIE = 600  # characters; a longer one is no choice of ours


@dataclass(frozen=True, slots=True)
class Look:
    """`flaws` tells of names that are none; the usual ones hold then."""

    layout: str
    density: str
    columns: list[Column]
    flaws: tuple[Flaw, ...]

    @property
    def text(self) -> str:
        """What differs from the usual, as the browser remembers it."""
        chosen = {"layout": self.layout, "density": self.density}
        parts = [f"{name}={value}" for name, value in chosen.items() if value not in (LAYOUTS[0], DENSITIES[0])]
        names = columns.written([column.name for column in self.columns])
        return "&".join([*parts, f"columns={names}"] if names else parts)

    @property
    def choices(self) -> list[Choice]:
        """Every column, for the menu."""
        return columns.choices(self.columns)


def look(own: Mapping[str, str]) -> Look:
    """What a page's own parameters say. Never raises."""
    flaws: list[Flaw] = []
    layout = _one_of("layout", own, LAYOUTS, flaws)
    density = _one_of("density", own, DENSITIES, flaws)
    try:
        shown = columns.chosen(own.get("columns"))
    except Invalid as error:
        flaws += error.flaws
        shown = columns.chosen(None)
    return Look(layout, density, shown, tuple(flaws))


def remembered(cookie: str | None) -> str:
    """The query that the browser remembers; empty where there is none, or one that is not ours."""
    if not cookie or len(cookie) > MAX_COOKIE:
        return ""
    own = dict(pair.split("=", 1) for pair in cookie.split("&") if "=" in pair)
    kept = {name: own[name] for name in NAMES if own.get(name)}
    return urlencode(kept, safe=",") if not look(kept).flaws else ""


def _one_of(name: str, own: Mapping[str, str], known: tuple[str, ...], flaws: list[Flaw]) -> str:
    value = own.get(name, known[0])
    if value in known:
        return value
    flaws.append(Flaw(name, f"expected {' or '.join(known)}, got {value[:40]!r}{suggestion(value, known)}"))
    return known[0]
