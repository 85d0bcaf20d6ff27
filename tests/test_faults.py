"""What is killed while it works: MongoDB, Redis, a hub.

Nothing acknowledged is lost, nothing is there twice, the screen says what is true.
"""

import asyncio
import json
import time
from typing import Any
from uuid import uuid4

import httpx
import pytest
import websockets
from websockets.asyncio.client import ClientConnection

from live.embedded import Mongod, Valkey
from tests.hubs import RunningHub, StartHub
from tests.screens import Live, acks, ingest, live

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

RIGHT_AGAIN = 3.0  # seconds until a wall is right without the bus


def said(session: str, ident: str) -> dict[str, Any]:
    """A message of the user."""
    return {"type": "message", "session": session, "id": ident, "role": "user", "text": "hello"}


async def stored(hub: RunningHub, session: str) -> list[dict[str, Any]]:
    """All events of a session, as the hub reads them out."""
    found: list[dict[str, Any]] = []
    async with httpx.AsyncClient(
        base_url=hub.url, headers={"Authorization": f"Bearer {hub.token}"}, timeout=20
    ) as http:
        while True:
            answer = await http.get(f"/api/v1/sessions/web:{session}/events?after={len(found)}&limit=1000")
            assert answer.status_code == 200, answer.text
            page = answer.json()["events"]
            if not page:
                return found
            found += page


