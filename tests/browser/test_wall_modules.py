"""The modules that think for the wall, in a real browser: turning, limits, the bell, the last hour as a line."""

from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from live.pages.screen import screen
from tests.browser.test_modules import run
from tests.browser.visits import stranger
from tests.hubs import RunningHub

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

TURNED = """(() => {
  const rotation = new m.Rotation({ seconds: given.seconds, now: 0 });
  return given.steps.map(([act, now, state]) => {
    const usual = { now: now * 1000, stops: 1, pages: 1, alarmed: [], live: true };
    const all = { ...usual, ...state, ready: () => state?.ready ?? true };
    if (act === "hold") rotation.hold(all);
    if (act === "pass") rotation.pass(all);
    const to = act === "tick" ? rotation.tick(all) : act === "by" ? rotation.next({ ...all, by: state.by }) : null;
    const soon = rotation.soon(all);
    if (to) rotation.go(to, { now: all.now });
    return [rotation.stop, rotation.page, soon, rotation.words(all)];
  });
})()"""


@pytest.fixture
async def page(browser: Browser, hub: RunningHub) -> AsyncIterator[Page]:
    """A page that may load the modules."""
    async with stranger(browser) as page:
        await page.goto(f"{hub.url}/signin")
        yield page


@pytest.mark.parametrize("count", [1, 12, 13, 25, 26, 49, 64, 65, 80, 200, 1_000])
async def test_the_density_that_a_wall_begins_with_is_that_of_a_screen_of_1080_lines(page: Page, count: int) -> None:
    board = {"width": 1890, "height": 840, "floor": 1080 / 50, "least": 1080 / 92, "most": 1080 / 20}
    fitted = await run(page, "wall/fit.js", "m.fit(given)", {"count": count, **board})
    assert screen({}).begun(count) == fitted["density"]


async def turned(page: Page, *steps: tuple[Any, ...], seconds: int = 10) -> list[tuple[int, int, int | None, str]]:
    """After each step (what is done, when in s, the state then): list, page, the list wanted soon, words."""
    told = await run(page, "wall/rotation.js", TURNED, {"seconds": seconds, "steps": [list(step) for step in steps]})
    return [tuple(one) for one in told]


async def test_a_wall_of_several_lists_goes_round_when_it_is_time(page: Page) -> None:
    three = {"stops": 3}
    assert await turned(
        page, ("tick", 1, three), ("tick", 6.9, three), ("tick", 7, three), ("tick", 10, three), ("tick", 20, three),
        ("tick", 30, three),
    ) == [
        (0, 0, None, "1 of 3, next in 9 s"),
        (0, 0, None, "1 of 3, next in 4 s"),
        (0, 0, 1, "1 of 3, next in 3 s"),  # asked for before its turn
        (1, 0, 1, "2 of 3, next in 10 s"),
        (2, 0, 2, "3 of 3, next in 10 s"),
        (0, 0, 0, "1 of 3, next in 10 s"),
    ]  # fmt: skip


async def test_the_pages_of_a_list_come_before_the_next_list(page: Page) -> None:
    both = {"stops": 2, "pages": 2}
    assert [step[:2] for step in await turned(
        page, ("tick", 10, both), ("tick", 20, both), ("tick", 30, both), ("by", 31, {**both, "by": -1}),
    )] == [(0, 1), (1, 0), (1, 1), (1, 0)]  # fmt: skip
    fewer = await turned(page, ("tick", 10, {"pages": 3}), ("tick", 20, {"pages": 3}), ("tick", 21, {"pages": 1}))
    assert fewer[-1] == (0, 0, None, "")  # the page that it was on is no more


async def test_a_list_that_is_not_read_yet_keeps_the_wall_waiting(page: Page) -> None:
    unread = {"stops": 2, "ready": False}
    late = await turned(page, ("tick", 10, unread), ("tick", 12, unread), ("tick", 13, {"stops": 2}))
    assert [step[:2] for step in late] == [(0, 0), (0, 0), (1, 0)]
    assert late[1][2:] == (1, "1 of 2, next in 0 s")


