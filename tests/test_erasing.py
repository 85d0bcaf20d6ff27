"""Erasing a session, as those meet it who ask for it, look at it, or stand beside: real hubs, real sockets."""

import asyncio
from typing import Any

import httpx
import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import OperationFailure

from live.embedded import Mongod, Valkey
from tests.hubs import ADMIN, RunningHub, StartHub
from tests.screens import Live, live
from tests.staff import at_desk, hired

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

UNHEARD = {"LIVE_RECONCILE": "60s"}  # what a hub hears within the patience of a test, it hears over the bus


async def tell(hub: RunningHub, *facts: tuple[str, str, str]) -> list[int]:
    """(session, type, id) of what the channel sends; the seqs."""
    more = {"message": {"role": "user", "text": "a secret"}, "goal.completed": {"goal": "booked"}}
    sent = [{"type": kind, "session": session, "id": ident, **more.get(kind, {})} for session, kind, ident in facts]
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {hub.key}"}, timeout=20) as http:
        results = (await http.post(f"{hub.url}/api/v1/events", json=sent)).json()["results"]
    assert {result["status"] for result in results} == {"stored"}, results
    return [result["seq"] for result in results]


def talk(session: str, *idents: str) -> list[tuple[str, str, str]]:
    """Messages of a session."""
    return [(session, "message", ident) for ident in idents]


async def erased(hub: RunningHub, session: str) -> httpx.Response:
    """The admin erases it."""
    async with at_desk(hub, ADMIN[0], password=ADMIN[1]) as http:
        return await http.delete(f"/api/v1/sessions/web:{session}")


def reading(hub: RunningHub) -> httpx.AsyncClient:
    """The API, as a program meets it."""
    return httpx.AsyncClient(base_url=hub.url, headers={"Authorization": f"Bearer {hub.token}"}, timeout=20)


async def until_total(hub: RunningHub, query: str, total: int) -> None:
    """Until so many sessions match."""
    async with reading(hub) as http, asyncio.timeout(20):
        while (await http.get(f"/api/v1/sessions?{query}")).json()["total"] != total:
            await asyncio.sleep(0.05)


async def proved(viewer: Live, ident: str) -> None:
    """What this viewer has of the wall is what the hub says it has."""
    await viewer.send(op="ping")
    beat = await viewer.until(lambda frame: frame["op"] == "beat" and ident in frame["digest"])
    assert beat["digest"][ident] == viewer.digest(ident)


async def test_nothing_of_it_can_be_read_any_more_and_sent_again_it_is_a_new_session(hub: RunningHub) -> None:
    await tell(hub, *talk("er-1", "m-1", "m-2"), ("er-1", "goal.completed", "g"), *talk("er-1-beside", "m-1"))
    async with reading(hub) as http:
        paths = ["", "/events", "/steps", "/export", "/export?format=md"]
        for path in paths:
            assert (await http.get(f"/api/v1/sessions/web:er-1{path}")).status_code == 200, path
        answer = await erased(hub, "er-1")
        assert (answer.status_code, answer.content) == (204, b"")
        for path in paths:
            assert (await http.get(f"/api/v1/sessions/web:er-1{path}")).status_code == 404, path
        assert '"web:er-1"' not in (await http.get("/api/v1/export?channel=web")).text
        assert (await http.post("/api/v1/sessions/web:er-1/notes", json={"text": "late"})).status_code == 404
        assert (await erased(hub, "er-1")).status_code == 404
        assert await tell(hub, *talk("er-1", "m-2", "m-1", "m-3", "m-4", "m-5", "m-6")) == [1, 2, 3, 4, 5, 6]
        card = (await http.get("/api/v1/sessions/web:er-1")).json()
        assert (card["rev"], card["messages"]["user"], card["goals"]) == (6, 6, {})
        assert (await http.get("/api/v1/sessions/web:er-1-beside")).status_code == 200
    async with at_desk(hub, ADMIN[0], password=ADMIN[1]) as browser:
        assert (await browser.get("/sessions/web:er-1")).status_code == 200
        assert (await erased(hub, "er-1")).status_code == 204
        assert (await browser.get("/sessions/web:er-1", headers={"Accept": "text/html"})).status_code == 404


