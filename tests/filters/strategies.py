"""Random sessions and random filters over the same few names, so that they often meet."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from live.filters.language import escaped
from tests.stories import Story

CHANNELS = ("web", "sms", "mail-2")
KINDS = {"chat": frozenset({"web"}), "text": frozenset({"sms", "mail-2"})}
NAMES = (
    "demo", "Demo", "démo", "DEMO  booked", "Größe", "GRÖSSE", "ﬁn", "İstanbul", "🦊", "\u212b", "\u0301", " ",
    "any", "Any", "none", "failed:demo", "completed:any", "shown:demo", "compl:demo", "in:x", "kind:web", "tag=demo",
    "=", "http://a/b?c=d&e=f#g", "a,b", "a\\b", "\\", "!x", "!", "100%", "%41", "a+b", "a;b", "x:",
    "$where", '{"$gt": ""}', ".*", "^a|b$", "a\nb", "x\0y",
)  # fmt: skip
PEOPLE = ("Ada Lovelace", "ADA", "Zoë", "Strauß", "a.b", "a|b", "(x", "x\0y", "41", "José", "李小龍", "", " ")
EMAILS = ("ada@example.org", "ADA@EXAMPLE.ORG", "a+b@x.y", ".*@example.org")
PHONES = ("+41 (0)79 123 45 67", "0791234567", "123", "12", "n/a", "\uff14\uff11")
TEXTS = (
    "", "Hello there", "HELLO", "café au lait", "Cafe", "This is terrible, I hate it!", "Thank you, wonderful!",
    "I want to talk to a human", "Sorry, I cannot help.", "Wie geht es dir heute, mein Freund?", "a-b_c d", "ß", "\0",
    "🦊 fox",
)  # fmt: skip
MOMENTS = (
    "2026-11-22", "2026-11-22T23:59:59.999Z", "2026-11-23", "2026-11-23T10:00:02Z", "2026-11-23T10:00:02.0009+00:00",
    "2026-11-23T10:00:02.001Z", "2026-11-23T11:00:01.999+01:00", "1999-01-01", "2030-01-01T00:00:00Z",
)  # fmt: skip
SIGNS = ("", "=", ">", ">=", "<", "<=", "..")
names = st.sampled_from(NAMES) | st.text(st.characters(codec="utf-8"), min_size=1, max_size=4)

Step = Callable[[Story], Any]


def _sends(type_: str, /, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    """An event of the channel; a field that is drawn as None is left out."""

    def step(drawn: dict[str, Any]) -> Step:
        return lambda story: story.sends(type_, **{name: value for name, value in drawn.items() if value is not None})

    return st.fixed_dictionaries(fields).map(step)


def _maybe(*values: str) -> st.SearchStrategy[str | None]:
    return st.sampled_from((None, *values))


def _some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.fixed_dictionaries(fields), max_size=2)


known = {"id": names} | {
    field: st.sampled_from(values) for field, values in (("name", PEOPLE), ("email", EMAILS), ("phone", PHONES))
}
users = st.fixed_dictionaries({}, optional=known)
agents = st.fixed_dictionaries({"id": names}, optional={"name": names, "version": st.sampled_from(("1", "2.0"))})
about = {"user": st.none() | users, "agent": st.none() | agents, "kind": st.none() | names}
tags = st.none() | st.lists(names, max_size=2)
times = st.sampled_from((None, *(moment for moment in MOMENTS if len(moment) > 10)))

steps: st.SearchStrategy[Step] = st.one_of(
    _sends("session.started", **about, tags=tags),
    _sends("session.updated", **about),
    _sends("session.closed", by=_maybe("user", "system"), at=times),
    _sends("message", role=st.sampled_from(("user", "assistant", "operator")), text=st.sampled_from(TEXTS), at=times),
    _sends("message", role=st.just("user"), text=st.sampled_from(TEXTS)),
    _sends("block.entered", block=names),
    _sends("block.exited", block=names),
    _sends("goal.triggered", goal=names),
    _sends("goal.completed", goal=names),
    _sends("goal.failed", goal=names),
    _sends("form.shown", form=names),
    _sends("form.submitted", form=names),
    _sends("form.abandoned", form=names),
    _sends(
        "decision",
        message=st.just("m"),
        knowledge=_some(id=names, used=st.booleans()),
        conditions=_some(name=names, met=st.booleans()),
        tools=st.lists(st.fixed_dictionaries({"name": names}, optional={"error": st.just("no")}), max_size=2),
    ),
    _sends("knowledge.missing", question=st.just("?")),
    _sends("tag.added", tag=names),
    _sends("tag.removed", tag=names),
    st.sampled_from((1.0, 300.0, 400_000.0)).map(lambda seconds: lambda story: story.later(seconds)),
    st.just(Story.falls_silent),
    st.just(lambda story: story.waits(1)),
    st.just(Story.is_reviewed),
)


@st.composite
def sessions(draw: st.DrawFn, *, least: int = 1, most: int = 8) -> list[Story]:
    """Several sessions of random legal events, each folded."""
    made = []
    for number, told in enumerate(
        draw(st.lists(st.lists(steps, min_size=1, max_size=7), min_size=least, max_size=most))
    ):
        story = Story(f"{draw(st.sampled_from(CHANNELS))}:s-{number}")
        for step in told:
            step(story)
        if not story.events:  # only time went by
            story.says("")
        made.append(story)
    return made


def _states(*states: str) -> st.SearchStrategy[str]:
    """A name, maybe after a state."""
    return st.builds(
        lambda state, name: f"{state}:{name}" if state else name, st.sampled_from(("", "", *states)), names
    )


def _compared(numbers: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(compared, st.sampled_from(SIGNS), numbers)


def compared(sign: str, number: str) -> str:
    """`>`, 3 -> `>3`."""
    return f"{number}.." if sign == ".." else f"{sign}{number}"


_parts = st.sampled_from([*PEOPLE, *EMAILS, *PHONES]).flatmap(
    lambda text: st.builds(lambda a, b: text[min(a, b) : max(a, b) + 1], *[st.integers(0, max(0, len(text) - 1))] * 2)
)
values: dict[str, st.SearchStrategy[str]] = {
    "channel": st.sampled_from((*CHANNELS, "WEB", "kind:chat", "Kind:text")),
    "status": st.sampled_from(("open", "active", "inactive", "closed", "Closed")),
    "sentiment": st.sampled_from(("positive", "neutral", "negative", "turned", "unscored")),
    "responded": st.sampled_from(("yes", "no")),
    "missing": st.sampled_from(("yes", "no")),
    "reviewed": st.sampled_from(("yes", "no")),
    "attention": st.sampled_from(
        ("any", "none", "asks_human", "turned_negative", "waiting", "unanswered", "goal_failed")
    ),
    "kind": names,
    "tag": names,
    "agent": names | names.map(lambda name: f"{name}@1"),
    "user": names,
    "goal": _states("triggered", "completed", "failed") | st.sampled_from(("any", "none")),
    "block": _states("reached", "exited", "in"),
    "form": _states("shown", "submitted", "abandoned") | st.sampled_from(("any", "none")),
    "knowledge": _states("used", "considered"),
    "condition": _states("met", "unmet"),
    "tool": _states("called", "failed"),
    "q": _parts | names,
    "text": st.sampled_from(TEXTS) | names,
    "from": st.sampled_from(MOMENTS),
    "to": st.sampled_from(MOMENTS),
    "messages": _compared(st.integers(0, 4).map(str)),
    "duration": _compared(st.sampled_from(("0", "1s", "2000ms", "0.5h", "9999d"))),
}


def _written(pairs: list[tuple[str, list[tuple[bool, str]]]]) -> str:
    return "&".join(
        f"{field}={quote(','.join(('!' if no else '') + escaped(text) for no, text in wishes))}"
        for field, wishes in pairs
    )


def _field(name: str) -> st.SearchStrategy[tuple[str, list[tuple[bool, str]]]]:
    wish = st.tuples(st.booleans(), values[name])
    return st.tuples(st.just(name), st.lists(wish, min_size=1, max_size=3))


queries: st.SearchStrategy[str] = st.lists(st.sampled_from(sorted(values)).flatmap(_field), max_size=3).map(_written)
"""Filters as people and programs write them; some are refused."""
