"""A conversation as a file: JSONL is exact, Markdown is for reading, CSV is for a spreadsheet.

Pure: lines in, text out.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

from live import events
from live.cards import Card
from live.events import (
    AnyEvent,
    Decision,
    Message,
    NoteAdded,
    SentimentCorrected,
    SessionReviewed,
    TagAdded,
    TagRemoved,
    type_of,
)

Corrections = Mapping[int, SentimentCorrected]  # by the seq of the message: the last one counts

_COLUMNS = ("seq", "at", "received", "type", "role", "text", "sentiment", "detail", "id", "score")
_CARD_COLUMNS = (
    "session", "name", "channel", "kind", "status", "agent", "started", "last", "closed", "duration_ms", "active_ms",
    "user_messages", "assistant_messages", "operator_messages", "sentiment", "score", "goals", "block", "forms",
    "missing", "tags", "attention", "reviewed", "rev",
)  # fmt: skip
_COMMON = {"type", "session", "id", "at", "seq", "channel", "received"}
_COLUMNED = {"role", "text", "sentiment"}  # of a message: they have columns of their own
_PICTURES = {
    **{code: 0x2400 + code for code in range(0x20) if code != 0x09},
    0x7F: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0x2426),
}
_LINE = re.compile("\r\n|[\n\r\u2028\u2029]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _cell(value: Any) -> str:
    """A spreadsheet takes a text that starts like a formula for one: it gets an apostrophe in front."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) and not isinstance(value, int | float) else text


