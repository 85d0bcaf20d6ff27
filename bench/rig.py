"""The stage: embedded servers, one hub in a process of its own, and what /proc says of it."""

import asyncio
import math
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench.clients import Where, open_many_files
from live import embedded

ADMIN = ("admin", "password-of-the-benchmark")
START = 60.0  # seconds for the hub to be ready
_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Rig:
    """A running hub and, where it is ours, its store, their processes, and who may sign in (name, password)."""

    where: Where
    mongodb_url: str | None = None
    pid: int | None = None
    admin: tuple[str, str] | None = None
    mongod: int | None = None

    def cpu(self) -> float:
        """Seconds of CPU that the hub has used so far, all threads; NaN where its process is not known."""
        return _cpu(self.pid)

    def store_cpu(self) -> float:
        """The same of its mongod, which also writes cards, its oplog and its journal."""
        return _cpu(self.mongod)

    def resident(self) -> float:
        """Bytes of memory that the hub holds; NaN where its process is not known."""
        if self.pid is None:
            return math.nan
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * _PAGE


@asynccontextmanager
async def rig() -> AsyncIterator[Rig]:
    """Everything fresh, in a directory that is forgotten afterwards."""
    open_many_files()
    with tempfile.TemporaryDirectory(prefix="live-bench-") as directory:
        data = Path(directory)
        async with embedded.servers(data, mongodb_url=None, redis_url=None) as servers:
            settings = {
                "LIVE_MONGODB_URL": servers.mongodb_url,
                "LIVE_REDIS_URL": servers.redis_url,
                "LIVE_BOOTSTRAP_KEYS": "web=key-of-the-benchmark",
                "LIVE_BOOTSTRAP_ADMIN": ":".join(ADMIN),
                "LIVE_BOOTSTRAP_TOKEN": "token-of-the-benchmark",
            }
            inherited = {name: value for name, value in os.environ.items() if not name.startswith("LIVE_")}
            log = data / "hub.log"
            with log.open("wb") as out:
                command = embedded.ending_with_us([sys.executable, "-m", "live", "serve", "--port", "0"])
                hub = subprocess.Popen(command, env={**inherited, **settings}, stdout=out, stderr=out)
            try:
                url = await _address(hub, log)
                where = Where(url, "key-of-the-benchmark", "token-of-the-benchmark")
                mongod = int((data / "mongodb" / "pid").read_text())
                yield Rig(where, servers.mongodb_url, hub.pid, ADMIN, mongod)
            finally:
                hub.send_signal(signal.SIGTERM)
                await asyncio.to_thread(hub.wait, 30)


def _cpu(pid: int | None) -> float:
    if pid is None:
        return math.nan
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


async def _address(hub: "subprocess.Popen[bytes]", log: Path) -> str:
    until = time.monotonic() + START
    while time.monotonic() < until and hub.poll() is None:
        found = re.search(r"hub \w+ \S+ on (http://\S+)", log.read_text())
        if found is not None:
            with urllib.request.urlopen(f"{found[1]}/healthz"):
                return found[1]
        await asyncio.sleep(0.05)
    raise RuntimeError(f"the hub did not start:\n{log.read_text()}")


def busy(seconds: float = 2.0) -> float:
    """Cores in use by others: whoever shares the machine is in every figure."""

    def ticks() -> tuple[int, int]:
        user, nice, system, idle, waiting, *rest = map(
            int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
        )
        return user + nice + system + sum(rest), idle + waiting

    used, idle = ticks()
    time.sleep(seconds)
    used, idle = ticks()[0] - used, ticks()[1] - idle
    return used / max(used + idle, 1) * (os.cpu_count() or 1)


def machine() -> dict[str, str]:
    """What it ran on, and how busy it was without us: no names, no paths."""
    packages = ("starlette", "hypercorn", "motor", "pymongo", "redis", "msgspec")
    return {
        "cores": str(os.cpu_count()),
        "busy before": f"{busy():.1f}",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }
