"""The benchmark runs, and its figures are there for machines too."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PARTS = {"ingest", "latency", "fan-out", "idle", "opening", "memory"}


@pytest.mark.slow
def test_every_part_of_the_benchmark_gives_its_figures(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    command = [sys.executable, "-m", "bench", "--quick", "--minutes", "0.2", "--json", str(figures)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads(figures.read_text())["rows"]
    assert {row["part"] for row in rows} == PARTS
    for row in rows:
        assert isinstance(row["value"], float), row
        assert row["what"] in done.stdout
        assert (row["target"] is None) == (row["reached"] is None)


def test_an_unknown_part_is_named() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "speed"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "speed" in done.stderr
