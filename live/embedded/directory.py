"""A data directory: whose it is, which port its server had, and which process was left over there."""

import asyncio
import errno
import fcntl
import logging
import os
import random
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from live.errors import LiveError

# Below those that the kernel gives to outgoing connections (32768 and up on Linux): a client that tries again and again
# while the server is down could otherwise get the server's own port, and keep it.
PORTS = range(20000, 32000)
PATIENCE = 10.0  # seconds for a process that was left over to end when asked

logger = logging.getLogger(__name__)


class DataUnusable(LiveError):
    """Another process has the data directory, or nobody may write there."""

    def __init__(self, directory: Path, reason: str) -> None:
        super().__init__(directory, reason)
        self.directory, self.reason = directory, reason

    def __str__(self) -> str:
        return f"cannot use the data directory {self.directory}: {self.reason}; choose another with --data"


class DataTaken(DataUnusable):
    """Another process has it."""


@contextmanager
def writable(directory: Path) -> Iterator[None]:
    """Make the directory. Raises DataUnusable for whatever fails within on a file."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise DataUnusable(directory, error.strerror or str(error)) from None


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Nobody else has it meanwhile; the kernel gives it back however we end. Raises DataTaken, DataUnusable."""
    with writable(directory):
        file = (directory / "lock").open("w")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EACCES):
                raise DataTaken(directory, "another `live up` is using it") from None
            raise DataUnusable(directory, error.strerror or str(error)) from None
        yield


def free_port(kept: Path) -> int:
    """The port of the last start where it is free, else any; kept for the next start."""
    try:
        last = [int(kept.read_text())]
    except (OSError, ValueError):
        last = []
    for port in (*last, *random.sample(PORTS, 50), 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # old connections that linger do not count
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                continue
            found: int = probe.getsockname()[1]
        kept.write_text(f"{found}")
        return found
    raise OSError(errno.EADDRINUSE, "no port is free")


async def end_leftover(directory: Path) -> None:
    """End the process that `directory/pid` names, if it is still there and works in this very directory."""
    try:
        pid = int((directory / "pid").read_text())
        where = Path(f"/proc/{pid}/cwd").readlink()
        program = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return
    # the number may be somebody else's by now: Valkey rewrites its arguments, but its name and its directory stay
    if where != directory or not any(name in program for name in (b"mongod", b"valkey-server", b"redis-server")):
        return
    logger.warning("ending process %d of %s, left over from an earlier start", pid, directory)
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, number)
            os.kill(pid, signal.SIGCONT)
            async with asyncio.timeout(PATIENCE):
                while _alive(pid):
                    await asyncio.sleep(0.02)
        except ProcessLookupError:
            return
        except TimeoutError:
            continue
        return


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