async def test_one_that_holds_it_finds_it_there_and_it_goes_on_after_its_whole_time(page: Page) -> None:
    two = {"stops": 2}
    assert await turned(
        page, ("hold", 8, two), ("tick", 60, two), ("hold", 61, two), ("tick", 70, two), ("tick", 71, two),
    ) == [
        (0, 0, None, "1 of 2, held"),
        (0, 0, None, "1 of 2, held"),
        (0, 0, None, "1 of 2, next in 10 s"),
        (0, 0, 1, "1 of 2, next in 1 s"),
        (1, 0, 1, "2 of 2, next in 10 s"),
    ]  # fmt: skip


async def test_it_goes_to_an_alarm_and_stays_until_it_is_over_or_somebody_has_seen_it(page: Page) -> None:
    calm, loud, both = {"stops": 3}, {"stops": 3, "alarmed": [2]}, {"stops": 3, "alarmed": [0, 2]}
    assert await turned(
        page, ("tick", 1, loud), ("tick", 2, loud), ("tick", 99, loud), ("tick", 100, calm), ("tick", 110, calm),
    ) == [
        (2, 0, 2, "3 of 3, next in 10 s"),
        (2, 0, None, "3 of 3, held: alarm"),
        (2, 0, None, "3 of 3, held: alarm"),
        (2, 0, None, "3 of 3, next in 9 s"),
        (0, 0, 0, "1 of 3, next in 10 s"),
    ]  # fmt: skip
    seen = await turned(
        page, ("tick", 1, loud), ("tick", 2, loud), ("pass", 3, loud), ("tick", 4, loud), ("tick", 14, loud),
        ("tick", 15, both), ("tick", 16, both), ("tick", 17, loud), ("tick", 18, calm), ("tick", 19, loud),
    )  # fmt: skip
    assert [step[3] for step in seen] == [
        "3 of 3, next in 10 s",
        "3 of 3, held: alarm",
        "3 of 3, held: alarm",
        "3 of 3, next in 8 s",  # somebody has seen it
        "1 of 3, next in 10 s",
        "1 of 3, held: alarm",  # another one
        "1 of 3, held: alarm",
        "1 of 3, next in 9 s",
        "1 of 3, next in 8 s",  # all is over
        "3 of 3, next in 10 s",  # it begins again
    ]


async def test_a_wall_that_is_not_live_turns_no_further(page: Page) -> None:
    gone = {"stops": 2, "live": False, "alarmed": [1]}
    assert (await turned(page, ("tick", 30, gone)))[0] == (0, 0, None, "1 of 2, held: not live")


async def test_without_a_time_or_with_nothing_to_turn_it_says_nothing(page: Page) -> None:
    assert (await turned(page, ("tick", 99, {"stops": 2}), seconds=0))[0] == (0, 0, None, "")
    assert (await turned(page, ("tick", 99, {"stops": 1})))[0] == (0, 0, None, "")


LEVELS = """(() => {
  const alarms = new m.Alarms(given.limits);
  return given.steps.map(([now, values]) => {
    alarms.take(values, { now });
    const told = m.sentence(alarms.settle({ now }), { title: (total) => `<${total}>`, place: given.place ?? "" });
    return [...Object.keys(given.limits).map((total) => alarms.level(total)), told, alarms.alarmed.join()];
  });
})()"""


async def test_a_limit_is_seen_at_once_and_said_when_it_has_held(page: Page) -> None:
    limits = {"waiting": {"warn": 3, "alarm": 5}}
    steps = [(0, 2), (1_000, 3), (3_999, 4), (4_000, 4), (5_000, 5), (6_000, 4), (7_000, 5), (9_999, 6), (10_000, 7),
             (11_000, 0), (14_000, 0)]  # fmt: skip
    given = {"limits": limits, "steps": [(now, {"waiting": value}) for now, value in steps]}
    assert await run(page, "wall/thresholds.js", LEVELS, given) == [
        ["", "", ""],
        ["warn", "", ""],
        ["warn", "", ""],
        ["warn", "Warning: <waiting> is 4, the limit is 3.", ""],
        ["alarm", "", ""],
        ["warn", "", ""],  # it came and went: nobody is told
        ["alarm", "", ""],
        ["alarm", "", ""],
        ["alarm", "Alarm: <waiting> is 7, the limit is 5.", "waiting"],
        ["", "", "waiting"],
        ["", "<waiting> is 0: all right again.", ""],
    ]


