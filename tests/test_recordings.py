"""Recorded conversations become events of the contract: small rows written here, and all of the development data."""

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from live.errors import Invalid, NotFound
from live.hub import intake
from live.recordings import Conversation, Recordings, interleaved, pauses
from live.recordings.bounds import MAX_EVENT, MAX_TEXT
from live.recordings.script import session_id
from live.settings import Settings

DATA = Path(__file__).parents[2] / "shared" / "data"
NOW = datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)
Event = dict[str, Any]


def played(tmp_path: Path, *lines: dict[str, Any]) -> list[Conversation]:
    """What comes of these lines in a file; every event is valid, with an id of its own in its session."""
    file = tmp_path / "recorded.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    told = list(Recordings([file]))
    for conversation in told:
        assert_valid(conversation)
    return told


def assert_valid(conversation: Conversation) -> None:
    ids = [event["id"] for event in conversation.events]
    assert len(set(ids)) == len(ids)
    for event in conversation.events:
        raw = msgspec.json.encode(event)
        assert len(raw) <= MAX_EVENT
        item = intake.prepare(msgspec.Raw(raw), channel="web", now=NOW, settings=Settings())
        assert isinstance(item, intake.Item), (event, item)
        assert item.session == f"web:{conversation.session}"


def row(*turns: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"source": "made-up", "id": "made-up/1", "channel": "chat", "turns": list(turns), **more}


def user(text: str, **more: Any) -> dict[str, Any]:
    return {"role": "user", "text": text, **more}


def agent(text: str = "", **more: Any) -> dict[str, Any]:
    return {"role": "agent", "text": text, **more}


def tool(text: str, **more: Any) -> dict[str, Any]:
    return {"role": "tool", "text": text, **more}


def of(told: Sequence[Event], *kinds: str) -> list[Event]:
    return [event for event in told if event["type"] in kinds]


def test_turns_become_messages_between_a_start_and_an_end(tmp_path: Path) -> None:
    (told,) = played(
        tmp_path,
        row(
            {"role": "system", "text": "Be kind."},
            user("Hello"),
            {"role": "note", "text": "only the user saw this", "kind": "instruction"},
            agent("Hi!"),
            user("   "),
            meta={"user": "u-7", "model": "m-1", "agent_variant": "plain"},
        ),
    )
    assert told.events[0]["type"] == "session.started"
    assert told.events[-1]["type"] == "session.closed"
    started = told.events[0]
    assert started["user"] == {"id": "u-7"}
    assert started["agent"] == {"id": "plain", "version": "m-1"}
    assert started["attributes"]["source"] == "made-up"
    said = [(event["role"], event["text"]) for event in of(told.events, "message")]
    assert said == [("system", "Be kind."), ("user", "Hello"), ("assistant", "Hi!")]
    assert all("at" not in event for event in told.events)


def test_the_same_row_gives_the_same_events_and_another_id_another_session(tmp_path: Path) -> None:
    line = row(user("a"), agent("b"))
    first, second, other = played(tmp_path, line, line, line | {"id": "made-up.1"})
    assert first == second
    assert first.session != other.session
    assert first.session.startswith("made-up-1-")


def test_real_times_are_kept_and_handed_on(tmp_path: Path) -> None:
    (told,) = played(
        tmp_path,
        row(
            user("now", ts="2020-05-13T13:14:57.000Z"),
            agent("later, without a time of its own"),
            started_at="2020-05-13T13:14:24Z",
            ended_at="2020-05-13T15:20:00+02:00",
        ),
    )
    assert [event["at"][11:19] for event in told.events] == ["13:14:24", "13:14:57", "13:14:57", "13:20:00"]
    assert list(pauses(told.events)) == [0.0, 33.0, 0.0, 303.0]


def test_calls_with_their_answers_explain_the_next_message(tmp_path: Path) -> None:
    (told,) = played(
        tmp_path,
        row(
            {"role": "system", "text": "", "policy": "p-1"},
            user("Where is it?"),
            agent(
                tool_calls=[{"name": "a", "arguments": {"x": 1}, "id": "1"}, {"name": "b", "arguments": {}, "id": "2"}]
            ),
            tool('{"found": [1, 2]}', name="b", tool_call_id="2"),
            tool("Error: not found", name="a", tool_call_id="1"),
            agent("Here."),
        ),
    )
    messages = of(told.events, "message")
    assert [m["role"] for m in messages] == ["user", "tool", "tool", "assistant"]
    (decision,) = of(told.events, "decision")
    assert decision["message"] == messages[-1]["id"]
    assert decision["versions"] == {"policy": "p-1"}
    assert decision["tools"] == [
        {"name": "a", "arguments": {"x": 1}, "error": "Error: not found"},
        {"name": "b", "arguments": {}, "result": {"found": [1, 2]}},
    ]


