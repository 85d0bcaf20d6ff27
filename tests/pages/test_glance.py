"""What a card says of itself at a glance: how long ago, and for how long."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from live.cards import Card
from live.pages import glance

LAST = 1_795_255_500_000  # 2026-11-21T10:05:00Z
MINUTE, HOUR, DAY, YEAR = 60_000, 3_600_000, 86_400_000, 365 * 86_400_000


def seen(after: int, **changes: Any) -> dict[str, Any]:
    """A card that began two minutes before its last event, seen some time after that."""
    started, last = "2026-11-21T10:03:00.000Z", "2026-11-21T10:05:00.000Z"
    card = Card(session="web:1", channel="web", name="Ada", started=started, last=last, duration_ms=2 * MINUTE)
    return glance.glance(msgspec.to_builtins(card) | changes, now=LAST + after)


def test_only_who_has_no_name_at_all_is_a_stranger_and_known_by_the_end_of_the_id() -> None:
    named = {"session": "web:visit-940ebb", "name": "Anonymous 940ebb"}
    assert (seen(0, **named)["stranger"], seen(0, **named)["short"]) == ("yes", "#940ebb")
    assert seen(0, **named | {"name": "A. L."})["stranger"] is None, "masked: there is no user, and yet a name"


def test_the_moment_is_the_one_that_is_meant() -> None:
    assert datetime.fromtimestamp(LAST / 1_000, UTC).isoformat() == "2026-11-21T10:05:00+00:00"


def test_a_session_goes_on_while_it_is_active_and_something_happened_lately() -> None:
    assert (seen(MINUTE)["lasts"], seen(MINUTE)["tick"]) == ("3:00", "lasts")
    assert (seen(5 * MINUTE - 1)["lasts"], seen(5 * MINUTE - 1)["tick"]) == ("6:59", "lasts")


def test_else_it_lasts_as_long_as_its_card_says() -> None:
    for card in (
        seen(5 * MINUTE),
        seen(DAY),
        seen(MINUTE, status="inactive"),
        seen(MINUTE, status="closed"),
        seen(9 * YEAR),
    ):
        assert (card["lasts"], card["tick"]) == ("2:00", None)


def test_a_clock_that_is_behind_makes_nothing_shorter() -> None:
    assert seen(-HOUR)["lasts"] == "2:00"


@pytest.mark.parametrize(
    ("ms", "since", "long"),
    [
        (0, "now", "0:00"),
        (59_999, "59 s", "0:59"),
        (HOUR, "1 h", "1:00:00"),
        (DAY, "1 d", "1 d 0 h"),
        (100 * DAY, "100 d", "100 d"),
        (2 * YEAR - 1, "729 d", "729 d"),
        (2 * YEAR, "2 y", "2 y"),
        (2_372 * DAY, "6 y", "6 y"),
    ],
)
def test_times_are_short_however_long(ms: int, since: str, long: str) -> None:
    assert (glance.ago(ms), glance.elapsed(ms)) == (since, long)
