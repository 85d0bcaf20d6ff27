"""The card: what a session looks like at a glance. `fold(folded, event)` is the only way to make one.

The fold is pure and total: any valid event, in any order, gives a card. `changes` says what one event changes; the
player shows those, the fold applies them. A card's times are the earlier of `at` and `received`, so that a source whose
clock is ahead cannot pin its session to the top; whether a session is silent is judged by `received` alone (see
`hub/presence.py`).
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias, get_args

import msgspec
from msgspec.structs import replace

from live import behaviour, events, sentiment
from live.events import Agent, AnyEvent, Event, Message, User, milliseconds
from live.sentiment import Roll, Score
from live.words import MAX_WORDS, visible, words_of

Status = Literal["active", "inactive", "closed"]
ACTIVE_GAP = 300_000  # ms; a longer pause is silence, and no active time
MAX_REASONS = 100  # names of each kind in what decisions rested on, a session
MAX_NAMES = 200  # goals, forms, blocks, tags, attributes on one card; further ones stay in the events alone
TREND = 24  # points of the sentiment trend
WINDOW = 32  # scored messages that a correction can still reach: an older one weighs under 0.8425**32 = 0.4 %
RECENT = 5  # messages of the user that a new one is compared with
SHORT = 200  # characters of the last message on the card

Why = Literal[
    "asks_human", "turned_negative", "waiting", "repeated", "unanswered", "goal_failed", "tool_error", "agent_failed"
]
WHYS: tuple[Why, ...] = get_args(Why)  # the most urgent first
_OPERATOR_SETTLES: frozenset[Why] = frozenset({"asks_human", "repeated", "agent_failed"})


class Attention(msgspec.Struct, frozen=True, gc=False):
    """One reason to look: why, the event that shows it, and since when."""

    why: Why
    seq: int
    since: str


class Messages(msgspec.Struct, frozen=True, gc=False):
    """How many messages of each role."""

    user: int = 0
    assistant: int = 0
    operator: int = 0


class LastMessage(msgspec.Struct, frozen=True, gc=False):
    """The newest message of user, assistant or operator, cut to SHORT characters."""

    role: str
    text: str
    at: str


class Mood(msgspec.Struct, frozen=True, gc=False):
    """The session's rolling sentiment; label and score are null until a message could be scored."""

    label: Literal["negative", "neutral", "positive"] | None = None
    score: float | None = None
    turned_at_seq: int | None = None
    trend: tuple[float, ...] = ()


class Reviewed(msgspec.Struct, frozen=True, gc=False):
    """Who has seen the session, and when."""

    by: str
    at: str


