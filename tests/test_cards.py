"""The fold, as stories and as properties."""

from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from live import behaviour, cards, events, order
from live.events import milliseconds
from tests.stories import Story, a_session

ANGRY = "This is terrible, nothing works and I am very angry!"
HAPPY = "Thank you so much, this is wonderful, I love it!"


def test_the_first_event_opens_the_session() -> None:
    card = a_session("web:8f3a").says("Hello").card
    assert (card.rev, card.status, card.channel, card.started, card.last) == (
        1, "active", "web", "2026-11-23T10:00:00.000Z", "2026-11-23T10:00:00.000Z",
    )  # fmt: skip
    assert card.name == "Anonymous 8f3a"


def test_a_user_is_named_by_what_is_known() -> None:
    story = a_session().sends("session.started", user={"phone": "+41 79 123 45 67"})
    assert story.card.name == "+41 79 123 45 67"
    story.sends("session.updated", user={"email": "ada@example.org"})
    assert story.card.name == "ada@example.org"
    story.sends("session.updated", user={"name": " \u200b"})
    assert story.card.name == "ada@example.org", "nobody could point at the other"
    story.sends("session.updated", user={"name": "Ada"}, lead="crm-7", kind="support", tags=["vip"])
    assert story.card.name == "Ada"
    assert story.card.user == events.User(name="Ada", email="ada@example.org", phone="+41 79 123 45 67")
    assert (story.card.lead, story.card.kind, story.card.tags) == ("crm-7", "support", ("vip",))


def test_messages_are_counted_by_who_spoke() -> None:
    story = a_session().says("Hi").answers("Hello").answers("How can I help?").helps("I am Rita")
    story.sends("message", role="tool", text="{}").sends("message", role="system", text="policy")
    assert story.card.messages == cards.Messages(user=1, assistant=2, operator=1)
    assert story.card.last_message is not None
    assert story.card.last_message.role == "operator"


def test_a_long_last_message_is_cut() -> None:
    story = a_session().says("x" * 5000)
    assert story.card.last_message is not None
    assert len(story.card.last_message.text) == cards.SHORT


def test_silence_resume_and_close() -> None:
    story = a_session().says("Hi").falls_silent()
    assert story.card.status == "inactive"
    story.says("Still there?")
    status: str = story.card.status
    assert status == "active"
    story.sends("session.closed", by="user", reason="done")
    assert (story.card.status, story.card.closed) == ("closed", "2026-11-23T10:00:03.000Z")
    story.answers("One more thing")
    assert (story.card.status, story.card.closed) == ("active", None)


def test_silence_of_a_closed_session_changes_nothing() -> None:
    assert a_session().says("Hi").sends("session.closed").falls_silent().card.status == "closed"


def test_a_reviewers_act_is_no_sign_of_life() -> None:
    story = a_session().says("Hi").falls_silent()
    last, heard = story.card.last, story.folded.memory.heard
    story.is_reviewed()
    story.happens(events.TagAdded(**story.own_fields(), tag="checked", by="Rita"))
    story.happens(events.NoteAdded(**story.own_fields(), text="look", by="Rita"))
    assert (story.card.status, story.card.last, story.folded.memory.heard) == ("inactive", last, heard)
    assert story.card.tags == ("checked",)


def test_a_session_closed_for_silence_did_not_live_longer() -> None:
    story = a_session().says("Hi").later(86_400)
    story.happens(events.SessionClosed(**story.own_fields(), by="system", reason=cards.SILENCE))
    assert story.card.status == "closed"
    assert story.card.duration_ms == 0


def test_active_time_leaves_out_silence() -> None:
    story = a_session().says("Hi").later(9).answers("Hello").later(3600).says("Back again").later(4).answers("Welcome")
    assert story.card.duration_ms == (10 + 3601 + 5) * 1000
    assert story.card.active_ms == (10 + 5) * 1000


