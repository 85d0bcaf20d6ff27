"""What each field of a filter asks of a session."""

import pytest

from live import cards, filters
from live.filters.facts import spelled
from tests.filters.strategies import KINDS
from tests.stories import Story, a_session


def finds(query: str, story: Story) -> bool:
    """Is the session in the list under this filter?"""
    return filters.parse(query, kinds=KINDS).matches(filters.facts(story.folded))


def a_rich_session() -> Story:
    """Something of everything: 10:00:00 to 10:05:14 on 2026-11-23, still open."""
    agent = {"id": "a-1", "name": "Änne", "version": "2.0"}
    user = {"id": "u 7,x", "name": "Ada Lovelace", "email": "Ada+news@Example.org", "phone": "+41 (0)79 123-45"}
    return (
        a_session("web:s-1")
        .sends("session.started", user=user, agent=agent, kind="Lead capture", tags=["Winter-Sale", "VIP"])
        .sends("block.entered", block="welcome")
        .sends("block.exited", block="welcome", outcome="completed")
        .sends("block.entered", block="Pricing")
        .sends("goal.triggered", goal="demo_booked")
        .sends("goal.completed", goal="Signed Up")
        .sends("goal.failed", goal="paid")
        .sends("form.submitted", form="signup")
        .sends("form.shown", form="survey")
        .sends("form.abandoned", form="address")
        .later(302)
        .says("This is a terrible, useless café. I hate it!")
        .answers("Oh no, I hear you")
        .sends("knowledge.missing", question="why?")
    )


@pytest.mark.parametrize(
    "query",
    [
        "",
        "channel=web",
        "channel=sms,web",
        "channel=!sms",
        "channel=kind:chat",
        "channel=!kind:text",
        "status=open",
        "status=active",
        "status=!closed",
        "sentiment=negative",
        "sentiment=turned",
        "sentiment=!positive,!neutral",
        "responded=yes",
        "q=lovelace",
        "q=ADA  LOVE",
        "q=da+lov",
        "q=ada%2Bnews@example",
        "q=7912",
        "q=%2B41 (0)79",
        "q=79/12345",
        "q=nobody,ada",
        "q=!grace",
        r"user=u 7\,x",
        "kind=lead CAPTURE",
        "agent=a-1",
        "agent=anne",
        "agent=Änne@2.0",
        "agent=a-1@2.0",
        "goal=signed up",
        "goal=completed:Signed Up",
        "goal=triggered:demo_booked",
        "goal=failed:paid",
        "goal=!demo_booked",
        "goal=any",
        "goal=!none",
        "block=welcome",
        "block=reached:pricing",
        "block=exited:welcome",
        "block=in:pricing",
        "form=signup",
        "form=shown:survey",
        "form=abandoned:address",
        "form=any",
        "tag=vip",
        "tag=winter-sale",
        "tag=!spring",
        "missing=yes",
        "text=terrible",
        "text=CAFE i",
        "text=nothing,useless",
        "text=hear",
        "messages=2",
        "messages=>1",
        "messages=>=2",
        "messages=<3",
        "messages=<=2",
        "messages=2..5",
        "messages=..2",
        "messages=5..,2..",
        "messages=!3",
        "duration=>5m",
        "duration=314s",
        "duration=300..6m",
        "duration=<1h",
        "from=2026-11-23",
        "from=2026-11-23T10:05:14Z",
        "to=2026-11-23",
        "to=2026-11-23T10:00:00Z",
        "from=2026-11-23T11:05:14.000%2B01:00",
        "from=2026-11-23T11:05:14+01:00",
        "from=2026-11-23T10:01:00Z&to=2026-11-23T10:02:00Z",
        "to=1999-01-01,2030-01-01",
        "attention=any",
        "attention=turned_negative",
        "attention=unanswered,waiting",
        "reviewed=no",
        "channel=web&sentiment=negative&goal=!demo_booked&q=ada&text=café&messages=2&attention=any",
    ],
)
def test_a_session_is_found(query: str) -> None:
    assert finds(query, a_rich_session())


@pytest.mark.parametrize(
    "query",
    [
        "channel=sms",
        "channel=!web",
        "channel=web,!web",
        "channel=kind:text",
        "status=closed",
        "status=inactive",
        "status=!open",
        "sentiment=positive",
        "sentiment=!negative",
        "sentiment=unscored",
        "responded=no",
        "q=grace",
        "q=lovelaceada",
        "q=079123456",
        "q=!ada",
        "q=a.a",
        "user=u 7",
        "user=U 7\\,x",
        "kind=lead",
        "agent=a",
        "agent=a-1@1.0",
        "goal=demo_booked",
        "goal=failed:demo_booked",
        "goal=!signed up",
        "goal=none",
        "block=in:welcome",
        "block=exited:pricing",
        "form=survey",
        "form=address",
        "form=none",
        "tag=winter",
        "tag=!vip",
        "tag=!vip,!spring",
        "missing=no",
        "text=terrible wonderful",
        "text=terr",
        "messages=1",
        "messages=>2",
        "messages=3..",
        "duration=<5m",
        "duration=315s..",
        "from=2026-11-23T10:05:14.001Z",
        "from=2026-11-24",
        "to=2026-11-22",
        "to=2026-11-23T09:59:59.999Z",
        "attention=none",
        "attention=asks_human",
        "reviewed=yes",
        "channel=web&sentiment=negative&goal=demo_booked",
    ],
)
def test_a_session_is_left_out(query: str) -> None:
    assert not finds(query, a_rich_session())