async def test_it_takes_an_admin_at_a_page_of_ours(start_hub: StartHub, database_name: str, mongodb_url: str) -> None:
    hub = start_hub(database_name)
    await hired(mongodb_url, database_name, ("Vera", "viewer"), ("Rita", "reviewer"), ("Ada", "admin"))
    await tell(hub, *talk("s", "m-1"))
    at = "/api/v1/sessions/web:s"
    for name in ("Vera", "Rita"):
        async with at_desk(hub, name) as http:
            assert (await http.delete(at)).status_code == 403
    async with reading(hub) as http:
        assert (await http.delete(at)).status_code == 403, "an API token is a reviewer's"
        assert (await http.get(at)).status_code == 200
    async with httpx.AsyncClient(base_url=hub.url) as http:
        assert (await http.delete(at)).status_code == 401
        assert (await http.delete(at, headers={"Authorization": f"Bearer {hub.key}"})).status_code == 401
    async with at_desk(hub, "Ada") as http:
        own = http.headers.pop("X-CSRF-Token")
        assert (await http.delete(at)).status_code == 403
        assert (await http.delete(at, headers={"X-CSRF-Token": own})).status_code == 204
    log = hub.log.read_text()
    assert "a session of channel web was erased by Ada" in log
    assert "web:s" not in log


@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
async def test_walls_and_followers_on_two_hubs_hear_of_it_at_once(
    start_hub: StartHub, database_name: str, *, closed: bool
) -> None:
    one, other = start_hub(database_name, **UNHEARD), start_hub(database_name, **UNHEARD)
    await tell(one, *talk("s", "m-1", "m-2"), *talk("beside", "m-1"))
    await until_total(other, "", 2)
    if closed:
        await tell(one, ("s", "session.closed", "c"))
        await until_total(other, "status=closed", 1)
    async with live(one) as here, live(other) as there:
        for viewer in (here, there):
            await viewer.wall("w", "")
            assert len(viewer.walls["w"]) == 2
            await viewer.session("s", "web:s")
            await viewer.until(lambda frame: frame["op"] == "live")
        assert (await erased(one, "s")).status_code == 204
        for viewer in (here, there):
            over = await viewer.until(lambda frame: frame["op"] == "error")
            assert (over["id"], over["code"]) == ("s", "not_found")
            await viewer.until_shown("w", lambda wall: list(wall) == ["web:beside"])
            assert viewer.counts["w"]["matching"] == 1
            await proved(viewer, "w")
        assert await tell(other, *talk("s", "n-1")) == [1]
        for viewer in (here, there):
            await viewer.until_shown("w", lambda wall: wall == {"web:beside": 1, "web:s": 1})
            assert viewer.counts["w"]["matching"] == 2
            await proved(viewer, "w")
            assert viewer.seqs["s"] in ([1, 2], [1, 2, 3]), "who followed the one before is told nothing of this one"


async def test_at_rest_since_before_the_hubs_began_it_leaves_lists_counts_and_facets(
    start_hub: StartHub, database_name: str
) -> None:
    first = start_hub(database_name)
    for session in ("s", "beside"):
        await tell(first, *talk(session, "m-1"), (session, "session.closed", "c"))
    assert first.stop() == 0
    one, other = start_hub(database_name, **UNHEARD), start_hub(database_name, **UNHEARD)
    async with live(one) as here, live(other) as there:
        for viewer in (here, there):
            await viewer.wall("w", "status=closed")
        assert (await erased(one, "s")).status_code == 204
        for viewer in (here, there):
            await viewer.until_shown("w", lambda wall: list(wall) == ["web:beside"])
            assert viewer.counts["w"]["matching"] == 1
            await proved(viewer, "w")
    for hub in (one, other):
        async with reading(hub) as http:
            for query in ("", "status=closed", "text=secret"):
                assert (await http.get(f"/api/v1/sessions?{query}")).json()["total"] == 1, query
            facets: dict[str, Any] = (await http.get("/api/v1/facets")).json()
            assert facets["facets"]["channel"] == {"web": 1}
            assert facets["counts"]["matching"] == 1


async def test_with_a_silent_bus_the_other_hub_learns_from_the_store(
    valkey: Valkey, start_hub: StartHub, database_name: str
) -> None:
    one, other = (start_hub(database_name, LIVE_REDIS_URL=valkey.url) for _ in range(2))
    await tell(one, *talk("s", "m-1", "m-2"), *talk("beside", "m-1"))
    await until_total(other, "", 2)
    async with live(other) as there:
        await there.wall("w", "")
        await there.session("s", "web:s")
        await there.until(lambda frame: frame["op"] == "live")
        valkey.pause()
        await there.until(lambda frame: frame["op"] == "beat" and frame["bus"] == "silent")
        assert (await erased(one, "s")).status_code == 204
        assert (await there.until(lambda frame: frame["op"] == "error"))["code"] == "not_found"
        await there.until_shown("w", lambda wall: list(wall) == ["web:beside"])
        assert there.counts["w"]["matching"] == 1
        await proved(there, "w")
        assert await tell(other, *talk("s", "n-1")) == [1]
        await until_total(one, "", 2)
        valkey.resume()


