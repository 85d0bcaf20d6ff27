"""Voices: when each channel was last heard, and whether it has fallen silent, which is more than a quiet night."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from live.settings import PerChannel

KNOWN = timedelta(days=7)  # a channel that was not heard for longer is none
MOST = 100  # channels told of


class Voice(NamedTuple):
    """One channel."""

    channel: str
    last: datetime
    silent: bool


class Voices:
    """`silent_after`: seconds of each channel; 0 means that it may be silent for ever."""

    def __init__(self, silent_after: PerChannel) -> None:
        self._after = silent_after
        self._last: dict[str, datetime] = {}

    def hear(self, channels: Iterable[str], at: datetime) -> None:
        """An event of each of these came."""
        for channel in channels:
            before = self._last.get(channel)
            if before is None or before < at:
                self._last[channel] = at

    def at(self, now: datetime) -> list[Voice]:
        """Those heard of late, by name."""
        known = [(channel, last) for channel, last in self._last.items() if now - last <= KNOWN]
        lately = sorted(known, key=lambda pair: pair[1], reverse=True)[:MOST]
        return [Voice(channel, last, self._is_silent(channel, now - last)) for channel, last in sorted(lately)]

    def _is_silent(self, channel: str, pause: timedelta) -> bool:
        after = self._after.of(channel)
        return bool(after) and pause.total_seconds() > after
