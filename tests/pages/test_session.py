"""Which events a session's page holds, how they are grouped, and what a slot does in their place."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from live.pages.formats import Formats
from live.pages.session import WINDOW, Place, blanks, collection, grouped, panel
from live.pages.slots import Blank, seen

Fact = dict[str, Any]
heads = st.integers(1, 5_000)


def event(seq: int, kind: str, **fields: Any) -> Fact:
    """An event as it is stored, as far as a page looks at it."""
    return {"seq": seq, "type": kind, "id": f"e-{seq}", **fields}


def rendered(source: str, e: object) -> str:
    """A template filled with one event, or with its slots."""
    return Environment(autoescape=True).from_string(source).render(e=e, f=Formats())


# which ----------------------------------------------------------------------------------------------------------------


@given(heads)
def test_the_first_page_ends_at_the_head_and_is_full_where_it_can_be(head: int) -> None:
    start = Place().start(head)
    assert head - start == min(WINDOW, head)


@given(heads, st.data())
def test_pages_before_one_another_lead_to_the_first_event_without_a_hole(head: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(2, head + 1))
    while first > 1:
        place = Place(before=first)
        start, count = place.start(head), place.count(head)
        assert start + count == first - 1
        first = start + 1


@given(heads, st.data())
def test_a_page_around_an_event_holds_it_and_is_full_where_it_can_be(head: int, data: st.DataObject) -> None:
    wanted = data.draw(st.integers(1, head))
    start = Place(around=wanted).start(head)
    assert start < wanted <= start + WINDOW
    assert min(head, start + WINDOW) - start == min(WINDOW, head)


@given(heads, st.integers(1, 10_000))
def test_a_page_after_an_event_is_never_empty(head: int, after: int) -> None:
    assert 0 <= Place(after=after).start(head) < head


# grouped --------------------------------------------------------------------------------------------------------------


def test_a_decision_goes_beneath_its_message_whichever_came_first_and_alone_stands_by_itself() -> None:
    before = event(1, "decision", message="e-2")
    message = event(2, "message")
    after = event(3, "decision", message="e-2")
    alone = event(4, "decision", message="elsewhere")
    items = grouped([before, message, after, alone])
    assert [(item.event["seq"], [under["seq"] for under in item.under]) for item in items] == [(2, [1, 3]), (4, [])]


def test_a_correction_shows_at_its_message_although_it_stands_on_another_page() -> None:
    correction = event(900, "sentiment.corrected", about=2, label="neutral", by="sam")
    note = event(3, "note.added", about=2, text="hm", by="sam")
    items = grouped([event(2, "message"), note], beside=[correction])
    assert [mark["seq"] for mark in items[0].marks] == [3, 900]
    assert [item.event["seq"] for item in items] == [2, 3]


def test_of_what_was_collected_the_newest_counts() -> None:
    told = [event(9, "data.collected", field="size", value=3), event(2, "data.collected", field="size", value=None)]
    assert collection(told) == {"size": {"value": 3, "seq": 9}}


def test_the_journey_says_where_the_session_is_and_what_it_has_left() -> None:
    card = {"block": "pricing", "blocks": ["welcome", "pricing", "extras"], "exited": ["welcome"]}
    assert panel(card, {})["path"] == [
        {"name": "welcome", "state": "left"},
        {"name": "pricing", "state": "here"},
        {"name": "extras", "state": "reached"},
    ]


# slots ----------------------------------------------------------------------------------------------------------------


def test_the_same_markup_shows_a_value_or_its_slot() -> None:
    source = '<b title="{{ f.utc(e.at) }}">{{ e.user.name }}</b>'
    stored = seen({"at": "2026-11-22T10:00:00.123Z", "user": {"name": "<Ada>"}})
    assert rendered(source, stored) == '<b title="2026-11-22 10:00:00.123 UTC">&lt;Ada&gt;</b>'
    assert rendered(source, Blank()) == '<b title="⟨at|utc⟩">⟨user.name⟩</b>'


def test_a_part_is_there_with_a_value_left_out_without_one_and_conditional_in_a_template() -> None:
    source = "{% if f.there(e.block) %}<i{{ f.only(e.block) }}>{{ e.block }}</i>{% endif %}"
    assert rendered(source, seen({"block": "pricing"})) == "<i>pricing</i>"
    assert rendered(source, seen({"block": None})) == rendered(source, seen({})) == ""
    assert rendered(source, Blank()) == '<i data-if="block">⟨block⟩</i>'


def test_a_list_is_repeated_or_stands_once_for_all_its_items() -> None:
    source = "{% for tag in e.tags %}<i{{ f.item(tag) }}>{{ tag }}</i>{% endfor %}"
    assert rendered(source, seen({"tags": ["a", "b"]})) == "<i>a</i><i>b</i>"
    assert rendered(source, seen({})) == ""
    assert rendered(source, Blank()) == '<i data-each="tags">⟨⟩</i>'


def test_a_field_may_have_any_name_also_those_that_python_gives_to_its_objects() -> None:
    source = "{{ e.values }} {{ e.items }} {{ e.keys }}"
    assert rendered(source, seen({"values": 1, "items": 2, "keys": 3})) == "1 2 3"
    assert rendered(source, Blank()) == "⟨values⟩ ⟨items⟩ ⟨keys⟩"


def test_what_is_not_there_may_be_asked_for_ever_deeper() -> None:
    assert rendered("[{{ e.a.b.c }}]{{ f.span(e.a.b) }}{% for x in e.a %}x{% endfor %}", seen({})) == "[]"


@pytest.mark.parametrize("given", [False, 0, 0.0])
def test_no_and_nought_are_something_to_show(given: object) -> None:
    assert Formats().there(given)


def test_there_is_a_template_for_every_kind_of_event_and_every_role() -> None:
    kinds = [kind for kind, _ in blanks()]
    assert len(kinds) == len(set(kinds)) == 22 + 5
    assert {"message.user", "message.tool", "decision", "note.added", "session.idle"} <= set(kinds)
