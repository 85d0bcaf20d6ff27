"""A session as a timeline: what each event is at a glance, and what it changes. Pure.

A player shows the card as it was after any event: it lays the changes of the steps up to there over each other, and
never computes what they mean. Live and replay show the same because both come from the one fold.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from live import behaviour, cards, events
from live.cards import Card, Folded
from live.events import AnyEvent, Event, milliseconds

PEEK = 140  # characters of what was said, for a look at the bar

Mark: TypeAlias = Literal[
    "user",
    "assistant",
    "operator",
    "block",
    "goal_triggered",
    "goal_completed",
    "goal_failed",
    "form",
    "data",
    "missing",
    "turn",
    "error",
    "unable",
    "idle",
    "note",
]


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event on the timeline.

    `at` in ms since 1970, as on the card: the earlier of when it happened and when it was received. What a reviewer did
    stands where the conversation was by then, however much later it was done: it is no part of its time. `marks` are
    its signs on the bar, `peek` says it in a few words, `card` holds the card's fields with another value than before,
    `data` what was collected.
    """

    seq: int
    at: int
    marks: tuple[Mark, ...] = ()
    peek: str = ""
    card: dict[str, Any] = {}
    data: dict[str, Any] = {}


def step(before: Folded, event: AnyEvent, after: Folded, *, reached: int) -> Step:
    """What this event did: `after` is `cards.fold(before, event)`, `reached` the latest `at` before."""
    assert event.seq is not None and event.at is not None and event.received is not None
    own = min(milliseconds(event.at), milliseconds(event.received))
    return Step(
        event.seq,
        reached if reached and _by_reviewer(event) else own,
        _marks(before.card, event, after.card),
        _peek(event),
        changed(before.card, after.card),
        {event.field: event.value} if isinstance(event, events.DataCollected) else {},
    )


def steps(told: list[AnyEvent], start: Folded, *, reached: int = 0) -> tuple[list[Step], Folded]:
    """The steps of events that follow on `start`, and the session after them. `reached`: the latest `at` before."""
    made = []
    for event in told:
        after = cards.fold(start, event)
        made.append(step(start, event, after, reached=reached))
        reached = max(reached, made[-1].at)
        start = after
    return made, start


def changed(before: Card, after: Card) -> dict[str, Any]:
    """The fields of `after` that `before` has otherwise; `rev` is the step's own number."""
    found: dict[str, Any] = {}
    for name in after.__struct_fields__:
        new, old = getattr(after, name), getattr(before, name)
        if new is not old and new != old and name != "rev":
            found[name] = new
    return found


def _by_reviewer(event: AnyEvent) -> bool:
    match event:
        case events.TagAdded(by=by) | events.TagRemoved(by=by):
            return by is not None
    return isinstance(event, events.NoteAdded | events.SentimentCorrected | events.SessionReviewed)


def _marks(before: Card, event: AnyEvent, after: Card) -> tuple[Mark, ...]:
    turned = after.sentiment.turned_at_seq
    if turned is not None and turned != before.sentiment.turned_at_seq:
        return (*_kinds(event), "turn")
    return _kinds(event)


def _kinds(event: AnyEvent) -> tuple[Mark, ...]:
    match event:
        case events.Message(role="assistant", text=text) if behaviour.fails(text):
            return ("assistant", "unable")
        case events.Message(role="user" | "assistant" | "operator" as role):
            return (role,)
        case events.Decision():
            return ("error",) if _failures(event) else ()
    return _MARKS.get(type(event), ())


def _peek(event: AnyEvent) -> str:
    """In a few words; empty where the kind of the event says it all."""
    words = _WORDS.get(type(event))
    return _short(words(event)) if words is not None else ""


def _failures(event: events.Decision) -> list[str]:
    return [f"{tool.name}: {tool.error}" for tool in event.tools or () if tool.error is not None]


def _state(event: AnyEvent) -> str:
    return events.type_of(event).partition(".")[2]


def _short(text: str) -> str:
    words = " ".join(text[: 4 * PEEK].split())
    return words if len(words) <= PEEK else f"{words[: PEEK - 1]}…"


_MARKS: Mapping[type[Event], tuple[Mark, ...]] = {
    events.BlockEntered: ("block",),
    events.GoalTriggered: ("goal_triggered",),
    events.GoalCompleted: ("goal_completed",),
    events.GoalFailed: ("goal_failed",),
    events.FormShown: ("form",),
    events.FormSubmitted: ("form",),
    events.FormAbandoned: ("form",),
    events.DataCollected: ("data",),
    events.KnowledgeMissing: ("missing",),
    events.SessionIdle: ("idle",),
    events.NoteAdded: ("note",),
    events.SentimentCorrected: ("note",),
    events.SessionReviewed: ("note",),
}
_WORDS: Mapping[type[Event], Callable[[Any], str]] = {
    events.Message: lambda event: event.text,
    events.Decision: lambda event: "; ".join(_failures(event)) or event.block or "",
    events.BlockEntered: lambda event: event.block,
    events.BlockExited: lambda event: event.block,
    **dict.fromkeys(
        (events.GoalTriggered, events.GoalCompleted, events.GoalFailed), lambda event: f"{event.goal} {_state(event)}"
    ),
    **dict.fromkeys(
        (events.FormShown, events.FormSubmitted, events.FormAbandoned), lambda event: f"{event.form} {_state(event)}"
    ),
    events.DataCollected: lambda event: event.field,
    events.KnowledgeMissing: lambda event: event.question,
    events.TagAdded: lambda event: event.tag,
    events.TagRemoved: lambda event: event.tag,
    events.NoteAdded: lambda event: f"{event.by}: {event.text}",
    events.SentimentCorrected: lambda event: f"{event.label}, corrected by {event.by}",
    events.SessionReviewed: lambda event: f"reviewed by {event.by}",
    events.SessionClosed: lambda event: f"closed{f': {event.reason}' if event.reason else ''}",
}
