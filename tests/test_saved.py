"""Saved views over HTTP: one's own, those of all, and who may do what with them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from live import saved
from live.auth import Auth, Who
from live.pages import asked, sessions
from live.saved import SavedViews
from live.settings import load
from live.storage import mongo
from live.storage.people import People
from live.storage.saved import Saved
from tests.hubs import RunningHub, starter
from tests.staff import PASSWORD, at_desk, dismissed, hired

pytestmark = pytest.mark.anyio

STAFF = (("Ada", "reviewer"), ("bo", "reviewer"), ("vera", "viewer"), ("Zoe", "reviewer"))


@dataclass(slots=True)
class Office:
    """A hub, and the people of the staff at their desks."""

    hub: RunningHub
    database: str
    admin: httpx.AsyncClient
    ada: httpx.AsyncClient
    bo: httpx.AsyncClient
    vera: httpx.AsyncClient


@pytest.fixture(scope="module")
async def office(mongodb_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    database = f"test_{uuid4().hex[:12]}"
    with starter(mongodb_url, redis_url, tmp_path_factory.mktemp("office")) as start:
        hub = start(database)
        await hired(mongodb_url, database, *STAFF)
        async with AsyncExitStack() as desks:
            admin, *others = [
                await desks.enter_async_context(at_desk(hub, name, password=password))
                for name, password in (hub.admin, *((name, PASSWORD) for name, _ in STAFF[:3]))
            ]
            yield Office(hub, database, admin, *others)


def unique(prefix: str = "view") -> str:
    """A name that no other story uses."""
    return f"{prefix} {uuid4().hex[:8]}"


async def save(http: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    """A view that is taken."""
    answer = await http.post("/api/v1/views", json={"name": unique(), "page": "sessions", "query": "", **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def seen(http: httpx.AsyncClient, ident: str) -> dict[str, Any] | None:
    """The view as this person's list has it."""
    answer = await http.get("/api/v1/views")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = [view for view in answer.json()["views"] if view["id"] == ident]
    return found[0] if found else None


async def forget(http: httpx.AsyncClient) -> None:
    """A person without a view of their own."""
    for view in (await http.get("/api/v1/views")).json()["views"]:
        if view["mine"]:
            assert (await http.delete(f"/api/v1/views/{view['id']}")).status_code == 204


# for oneself ----------------------------------------------------------------------------------------------------------


async def test_a_view_is_mine_alone_until_i_share_it(office: Office) -> None:
    name = unique()
    made = await save(office.ada, name=name, query="channel=web&sentiment=negative&goal=!demo&sort=attention")
    assert made == {
        "id": made["id"], "name": name, "page": "sessions",
        "query": "channel=web&sentiment=negative&goal=!demo&sort=attention",
        "shared": False, "owner": "Ada", "mine": True, "default": False, "gone": [],
    }  # fmt: skip
    assert await seen(office.ada, made["id"]) == made
    assert await seen(office.bo, made["id"]) is None
    answer = await office.ada.patch(f"/api/v1/views/{made['id']}", json={"shared": True})
    assert answer.json() == {**made, "shared": True}
    assert await seen(office.bo, made["id"]) == {**made, "shared": True, "mine": False}
    assert (await office.ada.delete(f"/api/v1/views/{made['id']}")).status_code == 204
    assert await seen(office.bo, made["id"]) is None


async def test_views_come_by_name(office: Office) -> None:
    await forget(office.vera)
    for name in ("zebra", "Apple", "émile", "banana"):
        await save(office.vera, name=name)
    listed = (await office.vera.get("/api/v1/views")).json()["views"]
    assert [view["name"] for view in listed if view["mine"]] == ["Apple", "banana", "zebra", "émile"]


async def test_what_belongs_to_one_visit_is_not_saved(office: Office) -> None:
    made = await save(
        office.ada, page="wall", query="?status=open&view=old&token=secret&cursor=c&selected=web:1&sort=recent"
    )
    assert made["query"] == "status=open&sort=recent"
    answer = await office.ada.patch(f"/api/v1/views/{made['id']}", json={"query": "token=secret&kiosk=true"})
    assert answer.json()["query"] == "kiosk=true"


async def test_one_begins_a_page_with_ones_default(office: Office) -> None:
    first, second = await save(office.ada, shared=True), await save(office.ada)
    for view in (first, second):
        assert (await office.ada.put(f"/api/v1/views/{view['id']}/default")).status_code == 204
    assert [(await seen(office.ada, view["id"]) or {})["default"] for view in (first, second)] == [False, True]
    assert (await office.bo.put(f"/api/v1/views/{first['id']}/default")).status_code == 204, "a shared one will do"
    assert (await seen(office.bo, first["id"]) or {})["default"]
    assert (await office.ada.delete(f"/api/v1/views/{first['id']}/default")).status_code == 204, "it is not, anyway"
    assert (await seen(office.ada, second["id"]) or {})["default"]
    assert (await office.ada.delete(f"/api/v1/views/{second['id']}/default")).status_code == 204
    assert not (await seen(office.ada, second["id"]) or {})["default"]