def _row(values: Iterable[Any]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([_cell(value) for value in values])
    return out.getvalue()


def csv_head() -> str:
    """The first line of a session's CSV."""
    return _row(_COLUMNS)


def csv_line(event: AnyEvent) -> str:
    """One event as a line of CSV; what has no column of its own stands in `detail` as JSON."""
    message = event if isinstance(event, Message) else None
    feeling = message.sentiment if message else None
    return _row(
        (event.seq, event.at, event.received, type_of(event), message and message.role, message and message.text,
         feeling and feeling.label, detail_of(event), event.id, feeling and feeling.score)
    )  # fmt: skip


def detail_of(event: AnyEvent) -> str:
    """The event's own fields as JSON text; of a message those besides role, text and sentiment."""
    told = _COMMON | _COLUMNED if isinstance(event, Message) else _COMMON
    own = {
        name: value
        for name in event.__struct_fields__
        if name not in told and (value := getattr(event, name)) is not None
    }
    return events.plain_json(own) if own else ""


def cards_csv_head() -> str:
    """The first line of a list's CSV."""
    return _row(_CARD_COLUMNS)


def cards_csv_line(card: Card) -> str:
    """One session of a list as a line of CSV."""
    agent = (card.agent.name or card.agent.id) if card.agent else ""
    return _row(
        (card.session, card.name, card.channel, card.kind, card.status, agent, card.started, card.last, card.closed,
         card.duration_ms, card.active_ms, card.messages.user, card.messages.assistant, card.messages.operator,
         card.sentiment.label, card.sentiment.score, _pairs(card.goals), card.block, _pairs(card.forms), card.missing,
         " ".join(card.tags), " ".join(a.why for a in card.attention), card.reviewed and card.reviewed.by, card.rev)
    )  # fmt: skip


def _pairs(states: dict[str, Any]) -> str:
    return " ".join(f"{name}:{state}" for name, state in states.items())


def markdown_head(card: Card) -> str:
    """The top of a session's Markdown."""
    said = card.messages
    facts = [
        f"- Session: {_code(card.session)}",
        f"- Status: {card.status}",
        f"- Started: {card.started}",
        f"- Last: {card.last}",
        f"- Messages: {said.user} by the user, {said.assistant} by the assistant, {said.operator} by operators",
    ]
    if card.sentiment.label:
        facts.append(f"- Sentiment: {card.sentiment.label} ({card.sentiment.score})")
    for title, states in (("Goals", card.goals), ("Forms", card.forms)):
        if states:
            facts.append(f"- {title}: " + ", ".join(f"{_escape(name)} {state}" for name, state in states.items()))
    if card.tags:
        facts.append("- Tags: " + ", ".join(_escape(tag) for tag in card.tags))
    return f"# {_escape(card.name)}\n\n" + "\n".join(facts) + "\n\n"


def corrections(stored: Iterable[AnyEvent]) -> dict[int, SentimentCorrected]:
    """The corrections among a session's events in order: they come after the message that they are about."""
    return {event.about: event for event in stored if isinstance(event, SentimentCorrected)}


def markdown_line(event: AnyEvent, corrected: Corrections) -> str:
    """One event, readable."""
    place = f" · #{event.seq} · {event.at}"
    match event:
        case Message():
            mood = _mood(event, corrected)
            head = f"**{event.role.capitalize()}**{place}{f' · {mood}' if mood else ''}"
            return f"{head}\n\n{_quote(event.text)}{_attached(event)}"
        case Decision():
            return f"*Decision* about {_code(event.message)}{place}{_measures(event)}\n\n{_reasons(event)}"
        case NoteAdded():
            about = f", about #{event.about}" if event.about else ""
            return f"**Note** by {_escape(event.by)}{about}{place}\n\n{_quote(event.text)}"
        case TagAdded() | TagRemoved():
            what = "added" if isinstance(event, TagAdded) else "removed"
            by = f" by {_escape(event.by)}" if event.by else ""
            return f"*Tag {what}{by}*: {_escape(event.tag)}{place}\n\n"
        case SentimentCorrected():
            return f"*Sentiment of #{event.about} corrected by {_escape(event.by)}*: {event.label}{place}\n\n"
        case SessionReviewed():
            return f"*Reviewed by {_escape(event.by)}*{place}\n\n"
    detail = detail_of(event)
    return f"*{type_of(event)}*{place}" + (f" · {_code(detail)}" if detail else "") + "\n\n"


def _mood(message: Message, corrected: Corrections) -> str:
    """How a user's message sounds, in words; empty for anybody else's."""
    if message.role != "user":
        return ""
    scored = message.sentiment.label if message.sentiment else "not scored"
    right = corrected.get(message.seq or 0)
    return f"{right.label}, corrected by {_escape(right.by)}; was {scored}" if right else scored


def _attached(message: Message) -> str:
    """What came with it; an address stays text: nobody is to open it by a careless click."""
    lines = [f"- In reply to {_code(message.reply_to)}"] if message.reply_to else []
    for file in message.attachments or ():
        size = f"{file.size:,} bytes" if file.size is not None else ""
        facts = (_escape(file.type or ""), size, _code(file.url) if file.url else "")
        lines.append(", ".join([f"- Attached: {_escape(file.name)}", *filter(None, facts)]))
    return _list(lines)


def _measures(decision: Decision) -> str:
    """Where it was made, by what, and what it took."""
    tokens = [
        f"{count:,} tokens {way}"
        for way, count in (("in", decision.input_tokens), ("out", decision.output_tokens))
        if count is not None
    ]
    told = [
        f"block {_escape(decision.block)}" if decision.block else "",
        _escape(decision.model or ""),
        *tokens,
        _took(decision.duration_ms),
        *(f"{_escape(name)} {_escape(version)}" for name, version in (decision.versions or {}).items()),
    ]
    return "".join(f" · {text}" for text in told if text)


def _reasons(decision: Decision) -> str:
    """Rationale, knowledge, conditions and tools, a line each."""
    lines = [f"- Because: {_line(decision.rationale)}"] if decision.rationale else []
    for source in decision.knowledge or ():
        score = "" if source.score is None else f", score {source.score:g}"
        excerpt = f": {_line(source.excerpt)}" if source.excerpt else ""
        use = "used" if source.used else "not used"
        title = f" {_escape(source.title)}" if source.title else ""
        lines.append(f"- Knowledge {_code(source.id)}{title}, {use}{score}{excerpt}")
    for condition in decision.conditions or ():
        values = "" if condition.values is None else f", with {_json(condition.values)}"
        action = f": {_escape(condition.action)}" if condition.action else ""
        lines.append(f"- Condition {_escape(condition.name)}, {'met' if condition.met else 'not met'}{values}{action}")
    for tool in decision.tools or ():
        asked = "" if tool.arguments is None else f" with {_json(tool.arguments)}"
        came = "" if tool.result is None else f", gave {_json(tool.result)}"
        failed = "" if tool.error is None else f", failed: {_line(tool.error)}"
        took = f" ({_took(tool.duration_ms)})" if tool.duration_ms is not None else ""
        lines.append(f"- Tool {_escape(tool.name)}{asked}{came}{failed}{took}")
    return _list(lines)


def _took(ms: float | None) -> str:
    return "" if ms is None else f"{ms:g} ms"


def _json(value: Any) -> str:
    return _code(events.plain_json(value))


def _line(text: str) -> str:
    """A text of several lines on one."""
    return _escape(_LINE.sub(" ", text))


def _list(lines: list[str]) -> str:
    return "\n".join(lines) + "\n\n" if lines else ""


def _quote(text: str) -> str:
    lines = _LINE.split(text)
    return "\n".join(f"> {_escape(line)}" for line in lines) + "\n\n"


def _code(text: str) -> str:
    """As it is, between backticks: one inside would end it."""
    return f"`{_visible(text).replace('`', chr(39))}`"


def _escape(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|" else c for c in _visible(text))


def _visible(text: str) -> str:
    """Control characters as their pictures (U+2400 …), those after ASCII as one for all; a tab is white space."""
    return text.translate(_PICTURES)
