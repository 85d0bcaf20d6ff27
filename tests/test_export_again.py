"""A closed session as JSONL, played again: the same card, but for what the hub and reviewers wrote."""

import json
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from live import cards, events, exports, play
from live.cards import Card
from live.events import CHANNEL_TYPES, HUB_TYPES, AnyEvent
from live.recordings import Recordings
from tests.hubs import RunningHub, StartHub
from tests.servers import wait_until
from tests.stories import Story, a_session

AGAIN = datetime(2027, 3, 1, tzinfo=UTC)  # when it is played
TEXTS = (
    "Hello", "This is awful, I hate it!", "Great, thank you so much", "Let me talk to a human please", "日本語",
    "a" * 300, "Where is my order number seventeen?", "Sorry, I cannot help with that", "<b>&\u2028\x00", "",
)  # fmt: skip

Step = Callable[[Story, random.Random], object]


def name(rng: random.Random) -> str:
    """One of a few, so that they come again."""
    return rng.choice(("demo", "a<b", "signup", "Ü"))


def a_decision(story: Story, rng: random.Random) -> object:
    """With a tool that failed, or worked."""
    tool = (
        {"name": "t", "error": "no"} if rng.random() < 0.5 else {"name": "t", "arguments": {"a": 1}, "result": [None]}
    )
    return story.sends(
        "decision",
        message="e-1",
        tools=[tool],
        knowledge=[{"id": "k", "used": True}],
        conditions=[{"name": "c", "met": False}],
    )


def a_feeling(rng: random.Random) -> dict[str, Any]:
    """Sometimes the channel has its own."""
    return {"sentiment": {"label": "negative", "score": -0.7}} if rng.random() < 0.3 else {}


SPOKEN: dict[str, Step] = {
    "session.started": lambda s, r: s.sends("session.started", user={"name": name(r)}, tags=[name(r)], kind="k"),
    "session.updated": lambda s, r: s.sends("session.updated", user={"email": "a@b.c"}, attributes={name(r): 0.5}),
    "session.closed": lambda s, r: s.sends("session.closed", by="user", reason="done"),
    "message": lambda s, r: s.says(r.choice(TEXTS), **a_feeling(r)),
    "message of the assistant": lambda s, r: s.answers(r.choice(TEXTS), attachments=[{"name": "a.pdf"}]),
    "message of an operator": lambda s, r: s.helps(r.choice(TEXTS)),
    "message of a tool": lambda s, r: s.sends("message", role="tool", text="{}"),
    "decision": a_decision,
    "block.entered": lambda s, r: s.sends("block.entered", block=name(r)),
    "block.exited": lambda s, r: s.sends("block.exited", block=name(r), outcome="skipped"),
    "goal.triggered": lambda s, r: s.sends("goal.triggered", goal=name(r), value={"b": 1, "a": [2**53]}),
    "goal.completed": lambda s, r: s.sends("goal.completed", goal=name(r)),
    "goal.failed": lambda s, r: s.sends("goal.failed", goal=name(r)),
    "form.shown": lambda s, r: s.sends("form.shown", form=name(r), fields={"f": None}),
    "form.submitted": lambda s, r: s.sends("form.submitted", form=name(r)),
    "form.abandoned": lambda s, r: s.sends("form.abandoned", form=name(r), field="f"),
    "data.collected": lambda s, r: s.sends("data.collected", field=name(r), value=r.choice((None, 0, [], "x"))),
    "knowledge.missing": lambda s, r: s.sends("knowledge.missing", question="why?"),
    "tag.added": lambda s, r: s.sends("tag.added", tag=name(r)),
    "tag.removed": lambda s, r: s.sends("tag.removed", tag=name(r)),
    "a clock that is ahead": lambda s, r: s.says("later", at=events.stamp(s.now + timedelta(hours=2))),
    "a clock that is behind": lambda s, r: s.answers("before", at=events.stamp(s.now - timedelta(days=400))),
}  # fmt: skip
BY_ITSELF: dict[str, Step] = {
    "session.idle": lambda s, r: s.later(600).falls_silent(),
    "session.resumed": lambda s, r: s.happens(events.SessionResumed(**s.own_fields())),
    "session.waiting": lambda s, r: s.waits(len(s.events)),
    "closed for silence": lambda s, r: s.happens(
        events.SessionClosed(**s.own_fields(), by="system", reason=cards.SILENCE)
    ),
}
REVIEWED: dict[str, Step] = {
    "note.added": lambda s, r: s.is_noted("look", about=1),
    "sentiment.corrected": lambda s, r: s.is_corrected(1, "negative"),
    "session.reviewed": lambda s, r: s.is_reviewed(),
    "tag.added": lambda s, r: s.happens(events.TagAdded(**s.own_fields(), tag="seen", by="Rita")),
    "tag.removed": lambda s, r: s.happens(events.TagRemoved(**s.own_fields(), tag=name(r), by="Rita")),
}


