"""Why the agent answered as it did: compared with other sessions; texts, long and short, of any day."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.browser.talks import Talk, live
from tests.browser.visits import flaws, unique, visitor
from tests.hubs import RunningHub

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_a_decision_leads_to_the_sessions_of_which_the_same_is_true(hub: RunningHub, browser: Browser) -> None:
    here, there = Talk(hub), Talk(hub)
    kind, block = unique("kind"), unique("block")
    odd = f"kb, 7 {unique()}"
    for talk, name in ((here, "Ada"), (there, "Grace")):
        asked = talk.says("May I have my money back?")
        answered = talk.answers("Yes.")
        await talk.tell(
            talk.fact("session.started", kind=kind, user={"name": name}), asked,
            talk.fact("block.entered", block=block, via="asked for a refund"), answered,
            talk.fact(
                "decision", message=answered["id"], block=block, rationale=f"Because of {name}.",
                knowledge=[{"id": odd, "used": True, "score": 0.8}, {"id": "old", "used": False}],
                conditions=[{"name": "is VIP", "met": False}, {"name": "in time", "met": True, "action": "refund"}],
                tools=[{"name": "pay", "error": "card expired"}],
            ),
        )  # fmt: skip
    async with visitor(browser, hub) as page:
        await page.goto(here.address)
        await live(page)
        await page.keyboard.press("e")
        why = page.locator(".decision .why").first
        await expect(why).to_contain_text("Because of Ada.")
        await expect(why.locator(".conditions li").nth(0)).to_contain_text(re.compile("not met.*is VIP no action"))
        await expect(why.locator(".conditions li").nth(1)).to_contain_text(re.compile("met.*in time → refund"))
        await expect(why.locator(".entered")).to_contain_text("via asked for a refund")
        links = why.locator(".elsewhere")
        for n, count in enumerate((2, None, None, None, None)):
            async with page.context.expect_page() as opened:
                await links.nth(n).click(modifiers=["Control"])
            listed = await opened.value
            await expect(listed.locator("#rows")).to_contain_text("Grace")
            if count is not None:
                await expect(listed.locator("[data-count=matching]").first).to_have_text(str(count))
            await listed.close()
        await page.get_by_role("link", name="Compare: this block in other sessions").click()
        others = why.locator(".others").first
        await expect(others.get_by_role("link", name=re.compile("^Grace"))).to_have_attribute(
            "href", re.compile(re.escape(there.own))
        )
        await others.locator("summary").click()
        await expect(others).to_contain_text("Because of Grace.")
        seqs = await page.locator("#transcript .event").evaluate_all("(all) => all.map((e) => e.dataset.seq)")
        assert len(seqs) == len(set(seqs)) == 5  # those of others are none of this session
        await page.get_by_role("link", name="Compare: this block in other sessions").click()
        await expect(others).to_be_empty()


async def test_a_message_without_a_decision_says_so_when_one_looks(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    first, second = talk.answers("one"), talk.answers("two")
    await talk.tell(first, second, talk.fact("decision", message=second["id"], model="m"))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await live(page)
        await page.mouse.move(1, 1)
        quiet = page.locator("#e-1 .undecided")
        await expect(quiet).to_have_css("opacity", "0")
        await expect(quiet).to_have_text("The source sent no decision")
        await page.hover("#e-1")
        await expect(quiet).to_have_css("opacity", "1")
        await expect(page.locator("#e-2 .undecided")).to_be_hidden()


async def test_addresses_are_links_long_texts_fold_and_days_are_told_apart(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    linked = "See https://example.org/a?b=c#d, (http://example.org/x). Not javascript:alert(1) nor www.example.org"
    long = "word " * 1_000
    await talk.tell(
        talk.says(linked, at="2026-11-20T12:00:00Z"),
        talk.answers(long, at="2026-11-20T12:00:05Z"),
        talk.says("the next day", at="2026-11-21T12:00:00Z"),
    )  # fmt: skip
    async with visitor(browser, hub, bypass_csp=True) as page:
        await page.goto(talk.address)
        await live(page)
        links = page.locator("#e-1 .text a")
        assert await links.evaluate_all("(all) => all.map((a) => [a.href, a.rel, a.target])") == [
            ["https://example.org/a?b=c#d", "noopener noreferrer nofollow", "_blank"],
            ["http://example.org/x", "noopener noreferrer nofollow", "_blank"],
        ]
        await expect(page.locator("#e-1 .text")).to_contain_text("(http://example.org/x). Not javascript:alert(1)")
        box = await page.locator("#e-2 .text").bounding_box()
        assert box is not None and box["height"] < 250
        await page.get_by_role("button", name="Show all (5,000 characters)").click()
        await expect(page.locator("#e-2 .text")).to_have_class(re.compile("is-open"))
        opened = await page.locator("#e-2 .text").bounding_box()
        assert opened is not None and opened["height"] > 600
        await expect(page.get_by_role("button", name="Show less")).to_have_attribute("aria-expanded", "true")
        await expect(page.locator("#e-3")).to_have_attribute("data-day", "Sat, 21 November 2026")
        await expect(page.locator("#e-2")).not_to_have_attribute("data-day", re.compile("."))
        await talk.tell(talk.says("https://example.org/live", at="2026-11-22T12:00:00Z"))
        await expect(page.locator("#e-4 .text a")).to_have_count(1)
        await expect(page.locator("#e-4")).to_have_attribute("data-day", "Sun, 22 November 2026")
        assert await flaws(page) == []


async def test_the_whole_can_be_printed(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(*(talk.says(f"line {n}") for n in range(400)))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await live(page)
        await page.get_by_role("link", name="All on one page, to print").click()
        await page.wait_for_url("**?all=true")
        assert await page.locator("#transcript .event").count() == 400
        await expect(page.locator("#player")).to_have_count(0)
        await page.emulate_media(media="print")
        await expect(page.locator("header.site")).to_be_hidden()
        await expect(page.get_by_text("line 399")).to_be_visible()