def test_a_message_with_calls_of_its_own_is_explained_once_they_are_answered(tmp_path: Path) -> None:
    (told,) = played(
        tmp_path, row(user("?"), agent("Let me see.", tool_calls=[{"name": "look"}]), tool("seen"), user("well?"))
    )
    kinds = [(e["type"], e.get("role")) for e in told.events[1:-1]]
    assert kinds == [
        ("message", "user"),
        ("message", "assistant"),
        ("message", "tool"),
        ("decision", None),
        ("message", "user"),
    ]
    assert of(told.events, "decision")[0]["tools"] == [{"name": "look", "result": "seen"}]


def test_calls_after_the_last_message_are_told_with_it(tmp_path: Path) -> None:
    (told,) = played(
        tmp_path,
        row(
            agent("Anything else?"),
            user("A human!"),
            agent(tool_calls=[{"name": "transfer"}]),
            tool("done"),
            labels={"transferred_to_human": True, "goal_met": False, "domain": "retail"},
            meta={"user_goal": "to be heard"},
        ),
    )
    (decision,) = of(told.events, "decision")
    assert decision["message"] == of(told.events, "message")[0]["id"]
    assert of(told.events, "goal.triggered")[0] | {"session": ""} == {
        "type": "goal.triggered", "session": "", "id": "g-0001", "goal": "retail request", "value": "to be heard"
    }  # fmt: skip
    assert of(told.events, "goal.failed")[0]["goal"] == "retail request"
    assert of(told.events, "tag.added")[0]["tag"] == "handed to a human"
    assert told.events[-1]["by"] == "assistant"


def test_what_was_expected_is_held_against_the_calls_made(tmp_path: Path) -> None:
    (told,) = played(
        tmp_path,
        row(
            agent(tool_calls=[{"name": "cancel", "arguments": "{'order': 7}"}]),
            tool("ok"),
            agent("Cancelled."),
            user("Thanks"),
            labels={"expected_actions": [{"name": "cancel", "kwargs": {"order": 7}}, {"name": "refund", "kwargs": {}}]},
        ),
    )
    (decision,) = of(told.events, "decision")
    assert [(c["name"], c["met"]) for c in decision["conditions"]] == [
        ("expected: cancel", True),
        ("expected: refund", False),
    ]


def test_plans_of_sub_tasks_become_reasons_and_conditions(tmp_path: Path) -> None:
    (told,) = played(
        tmp_path,
        row(
            user("return it, and change my address"),
            {"role": "note", "text": "Subtasks: ['return', 'address']", "kind": "subtask_creator"},
            {"role": "note", "text": "Subtasks Reason: ['two wishes']", "kind": "subtask_creator"},
            {"role": "note", "text": "Subtasks solved: [True, False]", "kind": "subtask_creator"},
            agent("Returned."),
        ),
    )
    (decision,) = of(told.events, "decision")
    assert decision["rationale"] == "two wishes"
    assert [(c["name"], c["met"]) for c in decision["conditions"]] == [("return", True), ("address", False)]


def test_steps_of_a_flow_become_blocks_and_what_is_out_of_scope_is_missing(tmp_path: Path) -> None:
    options = ["ask_name", "goodbye"]
    (told,) = played(
        tmp_path,
        row(
            user("Book a table"),
            {"role": "note", "text": "your name", "kind": "agent's draft, not sent"},
            agent("Your name?", step="ask_name", step_options=options),
            user("How is the weather?"),
            agent("I only book tables.", step="out_of_scope", step_options=options),
            agent("Your name?", step="ask_name"),
            agent("Bye.", step="goodbye"),
            labels={
                "completion": "EarlyDisconnectDuringDialogue",
                "tasks": ["restaurant_book"],
                "user_questionnaire": {},
            },
        ),
    )
    blocks = [(e["type"], e["block"], e.get("outcome")) for e in of(told.events, "block.entered", "block.exited")]
    assert blocks == [
        ("block.entered", "ask_name", None),
        ("block.exited", "ask_name", "completed"),
        ("block.entered", "goodbye", None),
        ("block.exited", "goodbye", "dropped"),
    ]
    assert all(e["journey"] == "restaurant_book" for e in of(told.events, "block.entered"))
    (missing,) = of(told.events, "knowledge.missing")
    assert missing["question"] == "How is the weather?"
    decision = of(told.events, "decision")[0]
    assert decision["rationale"] == "Drafted “your name”, not sent."
    assert [c["met"] for c in decision["conditions"]] == [True, False]
    assert decision["block"] == "ask_name"
    assert of(told.events, "goal.failed")[0]["goal"] == "restaurant_book"
    assert told.events[-1]["reason"] == "left early"


