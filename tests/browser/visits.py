"""How the stories of the pages are told: somebody visits, a channel speaks."""

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from tests.conftest import WITHOUT_REDIS
from tests.hubs import RunningHub

PATIENCE = 15.0  # seconds for what must come true
_SLOW = "|slow" if WITHOUT_REDIS in os.environ else ""  # what the sign then says, and rightly
LIVE = re.compile(f"^(live{_SLOW})$")  # the sign while all is well, as far as it goes in this run
FRESH = re.compile(f"^(live|quiet{_SLOW})$")  # and while nobody has said anything for a minute
AWAY = "net::ERR_"  # what Chromium says of a hub that is not there
# A page's script waits until the page is painted, which may be after it is loaded. Some pages have none.
_BEGUN = """() => {
  const root = document.documentElement;
  return !root.matches(".js:not(.is-begun)") || !document.querySelector("script[data-then]");
}"""


def unique(prefix: str = "s") -> str:
    """A name that no other story uses."""
    return f"{prefix}-{uuid4().hex[:10]}"


async def tell(hub: RunningHub, *facts: dict[str, Any], channel: str = "web") -> None:
    """The channel sends events, until they are durable."""
    headers = {"Authorization": f"Bearer {hub.keys[channel]}"}
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        answer = await client.post(f"{hub.url}/api/v1/events", json=list(facts), headers=headers)
    assert {result["status"] for result in answer.json()["results"]} == {"stored"}, answer.text


def begins(session: str, name: str, **more: Any) -> dict[str, Any]:
    """A session begins."""
    return {"type": "session.started", "session": session, "id": uuid4().hex, "user": {"name": name}, **more}


def says(session: str, text: str, *, role: str = "user") -> dict[str, Any]:
    """Somebody says something in it."""
    return {"type": "message", "session": session, "id": uuid4().hex, "role": role, "text": text}


def fact(session: str, type_: str, **more: Any) -> dict[str, Any]:
    """Something else happens in it."""
    return {"type": type_, "session": session, "id": uuid4().hex, **more}


@asynccontextmanager
async def stranger(browser: Browser, *, complaints: bool = True, **more: Any) -> AsyncIterator[Page]:
    """A page of somebody whom the hub does not know.

    It may not complain: an error of a script or of the security policy fails the story, unless told otherwise.
    """
    context = await browser.new_context(**more)
    context.set_default_timeout(PATIENCE * 1000)
    page = await context.new_page()
    _patient(page)
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("dialog", lambda dialog: heard.append(f"dialog: {dialog.message}"))
    page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    try:
        yield page
    finally:
        await context.close()
    if complaints:
        assert heard == [], heard


def _patient(page: Page) -> None:
    """Whoever comes to a page waits until its script has begun: a story is quicker than any hand."""
    for name in ("goto", "reload", "go_back", "go_forward", "wait_for_url"):
        setattr(page, name, _patiently(page, getattr(page, name)))


def _patiently(page: Page, go: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def then(*args: Any, **more: Any) -> Any:
        answer = await go(*args, **more)
        await page.wait_for_function(_BEGUN)
        return answer

    return then


@asynccontextmanager
async def visitor(browser: Browser, hub: RunningHub, *, complaints: bool = True, **more: Any) -> AsyncIterator[Page]:
    """A page of somebody who has signed in, at the list of sessions."""
    async with stranger(browser, complaints=complaints, **more) as page:
        await sign_in(page, hub)
        yield page


async def sign_in(page: Page, hub: RunningHub) -> None:
    """Through the form."""
    await page.goto(f"{hub.url}/signin")
    await page.get_by_label("Name").fill(hub.admin[0])
    await page.get_by_label("Password").fill(hub.admin[1])
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/sessions*")


async def flaws(page: Page) -> list[str]:
    """What keeps people out, by axe; it needs a context with `bypass_csp`, for it writes styles."""
    found = await Axe().run(page)
    return [
        f"{one['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for one in found.response["violations"]
        for node in one["nodes"]
    ]
