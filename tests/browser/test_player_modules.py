"""What of the player thinks and never touches the page: its timeline, its scale of time, its clock."""

import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.browser.test_modules import run
from tests.browser.visits import stranger
from tests.hubs import RunningHub

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PLAYED = """(() => {
  const { track: { Track }, player: { Player } } = m;
  const track = new Track({ blank: { status: "active" } });
  track.add(given.times.map((at, n) => ({ seq: n + 1, at, marks: given.marks?.[n] ?? [], card: { last: at } })));
  const player = new Player({ track, skip: given.skip ?? false });
  const told = [];
  for (const [act, ...values] of given.acts) {
    if (act) player[act](...values);
    told.push([player.edge, player.playing, player.here, Math.round(player.ms), Math.round(player.progress.at)]);
  }
  return told;
})()"""


@pytest.fixture
async def page(browser: Browser, hub: RunningHub) -> AsyncIterator[Page]:
    """A page that may load the modules."""
    async with stranger(browser) as page:
        await page.goto(f"{hub.url}/signin")
        yield page


async def play(page: Page, **given: Any) -> list[list[Any]]:
    """What the clock says after each act: at the edge?, playing?, event, ms, ms as played."""
    body = f"""(async () => {{
      const at = (name) => import(`/static/js/session/${{name}}.js`);
      const m = {{ track: await at("track"), player: await at("player") }};
      return {PLAYED};
    }})()"""
    told: list[list[Any]] = await page.evaluate(f"(given) => {body}", given)
    return told


async def test_the_state_of_any_moment_is_the_changes_until_then(page: Page) -> None:
    rng = random.Random(4)
    steps: list[dict[str, Any]] = []
    for seq in range(1, 301):
        data = {rng.choice("abc"): seq} if rng.random() < 0.3 else {}
        steps.append({"seq": seq, "at": 1_000 * seq, "card": {rng.choice("xyz"): seq}, "data": data})
    body = """(() => {
      const track = new m.Track({ blank: { x: 0, y: 0, z: 0 } });
      const parts = [[0, 90], [40, 200], [250], [200]].map((ends) => given.slice(...ends));
      const grew = parts.map((part) => track.add(part));
      const states = [300, 1, 64, 65, 63, 200, 128, 0].map((seq) => [seq, track.state(seq)]);
      return { grew, states, length: track.length };
    })()"""
    told = await run(page, "session/track.js", body, steps)
    assert told["grew"] == [True, True, False, True]  # what does not follow on is not taken
    assert told["length"] == 300
    for seq, state in told["states"]:
        card: dict[str, Any] = {"x": 0, "y": 0, "z": 0}
        collected: dict[str, Any] = {}
        for step in steps[:seq]:
            card |= step["card"]
            collected |= {field: {"value": value, "seq": step["seq"]} for field, value in step["data"].items()}
        assert state == {"card": card | ({"rev": seq} if seq else {}), "collected": collected}


async def test_the_order_of_truth_is_that_of_seq(page: Page) -> None:
    """Clocks may go back; the timeline does not."""
    times = [5_000, 9_000, 2_000, 9_000, 30_000]
    body = """(() => {
      const track = new m.Track({ blank: {} });
      track.add(given.map((at, n) => ({ seq: n + 1, at })));
      return [track.times, [-1, 0, 3999, 4000, 24999, 25000, 1e12].map((ms) => track.seqAt(ms))];
    })()"""
    assert await run(page, "session/track.js", body, times) == [[0, 4_000, 4_000, 4_000, 25_000], [1, 1, 1, 4, 4, 5, 5]]


async def test_pauses_are_cut_where_idle_is_skipped_and_true_else(page: Page) -> None:
    twenty_years = 20 * 365 * 86_400_000
    times = [0, 5_000, 65_000, 66_000, 66_000 + twenty_years]
    body = """given.map(([times, skip]) => {
      const scale = new m.Scale(times, { skip });
      return [scale.at, scale.pauses(60000).map(({ seq, ms }) => [seq, ms])];
    })"""
    skipped, whole, flat = await run(page, "session/scale.js", body, [[times, True], [times, False], [[0, 0, 0], True]])
    assert skipped == [[0, 5_000, 7_000, 8_000, 10_000], [[2, 60_000], [4, twenty_years]]]
    assert whole == [times, [[2, 60_000], [4, twenty_years]]]
    assert flat == [[0, 1_000, 2_000], []]  # all at one time: drawn by their order


async def test_every_moment_leads_to_its_place_and_back(page: Page) -> None:
    times = [0, 100, 100, 40_000, 41_000, 400_000]
    body = """(() => {
      const scale = new m.Scale(given, { skip: true });
      return Array.from({ length: 401 }, (_, n) => n * 1000).map((ms) => {
        const { ms: back, seq } = scale.moment(scale.played(ms));
        return [ms, back, seq];
      });
    })()"""
    for ms, back, seq in await run(page, "session/scale.js", body, times):
        assert abs(ms - back) < 1
        assert abs(seq - sum(time <= ms for time in times)) <= (1 if ms in times else 0)


