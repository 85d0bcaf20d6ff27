"""The pages as HTTP: who may see them, what they hold before any script runs, and what hostile input makes of them."""

import base64
import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from html import unescape
from html.parser import HTMLParser
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from live.filters.fields import FIELDS
from tests.hubs import RunningHub, StartHub

pytestmark = pytest.mark.anyio

Fact = Mapping[str, object]
HOSTILE = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "\u202eevil", "a" * 4_000)


@pytest.fixture
async def stranger(hub: RunningHub) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that has not signed in, as far as HTTP goes."""
    async with httpx.AsyncClient(base_url=hub.url, timeout=20, headers={"Accept": "text/html"}) as client:
        yield client


@pytest.fixture
async def client(stranger: httpx.AsyncClient, hub: RunningHub) -> httpx.AsyncClient:
    """One that has."""
    answer = await sign_in(stranger, *hub.admin)
    assert answer.status_code == 303, answer.text
    return stranger


async def sign_in(client: httpx.AsyncClient, name: str, password: str, *, to: str = "/sessions") -> httpx.Response:
    """Fill in the form and send it."""
    form = await client.get(f"/signin?next={quote(to, safe='')}")
    return await client.post("/signin", data={**hidden(form.text), "name": name, "password": password})


def hidden(html: str) -> dict[str, str]:
    """The hidden fields of a page's form."""
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html)
    return {name: unescape(value) for name, value in fields}


async def tell(hub: RunningHub, *facts: Fact) -> None:
    """The channel sends events, until they are durable."""
    async with httpx.AsyncClient(base_url=hub.url, timeout=20) as client:
        headers = {"Authorization": f"Bearer {hub.key}"}
        answer = await client.post("/api/v1/events", json=list(facts), headers=headers)
        assert {result["status"] for result in answer.json()["results"]} == {"stored"}, answer.text


def begins(session: str, name: str, **more: object) -> Fact:
    """A session begins."""
    return {"type": "session.started", "session": session, "id": uuid4().hex, "user": {"name": name}, **more}


class Reader(HTMLParser):
    """What a browser would take from a page: its tags with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each such tag."""
        return [attributes for name, attributes in self.tags if name == tag]


# who may see them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/sessions", "/sessions?status=open&q=a%20b", "/wall?sort=recent", "/sessions/web:1"])
async def test_a_stranger_is_sent_to_sign_in_and_comes_back(
    stranger: httpx.AsyncClient, hub: RunningHub, path: str
) -> None:
    answer = await stranger.get(path)
    assert answer.status_code == 303
    to = "" if path == "/sessions" else f"?next={quote(path, safe='')}"
    assert answer.headers["location"] == f"/signin{to}"
    answer = await sign_in(stranger, *hub.admin, to=path)
    assert answer.headers["location"] == path


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "",
        "/signin",
    ],
)
async def test_sign_in_leads_nowhere_else(stranger: httpx.AsyncClient, hub: RunningHub, path: str) -> None:
    answer = await sign_in(stranger, *hub.admin, to=path)
    assert answer.headers["location"] == "/sessions"


async def test_a_wrong_password_says_so_and_signs_nobody_in(stranger: httpx.AsyncClient) -> None:
    answer = await sign_in(stranger, '<b>"nobody', "wrong")
    assert answer.status_code == 401
    assert "The name or the password is wrong." in answer.text
    assert 'value="&lt;b&gt;&#34;nobody"' in answer.text
    assert (await stranger.get("/sessions")).status_code == 303


async def test_too_many_tries_say_when_to_try_again(start_hub: StartHub, database_name: str) -> None:
    hub = start_hub(database_name)
    async with httpx.AsyncClient(base_url=hub.url, timeout=20) as client:
        tries = 0
        while (answer := await sign_in(client, "eve", "guess")).status_code == 401:
            tries += 1
            assert tries < 60
    assert answer.status_code == 429
    assert re.search(r"Try again in \d+ seconds", answer.text)
    assert int(answer.headers["retry-after"]) > 0


async def test_a_form_of_another_page_is_not_taken(stranger: httpx.AsyncClient, hub: RunningHub) -> None:
    right = {"name": hub.admin[0], "password": hub.admin[1]}
    assert (await stranger.post("/signin", data=right)).status_code == 403
    form = hidden((await stranger.get("/signin")).text)
    foreign = await stranger.post("/signin", data={**form, **right}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert "live=" not in foreign.headers.get("set-cookie", "")


async def test_signing_out_takes_the_page_s_own_form(client: httpx.AsyncClient) -> None:
    page = await client.get("/sessions")
    assert (await client.post("/signout", data={"csrf": "made up"})).status_code == 403
    assert (await client.get("/signed-in")).json() == {"name": "admin", "role": "admin"}
    answer = await client.post("/signout", data=hidden(page.text))
    assert (answer.status_code, answer.headers["location"]) == (303, "/signin")
    assert (await client.get("/signed-in")).status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"name=%ff", 400), (b"a=b&" * 40, 400), (b"x" * 20_000, 413), (b"", 403), (b"\x00\x01", 403)],
)
async def test_a_form_that_is_none_is_named(stranger: httpx.AsyncClient, body: bytes, status: int) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await stranger.post("/signin", content=body, headers=headers)).status_code == status


