"""What MongoDB examines when people look for sessions: its own `explain` of the very commands that a hub sends."""

from collections.abc import AsyncIterator
from random import Random
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from live import order
from live.storage import mongo
from live.storage.cards import Cards
from live.storage.mongo import Database
from tests.hubs import RunningHub, StartHub
from tests.servers import until
from tests.stories import a_session

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

MANY = 2_500
TIMES = 3  # so many documents examined for one returned are too many
SESSIONLESS = ("lsid", "$db", "$clusterTime", "$readPreference", "readConcern", "apiVersion", "txnNumber")
KINDS, AGENTS, GOALS = ("refund", "order", "question"), ("Pine", "Scout"), ("demo", "callback")
SAID = ("Where is my order?", "This is terrible, I hate it!", "Thank you, wonderful!")

SINGLE: list[dict[str, Any]] = [
    {}, {"status": "closed"}, {"channel": "web"}, {"channel": "!sms"}, {"sentiment": "negative"}, {"kind": "refund"},
    {"agent": "pine"}, {"tag": "topic 3"}, {"tag": "!topic 3"}, {"goal": "demo"}, {"goal": "failed:callback"},
    {"goal": "none"}, {"attention": "any"}, {"responded": "yes"}, {"missing": "no"}, {"reviewed": "no"},
    {"messages": ">3"}, {"messages": "2..2"}, {"duration": "<=3s"}, {"q": "ada"}, {"q": "person 77"}, {"q": "4917"},
    {"from": "2026-11-23T10:00:00Z"}, {"to": "2026-11-23T10:30:00Z"}, {"tag": "nowhere"},
]  # fmt: skip


def _combined() -> list[dict[str, Any]]:
    """Pairs and triples, the same each time."""
    of, made = Random(5), []
    for size in (2, 3):
        for _ in range(15):
            one: dict[str, Any] = {}
            for part in of.sample(SINGLE[1:], size):
                one |= part
            made.append(one)
    return made


@pytest.fixture
async def database(mongodb_url: str, database_name: str) -> AsyncIterator[Database]:
    """Some thousands of closed sessions."""
    of, made = Random(4), []
    for n in range(MANY):
        story = a_session(f"{of.choice(('web', 'web', 'sms'))}:s-{n}").later(of.randrange(3_000))
        story.sends(
            "session.started", kind=of.choice(KINDS), tags=[f"topic {of.randrange(20)}"],
            agent={"id": "a", "name": of.choice(AGENTS)},
            user={"name": f"{of.choice(('Ada', 'Zoe', 'Person'))} {n}", "phone": f"+49171{n:05}"},
        )  # fmt: skip
        for _ in range(of.randrange(1, 5)):
            story.sends("message", role="user", text=of.choice(SAID))
        if of.random() < 0.4:
            story.sends(of.choice(("goal.completed", "goal.failed")), goal=of.choice(GOALS))
        made.append(story.sends("session.closed").folded)
    async with mongo.database(mongodb_url, database_name, timeout=20) as database:
        stored = Cards(database)
        await stored.ensure_indexes()
        await stored.save(made)
        yield database


async def _explained(database: Database) -> list[tuple[int, int, dict[str, Any]]]:
    """(examined, returned, command) of all that was asked of the cards since the profile began."""
    found = []
    asked = {"ns": f"{database.name}.cards", "op": {"$in": ["query", "command"]}, "command.explain": {"$exists": False}}
    for row in await database["system.profile"].find(asked).to_list(None):
        command = {name: value for name, value in row["command"].items() if name not in SESSIONLESS}
        if not {"find", "aggregate", "count"} & command.keys():
            continue
        if "aggregate" in command:
            command["cursor"] = {}
        plan = await database.command({"explain": command, "verbosity": "executionStats"})
        stats = plan.get("executionStats") or plan["stages"][0]["$cursor"]["executionStats"]
        found.append((stats["totalDocsExamined"], stats["nReturned"], command))
    return found


async def _ready(start_hub: StartHub, database: Database) -> RunningHub:
    hub = start_hub(database.name)

    def indexed() -> bool:
        return f"live_indexed_sessions {MANY}" in httpx.get(f"{hub.url}/metrics").text.replace(".0\n", "\n")

    await until(indexed, what="all sessions are indexed")
    return hub


async def test_a_list_its_counts_and_its_facets_cost_no_more_documents_than_they_show(
    start_hub: StartHub, database: Database
) -> None:
    hub = await _ready(start_hub, database)
    await database.create_collection("system.profile", capped=True, size=64 << 20)  # long questions, all of them
    await database.command({"profile": 2})
    headers, shown = {"Authorization": f"Bearer {hub.token}"}, 0
    async with httpx.AsyncClient(base_url=hub.url, headers=headers, timeout=20) as client:
        for number, wanted in enumerate([*SINGLE, *_combined()]):
            query = {**wanted, "sort": order.SORTS[number % len(order.SORTS)], "limit": (20, 500)[number % 2]}
            page = (await client.get(f"/api/v1/sessions?{urlencode(query)}")).raise_for_status().json()
            shown += len(page["cards"])
            if page["next"]:
                behind = f"/api/v1/sessions?{urlencode({**query, 'cursor': page['next']})}"
                shown += len((await client.get(behind)).raise_for_status().json()["cards"])
            (await client.get(f"/api/v1/facets?{urlencode(wanted)}")).raise_for_status()
    await database.command({"profile": 0})
    found = await _explained(database)
    assert sum(returned for _, returned, _ in found) >= shown > 0
    for examined, returned, command in found:
        assert examined == 0 or examined < TIMES * returned, (examined, returned, command)
    await database["system.profile"].drop()