def test_a_goal_is_met_when_the_user_says_so_afterwards(tmp_path: Path) -> None:
    asked = {"Did the assistant reserve your hotel?": False, "Did the AI Assistant find you a suitable hotel?": True}
    labels = {"completion": "Complete", "tasks": ["hotel_book", "hotel_search", "weather"], "user_questionnaire": asked}
    (told,) = played(tmp_path, row(user("a hotel"), labels=labels))
    ends = {e["goal"]: e["type"] for e in of(told.events, "goal.completed", "goal.failed")}
    assert ends == {"hotel_book": "goal.failed", "hotel_search": "goal.completed", "weather": "goal.completed"}


def test_a_form_fills_turn_by_turn_and_only_news_is_told(tmp_path: Path) -> None:
    (told,) = played(
        tmp_path,
        row(
            user("a hotel in Bern", collected={"Hotels_1": {"city": ["Bern"]}}, intent={"Hotels_1": "FindHotel"}),
            agent("For whom?", acts=[{"act": "REQUEST", "slot": "guests"}]),
            user(
                "two",
                collected={"Hotels_1": {"city": ["Bern", "Berne"], "guests": ["2"]}},
                intent={"Hotels_1": "FindHotel"},
            ),
            user("no, three", collected={"Hotels_1": {"city": ["Bern"], "guests": ["3"]}}, intent={"Hotels_1": "Book"}),
            agent("Booked.", acts=[{"act": "NOTIFY_SUCCESS"}]),
            labels={"final_form": {"Hotels_1": {"city": ["Bern"], "guests": ["3"]}}, "services": ["Hotels_1"]},
        ),
    )
    learned = [(e["field"], e["value"]) for e in of(told.events, "data.collected")]
    assert learned == [("Hotels_1.city", "Bern"), ("Hotels_1.guests", "2"), ("Hotels_1.guests", "3")]
    assert [e["type"] for e in of(told.events, "form.shown", "form.submitted")] == ["form.shown", "form.submitted"]
    assert of(told.events, "form.submitted")[0]["fields"] == {"city": "Bern", "guests": "3"}
    goals = [(e["type"], e["goal"]) for e in told.events if e["type"].startswith("goal.")]
    assert goals == [("goal.triggered", "FindHotel"), ("goal.triggered", "Book"), ("goal.completed", "Book")]
    assert of(told.events, "decision")[0]["rationale"] == "REQUEST guests"


def test_queries_that_carry_what_was_learned_become_data_and_forms(tmp_path: Path) -> None:
    def query(kind: str, name: str) -> dict[str, Any]:
        arguments = {"Day": '"Monday"', "Name": f'api.is_equal_to("{name}")', "RequestType": f'"{kind}"'}
        return agent(tool_calls=[{"name": "book", "arguments": arguments}])

    (told,) = played(tmp_path, row(query("Check", "Ann"), query("Book", "Ann"), agent("Done."), source="star"))
    learned = [(e["field"], e["value"]) for e in of(told.events, "data.collected")]
    assert learned == [("book.Day", "Monday"), ("book.Name", "Ann")]
    assert of(told.events, "form.submitted")[0]["fields"] == {"Day": "Monday", "Name": "Ann"}


