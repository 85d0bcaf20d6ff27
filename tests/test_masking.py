"""A masked card says what happened, not to whom, nor what was said."""

from typing import Any

import msgspec
import pytest
from hypothesis import given

from live import cards
from live.cards import Card
from live.masking import initials, masked, masked_text
from tests.filters.strategies import sessions
from tests.stories import Story, a_session

STAYS = {
    "session", "rev", "channel", "kind", "status", "agent", "started", "last", "closed", "duration_ms", "active_ms",
    "messages", "sentiment", "goals", "block", "blocks", "exited", "forms", "missing", "tags", "attention",
}  # fmt: skip
CHANGES = {"name", "user", "lead", "attributes", "last_message", "reviewed"}
KNOWN: dict[str, Any] = {
    "id": "u-17-secret",
    "name": "Maria Secret-Konrad",
    "email": "secret@example.org",
    "phone": "+41 79 555 66 77",
}


def a_told_one() -> Story:
    """A session with all that a card can hold."""
    story = a_session().sends(
        "session.started", user=KNOWN, lead="https://crm.example/secret", attributes={"secret name": "secret plan"},
        tags=["vip"], kind="chat", agent={"id": "bot"},
    )  # fmt: skip
    story.says("My secret is that I am furious, terrible!").sends("goal.failed", goal="demo")
    story.sends("form.submitted", form="signup").sends("block.entered", block="start").sends(
        "block.exited", block="start"
    )
    return story.is_reviewed("Secret Rita").says("secret again")


def test_every_field_of_a_card_is_judged() -> None:
    assert set(Card.__struct_fields__) == STAYS | CHANGES, (
        "a new field: does it say who the person is, or what was said?"
    )


def test_nothing_of_the_person_is_left() -> None:
    story = a_told_one()
    whole = masked(story.card)
    text = msgspec.json.encode(whole).decode()
    assert "secret" not in text.lower()
    assert "555" not in text
    assert whole.name == "M. S."
    assert whole.user is None
    assert whole.last_message is not None
    assert story.card.last_message is not None
    assert (whole.last_message.role, whole.last_message.at) == ("user", story.card.last_message.at)
    assert whole.reviewed is not None
    assert (whole.goals, whole.tags, whole.forms) == ({"demo": "failed"}, ("vip",), {"signup": "submitted"})


@given(told=sessions())
def test_what_happened_stays(told: list[Story]) -> None:
    for story in told:
        hidden = masked(story.card)
        for field in STAYS:
            assert getattr(hidden, field) == getattr(story.card, field), field
        text = msgspec.json.encode(story.card).decode()
        assert masked_text(text) == msgspec.json.encode(hidden).decode(), "of the text, the same"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Maria Konrad", "M. K."),
        ("maria da konrad", "M. K."),
        ("Ada", "A."),
        ("  \u201cZo\u00eb\u201d  (\u00d6zg\u00fcr) ", "Z. \u00d6."),
        ("e\u0301milie", "\u00c9."),
        ("\u674e\u5c0f\u9f8d", "\u674e."),
        ("ada@example.org", "A."),
        ("\U0001f98a 17 Ada", "A."),
        ("\u00df", "Ss."),
        ("+41 79 123", ""),
        ("\U0001f98a", ""),
        ("\0", ""),
        ("", ""),
    ],
)
def test_a_name_becomes_initials(name: str, short: str) -> None:
    assert initials(name) == short


@pytest.mark.parametrize(
    "user",
    [None, {"email": "ada@example.org"}, {"phone": "+41 79 123 45 67"}, {"name": "079 123 45 67"}, {"id": "u-1"}],
)
def test_without_a_name_in_letters_it_is_called_as_a_stranger_is(user: dict[str, str] | None) -> None:
    story = a_session("sms:abc-123456").sends("session.started", **({"user": user} if user else {}))
    stranger = a_session("sms:abc-123456").says("hello")
    assert masked(story.card).name == stranger.card.name == "Anonymous 123456"


def test_an_empty_card_can_be_masked() -> None:
    assert masked(cards.empty("web:s-1").card).rev == 0
