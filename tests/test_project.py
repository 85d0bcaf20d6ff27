"""The project's own files agree with each other, and tell nothing of the machine on which they were made."""

import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from live import cli

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
MAKEFILE = (ROOT / "Makefile").read_text()
LOCK = (ROOT / "requirements.lock").read_text()
LOCKED = re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==(\S+)((?: ;| \\\n| +[#-]).*(?:\n .*)*)", LOCK, re.MULTILINE)


def tracked() -> list[Path]:
    """All files of the project, as git has them."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = [ROOT / name for name in names.split("\0") if name]
    return [path for path in paths if path.exists()]


def asked_for() -> list[Requirement]:
    """What pyproject.toml asks for: the hub, the embedded servers, the tools."""
    extras = PROJECT["project"]["optional-dependencies"].values()
    groups = PROJECT["dependency-groups"].values()
    return [Requirement(line) for lines in (PROJECT["project"]["dependencies"], *extras, *groups) for line in lines]


# the lock -------------------------------------------------------------------------------------------------------------


def test_the_lock_has_what_pyproject_asks_for_in_a_version_that_will_do() -> None:
    versions = {canonicalize_name(name): Version(version) for name, version, _ in LOCKED}
    for requirement in asked_for():
        name = canonicalize_name(requirement.name)
        assert name in versions, f"{name} is not in requirements.lock: make lock"
        assert versions[name] in requirement.specifier, f"{name}: {requirement.specifier} not met: make lock"


def test_the_lock_has_nothing_that_nobody_asks_for() -> None:
    names = {canonicalize_name(requirement.name) for requirement in asked_for()}
    direct = {canonicalize_name(name) for name, _, rest in LOCKED if "live (pyproject.toml" in rest}
    assert direct == names, "make lock"


def test_everything_in_the_lock_has_its_hashes_and_no_address() -> None:
    assert len(LOCKED) == len(re.findall(r"^\S", LOCK, re.MULTILINE))
    for name, _, rest in LOCKED:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", rest), name
    assert not re.search(r"://|--index|--find-links|file:", LOCK)


# commands -------------------------------------------------------------------------------------------------------------


def recipes() -> dict[str, list[str]]:
    """Target -> its lines."""
    return {
        found[1]: found[2].splitlines()
        for found in re.finditer(r"^([a-z-]+):.*\n((?:\t.*\n)*)", MAKEFILE, re.MULTILINE)
    }


def test_every_target_is_a_word_and_no_file() -> None:
    phony = re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    assert phony is not None
    assert phony[1].split() == list(recipes())


@pytest.mark.parametrize(
    "target", ["up", "test", "test-fast", "cover", "check", "fix", "bench", "chaos", "sentiment", "lock"]
)
def test_every_target_prints_what_it_runs(target: str) -> None:
    lines = recipes()[target]
    assert lines
    assert not [line for line in lines if line.startswith("\t@")]


def test_ci_checks_and_tests_by_the_commands_of_everybody() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    lines = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if not line.startswith("#")]
    assert lines[-2:] == ["make check", "make test"]


def test_the_procfile_runs_one_hub_on_the_port_of_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = (ROOT / "Procfile").read_text().splitlines()
    process, command = line.split(": ")
    program, *words = command.split()
    monkeypatch.setenv("PORT", "1234")
    args = cli._parser().parse_args(words)
    assert (process, program, args.command, args.host, args.port) == ("hub", "live", "serve", "0.0.0.0", 1234)  # noqa: S104


def test_every_exception_of_the_tools_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    tables = re.findall(r"^(?:ignore = \[|\[\S+per-file-ignores\])\n((?:.+\n)+?)(?:\]|\n)", text, re.MULTILINE)
    assert len(tables) == 2
    for table in tables:
        for line in table.splitlines():
            if line.strip(" ]") and not line.endswith("= ["):
                assert "  # " in line, line


# nothing of a machine -------------------------------------------------------------------------------------------------


def test_no_file_tells_of_the_machine_on_which_it_was_made() -> None:
    paths = re.compile(r"/(?:work|farm|root|tmp|home)/[a-z]|\bindex.url\b")
    texts = {path: path.read_bytes() for path in tracked()}
    assert len(texts) > 100
    told = [
        f"{path.relative_to(ROOT)}: {line.strip()[:80]}"
        for path, data in texts.items()
        if b"\0" not in data  # a picture
        for line in data.decode().splitlines()
        if paths.search(line)
    ]
    assert not told
