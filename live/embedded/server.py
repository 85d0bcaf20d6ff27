"""One server process: started and waited for, signalled, stopped; its log is bounded."""

import asyncio
import json
import logging
import os
import shutil
import signal
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from live.embedded.directory import end_leftover, free_port, writable
from live.embedded.programs import ending_with_us
from live.errors import LiveError

START = 60.0  # seconds for a server to be ready; after a crash mongod reads its journal first
STOP = 10.0  # seconds for it to end when asked, before it is killed
LOG = 16 * 2**20  # bytes of its log; beyond, it begins anew, and of those before it only the last is kept
LINES = 10  # of its log, shown when it does not start

logger = logging.getLogger(__name__)


class NotStarted(LiveError):
    """A server ended, or did not answer, while it was started. `code`: its exit code, None while it runs."""

    def __init__(self, program: str, code: int | None, log: str) -> None:
        super().__init__(program, code, log)
        self.program, self.code, self.log = program, code, log

    def __str__(self) -> str:
        what = f"did not answer within {START:.0f} s" if self.code is None else f"ended at its start ({self.code})"
        return f"{self.program} {what}; its log ends:\n{self.log}"


class Server(ABC):
    """One program with a directory and a port.

    Entering starts it, leaving stops it; between, it may be killed, and started again.
    """

    program: str

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self.port = 0  # chosen at the first start
        self._process: asyncio.subprocess.Process | None = None
        self._log_before = 0  # bytes of the log that are not of this start

    @abstractmethod
    def _command(self) -> Sequence[str]:
        """The program, and how it is called. Raises NoServer."""

    @abstractmethod
    async def _ready(self) -> bool:
        """Does it answer?"""

    @property
    @abstractmethod
    def url(self) -> str:
        """Its address, once it was started."""

    @property
    def pid(self) -> int:
        """Of the process that runs, or ran last."""
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        """Is the process there?"""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it and wait until it answers. Raises NoServer, NotStarted, DataUnusable."""
        await end_leftover(self.directory)
        with writable(self.directory):
            if not self.port:
                self.port = free_port(self.directory / "port")
            self.trim_log()
            with self._log.open("ab") as out:
                self._log_before = out.tell()
                self._process = await asyncio.create_subprocess_exec(
                    *ending_with_us(self._command()), stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out,
                    cwd=self.directory, start_new_session=True,
                )  # fmt: skip
            (self.directory / "pid").write_text(f"{self.pid}")
        try:
            async with asyncio.timeout(START):
                while self.running and not await self._ready():
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise await self._not_started(None) from None
        if self._process.returncode is not None:
            raise await self._not_started(self._process.returncode)

    async def stop(self) -> None:
        """Ask it to end; kill it when it does not."""
        if self._process is None:
            return
        self._signal(signal.SIGTERM)
        self.resume()
        try:
            async with asyncio.timeout(STOP):
                await self._process.wait()
        except TimeoutError:
            logger.warning("%s did not end when asked: killed", self.program)
            self.kill()
            await self._process.wait()
        (self.directory / "pid").unlink(missing_ok=True)

    async def ended(self) -> int:
        """Wait until the process is gone; its exit code."""
        assert self._process is not None
        return await self._process.wait()

    def kill(self) -> None:
        """SIGKILL."""
        self._signal(signal.SIGKILL)

    def pause(self) -> None:
        """SIGSTOP: it keeps its connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def trim_log(self) -> None:
        """Begin the log anew where it is too long. The server appends, so it may run meanwhile."""
        if self._log.exists() and self._log.stat().st_size > LOG:
            shutil.copyfile(self._log, self.directory / "log.before")
            os.truncate(self._log, 0)
            self._log_before = 0

    @property
    def _log(self) -> Path:
        return self.directory / "log"

    def _signal(self, number: int) -> None:
        if self.running:
            with suppress(ProcessLookupError):  # it ended just now, and nobody has told yet
                os.kill(self.pid, number)

    async def _not_started(self, code: int | None) -> NotStarted:
        if code is None:
            self.kill()
            await self.ended()
        with self._log.open("rb") as log:
            log.seek(self._log_before)
            lines = log.read(LOG).decode(errors="replace").splitlines()
        return NotStarted(self.program, code, "\n".join((_complaints(lines) or lines)[-LINES:]))

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


def _complaints(lines: Sequence[str]) -> list[str]:
    """mongod logs JSON, and says much on its way out: its errors alone tell why."""
    found = []
    for line in lines:
        try:
            entry = json.loads(line)
            if entry["s"] in ("E", "F"):
                found.append(f"{entry['msg']} {json.dumps(entry.get('attr', {}))}")
        except (ValueError, TypeError, KeyError):
            continue
    return found
