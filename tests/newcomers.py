"""`live up` in a process of its own, as a newcomer types it."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx

from live.embedded import ending_with_us
from tests.hubs import TOKEN, own_environment
from tests.servers import wait_until

LIVE = (sys.executable, "-m", "live")
READY = 60.0  # seconds for the first start
SOON = 15.0  # seconds for Ctrl-C to end all; one is usual


class Up:
    """A running `live up`, and what it has printed."""

    def __init__(self, data: Path, log: Path, *more: str, program: Sequence[str] = LIVE) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = log
        command = [*program, "up", "--port", f"{self.port}", "--data", str(data), *more]
        environment = {**own_environment(), "LIVE_BOOTSTRAP_TOKEN": TOKEN}
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                ending_with_us(command), env=environment, stdout=out, stderr=out, cwd=log.parent, start_new_session=True
            )

    @property
    def text(self) -> str:
        """All that it has said."""
        return self._log.read_text()

    @property
    def key(self) -> str:
        """The channel key that it printed."""
        return self.printed(r"Channel key +(\S+) ")

    def printed(self, pattern: str) -> str:
        """What it printed there."""
        found = re.search(pattern, self.text)
        assert found is not None, self.text
        return found[1]

    def ready(self) -> "Up":
        """Once it has said where to look."""
        wait_until(lambda: "Ctrl-C" in self.text or self.process.poll() is not None, what="it is ready", patience=READY)
        assert self.process.poll() is None, self.text
        return self

    def ended(self) -> int:
        """Its exit code."""
        return self.process.wait(READY)

    def ctrl_c(self) -> int:
        """What the terminal does: SIGINT to the whole process group. The exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(SOON)

    def send(self, ident: str, session: str = "s-1") -> httpx.Response:
        """A user's message."""
        event = {"type": "message", "session": session, "id": ident, "role": "user", "text": "Hello"}
        return httpx.post(f"{self.url}/api/v1/events", headers={"Authorization": f"Bearer {self.key}"}, json=event)

    def events(self, session: str = "s-1") -> list[str]:
        """The ids of a session's messages."""
        answer = httpx.get(
            f"{self.url}/api/v1/sessions/web:{session}/events", headers={"Authorization": f"Bearer {TOKEN}"}
        )
        return [event["id"] for event in answer.json()["events"] if event["type"] == "message"]

    def sessions(self) -> int:
        """How many there are."""
        answer = httpx.get(f"{self.url}/api/v1/sessions", headers={"Authorization": f"Bearer {TOKEN}"})
        total: int = answer.json()["total"]
        return total


def free_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
