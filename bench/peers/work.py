"""How much is done."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Work:
    """`rates`: cards a second, each to every viewer; `sizes`: sessions in a store; `asked`, `sent`: times, each."""

    viewers: int = 100
    rates: tuple[int, ...] = (10, 100, 500)
    seconds: float = 4.0
    turns: int = 3
    idle: int = 1_000
    sizes: tuple[int, ...] = (2_000, 20_000)
    asked: int = 60
    sent: int = 15


WHOLE = Work()
QUICK = Work(viewers=20, rates=(50,), seconds=1.0, turns=1, idle=100, sizes=(200,), asked=5, sent=2)