# what they hold -------------------------------------------------------------------------------------------------------


async def test_every_page_is_guarded_and_has_nothing_of_others(client: httpx.AsyncClient) -> None:
    for path in ("/sessions", "/wall?status=open", "/no-such-page", "/signin"):
        answer = await client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        reader = Reader(answer.text)
        found = [a.get("src") or a.get("href") for tag in ("script", "link", "img") for a in reader.all(tag)]
        sources = [source for source in found if source]
        assert all(source.startswith("/static/") for source in sources), sources
        told = [script for script in reader.all("script") if script.get("type") == "application/json"]
        within = [script for script in reader.all("script") if "src" not in script and script not in told]
        assert len(within) == (0 if answer.is_redirect else 1)  # the one whose digest the policy has
        assert not [a for _, a in reader.tags if "style" in a or any(name.startswith("on") for name in a)]


async def test_the_first_cards_are_there_without_scripts(client: httpx.AsyncClient, hub: RunningHub) -> None:
    kind = f"kind-{uuid4().hex[:8]}"
    await tell(hub, *(begins(f"{kind}-{n}", f"Number {n}", kind=kind) for n in range(3)))
    for path, tag in (("sessions", "row"), ("wall", "tile")):
        page = (await client.get(f"/{path}?kind={kind}")).text
        shown = [
            li["data-key"] for li in Reader(page).all("li") if li.get("class") == tag and "⟨" not in str(li["data-key"])
        ]
        assert shown == [f"web:{kind}-{n}" for n in range(3)]
        assert f'data-count="{"matching" if path == "sessions" else "open"}">3</' in page


async def test_every_field_of_the_language_is_in_the_bar(client: httpx.AsyncClient, hub: RunningHub) -> None:
    session = f"s-{uuid4().hex[:8]}"
    await tell(
        hub,
        begins(session, "Ada", kind="support", tags=["vip"], agent={"id": "bot"}),
        {"type": "goal.failed", "session": session, "id": "1", "goal": "kept"},
        {"type": "form.shown", "session": session, "id": "2", "form": "signup"},
        {"type": "block.entered", "session": session, "id": "3", "block": "pricing"},
    )
    names = {tag.get("name") for tag in Reader((await client.get("/sessions")).text).all("input")}
    assert set(FIELDS) <= names


async def test_empty_fields_of_a_form_do_not_stay_in_the_address(client: httpx.AsyncClient) -> None:
    answer = await client.get("/sessions?q=&status=open&text=+&sort=recent&from=&status=inactive")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sessions?status=open,inactive")
    answer = await client.get("/wall?q=&limit=7&sort=attention")
    assert answer.headers["location"] == "/wall?sort=attention&limit=7"


@pytest.mark.parametrize("path", ["/sessions", "/wall"])
async def test_a_channel_that_nobody_has_a_key_for_is_named(client: httpx.AsyncClient, path: str) -> None:
    there, quiet = "There is no channel", "No session matches"
    page = (await client.get(f"{path}?channel=wbe,!nope")).text
    assert f"{there} <bdi>wbe</bdi>" in page
    for query in ("channel=web&q=nobody-at-all", "channel=!wbe&q=nobody-at-all", "channel=kind:web&q=nobody-at-all"):
        page = (await client.get(f"{path}?{query}")).text
        assert quiet in page
        assert there not in page