def test_a_source_whose_clock_is_ahead_is_taken_at_receipt() -> None:
    story = a_session().says("Hi", at="2031-01-01T00:00:00Z").answers("Hello")
    assert story.card.started == "2026-11-23T10:00:00.000Z"
    assert story.card.last == "2026-11-23T10:00:01.000Z"


def test_events_out_of_clock_order_keep_first_and_last() -> None:
    story = a_session().says("b", at="2026-11-23T09:30:00Z").says("a", at="2026-11-23T09:00:00Z")
    assert (story.card.started, story.card.last) == ("2026-11-23T09:00:00.000Z", "2026-11-23T09:30:00.000Z")
    assert story.card.duration_ms == 30 * 60_000


def test_a_furious_first_message_turns_the_session() -> None:
    story = a_session().answers("Welcome!").says(ANGRY)
    assert story.card.sentiment.label == "negative"
    assert story.card.sentiment.turned_at_seq == 2
    assert story.card.attention == (cards.Attention("turned_negative", 2, "2026-11-23T10:00:01.000Z"),)
    for _ in range(12):
        story.says(HAPPY)
    label: str | None = story.card.sentiment.label
    assert label == "positive"
    assert story.card.sentiment.turned_at_seq is None
    assert "turned_negative" not in story.whys()


def test_only_the_user_has_a_sentiment() -> None:
    assert a_session().answers(ANGRY).helps(ANGRY).card.sentiment == cards.Mood()


def test_the_channels_own_score_is_in_force_and_ours_is_kept() -> None:
    story = a_session().says(HAPPY, sentiment={"label": "negative", "score": -0.9})
    message = story.events[0]
    assert isinstance(message, events.Message)
    assert message.sentiment is not None and message.scored is not None
    assert (message.sentiment.source, message.scored.label) == ("channel", "positive")
    assert story.card.sentiment.label == "negative"


def test_what_cannot_be_scored_is_not_neutral() -> None:
    story = a_session().says("これはひどい、全然動かない")
    message = story.events[0]
    assert isinstance(message, events.Message)
    assert message.sentiment is None
    assert message.scored is not None and not message.scored.supported
    assert story.card.sentiment.label is None


def test_a_correction_moves_the_card() -> None:
    story = a_session().says(ANGRY).says("My order is number 4711").is_corrected(1, "neutral")
    assert story.card.sentiment.label != "negative"
    assert story.card.sentiment.turned_at_seq is None
    assert "turned_negative" not in story.whys()
    assert len(story.card.sentiment.trend) == 2


def test_a_correction_of_a_message_out_of_reach_changes_nothing() -> None:
    story = a_session()
    for n in range(cards.WINDOW + 10):
        story.says(f"{HAPPY} {n}")
    before = story.card.sentiment
    assert story.is_corrected(1, "negative").card.sentiment == before


def test_a_correction_can_score_what_could_not_be() -> None:
    story = a_session().says("これはひどい").is_corrected(1, "negative")
    assert story.card.sentiment.label == "negative"


def test_goals_forms_blocks_and_missing_knowledge() -> None:
    story = a_session().sends("goal.triggered", goal="demo").sends("goal.failed", goal="signup")
    story.sends("form.shown", form="f").sends("form.abandoned", form="f", field="email")
    story.sends("block.entered", block="welcome").sends("block.entered", block="pricing").sends(
        "block.exited", block="welcome"
    )
    story.sends("knowledge.missing", question="Why?").sends("knowledge.missing", question="How?")
    card = story.card
    assert card.goals == {"demo": "triggered", "signup": "failed"}
    assert card.forms == {"f": "abandoned"}
    assert (card.block, card.blocks, card.exited) == ("pricing", ("welcome", "pricing"), ("welcome",))
    assert card.missing == 2
    assert story.whys() == ["unanswered", "goal_failed"]
    story.sends("goal.completed", goal="signup").sends("block.exited", block="pricing")
    assert (story.card.block, story.whys()) == (None, ["unanswered"])


