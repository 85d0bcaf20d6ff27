"""The made-up conversations: each is one that a hub takes, together they show everything, and they move the wall."""

import asyncio
import json
import logging
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import connect

from live import cards, events
from live.cards import Card, Folded
from live.demo import demo
from live.demo.courses import COURSES, Course
from live.demo.stage import deck, written
from live.demo.talk import TEMPI
from live.events import AnyEvent
from live.hub import intake
from live.settings import Settings
from tests.hubs import RunningHub, StartHub

START = datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)
SEEDS = range(8)


def told(course: Course, seed: int) -> tuple[list[AnyEvent], list[Folded]]:
    """A conversation of this course as the hub stores it, and the card after each event."""
    stored: list[AnyEvent] = []
    folded = [cards.empty(f"{course.channel}:s")]
    now = START
    for beat in written(course, random.Random(seed)):
        now += timedelta(seconds=beat.after)
        raw = msgspec.Raw(msgspec.json.encode(beat.event))
        item = intake.prepare(raw, channel=course.channel, now=now, settings=Settings())
        assert isinstance(item, intake.Item), (course.name, beat.event, item)
        stored.append(msgspec.structs.replace(item.event, seq=len(stored) + 1))
        folded.append(cards.fold(folded[-1], stored[-1]))
    return stored, folded[1:]


def all_cards() -> list[Card]:
    """Every card that any course shows at any moment."""
    return [one.card for course in COURSES for seed in SEEDS for one in told(course, seed)[1]]


def by_name(course: Course) -> str:
    return course.name


@pytest.mark.parametrize("course", COURSES, ids=by_name)
def test_a_hub_takes_every_event_of_a_course(course: Course) -> None:
    for seed in SEEDS:
        stored, folded = told(course, seed)
        assert len({event.id for event in stored}) == len(stored)
        assert isinstance(stored[0], events.SessionStarted)
        assert isinstance(stored[-1], events.SessionClosed)
        assert folded[-1].card.status == "closed"
        assert folded[-1].card.block is None
        said = {event.id for event in stored if isinstance(event, events.Message)}
        pointed = {
            name
            for event in stored
            for name in (getattr(event, "message", None), getattr(event, "reply_to", None))
            if name is not None
        }
        assert pointed <= said
        assert any(isinstance(event, events.Decision) for event in stored)
        assert len(written(course, random.Random(seed))) >= 10


@pytest.mark.parametrize("course", COURSES, ids=by_name)
def test_the_same_seed_tells_the_same_and_another_one_another(course: Course) -> None:
    assert written(course, random.Random(1)) == written(course, random.Random(1))
    texts = {msgspec.json.encode([beat.event for beat in written(course, random.Random(seed))]) for seed in SEEDS}
    assert len(texts) == len(SEEDS)


def test_there_are_a_dozen_courses_and_more_on_three_channels_at_different_speeds() -> None:
    assert len(COURSES) >= 12
    assert len({course.name for course in COURSES}) == len(COURSES)
    assert {course.channel for course in COURSES} == {"web", "sms", "email"} == set(TEMPI)
    pace: dict[str, list[float]] = {channel: [] for channel in TEMPI}
    for course in COURSES:
        beats = written(course, random.Random(0))
        pace[course.channel].append(sum(beat.after for beat in beats) / len(beats))
    mean = {channel: sum(paces) / len(paces) for channel, paces in pace.items()}
    assert mean["web"] < mean["email"] and mean["sms"] < mean["email"]


def test_together_they_have_every_event_that_a_channel_can_send() -> None:
    kinds = Counter(events.type_of(event) for course in COURSES for event in told(course, 0)[0])
    assert set(kinds) == events.CHANNEL_TYPES
    roles = {e.role for course in COURSES for e in told(course, 0)[0] if isinstance(e, events.Message)}
    assert roles >= {"user", "assistant", "operator"}


