"""A real Chromium for the pages' stories."""

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright, expect

expect.set_options(timeout=15_000)  # ms for what must come true: a hub may be starting beside it


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """The Chromium of this machine; one for the stories of a module."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found is not None, "the browser tests need Chromium: apt-get install chromium"
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield running
        await running.close()
