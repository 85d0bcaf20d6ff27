"""Many sessions at once, as an outsider meets it: tags with their progress, files of those that were chosen."""

import csv
import io
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from live.embedded import Mongod
from tests.hubs import RunningHub, StartHub
from tests.staff import PASSWORD, at_desk, hired

pytestmark = pytest.mark.anyio

TAGS, EXPORT = "/api/v1/bulk/tags", "/api/v1/bulk/export"


@pytest.fixture
async def http(hub: RunningHub) -> AsyncIterator[httpx.AsyncClient]:
    """A program that may act."""
    async with program(hub) as client:
        yield client


def program(hub: RunningHub) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=hub.url, headers={"Authorization": f"Bearer {hub.token}"}, timeout=30)


def unique(prefix: str = "t") -> str:
    """A name that no other story uses."""
    return f"{prefix}-{uuid4().hex[:10]}"


async def begin(hub: RunningHub, count: int, *, tags: Sequence[str] = ()) -> list[str]:
    """So many sessions; their public ids."""
    prefix = unique("s")
    facts = [
        {"type": "session.started", "session": f"{prefix}-{n:04}", "id": "1", "tags": list(tags)} for n in range(count)
    ]
    async with httpx.AsyncClient(base_url=hub.url, headers={"Authorization": f"Bearer {hub.key}"}, timeout=30) as send:
        for start in range(0, count, 1_000):
            answer = await send.post("/api/v1/events", json=facts[start : start + 1_000])
            assert {result["status"] for result in answer.json()["results"]} == {"stored"}, answer.text
    return [f"web:{prefix}-{n:04}" for n in range(count)]


async def tag(http: httpx.AsyncClient, **wish: Any) -> list[dict[str, Any]]:
    """The lines of an answer, as they came."""
    async with http.stream("POST", TAGS, json=wish) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"] == "application/x-ndjson"
        return [json.loads(line) async for line in answer.aiter_lines()]


async def events(http: httpx.AsyncClient, session: str) -> list[dict[str, Any]]:
    """All events of a session."""
    found: list[dict[str, Any]] = (await http.get(f"/api/v1/sessions/{session}/events")).json()["events"]
    return found


async def tagged(http: httpx.AsyncClient, tag: str) -> int:
    """How many sessions have the tag."""
    total: int = (await http.get("/api/v1/sessions", params={"tag": tag, "limit": 1})).json()["total"]
    return total


def failed(lines: list[dict[str, Any]]) -> dict[str, str]:
    """Session -> what went wrong with it."""
    return {one["session"]: one["detail"] for line in lines for one in line["failed"]}


# tags -----------------------------------------------------------------------------------------------------------------


async def test_chosen_sessions_are_tagged_and_the_answer_counts_along(hub: RunningHub, http: httpx.AsyncClient) -> None:
    sessions, new = await begin(hub, 50, tags=["old"]), unique()
    lines = await tag(http, sessions=sessions, add=[new, "old"], remove=["nobody has it"])
    assert [line["done"] for line in lines] == [20, 40, 50]
    assert {line["total"] for line in lines} == {50}
    assert lines[-1] == {"done": 50, "total": 50, "changed": 50, "failed": [], "end": True}
    assert not any("end" in line for line in lines[:-1])
    assert await tagged(http, new) == 50
    (_, added) = await events(http, sessions[0])
    assert (added["type"], added["tag"], added["by"]) == ("tag.added", new, "bootstrap"), "and nothing else is written"


async def test_only_what_changes_is_written_and_counted(hub: RunningHub, http: httpx.AsyncClient) -> None:
    sessions = await begin(hub, 3, tags=["here"])
    await tag(http, sessions=sessions[:1], remove=["here"])
    (line,) = await tag(http, sessions=sessions, remove=["here"])
    assert line["changed"] == 2
    (line,) = await tag(http, sessions=sessions, remove=["here"])
    assert line == {"done": 3, "total": 3, "changed": 0, "failed": [], "end": True}
    for session in sessions:
        assert [event["type"] for event in await events(http, session)] == ["session.started", "tag.removed"]


