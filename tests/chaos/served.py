"""The command `live`, which besides says on SIGUSR1 how many tasks it runs, and which."""

import asyncio
import signal
import sys
from collections import Counter
from types import FrameType

from live.cli import main


def tell(number: int, frame: FrameType | None) -> None:
    """One line on standard error."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return  # it starts, or ends
    coroutines = (task.get_coro() for task in asyncio.all_tasks(loop))
    names = Counter(getattr(one, "__qualname__", type(one).__name__) for one in coroutines)
    told = ", ".join(f"{name} x{count}" for name, count in sorted(names.items()))
    print(f"runs {names.total()} tasks: {told}", file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, tell)
    sys.exit(main())
