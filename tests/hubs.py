"""Hubs in processes of their own, as tests meet them."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from live.embedded import ending_with_us

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
        return self.code()

    def code(self) -> int:
        """Its exit code, once it has ended; one that does not is killed."""
        try:
            return self.process.wait(ENDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.process.returncode


class StartHub:
    """Starts hubs: `start_hub(database, **environment)`; `environment` adds to or replaces their settings.

    `program` is what Python runs, in place of the command `live`.
    """

    def __init__(
        self, mongodb_url: str, redis_url: str, directory: Path, *, program: Sequence[str] = ("-m", "live")
    ) -> None:
        self.started: list[RunningHub] = []
        self._directory, self._program = directory, program
        self._settings = {
            "LIVE_MONGODB_URL": mongodb_url,
            "LIVE_REDIS_URL": redis_url,
            "LIVE_BOOTSTRAP_ADMIN": ":".join(ADMIN),
            "LIVE_BOOTSTRAP_KEYS": ",".join(f"{name}={key}" for name, key in KEYS.items()),
            "LIVE_BOOTSTRAP_TOKEN": TOKEN,
        }

    def __call__(self, database: str, /, **environment: str) -> RunningHub:
        """A hub, ready."""
        log = self._directory / f"hub-{len(self.started)}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                ending_with_us([sys.executable, *self._program, "serve", "--port", "0"]),
                env={**own_environment(), **self._settings, "LIVE_MONGODB_DATABASE": database, **environment},
                stdout=out, stderr=out, cwd=self._directory,
            )  # fmt: skip
        made = RunningHub("", KEYS["web"], KEYS, TOKEN, ADMIN, process, log)
        self.started.append(made)
        made.url = _address(made)
        return made


def own_environment() -> dict[str, str]:
    """The environment without the settings of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("LIVE_") and name != "PORT"}


@contextmanager
def starter(mongodb_url: str, redis_url: str, directory: Path) -> Iterator[StartHub]:
    """Starts hubs; all that still run at the end must end well when asked."""
    start = StartHub(mongodb_url, redis_url, directory)
    try:
        yield start
    finally:
        running = [hub for hub in start.started if hub.process.poll() is None]
        for hub in running:
            hub.process.send_signal(signal.SIGTERM)
        badly = [hub for hub in running if hub.code() != 0]
        assert not badly, "\n".join(f"ended with {hub.code()}:\n{hub.log.read_text()}" for hub in badly)


def _address(made: RunningHub) -> str:
    """Once it is ready."""
    until = time.monotonic() + READY
    while time.monotonic() < until and made.process.poll() is None:
        found = re.search(r"hub \w+ \S+ on (http://\S+)", made.log.read_text())
        if found is not None and _is_ready(found[1]):
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"the hub did not become ready:\n{made.log.read_text()}")


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False
