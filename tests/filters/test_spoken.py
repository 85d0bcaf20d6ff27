"""What was said in sessions that change and go is found where they are now, whether it is kept by word or not."""

from random import Random

import pytest

from live.filters.bits import slots_of
from live.filters.postings import Postings
from live.filters.spoken import Spoken

WORDS = [f"w{n}" for n in range(12)]


@pytest.mark.parametrize("most", [100_000, 40, 0])
def test_a_session_that_changed_is_found_by_all_its_words_in_its_new_slot(most: int) -> None:
    of, spoken = Random(most), Spoken(Postings(most=most))
    there: dict[int, tuple[int, frozenset[str]]] = {}  # by session: slot, words
    for slot in range(1_500):
        session = of.randrange(200)
        before, said = there.get(session, (None, frozenset[str]()))
        match of.randrange(5):
            case 0:
                pass  # a tag, say
            case 1 if before is not None:
                said = frozenset(of.sample(WORDS, 2))  # another fold: not all that was known
            case 2 if before is not None:
                spoken.drop(before)  # it went, and comes anew
                before, said = None, frozenset()
            case _:
                said |= frozenset(of.sample(WORDS, 2))
        spoken.add(said, slot, before=before)
        there[session] = slot, said
        if slot % 50 == 0:
            gone = of.choice(list(there))
            spoken.drop(there.pop(gone)[0])
        if slot % 30 == 0:
            among = sum(1 << one for one, _ in there.values())
            for asked in (WORDS[:1], WORDS[3:5], ["never"], [WORDS[0], "never"], []):
                found = slots_of(spoken.all_of(frozenset(asked), among)).tolist()
                assert found == sorted(one for one, words in there.values() if words.issuperset(asked)), (slot, asked)
