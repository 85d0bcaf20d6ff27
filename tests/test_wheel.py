"""The wheel, installed where there is no checkout: it has its pages and its styles with it, and `live up` works."""

import subprocess
import sys
import sysconfig
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest

from tests.hubs import own_environment
from tests.newcomers import Up

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built without a network."""
    place = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(place)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (built,) = place.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment that has the wheel, and borrows what it depends on."""
    place = tmp_path_factory.mktemp("elsewhere") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    (packages,) = place.glob("lib/*/site-packages")
    # a line in a .pth is a place to look; the .pth files in there are not read, so the checkout is out of sight
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(place / "bin" / "python"), "install", "--quiet",
         "--disable-pip-version-check", "--no-index", "--no-deps", str(wheel)],
        check=True,
    )  # fmt: skip
    return place / "bin"


def run(program: Path, *words: str, place: Path) -> str:
    """What it prints, run in a directory that is not the checkout."""
    done = subprocess.run(
        [program, *words], cwd=place, env=own_environment(), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_has_the_package_and_all_of_web_and_nothing_else(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    code = {str(path.relative_to(ROOT)) for path in (ROOT / "live").rglob("*.py")}
    web = {f"live/{path.relative_to(ROOT)}" for path in (ROOT / "web").rglob("*") if path.is_file()}
    assert code
    assert web
    assert names == code | web


def test_the_command_explains_itself(installed: Path, tmp_path: Path) -> None:
    assert "everything on one machine" in run(installed / "live", "--help", place=tmp_path)
    assert run(installed / "live", "config", place=tmp_path).startswith("LIVE_MONGODB_URL")


def test_it_is_the_installed_one_that_runs(installed: Path, tmp_path: Path) -> None:
    where = run(installed / "python", "-c", "from live import app; print(app.web())", place=tmp_path).strip()
    assert Path(where).is_relative_to(installed.parent)
    assert Path(where, "templates", "base.html").is_file()


def test_live_up_shows_its_pages(installed: Path, tmp_path: Path) -> None:
    up = Up(tmp_path / "data", tmp_path / "log", program=[str(installed / "live")])
    try:
        up.ready()
        page = httpx.get(f"{up.url}/signin")
        assert page.status_code == 200
        assert "<form" in page.text
        for style in (ROOT / "web" / "static" / "css").glob("*.css"):
            answer = httpx.get(f"{up.url}/static/css/{style.name}", follow_redirects=True)
            assert answer.status_code == 200, answer.url
            assert answer.text == style.read_text()
        assert up.ctrl_c() == 0
    finally:
        up.process.kill()
        up.process.wait()
