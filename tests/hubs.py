"""Hubs in processes of their own, as tests meet them."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx

READY = 60.0  # seconds for a hub to be ready
ENDS = 20.0  # seconds for it to end when asked
KEYS = {name: f"key-of-{name}-0123456789" for name in ("web", "sms", "email")}
TOKEN = "token-0123456789"
ADMIN = ("admin", "correct horse battery")


@dataclass(slots=True)
class RunningHub:
    """Where it is, and what opens it."""

    url: str
    key: str
    keys: dict[str, str]
    token: str
    admin: tuple[str, str]
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(ENDS)


class StartHub(Protocol):
    """Starts a hub on this database; `environment` adds to or replaces its settings."""

    def __call__(self, database: str, /, **environment: str) -> RunningHub: ...


@contextmanager
def starter(mongodb_url: str, redis_url: str, directory: Path) -> Iterator[StartHub]:
    """Starts hubs; all that still run at the end must end well when asked."""
    started: list[RunningHub] = []

    def start(database: str, /, **environment: str) -> RunningHub:
        log = directory / f"hub-{len(started)}.log"
        settings = {
            "LIVE_MONGODB_URL": mongodb_url,
            "LIVE_MONGODB_DATABASE": database,
            "LIVE_REDIS_URL": redis_url,
            "LIVE_BOOTSTRAP_ADMIN": ":".join(ADMIN),
            "LIVE_BOOTSTRAP_KEYS": ",".join(f"{name}={key}" for name, key in KEYS.items()),
            "LIVE_BOOTSTRAP_TOKEN": TOKEN,
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("LIVE_")}
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "live", "serve", "--port", "0"],
                env={**inherited, **settings, **environment}, stdout=out, stderr=out, cwd=directory,
            )  # fmt: skip
        made = RunningHub("", KEYS["web"], KEYS, TOKEN, ADMIN, process, log)
        started.append(made)
        made.url = _address(made)
        return made

    try:
        yield start
    finally:
        codes = [made.stop() for made in started if made.process.poll() is None]
        assert not any(codes), [made.log.read_text() for made in started]


def _address(made: RunningHub) -> str:
    """Once it is ready."""
    until = time.monotonic() + READY
    while time.monotonic() < until and made.process.poll() is None:
        found = re.search(r"hub \w+ \S+ on (http://\S+)", made.log.read_text())
        if found is not None and httpx.get(f"{found[1]}/readyz").status_code == 200:
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"the hub did not become ready:\n{made.log.read_text()}")