def test_knowledge_stands_in_the_decision_and_an_unanswerable_question_is_missing(tmp_path: Path) -> None:
    passages = [{"id": "p-1", "title": "Sources", "text": "A source is…"}]
    line = row(
        user("What is a source?", sentiment="Angry"),
        agent("An origin.", author="a-model", knowledge_used=["FS1"]),
        labels={"answerability": "UNANSWERABLE"},
        meta={"knowledge": passages},
    )
    (told,) = played(tmp_path, line)
    (decision,) = of(told.events, "decision")
    assert decision["model"] == "a-model"
    assert [(k["id"], k["used"]) for k in decision["knowledge"]] == [("FS1", True), ("p-1", True)]
    (missing,) = of(told.events, "knowledge.missing")
    assert (missing["question"], missing["reason"], missing["message"]) == ("What is a source?", "no_source", "m-0001")
    assert of(told.events, "message")[0]["sentiment"]["label"] == "negative"


def test_the_answer_that_needed_the_faq_comes_with_its_entry(tmp_path: Path) -> None:
    labels = {
        "needs_knowledge": True,
        "knowledge": [{"domain": "hotel", "entity_id": 1, "doc_id": 4}],
        "answer": "At three.",
    }
    known, unknown = played(
        tmp_path,
        row(user("check in?"), labels=labels),
        row(user("check in?"), id="2", labels=labels | {"knowledge": None, "answer": None}),
    )
    assert of(known.events, "decision")[0]["knowledge"] == [{"id": "hotel:1:4", "used": True}]
    assert not of(known.events, "knowledge.missing")
    assert of(unknown.events, "knowledge.missing")[0]["question"] == "check in?"


def test_the_mistaken_step_is_explained_and_each_agent_speaks_for_itself(tmp_path: Path) -> None:
    (told,) = played(
        tmp_path,
        row(
            user("The task", name="human", step=0),
            agent("A plan", name="Planner (thought)", step=1),
            agent("Wrong", name="Surfer", step=2),
            agent("So be it", name="Surfer", step=3),
            labels={
                "goal_met": False,
                "mistake_agent": "Surfer",
                "mistake_step": "2",
                "mistake_reason": "It clicked away.",
            },
            meta={"question": "The task"},
        ),
    )
    assert told.events[0]["agent"]["id"] == "Planner"
    assert [e["agent"]["id"] for e in of(told.events, "session.updated")] == ["Surfer"]
    (decision,) = of(told.events, "decision")
    wrong = next(e for e in told.events if e.get("text") == "Wrong")
    assert decision["message"] == wrong["id"]
    assert "It clicked away." in decision["rationale"]


def test_what_is_too_long_is_cut_with_a_visible_mark(tmp_path: Path) -> None:
    big = {"items": [{"name": "ü" * 200, "n": 2**70} for _ in range(3000)]}
    (told,) = played(
        tmp_path,
        row(
            user("ü" * 40_000),
            agent(tool_calls=[{"name": "list", "arguments": {"q": "x" * 50_000}}] * 150),
            tool(json.dumps(big), name="list"),
            agent("So many."),
        ),
    )
    text = of(told.events, "message")[0]["text"]
    assert len(text.encode()) <= MAX_TEXT
    assert text.endswith("bytes left out]")
    (decision,) = of(told.events, "decision")
    assert "left out" in json.dumps(decision["tools"][0]["result"])
    assert len(decision["tools"]) == 100


def stored(kind: str, seq: int, **fields: Any) -> dict[str, Any]:
    added = {"seq": seq, "received": "2026-11-22T10:00:00.000Z", "channel": "web", "at": "2026-11-22T10:00:00.000Z"}
    return {"type": kind, "session": "web:8f3a", "id": f"e-{seq}", **added, **fields}


def test_our_own_export_is_played_as_its_channel_sent_it(tmp_path: Path) -> None:
    scored = {"label": "negative", "score": -0.5, "words": ["bad"], "p": [0.7, 0.2, 0.1], "source": "hub"}
    (told,) = played(
        tmp_path,
        stored("message", 1, role="user", text="bad", sentiment=scored),
        stored("session.idle", 2),
        stored("note.added", 3, text="look", by="ann"),
        stored("tag.added", 4, tag="seen", by="ann"),
        stored(
            "message", 5, role="user", text="ok", sentiment=scored | {"source": "channel"}, scored={"supported": False}
        ),
        stored("session.closed", 6, by="system", reason="silence"),
        stored("tag.added", 8, tag="late", at="2026-11-22T10:00:07.000Z"),
        stored("session.closed", 7, by="user", reason="done"),
    )
    at = "2026-11-22T10:00:00.000Z"
    base = {"session": "8f3a", "at": at}
    assert list(told.events) == [
        base | {"type": "message", "id": "e-1", "role": "user", "text": "bad"},
        base | {"type": "message", "id": "e-5", "role": "user", "text": "ok",
                "sentiment": {"label": "negative", "score": -0.5}},
        base | {"type": "session.closed", "id": "e-6", "by": "system", "reason": "silence"},
        base | {"type": "tag.added", "id": "e-8", "tag": "late", "at": "2026-11-22T10:00:00.000Z"},
        base | {"type": "session.closed", "id": "e-7", "by": "user", "reason": "done"},
    ]  # fmt: skip