async def test_two_tokens_of_one_name_share_their_views_and_no_person_has_them(office: Office) -> None:
    async with httpx.AsyncClient(
        base_url=office.hub.url, headers={"Authorization": f"Bearer {office.hub.token}"}
    ) as program:
        made = await save(program)
        assert made["owner"] == "bootstrap"
        assert await seen(program, made["id"]) == made
        assert await seen(office.admin, made["id"]) is None


# for all --------------------------------------------------------------------------------------------------------------


async def test_who_may_only_look_saves_views_but_shares_none(office: Office) -> None:
    mine = await save(office.vera)
    shared = {"name": unique(), "page": "wall", "query": "", "shared": True}
    assert (await office.vera.post("/api/v1/views", json=shared)).status_code == 403
    assert (await office.vera.patch(f"/api/v1/views/{mine['id']}", json={"shared": True})).status_code == 403
    assert not (await seen(office.vera, mine["id"]) or {})["shared"]
    assert (await office.vera.patch(f"/api/v1/views/{mine['id']}", json={"name": "mine"})).status_code == 200


async def test_a_shared_view_is_changed_by_its_owner_and_an_admin_alone(office: Office) -> None:
    made = await save(office.ada, shared=True)
    address = f"/api/v1/views/{made['id']}"
    for answer in (await office.bo.patch(address, json={"name": "mine now"}), await office.bo.delete(address)):
        assert answer.status_code == 403
        assert "Ada" in answer.json()["detail"]
    assert (await office.admin.patch(address, json={"query": "channel=sms"})).json()["owner"] == "Ada"
    assert (await seen(office.ada, made["id"]) or {})["query"] == "channel=sms"
    assert (await office.admin.delete(address)).status_code == 204


async def test_a_view_of_somebody_else_is_not_there(office: Office) -> None:
    made = await save(office.ada)
    for path, method in (
        (f"/api/v1/views/{made['id']}", "PATCH"),
        (f"/api/v1/views/{made['id']}", "DELETE"),
        (f"/api/v1/views/{made['id']}/default", "PUT"),
        (f"/api/v1/views/{made['id']}/default", "DELETE"),
        (f"/views/{made['id']}", "GET"),
    ):
        for person in (office.bo, office.admin):
            answer = await person.request(method, path)
            nowhere = await person.request(method, path.replace(made["id"], "nowhere1"))
            assert (answer.status_code, nowhere.status_code) == (404, 404)
            assert answer.text.replace(made["id"], "nowhere1") == nowhere.text, "nor is it told that there is one"
    assert await seen(office.ada, made["id"]) == made


async def test_a_shared_view_outlives_its_owners_account(office: Office, mongodb_url: str) -> None:
    async with at_desk(office.hub, "zoe") as zoe:
        made = await save(zoe, shared=True, query="channel=web")
    await dismissed(mongodb_url, office.database, ["zoe"])
    assert (await seen(office.bo, made["id"]) or {})["owner"] == "Zoe"
    assert (await office.bo.get(f"/views/{made['id']}")).status_code == 303
    assert (await office.admin.delete(f"/api/v1/views/{made['id']}")).status_code == 204


async def test_a_kiosk_is_told_of_shared_walls_alone(mongodb_url: str, database_name: str) -> None:
    async with mongo.database(mongodb_url, database_name, timeout=10) as opened:
        kept = Saved(opened)
        floor = Who("Floor", "kiosk", "token")
        owners = ("ada", "token Floor", saved.owner_of(floor))
        made = {
            (owner, page, shared): await kept.add(
                name=page, page=page, query="", shared=shared, owner=owner, signed="Floor"
            )
            for owner in owners
            for page in ("sessions", "wall")
            for shared in (True, False)
        }
        auth = Auth(People(opened), load({}), secret="s" * 40)
        views = await SavedViews(saved=kept, auth=auth, kinds=dict).of(floor)
        assert {view.id for view in views} == {made[owner, "wall", True].id for owner in owners}
        await opened.client.drop_database(database_name)


# the address of a view ------------------------------------------------------------------------------------------------


async def test_the_address_of_a_view_leads_to_its_page(office: Office) -> None:
    made = await save(office.ada, shared=True, page="wall", query="channel=web&tag=ä%2Cb&warn.open=5")
    answer = await office.bo.get(f"/views/{made['id']}")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/wall?channel=web&tag=%C3%A4%2Cb&warn.open=5&view={made['id']}"
    empty = await save(office.ada)
    assert (await office.ada.get(f"/views/{empty['id']}")).headers["location"] == f"/sessions?view={empty['id']}"
    there = await office.ada.get(f"/views/{empty['id']}", follow_redirects=True)
    assert there.status_code == 200, "the page takes it"


async def test_who_is_not_signed_in_does_that_first_and_comes_back(office: Office) -> None:
    made = await save(office.ada, shared=True)
    async with httpx.AsyncClient(base_url=office.hub.url) as stranger:
        answer = await stranger.get(f"/views/{made['id']}", headers={"Accept": "text/html"})
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/signin?next={quote('/views/' + made['id'], safe='')}"


