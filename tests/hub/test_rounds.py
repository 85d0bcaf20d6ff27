"""Whoever has something due gets its turn."""

import asyncio

import pytest

from live.hub import rounds
from live.hub.rounds import Rounds

pytestmark = pytest.mark.anyio


class Guest:
    """Remembers its turns."""

    def __init__(self, turns: list["Guest"], *, long: bool = False) -> None:
        self.turns, self.long = turns, long

    def advance(self) -> None:
        self.turns.append(self)
        end = asyncio.get_running_loop().time() + (2 * rounds.SLICE if self.long else 0)
        while asyncio.get_running_loop().time() < end:
            pass


async def test_each_has_one_turn_in_order_however_often_it_is_due() -> None:
    served: list[Guest] = []
    these = [Guest(served) for _ in range(5)]
    serving = Rounds()
    for guest in [*these, *these]:
        serving.add(guest)
    assert served == []
    await asyncio.sleep(0)
    assert served == these
    serving.add(these[3])
    await asyncio.sleep(0)
    assert served == [*these, these[3]]


async def test_between_two_slices_others_have_their_turn() -> None:
    served: list[Guest] = []
    serving = Rounds()
    for _ in range(3):
        serving.add(Guest(served, long=True))
    seen = []
    while len(served) < 3:
        await asyncio.sleep(0)
        seen.append(len(served))
    assert seen == [1, 2, 3]


async def test_one_that_fails_holds_back_nobody() -> None:
    served: list[Guest] = []

    class Failing(Guest):
        def advance(self) -> None:
            super().advance()
            raise RuntimeError("of the test")

    serving, failed = Rounds(), []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: failed.append(context["exception"]))
    for guest in (Failing(served), Guest(served), Failing(served), Guest(served)):
        serving.add(guest)
    async with asyncio.timeout(5):
        while len(served) < 4:
            await asyncio.sleep(0)
    assert [str(error) for error in failed] == ["of the test", "of the test"]