async def test_what_nobody_knows_changes_no_level_and_several_are_said_together(page: Page) -> None:
    given = {
        "limits": {"open": {"alarm": 1}, "missing": {"warn": 2}},
        "place": "Sales",
        "steps": [(0, {"open": 1, "missing": 2}), (3_000, {}), (9_000, {"open": None})],
    }
    assert await run(page, "wall/thresholds.js", LEVELS, given) == [
        ["alarm", "warn", "", ""],
        [
            "alarm",
            "warn",
            "Sales. Alarm: <open> is 1, the limit is 1. Warning: <missing> is 2, the limit is 2.",
            "open",
        ],
        ["alarm", "warn", "", "open"],
    ]


async def test_the_bell_rings_once_for_an_alarm_and_once_a_minute_at_most(page: Page) -> None:
    body = """(() => {
      const bell = new m.Bell();
      return given.map(([second, alarms]) => bell.due(alarms, { now: second * 1000 }));
    })()"""
    steps: list[tuple[int, list[str], bool]] = [
        (0, [], False), (1, ["a"], True), (2, ["a"], False), (3, ["a", "b"], False), (60, ["a", "b"], False),
        (61, ["a", "b"], True), (200, ["a", "b"], False), (201, ["b"], False), (202, ["a", "b"], True),
        (203, [], False), (250, ["c"], False), (251, [], False), (300, [], False),
    ]  # fmt: skip
    rung = await run(page, "wall/bell.js", body, [step[:2] for step in steps])
    assert rung == [step[2] for step in steps]


async def test_the_picture_walks_there_and_back_a_step_a_minute(page: Page) -> None:
    minutes = await run(page, "wall/shift.js", "Array.from({ length: 33 }, (_, n) => m.shifted(n * 60_000 + 1))")
    reach = await run(page, "wall/shift.js", "m.REACH")
    places = [(one["x"], one["y"]) for one in minutes]
    assert places[16:32] == places[:16]
    assert len(set(places)) == 9
    assert all(0 <= x <= reach and 0 <= y <= reach for x, y in places)
    assert {abs(x - a) + abs(y - b) for (x, y), (a, b) in pairwise(places)} == {1}
    assert await run(page, "wall/shift.js", "m.shifted(59_999).x") == 0


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([], ""),
        ([None, None], ""),
        ([None, 3], ""),  # nothing to compare it with
        ([0, 0, 0], "M0 10L10 10L20 10"),  # nothing happened: a line at the bottom
        ([0, 2, 4], "M0 10L10 5L20 0"),
        ([1, None, 2, 2, None], "M0 5h.1M10 0L15 0"),  # a hole where nobody counted; one alone is a dot
        ([None, 3, None, 1, 1], "M5 0h.1M15 6.7L20 6.7"),
    ],
)
async def test_an_hour_is_a_line_from_zero_up_with_holes(page: Page, values: list[int | None], drawn: str) -> None:
    assert await run(page, "wall/totals.js", "m.path(given, { width: 20, height: 10 })", values) == drawn


async def test_totals_are_those_of_the_list_until_the_hub_has_counted(page: Page) -> None:
    body = """(() => {
      const totals = new m.Totals({ id: "t", filter: "kind=x" });
      const counts = { active: 2, inactive: 1, negative: 1 };
      const seen = [totals.values(undefined), totals.values(counts)];
      const asked = [totals.subscription({ offset: 60 }), totals.stale({ offset: 60 }), totals.stale({ offset: 0 })];
      totals.hear({ op: "error", id: "t", code: "store_away" });
      asked.push(totals.stale({ offset: 60 }), totals.hear({ op: "totals", id: "other", now: {} }));
      totals.hear({ op: "totals", id: "t", now: { open: 7 }, trend: { open: [null, 6] } });
      totals.hear({ op: "totals", id: "t", now: { open: 8 } });
      return [seen, asked, totals.values(counts), totals.course("open")];
    })()"""
    seen, asked, values, course = await run(page, "wall/totals.js", body)
    assert seen == [{}, {"open": 3, "active": 2, "inactive": 1, "negative": 1}]
    subscription = {"op": "subscribe", "id": "t", "to": "totals", "filter": "kind=x", "offset": 60}
    assert asked == [subscription, False, True, True, False]
    assert values == {"open": 8}
    assert course == [None, 6, 8]
