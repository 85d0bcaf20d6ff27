"""A viewer who moves to a hub that has not heard all yet: what it has is not sent again."""

import pytest

from live.storage.mongo import Database
from tests.hub.desks import desk
from tests.hub.readers import reading
from tests.servers import until

pytestmark = pytest.mark.anyio


async def test_what_a_viewer_has_from_another_hub_is_not_sent_again(database: Database) -> None:
    async with desk(database, "here") as here, desk(database, "there") as there:
        for _ in range(3):
            await here.says("s")
        first, *later = here.publications()
        there.hears(first)
        assert there.known() == {"web:s": 1}
        async with reading(there, "web:s", after=3) as reader:
            for message in later:
                there.hears(message)
            await here.says("s")
            for message in here.publications():
                there.hears(message)
            assert there.known() == {"web:s": 4}
            await until(lambda: 4 in reader.seqs, what="the new event")
            assert reader.seqs == [4]
