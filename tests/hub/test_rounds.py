"""Whoever has something due gets its turn."""

import asyncio
from itertools import pairwise

import pytest

from live.hub import rounds
from live.hub.rounds import Pace, Rounds

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


def _begun(pace: Pace, *, wanted: list[float], window: float, slack: float) -> list[float]:
    """When rounds end that are wanted at these times."""
    begun, free = [], 0.0
    for when in wanted:
        free = max(free, when)
        begun.append(free)
        free += pace.pause(window, slack=slack, now=free)
    return begun


def test_a_change_now_and_then_waits_for_no_window() -> None:
    now_and_then = [1.0, 1.003, 1.04, 1.05, 1.2]
    assert _begun(Pace(), wanted=now_and_then, window=0.01, slack=0.02) == now_and_then


def test_rounds_that_are_wanted_all_the_time_are_one_a_window_but_for_the_slack() -> None:
    begun = _begun(Pace(), wanted=[1.0] * 100, window=0.01, slack=0.02)
    assert begun[:3] == [1.0, 1.0, 1.0]
    assert [later - one for one, later in pairwise(begun[2:])] == pytest.approx([0.01] * 97)


def test_without_slack_each_waits_for_the_window_of_the_one_before() -> None:
    begun = _begun(Pace(), wanted=[1.0, 1.001, 1.05, 1.051], window=0.03, slack=0.0)
    assert begun == pytest.approx([1.0, 1.03, 1.06, 1.09])
