"""A screen in a public place: it sees the wall, masked, and nothing else; its token stays in no history and no log."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
import websockets

from live.storage import mongo
from live.storage.people import People
from tests.hubs import RunningHub, starter
from tests.screens import Live, live

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

NAME, EMAIL, PHONE, SAID = "Marguerite Yourcenar", "marguerite@example.com", "+49 171 5550199", "my dearest secret"


DATABASE = f"test_{uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def hub(mongodb_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """A hub whose database is known."""
    with starter(mongodb_url, redis_url, tmp_path_factory.mktemp("kiosk")) as start:
        yield start(DATABASE)


@pytest.fixture
async def people(mongodb_url: str) -> AsyncIterator[People]:
    """The hub's own."""
    async with mongo.database(mongodb_url, DATABASE, timeout=10) as database:
        yield People(database)


async def told(hub: RunningHub) -> tuple[str, str]:
    """A session full of what must not be seen; its kind and id."""
    kind, session = f"kind-{uuid4().hex[:8]}", f"s-{uuid4().hex[:8]}"
    user = {"id": "user-4711", "name": NAME, "email": EMAIL, "phone": PHONE}
    facts: list[dict[str, Any]] = [
        {"type": "session.started", "user": user, "kind": kind, "lead": "https://crm.example.com/4711"},
        {"type": "session.updated", "attributes": {"street": "Rue de la Paix 7"}},
        {"type": "message", "role": "user", "text": SAID},
        {"type": "goal.triggered", "goal": "demo"},
    ]
    sent = [{**fact, "session": session, "id": f"e-{n}"} for n, fact in enumerate(facts)]
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {hub.key}"}) as http:
        assert (await http.post(f"{hub.url}/api/v1/events", json=sent)).status_code == 200
    return kind, session


@asynccontextmanager
async def screen(hub: RunningHub, token: str, query: str = "status=open") -> AsyncIterator[httpx.AsyncClient]:
    """A screen's browser, past its address."""
    async with httpx.AsyncClient(base_url=hub.url, follow_redirects=False) as http:
        answer = await http.get(f"/wall?{query}&kiosk=true&token={token}")
        assert answer.status_code == 303, answer.text
        assert "token" not in answer.headers["location"]
        assert token not in str(answer.headers)
        assert answer.headers["referrer-policy"] == "no-referrer"
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("live-kiosk=")
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        yield http


def cookie_of(http: httpx.AsyncClient) -> dict[str, str]:
    """As a page's socket sends it."""
    return {"Cookie": f"live-kiosk={http.cookies['live-kiosk']}", "Origin": str(http.base_url).rstrip("/")}


async def frames_of(viewer: Live, kind: str) -> str:
    """All that a wall of this kind is sent."""
    frames = [await viewer.wall("w", f"kind={kind}")]
    await viewer.send(op="subscribe", id="t", to="totals", filter=f"kind={kind}")
    frames.append(await viewer.until(lambda frame: frame["op"] == "totals"))
    return str(frames)


async def test_a_masked_screen_is_told_nothing_of_whom_it_is_about(hub: RunningHub, people: People) -> None:
    kind, session = await told(hub)
    token = await people.add_kiosk("lobby", unmasked=False)
    async with screen(hub, token, f"kind={kind}") as http:
        page = await http.get(f"/wall?kind={kind}&kiosk=true")
        assert page.status_code == 200
        async with live(hub, headers=cookie_of(http)) as viewer:
            seen = await frames_of(viewer, kind) + page.text
            assert f"web:{session}" in seen
            assert "M. Y." in seen
            assert "demo" in seen
            for secret in (NAME, "Yourcenar", EMAIL, PHONE, "5550199", SAID, "user-4711", "crm.example.com", "Rue de"):
                assert secret not in seen, secret
            for telling in (f"q={NAME[:4]}", "user=user-4711", "text=secret"):
                for to in ("wall", "totals"):
                    await viewer.send(op="subscribe", id="x", to=to, filter=telling)
                    refused = await viewer.until(lambda frame: frame["op"] == "error")
                    assert "masked" in refused["message"]
            assert viewer.walls["w"] == {f"web:{session}": 4}
            await viewer.send(op="ping")
            beat = await viewer.until(lambda frame: frame["op"] == "beat")
            assert beat["digest"]["w"] == viewer.digest("w"), "ids and revs are the same, masked or not"


