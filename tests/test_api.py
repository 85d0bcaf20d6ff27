"""HTTP as an outsider meets it, clumsy and hostile ones too: a running hub, real requests."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from tests.hubs import RunningHub

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def http(hub: RunningHub) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to the hub."""
    async with httpx.AsyncClient(base_url=hub.url, timeout=20) as client:
        yield client


@pytest.fixture
def reader(hub: RunningHub) -> dict[str, str]:
    """The headers of one who may read."""
    return {"Authorization": f"Bearer {hub.token}"}


@pytest.fixture
def sender(hub: RunningHub) -> dict[str, str]:
    """The headers of the channel `web`."""
    return {"Authorization": f"Bearer {hub.key}", **JSON}


def name() -> str:
    """A session nobody has."""
    return f"s-{uuid4().hex[:12]}"


def said(session: str, text: str = "hello", **more: Any) -> dict[str, Any]:
    """A message of the user."""
    return {"type": "message", "session": session, "id": uuid4().hex, "role": "user", "text": text, **more}


async def send(http: httpx.AsyncClient, sender: dict[str, str], *facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Results of a batch that is taken."""
    answer = await http.post("/api/v1/events", headers=sender, content=json.dumps(facts))
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The answer is a problem of this status, in full."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    told: dict[str, Any] = answer.json()
    assert told["status"] == status
    assert {"type", "title", "detail"} <= told.keys()
    return told


# what is sent ---------------------------------------------------------------------------------------------------------

BAD_EVENTS: list[tuple[dict[str, Any], str]] = [
    ({"txt": "typo"}, "txt"),
    ({"role": "wizard"}, "role"),
    ({"role": None}, "role"),
    ({"text": 7}, "text"),
    ({"text": {"$ne": None}}, "text"),
    ({"session": {"$gt": ""}}, "session"),
    ({"session": "has space"}, "session"),
    ({"session": "tab\there"}, "session"),
    ({"session": "nul\x00"}, "session"),
    ({"session": ""}, "session"),
    ({"session": "s" * 129}, "session"),
    ({"id": "i" * 129}, "id"),
    ({"id": "line\nbreak"}, "id"),
    ({"id": 5}, "id"),
    ({"at": "yesterday"}, "at"),
    ({"at": "2026-11-22T10:00:00"}, "at"),
    ({"at": 1_700_000_000}, "at"),
    ({"type": "session.exploded"}, "type"),
    ({"type": "session.idle"}, "type"),
    ({"type": "note.added"}, "type"),
    ({"type": 3}, "type"),
    ({"sentiment": {"label": "negative", "score": 7}}, "sentiment.score"),
    ({"sentiment": {"label": "furious", "score": -1}}, "sentiment.label"),
    ({"attachments": [{"url": "x"}]}, "attachments[0].name"),
    ({"attachments": "none"}, "attachments"),
    ({"text": "y" * 40_000}, "text"),
    ({"text": "y" * 70_000}, ""),
]


@pytest.mark.parametrize(("change", "path"), BAD_EVENTS, ids=lambda value: str(value)[:40])
async def test_a_bad_event_is_named_and_its_neighbours_are_stored(
    http: httpx.AsyncClient, sender: dict[str, str], change: dict[str, Any], path: str
) -> None:
    session = name()
    bad = said(session) | change
    if str(change.get("type", "")).startswith("session."):
        del bad["role"], bad["text"]
    first, told, last = await send(http, sender, said(session), bad, said(session))
    assert (first["seq"], last["seq"]) == (1, 2)
    assert told["status"] == "invalid"
    assert path in [error["path"] for error in told["errors"]], told
    assert all(len(error["message"]) > 5 for error in told["errors"])


@pytest.mark.parametrize("odd", [[], "text", None, 7, True, [[]], {}])
async def test_what_is_no_event_is_named_too(http: httpx.AsyncClient, sender: dict[str, str], odd: Any) -> None:
    session = name()
    answer = await http.post("/api/v1/events", headers=sender, content=json.dumps([odd, said(session)]))
    told, last = answer.json()["results"]
    assert told["status"] == "invalid"
    assert told["errors"][0]["message"]
    assert last["seq"] == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{not json",
        b"hello",
        b"\xff\xfe{}",
        b"[" * 100_000,
        b"[NaN]",
        b"[1e999999]x",
        b"{}{}",
        b'{"a":' * 5_000,
    ],
    ids=lambda body: repr(body[:20]),
)
async def test_what_is_not_json_is_refused_whole(http: httpx.AsyncClient, sender: dict[str, str], body: bytes) -> None:
    problem(await http.post("/api/v1/events", headers=sender, content=body), 400)


@pytest.mark.parametrize(
    "text",
    ['"\\ud800"', "1e400", "123456789012345678901234567890", "[[[[" * 300 + "]]]]" * 300],
    ids=["surrogate", "inf", "huge", "deep"],
)
async def test_what_bson_or_json_cannot_hold_is_refused_by_name(
    http: httpx.AsyncClient, sender: dict[str, str], text: str
) -> None:
    raw = f'{{"type":"data.collected","session":"{name()}","id":"1","field":"x","value":{text}}}'
    answer = await http.post("/api/v1/events", headers=sender, content=f"[{raw}]")
    if answer.status_code == 200:
        (told,) = answer.json()["results"]
        assert told["status"] == "invalid"
        assert told["errors"][0]["path"].startswith("value")
    else:
        problem(answer, 400)


async def test_hostile_text_comes_back_to_the_letter(
    http: httpx.AsyncClient, sender: dict[str, str], reader: dict[str, str]
) -> None:
    session = name()
    texts = [
        "<script>alert(1)</script>",
        "{{7*7}} ${7*7}",
        "'; DROP TABLE x;--",
        "$where",
        "a.b.$c",
        "\u202eevil",
        "\u0000nul",
        "🏳️‍🌈",
        "e\u0301",
        "\r\n\t",
        "\\u0000",
        "x" * 32_000,
    ]
    results = await send(http, sender, *(said(session, text) for text in texts))
    assert [result["status"] for result in results] == ["stored"] * len(texts)
    stored = (await http.get(f"/api/v1/sessions/web:{session}/events", headers=reader)).json()["events"]
    assert [event["text"] for event in stored] == texts


async def test_one_event_a_batch_and_lines_are_all_taken(http: httpx.AsyncClient, sender: dict[str, str]) -> None:
    session = name()
    one = await http.post("/api/v1/events", headers=sender, content=json.dumps(said(session)))
    assert one.json()["results"][0]["seq"] == 1
    lines = "\n".join(json.dumps(said(session)) for _ in range(3)) + "\n\n"
    several = await http.post(
        "/api/v1/events", headers=sender | {"Content-Type": "application/x-ndjson"}, content=lines
    )
    assert [result["seq"] for result in several.json()["results"]] == [2, 3, 4]
    assert (await http.post("/api/v1/events", headers=sender, content="[]")).json() == {"results": []}


async def test_the_limits_are_named(http: httpx.AsyncClient, sender: dict[str, str]) -> None:
    session = name()
    told = problem(await http.post("/api/v1/events", headers=sender, content=json.dumps([said(session)] * 1001)), 413)
    assert "1,000" in told["detail"]
    told = problem(await http.post("/api/v1/events", headers=sender, content=b" " * (4 * 2**20 + 1)), 413)
    assert "4,194,304" in told["detail"]

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1_048_576

    try:
        answer = await http.post("/api/v1/events", headers=sender, content=endless())
    except httpx.HTTPError as cut:  # a hub may answer and hang up before it has read it all
        assert isinstance(cut, httpx.WriteError | httpx.ReadError), cut
    else:
        problem(answer, 413)
    problem(await http.post("/api/v1/events", headers=sender | {"Content-Type": "text/plain"}, content="hello"), 415)
    assert (await send(http, sender, said(session)))[0]["seq"] == 1


async def test_without_a_key_nothing_is_taken(http: httpx.AsyncClient, hub: RunningHub) -> None:
    for value in (None, "Bearer nonsense", f"Bearer {hub.token}", "Basic abc", "Bearer", "Bearer " + "x" * 5_000):
        headers = JSON if value is None else JSON | {"Authorization": value}
        answer = await http.post("/api/v1/events", headers=headers, content=json.dumps(said(name())))
        problem(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_key_writes_its_own_channel_alone(
    http: httpx.AsyncClient, hub: RunningHub, reader: dict[str, str]
) -> None:
    session = name()
    for channel, key in hub.keys.items():
        (result,) = await send(http, {"Authorization": f"Bearer {key}", **JSON}, said(session))
        assert (result["session"], result["seq"]) == (f"{channel}:{session}", 1)


# what is read ---------------------------------------------------------------------------------------------------------


async def test_reading_needs_to_be_known(http: httpx.AsyncClient, hub: RunningHub) -> None:
    for path in (
        "sessions",
        "facets",
        "export",
        "sessions/web:x",
        "sessions/web:x/events",
        "sessions/web:x/export",
        "openapi.json",
    ):
        problem(await http.get(f"/api/v1/{path}"), 401)
        problem(await http.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {hub.key}"}), 401)


@pytest.mark.parametrize("path", ["", "/events", "/export"])
async def test_a_session_that_is_not_there_is_not_found(
    http: httpx.AsyncClient, reader: dict[str, str], path: str
) -> None:
    for session in ("web:nobody", "nonsense", "%00", "a%2Fb", "💥"):
        problem(await http.get(f"/api/v1/sessions/{session}{path}", headers=reader), 404)


@pytest.mark.parametrize(
    ("query", "path", "word"),
    [
        ("statsu=open", "statsu", "did you mean status"),
        ("status=opne", "status", "open"),
        ("sentiment=angry", "sentiment", "negative"),
        ("limit=0", "limit", "1"),
        ("limit=99999", "limit", "1000"),
        ("limit=ten", "limit", "whole number"),
        ("sort=rescent", "sort", "did you mean recent"),
        ("cursor=nonsense", "cursor", "first page"),
        ("cursor=bnVsbA", "cursor", "first page"),
        ("messages=many", "messages", ""),
        ("duration=>soon", "duration", ""),
        ("from=yesterday", "from", ""),
        ("tag=!", "tag", "after '!'"),
        ("tag=%ff", "tag", "UTF-8"),
    ],
)
async def test_a_wrong_question_is_explained(
    http: httpx.AsyncClient, reader: dict[str, str], query: str, path: str, word: str
) -> None:
    told = problem(await http.get(f"/api/v1/sessions?{query}", headers=reader), 400)
    assert [error["path"] for error in told["errors"]] == [path]
    assert word in told["errors"][0]["message"]


async def test_pages_walk_a_list_that_is_partly_at_rest(
    http: httpx.AsyncClient, sender: dict[str, str], reader: dict[str, str]
) -> None:
    tag, sessions = f"t-{uuid4().hex[:8]}", [name() for _ in range(25)]
    for n, session in enumerate(sessions):
        facts = [{"type": "tag.added", "session": session, "id": "t", "tag": tag}, said(session)]
        await send(
            http, sender, *facts, *([{"type": "session.closed", "session": session, "id": "c"}] if n % 2 else [])
        )
    for sort in ("recent", "started", "attention", "duration", "messages", "sentiment"):
        seen: list[str] = []
        cursor = ""
        while True:
            answer = await http.get(f"/api/v1/sessions?tag={tag}&sort={sort}&limit=7{cursor}", headers=reader)
            page = answer.json()
            assert page["total"] == 25
            seen += [card["session"] for card in page["cards"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert sorted(seen) == sorted(f"web:{session}" for session in sessions), sort
    facets = (await http.get(f"/api/v1/facets?tag={tag}", headers=reader)).json()
    assert facets["facets"]["status"] == {"open": 13, "active": 13, "inactive": 0, "closed": 12}
    assert facets["counts"]["matching"] == 25


@pytest.mark.parametrize("session", ["a/b/c", "q?x=1&y", "50%", "ä💥", "../../etc", "a+b", "a:b", "//"])
async def test_any_printable_name_of_a_session_can_be_read(
    http: httpx.AsyncClient, sender: dict[str, str], reader: dict[str, str], session: str
) -> None:
    await send(http, sender, said(session))
    at = f"/api/v1/sessions/{quote(f'web:{session}', safe='')}"
    assert (await http.get(at, headers=reader)).json()["session"] == f"web:{session}"
    assert (await http.get(f"{at}/events", headers=reader)).json()["head"] >= 1
    assert (await http.get(f"{at}/export", headers=reader)).status_code == 200
    assert (await http.post(f"{at}/review", headers=reader)).status_code == 200


async def test_events_are_read_in_parts(
    http: httpx.AsyncClient, sender: dict[str, str], reader: dict[str, str]
) -> None:
    session = name()
    await send(http, sender, *(said(session, f"n {n}") for n in range(30)))
    part = (await http.get(f"/api/v1/sessions/web:{session}/events?after=10&limit=5", headers=reader)).json()
    assert ([event["seq"] for event in part["events"]], part["head"]) == ([11, 12, 13, 14, 15], 30)
    problem(await http.get(f"/api/v1/sessions/web:{session}/events?after=-1", headers=reader), 400)
    problem(await http.get(f"/api/v1/sessions/web:{session}/events?befor=1", headers=reader), 400)


async def test_exports(http: httpx.AsyncClient, sender: dict[str, str], reader: dict[str, str]) -> None:
    session, tag = name(), f"x-{uuid4().hex[:8]}"
    await send(
        http, sender, said(session, "=HYPERLINK(1)"), {"type": "tag.added", "session": session, "id": "t", "tag": tag}
    )
    lines = (await http.get(f"/api/v1/sessions/web:{session}/export?format=jsonl", headers=reader)).text.splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [1, 2]
    markdown = await http.get(f"/api/v1/sessions/web:{session}/export?format=md", headers=reader)
    assert "=HYPERLINK(1)" in markdown.text
    act = {"seq": 1, "label": "negative"}
    assert (await http.post(f"/api/v1/sessions/web:{session}/sentiment", headers=reader, json=act)).is_success
    markdown = await http.get(f"/api/v1/sessions/web:{session}/export?format=md", headers=reader)
    assert "negative, corrected by " in markdown.text.split("\n> ")[0]
    table = await http.get(f"/api/v1/sessions/web:{session}/export?format=csv", headers=reader)
    assert "\n=" not in table.text
    assert ",=" not in table.text, "a spreadsheet would run it"
    assert 'filename="' in table.headers["content-disposition"]
    whole = await http.get(f"/api/v1/export?tag={tag}&format=jsonl", headers=reader)
    assert [json.loads(line)["session"] for line in whole.text.splitlines()] == [f"web:{session}"] * 3
    rows = (await http.get(f"/api/v1/export?tag={tag}&format=csv", headers=reader)).text.splitlines()
    assert len(rows) == 2
    problem(await http.get(f"/api/v1/sessions/web:{session}/export?format=pdf", headers=reader), 400)


# a reviewer's acts ----------------------------------------------------------------------------------------------------


async def test_a_reviewers_acts_are_events(
    http: httpx.AsyncClient, sender: dict[str, str], reader: dict[str, str]
) -> None:
    session = name()
    await send(http, sender, said(session, "This is terrible, I am furious"))
    at = f"/api/v1/sessions/web:{session}"
    acts = [
        ("tags", {"add": ["vip", "vip", "old"]}), ("tags", {"remove": ["old", "never there"]}),
        ("notes", {"text": "look here", "seq": 1}), ("sentiment", {"seq": 1, "label": "positive"}), ("review", {}),
    ]  # fmt: skip
    for path, body in acts:
        answer = await http.post(f"{at}/{path}", headers=reader, json=body)
        assert answer.status_code == 200, answer.text
    card = (await http.get(at, headers=reader)).json()
    assert (card["tags"], card["sentiment"]["label"]) == (["vip"], "positive")
    assert card["reviewed"]
    stored = (await http.get(f"{at}/events", headers=reader)).json()["events"]
    types = [event["type"] for event in stored]
    assert types == [
        "message",
        "tag.added",
        "tag.added",
        "tag.removed",
        "note.added",
        "sentiment.corrected",
        "session.reviewed",
    ]
    assert all(event["by"] for event in stored[1:])


@pytest.mark.parametrize(
    ("path", "body", "field", "why"),
    [
        ("tags", {"add": "vip"}, "add", "Expected array, got str"),
        ("tags", {"ad": ["vip"]}, "ad", "unknown field (did you mean add?)"),
        ("tags", {"add": [""]}, "add[0]", ">= 1"),
        ("tags", {"add": ["x" * 500]}, "add[0]", "<= 256"),
        ("notes", {}, "text", "required, but missing"),
        ("notes", {"text": ""}, "text", ">= 1"),
        ("notes", {"text": "x", "seq": 99}, "seq", "there is no event 99"),
        ("notes", {"text": "x", "seq": 2**60}, "seq", "<= "),
        ("notes", {"text": "x" * 10_001}, "text", "<= 10000"),
        ("notes", {"text": "x", "sec": 1}, "sec", "unknown field (did you mean seq?)"),
        ("sentiment", {"seq": 1, "label": "angry"}, "label", "expected negative, neutral or positive, got 'angry'"),
        ("sentiment", {"seq": 0, "label": "neutral"}, "seq", ">= 1"),
        ("sentiment", {"seq": 2, "label": "neutral"}, "seq", "not a message of the user"),
        ("sentiment", {"seq": 99, "label": "neutral"}, "seq", "there is no event 99"),
        ("review", {"by": "me"}, "by", "unknown field"),
    ],
)
async def test_a_wrong_act_is_explained_and_changes_nothing(
    http: httpx.AsyncClient,
    sender: dict[str, str],
    reader: dict[str, str],
    path: str,
    body: dict[str, Any],
    field: str,
    why: str,
) -> None:
    session = name()
    await send(http, sender, said(session), {**said(session), "role": "assistant"})
    told = problem(await http.post(f"/api/v1/sessions/web:{session}/{path}", headers=reader, json=body), 400)
    (error,) = told["errors"]
    assert error["path"] == field
    assert why in error["message"]
    assert (await http.get(f"/api/v1/sessions/web:{session}", headers=reader)).json()["rev"] == 2


async def test_an_act_that_is_no_text_is_refused_with_the_place(
    http: httpx.AsyncClient, sender: dict[str, str], reader: dict[str, str]
) -> None:
    session = name()
    await send(http, sender, said(session))
    for body, field, why in (
        (b'{"text":"a","seq":1,}', "", "not JSON: expecting property name enclosed in double quotes at byte 20"),
        (b'{"text":"ab\xffc"}', "text", "not UTF-8: 0xff at byte 11"),
        (b'{"text":"\\ud83d"}', "text", "half of a surrogate pair"),
    ):
        answer = await http.post(f"/api/v1/sessions/web:{session}/notes", headers=reader, content=body)
        (error,) = problem(answer, 400)["errors"]
        assert error["path"] == field
        assert error["message"].startswith(why)


async def test_a_channels_key_is_no_reviewer(http: httpx.AsyncClient, sender: dict[str, str]) -> None:
    session = name()
    await send(http, sender, said(session))
    problem(await http.post(f"/api/v1/sessions/web:{session}/review", headers=sender, content="{}"), 401)


# the process ----------------------------------------------------------------------------------------------------------


async def test_the_process_can_be_watched(http: httpx.AsyncClient, reader: dict[str, str], bus: str) -> None:
    assert (await http.get("/healthz")).status_code == 200
    ready = await http.get("/readyz")
    assert ready.json() | {"status": "ready", "store": "ok", "bus": bus} == ready.json()
    assert (await http.get("/readyz?store=any")).json() == ready.json()
    assert (await http.get("/readyz?store=any&drain=404")).json() == ready.json()
    for name in ("store", "drain"):
        refused = await http.get(f"/readyz?{name}=none")
        assert (refused.status_code, refused.json()["errors"][0]["path"]) == (400, name)
    assert "live_writer_stored_total" in (await http.get("/metrics")).text
    document = (await http.get("/api/v1/openapi.json", headers=reader)).json()
    assert document["openapi"].startswith("3.")
    assert {"/api/v1/events", "/api/v1/views/{id}", "/api/v1/bulk/tags"} <= document["paths"].keys()
    schemas = document["components"]["schemas"]
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert {"NewView", "Tagging", "Progress"} <= named <= schemas.keys()


async def test_a_refused_request_is_heard_out_so_that_the_next_one_on_its_connection_is_answered(
    http: httpx.AsyncClient,
) -> None:
    async with asyncio.timeout(20):
        reader, writer = await asyncio.open_connection(http.base_url.host, http.base_url.port or 80)
        writer.write(b"POST /api/v1/events HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\n")
        await writer.drain()
        await http.get("/healthz")  # the hub has seen that head: nobody may send so
        writer.write(b"0123456789GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        answers = (await reader.read()).decode()
        writer.close()
    assert re.findall(r"HTTP/1\.1 (\d+)", answers) == ["401", "200"]


async def test_decisions_of_a_block_are_compared_across_sessions(
    http: httpx.AsyncClient, sender: dict[str, str], reader: dict[str, str]
) -> None:
    block, sessions = f"price & {uuid4().hex[:6]}, odd", [name() for _ in range(3)]
    for session in sessions:
        entered = {"type": "block.entered", "session": session, "id": "b", "block": block}
        made = [
            {"type": "decision", "session": session, "id": f"d{n}", "message": "m", "block": where, "rationale": f"{n}"}
            for n, where in enumerate((block, "other", block, block, block))
        ]
        await send(http, sender, entered, *made)

    async def asked(query: dict[str, Any]) -> list[dict[str, Any]]:
        answer = await http.get("/api/v1/decisions", params=query, headers=reader)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["decisions"]
        return found

    found = await asked({"block": block, "not": f"web:{sessions[2]}"})
    assert [(one["session"], one["event"]["rationale"]) for one in found] == [
        (f"web:{session}", rationale) for session in (sessions[1], sessions[0]) for rationale in ("4", "3", "2")
    ]
    assert found[0]["name"] == f"Anonymous {sessions[1][-6:]}"
    assert len(await asked({"block": block, "limit": 2})) == 2
    assert await asked({"block": "nobody went there"}) == []
    problem(await http.get("/api/v1/decisions", headers=reader), 400)
    assert (await http.get("/api/v1/decisions", params={"block": block})).status_code == 401


async def test_unknown_paths_and_methods_are_problems(http: httpx.AsyncClient, reader: dict[str, str]) -> None:
    problem(await http.get("/api/v1/nothing", headers=reader), 404)
    problem(await http.delete("/api/v1/events", headers=reader), 405)


async def test_many_at_once_are_served(http: httpx.AsyncClient, sender: dict[str, str]) -> None:
    sessions = [name() for _ in range(100)]
    answers = await asyncio.gather(*(send(http, sender, said(session)) for session in sessions))
    assert [results[0]["seq"] for results in answers] == [1] * 100
