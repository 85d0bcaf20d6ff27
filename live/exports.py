"""A conversation as a file: JSONL is exact, Markdown is for reading, CSV is for a spreadsheet.

Pure: lines in, text out.
"""

import csv
import io
from collections.abc import Iterable
from typing import Any

from live import events
from live.cards import Card
from live.events import AnyEvent, Message, type_of

_COLUMNS = ("seq", "at", "received", "type", "role", "text", "sentiment", "detail")
_CARD_COLUMNS = (
    "session", "name", "channel", "kind", "status", "agent", "started", "last", "closed", "duration_ms", "active_ms",
    "user_messages", "assistant_messages", "operator_messages", "sentiment", "score", "goals", "block", "forms",
    "missing", "tags", "attention", "reviewed", "rev",
)  # fmt: skip
_COMMON = {"type", "session", "id", "at", "seq", "channel", "received"}
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
    """One event as a line of CSV; what is not a message stands in `detail` as JSON."""
    message = event if isinstance(event, Message) else None
    feeling = message.sentiment if message else None
    detail = "" if message else detail_of(event)
    return _row(
        (event.seq, event.at, event.received, type_of(event), message and message.role, message and message.text,
         feeling and feeling.label, detail)
    )  # fmt: skip


def detail_of(event: AnyEvent) -> str:
    """The event's own fields as JSON text."""
    own = {
        name: value
        for name in event.__struct_fields__
        if name not in _COMMON and (value := getattr(event, name)) is not None
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
        f"- Session: `{card.session}`",
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


def markdown_line(event: AnyEvent) -> str:
    """One event, readable."""
    if isinstance(event, Message):
        mood = f" · {event.sentiment.label}" if event.sentiment and event.role == "user" else ""
        quoted = "\n".join(f"> {_escape(line)}" for line in event.text.splitlines() or [""])
        return f"**{event.role.capitalize()}** · {event.at}{mood}\n\n{quoted}\n\n"
    detail = detail_of(event)
    return f"*{type_of(event)}* · {event.at}" + (f" · `{detail.replace('`', chr(39))}`" if detail else "") + "\n\n"


def _escape(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|" else c for c in text)