async def test_the_address_of_a_view_that_is_gone_is_a_page_that_says_so(office: Office) -> None:
    made = await save(office.ada)
    await office.ada.delete(f"/api/v1/views/{made['id']}")
    answer = await office.ada.get(f"/views/{made['id']}", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "<html" in answer.text
    assert "saved view" in answer.text


# what is gone ---------------------------------------------------------------------------------------------------------


async def test_what_the_language_no_longer_knows_is_told_and_spoils_nothing_else(
    office: Office, mongodb_url: str
) -> None:
    good, old = await save(office.ada, query="channel=web"), await save(office.ada)
    query = "mood=angry&statuz=open&channel=web&sort=loudest&columns=name&density=compact"
    async with mongo.database(mongodb_url, office.database, timeout=10) as opened:  # as an older version saved it
        await opened["views"].update_one({"_id": old["id"]}, {"$set": {"query": query}})
    assert (await seen(office.ada, good["id"]) or {})["gone"] == []
    gone = (await seen(office.ada, old["id"]) or {})["gone"]
    assert [sentence.partition(":")[0] for sentence in gone] == ["sort", "mood", "statuz"]
    assert "did you mean status?" in gone[2]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "&&",
        "channel=web,!sms&layout=cards&columns=name,goals&density=compact&sort=recent&limit=50&selected=web:1",
        "duration=>5m&attention=any&from=2026-01-01",
    ],
)
def test_nothing_is_gone_of_what_a_list_takes(query: str) -> None:
    assert saved.gone(query, page="sessions", kinds={}) == []


@pytest.mark.parametrize(
    "query",
    ["kiosk=true&name=Floor%202&theme=dark&rotate=30&views=a,b&sound=on&warn.open=5&alarm.waiting=2&view=a", "sort="],
)
def test_nothing_is_gone_of_what_a_wall_takes(query: str) -> None:
    assert saved.gone(query, page="wall", kinds={}) == []


@pytest.mark.parametrize(
    ("query", "page", "path"),
    [
        ("rotate=30", "sessions", "rotate"),
        ("layout=cards", "wall", "layout"),
        ("tag=%zz", "wall", "tag"),
        ("duration=>soon", "sessions", "duration"),
        ("channel=kind:fax", "sessions", "channel"),
        ("warning=5", "wall", "warning"),
    ],
)
def test_each_flaw_is_a_sentence_that_names_its_field(query: str, page: str, path: str) -> None:
    (sentence,) = saved.gone(query, page=page, kinds={"chat": frozenset({"web"})})
    assert sentence.startswith(f"{path}: ")


def test_the_pages_own_parameters_are_no_filter() -> None:
    assert {*asked.OWN, *sessions.OWN} == set(saved.OWN["sessions"])
    assert set(asked.OWN) <= set(saved.OWN["wall"])


# what is not taken ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": 7}, "name"),
        ({"name": None}, "name"),
        ({"page": "admin"}, "page"),
        ({"page": "//evil.example"}, "page"),
        ({"query": "x" * 4_001}, "query"),
        ({"query": "a=1\r\nSet-Cookie: x=y"}, "query"),
        ({"shared": "yes"}, "shared"),
        ({"owner": "bo"}, "owner"),
    ],
)
async def test_a_view_that_cannot_be_one_is_refused_by_name(office: Office, sent: dict[str, Any], path: str) -> None:
    answer = await office.ada.post("/api/v1/views", json={"name": "n", "page": "wall", "query": "", **sent})
    assert answer.status_code == 400, answer.text
    assert [error["path"] for error in answer.json()["errors"]] == [path]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"name": "\\ud800"}', b"\xff"])
async def test_what_is_no_view_is_a_bad_request(office: Office, body: bytes) -> None:
    assert (await office.ada.post("/api/v1/views", content=body)).status_code == 400


async def test_a_body_that_is_too_large_is_refused(office: Office) -> None:
    assert (await office.ada.post("/api/v1/views", content=b" " * 70_000)).status_code == 413


async def test_without_the_pages_token_a_cookie_changes_nothing(office: Office) -> None:
    made = await save(office.ada)
    address = f"/api/v1/views/{made['id']}"
    for method, path in (
        ("POST", "/api/v1/views"),
        ("PATCH", address),
        ("DELETE", address),
        ("PUT", f"{address}/default"),
        ("DELETE", f"{address}/default"),
    ):
        sent = {"name": "n", "page": "wall", "query": ""} if method == "POST" else None
        answer = await office.ada.request(method, path, json=sent, headers={"X-CSRF-Token": "made up"})
        assert answer.status_code == 403, path
    assert await seen(office.ada, made["id"]) == made


async def test_strangers_see_and_save_nothing(office: Office) -> None:
    async with httpx.AsyncClient(base_url=office.hub.url) as stranger:
        assert (await stranger.get("/api/v1/views")).status_code == 401
        assert (await stranger.post("/api/v1/views", json={})).status_code == 401
        key = {"Authorization": f"Bearer {office.hub.key}"}
        assert (await stranger.get("/api/v1/views", headers=key)).status_code == 401
