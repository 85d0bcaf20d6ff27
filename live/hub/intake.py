"""At the door: what a channel sent becomes an Item ready to be written, or a result that says what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from live import door, events, flaws, sentiment
from live.errors import Flaw, Invalid, TooLarge
from live.events import AnyEvent, Message, Scored, Sentiment
from live.settings import Settings
from live.storage import journal

_raw_list = msgspec.json.Decoder(list[msgspec.Raw])
_any = msgspec.json.Decoder()
CHUNK = 32  # events prepared before others get a turn: about 3 ms


class Result(msgspec.Struct, omit_defaults=True, gc=False):
    """What became of one event. `status`: stored, duplicate, conflict, invalid."""

    id: str | None
    session: str | None
    status: str
    seq: int | None = None
    errors: list[dict[str, str]] | None = None


class Item:
    """One event on its way into the journal."""

    __slots__ = (
        "attempted", "body", "event", "expect", "ident", "kind", "mark", "received", "result", "session", "size",
        "ticket", "trigger", "unknown",
    )  # fmt: skip

    def __init__(self, event: AnyEvent, *, mark: bytes, received: datetime, expect: int | None = None) -> None:
        self.event = event
        self.session = event.session
        self.ident = event.id
        self.kind = events.type_of(event)
        self.mark = mark
        self.received = received
        self.body = events.encode(event).decode()
        self.size = len(self.body)
        self.expect = expect  # write only if this is the session's rev: for what time alone does
        self.trigger: Item | None = None  # write only if that one was stored in the same go
        self.attempted = 0  # the seq of the last attempt, 0 before the first
        self.unknown = False  # an attempt's outcome was not learned: it may have landed
        self.result: Result | None = None
        self.ticket: Any = None  # the writer's, set when submitted

    @property
    def key(self) -> str:
        """The journal's `_id`."""
        return journal.key_of(self.session, self.ident)

    def settle(self, status: str, seq: int | None = None) -> None:
        """The event's fate is known."""
        self.result = Result(self.ident, self.session, status, seq)


def own(event: AnyEvent, *, now: datetime, expect: int | None = None) -> Item:
    """An event that the hub, or a reviewer through it, writes itself."""
    return Item(event, mark=events.fingerprint(event), received=now, expect=expect)


@dataclass(frozen=True, slots=True)
class Unread:
    """A part that cannot be read, and why; the others of its batch can."""

    raw: bytes
    flaw: Flaw


@dataclass(frozen=True, slots=True)
class Batch:
    """Several raw events in order, as split from one body or frame."""

    parts: Sequence[msgspec.Raw | Unread]


def split(body: bytes, *, lines: bool, settings: Settings) -> Batch:
    """A body (one object, an array, or one object a line) -> its parts.

    Raises TooLarge, and Invalid where the whole is no JSON: with lines, where no line is.
    """
    if len(body) > settings.max_body:
        raise TooLarge("the batch", settings.max_body, "bytes")
    parts = _lines(body) if lines else _array(body) if body.lstrip(b" \t\r\n")[:1] == b"[" else [_one(body)]
    if len(parts) > settings.max_batch:
        raise TooLarge("the batch", settings.max_batch, "events")
    return Batch(parts)


def _array(body: bytes) -> Sequence[msgspec.Raw | Unread]:
    """An array in one go; only where something in it cannot be read, element by element."""
    try:
        if body.isascii() or body.decode():
            return _raw_list.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    return [_part(body[start:end], start=start)[0] for start, end in flaws.elements(body)]


def _one(body: bytes) -> msgspec.Raw | Unread:
    part, is_json = _part(body)
    if isinstance(part, Unread) and not is_json:
        raise Invalid(part.flaw)
    return part


def _lines(body: bytes) -> Sequence[msgspec.Raw | Unread]:
    """Each line by itself: one that is no JSON holds back none."""
    parts: list[msgspec.Raw | Unread] = []
    readable = False
    start = 0
    for number, line in enumerate(body.split(b"\n"), 1):
        if line.strip():
            part, is_json = _part(line, start=start, line=number)
            readable |= is_json
            parts.append(part)
        start += len(line) + 1
    if not readable:
        first = parts[0] if parts else None
        raise Invalid(first.flaw if isinstance(first, Unread) else Flaw("", "the body is empty"))
    return parts


