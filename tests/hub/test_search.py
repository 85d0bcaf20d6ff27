"""Pages of a list: all that is there, each once, whatever happens elsewhere meanwhile."""

import json

import pytest

from live import filters
from live.storage.mongo import Database
from tests.hub.desks import desk, emptied

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("erased", [0, 2, 4])
async def test_what_was_erased_elsewhere_unheard_ends_no_list(database: Database, erased: int) -> None:
    await emptied(database)
    async with desk(database, "here") as here, desk(database, "there") as there:
        for number in range(7):
            await here.says(f"s{number}")
            await here.closes(f"s{number}")
        await here.hub.keeper.flush()
        here.rests()
        await here.hub.catalog.round()
        wanted = filters.parse("")
        for number in range(erased, erased + 2):
            assert await there.erases(f"s{number}")
        shown: list[str] = []
        cursor: str | None = None
        while not shown or cursor:
            page = await here.hub.search.page(wanted, sort="messages", limit=2, cursor=cursor)
            shown += [json.loads(card)["session"] for card in page.cards]
            cursor = page.next
        assert shown == [f"web:s{number}" for number in range(7) if not erased <= number < erased + 2]
