"""What a test asks of processes: whose it is, is it there, and a condition with a deadline."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE = 30.0  # seconds; a machine may be busy


def is_alive(pid: int) -> bool:
    """Is the process there, and no zombie?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children(pid: int) -> dict[int, str]:
    """The processes that a process has started and that are alive: pid -> name."""
    found: dict[int, str] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, tail = stat.read_text().rpartition(")")
        except OSError:
            continue
        state, parent = tail.split()[:2]
        if int(parent) == pid and state != "Z":
            found[int(stat.parent.name)] = head.partition("(")[2]
    return found


def wait_until(true: Callable[[], object], *, what: str, patience: float = PATIENCE) -> None:
    """Ask again and again."""
    until = time.monotonic() + patience
    while not true():
        assert time.monotonic() < until, f"still not after {patience:.0f} s: {what}"
        time.sleep(0.02)


async def until(true: Callable[[], object], *, what: str, patience: float = PATIENCE) -> None:
    """The same, while other tasks run."""
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, f"still not after {patience:.0f} s: {what}"
        await asyncio.sleep(0.02)
