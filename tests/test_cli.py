"""The commands as somebody types them: processes of their own, real servers."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pymongo
import pytest

from live import settings
from tests.hubs import RunningHub, StartHub, own_environment

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(mongodb_url: str, redis_url: str, database_name: str, tmp_path: Path) -> Run:
    """Runs `live …` against a database of this test's own."""

    def live(*words: str, typed: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("LIVE_")}
        settings = {
            "LIVE_MONGODB_URL": mongodb_url,
            "LIVE_REDIS_URL": redis_url,
            "LIVE_MONGODB_DATABASE": database_name,
        }
        return subprocess.run(  # noqa: PLW1510 - the code is what is tested
            [sys.executable, "-m", "live", *words], env={**inherited, **settings, **environment},
            input=typed, capture_output=True, text=True, timeout=60, cwd=tmp_path,
        )  # fmt: skip

    return live


def fails(done: "subprocess.CompletedProcess[str]", *words: str) -> None:
    """It ends with 1, and says why in one line, without a traceback."""
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


def send(hub: RunningHub, *facts: dict[str, object], key: str | None = None) -> httpx.Response:
    """Events to a running hub."""
    headers = {"Authorization": f"Bearer {key or hub.key}", "Content-Type": "application/json"}
    return httpx.post(f"{hub.url}/api/v1/events", headers=headers, content=json.dumps(facts))


def said(session: str, ident: str) -> dict[str, object]:
    """A message of the user."""
    return {"type": "message", "session": session, "id": ident, "role": "user", "text": "hello"}


def test_every_command_explains_itself(run: Run) -> None:
    assert run("--version").stdout.startswith("live ")
    whole = run("--help").stdout
    for command in ("up", "serve", "play", "tail", "export", "key", "user", "check", "config"):
        assert command in whole
        assert run(command, "--help").returncode == 0
    assert run("dance").returncode == 2


def test_config_shows_every_setting_and_no_secret(run: Run) -> None:
    done = run("config", LIVE_BOOTSTRAP_TOKEN="very-secret-token", LIVE_HEARTBEAT="7s")
    assert done.returncode == 0, done.stderr
    for row in settings.rows():
        assert row.name in done.stdout
    assert "very-secret-token" not in done.stdout
    assert "7s" in done.stdout


@pytest.mark.parametrize(
    ("name", "value"),
    [("LIVE_HEARTBEAT", "soon"), ("LIVE_MAX_BATCH", "0"), ("LIVE_INACTIVE_AFTER", "sms=5m"), ("LIVE_HAERTBEAT", "5s"),
     ("LIVE_BOOTSTRAP_KEYS", "Web=12345678"), ("LIVE_BOOTSTRAP_ADMIN", "admin")],
)  # fmt: skip
def test_a_wrong_setting_is_named(run: Run, name: str, value: str) -> None:
    fails(run("config", **{name: value}), name)


def test_servers_that_are_not_there_are_named(run: Run) -> None:
    fails(run("serve", "--port", "0", LIVE_MONGODB_URL=""), "LIVE_MONGODB_URL", "live up")
    fails(run("key", "list", LIVE_MONGODB_URL="mongodb://127.0.0.1:1/"), "store")
    fails(run("serve", "--port", "0", LIVE_MONGODB_URL="http://nonsense"), "LIVE_MONGODB_URL")


