"""Who watches a session now: names for those who follow it, numbers on the cards of walls, across hubs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import uuid4

import httpx
import pytest

from live.embedded import Valkey
from live.storage import mongo
from live.storage.people import People
from tests.hubs import RunningHub, StartHub
from tests.screens import PATIENCE, Frame, Live, live
from tests.staff import at_desk, hired

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

GONE = 30.0  # seconds until a hub that was killed must be known to be gone


async def said(hub: RunningHub, session: str) -> str:
    """A session with a message; its public id."""
    fact = {"type": "message", "session": session, "id": uuid4().hex, "role": "user", "text": "hello"}
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {hub.key}"}, timeout=20) as http:
        assert (await http.post(f"{hub.url}/api/v1/events", json=fact)).status_code == 200
    return f"web:{session}"


async def tokens(mongodb_url: str, database: str, *names: str) -> list[str]:
    """API tokens with these names."""
    async with mongo.database(mongodb_url, database, timeout=10) as opened:
        return [await People(opened).add_token(name) for name in names]


@asynccontextmanager
async def following(hub: RunningHub, session: str, token: str) -> AsyncIterator[Live]:
    """Somebody's page of this session."""
    async with live(hub, token=token) as viewer:
        await viewer.session("s", session)
        yield viewer


async def until_names(viewer: Live, *names: str, within: float = PATIENCE) -> None:
    """Until these people watch, and nobody else."""
    async with asyncio.timeout(within):
        while True:
            try:
                frame = await viewer.next()
            except TimeoutError:
                continue  # nothing comes for a while: the limit is ours
            if frame["op"] == "watching" and frame["names"] == list(names):
                assert frame == {"op": "watching", "id": "s", "names": list(names), "count": len(names)}
                return


async def until_bus_is(bus: str, viewer: Live) -> None:
    """From here on, beats come with their time alone."""
    async with asyncio.timeout(PATIENCE):
        await viewer.send(op="ping")
        await viewer.until(lambda frame: frame["op"] == "beat" and frame["bus"] == bus)  # or as soon as it is


async def until_watched(viewer: Live, wanted: dict[str, int], *, watched: dict[str, int] | None = None) -> None:
    """Until the wall, as a page that had these before merges it, shows these numbers."""
    watched = watched or {}
    async with asyncio.timeout(PATIENCE):
        while True:
            frame = await viewer.next()
            if frame["op"] == "beat":
                watched = dict(frame["watched"])
            elif frame["op"] == "watched":
                assert frame["id"] == "w"
                watched |= frame["sessions"]
            if {session: count for session, count in watched.items() if count} == wanted:
                return


async def test_people_on_a_session_are_told_of_each_other(
    start_hub: StartHub, database_name: str, mongodb_url: str
) -> None:
    hub = start_hub(database_name)
    ada, grace = await tokens(mongodb_url, database_name, "Ada", "Grace")
    session, other = await said(hub, "s"), await said(hub, "t")
    async with following(hub, session, ada) as here:
        frames: list[Frame] = [await here.next() for _ in range(3)]
        assert [frame["op"] for frame in frames] == ["events", "live", "watching"]
        assert frames[-1] == {"op": "watching", "id": "s", "names": ["Ada"], "count": 1}
        async with following(hub, session, grace) as there, following(hub, session, grace):
            await until_names(there, "Ada", "Grace")
            await until_names(here, "Ada", "Grace")
            await there.session("s", other)  # one of her two pages goes on to another session
            await until_names(there, "Grace")
        await until_names(here, "Ada")


async def test_an_account_watches_by_its_name_and_a_wall_by_nobodys(
    start_hub: StartHub, database_name: str, mongodb_url: str
) -> None:
    hub = start_hub(database_name)
    await hired(mongodb_url, database_name, ("rita", "viewer"))
    session = await said(hub, "s")
    async with at_desk(hub, "rita") as http:
        held = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
        async with live(hub, headers={"Cookie": held, "Origin": hub.url}) as viewer:
            await viewer.wall("w")
            await viewer.session("s", session)
            await until_names(viewer, "rita")


