"""The modules that think for the list of sessions, in a real browser."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.browser.test_modules import run
from tests.browser.visits import stranger
from tests.hubs import RunningHub

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
async def page(browser: Browser, hub: RunningHub) -> AsyncIterator[Page]:
    """A page that may load the modules."""
    async with stranger(browser) as page:
        await page.goto(f"{hub.url}/signin")
        yield page


@pytest.mark.parametrize("columns", [1, 4])
async def test_a_window_on_the_list_always_holds_the_screen_and_never_much_more(page: Page, columns: int) -> None:
    size, height = 50, 800
    for count in (0, 1, 7, 100, 100_003):
        lines = -(-count // columns)
        for top in (-300, 0, 1, 49, 50, 2_500, lines * size - 800, lines * size + 1_000):
            given = {"count": count, "columns": columns, "size": size, "top": top, "height": height}
            near = await run(page, "span.js", "m.span(given)", given)
            first, last = near["first"], near["last"]
            assert 0 <= first <= last <= count
            assert last - first <= (height / size + 2 * 12 + 4) * columns
            assert near["before"] == first // columns * size
            whole = near["before"] + -(-(last - first) // columns) * size + near["after"]
            assert count == 0 or whole == lines * size
            for shown in range(max(0, top // size), min(lines, (top + height) // size)):
                assert first <= shown * columns < last, (given, near, shown)


KNOWN = {
    "fields": ["channel", "status", "sentiment", "goal", "tag", "text"],
    "known": {
        "tag": [{"value": "vip", "count": 3}, {"value": "very late", "count": 9}, {"value": "late", "count": 1}],
        "goal": [{"value": "booked", "count": 2}, {"value": "failed:booked", "count": 1}],
        "channel": [{"value": "web", "count": 5}],
    },
}


@pytest.mark.parametrize(
    ("text", "offered", "taken"),
    [
        ("", "channel", "channel="),
        ("st", "status", "status="),
        ("channel=web & t", "tag", "channel=web & tag="),
        ("tag=v", "very late", "tag=very late"),
        ("tag=!v", "very late", "tag=!very late"),
        ("tag=vip,la", "late", "tag=vip,late"),
        ("goal=fai", "failed:booked", "goal=failed:booked"),
        ("goal=tri", "triggered:", "goal=triggered:"),
        (r"tag=a\,v", None, None),
        ("nonsense=x", None, None),
    ],
)
async def test_what_could_come_next_is_offered(page: Page, text: str, offered: str | None, taken: str | None) -> None:
    body = "m.suggestions(given.text, given.text.length, given.known)"
    found = await run(page, "sessions/suggest.js", body, {"text": text, "known": KNOWN})
    if offered is None:
        assert found == []
        return
    first = found[0]
    assert first["name"] == offered
    assert text[: first["from"]] + first["text"] + text[first["to"] :] == taken


async def test_in_the_middle_of_a_text_only_its_own_part_is_completed(page: Page) -> None:
    text = "channel=w & tag=vip"
    body = "m.suggestions(given.text, 9, given.known)"
    (first,) = await run(page, "sessions/suggest.js", body, {"text": text, "known": KNOWN})
    assert text[: first["from"]] + first["text"] + text[first["to"] :] == "channel=web & tag=vip"


async def test_what_begins_so_comes_before_what_only_holds_it(page: Page) -> None:
    things = [{"of": "tag", "what": name} for name in ("not web", "cobweb", "web chat", "sms")]
    found = await run(page, "sessions/rank.js", "m.ranked(given, 'web').map(({ what }) => what)", things)
    assert found == ["web chat", "not web", "cobweb"]
    assert await run(page, "sessions/rank.js", "m.ranked(given, 'tag sms').map(({ what }) => what)", things) == ["sms"]
    assert await run(page, "sessions/rank.js", "m.ranked(given, 'nothing')", things) == []


async def test_rows_are_selected_one_by_one_and_as_far_as_shift_goes(page: Page) -> None:
    body = """(() => {
      let changes = 0;
      const selection = new m.Selection({ changed: () => { changes += 1; } });
      const order = ["a", "b", "c", "d", "e"];
      const story = [];
      const then = (id, through) => {
        selection.toggle(id, { order, through });
        story.push([...selection.ids].sort().join(""));
      };
      then("b", false); then("d", true); then("c", false); then("a", true); then("e", false);
      selection.clear();
      story.push([...selection.ids].join(""), changes);
      then("b", false);
      story.push(selection.take(order), [...selection.ids].sort().join(""));
      selection.clear();
      story.push(selection.take(Array.from({ length: m.MOST + 5 }, (_, n) => `s${n}`)), selection.ids.size);
      return story;
    })()"""
    told = await run(page, "sessions/selection.js", body)
    assert told[:7] == ["b", "bcd", "bd", "abcd", "abcde", "", 6]
    assert told[7:10] == ["b", 0, "abcde"]  # one was selected before, and none is left out
    assert told[10:] == [5, 10_000]


async def test_only_new_needs_are_told_and_many_of_them_shortly(page: Page) -> None:
    def card(session: str, *needs: tuple[str, int]) -> dict[str, Any]:
        return {"session": session, "name": session.upper(), "attention": [{"why": w, "seq": n} for w, n in needs]}

    frames = [
        {"op": "snapshot", "cards": [card("a", ("waiting", 3)), card("b")]},
        {"op": "patch", "gone": [], "cards": [card("a", ("waiting", 3)), card("b", ("asks_human", 4))]},
        {"op": "patch", "gone": [], "cards": [card("b", ("asks_human", 4))]},
        {"op": "patch", "gone": ["b"], "cards": [card("c", ("tool_error", 1)), card("c")]},
        {"op": "patch", "gone": [], "cards": [card(f"n{n}", ("waiting", 1)) for n in range(5)]},
    ]
    body = """(() => {
      const announce = new m.Announce();
      return given.map((frame) => { announce.take(frame); return announce.sentence(); });
    })()"""
    assert await run(page, "sessions/announce.js", body, frames) == [
        "",
        "B asks for a person",
        "",
        "",
        "N0 waits for an answer. N1 waits for an answer. N2 waits for an answer. And 2 more need somebody.",
    ]
