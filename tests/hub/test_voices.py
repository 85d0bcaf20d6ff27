"""Which channels have fallen silent."""

from datetime import UTC, datetime, timedelta

from live.hub.voices import MOST, Voices
from live.settings import PerChannel

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def voices(text: str = "30m") -> Voices:
    """With these times."""
    return Voices(PerChannel.read(text))


def test_a_channel_is_silent_after_its_own_time() -> None:
    heard = voices("30m,email=24h")
    heard.hear(["web", "email"], NOW - timedelta(minutes=31))
    assert [(voice.channel, voice.silent) for voice in heard.at(NOW)] == [("email", False), ("web", True)]
    heard.hear(["web"], NOW)
    assert not any(voice.silent for voice in heard.at(NOW))


def test_zero_means_never() -> None:
    heard = voices("0")
    heard.hear(["web"], NOW - timedelta(days=6))
    assert [voice.silent for voice in heard.at(NOW)] == [False]


def test_what_is_heard_late_does_not_make_it_older() -> None:
    heard = voices()
    heard.hear(["web"], NOW)
    heard.hear(["web"], NOW - timedelta(hours=1))
    assert heard.at(NOW)[0].last == NOW


def test_one_that_was_not_heard_for_a_week_is_no_channel() -> None:
    heard = voices()
    heard.hear(["old"], NOW - timedelta(days=8))
    assert heard.at(NOW) == []


def test_of_too_many_those_heard_last_are_told() -> None:
    heard = voices()
    for n in range(MOST + 5):
        heard.hear([f"c-{n}"], NOW - timedelta(seconds=n))
    told = {voice.channel for voice in heard.at(NOW)}
    assert told == {f"c-{n}" for n in range(MOST)}
