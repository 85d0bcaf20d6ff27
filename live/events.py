"""The facts that happen in a session: one frozen struct each, their JSON and their times.

A channel sends an event with `type`, `session` (its own id), `id` and maybe `at`. The hub completes it: `session`
becomes the public id `<channel>:<session>`, `at` is filled in, and `channel`, `received`, on a user's message
`sentiment`, and in the end `seq` are added. One family of structs serves both; `live.door` refuses what only the hub
may set.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(min_length=1, max_length=256)]
Ident = Annotated[str, Meta(min_length=1, max_length=512)]
Line = Annotated[str, Meta(max_length=4096)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Finite = Annotated[float, Meta(ge=-1e300, le=1e300)]
Scalar: TypeAlias = str | int | float | bool | None
Label = Literal["negative", "neutral", "positive"]
Role = Literal["user", "assistant", "operator", "system", "tool"]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """A piece of an event. (`gc`: nothing here can be part of a cycle, and each would be looked at for one.)"""


class User(Part, frozen=True, kw_only=True):
    """The person served."""

    id: Ident | None = None
    name: Line | None = None
    email: Line | None = None
    phone: Line | None = None


class Agent(Part, frozen=True, kw_only=True):
    """The AI agent's identity."""

    id: Ident
    name: Line | None = None
    version: Line | None = None


class Attachment(Part, frozen=True, kw_only=True):
    """A file sent along: named, never fetched by the hub."""

    name: Line
    type: Line | None = None
    url: Line | None = None
    size: Count | None = None


class Sentiment(Part, frozen=True, kw_only=True):
    """How a user's message sounds. `p` is negative, neutral, positive; `source` says who scored it."""

    label: Label
    score: Annotated[float, Meta(ge=-1, le=1)]
    words: tuple[str, ...] | None = None
    p: tuple[float, float, float] | None = None
    source: Literal["hub", "channel"] | None = None
    engine: str | None = None
    version: str | None = None


class Scored(Part, frozen=True, kw_only=True):
    """The hub's own score where it is not the one in force: the channel sent its own, or the text cannot be scored."""

    supported: bool
    label: Label | None = None
    score: float | None = None
    words: tuple[str, ...] | None = None
    p: tuple[float, float, float] | None = None
    engine: str
    version: str


class Knowledge(Part, frozen=True, kw_only=True):
    """One source that the agent considered."""

    id: Ident
    title: Line | None = None
    score: Finite | None = None
    used: bool
    excerpt: str | None = None


class Condition(Part, frozen=True, kw_only=True):
    """One condition that the agent weighed, with the values it saw."""

    name: Name
    met: bool
    values: Any = None
    action: Line | None = None


class Tool(Part, frozen=True, kw_only=True):
    """One call of a tool."""

    name: Name
    arguments: Any = None
    result: Any = None
    error: str | None = None
    duration_ms: Annotated[float, Meta(ge=0, le=1e12)] | None = None


class Event(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type",
    gc=False,
):  # fmt: skip
    """What every event has. The hub sets `seq`, `channel` and `received`."""

    session: str
    id: str
    at: str | None = None
    seq: int | None = None
    channel: str | None = None
    received: str | None = None


class SessionStarted(Event, frozen=True, tag="session.started", kw_only=True):
    """A conversation began."""

    user: User | None = None
    agent: Agent | None = None
    kind: Name | None = None
    tags: Annotated[tuple[Name, ...], Meta(max_length=100)] | None = None
    lead: Line | None = None
    attributes: Annotated[dict[Name, Scalar], Meta(max_length=100)] | None = None


class SessionUpdated(SessionStarted, frozen=True, tag="session.updated", kw_only=True):
    """Something about the session changed: only the fields given."""


class SessionClosed(Event, frozen=True, tag="session.closed", kw_only=True):
    """The conversation ended."""

    reason: Line | None = None
    by: Literal["user", "assistant", "operator", "system"] | None = None


class Message(Event, frozen=True, tag="message", kw_only=True):
    """Something was said."""

    role: Role
    text: str
    attachments: Annotated[tuple[Attachment, ...], Meta(max_length=100)] | None = None
    reply_to: Ident | None = None
    sentiment: Sentiment | None = None
    scored: Scored | None = None


class Decision(Event, frozen=True, tag="decision", kw_only=True):
    """Why the agent answered as it did: the audit behind one assistant message."""

    message: Ident
    block: Name | None = None
    rationale: str | None = None
    knowledge: Annotated[tuple[Knowledge, ...], Meta(max_length=200)] | None = None
    conditions: Annotated[tuple[Condition, ...], Meta(max_length=200)] | None = None
    tools: Annotated[tuple[Tool, ...], Meta(max_length=200)] | None = None
    model: Line | None = None
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    duration_ms: Annotated[float, Meta(ge=0, le=1e12)] | None = None
    versions: Annotated[dict[Name, Line], Meta(max_length=100)] | None = None


class BlockEntered(Event, frozen=True, tag="block.entered", kw_only=True):
    """The journey reached a block."""

    block: Name
    journey: Name | None = None
    via: Line | None = None


class BlockExited(Event, frozen=True, tag="block.exited", kw_only=True):
    """The journey left a block."""

    block: Name
    journey: Name | None = None
    outcome: Literal["completed", "skipped", "dropped"] | None = None


class GoalTriggered(Event, frozen=True, tag="goal.triggered", kw_only=True):
    """A goal came into play."""

    goal: Name
    value: Any = None
    message: Ident | None = None


class GoalCompleted(GoalTriggered, frozen=True, tag="goal.completed", kw_only=True):
    """A goal was met."""


