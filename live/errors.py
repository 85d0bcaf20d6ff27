"""What can go wrong, by name.

    LiveError
    ├── Invalid          what was sent cannot be taken: every flaw with its path
    ├── NotFound         there is no such thing
    ├── Unauthorized     nobody knows who is asking
    ├── Forbidden        known, but not allowed
    ├── TooLarge         over a limit, which it names
    ├── HubFull          the queue of unwritten events is full: try again
    ├── StoreAway        MongoDB does not answer: try again
    ├── BusAway          Redis does not answer: the hub goes on without it
    └── SettingError     a setting that cannot be read

An error carries facts as attributes and builds its sentence in `__str__`.
"""

from dataclasses import dataclass


class LiveError(Exception):
    """The root: catch this to catch all that the project raises on purpose."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong in an input: `path` says where (`tools[0].name`; empty is the whole), `message` says what."""

    path: str
    message: str


class Invalid(LiveError):
    """What was sent cannot be taken."""

    def __init__(self, *flaws: Flaw) -> None:
        super().__init__(*flaws)
        self.flaws = flaws

    def __str__(self) -> str:
        return "; ".join(f"{flaw.path}: {flaw.message}" if flaw.path else flaw.message for flaw in self.flaws)


class NotFound(LiveError):
    """There is no such thing."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(what, name)
        self.what, self.name = what, name

    def __str__(self) -> str:
        return f"there is no {self.what} {self.name!r}"


class Unauthorized(LiveError):
    """Nobody knows who is asking."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else "sign in first, or send a token that is in use"


class Forbidden(LiveError):
    """The one who asks is known, but may not."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else "not allowed"


class TooLarge(LiveError):
    """Over a limit."""

    def __init__(self, what: str, limit: int, unit: str) -> None:
        super().__init__(what, limit, unit)
        self.what, self.limit, self.unit = what, limit, unit

    def __str__(self) -> str:
        return f"{self.what} is over the limit of {self.limit:,} {self.unit}"


class HubFull(LiveError):
    """The queue of events not yet written is full."""

    def __str__(self) -> str:
        return "the hub is full: wait a moment and send the same events again"


class StoreAway(LiveError):
    """MongoDB does not answer, or not in time. What was asked may or may not have happened."""

    def __str__(self) -> str:
        reason = f" ({self.args[0]})" if self.args else ""
        return f"the store does not answer{reason}: wait a moment and try again; sending the same events again is safe"


class BusAway(LiveError):
    """Redis does not answer."""

    def __str__(self) -> str:
        reason = f" ({self.args[0]})" if self.args else ""
        return f"the bus does not answer{reason}: the hub goes on without it"


class SettingError(LiveError):
    """A setting that cannot be read."""

    def __init__(self, name: str, expected: str, got: str) -> None:
        super().__init__(name, expected, got)
        self.name, self.expected, self.got = name, expected, got

    def __str__(self) -> str:
        return f"{self.name}: expected {self.expected}, got {self.got!r}"
