"""The door: strict, and every flaw is named."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live import door, events
from live.errors import Invalid
from live.hub import intake
from live.settings import Settings

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def sent(**changes: Any) -> dict[str, Any]:
    """A good message, changed; None leaves a field out."""
    event = {"type": "message", "session": "s-1", "id": "m-1", "role": "user", "text": "Hello", **changes}
    return {name: value for name, value in event.items() if value is not None}


def flaws(event: Any) -> dict[str, str]:
    """The flaws of one event, by path."""
    raw = event if isinstance(event, bytes) else json.dumps(event).encode()
    with pytest.raises(Invalid) as caught:
        door.decode(raw)
    return {flaw.path: flaw.message for flaw in caught.value.flaws}


def decision(**parts: Any) -> dict[str, Any]:
    return {"type": "decision", "session": "s-1", "id": "d-1", "message": "m-1", **parts}


BAD: list[tuple[Any, str, str]] = [
    (sent(txt="x"), "txt", "unknown field (did you mean text?)"),
    (sent(role=None), "role", "required, but missing"),
    (sent(role="wizard"), "role", "wizard"),
    (sent(text=7), "text", "Expected str, got int"),
    (sent(text={"$ne": None}), "text", "Expected str, got object"),
    (sent(session={"$gt": ""}), "session", "Expected str, got object"),
    (sent(session=""), "session", "1 to 128 characters"),
    (sent(session="s" * 129), "session", "got 129"),
    (sent(session="has space"), "session", "white space"),
    (sent(id="new\nline"), "id", "printable"),
    (sent(id="\u202etxt"), "id", "printable"),
    (sent(at="yesterday"), "at", "RFC 3339"),
    (sent(at="2026-11-22T10:00:00"), "at", "with a zone"),
    (sent(at="2026-13-22T10:00:00Z"), "at", "RFC 3339"),
    (sent(at="0001-01-01T00:00:00+10:00"), "at", "RFC 3339"),
    (sent(at=1_700_000_000), "at", "Expected str"),
    (sent(type="mesage"), "type", "did you mean message?"),
    (sent(type="session.idle"), "type", "written by the hub alone"),
    (sent(type="note.added"), "type", "written by the hub alone"),
    (sent(type=None), "type", "required, but missing"),
    (sent(seq=3), "seq", "set by the hub"),
    (sent(received="2026-11-22T10:00:00Z"), "received", "set by the hub"),
    (sent(channel="sms"), "channel", "set by the hub"),
    (sent(sentiment={"label": "negative", "score": 7}), "sentiment.score", "<= 1"),
    (sent(sentiment={"label": "angry", "score": 0}), "sentiment.label", "angry"),
    (sent(sentiment={"label": "negative", "score": -1, "source": "hub"}), "sentiment.source", "set by the hub"),
    (sent(role="assistant", sentiment={"label": "negative", "score": -1}), "sentiment", "only a user's message"),
    (sent(attachments=[{"url": "x"}]), "attachments[0].name", "required, but missing"),
    ({"type": "goal.completed", "session": "s", "id": "g"}, "goal", "required, but missing"),
    ({"type": "tag.added", "session": "s", "id": "g", "tag": "x", "by": "me"}, "by", "set by the hub"),
    ({"type": "data.collected", "session": "s", "id": "g", "field": "f"}, "value", "required, but missing"),
    (decision(tools=[{"nam": "x"}]), "tools[0].nam", "unknown field"),
    (decision(tools=[{"name": "x", "arguments": {"n": 2**70}}]), "tools[0].arguments.n", "past 64 bits"),
    (
        decision(conditions=[{"name": "x", "met": True, "values": {"a": [[[2**63]]]}}]),
        "conditions[0].values.a[0][0][0]",
        "past 64 bits",
    ),
    ([], "", "an event is a JSON object"),
    ("text", "", "an event is a JSON object"),
    (None, "", "an event is a JSON object"),
    (b'{"type":"message","session":"a","id":"b","role":"user","text":"\\ud800"}', "text", "surrogate"),
    (b'{"type":"message","session":"a","id":"b","role":"user","text":"\xff"}', "text", "not UTF-8: 0xff at byte 63"),
    (b"NaN", "", "not JSON"),
]


@pytest.mark.parametrize(
    ("event", "path", "message"), BAD, ids=[f"{path or 'whole'}-{n}" for n, (_, path, _) in enumerate(BAD)]
)
def test_every_flaw_is_named(event: Any, path: str, message: str) -> None:
    found = flaws(event)
    assert path in found, found
    assert message in found[path]


def test_a_word_out_of_a_list_is_answered_by_the_list() -> None:
    assert flaws(sent(role="robot")) == {"role": "expected user, assistant, operator, system or tool, got 'robot'"}
    wrong = {"type": "block.exited", "session": "s", "id": "b", "block": "x", "outcome": "done"}
    assert flaws(wrong) == {"outcome": "expected completed, skipped or dropped, got 'done'"}
    assert flaws(decision(tools=[{"name": "a", "arguements": 1}])) == {
        "tools[0].arguements": "unknown field (did you mean arguments?)"
    }


def test_several_flaws_are_named_at_once() -> None:
    assert flaws(sent(session="a b", at="now", seq=1)).keys() == {"session", "at", "seq"}


def test_depth_is_bounded_however_deep() -> None:
    deep = b'{"type":"data.collected","session":"s","id":"i","field":"f","value":' + b"[" * 40 + b"]" * 40 + b"}"
    assert "nested over 32 deep" in flaws(deep)["value" + "[0]" * 32]
    abyss = b'{"type":"data.collected","session":"s","id":"i","field":"f","value":' + b"[" * 5000 + b"]" * 5000 + b"}"
    assert flaws(abyss) == {"": "nested too deep"}


def test_times_become_utc_with_milliseconds() -> None:
    assert door.decode(json.dumps(sent(at="2026-11-22t10:00:00.1239+01:00")).encode()).at == "2026-11-22T09:00:00.123Z"
    assert door.decode(json.dumps(sent(at="2026-11-22T10:00:00Z")).encode()).at == "2026-11-22T10:00:00.000Z"


def test_the_mark_is_of_the_content_alone() -> None:
    def mark(text: str) -> bytes:
        return events.fingerprint(door.decode(text.encode()))

    one = mark('{"type":"form.shown","session":"s","id":"i","form":"f","fields":{"a":1,"b":[1,2]}}')
    assert one == mark('{"id":"i","form":"f", "fields":{"b":[1,2],"a":1},"session":"s","type":"form.shown"}')
    assert one != mark('{"type":"form.shown","session":"s","id":"i","form":"f","fields":{"a":1,"b":[2,1]}}')
    assert one != mark('{"type":"form.submitted","session":"s","id":"i","form":"f","fields":{"a":1,"b":[1,2]}}')


@given(
    text=st.text(),
    value=st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=10,
    ),
)
def test_what_is_taken_comes_back_to_the_letter(text: str, value: Any) -> None:
    event = {"type": "data.collected", "session": "s", "id": "i", "field": "f", "value": {"text": text, "value": value}}
    item = intake.prepare(msgspec.Raw(json.dumps(event).encode()), channel="web", now=NOW, settings=Settings())
    assert isinstance(item, intake.Item)
    stored = json.loads(events.wire(7, item.body))
    assert stored == {
        **event,
        "session": "web:s",
        "channel": "web",
        "at": "2026-11-23T10:00:00.000Z",
        "received": "2026-11-23T10:00:00.000Z",
        "seq": 7,
    }


@given(st.binary(max_size=200))
def test_no_bytes_break_the_door(raw: bytes) -> None:
    try:
        parts = intake.split(raw, lines=False, settings=Settings()).parts
    except Invalid:
        return
    for part in parts:
        assert isinstance(
            intake.prepare(part, channel="web", now=NOW, settings=Settings()), intake.Item | intake.Result
        )


def test_limits_name_themselves() -> None:
    settings = Settings()
    large = json.dumps(sent(text="y" * 70_000)).encode()
    refused = intake.prepare(msgspec.Raw(large), channel="web", now=NOW, settings=settings)
    assert isinstance(refused, intake.Result) and refused.errors is not None
    assert (refused.id, refused.session, refused.status) == ("m-1", "web:s-1", "invalid")
    assert "65,536 bytes" in refused.errors[0]["message"]
    long_text = intake.prepare(
        msgspec.Raw(json.dumps(sent(text="ü" * 16_385), ensure_ascii=False).encode()),
        channel="web",
        now=NOW,
        settings=settings,
    )
    assert isinstance(long_text, intake.Result) and long_text.errors is not None
    assert long_text.errors[0] == {"path": "text", "message": "over the limit of 32,768 bytes"}


def parts(body: bytes, *, lines: bool = False) -> list[Any]:
    """The parts of a body as they were sent, or what is wrong with them."""
    found = intake.split(body, lines=lines, settings=Settings()).parts
    return [
        bytes(part).strip() if isinstance(part, msgspec.Raw) else (part.flaw.path, part.flaw.message) for part in found
    ]


def refused(body: bytes, *, lines: bool = False) -> str:
    """Why a body is refused as a whole."""
    with pytest.raises(Invalid) as caught:
        intake.split(body, lines=lines, settings=Settings())
    return str(caught.value)


def test_ndjson_is_split_by_line() -> None:
    assert parts(b'{"a":1}\n\n  \n{"b":2}\r\n', lines=True) == [b'{"a":1}', b'{"b":2}']


def test_a_line_that_is_no_json_holds_back_no_other() -> None:
    body = b'{"a":1}\n\n{oops\n{"b":"\\ud83d"}\n{"c":"\xff"}\n{"d":2}'
    assert parts(body, lines=True) == [
        b'{"a":1}',
        ("", "line 3: not JSON: expecting property name enclosed in double quotes at byte 10"),
        ("b", "line 4: half of a surrogate pair (\\ud800 to \\udfff) is no text"),
        ("c", "line 5: not UTF-8: 0xff at byte 36"),
        b'{"d":2}',
    ]
    assert body[36] == 0xFF


def test_lines_are_refused_as_a_whole_where_none_is_json() -> None:
    assert refused(b"\n{oops\nand\n", lines=True).startswith("line 2: not JSON: ")
    assert refused(b" \n\n", lines=True) == refused(b"", lines=True) == "the body is empty"


def test_an_element_that_is_no_text_holds_back_no_other() -> None:
    body = b' [ {"a":1} ,{"b":["x",{"y":"\\ud83d"}]}, {"\\udc00":1},"\xff" ,2 ] '
    assert parts(body) == [
        b'{"a":1}',
        ("b[1].y", "half of a surrogate pair (\\ud800 to \\udfff) is no text"),
        ("", "half of a surrogate pair (\\ud800 to \\udfff) is no text"),
        ("", f"not UTF-8: 0xff at byte {body.index(0xFF)}"),
        b"2",
    ]
    assert parts(b'["\xff"]') == [("", "not UTF-8: 0xff at byte 2")]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'[{"a":1},]', "expecting value at byte 9"),
        (b'[{"a":1}', "expecting ',' or ']' at byte 8"),
        (b'[{"a":1}]x', "extra data at byte 9"),
        (b'[{"a":1} {"b":1}]', "expecting ',' or ']' at byte 9"),
        (b'["\xc3\xa4", {"a":oops}]', "expecting value at byte 12"),
        (b'["\\ud83d", NaN]', "NaN is no number"),
        (b'{"a":"\xc3\xa4" "b"}', "at byte 10"),
        (b"[" * 100_000, "nested too deep"),
        (b"", "at byte 0"),
    ],
)
def test_what_is_no_json_as_a_whole_is_refused_with_the_place(body: bytes, why: str) -> None:
    assert why in refused(body)


def test_a_part_that_cannot_be_read_is_answered_with_what_can() -> None:
    raw = b'{"type":"message","session":"s-1","id":"m-\\ud83d","role":"user","text":"\\ud83d"}'
    (part,) = intake.split(raw, lines=False, settings=Settings()).parts
    told = intake.prepare(part, channel="web", now=NOW, settings=Settings())
    assert isinstance(told, intake.Result) and told.errors is not None
    assert (told.id, told.session, told.status) == ("m-?", "web:s-1", "invalid")
    assert [error["path"] for error in told.errors] == ["id"]