async def test_a_wall_is_told_of_the_cards_it_shows(
    start_hub: StartHub, database_name: str, mongodb_url: str, bus: str
) -> None:
    hub = start_hub(database_name, LIVE_HEARTBEAT="60s")  # so that what comes was pushed
    ada, grace = await tokens(mongodb_url, database_name, "Ada", "Grace")
    shown, other = await said(hub, "shown"), await said(hub, "other")
    async with mongo.database(mongodb_url, database_name, timeout=10) as opened:
        kiosk = await People(opened).add_kiosk("lobby", unmasked=False)
    async with live(hub, token=kiosk) as screen, live(hub) as viewer, AsyncExitStack() as pages:
        await until_bus_is(bus, screen)
        for wall in (screen, viewer):
            await wall.wall("w", "messages=1", sort="started", limit=200)
        await pages.enter_async_context(following(hub, shown, ada))
        await pages.enter_async_context(following(hub, other, ada))
        for wall in (screen, viewer):
            await until_watched(wall, {shown: 1, other: 1})
        await viewer.send(op="subscribe", id="w", to="wall", filter="q=nobody-has-this-name")
        await viewer.send(op="ping")
        await until_watched(viewer, {})
        await pages.enter_async_context(following(hub, shown, grace))
        frame = await screen.until(lambda frame: frame["op"] == "watched")
        assert frame == {"op": "watched", "id": "w", "sessions": {shown: 2}}, "what has changed, and no names"
        await pages.aclose()
        await until_watched(screen, {}, watched={shown: 2, other: 1})
        await screen.send(op="ping")
        assert (await screen.until(lambda frame: frame["op"] == "beat"))["watched"] == {}


@pytest.mark.bus("hubs tell each other who watches by notes on the bus alone")
async def test_hubs_tell_each_other_and_one_that_is_killed_takes_its_people_along(
    start_hub: StartHub, database_name: str, mongodb_url: str
) -> None:
    here, there = start_hub(database_name), start_hub(database_name)
    ada, grace, rita = await tokens(mongodb_url, database_name, "Ada", "Grace", "Rita")
    session = await said(here, "s")
    async with following(here, session, ada) as viewer, live(here, token=rita) as wall:
        await wall.wall("w")
        async with following(there, session, grace) as other, following(there, session, ada):
            await until_names(viewer, "Ada", "Grace")
            await until_names(other, "Ada", "Grace")
            await until_watched(wall, {session: 2})
            there.kill()
            await until_names(viewer, "Ada", within=GONE)
            await until_watched(wall, {session: 1})


@pytest.mark.bus("hubs tell each other who watches by notes on the bus alone")
async def test_a_hub_that_stops_says_good_bye_for_its_people(
    start_hub: StartHub, database_name: str, mongodb_url: str
) -> None:
    here, there = start_hub(database_name), start_hub(database_name)
    ada, grace = await tokens(mongodb_url, database_name, "Ada", "Grace")
    session = await said(here, "s")
    async with following(here, session, ada) as viewer, following(there, session, grace):
        await until_names(viewer, "Ada", "Grace")
        assert await asyncio.to_thread(there.stop) == 0
        await until_names(viewer, "Ada")


async def test_without_the_bus_each_hub_shows_its_own_and_afterwards_all_again(
    valkey: Valkey, start_hub: StartHub, database_name: str, mongodb_url: str
) -> None:
    here, there = (start_hub(database_name, LIVE_REDIS_URL=valkey.url) for _ in range(2))
    ada, grace, rita = await tokens(mongodb_url, database_name, "Ada", "Grace", "Rita")
    session = await said(here, "s")
    async with following(here, session, ada) as viewer, following(there, session, grace) as other:
        await until_names(viewer, "Ada", "Grace")
        await until_names(other, "Ada", "Grace")
        valkey.pause()
        await until_names(viewer, "Ada", within=GONE)
        await until_names(other, "Grace", within=GONE)
        async with following(here, session, rita):
            await until_names(viewer, "Ada", "Rita")
        await until_names(viewer, "Ada")
        valkey.resume()
        await until_names(viewer, "Ada", "Grace", within=GONE)
        await until_names(other, "Ada", "Grace", within=GONE)


@pytest.mark.bus("hubs tell each other who watches by notes on the bus alone")
async def test_what_hubs_tell_of_watchers_does_not_count_as_a_gap(
    start_hub: StartHub, database_name: str, mongodb_url: str
) -> None:
    here, there = start_hub(database_name), start_hub(database_name)
    (ada,) = await tokens(mongodb_url, database_name, "Ada")
    async with live(there) as wall:
        await wall.wall("w")
        for number in range(3):
            session = await said(here, f"s-{number}")
            async with following(here, session, ada):
                await until_watched(wall, {session: 1})
            await until_watched(wall, {})
    metrics = (await _get(there, "/metrics")).splitlines()
    assert "live_bus_gaps_total 0.0" in metrics
    assert "live_reconcile_repaired_total 0.0" in metrics


async def _get(hub: RunningHub, path: str) -> str:
    async with httpx.AsyncClient() as http:
        return (await http.get(f"{hub.url}{path}")).text
