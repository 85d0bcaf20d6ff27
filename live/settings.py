"""Every setting: its name in the environment, its default, and what happens at its limit.

`load(os.environ)` gives a `Settings`; nothing else reads the environment. `live config` prints this table.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from difflib import get_close_matches
from typing import Any

from live.errors import SettingError

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SIZES = {"": 1, "B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
CHANNEL_NAME = re.compile(r"[a-z0-9-]{1,32}")


def seconds(text: str) -> float:
    """`300`, `5m`, `1.5h`, `250ms` -> seconds. Raises ValueError on anything else."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|d)?", text.strip())
    if found is None:
        raise ValueError(text)
    return float(found[1]) * _UNITS[found[2] or "s"]


@dataclass(frozen=True, slots=True)
class PerChannel:
    """A duration in seconds with exceptions by channel name: `5m,sms=30m,email=24h`."""

    default: float
    channels: Mapping[str, float]

    def of(self, channel: str) -> float:
        """Seconds for this channel."""
        return self.channels.get(channel, self.default)

    @classmethod
    def read(cls, text: str) -> "PerChannel":
        """Raises ValueError on anything but a default followed by `name=duration`."""
        first, *rest = text.split(",")
        pairs = [part.strip().partition("=") for part in rest if part.strip()]
        if not all(CHANNEL_NAME.fullmatch(name) for name, _, _ in pairs):
            raise ValueError(text)
        return cls(seconds(first), {name: seconds(value) for name, _, value in pairs})


def _positive(text: str) -> int:
    if not re.fullmatch(r"\d{1,12}", text.strip()) or int(text) == 0:
        raise ValueError(text)
    return int(text)


def _size(text: str) -> int:
    found = re.fullmatch(r"(\d{1,12})(|B|KiB|MiB|GiB)", text.strip())
    if found is None or int(found[1]) == 0:
        raise ValueError(text)
    return int(found[1]) * _SIZES[found[2]]


def _pairs(text: str) -> dict[str, str]:
    pairs = [part.strip().partition("=") for part in text.split(",") if part.strip()]
    if not all(CHANNEL_NAME.fullmatch(name) and len(value) >= 8 for name, _, value in pairs):
        raise ValueError(text)
    return {name: value for name, _, value in pairs}


def _login(text: str) -> tuple[str, str]:
    name, found, password = text.partition(":")
    if not found or not re.fullmatch(r"\S{1,64}", name) or not password:
        raise ValueError(text)
    return name, password


def _flag(text: str) -> bool:
    if text.lower() not in ("yes", "no", "true", "false", "1", "0"):
        raise ValueError(text)
    return text.lower() in ("yes", "true", "1")


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip().rstrip("/") for part in text.split(",") if part.strip())


def _setting(default: object, read: Callable[[str], object], form: str, about: str, *, secret: bool = False) -> Any:
    """One setting. `default` is written as in the environment; None means "not set"."""
    value = read(default) if isinstance(default, str) else default
    meta = {"read": read, "form": form, "about": about, "default": default, "secret": secret}
    return field(default_factory=lambda: value, metadata=meta)


