"""The timeline: what each event did, so that a player shows the card of any moment without knowing what it means."""

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from live import cards, events, replay
from live.replay import PEEK
from tests.stories import Story, a_session
from tests.test_cards import SENT, told


def steps_of(story: Story) -> list[dict[str, Any]]:
    """The steps as a browser reads them."""
    made, after = replay.steps(story.events, cards.empty(story.session))
    assert after == story.folded
    read: list[dict[str, Any]] = json.loads(msgspec.json.encode(made))
    return read


def as_json(card: cards.Card) -> dict[str, Any]:
    """The card as a browser reads it."""
    read: dict[str, Any] = json.loads(msgspec.json.encode(card))
    return read


@given(steps=st.lists(SENT, min_size=1, max_size=40), gaps=st.lists(st.integers(0, 10_000), max_size=40))
def test_the_changes_laid_over_each_other_are_the_card_of_every_moment(
    steps: list[tuple[str, dict[str, object]]], gaps: list[int]
) -> None:
    story = told(steps, gaps)
    shown = as_json(cards.Card(session=story.session))
    folded = cards.empty(story.session)
    for event, step in zip(story.events, steps_of(story), strict=True):
        folded = cards.fold(folded, event)
        shown |= step.get("card", {}) | {"rev": step["seq"]}
        assert shown == as_json(folded.card)


def test_the_signs_of_a_conversation() -> None:
    story = (
        a_session()
        .sends("session.started", user={"name": "Ada"})
        .sends("block.entered", block="welcome")
        .says("Worst service ever! I hate it, awful, useless.")
        .answers("I am sorry.")
        .sends("decision", message="e-4", tools=[{"name": "lookup", "error": "timed out"}, {"name": "other"}])
        .sends("goal.failed", goal="calm")
        .sends("form.submitted", form="signup")
        .sends("data.collected", field="age", value=[7])
        .sends("knowledge.missing", question="When do you open?")
        .helps("Let me help.")
        .falls_silent()
        .is_reviewed()
        .sends("tag.added", tag="vip")
        .sends("session.closed", reason="done")
    )
    made = steps_of(story)
    assert [(step.get("marks", []), step.get("peek", "")) for step in made] == [
        ([], ""),
        (["block"], "welcome"),
        (["user", "turn"], "Worst service ever! I hate it, awful, useless."),
        (["assistant", "unable"], "I am sorry."),
        (["error"], "lookup: timed out"),
        (["goal_failed"], "calm failed"),
        (["form"], "signup submitted"),
        (["data"], "age"),
        (["missing"], "When do you open?"),
        (["operator"], "Let me help."),
        (["idle"], ""),
        (["note"], "reviewed by Rita"),
        ([], "vip"),
        ([], "closed: done"),
    ]
    assert made[7]["data"] == {"age": [7]}
    assert [step["at"] for step in made] == sorted(step["at"] for step in made)


def test_a_long_text_is_cut_for_the_bar() -> None:
    (step,) = steps_of(a_session().says("word " * 6_000))
    assert len(step["peek"]) == PEEK
    assert step["peek"].endswith("…")


def test_what_a_reviewer_does_afterwards_does_not_move_the_clock_of_the_conversation() -> None:
    story = a_session().says("hello").answers("hi").falls_silent().later(86_400)
    story.is_noted("read it").is_reviewed().is_corrected(1, "negative")
    story.happens(events.TagAdded(tag="seen", by="Rita", **story.own_fields()))
    story.happens(events.TagRemoved(tag="seen", by="Rita", **story.own_fields()))
    made = steps_of(story)
    ats = [step["at"] - made[0]["at"] for step in made]
    assert ats == [0, 1_000, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000]
    assert story.sends("tag.added", tag="vip").card.tags == ("vip",)  # the channel's own is a part of it
    assert steps_of(story)[-1]["at"] - made[0]["at"] > 86_400_000


def test_a_note_after_the_clock_was_set_back_stands_at_the_latest_moment_that_was_reached() -> None:
    story = a_session().says("now").says("then", at="2006-11-25T10:00:00Z").is_noted("odd")
    made = steps_of(story)
    assert made[1]["at"] < made[0]["at"] == made[2]["at"]


@given(
    steps=st.lists(SENT, min_size=1, max_size=30),
    gaps=st.lists(st.integers(0, 10_000), max_size=30),
    cut=st.integers(0, 30),
)
def test_it_is_the_same_timeline_in_whatever_slices_it_is_made(
    steps: list[tuple[str, dict[str, object]]], gaps: list[int], cut: int
) -> None:
    """So live, which grows event by event, and a replay, which is read at once, agree."""
    story = told(steps, gaps)
    whole, _ = replay.steps(story.events, cards.empty(story.session))
    first, middle = replay.steps(story.events[:cut], cards.empty(story.session))
    rest, after = replay.steps(story.events[cut:], middle, reached=max((step.at for step in first), default=0))
    assert first + rest == whole
    assert after == story.folded