def test_tool_errors_settle_when_the_tool_works_again() -> None:
    story = a_session().says("Hi").answers("One moment", id="a-1")
    story.sends("decision", message="a-1", tools=[{"name": "crm", "error": "timeout"}])
    assert story.whys() == ["tool_error"]
    story.sends("decision", message="a-1", rationale="no tools").sends(
        "decision", message="a-1", tools=[{"name": "crm", "result": 1}]
    )
    assert story.whys() == []


def test_behaviour_is_named_beside_the_tone() -> None:
    story = a_session().says("Where is my order number 4711 please")
    story.answers("I am sorry, I could not find it").says("where is my order, number 4711, please?")
    assert story.whys() == ["repeated"]
    story.answers("I apologize, something went wrong").says("Can I speak to a human?")
    assert story.whys() == ["asks_human", "repeated", "agent_failed"]
    story.helps("Rita here, I have it in front of me")
    assert story.whys() == []


def test_a_user_who_waits_is_seen_until_somebody_answers() -> None:
    story = a_session().says("Hello?").later(60).waits(1)
    assert story.card.attention == (cards.Attention("waiting", 1, "2026-11-23T10:00:00.000Z"),)
    assert story.answers("Sorry, here I am").whys() == []
    assert story.waits(1).whys() == []


def test_review_clears_the_reasons_to_look() -> None:
    story = a_session().says(ANGRY).is_reviewed()
    assert story.card.reviewed == cards.Reviewed("Rita", "2026-11-23T10:00:01.000Z")
    assert story.whys() == []


def test_urgency_orders_by_need_then_by_wait() -> None:
    calm, angry, human = (
        a_session().says("Hi").card,
        a_session().says(ANGRY).card,
        a_session().says("I want a human").card,
    )
    assert cards.urgency(calm) == (0, "")
    assert cards.urgency(human)[0] > cards.urgency(angry)[0] > 0


def test_everything_on_a_card_is_bounded() -> None:
    story = a_session()
    for n in range(cards.MAX_NAMES + 20):
        story.sends("block.entered", block=f"b{n}").sends("goal.triggered", goal=f"g{n}").sends(
            "tag.added", tag=f"t{n}"
        )
        story.says(" ".join(f"word{n}x{k}" for k in range(20)))
    card = story.card
    assert len(card.blocks) == len(card.goals) == len(card.tags) == cards.MAX_NAMES
    assert card.block == f"b{cards.MAX_NAMES + 19}"
    assert len(story.folded.words) == 1_000
    assert len(card.sentiment.trend) <= cards.TREND
    assert len(story.folded.memory.marks) <= cards.WINDOW
    assert len(story.folded.memory.asked) <= cards.RECENT


HUMAN = "I want a human"
GOAL_STATES = st.sampled_from(["triggered", "completed", "failed"])
FORM_STATES = st.sampled_from(["shown", "submitted", "abandoned"])
NAMES = st.sampled_from(["a", "b", "välkommen", "🙂", "x y"])
SENT = st.one_of(
    st.builds(
        lambda text, role: ("message", {"role": role, "text": text}),
        st.text(max_size=60),
        st.sampled_from(["user", "assistant", "operator", "tool", "system"]),
    ),
    st.builds(lambda t: ("message", {"role": "user", "text": t}), st.sampled_from([ANGRY, HAPPY, HUMAN, "sorry"])),
    st.builds(lambda n, state: (f"goal.{state}", {"goal": n}), NAMES, GOAL_STATES),
    st.builds(lambda n, state: (f"form.{state}", {"form": n}), NAMES, FORM_STATES),
    st.builds(lambda n, kind: (kind, {"block": n}), NAMES, st.sampled_from(["block.entered", "block.exited"])),
    st.builds(lambda n, kind: (kind, {"tag": n}), NAMES, st.sampled_from(["tag.added", "tag.removed"])),
    st.builds(lambda q: ("knowledge.missing", {"question": q}), st.text(max_size=20)),
    st.builds(
        lambda e: ("decision", {"message": "m", "tools": [{"name": "t", **e}]}), st.sampled_from([{}, {"error": "x"}])
    ),
    st.sampled_from([("session.closed", {}), ("session.started", {"user": {"name": "Ada"}})]),
    st.sampled_from([("data.collected", {"field": "f", "value": [1, {"a": None}]})]),
    st.sampled_from([("silent", {}), ("reviewed", {}), ("corrected", {}), ("waits", {})]),
)  # fmt: skip