def test_their_cards_show_what_a_card_can_show() -> None:
    shown = all_cards()
    assert {card.sentiment.label for card in shown} == {None, "negative", "neutral", "positive"}
    assert any(card.sentiment.turned_at_seq is not None for card in shown)
    assert {state for card in shown for state in card.goals.values()} == {"triggered", "completed", "failed"}
    assert {state for card in shown for state in card.forms.values()} == {"shown", "submitted", "abandoned"}
    assert any(card.missing for card in shown)
    assert any(card.user is None for card in shown) and any(card.user is not None for card in shown)
    assert (
        any(card.tags for card in shown) and any(card.lead for card in shown) and any(card.attributes for card in shown)
    )
    whys = {attention.why for card in shown for attention in card.attention}
    assert whys >= set(cards.WHYS) - {"waiting"}, "waiting is what the hub writes"


def test_they_end_in_every_mood() -> None:
    ends = Counter(told(course, seed)[1][-1].card.sentiment.label for course in COURSES for seed in SEEDS)
    assert min(ends[label] for label in ("negative", "neutral", "positive")) >= len(SEEDS)


def test_their_decisions_tell_all_that_a_decision_can() -> None:
    decisions = [e for course in COURSES for e in told(course, 0)[0] if isinstance(e, events.Decision)]
    for field in ("block", "rationale", "knowledge", "conditions", "tools", "model", "input_tokens", "duration_ms"):
        assert any(getattr(decision, field) for decision in decisions), field
    assert {source.used for decision in decisions for source in decision.knowledge or ()} == {True, False}
    assert {condition.met for decision in decisions for condition in decision.conditions or ()} == {True, False}
    assert {tool.error is None for decision in decisions for tool in decision.tools or ()} == {True, False}


def test_no_course_is_missing_for_long() -> None:
    dealt = deck(list(COURSES), random.Random(0))
    for _ in range(3):
        assert {next(dealt).name for _ in COURSES} == {course.name for course in COURSES}


# on the stage ---------------------------------------------------------------------------------------------------------

MINUTE = 60.0
PACE = 10.0  # times as fast: the first minute takes six seconds


@asynccontextmanager
async def performing(**how: Any) -> AsyncIterator[asyncio.Task[None]]:
    """The demo in the background; ended by cancelling it, as a hub does that stops."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(demo(**how))
        try:
            yield task
        finally:
            task.cancel()


@pytest.mark.anyio
async def test_its_first_minute_moves_the_wall(start_hub: StartHub, database_name: str) -> None:
    hub = start_hub(database_name)
    latest: dict[str, dict[str, Any]] = {}
    changes: Counter[int] = Counter()  # cards that changed, by tenth of the minute
    address = f"{hub.url.replace('http', 'ws', 1)}/api/v1/live"
    async with connect(address, additional_headers={"Authorization": f"Bearer {hub.token}"}) as socket:
        await socket.send(json.dumps({"op": "subscribe", "id": "w", "to": "wall"}))
        async with performing(url=hub.url, keys=hub.keys, pace=PACE, seed=1) as task:
            clock = asyncio.get_running_loop().time
            began = None
            while began is None or clock() - began < MINUTE / PACE:
                async with asyncio.timeout(30):
                    frame = json.loads(await socket.recv())
                if frame.get("cards"):
                    began = clock() if began is None else began
                    changes[int((clock() - began) * PACE / MINUTE * 10)] += len(frame["cards"])
                    latest |= {card["session"]: card for card in frame["cards"]}
            assert not task.done()
    assert len(latest) >= 12
    assert {card["channel"] for card in latest.values()} == {"web", "sms", "email"}
    assert all(changes[tenth] for tenth in range(10)), changes
    assert {card["status"] for card in latest.values()} >= {"active", "closed"}
    assert len({card["agent"]["name"] for card in latest.values()}) >= 4
    assert {card["sentiment"]["label"] for card in latest.values()} >= {"positive", "neutral"}
    assert any(card["attention"] for card in latest.values())


@pytest.mark.anyio
async def test_a_key_that_is_not_known_is_said_and_tried_again(
    hub: RunningHub, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="live.demo.stage"):
        async with performing(url=hub.url, keys={"web": "wrong"}, pace=PACE) as task, asyncio.timeout(30):
            while not caplog.records:
                await asyncio.sleep(0.01)
    assert "the demo stands still for 15 s" in caplog.text
    assert "does not know this channel key" in caplog.text
    assert task.cancelled()


@pytest.mark.anyio
async def test_channels_without_a_course_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no course for these channels: fax"):
        await demo(url="http://127.0.0.1:9", keys={"fax": "k"})