def test_conversations_take_turns_and_pieces_of_one_stay_in_order() -> None:
    def piece(session: str, *names: str) -> Conversation:
        return Conversation(session, tuple({"session": session, "id": name} for name in names))

    pieces = [piece("a", "1", "2"), piece("b", "1"), piece("a", "3"), piece("c", "1", "2")]
    order = [f"{event['session']}{event['id']}" for event in interleaved(pieces, at_once=2)]
    assert order == ["a1", "b1", "a2", "a3", "c1", "c2"] or sorted(order) == ["a1", "a2", "a3", "b1", "c1", "c2"]
    assert [name for name in order if name[0] == "a"] == ["a1", "a2", "a3"]


def test_without_a_clock_the_pace_follows_the_length_of_the_text() -> None:
    said = [{"type": "message", "role": "user", "text": "x" * n} for n in (0, 120, 12_000)]
    assert list(pauses(said)) == [2.0, 12.0, 30.0]


def test_a_missing_file_is_named_before_anything_is_sent(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"nowhere\.jsonl"):
        Recordings([tmp_path / "nowhere.jsonl"])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"id": "2", "turns": [{"role": "us', "truncated"),
        (b'{"id": "2", "turns": [{"role": "us"\x01}]}', "malformed"),
        (b'{"id": "2", "turns": [{"role": "usher", "text": "x"}]}', "usher"),
        (b'{"id": "2", "turns": [{"role": "user", "ts": "yesterday"}]}', "yesterday"),
        (b'{"hello": "world"}', "neither a conversation"),
        (b"[1, 2]", "not a recorded conversation"),
    ],
)
def test_a_bad_line_is_named_by_file_and_number(tmp_path: Path, line: bytes, why: str) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_bytes(json.dumps(row(user("fine"))).encode() + b"\n\n" + line + b"\n")
    recordings = iter(Recordings([file]))
    assert next(recordings).events
    with pytest.raises(Invalid, match=rf"bad\.jsonl:3: .*{why}"):
        next(recordings)


def test_a_damaged_archive_is_named_too(tmp_path: Path) -> None:
    file = tmp_path / "cut.jsonl.gz"
    whole = gzip.compress(b"".join(json.dumps(row(user("x" * 99), id=str(n))).encode() + b"\n" for n in range(999)))
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Invalid, match=r"cut\.jsonl\.gz:\d+: the file cannot be read on from here"):
        list(Recordings([file]))


def test_it_knows_how_far_it_has_come(tmp_path: Path) -> None:
    played(tmp_path, row(user("a")))
    recordings = Recordings([tmp_path / "recorded.jsonl"] * 2)
    assert recordings.fraction == 0
    assert len(list(recordings)) == 2
    assert recordings.fraction == 1


ROWS = {"agents": 149, "forms": 1800, "irc": 1500, "knowledge": 1102, "star": 4366, "tau-bench": 630}


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_the_hub_takes_every_event_of_the_development_data(name: str) -> None:
    sessions = set()
    for conversation in Recordings([DATA / f"conversations-{name}.jsonl.gz"]):
        assert_valid(conversation)
        sessions.add(conversation.session)
        spoken = {e["id"] for e in of(conversation.events, "message") if e["role"] == "assistant"}
        assert all(decision["message"] in spoken for decision in of(conversation.events, "decision"))
    assert len(sessions) == ROWS[name]


@pytest.mark.data
def test_no_two_files_of_the_development_data_share_a_session() -> None:
    assert sum(ROWS.values()) == 9547
    sessions = set()
    for name in ROWS:
        with gzip.open(DATA / f"conversations-{name}.jsonl.gz") as lines:
            sessions |= {session_id(json.loads(line)["id"]) for line in lines}
    assert len(sessions) == 9547