async def test_an_id_counts_once_and_one_of_no_session_is_told(hub: RunningHub, http: httpx.AsyncClient) -> None:
    (session,), new = await begin(hub, 1), unique()
    hostile = ["web:nobody", "$ne", "nul\0", "../..", "\u202egnp", "x" * 512]
    (line,) = await tag(http, sessions=[session, *hostile, session], add=[new])
    assert (line["done"], line["total"], line["changed"]) == (7, 7, 1)
    assert failed([line]).keys() == set(hostile)
    assert failed([line])["web:nobody"] == "there is no session 'web:nobody'"


async def test_a_filter_is_what_matched_before_the_first_was_touched(hub: RunningHub, http: httpx.AsyncClient) -> None:
    old, new = unique(), unique()
    sessions = await begin(hub, 45, tags=[old])
    lines = await tag(http, filter=f"tag={old}", remove=[old], add=[new])
    assert lines[-1] == {"done": 45, "total": 45, "changed": 45, "failed": [], "end": True}
    assert (await tagged(http, old), await tagged(http, new)) == (0, 45)
    assert len(await events(http, sessions[44])) == 3


async def test_none_is_a_line_too(http: httpx.AsyncClient) -> None:
    nothing = [{"done": 0, "total": 0, "changed": 0, "failed": [], "end": True}]
    assert await tag(http, filter=f"tag={unique()}", add=["x"]) == nothing
    assert await tag(http, sessions=[], add=["x"]) == nothing


async def test_closed_sessions_are_tagged_as_well(hub: RunningHub, http: httpx.AsyncClient) -> None:
    sessions, new = await begin(hub, 2), unique()
    facts = [{"type": "session.closed", "session": one.removeprefix("web:"), "id": "end"} for one in sessions]
    await http.post("/api/v1/events", json=facts, headers={"Authorization": f"Bearer {hub.key}"})
    (line,) = await tag(http, sessions=sessions, add=[new])
    assert line["changed"] == 2
    assert await tagged(http, new) == 2


async def test_whose_act_it_is_stands_in_every_event(start_hub: StartHub, database_name: str, mongodb_url: str) -> None:
    own = start_hub(database_name)
    await hired(mongodb_url, database_name, ("Ada", "reviewer"), ("vera", "viewer"))
    sessions = await begin(own, 2)
    async with at_desk(own, "ada", password=PASSWORD) as ada, at_desk(own, "vera", password=PASSWORD) as vera:
        (line,) = await tag(ada, sessions=sessions, add=["seen"])
        assert line["changed"] == 2
        assert (await events(ada, sessions[1]))[-1]["by"] == "Ada"
        refused = await vera.post(TAGS, json={"sessions": sessions, "add": ["mine"]})
        assert refused.status_code == 403
        assert (await vera.post(EXPORT, json={"sessions": sessions})).status_code == 200, "who looks may take it along"
        for path in (TAGS, EXPORT):
            bare = await ada.post(path, json={"sessions": sessions}, headers={"X-CSRF-Token": ""})
            assert bare.status_code == 403, "the page's token is missing"
        assert [event["type"] for event in await events(ada, sessions[0])] == ["session.started", "tag.added"]


async def test_a_client_that_goes_away_stops_the_rest(hub: RunningHub, http: httpx.AsyncClient) -> None:
    sessions, new = await begin(hub, 3_000), unique()
    async with http.stream("POST", TAGS, json={"sessions": sessions, "add": [new]}) as answer:
        first = json.loads(await anext(answer.aiter_lines()))
        assert first["done"] == 20
    before, after = -1, await tagged(http, new)
    while before != after:  # what was under way is written; then nothing moves, though others are tagged meanwhile
        await tag(http, sessions=sessions[-25:], add=["somebody else's"])
        before, after = after, await tagged(http, new)
    assert 20 <= after < 3_000
    (line,) = await tag(http, sessions=sessions[:10], add=[new])
    assert line["end"], "and the next one is served"


