"""How values are written for people: times, spans, sizes, JSON. Pure; all take and return plain values.

Macros reach these through `Formats`, which lets a slot pass through. Every public function has a twin of the same name
in web/static/js/session/formats.js; a browser test holds the two together. None means: leave the attribute or part out.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import floor
from typing import Any
from urllib.parse import quote, urlsplit

from markupsafe import Markup

from live.filters.language import escaped
from live.pages.slots import Blank, Missing, plain, seen, there

LONG = 2_400  # characters, or
LINES = 32  # lines, from which a text scrolls in a box of its own
BRIEF = 120  # letters of a name, or the like, that stand unfolded: about three lines of the side panel
INLINE = 90  # characters of JSON that still stand on one line
_YEAR = 365 * 86_400_000  # ms
_FOLD = re.compile(r"\n *")  # a line break inside a text is written \n, so that these are JSON's own
WHY = {
    "asks_human": "asks for a person",
    "turned_negative": "turned negative",
    "waiting": "waits for an answer",
    "repeated": "asks the same again",
    "unanswered": "question without an answer",
    "goal_failed": "goal failed",
    "tool_error": "tool error",
    "agent_failed": "agent failed twice",
}


def clock(at: str) -> str:
    """A stored time, short: the day only where it is not today. (The browser writes it in its own zone.)"""
    when, now = _utc(at), datetime.now(UTC)
    year = "" if when.year == now.year else f" {when.year}"
    day = "" if when.date() == now.date() else f"{when.day} {when:%b}{year}, "
    return f"{day}{when:%H:%M:%S} UTC"


def utc(at: str) -> str:
    """A stored time in full."""
    return f"{at[:10]} {at[11:23]} UTC"


def span(ms: float) -> str:
    """Milliseconds as people say them, in at most two units."""
    if ms < 1_000:
        return f"{floor(ms + 0.5)} ms"
    if ms < 10_000:
        return f"{_short(floor(ms / 100 + 0.5) / 10)} s"
    if ms >= 2 * _YEAR:
        return f"{floor(ms / _YEAR)} y"
    seconds = floor(ms / 1_000 + 0.5)
    for size, unit, less, part in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            rest = seconds % size // less
            return f"{seconds // size} {unit}" + (f" {rest} {part}" if rest else "")
    return f"{seconds} s"


def number(value: float) -> str:
    """A number with at most two decimals."""
    return _short(floor(value * 100 + 0.5) / 100) if abs(value) < 1e15 else f"{value:.3e}"


def signed(value: float) -> str:
    """A score with its sign."""
    return f"{'−' if value < 0 else '+'}{floor(abs(value) * 100 + 0.5) / 100:.2f}"


def size(count: int) -> str:
    """Bytes as people say them."""
    for unit, step in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= step:
            return f"{_short(floor(count / step * 10 + 0.5) / 10)} {unit}"
    return f"{count} B"


def literal(given: Any) -> str:
    """Any JSON value, null too: a text as it is, a short value on one line, a long one indented."""
    if isinstance(given, str):
        return given
    line = _FOLD.sub(" ", _json(given, indent=1))
    return line if len(line) <= INLINE else _json(given, indent=2)


def value(given: Any) -> str:
    """The same, of a value that may be left out: then it is nothing."""
    return literal(given)


def apart(agent: Mapping[str, Any]) -> str | None:
    """An agent's id, where its name does not say it already."""
    return None if agent["id"] == agent.get("name") else str(agent["id"])


def pairs(given: Any) -> list[dict[str, Any]]:
    """An object as a list of {key, value}; anything else as one value without a key."""
    if isinstance(given, Mapping):
        return [{"key": key, "value": item} for key, item in given.items()]
    return [] if given is None else [{"key": "", "value": given}]


def quoted(words: Sequence[str]) -> str:
    """Words in quotation marks."""
    return ", ".join(f"“{word}”" for word in words)


def named(text: str) -> str:
    """A name of the contract in plain words."""
    return text.replace("_", " ")


def why(text: str) -> str:
    """A reason to look, in words."""
    return WHY.get(text, named(text))


def source(text: str) -> str | None:
    """Who scored a sentiment, where it is not the hub."""
    return "said by the channel" if text == "channel" else None


