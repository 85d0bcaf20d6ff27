"""The engine reads what VADER reads, within its limits."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live.vader import MAX_TOKENS, MAX_WORDS, Engine, engine

WORDS = st.sampled_from(
    [
        "good",
        "bad",
        "GREAT",
        "terrible",
        "not",
        "never",
        "so",
        "this",
        "without",
        "doubt",
        "least",
        "at",
        "very",
        "kind",
        "of",
        "but",
        "no",
        "or",
        "nor",
        "the",
        "shit",
        "bad",
        "ass",
        "love",
        "hate",
        "really",
        "kinda",
        "sort",
        "it",
        "is",
        "was",
        "hardly",
        "don't",
        "isn't",
        "yeah",
        "right",
        "happy!",
        "sad?",
        ":)",
        ">:(",
        "😡",
        "TERRIBLE",
        "hand",
        "to",
        "mouth",
        "die",
        "for",
    ]
)


@pytest.fixture(scope="module")
def plain() -> Any:
    """VADER with the same lexicon and its own way through a text; emoji are words to it, too."""
    analyzer = Engine().analyzer
    analyzer.emojis = {}
    return analyzer


@given(words=st.lists(WORDS, max_size=MAX_TOKENS))
@settings(max_examples=300, deadline=None)
def test_the_short_way_finds_what_vaders_own_finds(plain: Any, words: list[str]) -> None:
    heard = engine().hear(" ".join(words))
    assert engine().weigh(heard).compound == plain.polarity_scores(heard.text)["compound"]


@given(st.text(st.sampled_from("a 😡é@.\n"), max_size=12), st.integers(1, 500))
@settings(deadline=None)
def test_never_more_words_are_read_than_the_limit(part: str, times: int) -> None:
    assert len(engine().hear(part * times).words) <= MAX_TOKENS


def test_a_long_text_is_read_from_both_ends() -> None:
    words = engine().hear("one " * 40 + "two " * 40 + "three " * 40).words
    assert words == ["one"] * 32 + ["three"] * 32


def test_the_heaviest_words_are_named_once() -> None:
    reading = engine().weigh(engine().hear("Bad, sad, mad, awful, ugly, horrible! AWFUL :( but good"))
    assert len(reading.words) == MAX_WORDS == len(set(reading.words))
    assert "awful" in reading.words
    assert reading.bad > reading.good > 0


def test_emoji_are_words() -> None:
    assert engine().hear("no👍🏽👍❤️ok").words == ["no", "👍", "👍", "❤", "ok"]
    assert engine().weigh(engine().hear("💔")).compound < 0 < engine().weigh(engine().hear("😍")).compound
    assert engine().weigh(engine().hear("🎲 📦 🛑")).words == ()


def test_phones_write_apostrophes_that_count() -> None:
    assert engine().hear("I don\u2019t — really…").words == ["i", "don't", "-", "really"]
