"""The benchmark runs, and its figures are there for machines too."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.hubs import RunningHub, StartHub

ROOT = Path(__file__).parent.parent
PARTS = {"stages", "ingest", "latency", "fan-out", "filters", "idle", "opening", "browser", "player", "memory"}


@pytest.mark.slow
@pytest.mark.timeout(400)  # it starts nine hubs and a Chromium, and others may share the machine
def test_every_part_of_the_benchmark_gives_its_figures(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    command = [sys.executable, "-m", "bench", "--quick", "--minutes", "0.1", "--json", str(figures)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=380, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads(figures.read_text())["rows"]
    assert {row["part"] for row in rows} == PARTS
    for row in rows:
        assert isinstance(row["value"], float), row
        assert row["what"] in done.stdout
        assert (row["target"] is None) == (row["reached"] is None)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_running_hub_is_measured_where_it_stands(hub: RunningHub, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    where = ["--url", hub.url, "--key", hub.key, "--token", hub.token]
    command = [sys.executable, "-m", "bench", "ingest", "opening", "--quick", *where, "--json", str(figures)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    values = {row["what"]: row["value"] for row in json.loads(figures.read_text())["rows"]}
    assert values["batches of 500 over HTTP"] > 0
    assert values["a session of 500 events, connect to live, p50"] > 0
    assert values["batches of 500 over HTTP, of raw two at a time"] is None  # its MongoDB is not ours to fill
    assert values["CPU of the hub an event, singly"] is None  # nor is its process known


@pytest.mark.slow
def test_a_hub_is_filled_with_the_same_sessions_each_time(start_hub: StartHub, database_name: str) -> None:
    hub = start_hub(database_name)
    command = [sys.executable, "-m", "bench.seed", hub.url, hub.key, "300", "200"]
    first, again = (subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True) for _ in range(2))
    assert first.stdout.startswith("300 sessions, 200 of them open: ")
    assert again.stdout.split(" events")[0] == first.stdout.split(" events")[0]  # sent as before, and kept once
    totals = {status: _total(hub, f"status={status}") for status in ("open", "closed")}
    assert totals == {"open": 200, "closed": 100}
    assert 0 < _total(hub, "sentiment=negative") < 300


def _total(hub: RunningHub, wanted: str) -> int:
    headers = {"Authorization": f"Bearer {hub.token}"}
    answer = httpx.get(f"{hub.url}/api/v1/sessions?{wanted}", headers=headers)
    total: int = answer.json()["total"]
    return total


def test_the_part_that_fills_its_own_hub_measures_no_other() -> None:
    command = [sys.executable, "-m", "bench", "browser", "--url", "http://127.0.0.1:1", "--key", "k", "--token", "t"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "the part browser fills a hub of its own" in done.stderr


def test_a_running_hub_needs_what_opens_it() -> None:
    command = [sys.executable, "-m", "bench", "--url", "http://127.0.0.1:1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--url needs --key and --token" in done.stderr


def test_an_unknown_part_is_named() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "speed"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "speed" in done.stderr
