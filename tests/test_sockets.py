"""The two sockets as outsiders meet them: a running hub, real connections."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
import websockets

from tests.hubs import RunningHub
from tests.screens import PATIENCE, Live, acks, ingest, live

pytestmark = pytest.mark.anyio


def name() -> str:
    """A session nobody has."""
    return f"s-{uuid4().hex[:12]}"


def said(session: str, text: str = "hello", **more: Any) -> dict[str, Any]:
    """A message of the user."""
    return {"type": "message", "session": session, "id": uuid4().hex, "role": "user", "text": text, **more}


async def send(hub: RunningHub, *facts: dict[str, Any], channel: str = "web") -> list[dict[str, Any]]:
    """Store events."""
    async with ingest(hub, channel) as socket:
        await socket.send(json.dumps(facts))
        return await acks(socket, len(facts))


# in -------------------------------------------------------------------------------------------------------------------


async def test_acks_come_in_the_order_sent_whatever_is_wrong_between(hub: RunningHub) -> None:
    session = name()
    async with ingest(hub) as socket:
        await socket.send(json.dumps(said(session, id="1")))
        await socket.send("{not json")
        await socket.send(b"\xff\xfe")
        await socket.send(json.dumps([said(session, id="2"), {"type": "nonsense"}, said(session, id="1")]))
        await socket.send(json.dumps([]))
        await socket.send(json.dumps([said(session, id=str(n)) for n in range(1001)]))
        await socket.send(json.dumps(said(session, id="3")).encode())
        results = await acks(socket, 8)
    assert [result["status"] for result in results] == [
        "stored", "invalid", "invalid", "stored", "invalid", "duplicate", "invalid", "stored"
    ]  # fmt: skip
    assert [result.get("seq") for result in results] == [1, None, None, 2, None, 1, None, 3]


async def test_a_message_over_the_limit_ends_the_socket_and_nothing_else(hub: RunningHub) -> None:
    session = name()
    async with ingest(hub) as socket, ingest(hub) as other:
        await socket.send("x" * (4 * 2**20 + 1))
        with pytest.raises(websockets.ConnectionClosed) as closed:
            async with asyncio.timeout(PATIENCE):
                await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
        await other.send(json.dumps(said(session)))
        assert (await acks(other, 1))[0]["seq"] == 1


async def test_an_ingest_socket_needs_a_channels_key(hub: RunningHub) -> None:
    url = hub.url.replace("http", "ws", 1) + "/api/v1/ingest"
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": f"Bearer {hub.token}"}):
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with websockets.connect(url, additional_headers=headers):
                pass
        assert refused.value.response.status_code == 401
        assert json.loads(refused.value.response.body)["status"] == 401


async def test_thousands_of_frames_without_waiting_are_all_acknowledged(hub: RunningHub) -> None:
    session = name()
    async with ingest(hub) as socket:

        async def pour() -> None:
            for n in range(5_000):
                await socket.send(json.dumps(said(f"{session}-{n % 7}", id=str(n))))

        async with asyncio.TaskGroup() as group:
            group.create_task(pour())
            results: list[dict[str, Any]] = []
            while len(results) < 5_000:
                results += await acks(socket, 1)
    assert [result["id"] for result in results] == [str(n) for n in range(5_000)]
    assert {result["status"] for result in results} == {"stored"}


# the wall -------------------------------------------------------------------------------------------------------------


async def test_a_card_enters_changes_and_leaves(hub: RunningHub) -> None:
    tag, session = f"t-{uuid4().hex[:8]}", name()
    async with live(hub) as viewer:
        snapshot = await viewer.wall("w", f"tag={tag}")
        assert (snapshot["cards"], snapshot["total"]) == ([], 0)
        await send(hub, {"type": "tag.added", "session": session, "id": "t", "tag": tag})
        await viewer.until_shown("w", lambda wall: wall == {f"web:{session}": 1})
        await send(hub, said(session, "this is terrible, I am furious"))
        patch = await viewer.until(
            lambda frame: frame["op"] == "patch" and bool(frame["cards"]) and frame["cards"][0]["rev"] == 2
        )
        assert patch["counts"] == {"active": 1, "inactive": 0, "closed": 0, "negative": 1, "matching": 1}
        await send(hub, {"type": "tag.removed", "session": session, "id": "u", "tag": tag})
        patch = await viewer.until(lambda frame: frame["op"] == "patch")
        assert patch["gone"] == [f"web:{session}"]
        assert patch["total"] == 0


async def test_the_limit_is_kept_while_the_counts_are_exact(hub: RunningHub) -> None:
    tag = f"t-{uuid4().hex[:8]}"
    async with live(hub) as viewer:
        await viewer.wall("w", f"tag={tag}", limit=3)
        for _ in range(6):
            session = name()
            await send(hub, {"type": "tag.added", "session": session, "id": "t", "tag": tag})
        await viewer.until_shown("w", lambda wall: f"web:{session}" in wall and viewer.counts["w"]["matching"] == 6)
        assert len(viewer.walls["w"]) == 3


async def test_every_beat_proves_what_is_shown(hub: RunningHub, bus: str) -> None:
    tag = f"t-{uuid4().hex[:8]}"
    async with live(hub) as viewer:
        await viewer.wall("one", f"tag={tag}")
        await viewer.wall("two", f"tag={tag}", sort="started", limit=2)
        for n in range(5):
            await send(
                hub, *({"type": "tag.added", "session": f"{tag}-{m}", "id": f"t{n}", "tag": tag} for m in range(n + 1))
            )
            await viewer.send(op="ping")
            beat = await viewer.until(lambda frame: frame["op"] == "beat")
            assert beat["digest"] == {"one": viewer.digest("one"), "two": viewer.digest("two")}
            assert beat["store"] == "ok"
            assert beat["bus"] in (bus, "starting")
        beat = await viewer.until(lambda frame: frame["op"] == "beat")  # and by itself
        assert beat["digest"]["one"] == viewer.digest("one")


async def test_a_subscription_can_be_replaced_and_ended(hub: RunningHub) -> None:
    tag, session = f"t-{uuid4().hex[:8]}", name()
    async with live(hub) as viewer:
        await viewer.wall("w", "tag=nothing-has-this")
        await viewer.wall("w", f"tag={tag}")
        await send(hub, {"type": "tag.added", "session": session, "id": "t", "tag": tag})
        await viewer.until_shown("w", lambda wall: f"web:{session}" in wall)
        await viewer.send(op="unsubscribe", id="w")
        await viewer.send(op="ping")
        beat = await viewer.until(lambda frame: frame["op"] == "beat" and not frame["digest"])
        assert beat["digest"] == {}


BAD_FRAMES = [
    ("{", None, "JSON"),
    ("[]", None, ""),
    ('{"op":"dance"}', None, "subscribe"),
    ('{"op":"subscribe","to":"wall"}', None, "id"),
    ('{"op":"subscribe","id":"w","to":"moon"}', "w", "to: expected wall"),
    ('{"op":"subscribe","id":"w","to":"wall","limit":0}', "w", "limit"),
    ('{"op":"subscribe","id":"w","to":"wall","limit":1001}', "w", "limit"),
    ('{"op":"subscribe","id":"w","to":"wall","sort":"up"}', "w", "sort"),
    ('{"op":"subscribe","id":"w","to":"wall","filter":"statsu=open"}', "w", "did you mean status"),
    ('{"op":"subscribe","id":"w","to":"wall","filtre":"x"}', "w", "filtre: unknown field (did you mean filter?)"),
    ('{"op":"subscribe","id":"s","to":"session"}', "s", "session"),
    ('{"op":"subscribe","id":"s","to":"session","session":"web:nobody"}', "s", "web:nobody"),
    ('{"op":"subscribe","id":"s","to":"session","session":"web:x","after":-1}', "s", "after"),
    ('{"op":"subscribe","id":{"$gt":""},"to":"wall"}', None, "id"),
    ("[" * 60_000, None, ""),
    ('"\\ud800"', None, ""),
]


@pytest.mark.parametrize(("text", "ident", "word"), BAD_FRAMES, ids=lambda value: str(value)[:40])
async def test_a_bad_frame_is_answered_and_the_socket_stays(
    hub: RunningHub, text: str, ident: str | None, word: str
) -> None:
    async with live(hub) as viewer:
        await viewer.socket.send(text)
        error = await viewer.until(lambda frame: frame["op"] == "error")
        assert error["id"] == ident
        assert error["code"]
        assert word in error["message"]
        await viewer.wall("w", "tag=nothing-has-this")


async def test_subscriptions_have_a_limit(hub: RunningHub) -> None:
    async with live(hub) as viewer:
        for n in range(50):
            await viewer.send(op="subscribe", id=f"w{n}", to="wall", filter="tag=nothing-has-this")
        await viewer.send(op="subscribe", id="one more", to="wall")
        error = await viewer.until(lambda frame: frame["op"] == "error")
        assert "50" in error["message"]


async def test_a_live_socket_needs_a_token(hub: RunningHub) -> None:
    url = hub.url.replace("http", "ws", 1) + "/api/v1/live"
    for headers in (
        {},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": f"Bearer {hub.key}"},
        {"Cookie": "live=forged"},
    ):
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with websockets.connect(url, additional_headers=headers):
                pass
        assert refused.value.response.status_code == 401


# the open session -----------------------------------------------------------------------------------------------------


async def test_a_session_opened_while_it_runs_has_no_hole_and_nothing_twice(hub: RunningHub) -> None:
    session = name()
    await send(hub, *(said(session, f"n {n}") for n in range(300)))

    async def goes_on() -> None:
        async with ingest(hub) as socket:
            for n in range(300):
                await socket.send(json.dumps(said(session, f"m {n}")))
                if n % 20 == 0:
                    await acks(socket, 1 if n == 0 else 20)
            await acks(socket, 19)

    async def follows(viewer: Live, after: int) -> None:
        await viewer.session("s", f"web:{session}", after)
        async with asyncio.timeout(20):
            while (viewer.seqs.get("s") or [0])[-1] < 600:
                await viewer.next()
        assert viewer.seqs["s"] == list(range(after + 1, 601))

    async with live(hub) as one, live(hub) as two, live(hub) as three, asyncio.TaskGroup() as group:
        group.create_task(goes_on())
        for viewer, after in ((one, 0), (two, 150), (three, 299)):
            group.create_task(follows(viewer, after))


async def test_the_card_comes_with_the_events_and_live_is_said_once(hub: RunningHub) -> None:
    session = name()
    await send(hub, *(said(session) for _ in range(3)))
    async with live(hub) as viewer:
        await viewer.session("s", f"web:{session}")
        frame = await viewer.until(lambda frame: frame["op"] == "events")
        assert (frame["card"]["rev"], frame["head"]) == (3, 3)
        assert (await viewer.next()) == {"op": "live", "id": "s", "head": 3}
        await send(hub, said(session))
        frame = await viewer.until(lambda frame: frame["op"] in ("events", "live"))
        assert (frame["op"], frame["card"]["rev"]) == ("events", 4)


async def test_who_comes_back_gets_what_was_missed(hub: RunningHub) -> None:
    session = name()
    await send(hub, said(session), said(session))
    async with live(hub) as viewer:
        await viewer.session("s", f"web:{session}")
        await viewer.until(lambda frame: frame["op"] == "live")
    for _ in range(3):
        await send(hub, *(said(session) for _ in range(400)))
    async with live(hub) as viewer:
        await viewer.session("s", f"web:{session}", after=2)
        await viewer.until(lambda frame: frame["op"] == "live")
        assert viewer.seqs["s"] == list(range(3, 1_203))


async def test_a_viewer_who_claims_more_than_there_is_gets_what_comes(hub: RunningHub) -> None:
    session = name()
    await send(hub, said(session))
    async with live(hub) as viewer:
        await viewer.session("s", f"web:{session}", after=99)
        assert (await viewer.until(lambda frame: frame["op"] == "live"))["head"] == 1
        await send(hub, said(session))
        await viewer.until(lambda frame: frame["op"] == "events")
        assert viewer.seqs["s"] == [2]


async def test_a_reviewers_act_reaches_those_who_watch(hub: RunningHub) -> None:
    session = name()
    await send(hub, said(session))
    async with live(hub) as viewer, httpx.AsyncClient(base_url=hub.url) as http:
        await viewer.session("s", f"web:{session}", after=1)
        await viewer.until(lambda frame: frame["op"] == "live")
        answer = await http.post(
            f"/api/v1/sessions/web:{session}/notes",
            json={"text": "look"},
            headers={"Authorization": f"Bearer {hub.token}"},
        )
        assert answer.status_code == 200
        frame = await viewer.until(lambda frame: frame["op"] == "events")
        assert [event["type"] for event in frame["events"]] == ["note.added"]


async def test_totals_come_at_once_and_whenever_they_change(hub: RunningHub) -> None:
    session, kind = name(), name()
    async with live(hub) as viewer:
        await viewer.send(op="subscribe", id="t", to="totals", filter=f"kind={kind}&status=closed", offset=60)
        first = await viewer.until(lambda frame: frame["op"] == "totals")
        assert (first["id"], first["now"]["open"]) == ("t", 0)
        assert len(first["trend"]["messages"]) == 60
        await send(hub, {"type": "session.started", "session": session, "id": "e-0", "kind": kind})
        await send(hub, {"type": "goal.completed", "session": session, "id": "e-1", "goal": "booked"})
        await viewer.until(lambda frame: frame["op"] == "totals" and frame["now"]["goals"] == 1)
        await viewer.send(op="unsubscribe", id="t")


@pytest.mark.parametrize("offset", [841, -841, "east", 0.5])
async def test_a_day_that_no_zone_has_is_refused_by_name(hub: RunningHub, offset: Any) -> None:
    async with live(hub) as viewer:
        await viewer.send(op="subscribe", id="t", to="totals", offset=offset)
        refused = await viewer.until(lambda frame: frame["op"] == "error")
        assert refused["id"] == "t"
        assert "offset" in refused["message"]


async def test_a_beat_tells_when_each_channel_was_heard(hub: RunningHub) -> None:
    await send(hub, said(name()))
    async with live(hub) as viewer:
        await viewer.send(op="ping")
        beat = await viewer.until(lambda frame: frame["op"] == "beat")
        assert beat["channels"]["web"]["silent"] is False
        assert beat["channels"]["web"]["last"] <= beat["at"]
