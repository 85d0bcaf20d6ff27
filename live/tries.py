"""How often somebody may try to sign in."""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import TypeAlias

from live.errors import LiveError

WINDOW = 300.0  # seconds
PER_NAME_AND_ADDRESS = 10  # failed tries in a window, then 429
PER_ADDRESS = 50  # more: behind a proxy many people share one
PER_NAME = 100  # more than one address may fail, so that no single one can lock a person out everywhere
KEPT = 8192  # counters; the oldest is forgotten

_Whose: TypeAlias = tuple[str | None, str | None]  # name, address; None is "any"


class TooManyTries(LiveError):
    """Too many failed sign-ins. `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after

    def __str__(self) -> str:
        return f"too many failed tries: wait {self.retry_after} seconds and try again"


class _Window:
    __slots__ = ("count", "ends")

    def __init__(self, ends: float) -> None:
        self.count, self.ends = 0, ends


class Tries:
    """Counts of failed tries, of this hub alone. `clock` gives seconds."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._windows: OrderedDict[_Whose, _Window] = OrderedDict()

    def __len__(self) -> int:
        return len(self._windows)

    def begin(self, name: str, *, address: str) -> None:
        """Count a try as failed before it is known, so that many at once are counted too. Raises TooManyTries."""
        now = self._clock()
        windows = [(self._window(key, now), limit) for key, limit in _limits(name, address)]
        full = [window.ends for window, limit in windows if window.count >= limit]
        if full:
            raise TooManyTries(max(1, ceil(max(full) - now)))
        for window, _ in windows:
            window.count += 1

    def withdraw(self, name: str, *, address: str) -> None:
        """It was no try: nobody could say whether the password is right."""
        for key, _ in _limits(name, address):
            window = self._windows.get(key)
            if window is not None and window.count:
                window.count -= 1

    def succeeded(self, name: str, *, address: str) -> None:
        """It was right after all: it does not count, nor do the slips of this person at this address before it."""
        self.withdraw(name, address=address)
        self._windows.pop(_limits(name, address)[0][0], None)

    def _window(self, key: _Whose, now: float) -> _Window:
        window = self._windows.get(key)
        if window is None or window.ends <= now:
            self._windows.pop(key, None)
            window = self._windows[key] = _Window(now + WINDOW)
            if len(self._windows) > KEPT:
                self._windows.popitem(last=False)
        return window


def _limits(name: str, address: str) -> list[tuple[_Whose, int]]:
    address = _network(address)
    return [((name, address), PER_NAME_AND_ADDRESS), ((None, address), PER_ADDRESS), ((name, None), PER_NAME)]


def _network(address: str) -> str:
    """One customer has a whole IPv6 /64."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if not isinstance(ip, IPv6Address):
        return str(ip)
    return str(ip.ipv4_mapped) if ip.ipv4_mapped else ip.exploded[:19]
