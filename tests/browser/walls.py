"""What the stories of the wall share: its parts, saved walls, screens without a person."""

import re
from typing import Any

import httpx
from playwright.async_api import Locator, Page, expect

from live.storage import mongo
from live.storage.people import People
from tests.browser.visits import FRESH, begins, fact, tell, unique
from tests.hubs import RunningHub

TV = {"width": 1920, "height": 1080}


def tile(page: Page, session: str, channel: str = "web") -> Locator:
    """The tile of a session."""
    return page.locator(f'#tiles > [data-key="{channel}:{session}"]')


def total(page: Page, name: str) -> Locator:
    """A number of the strip."""
    return page.locator(f'.totals [data-count="{name}"]')


def field(page: Page, name: str) -> Locator:
    """A total with its word, its line and its level."""
    return page.locator(f'.totals [data-of="{name}"]')


async def live(page: Page) -> None:
    """The wall is live, and has proved what it shows."""
    await expect(page.locator("#sign")).to_have_attribute("data-state", FRESH)
    await expect(page.locator("#age-proof")).to_have_text(re.compile("now|ago"))


async def saved(hub: RunningHub, query: str) -> dict[str, Any]:
    """A wall that everybody may see."""
    wanted = {"name": unique("Wall"), "page": "wall", "query": query, "shared": True}
    async with with_token(hub) as http:
        answer = await http.post("/api/v1/views", json=wanted)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def unsaved(hub: RunningHub, ident: str) -> None:
    """A saved wall is gone."""
    async with with_token(hub) as http:
        assert (await http.delete(f"/api/v1/views/{ident}")).status_code == 204


def with_token(hub: RunningHub) -> httpx.AsyncClient:
    """The API, as a program meets it."""
    return httpx.AsyncClient(base_url=hub.url, headers={"Authorization": f"Bearer {hub.token}"}, timeout=20)


async def crowd(hub: RunningHub, kind: str, count: int, **more: Any) -> None:
    """So many sessions of this kind begin, every third of which needs somebody."""
    facts: list[dict[str, Any]] = []
    for n in range(count):
        session = f"{kind}-{n:03}"
        facts.append(begins(session, f"Visitor Number {n:03}", kind=kind, **more))
        if n % 3 == 0:
            facts.append(fact(session, "knowledge.missing", question="When?"))
    for first in range(0, len(facts), 100):
        await tell(hub, *facts[first : first + 100])


async def screen_token(mongodb_url: str, database: str, *, unmasked: bool = False) -> str:
    """What lets a screen without a person in."""
    async with mongo.database(mongodb_url, database, timeout=10) as opened:
        return await People(opened).add_kiosk(unique("lobby"), unmasked=unmasked)
