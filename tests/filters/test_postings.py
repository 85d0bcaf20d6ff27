"""The words of many sessions: few, some, many of them said each, and too many words."""

from random import Random

import pytest

from live.filters.bits import slots_of
from live.filters.postings import FEW, Postings

MANY = 40 * FEW
RARITIES = {"always": 1, "often": 2, "some": 25, "seldom": 150, "rare": 900}  # said in one of so many sessions


@pytest.fixture(scope="module")
def said() -> list[set[str]]:
    of = Random(11)
    told = [{word for word, rarity in RARITIES.items() if not of.randrange(rarity)} for _ in range(MANY)]
    told[MANY // 2].add("once")
    for few in told[:3]:
        few.add("early")
    return told


@pytest.mark.parametrize(
    "asked",
    [["once"], ["early"], ["rare"], ["seldom"], ["some"], ["often"], ["always", "often", "some"], ["never"],
     ["often", "never"], ["often", "seldom"], []],
)  # fmt: skip
def test_those_with_all_the_words_are_found_among_those_that_matter(said: list[set[str]], asked: list[str]) -> None:
    postings, odd = Postings(), sum(1 << slot for slot in range(1, MANY, 2))
    for slot, words in enumerate(said):
        postings.add(words, slot)
        if slot % 97 == 0:
            found = slots_of(postings.all_of(asked, (1 << slot + 1) - 1))
            assert found.tolist() == [n for n, theirs in enumerate(said[: slot + 1]) if theirs.issuperset(asked)]
    meant = [n for n, theirs in enumerate(said) if theirs.issuperset(asked)]
    assert slots_of(postings.all_of(asked, (1 << MANY) - 1)).tolist() == meant
    assert slots_of(postings.all_of(asked, odd)).tolist() == [n for n in meant if n % 2]


def test_words_that_come_later_for_earlier_slots_are_found_too(said: list[set[str]]) -> None:
    of, postings = Random(12), Postings()
    pairs = [(slot, word) for slot, words in enumerate(said) for word in sorted(words)]
    of.shuffle(pairs)
    for slot, word in pairs:
        postings.add((word,), slot)
    for word in (*RARITIES, "once", "early"):
        meant = [slot for slot, words in enumerate(said) if word in words]
        assert slots_of(postings.all_of((word,), (1 << MANY) - 1)).tolist() == meant


def test_beyond_its_room_it_knows_nothing_and_says_so() -> None:
    postings = Postings(most=10)
    for slot in range(0, 12, 2):
        postings.add((f"word {slot}", "often"), 1_000 * slot)
    assert not postings.full
    for slot in range(12, 30):
        postings.add((f"word {slot % 3}",), 1_000 * slot)
    assert postings.full
    postings.add(("often",), 99_000)
    assert postings.all_of(("often",), (1 << 100_000) - 1) == 0
