"""The lookup finds what was said on the board, however often it is asked and whatever changes between."""

from random import Random

from live import filters
from live.hub.board import Board
from live.hub.lookup import Lookup
from tests.hub.test_walk import puts
from tests.stories import a_session

WORDS = ("order", "refund", "terrible", "thanks", "invoice")
ASKED = (
    "text=order",
    "text=!order",
    "text=order refund",
    "tag=vip&text=thanks",
    "text=nothing",
    "text=invoice,terrible",
)


def test_what_was_said_is_found_again_and_again() -> None:
    of, board = Random(5), Board()
    lookup, told = Lookup(board), [a_session(f"web:s-{n}") for n in range(60)]
    for turn in range(400):
        story = of.choice(told)
        match of.randrange(8):
            case 0:
                story.sends("tag.added", tag="vip")
            case 1:
                board.erase(story.session)
                told.remove(story)
                story = a_session(story.session).says("anew")
                told.append(story)
            case _:
                story.says(" ".join(of.sample(WORDS, 2)))
        puts(board, story.folded)
        if turn % 7 == 0:
            for query in ASKED:
                wanted = filters.parse(query)
                meant = {session for session, entry in board.entries.items() if wanted.matches(entry.facts)}
                assert set(lookup.find(wanted).sessions()) == meant, (turn, query)