def unfelt(label: str | None) -> str | None:
    """Said of a session no message of which could be scored."""
    return "not scored so far" if label is None else None


def questions(count: int) -> str | None:
    """How many questions had no answer."""
    return _count(range(count), "question") + " without an answer" if count else None


def unscored(scored: Mapping[str, Any]) -> str | None:
    """Said of a text that cannot be scored. It is never called neutral."""
    return None if scored["supported"] else "not scored"


def urgent(attention: Sequence[Mapping[str, Any]]) -> str | None:
    """The most urgent reason to look, and how many more there are."""
    if not attention:
        return None
    more = len(attention) - 1
    return why(attention[0]["why"]) + (f", {more} more" if more else "")


def used(knowledge: Sequence[Mapping[str, Any]]) -> str | None:
    """How many sources were used."""
    return f"{sum(bool(k['used']) for k in knowledge)} of {_count(knowledge, 'source')} used" if knowledge else None


def met(conditions: Sequence[Mapping[str, Any]]) -> str | None:
    """How many conditions were met."""
    return f"{sum(bool(c['met']) for c in conditions)} of {_count(conditions, 'condition')} met" if conditions else None


def calls(tools: Sequence[Mapping[str, Any]]) -> str | None:
    """Which tool was called, or how many."""
    return f"called {tools[0]['name']}" if len(tools) == 1 else _count(tools, "tool") if tools else None


def failures(tools: Sequence[Mapping[str, Any]]) -> str | None:
    """How many of the tools failed."""
    count = sum(tool.get("error") is not None for tool in tools)
    return None if not count else "failed" if len(tools) == 1 else f"{count} failed"


def taken(flag: bool) -> str:
    """Was a source used?"""
    return "used" if flag else "not used"


def holds(flag: bool) -> str:
    """Was a condition met?"""
    return "met" if flag else "not met"


def worked(error: str | None) -> str:
    """Did a tool work?"""
    return "worked" if error is None else "failed"


def failing(error: str) -> str:
    """Marks a tool that failed."""
    return "yes"


def yes(flag: bool) -> str:
    """A flag as an attribute's value."""
    return "yes" if flag else "no"


def reach(given: Any) -> str | None:
    """Tab index of a text that scrolls in its own box, because it is long."""
    text = value(given)
    return "0" if len(text) > LONG or text.count("\n") >= LINES else None


