"""A filter as one writes it by hand, and back from the address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.pages import expression
from live.pages.asked import Asked, asked
from tests.filters.strategies import queries


def read(query: str) -> Asked:
    """As the list of sessions reads it."""
    return asked(query, kinds={}, sort="recent", limit=200, most=1000)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("channel=web & sentiment=negative", "channel=web&sentiment=negative"),
        ("tag = two words,!trial", "tag=two%20words,!trial"),
        ("messages=>10 & duration=<5m", "messages=%3E10&duration=%3C5m"),
        ("q=50% off", "q=50%25%20off"),
        ("q=+49 171", "q=%2B49%20171"),
        ("tag=a%26b", "tag=a%26b"),
        ("Ada Lovelace", "q=Ada%20Lovelace"),
        ("", ""),
        (" & & ", ""),
    ],
)
def test_what_one_writes_becomes_a_query(text: str, query: str) -> None:
    assert read(expression.query(text)).text == read(query).text


def test_what_is_wrong_is_named_by_the_page_it_leads_to() -> None:
    (flaw,) = read(expression.query("chanel=web")).flaws
    assert "did you mean channel?" in flaw.message


@pytest.mark.parametrize(
    ("text", "field", "instead"),
    [
        ("messages>10", "messages", "write messages=>10"),
        ("duration <= 5m", "duration", "write duration=<=5m"),
        ("sentiment:negative", "sentiment", "write sentiment=negative"),
        ("Sentiment: negative", "sentiment", "write sentiment=negative"),
        ("channel!=web", "channel", "write channel=!web"),
        ("channel != web,sms", "channel", "write channel=!web,!sms"),
        ("not channel=web", "channel", "write channel=!web"),
        ("!channel=web", "channel", "write channel=!web"),
        ("channel=web AND sentiment=negative", "", "channel=web & sentiment=negative"),
        ("channel=web and not tag=vip", "", "channel=web & not tag=vip"),
        ("channel=web or channel=sms", "", "values by commas"),
        ("goal=", "goal", "expected a value"),
        ("goal= , ", "goal", "expected a value"),
        ("nonsense=", "nonsense", "expected a value"),
    ],
)
def test_what_would_be_taken_for_something_else_is_named_with_what_to_write(
    text: str, field: str, instead: str
) -> None:
    (flaw,) = expression.flaws(f"kind=chat & {text}")
    assert flaw.path == field
    assert instead in flaw.message


@pytest.mark.parametrize(
    "text",
    [
        "", "Ada Lovelace", "channel=web & sentiment=negative", "messages=>10", "messages=>=10", "messages==5",
        "duration=1m..5m", "channel=kind:chat", "channel=!web", "goal=failed:demo", "ada@example.org", "web:8f3a",
        "tag=salt and pepper", "to <ada@example.org>", "tag=a=b", "from=2026-11-22T10:00:00Z",
    ],
)  # fmt: skip
def test_what_is_written_as_it_should_be_is_left_alone(text: str) -> None:
    assert expression.flaws(text) == []


@given(st.text(max_size=60))
def test_any_text_can_be_looked_at(text: str) -> None:
    expression.flaws(text)


@given(queries)
def test_the_text_of_an_address_leads_back_to_it(query: str) -> None:
    wanted = read(query)
    assert read(expression.query(expression.text(wanted))).text == wanted.text


@given(st.text(max_size=60))
def test_any_text_is_a_query_that_can_be_read(text: str) -> None:
    read(expression.query(text))


def test_only_what_would_be_misread_stays_encoded() -> None:
    wanted = read("tag=gr%C3%BCn%20%26%20100%25%00")
    assert expression.text(wanted) == "tag=gr%C3%BCn%20%26%20100%25%00"  # it holds what cannot be seen: left as it is
    assert expression.text(read("tag=gr%C3%BCn%20%26%20100%25")) == "tag=grün %26 100%25"