def told(steps: list[tuple[str, dict[str, object]]], gaps: list[int]) -> Story:
    """A session in which all this happens."""
    story = a_session()
    for (kind, fields), gap in zip(steps, gaps + [0] * len(steps), strict=False):
        story.later(gap)
        match kind:
            case "silent":
                story.falls_silent()
            case "reviewed":
                story.is_reviewed()
            case "corrected":
                story.is_corrected(max(1, len(story.events) // 2), "negative")
            case "waits":
                story.waits(max(1, len(story.events)))
            case _:
                story.sends(kind, **fields)
    return story


@given(steps=st.lists(SENT, max_size=40), gaps=st.lists(st.integers(0, 10_000), max_size=40))
def test_the_fold_is_total_and_the_stored_fold_equals_the_live_one(
    steps: list[tuple[str, dict[str, object]]], gaps: list[int]
) -> None:
    story = told(steps, gaps)
    stored = [
        events.decode_stored(events.wire(e.seq or 0, events.encode(msgspec.structs.replace(e, seq=None))))
        for e in story.events
    ]
    assert stored == story.events
    half = len(stored) // 2
    again = cards.fold_all(cards.fold_all(cards.empty(story.session), stored[:half]), stored[half:])
    assert again == story.folded
    card = again.card
    assert card.rev == len(stored)
    assert card.duration_ms >= card.active_ms >= 0
    assert (card.closed is not None) == (card.status == "closed")
    assert msgspec.json.decode(msgspec.json.encode(card), type=cards.Card) == card
    assert msgspec.json.decode(msgspec.json.encode(again.memory), type=cards.Memory) == again.memory


def test_every_event_type_has_a_fold() -> None:
    assert {cls.__struct_config__.tag for cls in cards._HANDLERS} == events.CHANNEL_TYPES | events.HUB_TYPES


@given(at=st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001 - Hypothesis wants them so
def test_a_source_may_say_any_time(at: datetime) -> None:
    story = a_session().says("Hello", at=at.isoformat()).answers("Hi", at=at.isoformat())
    assert story.card.started <= story.card.last <= events.stamp(story.now)
    assert order.keys(story.card)["started"] >= -milliseconds(events.stamp(story.now))
    assert datetime.fromisoformat(story.card.started).tzinfo is not None


SIGNS = [
    "I want to speak to a human",
    "can I talk with a real person please",
    "get me your manager",
    "Agent!",
    "live agent",
]
SORRIES = [
    "I can’t help you with that",
    "Sorry!",
    "I do not understand",
    "we couldn't find it",
    "Something went wrong",
]


@given(before=st.text(max_size=30), after=st.text(max_size=30), big=st.booleans())
def test_no_sign_of_trouble_is_passed_over_for_speed(before: str, after: str, *, big: bool) -> None:
    for texts, pattern, asks in (
        (SIGNS, behaviour._HUMAN, behaviour.asks_for_human),
        (SORRIES, behaviour._SORRY, behaviour.fails),
    ):
        for text in texts:
            said = f"{before} {text} {after}"
            said = said.upper() if big else said
            assert asks(said) == (pattern.search(said[:600].replace("’", "'")) is not None)
        assert asks(texts[0])
