"""Sessions that another hub opens and closes unheard: whoever read them before must not bring the past back."""

import asyncio

import pytest

from live.hub.writer import Told
from live.storage.mongo import Database
from tests.hub.desks import Desk, desk
from tests.hub.readers import reading
from tests.servers import until

pytestmark = pytest.mark.anyio


async def closed_unheard(by: Desk, session: str) -> None:
    """It is closed, and its card stored; the publication is lost."""
    await by.closes(session)
    await by.hub.keeper.flush()
    by.publications()


async def test_what_was_read_before_it_was_closed_elsewhere_comes_too_late(database: Database) -> None:
    async with desk(database, "here") as here, desk(database, "there") as there:
        await here.says("s")
        here.publications()
        (read,) = (await there.hub.recall.sessions(["web:s"])).values()
        await closed_unheard(here, "s")
        await there.hub.reconcile.round(grace=0)
        there.hub.told([Told(read.folded, [], before=read)])
        await there.hub.reconcile.round(grace=0)
        assert there.known() == {}, "it is at rest, at 2"
        assert await there.says("s", "and another thing") == 3


async def test_news_that_come_after_it_was_found_at_rest_are_old(database: Database) -> None:
    async with desk(database, "here") as here, desk(database, "there") as there:
        await here.says("s")
        (late,) = here.publications()
        await closed_unheard(here, "s")
        await there.hub.reconcile.round(grace=0)
        there.hears(late)
        assert there.known() == {}


async def test_one_that_comes_while_it_is_looked_for_at_rest_is_read_on(database: Database) -> None:
    async with desk(database, "here") as here, desk(database, "there") as there:
        await here.says("s")
        (late,) = here.publications()
        await closed_unheard(here, "s")
        looking = asyncio.create_task(there.hub.reconcile._behind({"web:s": 2}))
        await asyncio.sleep(0)  # it has asked the store
        there.hears(late)
        assert there.known() == {"web:s": 1}
        assert await looking == ["web:s"]


async def test_whoever_reads_a_session_at_rest_sees_what_was_said_and_closed_elsewhere(database: Database) -> None:
    async with desk(database, "here") as here, desk(database, "there") as there:
        await here.says("s")
        await closed_unheard(here, "s")
        await there.hub.reconcile.round(grace=0)
        async with reading(there, "web:s", after=0) as reader:
            assert reader.seqs == [1, 2]
            await here.says("s", "one more")
            await closed_unheard(here, "s")
            await there.hub.reconcile.round(grace=0)
            await until(lambda: reader.seqs[-1] >= 4, what="the rest of it")
            assert reader.seqs == [1, 2, 3, 4, 5][: len(reader.seqs)]
