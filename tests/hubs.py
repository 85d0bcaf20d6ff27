"""A hub in a process of its own, as tests meet it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunningHub:
    """Where it is, and what opens it."""

    url: str
    key: str
    keys: dict[str, str]
    token: str
    admin: tuple[str, str]
