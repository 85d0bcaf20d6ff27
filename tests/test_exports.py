"""A conversation as Markdown: what a person reads, with nothing hidden in it."""

import csv
import json

from live import events, exports
from tests.stories import Story, a_session


def markdown(story: Story) -> list[str]:
    """The paragraphs of the file, without the head."""
    corrected = exports.corrections(story.events)
    return "".join(exports.markdown_line(event, corrected) for event in story.events).strip().split("\n\n")


def test_a_message_says_who_when_and_how_it_sounds() -> None:
    story = a_session().says("this is terrible, I hate it").answers("I am sorry").says("日本語のテキスト")
    assert markdown(story) == [
        "**User** · #1 · 2026-11-23T10:00:00.000Z · negative",
        "> this is terrible, I hate it",
        "**Assistant** · #2 · 2026-11-23T10:00:01.000Z",
        "> I am sorry",
        "**User** · #3 · 2026-11-23T10:00:02.000Z · not scored",
        "> 日本語のテキスト",
    ]


def test_a_correction_stands_at_its_message_and_where_it_was_made() -> None:
    story = a_session().says("the invoice is here").says("日本語のテキスト")
    story.is_corrected(1, "positive", by="ben").is_corrected(1, "negative", by="eve_m").is_corrected(2, "neutral")
    found = markdown(story)
    assert found[0].endswith(r" · negative, corrected by eve\_m; was neutral")
    assert found[2].endswith(" · neutral, corrected by Rita; was not scored")
    assert found[4] == "*Sentiment of #1 corrected by ben*: positive · #3 · 2026-11-23T10:00:02.000Z"


def test_what_reviewers_and_channels_mark_are_lines_and_no_json() -> None:
    story = a_session().sends("tag.added", tag="v*i*p").is_noted("look:\nhere", about=1).is_noted("all", by="e<v>e")
    story.happens(events.TagRemoved(**story.own_fields(), tag="vip", by="eve")).is_reviewed("eve")
    assert markdown(story) == [
        r"*Tag added*: v\*i\*p · #1 · 2026-11-23T10:00:00.000Z",
        "**Note** by Rita, about #1 · #2 · 2026-11-23T10:00:01.000Z",
        "> look:\n> here",
        r"**Note** by e\<v\>e · #3 · 2026-11-23T10:00:02.000Z",
        "> all",
        "*Tag removed by eve*: vip · #4 · 2026-11-23T10:00:03.000Z",
        "*Reviewed by eve* · #5 · 2026-11-23T10:00:04.000Z",
    ]


def test_a_decision_says_why_line_by_line() -> None:
    story = a_session().answers("Friday").sends(
        "decision",
        message="e-1", block="book_a_slot", rationale="It is\nfree.", model="m-1", input_tokens=1200, output_tokens=30,
        duration_ms=812.5, versions={"prompt": "7"},
        knowledge=[
            {"id": "kb-1", "title": "Opening *hours*", "score": 0.81, "used": True, "excerpt": "Mo\nto Fr"},
            {"id": "kb-2", "used": False},
        ],
        conditions=[
            {"name": "is free", "met": True, "values": {"day": "Fr"}, "action": "offer it"},
            {"name": "is a member", "met": False},
        ],
        tools=[
            {"name": "slots", "arguments": {"day": "Fr"}, "result": [9, 10], "duration_ms": 12},
            {"name": "book", "error": "time_out"},
        ],
    )  # fmt: skip
    head, lines = markdown(story)[2:]
    assert head == (
        r"*Decision* about `e-1` · #2 · 2026-11-23T10:00:01.000Z · block book\_a\_slot · m-1"
        " · 1,200 tokens in · 30 tokens out · 812.5 ms · prompt 7"
    )
    assert lines.split("\n") == [
        "- Because: It is free.",
        r"- Knowledge `kb-1` Opening \*hours\*, used, score 0.81: Mo to Fr",
        "- Knowledge `kb-2`, not used",
        """- Condition is free, met, with `{"day":"Fr"}`: offer it""",
        "- Condition is a member, not met",
        """- Tool slots with `{"day":"Fr"}`, gave `[9,10]` (12 ms)""",
        r"- Tool book, failed: time\_out",
    ]
    assert markdown(a_session().sends("decision", message="e-1")) == [
        "*Decision* about `e-1` · #1 · 2026-11-23T10:00:00.000Z"
    ]


def test_what_came_with_a_message_is_named_and_no_link() -> None:
    files = [
        {"name": "a_b.pdf", "type": "application/pdf", "url": "https://example.com/a", "size": 12000},
        {"name": "<b>", "url": "javascript:alert(1)"},
        {"name": "c"},
    ]
    assert markdown(a_session().says("See", attachments=files, reply_to="m-0"))[2].split("\n") == [
        "- In reply to `m-0`",
        r"- Attached: a\_b.pdf, application/pdf, 12,000 bytes, `https://example.com/a`",
        r"- Attached: \<b\>, `javascript:alert(1)`",
        "- Attached: c",
    ]


def test_a_table_has_every_field_of_every_event() -> None:
    story = a_session().says("awful, I hate it", attachments=[{"name": "a.pdf"}]).is_noted("look", about=1)
    rows = list(csv.DictReader([exports.csv_head(), *map(exports.csv_line, story.events)]))
    assert [(row["seq"], row["id"], row["type"], row["role"], row["text"]) for row in rows] == [
        ("1", "e-1", "message", "user", "awful, I hate it"),
        ("2", "h-2", "note.added", "", ""),
    ]
    assert (rows[0]["sentiment"], float(rows[0]["score"]) < -0.3) == ("negative", True)
    assert [json.loads(row["detail"]) for row in rows] == [
        {"attachments": [{"name": "a.pdf"}]},
        {"text": "look", "about": 1, "by": "Rita"},
    ]


def test_other_events_keep_their_fields() -> None:
    (line,) = markdown(a_session().sends("goal.completed", goal="a`b"))
    assert line == """*goal.completed* · #1 · 2026-11-23T10:00:00.000Z · `{"goal":"a'b"}`"""


def test_control_characters_are_seen() -> None:
    story = a_session().says("a\x00b\x1b[31mc\x7fd\x85e\tf\r\ng\u2028h\x0bi")
    assert markdown(story)[1] == "> a␀b␛\\[31mc␡d␦e\tf\n> g\n> h␋i"
    story = a_session().sends("tag.added", tag="a\nb").sends("session.started", user={"name": "Ada\n\x00# evil"})
    assert markdown(story)[0].startswith("*Tag added*: a␊b · ")
    assert exports.markdown_head(story.card).startswith("# Ada␊␀\\# evil\n\n")
