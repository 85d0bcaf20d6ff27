"""Signing in and out, as somebody at a browser does it."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.visits import flaws, sign_in, stranger, visitor
from tests.hubs import RunningHub

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_wrong_password_then_the_right_one_leads_to_what_was_asked(browser: Browser, hub: RunningHub) -> None:
    async with stranger(browser, complaints=False) as page:
        await page.goto(f"{hub.url}/sessions?status=open&sort=started")
        await expect(page.get_by_label("Name")).to_be_focused()
        await page.get_by_label("Name").fill("Admin")
        await page.get_by_label("Password").fill("not this")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_have_text("The name or the password is wrong.")
        assert await page.get_by_label("Name").input_value() == "Admin"
        await expect(page.get_by_label("Password")).to_be_focused()
        await page.get_by_label("Password").fill(hub.admin[1])
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{hub.url}/sessions?status=open&sort=started")


async def test_who_signs_out_must_sign_in_again(browser: Browser, hub: RunningHub) -> None:
    async with visitor(browser, hub) as page:
        await page.get_by_role("button", name="Sign out").click()
        await page.wait_for_url("**/signin")
        await page.goto(f"{hub.url}/wall?status=open")
        assert "/signin?next=%2Fwall%3Fstatus%3Dopen" in page.url
        await sign_in_here(page.url, browser, hub)


async def sign_in_here(address: str, browser: Browser, hub: RunningHub) -> None:
    """A link to a page survives the sign-in that stands before it."""
    async with stranger(browser) as page:
        await page.goto(address)
        await page.get_by_label("Name").fill(hub.admin[0])
        await page.get_by_label("Password").fill(hub.admin[1])
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_url("**/wall?status=open")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everybody_can_use_the_form(browser: Browser, hub: RunningHub, scheme: str) -> None:
    async with stranger(browser, color_scheme=scheme, bypass_csp=True) as page:
        await page.goto(f"{hub.url}/signin")
        assert await flaws(page) == []


async def test_it_works_without_scripts(browser: Browser, hub: RunningHub) -> None:
    async with stranger(browser, java_script_enabled=False) as page:
        await sign_in(page, hub)
        await expect(page.get_by_role("heading", name="Sessions")).to_be_visible()


async def test_the_chosen_colours_are_there_before_anything_is_painted(browser: Browser, hub: RunningHub) -> None:
    async with visitor(browser, hub, color_scheme="light") as page:
        toggle = page.locator("#theme")
        await toggle.click()
        await toggle.click()
        await expect(toggle).to_contain_text("dark")
        await page.reload(wait_until="commit")
        await page.wait_for_function("document.body !== null")
        assert await page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert await page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
