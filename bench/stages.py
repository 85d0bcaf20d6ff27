"""Where an event's CPU goes inside the hub, stage by stage, without sockets and servers: one thread, one process.

Each stage does its work for the same made-up events; of several turns the quickest counts, as others only slow it down.
What is not here (HTTP, the driver's threads, the kernel) is the difference to `ingest`'s "CPU of the hub an event".
"""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from itertools import islice
from time import process_time

import bson
import msgspec
from msgspec.structs import replace

from bench import talk
from bench.parts import Row
from bench.rig import Rig
from live import cards, door, events, frames
from live.cards import Folded
from live.hub import intake
from live.hub.board import Entry
from live.hub.intake import Item
from live.hub.plan import Plan
from live.hub.presence import Times
from live.settings import Settings

SESSIONS = 400
BATCH = 500


async def stages(_: Rig, scale: float) -> AsyncIterator[Row]:
    """What each step of an event's way costs, as microseconds of CPU for one event."""
    count, turns = (8_000, 7) if scale >= 1 else (1_000, 1)
    settings, now = Settings(), datetime.now(UTC)
    raws = [msgspec.Raw(talk.encoded(fact)) for fact in islice(talk.facts("stages", sessions=SESSIONS), count)]
    known = [door.decode(raw) for raw in raws]
    items = [_prepared(raw, now, settings) for raw in raws]
    planned = _planned(items, now, settings)
    stored = [replace(item.event, seq=item.attempted) for item in items]
    folded = _folded(stored)
    last = [folded[event.session] for event in stored]
    users = [event for event in known if isinstance(event, events.Message) and event.role == "user"]
    work: dict[str, Callable[[], object]] = {
        "decode, strictly": lambda: [door.decode(raw) for raw in raws],
        "fingerprint": lambda: [events.fingerprint(event) for event in known],
        "score what users say": lambda: [intake.felt(event) for event in users],
        "all of the door: these, and the stored JSON": lambda: [_prepared(raw, now, settings) for raw in raws],
        "plan: a seq for each, and its document": lambda: _planned(items, now, settings),
        "BSON": lambda: [bson.encode(document) for document in planned],
        "fold into cards": lambda: _folded(stored),
        "the stored event's line": lambda: [events.wire(item.attempted, item.body) for item in items],
        "a card's JSON, where somebody asks": lambda: [
            Entry(one, version=1, saved=0, since=0.0).json for one in last
        ],
        "results": lambda: _answered(items),
    }  # fmt: skip
    for name, do in work.items():
        yield Row("stages", name, min(_timed(do) for _ in range(turns)) / count * 1e6, "µs")


def _timed(do: Callable[[], object]) -> float:
    began = process_time()
    do()
    return process_time() - began


def _prepared(raw: msgspec.Raw, now: datetime, settings: Settings) -> Item:
    item = intake.prepare(raw, channel="web", now=now, settings=settings)
    assert isinstance(item, Item)
    return item


def _planned(items: list[Item], now: datetime, settings: Settings) -> list[dict[str, object]]:
    """The documents of commits of BATCH, of sessions as the commit before left them."""
    times = Times(
        inactive_after=settings.inactive_after, close_after=settings.close_after, waiting_after=settings.waiting_after
    )
    heads: dict[str, Folded] = {}
    documents: list[dict[str, object]] = []
    for start in range(0, len(items), BATCH):
        plan = Plan(
            state=lambda session: heads.get(session) or cards.empty(session), times=times, adopt=lambda item: None
        )
        for item in items[start : start + BATCH]:
            item.attempted = 0
            plan.add(item)
        for item in plan.items:
            heads[item.session] = Folded(cards.Card(session=item.session, rev=item.attempted, status="closed"))
        documents += plan.documents
    return documents


def _answered(items: list[Item]) -> str:
    for item in items:
        item.settle("stored", item.attempted)
    return frames.text({"results": [item.result for item in items]})


def _folded(stored: list[events.AnyEvent]) -> dict[str, Folded]:
    found: dict[str, Folded] = {}
    for event in stored:
        found[event.session] = cards.fold(found.get(event.session) or cards.empty(event.session), event)
    return found