async def test_a_store_that_goes_away_on_the_way_is_said_and_ends_the_answer(
    tmp_path: Path, redis_url: str, start_hub: StartHub
) -> None:
    async with Mongod(tmp_path / "mongodb") as mongod:
        hub = start_hub("live", LIVE_MONGODB_URL=mongod.url, LIVE_ACK_TIMEOUT="1s", LIVE_STORE_TIMEOUT="1s")
        sessions, new = await begin(hub, 2_000), unique()
        lines = []
        async with program(hub) as http:
            async with http.stream("POST", TAGS, json={"sessions": sessions, "add": [new]}) as answer:
                async for line in answer.aiter_lines():
                    lines.append(json.loads(line))
                    if len(lines) == 1:
                        mongod.kill()
            last = lines[-1]
            assert last["end"]
            assert last["done"] < last["total"] == 2_000
            assert "the store does not answer" in last["stopped"]
            lost = failed(lines)
            assert lost
            assert all("does not answer" in detail for detail in lost.values())
            assert last["changed"] + len(lost) == last["done"]
            await mongod.ended()
            await mongod.start()
            again = await _again(http, sessions=sessions, add=[new])
            assert again[-1] == {
                "done": 2_000, "total": 2_000, "changed": again[-1]["changed"], "failed": [], "end": True,
            }  # fmt: skip
            assert await tagged(http, new) == 2_000
            for session in (*sessions[:40], *lost):
                assert (await http.get(f"/api/v1/sessions/{session}")).json()["tags"] == [new]


async def _again(http: httpx.AsyncClient, **wish: Any) -> list[dict[str, Any]]:
    """Once the hub is ready to serve again: the lines of an answer that went to its end."""
    lines: list[dict[str, Any]] = [{"stopped": ""}]
    while "stopped" in lines[-1]:
        lines = await tag(http, **wish)
    return lines


# files ----------------------------------------------------------------------------------------------------------------


async def test_chosen_sessions_are_a_file_in_their_order(hub: RunningHub, http: httpx.AsyncClient) -> None:
    sessions = (await begin(hub, 230))[::-1]
    answer = await http.post(EXPORT, json={"sessions": [*sessions, sessions[0]], "format": "csv"})
    assert answer.status_code == 200
    assert answer.headers["x-total"] == "230"
    assert answer.headers["content-disposition"] == 'attachment; filename="sessions.csv"'
    assert answer.headers["content-type"].startswith("text/csv")
    assert [row["session"] for row in csv.DictReader(io.StringIO(answer.text))] == sessions
    answer = await http.post(EXPORT, json={"sessions": sessions[:3]})
    assert answer.headers["content-disposition"] == 'attachment; filename="sessions.jsonl"'
    assert [json.loads(line)["session"] for line in answer.text.splitlines()] == sessions[:3]


async def test_a_file_of_sessions_that_are_not_there_says_how_many_are_missing(
    hub: RunningHub, http: httpx.AsyncClient
) -> None:
    (session,) = await begin(hub, 1)
    answer = await http.post(EXPORT, json={"sessions": ["web:nobody", session, "nul\0"]})
    assert (answer.headers["x-total"], answer.headers["x-missing"]) == ("1", "2")
    assert len(answer.text.splitlines()) == 1
    answer = await http.post(EXPORT, json={"sessions": ["web:nobody"], "format": "csv"})
    assert (answer.headers["x-total"], answer.headers["x-missing"]) == ("0", "1")
    assert len(answer.text.splitlines()) == 1, "its head alone"
    answer = await http.post(EXPORT, json={"sessions": []})
    assert (answer.status_code, answer.text, answer.headers["x-total"]) == (200, "", "0")
    assert "x-missing" not in answer.headers


