"""The strip of totals, who needs eyes, and a channel that fell silent."""

import re
import time
from collections.abc import Mapping

import pytest
from playwright.async_api import Browser, Page, expect

from live import filters
from live.hub.totals import NAMES, Totals
from live.storage import mongo
from live.storage.minutes import Minutes
from tests.browser.visits import FRESH, begins, fact, says, tell, unique, visitor
from tests.browser.walls import TV, field, live, total
from tests.hubs import RunningHub, StartHub

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

AWFUL = "Worst service ever! I hate it, awful, useless."
WITHIN = "channel=web,sms,email"


async def shown(page: Page, **numbers: int) -> None:
    """The strip has exactly these; the others are 0."""
    for name in NAMES:
        await expect(total(page, name)).to_have_text(f"{numbers.get(name, 0):,}")


async def levels(page: Page, wanted: Mapping[str, tuple[str, str]]) -> None:
    """Which totals have a level, and its word; all others have none."""
    for name in NAMES:
        level, word = wanted.get(name, ("", ""))
        await expect(field(page, name)).to_have_attribute("data-level", level)
        await expect(field(page, name).locator(".level .word")).to_have_text(word)
        if level:
            await expect(field(page, name).locator(".level .word")).to_be_visible()


async def test_all_eight_are_exactly_what_was_sent(browser: Browser, start_hub: StartHub, database_name: str) -> None:
    hub = start_hub(database_name, LIVE_INACTIVE_AFTER="1h,sms=1s", LIVE_WAITING_AFTER="1h,email=1s")
    async with visitor(browser, hub, viewport=TV) as page:
        await page.goto(f"{hub.url}/wall?status=open&{WITHIN}")
        await live(page)
        await shown(page)
        await tell(hub, begins("idle", "Ida"), channel="sms")
        await tell(hub, begins("late", "Lea"), says("late", "Is somebody there?"), channel="email")
        await tell(hub, begins("sad", "Sam"), says("sad", AWFUL), says("sad", "I am sorry.", role="assistant"))
        for n in range(3):
            goals = [fact(f"done-{n}", "goal.completed", goal=goal) for goal in ("booked", "paid")[: n + 1]]
            await tell(hub, begins(f"done-{n}", "Dora"), *goals, fact(f"done-{n}", "session.closed"))
        await tell(hub, fact("sad", "knowledge.missing", question="When?"), fact("sad", "goal.triggered", goal="x"))
        await tell(hub, fact("sad", "knowledge.missing", question="And why?"), says("sad", "(hidden)", role="system"))
        await shown(page, open=3, active=2, inactive=1, negative=1, waiting=1, goals=5, missing=2, messages=3)
        await tell(hub, says("idle", "I am back."), channel="sms")
        await tell(hub, says("late", "Yes: here.", role="operator"), channel="email")
        await shown(page, open=3, active=2, inactive=1, negative=1, goals=5, missing=2, messages=5)
        await tell(hub, fact("sad", "session.closed"))  # what was done today stays done
        await shown(page, open=2, active=1, inactive=1, goals=5, missing=2, messages=5)
        assert await page.locator(".totals [data-level]").evaluate_all("all => all.every((one) => !one.dataset.level)")
        await expect(page.locator(".totals .level:visible")).to_have_count(0)


async def test_a_limit_is_seen_named_and_said(browser: Browser, hub: RunningHub) -> None:
    kind, session = unique("kind"), unique()
    limits = "warn.missing=1&alarm.missing=2&warn.negative=1&alarm.open=3"
    async with visitor(browser, hub, viewport=TV) as page:
        await page.goto(f"{hub.url}/wall?kind={kind}&{limits}")
        await live(page)
        told = page.locator("#told")
        await expect(told).to_have_attribute("aria-live", "polite")
        await tell(
            hub,
            begins(session, "Ada", kind=kind),
            says(session, AWFUL),
            fact(session, "knowledge.missing", question="?"),
        )
        await levels(page, {"missing": ("warn", "warning"), "negative": ("warn", "warning")})
        await expect(told).to_have_text(
            "Warning: missing knowledge today is 1, the limit is 1. Warning: negative now is 1, the limit is 1."
        )
        await tell(hub, fact(session, "knowledge.missing", question="??"), fact(session, "session.closed"))
        await levels(page, {"missing": ("alarm", "alarm")})
        await expect(told).to_have_text(
            "Alarm: missing knowledge today is 2, the limit is 2. negative now is 0: all right again."
        )


async def test_a_wrong_limit_is_named(browser: Browser, hub: RunningHub) -> None:
    async with visitor(browser, hub, complaints=False) as page:
        await page.goto(f"{hub.url}/wall?status=open&alarm.waitng=5&warn.open=many")
        flawed = page.locator("#flaws")
        await expect(flawed).to_contain_text("did you mean waiting?")
        await expect(flawed).to_contain_text("expected a whole number from 1 to 1,000,000, got 'many'")


