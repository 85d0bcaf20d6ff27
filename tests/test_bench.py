"""The benchmark runs, and its figures are there for machines too."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hubs import RunningHub

ROOT = Path(__file__).parent.parent
PARTS = {"ingest", "latency", "fan-out", "filters", "idle", "opening", "memory"}


@pytest.mark.slow
@pytest.mark.timeout(300)  # it starts seven hubs, and others may share the machine
def test_every_part_of_the_benchmark_gives_its_figures(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    command = [sys.executable, "-m", "bench", "--quick", "--minutes", "0.1", "--json", str(figures)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
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
