"""What a hub's process holds: tasks, descriptors, threads, memory; and whether that has grown."""

import re
import signal
from dataclasses import dataclass
from pathlib import Path

from tests.hubs import RunningHub
from tests.servers import until

TASKS = 4  # more than before that are none's fault: a search, a card being written
FILES = 40  # descriptors: the clients' pools grow on demand, MongoDB's to 32
MEMORY = 96 * 2**20  # bytes that a run may add: its sessions stay on the board, and Python gives little back
_TOLD = re.compile(r"runs (\d+) tasks: (.*)")
_PAGE = 4096


@dataclass(frozen=True, slots=True)
class Footprint:
    """At one moment. `which`: the tasks by name."""

    tasks: int
    which: str
    descriptors: int
    memory: int  # bytes resident

    def grown(self, now: "Footprint", *, viewers: int = 0) -> list[str]:
        """What is too much now; `viewers`: how many more sockets it serves than then (fewer: below 0)."""
        found = []
        if now.tasks > self.tasks + TASKS + 4 * viewers:
            found.append(f"{self.tasks} tasks became {now.tasks}: {now.which} (were {self.which})")
        if now.descriptors > self.descriptors + FILES + viewers:
            found.append(f"{self.descriptors} descriptors became {now.descriptors}")
        if now.memory > self.memory + MEMORY:
            found.append(f"{self.memory >> 20} MiB became {now.memory >> 20} MiB")
        return found


async def footprint(hub: RunningHub) -> Footprint:
    """Ask the process. It must run `tests/chaos/served.py`."""
    before = len(_TOLD.findall(hub.log.read_text()))
    hub.process.send_signal(signal.SIGUSR1)
    await until(lambda: len(_TOLD.findall(hub.log.read_text())) > before, what="the hub says what it runs")
    tasks, which = _TOLD.findall(hub.log.read_text())[-1]
    return Footprint(int(tasks), which, descriptors(hub), memory(hub))


def descriptors(hub: RunningHub) -> int:
    """Open files and sockets of its process."""
    return len(list(Path(f"/proc/{hub.process.pid}/fd").iterdir()))


def memory(hub: RunningHub) -> int:
    """Bytes resident."""
    return int(Path(f"/proc/{hub.process.pid}/statm").read_text().split()[1]) * _PAGE
