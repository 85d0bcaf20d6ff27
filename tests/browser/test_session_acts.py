"""The page of one session: what reviewers do there, and by which keys."""

from dataclasses import replace
from urllib.parse import quote

import pytest
from playwright.async_api import Browser, expect

from live.passwords import hashed
from live.storage import mongo
from live.storage.people import People
from tests.browser.talks import Talk, live
from tests.browser.visits import visitor
from tests.hubs import RunningHub, StartHub

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_a_reviewer_tags_notes_corrects_and_is_done_without_a_mouse(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(talk.says("This is terrible, I am furious!"), talk.answers("Sorry."))
    async with visitor(browser, hub) as page:
        await page.goto(talk.address)
        await live(page)

        await page.focus("#new-tag")
        await page.keyboard.type("training")
        await page.keyboard.press("Enter")
        await expect(page.locator('[data-part="tags"]')).to_contain_text("training")
        await expect(page.locator("#e-3")).to_contain_text("Tag added training by admin")

        await page.get_by_role("button", name="Remove the tag training").press("Enter")
        await expect(page.locator("#e-4")).to_contain_text("Tag removed")
        await expect(page.locator("#new-tag")).to_be_focused()

        await page.keyboard.press("Escape")
        await page.locator("#e-1").focus()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.keyboard.type("Watch this <b>one</b>")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator("#e-1 .marks")).to_have_text("Note by admin: Watch this <b>one</b>")
        await expect(page.locator("#e-5")).to_contain_text("Watch this <b>one</b>")

        await page.locator("#e-1").get_by_role("button", name="Correct sentiment").press("Enter")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(page.locator("#e-1 .marks")).to_contain_text("Corrected to")
        await expect(page.locator("#e-6")).to_contain_text("Sentiment corrected")

        await page.get_by_role("button", name="Mark as reviewed").press("Enter")
        await expect(page.locator("#e-7")).to_contain_text("Reviewed")
        await expect(page.locator('[data-part="facts"]')).to_contain_text("by admin")
        await expect(page.locator(".act-form.inline")).to_have_count(0)


async def test_what_the_hub_refuses_is_said_in_words_and_nothing_typed_is_lost(
    hub: RunningHub, browser: Browser
) -> None:
    talk = Talk(hub)
    await talk.tell(talk.says("hello"))
    async with visitor(browser, hub, complaints=False) as page:
        await page.goto(talk.address)
        await live(page)
        await page.evaluate("() => { document.querySelector('#new-tag').removeAttribute('maxlength'); }")
        await page.fill("#new-tag", "x" * 300)
        await page.press("#new-tag", "Enter")
        await expect(page.locator('.act-form[data-act="tag"] .problem')).to_contain_text("Not saved: add")
        await expect(page.locator("#new-tag")).to_have_value("x" * 300)
        await page.route("**/notes", lambda route: route.abort())
        await page.fill("#new-note", "a thought")
        await page.get_by_role("button", name="Save the note").click()
        await expect(page.locator('.act-form[data-act="note"] .problem')).to_contain_text("does not answer")
        await expect(page.locator("#new-note")).to_have_value("a thought")


async def test_who_may_only_look_sees_all_and_is_offered_nothing_to_do(
    start_hub: StartHub, database_name: str, mongodb_url: str, browser: Browser
) -> None:
    own = start_hub(database_name)
    async with mongo.database(mongodb_url, database_name, timeout=5) as database:
        await People(database).add_user("vera", password_hash=await hashed("a password to look"), role="viewer")
    talk = Talk(own)
    await talk.tell(talk.says("hello"), talk.fact("tag.added", tag="vip"))
    async with visitor(browser, replace(own, admin=("vera", "a password to look"))) as page:
        await page.goto(talk.address)
        await live(page)
        await expect(page.get_by_text("hello", exact=True)).to_be_visible()
        assert await page.locator(".act, .act-form, .remove").count() == 0
        await expect(page.get_by_role("link", name="Markdown")).to_have_attribute(
            "href", f"/api/v1/sessions/{quote(talk.session, safe='')}/export?format=md"
        )


# the keyboard --------------------------------------------------------------------------------------------------------


async def test_the_keys_go_from_message_to_message_and_explain_themselves(hub: RunningHub, browser: Browser) -> None:
    talk = Talk(hub)
    await talk.tell(talk.says("one"), talk.fact("tag.added", tag="t"), talk.answers("two"), talk.says("three"))
    async with visitor(browser, hub) as page:
        await page.goto(f"{talk.address}?seq=1")
        await live(page)
        for key, seq in (("j", 3), ("j", 4), ("j", 4), ("k", 3), ("k", 1)):
            await page.keyboard.press(key)
            await expect(page.locator(f"#e-{seq}")).to_be_focused()
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        await page.keyboard.press("Escape")
        await page.focus("#new-tag")
        await page.keyboard.type("jek?")
        await expect(page.locator("#new-tag")).to_have_value("jek?")