def _part(raw: bytes, *, start: int = 0, line: int | None = None) -> tuple[msgspec.Raw | Unread, bool]:
    """One part, which begins at byte `start` of the body and maybe is a line; and whether it is JSON at all."""
    try:
        _any.decode(raw)  # a Raw is not looked into
    except msgspec.ValidationError:
        pass  # a number past all bounds, which has a field: the door's
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        flaw, is_json = flaws.unreadable(raw, error, start=start)
        if line is not None:
            flaw = Flaw(flaw.path, f"line {line}: {flaw.message}")
        return Unread(raw, flaw), is_json
    return msgspec.Raw(raw), True


def prepare(raw: msgspec.Raw | Unread, *, channel: str, now: datetime, settings: Settings) -> Item | Result:
    """One raw event of a channel -> an Item, complete but for its seq, or the result "invalid"."""
    if isinstance(raw, Unread):
        return _refused(raw.raw, channel=channel, error=Invalid(raw.flaw), limit=settings.max_event)
    try:
        if len(raw) > settings.max_event:
            raise Invalid(Flaw("", f"the event is over the limit of {settings.max_event:,} bytes"))
        event = door.decode(raw)
        for path, text in _texts(event):
            if len(text) * 4 > settings.max_text and len(text.encode()) > settings.max_text:
                raise Invalid(Flaw(path, f"over the limit of {settings.max_text:,} bytes"))
    except Invalid as error:
        return _refused(raw, channel=channel, error=error, limit=settings.max_event)
    mark = events.fingerprint(event)
    received = events.stamp(now)
    whole: dict[str, Any] = {"session": f"{channel}:{event.session}", "channel": channel, "received": received}
    if event.at is None:
        whole["at"] = received
    if isinstance(event, Message) and event.role == "user":
        whole |= felt(event)
    return Item(msgspec.structs.replace(event, **whole), mark=mark, received=now)


def felt(message: Message) -> dict[str, Any]:
    """The fields `sentiment` and `scored` of a user's message: the channel's own score is in force if it sent one."""
    score = sentiment.score(message.text)
    if message.sentiment is not None:
        theirs = sentiment.given(message.sentiment.label, message.sentiment.score, engine="channel")
        ours = Scored(
            supported=score.supported, label=_label(score), score=score.score, p=score.p, words=score.words or None,
            engine=score.engine, version=score.version,
        )  # fmt: skip
        return {"sentiment": msgspec.structs.replace(message.sentiment, p=theirs.p, source="channel"), "scored": ours}
    label = _label(score)
    if label is None or score.score is None:
        return {"scored": Scored(supported=False, engine=score.engine, version=score.version)}
    return {
        "sentiment": Sentiment(
            label=label, score=score.score, words=score.words or None, p=score.p, source="hub",
            engine=score.engine, version=score.version,
        )
    }  # fmt: skip


def _label(score: sentiment.Score) -> events.Label | None:
    return score.label  # type: ignore[return-value]


def _texts(event: AnyEvent) -> list[tuple[str, str]]:
    """The long texts of an event, with their paths."""
    match event:
        case Message():
            return [("text", event.text)]
        case events.KnowledgeMissing():
            return [("question", event.question)]
        case events.Decision() if event.rationale is not None:
            return [("rationale", event.rationale)]
        case _:
            return []


def _refused(raw: bytes | msgspec.Raw, *, channel: str, error: Invalid, limit: int) -> Result:
    """The result of a bad event, with its id and session where they can be read."""
    seen = flaws.peek(raw) if len(raw) <= limit * 4 else {}
    ident, session = (_readable(seen.get(name)) for name in ("id", "session"))
    errors = [{"path": flaw.path, "message": flaw.message} for flaw in error.flaws]
    return Result(ident, f"{channel}:{session}" if session else None, "invalid", None, errors)


def _readable(value: object) -> str | None:
    """What can go into an answer: half of a surrogate pair cannot."""
    return value[:128].encode(errors="replace").decode() if isinstance(value, str) and value else None
