"""A crash of mongod changes the natural order of the log: what was missed is found all the same."""

import pytest

from live.hub.hub import clock
from live.storage.mongo import Database
from tests.hub.desks import desk

pytestmark = pytest.mark.anyio


async def test_what_lies_behind_a_mark_that_has_moved_is_found(database: Database) -> None:
    async with desk(database, "here") as here, desk(database, "there") as there:
        await here.says("s")
        there.hears(here.publications()[0])
        await there.hub.reconcile.round(grace=0)  # whose mark that is
        await here.says("s")
        here.publications()  # which are lost
        facts = [{"type": "tag.added", "session": "other", "id": f"{n}", "tag": "new"} for n in range(600)]
        await here.send("web", *facts)
        for message in here.publications():
            there.hears(message)
        mark = await database["events"].find_one_and_delete({"session": "web:s", "seq": 1})
        assert mark is not None
        await database["events"].insert_one(mark)  # as after a crash, it is the newest now
        await there.hub.reconcile.round(grace=0)
        assert there.known() == {"web:s": 1, "web:other": 600}
        there.hub.reconcile.shaken(clock())
        await there.hub.reconcile.round(grace=0)
        assert there.known() == {"web:s": 2, "web:other": 600}