def link(url: str) -> str | None:
    """The address, where it is one of the web; nothing else may be followed from here."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def unlinked(attachment: Mapping[str, Any]) -> str | None:
    """Said of an attachment that cannot be opened."""
    url = attachment.get("url")
    return "no link" if not url else None if link(url) else "no safe link"


def brief(text: str) -> str | None:
    """A text that is shown as it is."""
    return text if len(text) <= BRIEF else None


def lengthy(text: str) -> str | None:
    """A text that is folded."""
    return text if len(text) > BRIEF else None


def calm(message: Mapping[str, Any]) -> str | None:
    """Marks a message of the user that sounds neutral to all that scored it: said quietly."""
    felt, scored = message.get("sentiment"), message.get("scored")
    even = all(one is None or one.get("label") == "neutral" for one in (felt, scored))
    return "yes" if felt is not None and even and (scored or {}).get("supported") is not False else None


def stirred(message: Mapping[str, Any]) -> str | None:
    """Marks a message of the user of whose sentiment there is something to say."""
    known = message.get("sentiment") is not None or message.get("scored") is not None
    return "yes" if known and not calm(message) else None


def skewed(message: Mapping[str, Any]) -> str | None:
    """Marks a message of which the source's clock says another time than the hub's: ahead of it, or a day late."""
    if not message.get("received"):
        return None
    ahead = _utc(message["at"]) - _utc(message["received"])
    return "ahead" if ahead > timedelta(minutes=1) else "late" if ahead < -timedelta(days=1) else None


def ident(text: str) -> str:
    """An id inside an address."""
    return quote(text, safe="!~*'()")


def acted(action: str | None) -> str:
    """What followed from a condition."""
    return f"→ {action}" if action else "no action"


def with_source(knowledge: Mapping[str, Any]) -> str:
    """The address of the sessions that used this source, or looked at it."""
    return _where("knowledge", "used" if knowledge["used"] else "considered", knowledge["id"])


def with_condition(condition: Mapping[str, Any]) -> str:
    """The address of the sessions that found this condition met, or not."""
    return _where("condition", "met" if condition["met"] else "unmet", condition["name"])


def with_tool(tool: Mapping[str, Any]) -> str:
    """The address of the sessions that called this tool with the same outcome."""
    return _where("tool", "failed" if tool.get("error") is not None else "called", tool["name"])


def with_block(block: str) -> str:
    """The address of the sessions that reached this block."""
    return _where("block", "reached", block)


def _where(field: str, state: str, name: str) -> str:
    return f"/sessions?{field}={ident(escaped(f'{state}:{name}'))}"


def bar(score: float) -> str | None:
    """A score between 0 and 1 as a length up to 100."""
    return _short(floor(score * 1000 + 0.5) / 10) if 0 <= score <= 1 else None


def spark(trend: Sequence[float]) -> str | None:
    """Scores in [-1, 1] as the points of a line, 10 apart; +1 is at 0, -1 at 40."""
    if len(trend) < 2:
        return None
    return " ".join(f"{n * 10},{_short(floor((1 - score) * 200 + 0.5) / 10)}" for n, score in enumerate(trend))


def reached(trend: Sequence[float]) -> str:
    """The box in which `spark` draws."""
    return f"-2 -2 {max(len(trend) - 1, 1) * 10 + 4} 44"


class Formats:
    """What a macro calls on a value. A slot passes through: the browser calls the twin. What is missing stays so."""

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        form = _FORMATS.get(name)
        if form is None:
            raise AttributeError(name)

        def formatted(given: Any) -> Any:
            if isinstance(given, Blank):
                return given.as_format(name)
            bare = plain(given)
            return seen(None if bare is None and name not in _OF_NOTHING else form(bare))

        return formatted

    def each(self, given: Any) -> Any:
        """The pairs of an object, to loop over."""
        return given.as_format("pairs") if isinstance(given, Blank) else seen(pairs(plain(given)))

    def attr(self, name: str, given: Any) -> Markup:
        """An attribute that is left out where there is no value."""
        return Markup("") if isinstance(given, Missing) else Markup(' {}="{}"').format(name, str(given))

    def only(self, given: Any) -> Markup:
        """Marks an element that is there only with a value; the macro's `if` stands around it."""
        return given.as_condition() if isinstance(given, Blank) else Markup("")

    def item(self, given: Any) -> Markup:
        """Marks an element that is there once for every item; the macro's `for` stands around it."""
        return given.as_each() if isinstance(given, Blank) else Markup("")

    def there(self, given: Any) -> bool:
        """Is there something to show?"""
        return isinstance(given, Blank) or there(given)


def _utc(at: str) -> datetime:
    return datetime.fromisoformat(at)


def _short(given: float) -> str:
    """Without a needless .0."""
    return f"{given:.2f}".rstrip("0").rstrip(".") if given != int(given) else str(int(given))


def _count(items: Sequence[Any], noun: str) -> str:
    return f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"


def _json(given: Any, *, indent: int) -> str:
    return json.dumps(_whole(given), ensure_ascii=False, indent=indent)


def _whole(given: Any) -> Any:
    """Numbers as JavaScript writes them: 2.0 is 2."""
    if isinstance(given, float) and given.is_integer() and abs(given) < 1e21:
        return int(given)
    if isinstance(given, Mapping):
        return {key: _whole(item) for key, item in given.items()}
    if isinstance(given, list | tuple):
        return [_whole(item) for item in given]
    return given


_OF_NOTHING = {"literal", "worked", "unfelt", "acted"}  # these say something of a value that is not there
_FORMATS: Mapping[str, Callable[[Any], Any]] = {
    form.__name__: form
    for form in (
        clock, utc, span, number, signed, size, literal, value, apart, pairs, quoted, named, why, urgent, source,
        unfelt, questions, unscored, used, met, calls, failures, taken, holds, worked, failing, yes, reach, link,
        ident, bar, spark, reached, acted, with_source, with_condition, with_tool, with_block,
        unlinked, brief, lengthy, calm, stirred, skewed,
    )
}  # fmt: skip