async def test_an_unmasked_screen_is_told(hub: RunningHub, people: People) -> None:
    kind, _ = await told(hub)
    token = await people.add_kiosk("control room", unmasked=True)
    async with screen(hub, token) as http, live(hub, headers=cookie_of(http)) as viewer:
        seen = await frames_of(viewer, kind)
        assert NAME in seen
        assert SAID in seen


async def test_a_screen_sees_the_wall_alone(hub: RunningHub, people: People) -> None:
    _, session = await told(hub)
    token = await people.add_kiosk("lobby", unmasked=True)
    async with screen(hub, token) as http:
        assert (await http.get("/signed-in")).json() == {"name": "lobby", "role": "kiosk"}
        assert (await http.get("/api/v1/views")).status_code == 200
        reading = ["/sessions", f"/sessions/web:{session}", f"/preview/web:{session}", "/api/v1/sessions",
                   "/api/v1/facets", f"/api/v1/sessions/web:{session}/events", "/api/v1/export", "/api/v1/openapi.json",
                   "/sessions/filters"]  # fmt: skip
        for path in reading:
            by_cookie = await http.get(path, params={"kiosk": "true"})
            assert by_cookie.status_code in (303, 401), path
            assert NAME not in by_cookie.text
            by_token = await http.get(path, headers={"Authorization": f"Bearer {token}"})
            assert by_token.status_code == 403, path
            assert NAME not in by_token.text
        assert (await http.post("/api/v1/views", json={"name": "x", "page": "wall", "query": ""})).status_code in (
            401,
            403,
        )
        async with live(hub, headers=cookie_of(http)) as viewer:
            await viewer.send(op="subscribe", id="s", to="session", session=f"web:{session}")
            refused = await viewer.until(lambda frame: frame["op"] == "error")
            assert (refused["id"], refused["code"]) == ("s", "forbidden")
        strange = {**cookie_of(http), "Origin": "https://elsewhere.example.com"}
        with pytest.raises(websockets.InvalidStatus, match="403"):
            async with live(hub, headers=strange):
                pass
    async with live(hub, token=token) as viewer:
        await viewer.wall("w", "status=open")


async def test_a_revoked_screen_is_let_in_no_more(hub: RunningHub, people: People) -> None:
    token = await people.add_kiosk(f"lobby {uuid4().hex[:4]}", unmasked=False)
    await people.revoke(token)
    async with httpx.AsyncClient(base_url=hub.url, headers={"Accept": "text/html"}) as http:
        answer = await http.get(f"/wall?kiosk=true&token={token}")
        assert answer.status_code == 401
        assert "revoked" in answer.text
        assert token not in answer.text
        assert "live-kiosk" not in answer.cookies


async def test_a_wrong_token_is_refused_and_locks_nobody_out(hub: RunningHub, people: People) -> None:
    async with httpx.AsyncClient(base_url=hub.url, headers={"Accept": "text/html"}) as http:
        for n in range(12):
            answer = await http.get(f"/wall?kiosk=true&token=wrong-{n}")
            assert answer.status_code == 401
            assert f"wrong-{n}" not in answer.text
    async with screen(hub, await people.add_kiosk("lobby", unmasked=False)):
        pass


async def test_without_a_cookie_a_kiosks_address_asks_for_sign_in(hub: RunningHub) -> None:
    async with httpx.AsyncClient(base_url=hub.url) as http:
        answer = await http.get("/wall?kiosk=true")
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/signin")


async def test_the_log_does_not_know_the_token(hub: RunningHub, people: People) -> None:
    token = await people.add_kiosk("lobby", unmasked=False)
    async with screen(hub, token) as http, live(hub, headers=cookie_of(http)) as viewer:
        await viewer.wall("w", "status=open")
    assert token not in hub.log.read_text()
