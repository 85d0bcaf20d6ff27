"""The servers of a test run: a real mongod and a real Valkey, started once, and hubs in processes of their own."""

import asyncio
import os
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Coroutine, Generator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import hypothesis
import pytest

from live import embedded
from live.errors import LiveError
from tests.hubs import RunningHub, StartHub, starter

MONGODB, REDIS = "TEST_MONGODB_URL", "TEST_REDIS_URL"  # how the workers of a run learn of its servers

WITHOUT_REDIS = "TEST_WITHOUT_REDIS"  # set where the whole run has none
NOBODY = "redis://127.0.0.1:1"  # nothing listens there

LOG = 20_000  # characters of a hub's log, shown when its test fails

hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine is no defect: benchmarks time
hypothesis.settings.load_profile("untimed")

_T = TypeVar("_T")
_servers: list["Servers"] = []


class Servers:
    """Both servers, in a thread with a loop of its own: every test has another."""

    def __init__(self, *, redis: bool) -> None:
        self._redis = redis
        self.data = Path(tempfile.mkdtemp(prefix="live-tests-"))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="servers")
        self._stack = AsyncExitStack()

    def start(self) -> embedded.Addresses:
        """Start them; their addresses."""
        self._thread.start()
        return self._run(self._start())

    async def _start(self) -> embedded.Addresses:
        mongod = await self._stack.enter_async_context(embedded.Mongod(self.data / "mongodb"))
        if not self._redis:
            return embedded.Addresses(mongod.url, NOBODY)
        valkey = await self._stack.enter_async_context(embedded.Valkey(self.data / "valkey"))
        return embedded.Addresses(mongod.url, valkey.url)

    def stop(self) -> None:
        """Stop them and forget their data."""
        self._run(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        shutil.rmtree(self.data, ignore_errors=True)

    def _run(self, what: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(timeout=120)


def _address(variable: str) -> str:
    """Started when the first test of the run needs it; a worker of xdist finds it in its environment."""
    if variable not in os.environ:
        servers = Servers(redis=WITHOUT_REDIS not in os.environ)
        _servers.append(servers)
        try:
            found = servers.start()
        except LiveError as error:
            pytest.exit(f"the tests need real servers: {error}", returncode=3)
        os.environ |= {MONGODB: found.mongodb_url, REDIS: found.redis_url}
    return os.environ[variable]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make test-without-redis`."""
    parser.addoption(
        "--without-redis", action="store_true", help="no Redis from beginning to end; tests marked 'bus' are left out"
    )


def pytest_configure(config: pytest.Config) -> None:
    """With xdist the controller starts the servers, once for all workers."""
    if config.option.without_redis:
        os.environ[WITHOUT_REDIS] = "yes"
    if not hasattr(config, "workerinput") and getattr(config.option, "numprocesses", None):
        _address(MONGODB)


def pytest_unconfigure() -> None:
    """Stop what this process has started."""
    while _servers:
        _servers.pop().stop()


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whatever talks to a server is slow: `make test-fast` is the pure code. Without Redis, its own tests are left out.

    Those are marked `bus`; a test that has a Valkey of its own, to stop it, is one of them without being told.
    """
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if {"mongodb_url", "redis_url"} & fixtures:
            item.add_marker(pytest.mark.slow)
        if "valkey" in fixtures:
            item.add_marker(pytest.mark.bus("it stops and starts a Valkey of its own"))
    if config.option.without_redis:
        out = [item for item in items if item.get_closest_marker("bus")]
        items[:] = [item for item in items if not item.get_closest_marker("bus")]
        config.hook.pytest_deselected(items=out)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails shows what its hubs logged."""
    report = yield
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            hubs = value.started if isinstance(value, StartHub) else [value] if isinstance(value, RunningHub) else []
            report.sections += [(f"the end of {hub.log}", hub.log.read_text()[-LOG:]) for hub in hubs]
    return report


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """asyncio alone: Motor and Hypercorn are run on it."""
    return "asyncio"


@pytest.fixture(scope="session")
def mongodb_url() -> str:
    """A real mongod, one for the run."""
    return _address(MONGODB)


@pytest.fixture(scope="session")
def redis_url() -> str:
    """A real Valkey, one for the run; `--without-redis`, an address where nothing listens."""
    return _address(REDIS)


@pytest.fixture(scope="session")
def bus() -> str:
    """What hubs say of it in this run, soon after their start."""
    return "silent" if WITHOUT_REDIS in os.environ else "ok"


@pytest.fixture
def database_name() -> str:
    """A database of this test's own."""
    return f"test_{uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def one_hub(mongodb_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """A hub for all tests that only talk to one."""
    with starter(mongodb_url, redis_url, tmp_path_factory.mktemp("hub")) as start:
        yield start(f"test_{uuid4().hex[:12]}")


@pytest.fixture
def hub(one_hub: RunningHub) -> RunningHub:
    """A running hub, shared: use session names of your own."""
    return one_hub


@pytest.fixture
def start_hub(mongodb_url: str, redis_url: str, tmp_path: Path) -> Iterator[StartHub]:
    """Starts hubs of this test's own, in processes of their own: `start_hub(database_name, **environment)`."""
    with starter(mongodb_url, redis_url, tmp_path) as start:
        yield start


@pytest.fixture
async def mongod(tmp_path: Path) -> AsyncIterator[embedded.Mongod]:
    """One of the test's own, which may be stopped and killed."""
    async with embedded.Mongod(tmp_path / "mongodb") as made:
        yield made


@pytest.fixture
async def valkey(tmp_path: Path) -> AsyncIterator[embedded.Valkey]:
    """One of the test's own, which may be stopped and killed."""
    async with embedded.Valkey(tmp_path / "valkey") as made:
        yield made
