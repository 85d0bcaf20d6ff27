"""What a wall's address asks for besides the list."""

import pytest

from live import saved
from live.pages import screen as wall
from live.pages import sessions
from live.pages.screen import MAX_NAME, MAX_VIEWS, Limit, Screen, screen


def test_nothing_asked_is_the_usual() -> None:
    assert screen({}) == Screen()


@pytest.mark.parametrize(
    ("count", "density"),
    [(0, "roomy"), (12, "roomy"), (13, "normal"), (64, "compact"), (65, "dense"), (1_000, "dense")],
)
def test_until_the_page_has_measured_its_room_many_tiles_are_small(count: int, density: str) -> None:
    assert screen({}).begun(count) == density
    assert screen({"density": "normal"}).begun(count) == "normal"


def test_all_of_it() -> None:
    asked = {
        "name": "Night shift",
        "theme": "dark",
        "density": "compact",
        "rotate": "20",
        "views": "ab, cd,,ab",
        "sound": "on",
        "kiosk": "true",
        "warn.waiting": "3",
        "alarm.waiting": "10",
        "alarm.missing": "1",
    }
    found = screen(asked)
    assert found.flaws == ()
    assert found == Screen(
        name="Night shift",
        theme="dark",
        density="compact",
        rotate=20,
        views=("ab", "cd"),
        sound=True,
        kiosk=True,
        limits={"waiting": Limit(3, 10), "missing": Limit(None, 1)},
    )
    assert found.told == {"waiting": {"warn": 3, "alarm": 10}, "missing": {"alarm": 1}}


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("density", "dens", "(did you mean dense?)"),
        ("theme", "drak", "(did you mean dark?)"),
        ("rotate", "2", "expected a whole number from 5 to 3,600, got '2'"),
        ("rotate", "soon", "got 'soon'"),
        ("warn.waiting", "-1", "from 1 to 1,000,000, got '-1'"),
        ("alarm.waitng", "3", "no such total (did you mean waiting?); there are open, active"),
        ("alarm.waiting", "²", "got '²'"),
        ("name", "x" * (MAX_NAME + 1), "at most 80 characters, got 81"),
        ("views", ",".join(map(str, range(MAX_VIEWS + 1))), "at most 12 views, got 13"),
        ("sound", "loud", "expected off or on, got 'loud'"),
        ("kiosk", "yes", "expected false or true, got 'yes'"),
    ],
)
def test_what_is_wrong_is_named_and_the_usual_holds(name: str, value: str, says: str) -> None:
    found = screen({name: value})
    (flaw,) = found.flaws
    assert flaw.path == name
    assert says in flaw.message
    assert found.limits == {}
    assert (found.density, found.rotate, found.sound, found.kiosk) == ("auto", 0, False, False)


def test_what_pages_read_is_what_views_may_hold() -> None:
    """A saved view tells what of it is gone: what a page reads is not."""
    assert {*saved.LIST, *wall.OWN} == set(saved.OWN["wall"])
    assert {*saved.LIST, *sessions.OWN} == set(saved.OWN["sessions"])
