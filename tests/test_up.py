"""`live up` as a newcomer meets it: with servers of its own; stopped by Ctrl-C, killed, refused."""

import os
import re
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.hubs import own_environment
from tests.newcomers import LIVE, SOON, Up
from tests.servers import children, is_alive, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.bus("`live up` starts a Valkey of its own")]


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Callable[..., Up]]:
    """Starts `live up` on the same data directory each time."""
    started: list[Up] = []

    def start(*more: str) -> Up:
        started.append(Up(tmp_path / "data", tmp_path / f"log-{len(started)}", *more))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()


def test_it_prints_where_to_look_and_what_opens_it(up: Callable[..., Up]) -> None:
    one = up().ready()
    assert httpx.get(one.printed(r"The wall +(\S+)")).url.path == "/wall"
    assert httpx.get(one.printed(r"Sessions +(\S+)")).url.path == "/sessions"
    assert one.send("m-2").json()["results"][0]["status"] == "stored"
    curl = one.printed(r"(curl .*\n.*)\n").replace("\\\n", " ")
    answer = subprocess.run(["sh", "-c", curl], capture_output=True, text=True, check=True).stdout
    assert '"stored"' in answer
    name, password = one.printed(r"First [\w-]+ +(\S+ / \S+)").split(" / ")
    with httpx.Client(base_url=one.url, follow_redirects=True) as browser:
        page = browser.get("/wall")
        assert page.url.path == "/signin"
        csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
        assert csrf is not None
        there = browser.post(str(page.url), data={"name": name, "password": password, "csrf": csrf[1], "next": "/wall"})
        assert there.url.path == "/wall"
        assert there.status_code == 200


def test_ctrl_c_ends_all_that_it_started_and_the_next_start_finds_its_data(up: Callable[..., Up]) -> None:
    first = up().ready()
    first.send("m-1")
    servers = children(first.process.pid)
    assert sorted(servers.values()) == ["mongod", "valkey-server"]
    assert first.ctrl_c() == 0, first.text
    assert not any(map(is_alive, servers))
    second = up().ready()
    assert second.key == first.key
    second.send("m-2")
    assert second.events() == ["m-1", "m-2"]
    assert second.ctrl_c() == 0, second.text
    assert "Traceback" not in first.text + second.text


def test_sigterm_is_as_good(up: Callable[..., Up]) -> None:
    one = up("--demo").ready()
    servers = children(one.process.pid)
    one.process.terminate()
    assert one.process.wait(SOON) == 0
    assert not any(map(is_alive, servers))
    assert "Traceback" not in one.text


def test_killed_it_leaves_nothing_that_blocks_the_next_start(up: Callable[..., Up]) -> None:
    for number in range(2):
        one = up().ready()
        assert one.events() == [f"m-{n}" for n in range(number)] if number else True
        one.send(f"m-{number}")
        one.process.kill()
        one.process.wait()
    last = up().ready()  # at once, while the servers of the one before may still be ending
    assert last.events() == ["m-0", "m-1"]
    assert last.ctrl_c() == 0


def test_it_heals_when_a_server_is_killed(up: Callable[..., Up]) -> None:
    one = up().ready()
    one.send("m-1")
    for pid in children(one.process.pid):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: one.send("m-2").status_code == 200, what="events are taken again")
    wait_until(lambda: httpx.get(f"{one.url}/readyz").status_code == 200, what="store and bus are there again")
    assert one.events() == ["m-1", "m-2"]
    assert one.ctrl_c() == 0


def test_the_demo_makes_the_wall_move(up: Callable[..., Up]) -> None:
    one = up("--demo").ready()
    wait_until(lambda: one.sessions() >= 3, what="conversations begin")


def test_a_second_one_on_the_same_data_is_refused_in_a_sentence(up: Callable[..., Up]) -> None:
    first = up().ready()
    second = up()
    assert second.ended() == 1
    assert "another `live up` is using it; choose another with --data" in second.text
    assert "Traceback" not in second.text
    assert first.send("m-1").status_code == 200


def live(directory: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """A command beside it, in the directory that holds `data`, without the address of a store."""
    return subprocess.run(
        [*LIVE, *words], cwd=directory, env={**own_environment(), **environment},
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip


def test_commands_on_the_store_find_that_of_the_one_that_runs(up: Callable[..., Up], tmp_path: Path) -> None:
    one = up().ready()
    key = live(tmp_path, "key", "add", "chat").stdout.strip()  # ./data is what `live up` takes, too
    headers = {"Authorization": f"Bearer {key}"}
    event = {"type": "message", "session": "s", "id": "1", "role": "user", "text": "Hello"}
    assert httpx.post(f"{one.url}/api/v1/events", headers=headers, json=event).status_code == 200
    listed = live(tmp_path.parent, "user", "list", "--data", str(tmp_path / "data"))
    assert (listed.returncode, listed.stdout.split()) == (0, ["admin", "admin"]), listed
    assert one.ctrl_c() == 0


def test_commands_on_the_store_start_it_for_the_moment_where_none_runs(up: Callable[..., Up], tmp_path: Path) -> None:
    one = up().ready()
    one.send("m-1")
    assert one.ctrl_c() == 0
    checked = live(tmp_path, "check")
    assert (checked.returncode, checked.stdout) == (0, "1 sessions, 0 wrong\n"), checked
    assert "starting its MongoDB for the moment" in checked.stderr
    assert not (tmp_path / "data" / "mongodb" / "pid").exists()
    assert "in use" in live(tmp_path, "key", "list").stdout
    again = up().ready()
    assert again.events() == ["m-1"]
    assert again.ctrl_c() == 0


def test_without_a_data_directory_the_commands_say_what_to_do(tmp_path: Path) -> None:
    for words in (("check",), ("key", "list"), ("user", "list", "--data", "elsewhere")):
        done = live(tmp_path, *words)
        assert done.returncode == 1
        assert (
            "holds no data of a `live up`: name its data directory with --data, or set LIVE_MONGODB_URL" in done.stderr
        )
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_named_in_a_sentence_and_nothing_is_left_running(
    up: Callable[..., Up], tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        one = up("--port", f"{port}")  # the last one counts
        assert one.ended() == 1
    assert f"cannot listen on 127.0.0.1:{port}" in one.text
    assert "--port" in one.text
    assert "Traceback" not in one.text
    assert not (tmp_path / "data" / "mongodb" / "pid").exists()


def test_the_first_password_is_for_its_owner_alone(up: Callable[..., Up], tmp_path: Path) -> None:
    up().ready()
    assert (tmp_path / "data" / "first-login.json").stat().st_mode & 0o077 == 0