class GoalFailed(GoalTriggered, frozen=True, tag="goal.failed", kw_only=True):
    """A goal was given up."""


class FormShown(Event, frozen=True, tag="form.shown", kw_only=True):
    """A form was put before the user."""

    form: Name
    fields: Annotated[dict[Name, Any], Meta(max_length=200)] | None = None
    field: Name | None = None


class FormSubmitted(FormShown, frozen=True, tag="form.submitted", kw_only=True):
    """The user sent the form."""


class FormAbandoned(FormShown, frozen=True, tag="form.abandoned", kw_only=True):
    """The user left the form; `field` says where."""


class DataCollected(Event, frozen=True, tag="data.collected", kw_only=True):
    """The agent learned a value."""

    field: Name
    value: Any


class KnowledgeMissing(Event, frozen=True, tag="knowledge.missing", kw_only=True):
    """A question that the agent had no source to answer."""

    question: str
    message: Ident | None = None
    reason: Literal["no_source", "weak_source", "rejected"] | None = None


class TagAdded(Event, frozen=True, tag="tag.added", kw_only=True):
    """A tag was put on the session; `by` names the reviewer who did it."""

    tag: Name
    by: str | None = None


class TagRemoved(Event, frozen=True, tag="tag.removed", kw_only=True):
    """A tag was taken off; `by` names the reviewer who did it."""

    tag: Name
    by: str | None = None


class SessionIdle(Event, frozen=True, tag="session.idle", kw_only=True):
    """Nothing happened for the channel's `inactive_after`: the session became inactive."""


class SessionResumed(Event, frozen=True, tag="session.resumed", kw_only=True):
    """Something happened after silence: the session became active again."""


class SessionWaiting(Event, frozen=True, tag="session.waiting", kw_only=True):
    """The user has had no answer for the channel's `waiting_after`; `about` is the seq of the message."""

    about: int


class NoteAdded(Event, frozen=True, tag="note.added", kw_only=True):
    """A reviewer wrote a note, maybe about the event with seq `about`."""

    text: str
    about: int | None = None
    by: str


class SentimentCorrected(Event, frozen=True, tag="sentiment.corrected", kw_only=True):
    """A reviewer corrected the sentiment of the user's message with seq `about`."""

    about: int
    label: Label
    by: str


class SessionReviewed(Event, frozen=True, tag="session.reviewed", kw_only=True):
    """A reviewer has seen the session and is done with it."""

    by: str


FromChannel: TypeAlias = (
    SessionStarted | SessionUpdated | SessionClosed | Message | Decision | BlockEntered | BlockExited
    | GoalTriggered | GoalCompleted | GoalFailed | FormShown | FormSubmitted | FormAbandoned
    | DataCollected | KnowledgeMissing | TagAdded | TagRemoved
)  # fmt: skip
FromHub: TypeAlias = SessionIdle | SessionResumed | SessionWaiting | NoteAdded | SentimentCorrected | SessionReviewed
AnyEvent: TypeAlias = FromChannel | FromHub


def _tags(union: Any) -> frozenset[str]:
    return frozenset(cls.__struct_config__.tag for cls in union.__args__)


CHANNEL_TYPES = _tags(FromChannel)
HUB_TYPES = _tags(FromHub)

_stored = msgspec.json.Decoder(AnyEvent)
_stored_list = msgspec.json.Decoder(list[AnyEvent])
_encoder = msgspec.json.Encoder()
_canonical = msgspec.json.Encoder(order="deterministic")

_MOMENTS = 256  # times kept ready in the other form: all events of a batch were received at the same
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


@lru_cache(_MOMENTS)
def stamp(moment: datetime) -> str:
    """An aware moment -> RFC 3339 in UTC with milliseconds. (Not by strftime: to it, the year 999 has three digits.)"""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def clock(ms: int) -> str:
    """Milliseconds since 1970 -> a stored time."""
    return stamp(datetime.fromtimestamp(ms / 1000, UTC))


def moment(text: str) -> datetime:
    """RFC 3339 with a zone -> an aware moment in UTC. Raises ValueError on anything else."""
    if not _TIME.fullmatch(text):
        raise ValueError(text)
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError as error:  # year 0 or 10000 once in UTC
        raise ValueError(text) from error


@lru_cache(_MOMENTS)
def milliseconds(text: str) -> int:
    """A stored time -> milliseconds since 1970."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def decode_stored(raw: bytes | str) -> AnyEvent:
    """One event as the journal holds it."""
    event: AnyEvent = _stored.decode(raw)
    return event


def decode_stored_list(raw: bytes | str) -> list[AnyEvent]:
    """A JSON array of events as the journal holds them."""
    return _stored_list.decode(raw)


def encode(event: Event) -> bytes:
    """One event as compact JSON; fields that are not set are left out."""
    return _encoder.encode(event)


def plain_json(value: Any) -> str:
    """Any part of an event as JSON text."""
    return _encoder.encode(value).decode()


def wire(seq: int, body: bytes | str) -> str:
    """An encoded event without `seq`, and its `seq` -> the stored event's JSON.

    (The seq is known last, so it is put in front.)
    """
    text = body if isinstance(body, str) else body.decode()
    return f'{{"seq":{seq},{text[1:]}'


def fingerprint(event: Event) -> bytes:
    """16 bytes that are equal exactly when the content is, whatever the order of the keys in free-form values."""
    return blake2b(_canonical.encode(event), digest_size=16).digest()


def type_of(event: Event) -> str:
    """`message`, `goal.completed`, …"""
    tag = event.__struct_config__.tag
    assert isinstance(tag, str)
    return tag