class Card(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a session looks like at a glance, up to event `rev`."""

    session: str
    rev: int = 0
    channel: str = ""
    name: str = ""
    kind: str | None = None
    status: Status = "active"
    user: User | None = None
    agent: Agent | None = None
    lead: str | None = None
    attributes: dict[str, events.Scalar] = {}
    started: str = ""
    last: str = ""
    closed: str | None = None
    duration_ms: int = 0
    active_ms: int = 0
    messages: Messages = Messages()
    last_message: LastMessage | None = None
    sentiment: Mood = Mood()
    goals: dict[str, Literal["triggered", "completed", "failed"]] = {}
    block: str | None = None
    blocks: tuple[str, ...] = ()
    exited: tuple[str, ...] = ()
    forms: dict[str, Literal["shown", "submitted", "abandoned"]] = {}
    missing: int = 0
    tags: tuple[str, ...] = ()
    attention: tuple[Attention, ...] = ()
    reviewed: Reviewed | None = None


class Mark(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One scored message of the user, as far as the rolling sentiment needs it."""

    seq: int
    score: float
    p: tuple[float, float, float]


class Memory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the fold must remember beyond what the card shows. Times are milliseconds since 1970."""

    first: int = 0
    last: int = 0
    heard: int = 0  # when the hub last received something of the channel: silence is counted from here
    roll: Roll = Roll()
    base: Roll = Roll()  # the roll before the marks
    marks: tuple[Mark, ...] = ()
    asked: tuple[tuple[str, ...], ...] = ()  # words of the user's latest messages
    unanswered: int | None = None  # seq of the user's first message without an answer
    unanswered_since: int = 0  # when it was received
    failures: int = 0  # apologies of the agent since a human took part
    reasons: tuple[tuple[str, str], ...] = ()  # what decisions rested on: (kind, name), as ("knowledge=used:", "kb-1")


class Folded(msgspec.Struct, frozen=True, gc=False):
    """A card, the fold's memory, and the distinct words said: all that the next event needs."""

    card: Card
    memory: Memory = Memory()
    words: frozenset[str] = frozenset()


Changes: TypeAlias = dict[str, Any]


def empty(session: str) -> Folded:
    """The card of a session without events."""
    return Folded(Card(session=session))


def fold(folded: Folded, event: AnyEvent) -> Folded:
    """The card after one more event. `event.seq` must be the card's rev + 1."""
    said = words_of(event.text) if isinstance(event, Message) and event.role in _SPEAKERS else None
    of_card, of_memory = _changes(folded, event, said)
    words = folded.words
    if said and len(words) < MAX_WORDS:
        new = said - words
        if len(words) + len(new) > MAX_WORDS:
            new = frozenset(sorted(new)[: MAX_WORDS - len(words)])
        if new:
            words |= new
    memory = replace(folded.memory, **of_memory) if of_memory else folded.memory
    return Folded(replace(folded.card, **of_card), memory, words)


def fold_all(folded: Folded, stored: list[AnyEvent]) -> Folded:
    """The card after several events, in order of seq."""
    for event in stored:
        folded = fold(folded, event)
    return folded


def _changes(folded: Folded, event: AnyEvent, said: frozenset[str] | None) -> tuple[Changes, Changes]:
    """What one event changes on the card and in the memory: new values by field name. `said`: a message's words."""
    assert event.seq is not None and event.at is not None and event.received is not None and event.channel is not None
    draft = _Draft(folded, event, said)
    draft.card["rev"] = event.seq
    if folded.card.rev == 0:
        draft.card |= {"channel": event.channel, "started": draft.when, "last": draft.when}
        draft.memory |= {"first": draft.at, "last": draft.at}
        _name(draft)
    if is_activity(event):
        _touch(draft, event.received)
    _HANDLERS[type(event)](draft, event)
    return draft.card, draft.memory


def is_activity(event: Event) -> bool:
    """Did the conversation itself go on? What the hub and its reviewers write does not count."""
    if isinstance(event, Message):
        return True
    if isinstance(event, events.TagAdded | events.TagRemoved):
        return event.by is None
    if isinstance(event, events.SessionClosed):
        return not by_silence(event)
    return events.type_of(event) in events.CHANNEL_TYPES


def by_silence(event: events.SessionClosed) -> bool:
    """Was the session closed by the hub, for silence?"""
    return event.by == "system" and event.reason == SILENCE


SILENCE = "silence"  # the reason of a session.closed that the hub writes


def urgency(card: Card) -> tuple[int, str]:
    """For the order by need: higher first, then who has waited longest (`since`, ascending).

    (0, "") where there is no need.
    """
    if not card.attention:
        return 0, ""
    worst = min(WHYS.index(a.why) for a in card.attention)
    return (len(WHYS) - worst) * 10 + len(card.attention), min(a.since for a in card.attention)


class _Draft:
    """The new values so far, and the old ones to read."""

    __slots__ = ("at", "card", "folded", "memory", "said", "seq", "when")

    def __init__(self, folded: Folded, event: AnyEvent, said: frozenset[str] | None) -> None:
        self.folded = folded
        self.said = said
        self.card: Changes = {}
        self.memory: Changes = {}
        assert event.seq is not None and event.at is not None and event.received is not None
        self.seq = event.seq
        at, received = milliseconds(event.at), milliseconds(event.received)
        self.when = event.at if at <= received else event.received
        self.at = min(at, received)

    def now(self, name: str) -> Any:
        """The card's field, as changed so far."""
        return self.card[name] if name in self.card else getattr(self.folded.card, name)

    def kept(self, name: str) -> Any:
        """The memory's field, as changed so far."""
        return self.memory[name] if name in self.memory else getattr(self.folded.memory, name)

    def put(self, name: str, key: str, value: Any) -> None:
        """Set one key of a bounded mapping on the card."""
        old = self.now(name)
        if key in old or len(old) < MAX_NAMES:
            self.card[name] = {**old, key: value}

    def add(self, name: str, value: str) -> None:
        """Append to a bounded list of distinct names on the card."""
        old = self.now(name)
        if value not in old and len(old) < MAX_NAMES:
            self.card[name] = (*old, value)

    def need(self, why: Why, *, seq: int | None = None, since: str | None = None) -> None:
        """Raise a reason to look, once: the first occurrence stays until it is settled."""
        old: tuple[Attention, ...] = self.now("attention")
        if all(a.why != why for a in old):
            new = (*old, Attention(why, self.seq if seq is None else seq, self.when if since is None else since))
            self.card["attention"] = tuple(sorted(new, key=lambda a: WHYS.index(a.why)))

    def settle(self, *whys: Why) -> None:
        """Drop reasons to look."""
        old: tuple[Attention, ...] = self.now("attention")
        if old and any(a.why in whys for a in old):
            self.card["attention"] = tuple(a for a in old if a.why not in whys)


def _touch(draft: _Draft, received: str) -> None:
    """The conversation goes on: its times, its status."""
    card = draft.folded.card
    first, last = draft.kept("first"), draft.kept("last")
    draft.memory["heard"] = milliseconds(received)
    gap = draft.at - last
    if 0 < gap <= ACTIVE_GAP and card.status == "active":
        draft.card["active_ms"] = card.active_ms + gap
    if draft.at > last:
        draft.memory["last"] = last = draft.at
        draft.card["last"] = draft.when
    if draft.at < first:
        draft.memory["first"] = first = draft.at
        draft.card["started"] = draft.when
    draft.card["duration_ms"] = last - first
    if card.status != "active":
        draft.card["status"] = "active"
    if card.closed is not None:
        draft.card["closed"] = None


def stranger(session: str) -> str:
    """What a session is called whose user is not known: "Anonymous" and the end of its id."""
    return f"Anonymous {session.partition(':')[2][-6:]}"


def _name(draft: _Draft) -> None:
    """What to call the session: the user's name, else email, else phone, else as a stranger's; one that can be seen."""
    user: User | None = draft.now("user")
    known = (user.name, user.email, user.phone) if user else ()
    draft.card["name"] = next((one for one in known if one and visible(one)), stranger(draft.folded.card.session))


def _described(draft: _Draft, event: events.SessionStarted) -> None:
    if event.user is not None:
        draft.card["user"] = _merged(draft.now("user"), event.user)
        _name(draft)
    if event.agent is not None:
        draft.card["agent"] = event.agent
    if event.kind is not None:
        draft.card["kind"] = event.kind
    if event.lead is not None:
        draft.card["lead"] = event.lead
    for tag in event.tags or ():
        draft.add("tags", tag)
    for key, value in (event.attributes or {}).items():
        draft.put("attributes", key, value)


def _merged(old: User | None, new: User) -> User:
    if old is None:
        return new
    return replace(old, **{n: value for n in new.__struct_fields__ if (value := getattr(new, n)) is not None})


def _closed(draft: _Draft, event: events.SessionClosed) -> None:
    draft.card |= {"status": "closed", "closed": draft.when}
    draft.memory["unanswered"] = None
    draft.settle("waiting")


def _said(draft: _Draft, event: Message) -> None:
    if event.role not in _SPEAKERS:
        return
    counts: Messages = draft.now("messages")
    draft.card["messages"] = replace(counts, **{event.role: getattr(counts, event.role) + 1})
    short = event.text if len(event.text) <= SHORT else f"{event.text[: SHORT - 1]}…"
    draft.card["last_message"] = LastMessage(event.role, short, draft.when)
    if event.role == "user":
        _user_said(draft, event)
        return
    draft.memory["unanswered"] = None
    draft.settle("waiting")
    if event.role == "operator":
        draft.memory["failures"] = 0
        draft.settle(*_OPERATOR_SETTLES)
    elif behaviour.fails(event.text):
        draft.memory["failures"] = failures = draft.kept("failures") + 1
        if failures >= 2:
            draft.need("agent_failed")


def _user_said(draft: _Draft, event: Message) -> None:
    if draft.kept("unanswered") is None:
        assert event.received is not None
        draft.memory |= {"unanswered": draft.seq, "unanswered_since": milliseconds(event.received)}
    if behaviour.asks_for_human(event.text):
        draft.need("asks_human")
    words = draft.said if draft.said is not None and len(event.text) <= SHORT else words_of(event.text[:SHORT])
    asked: tuple[tuple[str, ...], ...] = draft.kept("asked")
    if behaviour.repeats(words, asked):
        draft.need("repeated")
    draft.memory["asked"] = (*asked[1 - RECENT :], tuple(sorted(words)))
    if event.sentiment is not None:
        _felt(draft, Mark(draft.seq, event.sentiment.score, event.sentiment.p or _p(event.sentiment)))


def _p(given: events.Sentiment) -> tuple[float, float, float]:
    p = sentiment.given(given.label, given.score, engine="channel").p
    assert p is not None
    return p


def _felt(draft: _Draft, mark: Mark) -> None:
    """One more scored message of the user."""
    marks: tuple[Mark, ...] = (*draft.kept("marks"), mark)
    if len(marks) > WINDOW:
        draft.memory["base"] = _rolled(draft.kept("base"), marks[0])
        marks = marks[1:]
    draft.memory["marks"] = marks
    roll = _rolled(draft.kept("roll"), mark)
    _show(draft, roll, (*draft.now("sentiment").trend, round(roll.r, 3)))


def _corrected(draft: _Draft, event: events.SentimentCorrected) -> None:
    """Replace one mark (or set the first one of a message that could not be scored) and roll again from the base."""
    score = sentiment.given(event.label, None, engine="reviewer")
    assert score.score is not None and score.p is not None
    marks: tuple[Mark, ...] = draft.kept("marks")
    roll: Roll = draft.kept("base")
    if roll.n and marks and event.about < marks[0].seq:
        return  # out of reach: its weight is past seeing
    by_seq = {mark.seq: mark for mark in marks} | {event.about: Mark(event.about, score.score, score.p)}
    marks = tuple(by_seq[seq] for seq in sorted(by_seq))[-WINDOW:]
    points: list[float] = []
    for mark in marks:
        roll = _rolled(roll, mark)
        points.append(round(roll.r, 3))
    draft.memory["marks"] = marks
    _show(draft, roll, tuple(points))


def _rolled(roll: Roll, mark: Mark) -> Roll:
    score = Score(label=None, score=mark.score, p=mark.p, words=(), supported=True, engine="", version="")
    return sentiment.roll(roll, score, seq=mark.seq)


def _show(draft: _Draft, roll: Roll, trend: tuple[float, ...]) -> None:
    """Put the rolled sentiment on the card, and what it says of the need to look."""
    before: Roll = draft.kept("roll")
    draft.memory["roll"] = roll
    label = sentiment.label_of(roll.r)
    draft.card["sentiment"] = Mood(label, round(roll.r, 3), roll.turned_at_seq, trend[-TREND:])
    if roll.turned_at_seq is None:
        draft.settle("turned_negative")
    elif before.turned_at_seq is None:
        draft.need("turned_negative", seq=roll.turned_at_seq)


def _decided(draft: _Draft, event: events.Decision) -> None:
    _reason(draft, event)
    if not event.tools:
        return
    if any(tool.error is not None for tool in event.tools):
        draft.need("tool_error")
    else:
        draft.settle("tool_error")


def _reason(draft: _Draft, event: events.Decision) -> None:
    """Keep in mind what the decision rested on, each once."""
    found = [(f"knowledge={'used' if one.used else 'considered'}:", one.id) for one in event.knowledge or ()]
    found += [(f"condition={'met' if one.met else 'unmet'}:", one.name) for one in event.conditions or ()]
    found += [(f"tool={'failed' if one.error is not None else 'called'}:", one.name) for one in event.tools or ()]
    old: tuple[tuple[str, str], ...] = draft.kept("reasons")
    new = [one for one in dict.fromkeys(found) if one not in old]
    if new:
        counts = Counter(kind for kind, _ in old)
        kept = list(old)
        for kind, name in new:
            if counts[kind] < MAX_REASONS:
                counts[kind] += 1
                kept.append((kind, name))
        draft.memory["reasons"] = tuple(kept)


def _entered(draft: _Draft, event: events.BlockEntered) -> None:
    draft.card["block"] = event.block
    draft.add("blocks", event.block)


def _exited(draft: _Draft, event: events.BlockExited) -> None:
    draft.add("exited", event.block)
    if draft.now("block") == event.block:
        draft.card["block"] = None


def _goal_triggered(draft: _Draft, event: events.GoalTriggered) -> None:
    draft.put("goals", event.goal, "triggered")


def _goal_completed(draft: _Draft, event: events.GoalCompleted) -> None:
    draft.put("goals", event.goal, "completed")
    if "failed" not in draft.now("goals").values():
        draft.settle("goal_failed")


def _goal_failed(draft: _Draft, event: events.GoalFailed) -> None:
    draft.put("goals", event.goal, "failed")
    draft.need("goal_failed")


def _missed(draft: _Draft, event: events.KnowledgeMissing) -> None:
    draft.card["missing"] = draft.folded.card.missing + 1
    draft.need("unanswered")


def _tagged(draft: _Draft, event: events.TagAdded) -> None:
    draft.add("tags", event.tag)


def _untagged(draft: _Draft, event: events.TagRemoved) -> None:
    tags: tuple[str, ...] = draft.now("tags")
    if event.tag in tags:
        draft.card["tags"] = tuple(tag for tag in tags if tag != event.tag)


def _fell_silent(draft: _Draft, event: events.SessionIdle) -> None:
    if draft.now("status") == "active":
        draft.card["status"] = "inactive"


def _resumed(draft: _Draft, event: events.SessionResumed) -> None:
    if draft.now("status") == "inactive":
        draft.card["status"] = "active"


def _waits(draft: _Draft, event: events.SessionWaiting) -> None:
    if draft.kept("unanswered") is not None:
        draft.need("waiting", seq=event.about, since=events.clock(draft.kept("unanswered_since")))


def _reviewed(draft: _Draft, event: events.SessionReviewed) -> None:
    draft.card |= {"reviewed": Reviewed(event.by, draft.when), "attention": ()}
    draft.memory["failures"] = 0


def _nothing(draft: _Draft, event: Event) -> None:
    """Shown in the transcript; the card stays as it is."""


def _form(state: str) -> Callable[[_Draft, Any], None]:
    def shown(draft: _Draft, event: events.FormShown) -> None:
        draft.put("forms", event.form, state)

    return shown


_SPEAKERS = frozenset({"user", "assistant", "operator"})
_HANDLERS: Mapping[type[Event], Callable[[_Draft, Any], None]] = {
    events.SessionStarted: _described,
    events.SessionUpdated: _described,
    events.SessionClosed: _closed,
    events.Message: _said,
    events.Decision: _decided,
    events.BlockEntered: _entered,
    events.BlockExited: _exited,
    events.GoalTriggered: _goal_triggered,
    events.GoalCompleted: _goal_completed,
    events.GoalFailed: _goal_failed,
    events.FormShown: _form("shown"),
    events.FormSubmitted: _form("submitted"),
    events.FormAbandoned: _form("abandoned"),
    events.DataCollected: _nothing,
    events.KnowledgeMissing: _missed,
    events.TagAdded: _tagged,
    events.TagRemoved: _untagged,
    events.SessionIdle: _fell_silent,
    events.SessionResumed: _resumed,
    events.SessionWaiting: _waits,
    events.NoteAdded: _nothing,
    events.SentimentCorrected: _corrected,
    events.SessionReviewed: _reviewed,
}