class Stream:
    """Events in an endless stream over one socket, and what became of them."""

    def __init__(self, socket: ClientConnection, sessions: int) -> None:
        self.socket, self.sessions = socket, sessions
        self.sent: list[str] = []
        self.results: list[dict[str, Any]] = []
        self.over = False

    async def run(self) -> None:
        """Send until `over`, and take acks until all are there."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._send())
            group.create_task(self._hear())

    async def _send(self) -> None:
        while not self.over:
            number = len(self.sent)
            self.sent.append(f"e-{number}")
            await self.socket.send(json.dumps(said(f"s-{number % self.sessions}", f"e-{number}")))
            if number % 10 == 0:
                await asyncio.sleep(0.005)

    async def _hear(self) -> None:
        while not self.over or len(self.results) < len(self.sent):
            async with asyncio.timeout(60):
                self.results += json.loads(await self.socket.recv())["results"]

    async def until_acked(self, more: int) -> None:
        """Until so many more were acknowledged."""
        wanted = len(self.results) + more
        async with asyncio.timeout(60):
            while len(self.results) < wanted:
                await asyncio.sleep(0.01)


async def test_mongod_killed_ten_times_under_load_loses_and_doubles_nothing(
    mongod: Mongod, redis_url: str, start_hub: StartHub
) -> None:
    hub = start_hub("live", LIVE_MONGODB_URL=mongod.url)
    async with ingest(hub) as socket, asyncio.TaskGroup() as group:
        stream = Stream(socket, sessions=7)
        group.create_task(stream.run())
        for _ in range(10):
            await stream.until_acked(300)
            mongod.kill()
            await mongod.ended()
            await mongod.start()
        await stream.until_acked(300)  # ingest resumes by itself
        stream.over = True
    assert [result["id"] for result in stream.results] == stream.sent
    assert {result["status"] for result in stream.results} == {"stored"}
    for number in range(7):
        events = await stored(hub, f"s-{number}")
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert [e["id"] for e in events if e["type"] == "message"] == [
            f"e-{n}" for n in range(number, len(stream.sent), 7)
        ]
    by_seq = {(result["session"], result["seq"]) for result in stream.results}
    assert len(by_seq) == len(stream.results)


async def test_a_store_that_hangs_is_said_so_and_the_same_events_again_are_right(
    mongod: Mongod, redis_url: str, start_hub: StartHub
) -> None:
    hub = start_hub("live", LIVE_MONGODB_URL=mongod.url, LIVE_HEARTBEAT="500ms")
    headers = {"Authorization": f"Bearer {hub.key}", "Content-Type": "application/json"}
    facts = [said("s", str(n)) for n in range(50)]
    async with httpx.AsyncClient(base_url=hub.url, headers=headers, timeout=30) as http, live(hub) as viewer:
        assert (await http.post("/api/v1/events", content=json.dumps(facts[:10]))).status_code == 200
        mongod.pause()
        answer = await http.post("/api/v1/events", content=json.dumps(facts))
        assert answer.status_code == 503, answer.text
        assert int(answer.headers["retry-after"]) >= 1
        began = time.monotonic()
        answer = await http.post("/api/v1/events", content=json.dumps(facts))
        assert answer.status_code == 503
        assert time.monotonic() - began < 1, "known to be away: the answer comes at once"
        await viewer.until(lambda frame: frame["op"] == "beat" and frame["store"] != "ok")
        assert (await http.get("/readyz")).status_code == 503
        routed = await http.get("/readyz?store=any")  # else a balancer would have no hub left
        assert (routed.status_code, routed.json()["status"], routed.json()["store"]) == (200, "ready", "away")
        assert (await http.get("/healthz")).status_code == 200
        mongod.resume()
        await viewer.until(lambda frame: frame["op"] == "beat" and frame["store"] == "ok")
        async with asyncio.timeout(20):
            while (answer := await http.post("/api/v1/events", content=json.dumps(facts))).status_code != 200:
                await asyncio.sleep(0.1)
    assert {result["status"] for result in answer.json()["results"]} <= {"stored", "duplicate"}
    assert [event["id"] for event in await stored(hub, "s")] == [str(n) for n in range(50)]


async def wall_is_right(viewer: Live, hub: RunningHub, session: str, ident: str) -> None:
    """An event sent to one hub is on a wall of the other in time."""
    async with ingest(hub) as socket:
        await socket.send(json.dumps(said(session, ident)))
        ((result),) = await acks(socket, 1)
    assert result["status"] == "stored"
    async with asyncio.timeout(RIGHT_AGAIN):
        await viewer.until_shown("w", lambda wall: wall.get(f"web:{session}") == result["seq"])


@pytest.mark.parametrize("how", ["stopped", "killed"])
async def test_without_redis_acks_go_on_and_the_wall_is_right_in_time_and_says_so(
    valkey: Valkey, start_hub: StartHub, database_name: str, how: str
) -> None:
    here, there = (start_hub(database_name, LIVE_REDIS_URL=valkey.url, LIVE_HEARTBEAT="500ms") for _ in range(2))
    async with live(there) as viewer:
        await viewer.wall("w")
        await wall_is_right(viewer, here, "s", "1")
        if how == "stopped":
            valkey.pause()
        else:
            valkey.kill()
            await valkey.ended()
        for number in range(2, 5):
            await wall_is_right(viewer, here, "s", str(number))
        await viewer.until(lambda frame: frame["op"] == "beat" and frame["bus"] != "ok")
        if how == "stopped":
            valkey.resume()
        else:
            await valkey.start()
        beat = await viewer.until(lambda frame: frame["op"] == "beat" and frame["bus"] == "ok")
        assert beat["digest"]["w"] == viewer.digest("w")
        await wall_is_right(viewer, here, "t", "1")


async def test_what_a_hub_stored_and_never_told_is_shown_by_the_other(
    valkey: Valkey, start_hub: StartHub, database_name: str
) -> None:
    """Redis stands still, so that the publication cannot leave; the hub dies with it; then Redis goes on."""
    here, there = (start_hub(database_name, LIVE_REDIS_URL=valkey.url) for _ in range(2))
    async with live(there) as viewer:
        await viewer.wall("w")
        await wall_is_right(viewer, here, "s", "1")
        async with ingest(here) as socket:
            valkey.pause()
            await socket.send(json.dumps(said("s", "2")))
            await socket.send(json.dumps(said("never-heard-of", "1")))
            assert [result["seq"] for result in await acks(socket, 2)] == [2, 1]
            here.kill()
            valkey.resume()
        async with asyncio.timeout(3.0 + 1.0):  # its reconcile period, and what a read takes on a busy machine
            await viewer.until_shown("w", lambda wall: wall == {"web:s": 2, "web:never-heard-of": 1})
    restarted = start_hub(database_name, LIVE_REDIS_URL=valkey.url)
    async with live(restarted) as viewer:
        await viewer.wall("w")
        assert viewer.walls["w"] == {"web:s": 2, "web:never-heard-of": 1}


async def test_a_hub_killed_before_its_cards_were_written_is_made_good_by_the_next(
    start_hub: StartHub, database_name: str
) -> None:
    hub = start_hub(database_name, LIVE_CARD_DELAY="1h")
    async with ingest(hub) as socket:
        for number in range(30):
            await socket.send(json.dumps(said(f"s-{number % 5}", str(number))))
        await socket.send(json.dumps({"type": "tag.added", "session": "s-0", "id": "t", "tag": "vip"}))
        await acks(socket, 31)
    hub.kill()
    after = start_hub(database_name)
    async with live(after) as viewer:
        await viewer.wall("w", "tag=vip")
        assert viewer.walls["w"] == {"web:s-0": 7}
        await viewer.wall("all")
        assert viewer.walls["all"] == {"web:s-0": 7} | {f"web:s-{number}": 6 for number in range(1, 5)}


async def test_a_planned_stop_sends_viewers_and_senders_away_in_good_order(
    start_hub: StartHub, database_name: str
) -> None:
    hub = start_hub(database_name)
    async with live(hub) as viewer, ingest(hub) as socket:
        await viewer.wall("w")
        for number in range(200):
            await socket.send(json.dumps(said("s", str(number))))
        hub.process.terminate()
        await viewer.until(lambda frame: frame["op"] == "reconnect" and frame["after_ms"] >= 0)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await viewer.until(lambda frame: False)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        acknowledged = 0
        with pytest.raises(websockets.ConnectionClosed) as closed:
            while True:
                acknowledged += len(await acks(socket, 1))
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
    assert hub.process.wait(10) == 0
    after = start_hub(database_name)
    assert len(await stored(after, "s")) >= acknowledged


async def test_who_comes_while_a_hub_stops_is_refused_before_a_socket_is_open(
    start_hub: StartHub, database_name: str
) -> None:
    hub = start_hub(database_name, LIVE_DRAIN="20s")  # a second for so few
    async with live(hub) as viewer:
        await viewer.wall("w")
        hub.process.terminate()
        await viewer.until(lambda frame: frame["op"] == "reconnect")
        for come in (live, ingest):
            with pytest.raises(websockets.InvalidStatus) as refused:
                async with come(hub):
                    pass
            assert refused.value.response.status_code == 503
            assert int(refused.value.response.headers["Retry-After"]) >= 1
        async with httpx.AsyncClient(base_url=hub.url) as http:
            assert (await http.get("/readyz?store=any")).status_code == 503
            leaving = await http.get("/readyz?store=any&drain=404")  # a balancer cuts off nobody here
            assert (leaving.status_code, leaving.json()["draining"]) == (404, True)
    assert hub.process.wait(10) == 0


async def test_silence_while_no_hub_was_up_is_told_at_the_next_start(start_hub: StartHub, database_name: str) -> None:
    short = {"LIVE_INACTIVE_AFTER": "300ms", "LIVE_WAITING_AFTER": "1h"}
    hub = start_hub(database_name)
    async with ingest(hub) as socket:
        await socket.send(json.dumps(said("s", "1")))
        await acks(socket, 1)
    assert hub.stop() == 0
    one, two = start_hub(database_name, **short), start_hub(database_name, **short)
    async with live(one) as first, live(two) as second:
        for viewer in (first, second):
            await viewer.wall("w", "status=inactive")
            await viewer.until_shown("w", lambda wall: wall == {"web:s": 2})
    assert [event["type"] for event in await stored(one, "s")] == ["message", "session.idle"]


async def test_who_stops_reading_costs_the_others_nothing_and_is_cut_off(
    start_hub: StartHub, database_name: str
) -> None:
    hub = start_hub(database_name, LIVE_SEND_TIMEOUT="1s", LIVE_HEARTBEAT="1s")
    url = hub.url.replace("http", "ws", 1) + "/api/v1/live"
    headers = {"Authorization": f"Bearer {hub.token}"}
    async with (
        websockets.connect(url, additional_headers=headers, max_queue=1, compression=None) as deaf,
        live(hub) as viewer,
    ):
        for number in range(20):
            await deaf.send(json.dumps({"op": "subscribe", "id": f"w{number}", "to": "wall", "limit": 1000}))
        await viewer.wall("w")
        async with ingest(hub) as socket:
            run = uuid4().hex[:6]
            for number in range(3_000):
                fact = said(f"s-{number % 300}", f"{run}-{number}") | {"text": "x" * 300}
                await socket.send(json.dumps(fact))
            await acks(socket, 3_000)
        await viewer.until_shown("w", lambda wall: sum(wall.values()) >= 2_000)
        async with asyncio.timeout(20):
            while True:
                answer = await asyncio.to_thread(httpx.get, f"{hub.url}/metrics")
                if 'live_viewer_cuts_total{code="4008"} 1.0' in answer.text:
                    break
                await asyncio.sleep(0.2)