def told(steps: Sequence[tuple[Step, float]]) -> Story:
    """The story of these steps; each has chances of its own, whatever came before."""
    story = a_session()
    for step, seed in steps:
        step(story, random.Random(seed))
    return story


def exported(story: Story, directory: Path) -> Path:
    """As a file."""
    file = directory / "export.jsonl"
    file.write_text("".join(events.encode(event).decode() + "\n" for event in story.events), encoding="utf-8")
    return file


def played(file: Path) -> tuple[Story, Recordings]:
    """The file, sent to a hub that has nothing, at another time."""
    recordings = Recordings([file])
    story = a_session()
    story.now = AGAIN
    for conversation in recordings:
        for event in conversation.events:
            assert event["session"] == story.own
            _send(story, event)
    return story, recordings


def _send(story: Story, event: dict[str, Any]) -> None:
    fields = {key: value for key, value in event.items() if key not in ("type", "session")}
    story.sends(event["type"], **fields)


def seen(card: Card, stored: Sequence[AnyEvent]) -> dict[str, Any]:
    """The card with events named by their ids: their numbers are others where some were left out."""
    made: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(card))
    ids = {event.seq: event.id for event in stored}
    del made["rev"]
    for need in made["attention"]:
        need["seq"] = ids[need["seq"]]
    made["sentiment"]["turned_at_seq"] = ids.get(made["sentiment"]["turned_at_seq"])
    return made


