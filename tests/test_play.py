"""`live play` and its sender, against a real hub: all arrives once and in order, whatever happens to the socket."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from live import play, sender
from live.errors import Forbidden, Invalid, Unauthorized
from live.play import Summary
from live.sender import Result, TooMuch, Unreachable
from tests.hubs import RunningHub, StartHub, own_environment
from tests.servers import wait_until

pytestmark = pytest.mark.anyio

Event = dict[str, Any]


def a_name() -> str:
    """The name of a session that no other test uses."""
    return f"p-{uuid4().hex[:10]}"


def a_conversation(name: str, *texts: str, **more: Any) -> dict[str, Any]:
    """A recorded line: user and agent in turn."""
    roles = ("user", "agent")
    turns = [{"role": roles[n % 2], "text": text} for n, text in enumerate(texts)]
    return {"source": "made-up", "id": name, "turns": turns, **more}


def recorded(directory: Path, *lines: dict[str, Any]) -> Path:
    """A file of these lines."""
    file = directory / f"{uuid4().hex[:8]}.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


def messages(session: str, count: int) -> list[Event]:
    """That many messages of one session."""
    return [
        {"type": "message", "session": session, "id": f"m-{n}", "role": "assistant", "text": f"number {n}"}
        for n in range(count)
    ]


def stored(hub: RunningHub, session: str, *, token: str | None = None) -> list[Event]:
    """What the hub has of this session, all of it."""
    found: list[Event] = []
    with httpx.Client(base_url=hub.url, headers={"Authorization": f"Bearer {token or hub.token}"}) as client:
        while True:
            after = found[-1]["seq"] if found else 0
            answer = client.get(f"/api/v1/sessions/web:{session}/events", params={"after": after, "limit": 1000})
            answer.raise_for_status()
            found += answer.json()["events"]
            if not found or found[-1]["seq"] >= answer.json()["head"]:
                return found


def test_the_summary_counts_what_became_of_the_events() -> None:
    summary = Summary(seconds=2.0)
    for status in ("stored", "stored", "duplicate", "conflict"):
        summary.tell({"status": status})
    assert str(summary) == "2 stored, 1 duplicate, 1 in conflict, 0 rejected in 2.0 s (2 events/s)"
    wrong = [{"path": "text", "message": "required, but missing"}]
    for number in range(play.SHOWN + 5):
        summary.tell({"status": "invalid", "session": "web:s", "id": f"m-{number}", "errors": wrong})
    assert summary.rejected == play.SHOWN + 5
    assert summary.errors[0] == "web:s m-0: text: required, but missing"
    assert len(summary.errors) == play.SHOWN
    assert play.bar(summary, 0.5, width=4) == "[##..]  50% · 29 acknowledged · 25 rejected"


async def test_a_file_is_played_once_and_a_second_time_stores_nothing_new(hub: RunningHub, tmp_path: Path) -> None:
    names = [a_name() for _ in range(3)]
    file = recorded(tmp_path, *(a_conversation(name, "Hello", "Hi!", "Thanks") for name in names))
    first = await play.play([file], url=hub.url, key=hub.key, rate=5000)
    assert (first.stored, first.duplicate, first.rejected) == (15, 0, 0)
    second = await play.play([file], url=hub.url, key=hub.key, rate=5000, sockets=3)
    assert (second.stored, second.duplicate, second.rejected) == (0, 15, 0)
    for name in names:
        told = stored(hub, name)
        assert [event["seq"] for event in told] == [1, 2, 3, 4, 5]
        assert [event["type"] for event in told] == ["session.started", *["message"] * 3, "session.closed"]


async def test_a_speed_follows_the_recorded_clock(hub: RunningHub, tmp_path: Path) -> None:
    name = a_name()
    line = a_conversation(name, started_at="2026-11-22T10:00:00Z", ended_at="2026-11-22T10:00:40Z")
    summary = await play.play([recorded(tmp_path, line)], url=hub.url, key=hub.key, speed=100)
    assert summary.stored == 2
    first, last = stored(hub, name)
    assert (first["at"], last["at"]) == ("2026-11-22T10:00:00.000Z", "2026-11-22T10:00:40.000Z")
    came = [datetime.fromisoformat(event["received"]) for event in (first, last)]
    assert 0.35 < (came[1] - came[0]).total_seconds() < 20


async def test_played_as_now_it_has_the_time_of_its_sending(hub: RunningHub, tmp_path: Path) -> None:
    name = a_name()
    file = recorded(tmp_path, a_conversation(name, started_at="2019-11-22T10:00:00Z", ended_at="2019-11-22T10:00:40Z"))
    first = await play.play([file], url=hub.url, key=hub.key, speed=100, now=True)
    again = await play.play([file], url=hub.url, key=hub.key, rate=1000, now=True)
    assert (first.stored, again.duplicate) == (2, 2)
    began, ended = stored(hub, name)
    assert began["at"] == began["received"] > "2026"
    assert ended["at"] > began["at"]


async def test_what_the_hub_rejects_is_counted_and_named_and_holds_nothing_back(
    hub: RunningHub, tmp_path: Path
) -> None:
    name = a_name()
    exported = [
        {"session": f"web:{name}", "id": f"e-{n}", "type": "tag.added", "tag": "x" * size}
        for n, size in ((1, 3), (2, 300), (3, 3))
    ]
    summary = await play.play([recorded(tmp_path, *exported)], url=hub.url, key=hub.key, rate=1000)
    assert (summary.stored, summary.rejected) == (2, 1)
    assert summary.errors[0].startswith(f"web:{name} e-2: tag: ")
    assert [event["id"] for event in stored(hub, name)] == ["e-1", "e-3"]


async def test_a_bad_line_ends_the_play_after_what_came_before_it(hub: RunningHub, tmp_path: Path) -> None:
    name = a_name()
    file = recorded(tmp_path, a_conversation(name, "Hello"), {"hello": "world"})
    summary = Summary()
    with pytest.raises(Invalid, match=r"jsonl:2"):
        await play.play([file], url=hub.url, key=hub.key, rate=1000, summary=summary)
    assert summary.stored == len(stored(hub, name)) == 3


async def test_who_may_not_send_is_told_so(hub: RunningHub, tmp_path: Path) -> None:
    file = recorded(tmp_path, a_conversation(a_name(), "Hello"))
    with pytest.raises(Unauthorized, match="does not know this channel key"):
        await play.play([file], url=hub.url, key="wrong", rate=1000)
    with pytest.raises(Forbidden, match="is it the whole address"):
        await play.play([file], url=f"{hub.url}/elsewhere", key=hub.key, rate=1000)
    for nowhere in ("http://", "nonsense://x", "127.0.0.1"):
        with pytest.raises(Unreachable):
            await play.play([file], url=nowhere, key=hub.key, rate=1000)


async def test_where_no_hub_is_it_gives_up_after_its_patience() -> None:
    with pytest.raises(Unreachable, match="no hub answers at http://127.0.0.1:9"):
        async with sender.sender("http://127.0.0.1:9", key="k", patience=0.3) as out:
            await out.send(messages("s", 1)[0])
            await out.settled()


async def test_results_come_one_by_one_in_the_order_sent_whatever_the_frames(hub: RunningHub) -> None:
    told: list[Result] = []
    sessions = [a_name() for _ in range(7)]
    sent = [event for row in zip(*(messages(session, 300) for session in sessions), strict=True) for event in row]
    async with sender.sender(hub.url, key=hub.key, window=400, told=told.append) as out:
        for event in sent:
            await out.send(event)
            assert out.unsettled <= 400
        await out.settled()
    assert [(result["session"], result["id"]) for result in told] == [(f"web:{e['session']}", e["id"]) for e in sent]
    assert {result["status"] for result in told} == {"stored"}


# the socket is cut ----------------------------------------------------------------------------------------------------


class Relay:
    """Passes bytes on to a hub, until it is told to cut: what happens to a socket between two machines."""

    def __init__(self) -> None:
        self.to = ""
        self.url = ""
        self.opened = 0
        self._writers: list[asyncio.StreamWriter] = []

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = self.to.removeprefix("http://").partition(":")
        self.opened += 1
        with suppress(OSError):
            there, back = await asyncio.open_connection(host, int(port))
            self._writers += [writer, back]
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_pour(reader, back))
                tasks.create_task(_pour(there, writer))
        writer.close()

    def cut(self) -> None:
        """Every connection is gone, without a word."""
        while self._writers:
            self._writers.pop().transport.abort()


async def until(true: Callable[[], object]) -> None:
    """Ask again and again."""
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.01)


async def _pour(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(16_384):
            sink.write(data)
            await sink.drain()
    sink.close()


@asynccontextmanager
async def relay(hub: RunningHub) -> AsyncIterator[Relay]:
    """A relay to this hub."""
    made = Relay()
    made.to = hub.url
    server = await asyncio.start_server(made.carry, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        made.cut()
        server.close()


async def test_a_socket_cut_again_and_again_loses_nothing_and_doubles_nothing(hub: RunningHub) -> None:
    sessions = [a_name() for _ in range(3)]
    told: list[Result] = []
    async with relay(hub) as line, sender.sender(line.url, key=hub.key, window=300, told=told.append) as out:
        for number, row in enumerate(zip(*(messages(session, 500) for session in sessions), strict=True)):
            for event in row:
                await out.send(event)
            if number % 100 == 50:
                line.cut()
        await out.settled()
        assert line.opened > 3
    assert {result["status"] for result in told} <= {"stored", "duplicate"}
    assert len(told) == 1500
    for session in sessions:
        assert_whole(stored(hub, session), 500)


def assert_whole(found: Sequence[Event], count: int) -> None:
    """Each message once, in the order sent."""
    assert [event["seq"] for event in found] == list(range(1, len(found) + 1))
    assert [event["text"] for event in found if event["type"] == "message"] == [f"number {n}" for n in range(count)]


async def test_a_hub_that_stops_is_followed_by_the_next(start_hub: StartHub, database_name: str) -> None:
    first, second = start_hub(database_name), start_hub(database_name)
    session = a_name()
    told: list[Result] = []
    async with relay(first) as line, sender.sender(line.url, key=first.key, window=200, told=told.append) as out:
        for number, event in enumerate(messages(session, 1000)):
            await out.send(event)
            if number == 300:
                line.to = second.url
                assert await asyncio.to_thread(first.stop) == 0
            if number == 600:
                line.to = first.url  # nobody is there
                line.cut()
                line.opened = 0
                await until(lambda: line.opened > 1)
                line.to = second.url
        await out.settled()
    assert {result["status"] for result in told} <= {"stored", "duplicate"}
    assert_whole(stored(second, session), 1000)


async def test_a_hub_with_narrower_limits_gets_smaller_frames(start_hub: StartHub, database_name: str) -> None:
    hub = start_hub(database_name, LIVE_MAX_BATCH="7", LIVE_MAX_BODY="65536")
    session, big = a_name(), a_name()
    told: list[Result] = []
    async with sender.sender(hub.url, key=hub.key, told=told.append) as out:
        for event in messages(session, 300):
            await out.send(event)
        await out.settled()
    async with sender.sender(hub.url, key=hub.key, told=told.append) as out:
        for event in messages(big, 6):
            await out.send(event | {"text": event["text"].ljust(12_000)})
        await out.settled()
    assert {result["status"] for result in told} <= {"stored", "duplicate"}
    assert_whole(stored(hub, session), 300)
    assert len(stored(hub, big)) == 6
    with pytest.raises(TooMuch, match="takes no event of"):
        async with sender.sender(hub.url, key=hub.key) as out:
            await out.send(messages(session, 1)[0] | {"text": "x" * 70_000})
            await out.settled()


# the command ----------------------------------------------------------------------------------------------------------


def command(*arguments: str | Path, **environment: str) -> "subprocess.Popen[str]":
    """`live play …`, started."""
    return subprocess.Popen(
        [sys.executable, "-m", "live", "play", *map(str, arguments)],
        env={**own_environment(), **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_the_command_says_what_became_of_the_events(hub: RunningHub, tmp_path: Path) -> None:
    file = recorded(tmp_path, a_conversation(a_name(), "Hello", "Hi!"))
    keys = f"web={hub.key},sms={hub.keys['sms']}"
    for expected, extra, environment in (
        ("4 stored, 0 duplicate, 0 rejected", ["--url", hub.url, "--key", hub.key], {}),
        ("0 stored, 4 duplicate, 0 rejected", [], {"LIVE_URL": hub.url, "LIVE_KEY": hub.key}),
        ("4 stored, 0 duplicate, 0 rejected", ["--channel", "sms"], {"LIVE_URL": hub.url, "LIVE_BOOTSTRAP_KEYS": keys}),
    ):
        running = command(file, "--rate", "1000", *extra, **environment)
        out, err = running.communicate(timeout=60)
        assert running.returncode == 0, err
        assert out.startswith(expected), (out, err)


def test_the_command_ends_with_1_when_something_was_not_taken(hub: RunningHub, tmp_path: Path) -> None:
    tag = {"session": f"web:{a_name()}", "id": "e-1", "type": "tag.added"}
    known = ["--url", hub.url, "--key", hub.key, "--rate", "1000"]
    running = command(recorded(tmp_path, tag | {"tag": "a"}, tag | {"tag": "b"}), *known)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out.partition(" in ")[0]) == (1, "1 stored, 0 duplicate, 1"), err
    assert "1 in conflict" in out
    running = command(recorded(tmp_path, tag), *known)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 1
    assert "rejected: web:" in err and "tag: required, but missing" in err


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["nowhere.jsonl", "--key", "k"], 1, "there is no file 'nowhere.jsonl'"),
        (["nowhere.jsonl"], 1, "--key: expected a channel key"),
        (["nowhere.jsonl", "--rate", "0"], 2, "expected a number above 0, got '0'"),
        (["nowhere.jsonl", "--speed", "fast"], 2, "expected a number above 0, got 'fast'"),
        (["nowhere.jsonl", "--sockets", "-1"], 2, "expected a whole number from 1 to 1000, got '-1'"),
        (["nowhere.jsonl", "--speed", "1", "--rate", "2"], 2, "not allowed with argument"),
    ],
)
def test_a_command_that_cannot_be_run_says_why(arguments: list[str], code: int, sentence: str) -> None:
    running = command(*arguments)
    _, err = running.communicate(timeout=60)
    assert running.returncode == code
    assert sentence in err
    assert "Traceback" not in err


def test_ctrl_c_ends_it_at_once_with_what_came_so_far(hub: RunningHub, tmp_path: Path) -> None:
    name = a_name()
    line = a_conversation(name, *["Hello"] * 50, started_at="2026-11-22T10:00:00Z", ended_at="2026-11-22T11:00:00Z")
    running = command(recorded(tmp_path, line), "--url", hub.url, "--key", hub.key, "--speed", "1")
    address = f"{hub.url}/api/v1/sessions/web:{name}"
    bearer = {"Authorization": f"Bearer {hub.token}"}
    wait_until(lambda: httpx.get(address, headers=bearer).status_code == 200, what="the first event is there")
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=10)
    assert running.returncode == 130
    assert re.match(r"\d+ stored, 0 duplicate, 0 rejected", out)
    assert "interrupted" in err and "Traceback" not in err


def test_a_terminal_shows_how_far_it_has_come(hub: RunningHub, tmp_path: Path) -> None:
    file = recorded(tmp_path, a_conversation(a_name(), "Hello"))
    leader, follower = os.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "live", "play", file, "--url", hub.url, "--key", hub.key, "--rate", "1000"],
        env=own_environment(), stdout=subprocess.PIPE, stderr=follower, text=True,
    )  # fmt: skip
    os.close(follower)
    out, _ = running.communicate(timeout=60)
    shown = os.read(leader, 100_000).decode()
    os.close(leader)
    assert out.startswith("3 stored")
    assert f"[{'#' * 30}] 100% · 3 acknowledged" in shown