async def test_all_that_match_are_the_file_of_the_export(hub: RunningHub, http: httpx.AsyncClient) -> None:
    mine = unique()
    await begin(hub, 12, tags=[mine])
    for form in ("csv", "jsonl"):
        answer = await http.post(EXPORT, json={"filter": f"tag={mine}", "format": form})
        assert answer.headers["x-total"] == "12"
        assert answer.text == (await http.get("/api/v1/export", params={"tag": mine, "format": form})).text


# what is not taken ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "path"),
    [
        ({"add": ["x"]}, "sessions"),
        ({"add": ["x"], "sessions": [], "filter": ""}, "sessions"),
        ({"sessions": ["web:1"]}, "add"),
        ({"sessions": ["web:1"], "add": ["x"], "remove": ["x"]}, "remove"),
        ({"sessions": ["web:1"], "add": [""]}, "add[0]"),
        ({"sessions": ["web:1"], "add": ["x" * 257]}, "add[0]"),
        ({"sessions": ["web:1"], "add": ["x"] * 101}, "add"),
        ({"sessions": [7], "add": ["x"]}, "sessions[0]"),
        ({"sessions": ["x" * 513], "add": ["x"]}, "sessions[0]"),
        ({"sessions": "web:1", "add": ["x"]}, "sessions"),
        ({"filter": "statuz=open", "add": ["x"]}, "statuz"),
        ({"filter": "status=", "add": ["x"], "sort": "recent"}, "sort"),
    ],
)
async def test_what_cannot_be_done_is_refused_before_anything_is(
    http: httpx.AsyncClient, wish: dict[str, Any], path: str
) -> None:
    answer = await http.post(TAGS, json=wish)
    assert answer.status_code == 400, answer.text
    assert [error["path"] for error in answer.json()["errors"]] == [path]


@pytest.mark.parametrize("wish", [{}, {"sessions": [], "format": "md"}, {"filter": "a=b"}, {"filter": "", "add": []}])
async def test_a_file_that_cannot_be_made_is_refused(http: httpx.AsyncClient, wish: dict[str, Any]) -> None:
    assert (await http.post(EXPORT, json=wish)).status_code == 400


async def test_too_many_are_refused_with_their_number(hub: RunningHub, http: httpx.AsyncClient) -> None:
    many = [f"web:{n}" for n in range(10_001)]
    for path in (TAGS, EXPORT):
        add = {"add": ["x"]} if path == TAGS else {}
        answer = await http.post(path, json={"sessions": many, **add})
        assert answer.status_code == 400
        assert "10,001" in answer.text
        assert "10,000" in answer.text
    doubled = await http.post(EXPORT, json={"sessions": many[1:] * 2})
    assert doubled.status_code == 200, "each counts once"
    body = json.dumps({"sessions": ["x" * 9_000_000], "add": ["x"]})
    assert (await http.post(TAGS, content=body)).status_code == 413


async def test_a_filter_that_matches_too_many_is_refused_with_their_number(
    start_hub: StartHub, database_name: str
) -> None:
    own = start_hub(database_name)
    await begin(own, 10_001)
    async with program(own) as http:
        answer = await http.post(TAGS, json={"filter": "", "add": ["x"]})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["path"] == "filter"
        assert "10,001 sessions" in answer.text
        assert await tagged(http, "x") == 0
        whole = await http.post(EXPORT, json={"filter": "", "format": "csv"})
        assert whole.headers["x-total"] == "10001", "a file may have any number"
        assert len(whole.text.splitlines()) == 10_002


async def test_strangers_change_and_take_nothing(hub: RunningHub) -> None:
    async with httpx.AsyncClient(base_url=hub.url) as stranger:
        for path in (TAGS, EXPORT):
            assert (await stranger.post(path, json={"sessions": []})).status_code == 401
            key = {"Authorization": f"Bearer {hub.key}"}
            assert (await stranger.post(path, json={"sessions": []}, headers=key)).status_code == 401
            assert (await stranger.get(path)).status_code == 405