@pytest.mark.parametrize("seed", range(60))
def test_the_card_is_the_same_again(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    steps = [(rng.choice([*SPOKEN.values(), *BY_ITSELF.values()]), rng.random()) for _ in range(rng.randrange(1, 60))]
    end = BY_ITSELF["closed for silence"] if seed % 2 else SPOKEN["session.closed"]
    before = told([(SPOKEN["message"], 0.5), *steps, (end, 0.5)])
    assert before.card.status == "closed"
    after, recordings = played(exported(before, tmp_path))
    assert seen(after.card, after.events) == seen(before.card, before.events)
    assert recordings.left_out == len(before.events) - len(after.events)


@pytest.mark.parametrize("seed", range(30))
def test_what_reviewers_did_is_left_out_and_nothing_else(tmp_path: Path, seed: int) -> None:
    """Also what they did after the end: it does not open the session again."""
    rng = random.Random(seed)
    steps = [(rng.choice(list(SPOKEN.values())), rng.random(), False) for _ in range(rng.randrange(1, 40))]
    steps += [(SPOKEN["session.closed"], 0.5, False)]
    for _ in range(10):
        steps.insert(rng.randrange(1, len(steps) + 1), (rng.choice(list(REVIEWED.values())), rng.random(), True))
    before = told([(step, chance) for step, chance, _ in steps])
    after, recordings = played(exported(before, tmp_path))
    kept = [event.id for event in before.events if event.id.startswith("e-")]
    assert [event.id for event in after.events] == kept
    assert recordings.left_out == 10
    assert after.card.status == "closed"
    assert after.card.reviewed is None
    own = cards.fold_all(
        cards.empty(before.session),
        [
            msgspec.structs.replace(event, seq=n)
            for n, event in enumerate((event for event in before.events if event.id.startswith("e-")), start=1)
        ],
    )
    assert seen(after.card, after.events) == seen(own.card, after.events)


def test_the_stories_have_every_kind_of_event() -> None:
    every = told([(step, 0.5) for step in (*SPOKEN.values(), *BY_ITSELF.values(), *REVIEWED.values())])
    assert {events.type_of(event) for event in every.events} == CHANNEL_TYPES | HUB_TYPES


def test_markdown_and_csv_leave_nothing_out() -> None:
    every = told([(step, 0.5) for step in (*SPOKEN.values(), *BY_ITSELF.values(), *REVIEWED.values())])
    corrected = exports.corrections(every.events)
    for event in every.events:
        readable, row = exports.markdown_line(event, corrected), exports.csv_line(event)
        assert f"#{event.seq} " in readable
        for text in _texts(json.loads(exports.detail_of(event) or "{}")):
            assert text in readable.replace("\\", ""), (text, readable)
            assert text in row.replace('""', '"'), (text, row)


def _texts(value: Any) -> list[str]:
    """Every text within, but for what a hub says of its own scoring."""
    if isinstance(value, dict):
        return [text for key, item in value.items() if key != "scored" for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []


@pytest.mark.anyio
@pytest.mark.slow
@pytest.mark.parametrize("silent", [False, True])
async def test_from_one_hub_to_an_empty_one(
    start_hub: StartHub, database_name: str, tmp_path: Path, *, silent: bool
) -> None:
    first = start_hub(database_name, LIVE_CLOSE_AFTER="1s") if silent else start_hub(database_name)
    sent = told([(step, 0.5) for kind, step in SPOKEN.items() if kind != "session.closed"])
    facts = [_as_sent(event) for event in sent.events]
    if not silent:
        facts.append({"type": "session.closed", "session": sent.own, "id": "end", "by": "user"})
    with _api(first) as api:
        answer = api.post("/api/v1/events", json=facts, headers={"Authorization": f"Bearer {first.key}"})
        assert {result["status"] for result in answer.json()["results"]} == {"stored"}
        wait_until(lambda: _card(first)["status"] == "closed", what="the session is closed")
        api.post(f"/api/v1/sessions/{sent.session}/notes", json={"text": "look"}).raise_for_status()
        api.post(f"/api/v1/sessions/{sent.session}/tags", json={"add": ["seen"]}).raise_for_status()
        file = tmp_path / "export.jsonl"
        file.write_bytes(api.get(f"/api/v1/sessions/{sent.session}/export").content)
    second = start_hub(f"{database_name}_2")
    summary = await play.play([file], url=second.url, key=second.key, rate=5000)
    assert (summary.stored, summary.rejected, summary.left_out) == (len(sent.events) + 1, 0, 2)
    assert ", 2 of hub and reviewers left out in" in str(summary)
    before, after = _card(first), _card(second)
    assert before["tags"][-1] == "seen"
    assert after == before | {"tags": before["tags"][:-1], "rev": before["rev"] - 2}


def _as_sent(event: AnyEvent) -> dict[str, Any]:
    """Without what the hub adds."""
    made: dict[str, Any] = json.loads(events.encode(event))
    if "sentiment" in made and made["sentiment"].get("source") == "hub":
        del made["sentiment"]
    for added in ("received", "channel", "seq", "scored"):
        made.pop(added, None)
    if "sentiment" in made:
        made["sentiment"] = {key: made["sentiment"][key] for key in ("label", "score")}
    return made | {"session": event.session.partition(":")[2]}


def _api(hub: RunningHub) -> httpx.Client:
    return httpx.Client(base_url=hub.url, headers={"Authorization": f"Bearer {hub.token}"}, timeout=20)


def _card(hub: RunningHub) -> dict[str, Any]:
    with _api(hub) as api:
        card: dict[str, Any] = api.get("/api/v1/sessions/web:s-1").json()
    return card