_DURATION = (seconds, "a duration such as 250ms, 5s, 10m, 24h")
_COUNT = (_positive, "a whole number above 0")
_BYTES = (_size, "a size such as 64KiB or 4MiB")
_CHANNELS = (PerChannel.read, "a duration, then exceptions by channel: 5m,sms=30m")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, read and checked. Durations are seconds, sizes are bytes."""

    mongodb_url: str | None = _setting(
        None,
        str,
        "a mongodb:// address",
        "The MongoDB replica set. `live up` starts its own when this is not set.",
        secret=True,
    )
    mongodb_database: str = _setting("live", str, "a name", "The database; several hubs that share it are one system.")
    redis_url: str | None = _setting(
        None,
        str,
        "a redis:// address",
        "The Redis or Valkey. `live up` starts its own when this is not set.",
        secret=True,
    )
    host: str = _setting("127.0.0.1", str, "an address", "Where the hub listens.")
    origins: tuple[str, ...] = _setting(
        "",
        _words,
        "addresses such as https://live.example.org, by comma",
        "Pages of these origins may open a socket with the sign-in cookie, besides the hub's own address.",
    )
    secret: str | None = _setting(
        None,
        str,
        "32 random characters or more",
        "Signs the cookies. Kept in the store, made at first start, when not set.",
        secret=True,
    )
    secure_cookie: bool = _setting(
        "no", _flag, "yes or no", "Send the sign-in cookie over HTTPS alone: set it behind TLS."
    )
    inactive_after: PerChannel = _setting(
        "5m,sms=30m,email=24h", *_CHANNELS, "Silence after which an active session becomes inactive."
    )
    close_after: PerChannel = _setting("24h,email=7d", *_CHANNELS, "Silence after which a session is closed.")
    waiting_after: PerChannel = _setting(
        "60s,sms=10m,email=4h", *_CHANNELS, "A user without an answer for so long needs attention."
    )
    silent_after: PerChannel = _setting(
        "30m", *_CHANNELS, "A channel without an event for so long is called silent on the wall; 0 = never."
    )
    heartbeat: float = _setting("5s", *_DURATION, "How often every viewer is told the health and its view's digest.")
    window: float = _setting(
        "100ms", *_DURATION, "A busy view is sent at least this often; more often while few watch, a quiet one at once."
    )
    reconcile: float = _setting(
        "3s", *_DURATION, "How often the hub looks in the journal for what the bus did not tell."
    )
    store_timeout: float = _setting(
        "1800ms",
        *_DURATION,
        "An operation of MongoDB that takes longer counts as unknown, and is settled by asking again.",
    )
    ack_timeout: float = _setting(
        "5s", *_DURATION, "A POST whose events are not durable by then is answered 503; sending them again is right."
    )
    send_timeout: float = _setting(
        "10s", *_DURATION, "A viewer that takes no frame for so long is cut off; it reconnects and catches up."
    )
    drain: float = _setting(
        "5s", *_DURATION, "On a planned stop the viewers are told to reconnect, spread over this time."
    )
    card_delay: float = _setting(
        "500ms", *_DURATION, "Cards are written this long behind their events, at once when a session closes."
    )
    max_event: int = _setting("64KiB", *_BYTES, "A larger event is refused as invalid.")
    max_batch: int = _setting("1000", *_COUNT, "A batch of more events is refused with 413.")
    max_body: int = _setting("4MiB", *_BYTES, "A larger batch is refused with 413.")
    max_text: int = _setting("32KiB", *_BYTES, "A longer text (UTF-8) makes its event invalid.")
    max_queue: int = _setting(
        "20000", *_COUNT, "Events waiting to be written; beyond, HTTP answers 429 and sockets are not read."
    )
    max_queue_bytes: int = _setting("64MiB", *_BYTES, "The same limit in bytes.")
    max_unacked: int = _setting(
        "2000", *_COUNT, "Events of one ingest socket without ack; beyond, it is not read until some are acknowledged."
    )
    max_subscriptions: int = _setting(
        "50", *_COUNT, "Subscriptions of one live socket; one more is answered with an error."
    )
    max_viewers: int = _setting(
        "20000", *_COUNT, "Live sockets of one hub; one more is told to try another (close code 4001)."
    )
    max_views: int = _setting(
        "1000", *_COUNT, "Different live lists (filter, sort, limit) of one hub; one more is answered with an error."
    )
    max_indexed: int = _setting(
        "2000000", *_COUNT, "Closed sessions that a hub indexes in memory; beyond, MongoDB searches them, more slowly."
    )
    bootstrap_admin: tuple[str, str] | None = _setting(
        None, _login, "name:password", "An admin account, created at start where missing.", secret=True
    )
    bootstrap_keys: dict[str, str] = _setting(
        "",
        _pairs,
        "channel=key pairs by comma, keys of 8 characters or more",
        "Channel keys, created at start where missing.",
        secret=True,
    )
    bootstrap_token: str | None = _setting(
        None,
        str,
        "a token",
        "An API token that may do what a reviewer may, created at start where missing.",
        secret=True,
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One line of `live config` and of docs/settings.md."""

    name: str
    form: str
    default: str
    about: str
    secret: bool


def rows() -> list[Row]:
    """Every setting, in order."""
    return [
        Row(
            _variable(f.name),
            f.metadata["form"],
            f.metadata["default"] or "",
            f.metadata["about"],
            f.metadata["secret"],
        )
        for f in fields(Settings)
    ]


def load(environ: Mapping[str, str]) -> Settings:
    """Read `LIVE_…`. Raises SettingError for a value that cannot be read, and for a name that is not known."""
    known = {_variable(f.name): f for f in fields(Settings)}
    values: dict[str, Any] = {}
    for name, text in environ.items():
        if not name.startswith("LIVE_") or name in CLIENT_VARIABLES:
            continue
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            if _LINKED.fullmatch(name):
                hint = " (Kubernetes makes it where a service is called live: set enableServiceLinks: false)"
            raise SettingError(name, f"a known setting{hint}", text)
        if text == "":
            continue
        f = known[name]
        assert f.default_factory is not MISSING
        try:
            values[f.name] = f.metadata["read"](text)
        except ValueError:
            shown = "…" if f.metadata["secret"] else text
            raise SettingError(name, f.metadata["form"], shown) from None
    return Settings(**values)


# what Kubernetes, as Docker once did, tells pods of a service that is called live
_LINKED = re.compile(r"LIVE_(SERVICE_(HOST|PORT\w*)|PORT(_\w+)?)")

# Read by the commands that are clients of a hub (`live play`, `live tail`, `live export`), not by the hub.
CLIENT_VARIABLES = frozenset({"LIVE_URL", "LIVE_KEY", "LIVE_TOKEN"})


def _variable(name: str) -> str:
    return f"LIVE_{name.upper()}"