def test_status_follows_the_conversation() -> None:
    story = a_session().says("Hello")
    assert finds("status=active&status=open", story)
    story.falls_silent()
    assert finds("status=inactive", story) and finds("status=open", story)
    story.sends("session.closed")
    assert finds("status=closed", story) and not finds("status=open", story)
    story.is_reviewed()
    assert finds("reviewed=yes&attention=none", story)


def test_a_session_without_a_user_is_found_by_what_it_lacks() -> None:
    story = a_session("sms:quiet").answers("Hello, can I help?")
    assert finds(
        "responded=no&sentiment=unscored&goal=none&form=none&missing=no&attention=none&user=!u-1&q=!ada", story
    )
    assert not finds("q=ada", story)
    assert finds("messages=1&duration=0", story)


def test_names_of_states_can_be_names() -> None:
    story = a_session().sends("goal.completed", goal="any").sends("goal.triggered", goal="failed:paid")
    assert finds("goal=completed:ANY", story)
    assert finds("goal=triggered:failed:paid", story)
    assert not finds("goal=completed:none", story)


def test_a_phone_is_found_by_its_digits_but_two_digits_are_text() -> None:
    phone = a_session().sends("session.started", user={"phone": "+41 (0)79 123 45 67"})
    name = a_session().sends("session.started", user={"name": "Agent 4-1"})
    assert finds("q=(079) 123", phone)
    assert finds("q=4-1", name) and not finds("q=4-1", phone)
    assert finds("q=41", phone)


def test_what_looks_like_code_is_text() -> None:
    hostile = ['{"$gt": ""}', "$where", ".*", "a\0b", "(", "[a-z]", "^", "'; drop"]
    story = a_session()
    for text in hostile:
        story.sends("tag.added", tag=text)
    for text in hostile:
        other = a_session().sends("session.started", user={"name": f"x{text}y"})
        plain = a_session().sends("session.started", user={"name": "xy"})
        assert finds(f"tag={text}", story)
        assert not finds(f"tag={text}", plain)
        assert finds(f"q={text}", other)
        assert not finds(f"q={text}", plain)


def test_what_decisions_rested_on() -> None:
    story = a_session().sends(
        "decision", message="m", knowledge=[{"id": "KB-7", "used": True}, {"id": "kb:8", "used": False}],
        conditions=[{"name": "is VIP", "met": False}, {"name": "open", "met": True}],
        tools=[{"name": "lookup"}, {"name": "lookup", "error": "timed out"}, {"name": "refund", "error": "no"}],
    )  # fmt: skip
    for text in (
        "knowledge=kb-7", "knowledge=considered:kb:8", "condition=open", "condition=unmet:is vip", "tool=lookup",
        "tool=failed:lookup", "tool=failed:refund", "tool=!refund", "knowledge=!kb:8",
    ):  # fmt: skip
        assert finds(text, story), text
    for text in ("knowledge=kb:8", "condition=is VIP", "tool=refund", "knowledge=considered:kb-7"):
        assert not finds(text, story), text
    for number in range(300):
        story.sends("decision", message="m", knowledge=[{"id": f"n-{number}", "used": True}])
    assert finds("knowledge=n-98", story) and not finds("knowledge=n-99", story)  # the first hundred


def test_long_names_are_compared_by_their_first_256_characters() -> None:
    name = "ä" * 4000
    story = a_session().sends("session.started", user={"name": name}, agent={"id": "a", "name": name, "version": "1"})
    assert finds(f"q={name[:256]}", story) and finds(f"agent={name[:256]}", story)
    kept = filters.search_fields(story.folded, filters.facts(story.folded))
    assert len(str(kept)) < 5000


def test_the_channels_own_spelling_is_kept_beside_the_token() -> None:
    assert sorted(spelled(a_rich_session().folded).values()) == [
        "agent=Änne", "agent=Änne@2.0", "block=in:Pricing", "block=reached:Pricing", "goal=completed:Signed Up",
        "kind=Lead capture", "tag=VIP", "tag=Winter-Sale",
    ]  # fmt: skip


def test_an_empty_card_has_facts_too() -> None:
    nobody = filters.facts(cards.empty("web:nobody"))
    assert filters.parse("messages=0&responded=no&q=!x").matches(nobody)