@pytest.mark.parametrize("how", ["alarm.waiting=5", "warn.negative=1&alarm.negative=3", "density=dense", "limit=50"])
async def test_how_a_wall_looks_does_not_change_what_it_shows(client: httpx.AsyncClient, how: str) -> None:
    answer = await client.get(f"/wall?{how}")
    assert answer.headers["location"] == f"/wall?status=open&sort=attention&{how}"
    page = await client.get(answer.headers["location"])
    (clear,) = [tag["href"] for tag in Reader(page.text).all("a") if tag.get("class") == "clear"]
    assert clear == f"?sort=attention&{how}", "all of them, shown alike"
    assert (await client.get(f"/wall{clear}")).status_code == 200


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("sentiment=negatve", "did you mean negative?"),
        ("stats=open", "did you mean status?"),
        ("duration=long", "expected a duration"),
        ("sort=recnt", "did you mean recent?"),
        ("limit=0", "expected a whole number"),
        ("limit=%D9%A1", "expected a whole number"),
        ("cursor=xyz", "not one of this list"),
        ("q=" + "x" * 300, "a value is over"),
        ("q=" + "x" * 3_000, "over 2,000 characters"),
        ("tag=a%2Cb,c%2Cd" * 40, "over"),
        ("channel=%ff", "UTF-8"),
        ("&".join(f"tag=t{n}" for n in range(60)), "over 50 values"),
        ("&".join(f"tag=t{n}" for n in range(700)), "too many parts"),
        ("goal=!", "expected a value after"),
        ("%00=%00", "unknown filter field"),
        ("status=<script>alert(1)</script>", "expected one of open"),
    ],
)
@pytest.mark.parametrize("path", ["/sessions", "/wall"])
async def test_a_wrong_address_is_named_beside_the_bar(
    client: httpx.AsyncClient, path: str, query: str, said: str
) -> None:
    answer = await client.get(f"{path}?{query}", follow_redirects=True)
    assert answer.status_code == 400
    flaws = unescape(answer.text.partition('id="flaws"')[2].partition("</div>")[0])
    assert said in flaws
    assert "<script>alert" not in answer.text
    assert 'id="filters"' in answer.text


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_name_is_never_markup(client: httpx.AsyncClient, hub: RunningHub, name: str) -> None:
    kind = f"kind-{uuid4().hex[:8]}"
    message = {"type": "message", "session": kind, "id": "1", "role": "user", "text": name}
    goal = {"type": "goal.triggered", "session": kind, "id": "2", "goal": name[:200]}
    await tell(
        hub, begins(kind, name, kind=kind, tags=[name[:200]], agent={"id": name[:128].replace(" ", "")}), message, goal
    )
    for path in ("sessions", "wall"):
        page = (await client.get(f"/{path}?kind={kind}")).text
        assert f"<bdi>{name}</bdi>" in unescape(page)
        assert not [a for _, a in Reader(page).tags if any(attribute.startswith("on") for attribute in a)]
        assert "alert(1)</script>" not in page


async def test_what_is_not_there_is_a_page_too(client: httpx.AsyncClient) -> None:
    for path in ("/nowhere", "/sessions/web:no-such-session"):
        answer = await client.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
        assert 'href="/sessions"' in answer.text
    assert (await client.get("/nowhere", headers={"Accept": "application/json"})).json()["status"] == 404


# static files ---------------------------------------------------------------------------------------------------------


async def test_static_files_are_kept_for_ever_under_their_version(stranger: httpx.AsyncClient) -> None:
    page = (await stranger.get("/signin")).text
    version = re.search("/static/(v-[0-9a-f]+)/", page)
    assert version is not None
    address = f"/static/{version[1]}/css/site.css"
    first = await stranger.get(address)
    assert first.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert first.headers["content-type"] == "text/css; charset=utf-8"
    assert first.headers["content-encoding"] == "gzip"
    again = await stranger.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = await stranger.get("/static/css/site.css", headers={"Accept-Encoding": "identity"})
    assert plain.headers["cache-control"] == "no-cache"
    assert plain.text == first.text
    assert plain.headers["etag"] != first.headers["etag"]
    other = await stranger.get(re.sub("v-[0-9a-f]+", "v-000000000000", address))
    assert (other.text, other.headers["cache-control"]) == (first.text, "no-cache")
    assert (await stranger.post(address)).status_code == 405


async def test_a_page_waits_for_no_file_and_its_policy_knows_what_is_in_it(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/signin")
    (styles,) = re.findall(r"<style>(.*?)</style>", answer.text, flags=re.DOTALL)
    (early,) = re.findall(r"<script[^>]*>(.*?)</script>", answer.text, flags=re.DOTALL)
    parts = [(await stranger.get(f"/static/css/{name}.css")).text for name in ("tokens", "site")]
    assert styles == "\n".join(parts)
    assert early == (await stranger.get("/static/js/early.js")).text
    policy = {
        name: rest.split()
        for name, _, rest in (
            part.strip().partition(" ") for part in answer.headers["content-security-policy"].split(";")
        )
    }
    for text, kind in ((styles, "style-src"), (early, "script-src")):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy[kind]
        assert "'unsafe-inline'" not in policy[kind]
    assert not [link for link in Reader(answer.text).all("link") if link["rel"] == "stylesheet"]


@pytest.mark.parametrize(
    "path",
    [
        "../templates/base.html",
        "%2e%2e/templates/base.html",
        "css/%2e%2e/%2e%2e/templates/base.html",
        "",
        "css",
        "%00",
        "css/",
    ],
)
async def test_nothing_but_static_files_is_static(stranger: httpx.AsyncClient, path: str) -> None:
    answer = await stranger.get(f"/static/{path}")
    assert answer.status_code == 404
    assert "{%" not in answer.text
