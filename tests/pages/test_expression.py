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