def test_keys_are_made_listed_and_ended(run: Run, start_hub: StartHub, database_name: str) -> None:
    key = run("key", "add", "chat", "--kind", "web").stdout.strip()
    token = run("key", "add", "reports", "--token").stdout.strip()
    listed = run("key", "list").stdout
    assert key not in listed
    assert token not in listed
    assert key[:8] in listed
    hub = start_hub(database_name)
    assert send(hub, said("s", "1"), key=key).json()["results"][0]["session"] == "chat:s"
    answer = httpx.get(f"{hub.url}/api/v1/sessions", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["total"] == 1
    kinds = httpx.get(f"{hub.url}/api/v1/sessions?channel=kind:web", headers={"Authorization": f"Bearer {token}"})
    assert kinds.status_code == 200
    assert run("key", "revoke", key[:8]).returncode == 0
    until = time.monotonic() + 15
    while send(hub, said("s", "2"), key=key).status_code != 401:
        assert time.monotonic() < until, "a revoked key is heeded within seconds"
        time.sleep(0.2)
    fails(run("key", "revoke", "nothing-like-it"), "nothing")
    fails(run("key", "add", "Not A Channel"), "channel")


def test_accounts_are_made_and_their_passwords_changed(run: Run) -> None:
    assert run("user", "add", "rita", "--role", "viewer", typed="a long password\n").returncode == 0
    assert "rita" in run("user", "list").stdout
    assert run("user", "passwd", "rita", typed="another password\n").returncode == 0
    fails(run("user", "add", "Rita", typed="a long password\n"), "ita")
    fails(run("user", "passwd", "nobody", typed="a long password\n"), "nobody")
    assert run("user", "add", "ben", "--role", "king", typed="x\n").returncode == 2


def test_tail_prints_what_changes(hub: RunningHub) -> None:
    tail = subprocess.Popen(
        [sys.executable, "-u", "-m", "live", "tail", "tag=tailed", "--url", hub.url, "--token", hub.token],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert tail.stdout is not None
    try:
        send(hub, {"type": "tag.added", "session": "tailed", "id": "t", "tag": "tailed"}, said("tailed", "1"))
        line = tail.stdout.readline()
        assert "web:tailed" in line
    finally:
        tail.terminate()
        tail.wait(10)
        tail.stdout.close()


def test_tail_and_export_name_what_is_wrong(run: Run, hub: RunningHub) -> None:
    at = ("--url", hub.url, "--token", hub.token)
    fails(run("tail", "statsu=open", *at), "did you mean status")
    fails(run("export", "statsu=open", *at), "did you mean status")
    fails(run("tail", "--url", hub.url, "--token", "nonsense"), "refuses")
    fails(run("export", "--url", hub.url, "--token", "nonsense"), "refuses")
    fails(run("export", "--url", hub.url), "LIVE_TOKEN")
    fails(run("tail", "--url", "http://127.0.0.1:1", "--token", "x"), "127.0.0.1:1")
    fails(run("export", "--url", "http://127.0.0.1:1", "--token", "x"), "127.0.0.1:1")


def test_export_writes_a_file(run: Run, hub: RunningHub) -> None:
    send(hub, {"type": "tag.added", "session": "out", "id": "t", "tag": "exported"}, said("out", "1"))
    done = run("export", "tag=exported", "--url", hub.url, "--token", hub.token)
    assert [json.loads(line)["seq"] for line in done.stdout.splitlines()] == [1, 2]
    table = run("export", "tag=exported", "--format", "csv", "--url", hub.url, "--token", hub.token).stdout
    assert len(table.splitlines()) == 2


@pytest.mark.parametrize("words", [("export", "tag=unread"), ("tail", "tag=unread"), ("config",)], ids=" ".join)
def test_when_nobody_reads_on_it_ends_quietly(hub: RunningHub, words: tuple[str, ...]) -> None:
    """As with `| head`: the reader has all it wants, and no hub is to blame."""
    send(hub, {"type": "tag.added", "session": "unread", "id": "t", "tag": "unread"})
    reader, writer = os.pipe()
    os.close(reader)
    at = () if words == ("config",) else ("--url", hub.url, "--token", hub.token)
    done = subprocess.run(
        [sys.executable, "-m", "live", *words, *at], env=own_environment(),
        stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
    )  # fmt: skip
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def test_check_finds_and_mends_a_card_that_is_not_its_events(
    run: Run, start_hub: StartHub, database_name: str, mongodb_url: str
) -> None:
    hub = start_hub(database_name)
    send(hub, said("good", "1"), said("bad", "1"), said("lost", "1"))
    assert hub.stop() == 0
    assert run("check").stdout.strip() == "3 sessions, 0 wrong"
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(mongodb_url)
    with client:
        stored = client[database_name]["cards"]
        found = stored.find_one({"_id": "web:bad"})
        assert found is not None
        card = json.loads(found["card"]) | {"missing": 7}
        stored.update_one({"_id": "web:bad"}, {"$set": {"card": json.dumps(card)}})
        stored.delete_one({"_id": "web:lost"})
        dry = run("check", "--dry-run")
        assert dry.returncode == 1
        assert "web:bad" in dry.stdout
        assert "web:lost" in dry.stdout
        assert "3 sessions, 2 wrong, repaired" in run("check").stdout
    assert run("check").stdout.strip() == "3 sessions, 0 wrong"