async def test_a_hub_killed_right_after_has_erased_it_for_all(start_hub: StartHub, database_name: str) -> None:
    one, other = start_hub(database_name), start_hub(database_name)
    await tell(one, *talk("s", "m-1"))
    await until_total(other, "", 1)
    assert (await erased(one, "s")).status_code == 204
    one.kill()
    await until_total(other, "", 0)
    again = start_hub(database_name)
    await until_total(again, "", 0)


async def test_the_store_away_is_said_and_asking_again_is_right(
    mongod: Mongod, start_hub: StartHub, database_name: str
) -> None:
    hub = start_hub(database_name, LIVE_MONGODB_URL=mongod.url, LIVE_STORE_TIMEOUT="1s", LIVE_ACK_TIMEOUT="2s")
    await tell(hub, *talk("s", "m-1"))
    async with at_desk(hub, ADMIN[0], password=ADMIN[1]) as http:
        mongod.pause()
        assert (await http.delete("/api/v1/sessions/web:s")).status_code == 503
        mongod.resume()
        async with asyncio.timeout(30):
            while (status := (await http.delete("/api/v1/sessions/web:s")).status_code) == 503:
                await asyncio.sleep(0.1)
        assert status in (204, 404), "404 where the first one was carried out after all"
        async with asyncio.timeout(10):
            while (await http.get("/api/v1/sessions/web:s")).status_code != 404:
                await asyncio.sleep(0.1)
    assert await tell(hub, *talk("s", "m-1")) == [1]


async def test_a_hub_that_died_in_the_middle_of_it_holds_up_nobody(
    start_hub: StartHub, database_name: str, mongodb_url: str
) -> None:
    hub = start_hub(database_name)
    await tell(hub, *talk("s", "m-1"), *talk("other", "m-1"))
    dead: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(mongodb_url, appname="live")
    try:
        async with await dead.start_session() as left:
            left.start_transaction()
            log = dead[database_name].events
            await log.delete_one({"session": "web:s"}, session=left)
            await log.insert_one({"_id": "a fence", "session": "web:s", "seq": 2}, session=left)
            async with reading(hub) as http, asyncio.timeout(15):
                http.headers["Authorization"] = f"Bearer {hub.key}"
                fact = {"type": "message", "session": "s", "id": "m-2", "role": "user", "text": "still there?"}
                while (answer := await http.post("/api/v1/events", json=fact)).status_code == 503:
                    await asyncio.sleep(0.2)
            assert [(one["status"], one["seq"]) for one in answer.json()["results"]] in (
                [("stored", 2)],
                [("duplicate", 2)],
            )
            assert (await erased(hub, "s")).status_code == 204
            with pytest.raises(OperationFailure, match="abort|No such|NoSuch|does not match"):
                await left.commit_transaction()
    finally:
        dead.close()
    assert await tell(hub, *talk("other", "m-2")) == [2]


async def test_a_session_that_a_dead_hub_was_erasing_is_erased_by_another(
    start_hub: StartHub, database_name: str, mongodb_url: str
) -> None:
    hub = start_hub(database_name)
    await tell(hub, *talk("s", "m-1"))
    dead: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(mongodb_url, appname="live")
    try:
        async with await dead.start_session() as left:
            left.start_transaction()
            await dead[database_name].events.delete_one({"session": "web:s"}, session=left)
            assert (await erased(hub, "s")).status_code == 204
    finally:
        dead.close()
    async with reading(hub) as http:
        assert (await http.get("/api/v1/sessions/web:s")).status_code == 404


async def test_a_long_session_is_erased_while_a_channel_goes_on_sending_it(
    start_hub: StartHub, database_name: str
) -> None:
    hub = start_hub(database_name)
    for start in range(0, 4_000, 500):
        await tell(hub, *talk("s", *(f"m-{n}" for n in range(start, start + 500))))

    async def go_on() -> list[int]:
        return [(await tell(hub, *talk("s", f"n-{n}")))[0] for n in range(40)]

    sending = asyncio.create_task(go_on())
    await asyncio.sleep(0)
    assert (await erased(hub, "s")).status_code == 204
    seqs = await sending
    begun = seqs.index(1)
    assert seqs == [*range(4_001, 4_001 + begun), *range(1, 41 - begun)]
    async with reading(hub) as http:
        page = (await http.get("/api/v1/sessions/web:s/events?limit=1000")).json()
    assert [event["seq"] for event in page["events"]] == list(range(1, 41 - begun))
