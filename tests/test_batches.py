"""A batch with a part that cannot be read, over HTTP and over the socket: the others are stored."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.hubs import RunningHub
from tests.screens import acks, ingest

pytestmark = pytest.mark.anyio


def said(session: str) -> str:
    """A good event."""
    return json.dumps({"type": "message", "session": session, "id": uuid4().hex, "role": "user", "text": "hello"})


def half(session: str) -> str:
    """An event whose text ends within a character."""
    return said(session).replace("hello", r"hello \ud83d")


async def post(hub: RunningHub, body: str, kind: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=hub.url) as http:
        headers = {"Authorization": f"Bearer {hub.key}", "Content-Type": kind}
        return await http.post("/api/v1/events", headers=headers, content=body)


def told(results: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    """The statuses, and the path of the first flaw."""
    return [
        (result["status"], result["errors"][0]["path"] if result["status"] == "invalid" else None)
        for result in results
    ]  # fmt: skip


async def test_a_bad_line_holds_back_no_other(hub: RunningHub) -> None:
    session = f"s-{uuid4().hex[:12]}"
    answer = await post(hub, "\n".join([said(session), "{oops", half(session), said(session)]), "application/x-ndjson")
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert told(results) == [("stored", None), ("invalid", ""), ("invalid", "text"), ("stored", None)]
    assert results[1]["errors"][0]["message"].startswith("line 2: not JSON")
    assert results[2]["session"] == f"web:{session}"
    assert results[3]["seq"] == 2


async def test_lines_of_which_none_is_json_are_refused(hub: RunningHub) -> None:
    for body in ("", "\n \n", "{oops\nno"):
        assert (await post(hub, body, "application/x-ndjson")).status_code == 400


async def test_half_a_character_holds_back_no_other_event(hub: RunningHub) -> None:
    session = f"s-{uuid4().hex[:12]}"
    answer = await post(hub, f"[{said(session)}, {half(session)}, {said(session)}]", "application/json")
    assert answer.status_code == 200
    assert told(answer.json()["results"]) == [("stored", None), ("invalid", "text"), ("stored", None)]


async def test_an_array_that_is_no_json_is_refused_with_the_place(hub: RunningHub) -> None:
    answer = await post(hub, f"[{said('s')}, oops]", "application/json")
    assert answer.status_code == 400
    assert "at byte" in answer.json()["detail"]


async def test_the_socket_takes_the_others_too(hub: RunningHub) -> None:
    session = f"s-{uuid4().hex[:12]}"
    async with ingest(hub) as socket:
        await socket.send(f"[{said(session)}, {half(session)}, {said(session)}]")
        assert told(await acks(socket, 3)) == [("stored", None), ("invalid", "text"), ("stored", None)]
        await socket.send(half(session))
        await socket.send(f"[{said(session)}, oops]")
        await socket.send(said(session))
        assert told(await acks(socket, 3)) == [("invalid", "text"), ("invalid", ""), ("stored", None)]
