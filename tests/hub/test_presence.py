"""What time alone does, with a hand clock."""

from live import cards, events
from live.hub.presence import Presence, Times
from live.settings import PerChannel
from tests.stories import START, Story, a_session

TIMES = Times(
    inactive_after=PerChannel.read("5m,sms=30m"),
    close_after=PerChannel.read("24h"),
    waiting_after=PerChannel.read("60s,email=4h"),
)
T0 = round(START.timestamp() * 1000)


def owed(story: Story, seconds: float) -> list[str]:
    """The types of what is due so long after the start."""
    return [events.type_of(event) for event in TIMES.owed(story.folded, T0 + round(seconds * 1000))]


def test_an_active_session_becomes_inactive_at_its_time_and_not_before() -> None:
    story = a_session().answers("Hello, how can I help?")
    assert owed(story, 299.9) == []
    (idle,) = TIMES.owed(story.folded, T0 + 300_000)
    assert idle.at == "2026-11-23T10:05:00.000Z"
    assert idle.id == f"hub-idle-{T0}"


def test_times_are_the_channels() -> None:
    story = a_session("sms:1").answers("Hello")
    assert owed(story, 1799) == []
    assert owed(story, 1800) == ["session.idle"]


def test_a_user_without_an_answer_waits_first_then_falls_silent_then_is_closed() -> None:
    story = a_session().says("Hello?")
    assert owed(story, 60) == ["session.waiting"]
    assert owed(story, 300) == ["session.waiting", "session.idle"]
    assert owed(story, 86_400) == ["session.waiting", "session.idle", "session.closed"]


def test_what_is_written_is_owed_no_more() -> None:
    story = a_session().says("Hello?").later(60).waits(1)
    assert owed(story, 100) == []
    story.falls_silent()
    assert owed(story, 400) == []
    assert owed(story, 86_400) == ["session.closed"]
    story.happens(TIMES.owed(story.folded, T0 + 86_400_000)[0])
    assert story.card.status == "closed"
    assert owed(story, 10**9) == []


def test_silence_counts_from_receipt_whatever_the_source_says() -> None:
    assert owed(a_session().answers("Hello", at="2019-01-01T00:00:00Z"), 299) == []


def test_a_reviewers_note_does_not_put_silence_off() -> None:
    story = a_session().answers("Hello").later(200)
    story.happens(events.NoteAdded(**story.own_fields(), text="look", by="Rita"))
    assert owed(story, 300) == ["session.idle"]


def test_nothing_is_owed_before_the_first_event() -> None:
    assert TIMES.owed(cards.empty("web:x"), 10**15) == []


def test_the_queue_looks_again_when_the_old_time_comes() -> None:
    presence = Presence(TIMES)
    story = a_session().answers("Hello")
    presence.see(story.folded)
    assert presence.next() == T0 + 300_000
    story.later(100).answers("Are you there?")
    presence.see(story.folded)  # later than planned: costs nothing
    assert list(presence.pop(T0 + 299_999)) == []
    assert list(presence.pop(T0 + 300_000)) == ["web:s-1"]
    presence.see(story.folded)
    assert list(presence.pop(T0 + 400_999)) == []
    assert list(presence.pop(T0 + 401_000)) == ["web:s-1"]
    assert presence.next() is None


def test_an_earlier_moment_replaces_the_planned_one() -> None:
    presence = Presence(TIMES)
    story = a_session().answers("Hello")
    presence.see(story.folded)
    story.says("A question")
    presence.see(story.folded)
    assert list(presence.pop(T0 + 61_000)) == ["web:s-1"]
    presence.again("web:s-1", T0 + 70_000)
    presence.see(story.folded)
    assert list(presence.pop(T0 + 62_000)) == ["web:s-1"]
    assert list(presence.pop(T0 + 10**9)) == []
