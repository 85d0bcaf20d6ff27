"""What a wall's address asks for besides the list: name, density, rotation, sound, limits of the totals. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from live.errors import Flaw
from live.filters import suggestion

OWN = ("kiosk", "view", "name", "theme", "density", "rotate", "views", "sound", "warn.", "alarm.")
DENSITIES: Mapping[str, str] = {  # the first is the usual one
    "auto": "by itself",
    "roomy": "roomy: all of a card",
    "normal": "normal: without goals and blocks",
    "compact": "compact: name, need or last words, age",
    "dense": "dense: name, mood, need, age",
}
GUESSES = ((12, "roomy"), (25, "normal"), (64, "compact"))  # up to so many tiles on a screen of 1080 lines; dense: more
TOTALS: Mapping[str, str] = {
    "open": "open",
    "active": "active",
    "inactive": "inactive",
    "negative": "negative now",
    "waiting": "waiting for an answer",
    "goals": "goals completed today",
    "missing": "missing knowledge today",
    "messages": "messages a minute",
}
THEMES = ("auto", "light", "dark")
MAX_LIMIT = 1_000_000  # of a total's warn or alarm
ROTATE = (5, 3_600)  # seconds that one view or page stays
MAX_VIEWS = 12  # that a wall rotates through: each has a subscription of its totals
MAX_NAME = 80  # characters, as of a saved view


class Limit(NamedTuple):
    """From which number on a total warns or alarms; None: never."""

    warn: int | None
    alarm: int | None


@dataclass(frozen=True, slots=True)
class Screen:
    """`flaws` tells of what is wrong; the usual holds then. `rotate` is in seconds, 0: it stays."""

    name: str = ""
    theme: str = THEMES[0]
    density: str = "auto"
    rotate: int = 0
    views: tuple[str, ...] = ()
    sound: bool = False
    kiosk: bool = False
    limits: Mapping[str, Limit] = field(default_factory=dict)
    flaws: tuple[Flaw, ...] = ()

    def begun(self, count: int) -> str:
        """The density of so many tiles, until the page has measured its own room: few of them change size then."""
        if self.density != "auto":
            return self.density
        return next((density for most, density in GUESSES if count <= most), "dense")

    @property
    def told(self) -> dict[str, Any]:
        """The limits as the page hands them to its script."""
        return {
            name: {k: v for k, v in limit._asdict().items() if v is not None} for name, limit in self.limits.items()
        }


def screen(own: Mapping[str, str]) -> Screen:
    """What a wall's own parameters say. Never raises."""
    flaws: list[Flaw] = []
    views = tuple(dict.fromkeys(part.strip() for part in own.get("views", "").split(",") if part.strip()))
    if len(views) > MAX_VIEWS:
        flaws.append(Flaw("views", f"at most {MAX_VIEWS} views, got {len(views)}"))
    name = own.get("name", "")
    if len(name) > MAX_NAME:
        flaws.append(Flaw("name", f"at most {MAX_NAME} characters, got {len(name)}"))
    return Screen(
        name=name[:MAX_NAME],
        theme=_one_of("theme", own, THEMES, flaws),
        density=_one_of("density", own, tuple(DENSITIES), flaws),
        rotate=_whole("rotate", own["rotate"], flaws, within=ROTATE) or 0 if "rotate" in own else 0,
        views=views[:MAX_VIEWS],
        sound=_one_of("sound", own, ("off", "on"), flaws) == "on",
        kiosk=_one_of("kiosk", own, ("false", "true"), flaws) == "true",
        limits=_limits(own, flaws),
        flaws=tuple(flaws),
    )


def _limits(own: Mapping[str, str], flaws: list[Flaw]) -> dict[str, Limit]:
    found: dict[str, dict[str, int | None]] = {}
    for name, text in own.items():
        kind, dot, total = name.partition(".")
        if not dot:
            continue
        if total not in TOTALS:
            known = ", ".join(TOTALS)
            flaws.append(Flaw(name[:40], f"no such total{suggestion(total, TOTALS)}; there are {known}"))
            continue
        found.setdefault(total, {})[kind] = _whole(name, text, flaws, within=(1, MAX_LIMIT))
    limits = {total: Limit(both.get("warn"), both.get("alarm")) for total, both in found.items()}
    return {total: limit for total, limit in limits.items() if limit != (None, None)}


def _whole(name: str, text: str, flaws: list[Flaw], *, within: tuple[int, int]) -> int | None:
    least, most = within
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 9 and least <= int(text) <= most:
        return int(text)
    flaws.append(Flaw(name, f"expected a whole number from {least} to {most:,}, got {text[:40]!r}"))
    return None


def _one_of(name: str, own: Mapping[str, str], known: tuple[str, ...], flaws: list[Flaw]) -> str:
    value = own.get(name, known[0])
    if value in known:
        return value
    flaws.append(Flaw(name, f"expected {' or '.join(known)}, got {value[:40]!r}{suggestion(value, known)}"))
    return known[0]