async def test_the_last_hour_is_drawn_beside_each(
    browser: Browser, start_hub: StartHub, database_name: str, mongodb_url: str
) -> None:
    """Another hub has counted for some minutes, as hubs of one database do."""
    hub = start_hub(database_name)
    kind, minute = unique("kind"), int(time.time() // 60)
    name = Totals(filters.parse(f"kind={kind}"), offset=0).name
    async with mongo.database(mongodb_url, database_name, timeout=10) as opened:
        for n, numbers in ((30, [9] * 8), (20, [0] * 8), (19, [4] * 8), (18, [8] * 8)):
            await Minutes(opened).keep(name, minute - n, numbers)
    async with visitor(browser, hub, viewport=TV, timezone_id="UTC") as page:
        await page.goto(f"{hub.url}/wall?kind={kind}")
        await live(page)
        for name in NAMES:
            line = field(page, name).locator(".hour path")
            await expect(line).to_have_attribute(
                "d", re.compile(r"^M[\d.]+ 0h\.1M[\d.]+ 24L[\d.]+ 13\.3L[\d.]+ 2\.7M120 24h\.1$")
            )
            box = await line.bounding_box()
            assert box is not None
            assert box["height"] > 10


async def test_those_who_need_eyes_are_named_the_worst_first(browser: Browser, hub: RunningHub) -> None:
    kind = unique("kind")
    ids = [f"{kind}-{n}" for n in range(3)]
    for session, name in zip(ids, ("Ada", "Grace", "Joan"), strict=True):
        await tell(hub, begins(session, name, kind=kind))
    async with visitor(browser, hub, viewport=TV) as page:
        await page.goto(f"{hub.url}/wall?kind={kind}")
        await live(page)
        strip = page.locator("#eyes")
        await expect(strip.get_by_text("Nobody needs eyes now")).to_be_visible()
        await tell(hub, fact(ids[0], "knowledge.missing", question="When?"))
        await tell(hub, says(ids[1], AWFUL))
        eyes = strip.get_by_role("link")
        await expect(eyes).to_have_count(2)
        await expect(eyes.nth(0)).to_have_text(re.compile(r"^\s*Grace\s+turned negative\s+(now|\d+ s)\s*$"))
        await expect(eyes.nth(1)).to_have_text(re.compile(r"^\s*Ada\s+question without an answer\s+(now|\d+ s)\s*$"))
        await expect(strip.get_by_text("Nobody needs eyes now")).to_be_hidden()
        await expect(eyes.nth(0)).to_have_attribute("href", f"/sessions/web%3A{ids[1]}?seq=2#e-2")
        await eyes.nth(0).click()
        await page.wait_for_url(re.compile(rf"/sessions/web(:|%3A){ids[1]}\?seq=2#e-2"))


async def test_those_without_room_are_counted(browser: Browser, hub: RunningHub) -> None:
    kind = unique("kind")
    for n in range(30):
        session = f"{kind}-{n}"
        await tell(
            hub, begins(session, f"Visitor {n}", kind=kind), fact(session, "knowledge.missing", question="When?")
        )
    async with visitor(browser, hub, viewport=TV) as page:
        await page.goto(f"{hub.url}/wall?kind={kind}&limit=20")
        await live(page)
        await expect(page.locator("#eyes .more")).to_have_text(re.compile(r"^and \d+ more$"))
        named = await page.locator("#eyes li:visible").count()
        assert 1 < named <= 16
        await expect(page.locator("#eyes .more")).to_have_text(f"and {30 - named} more")


async def test_a_channel_that_fell_silent_is_not_a_quiet_night(
    browser: Browser, start_hub: StartHub, database_name: str
) -> None:
    hub = start_hub(database_name, LIVE_SILENT_AFTER="1h,sms=2s", LIVE_HEARTBEAT="500ms")
    await tell(hub, begins("s-1", "Ada"))
    async with visitor(browser, hub, viewport=TV) as page:
        await page.goto(f"{hub.url}/wall?status=open")
        await live(page)
        await expect(page.locator("#hush")).to_be_hidden()
        await tell(hub, begins("s-2", "Grace"), channel="sms")
        hush = page.locator("#hush")
        await expect(hush).to_have_text(re.compile(r"^\s*sms silent for (now|\d+ s)\s*$"))
        await expect(page.locator("#sign")).to_have_attribute("data-state", FRESH)
        await expect(page.locator("#stale")).to_be_hidden()
        eye = page.locator("#eyes").get_by_role("link")
        await expect(eye).to_have_text(re.compile(r"^\s*sms\s+channel silent"))
        await expect(eye).to_have_attribute("href", "/sessions?channel=sms&sort=recent")
        await tell(hub, says("s-2", "hello"), channel="sms")
        await expect(hush).to_be_hidden()


@pytest.mark.parametrize("size", [TV, {"width": 1366, "height": 768}, {"width": 390, "height": 844}])
async def test_hundreds_of_thousands_have_room(browser: Browser, hub: RunningHub, size: Mapping[str, int]) -> None:
    async with visitor(browser, hub) as page:
        await page.set_viewport_size({"width": size["width"], "height": size["height"]})
        await page.goto(f"{hub.url}/wall?kind={unique('kind')}")
        await live(page)
        assert await page.evaluate(LARGE) == []


LARGE = """async () => {
  const { showTotals } = await import("/static/js/wall/strip.js");
  const values = new Proxy({}, { get: () => 888888 });
  const totals = { values: () => values, course: () => [] };
  showTotals(document, { totals, alarms: { level: () => "" }, counts: {} });
  const numbers = [...document.querySelectorAll(".totals .number")];
  const right = (element) => element.getBoundingClientRect().right;
  const outside = (number) => right(number) > right(number.closest(".totals > div"));
  return numbers.filter((one) => one.textContent !== "888,888" || outside(one)).map((one) => one.outerHTML);
}"""