async def test_space_plays_a_closed_session_from_its_start_to_its_end(page: Page) -> None:
    told = await play(page, times=[0, 1_000, 2_000], acts=[
        [], ["toggle", {"running": False}], ["tick", 500], ["tick", 600], ["toggle", {"running": False}],
        ["tick", 9_000], ["toggle", {"running": False}], ["tick", 950],
    ])  # fmt: skip
    assert told == [
        [True, False, 3, 0, 2_000],
        [False, True, 1, 0, 0],
        [False, True, 1, 500, 500],
        [False, True, 2, 1_100, 1_100],
        [False, False, 2, 1_100, 1_100],
        [False, False, 2, 1_100, 1_100],  # held: time passes without it
        [False, True, 2, 1_100, 1_100],
        [True, False, 3, 1_100, 2_000],  # caught up
    ]


async def test_space_holds_a_session_that_goes_on(page: Page) -> None:
    told = await play(page, times=[0, 1_000], acts=[["toggle", {"running": True}], ["step", -1], ["toEdge"]])
    assert [one[:3] for one in told] == [[False, False, 2], [False, False, 1], [True, False, 2]]


async def test_steps_marks_parts_speed_and_a_loop(page: Page) -> None:
    marks = [["user"], [], ["goal"], ["user", "turn"], []]
    told = await play(page, times=[0, 1_000, 2_000, 3_000, 4_000], marks=marks, acts=[
        ["toPart", 0.5], ["step", 1], ["step", 9], ["step", -9], ["skipBy", 2_000], ["skipBy", -5_000],
        ["faster", 1], ["faster", 1], ["turnLoop"], ["skipBy", 1_000], ["turnLoop"], ["tick", 100], ["tick", 200],
        ["turnLoop"], ["tick", 1_000],
    ])  # fmt: skip
    assert [(one[2], one[4]) for one in told[:6]] == [(3, 2_000), (4, 3_000), (5, 4_000), (1, 0), (3, 2_000), (1, 0)]
    assert told[10] == [False, True, 1, 0, 0]  # the loop begins
    assert told[11] == [False, True, 1, 400, 400]  # at 4 times
    assert told[12] == [False, True, 1, 0, 0]  # its end leads back to its start
    assert told[14] == [True, False, 5, 0, 4_000]  # ended, it plays on


async def test_a_loop_just_made_holds_whatever_its_times(page: Page) -> None:
    rng = random.Random(9)
    body = """(async () => {
      const at = (name) => import(`/static/js/session/${name}.js`);
      const { Track } = await at("track");
      const { Player } = await at("player");
      return given.map(({ times, from, to, skip }) => {
        const track = new Track({ blank: { status: "closed" } });
        track.add(times.map((at, n) => ({ seq: n + 1, at, card: {} })));
        const player = new Player({ track, skip });
        player.seek(player.scale.total * from);
        player.turnLoop();
        player.seek(player.scale.total * to);
        player.turnLoop();
        player.moved({ ended: true });
        const made = player.loop !== null;
        player.toPart(player.loop?.to < track.span ? 0.999999 : 0);
        player.moved({ ended: true });
        return [made, player.loop === null];
      });
    })()"""
    given = []
    for _ in range(200):
        times = sorted(rng.randrange(10**7) for _ in range(8))
        given.append(
            {"times": times, "from": rng.uniform(0.1, 0.4), "to": rng.uniform(0.5, 0.8), "skip": rng.random() < 0.5}
        )
    assert await page.evaluate(f"(given) => {body}", given) == [[True, True]] * 200


async def test_many_events_at_one_time_are_gone_through_one_by_one(page: Page) -> None:
    told = await play(page, times=[7_000] * 4, acts=[["seekTo", 2], ["step", 1], ["step", 1], ["toPart", 0.0]])
    assert [(one[2], one[4]) for one in told] == [(2, 1_000), (3, 2_000), (4, 3_000), (1, 0)]


async def test_words_are_found_in_all_that_people_wrote(page: Page) -> None:
    events = [
        {"seq": 1, "type": "message", "id": "user-1", "role": "user", "text": "Where is my ORDER?"},
        {"seq": 2, "type": "decision", "id": "d", "message": "m", "knowledge": [{"id": "k", "title": "Order state"}]},
        {"seq": 3, "type": "data.collected", "id": "c", "field": "order", "value": {"number": 77}},
        {"seq": 4, "type": "note.added", "id": "n", "by": "Ada", "text": "my word", "about": 1},
    ]  # fmt: skip
    body = """(() => {
      const vault = new m.Vault();
      vault.take(given.slice(0, 2)); vault.take(given);
      return [["order", "my", "MY order", "77", "user", "", "nowhere"].map((words) => vault.find(words)),
        vault.lacks(1, 4), vault.lacks(2, 6), vault.range(3, 5), vault.marksOf([{ seq: 1 }]).length];
    })()"""
    found, *rest = await run(page, "session/vault.js", body, events)
    assert found == [[1, 2, 3], [1, 4], [1], [3], [], [], []]
    assert rest == [0, 5, None, 1]
