"""The fields of the filter language: which values each takes, and what they mean."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import TypeAlias

from live.cards import WHYS
from live.errors import Flaw, Invalid
from live.events import moment, stamp
from live.filters.conditions import About, Condition, Has, Said, Since, Until, Within
from live.filters.facts import key, line
from live.filters.language import escaped, short, suggestion
from live.settings import CHANNEL_NAME, seconds
from live.words import digits, words_of

Kinds: TypeAlias = Mapping[str, frozenset[str]]
Reader: TypeAlias = Callable[[str, str, Kinds], list[Condition]]

WORDS: Mapping[str, tuple[str, ...]] = {  # fields that know only these values
    "status": ("open", "active", "inactive", "closed"),
    "sentiment": ("positive", "neutral", "negative", "turned", "unscored"),
    "responded": ("yes", "no"),
    "missing": ("yes", "no"),
    "attention": ("any", "none", *WHYS),
    "reviewed": ("yes", "no"),
}
STATES: Mapping[str, tuple[str, ...]] = {  # `goal=failed:demo`; the first is meant where none is named
    "goal": ("completed", "triggered", "failed"),
    "form": ("submitted", "shown", "abandoned"),
    "block": ("reached", "exited", "in"),
    "knowledge": ("used", "considered"),
    "condition": ("met", "unmet"),
    "tool": ("called", "failed"),
}
ANY: Mapping[str, tuple[str, ...]] = {
    "goal": ("any", "none"),
    "form": ("any", "none"),
    "block": (),
    "knowledge": (),
    "condition": (),
    "tool": (),
}
_PHONE = re.compile(r"[\d\s()+./-]+")
_PHONE_DIGITS = 3  # fewer are no phone number, but may be part of a name
_COMPARED = re.compile(r"(>=|<=|>|<|=)\s*(.+)", re.DOTALL)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def read_value(field: str, value: str, kinds: Kinds) -> list[Condition]:
    """What a value of a known field means: one of these conditions. Raises Invalid."""
    return READERS[field](field, value, kinds)


def plainly(field: str, spelling: str) -> str:
    """A token's value -> as a filter writes it: `completed:demo` -> `demo`, but `completed:any` as it is."""
    if field in STATES:
        state, _, name = spelling.partition(":")
        if state == STATES[field][0] and key(name) not in ANY[field] and not _state(field, name)[0]:
            return escaped(name)
    return escaped(spelling)


def _word(field: str, value: str, kinds: Kinds) -> list[Condition]:
    word, known = key(value), WORDS[field]
    if word not in known:
        raise Invalid(Flaw(field, f"expected one of {', '.join(known)}, got {short(value)}{suggestion(value, known)}"))
    return [Has(word, frozenset({f"{field}={word}"}))]


def _name(field: str, value: str, kinds: Kinds) -> list[Condition]:
    name = _comparable(field, value)
    return [Has(escaped(name), frozenset({f"{field}={name}"}))]


def _agent(field: str, value: str, kinds: Kinds) -> list[Condition]:
    name = _comparable(field, value)
    return [Has(escaped(name), frozenset({f"agent={name}", f"agent.id={name}"}))]


def _comparable(field: str, value: str) -> str:
    """The key of a name. Raises Invalid where nothing is left of it, as of an accent alone."""
    name = key(value)
    if not name:
        raise Invalid(Flaw(field, f"expected a name, got {short(value)}"))
    return name


def _exact(field: str, value: str, kinds: Kinds) -> list[Condition]:
    return [Has(escaped(value), frozenset({f"{field}={value}"}))]


def _channel(field: str, value: str, kinds: Kinds) -> list[Condition]:
    name = value.lower()
    if name.startswith("kind:"):
        kind = name.removeprefix("kind:").strip()
        of_kind = sorted(channel for one, channels in kinds.items() if one.lower() == kind for channel in channels)
        if not of_kind:
            known = f"; the kinds are {', '.join(sorted(kinds))}" if kinds else ""
            raise Invalid(Flaw(field, f"no channel is of the kind {short(kind)}{suggestion(kind, kinds)}{known}"))
        return [Has(one, frozenset({f"channel={one}"})) for one in of_kind]
    if not CHANNEL_NAME.fullmatch(name):
        form = "a channel's name (a-z, 0-9, -; at most 32), or kind:… for all of a kind"
        raise Invalid(Flaw(field, f"expected {form}, got {short(value)}"))
    return [Has(name, frozenset({f"channel={name}"}))]


def _state(field: str, value: str) -> tuple[str, str]:
    """`failed:demo` -> failed, demo; without a state "", the whole. A state nearly written is given as it is."""
    head, colon, name = value.partition(":")
    state = key(head)
    known = STATES[field]
    if colon and (state in known or get_close_matches(state, known, n=1, cutoff=0.75)):
        return state, name.strip()
    return "", value


def _staged(field: str, value: str, kinds: Kinds) -> list[Condition]:
    if key(value) in ANY[field]:
        return [Has(key(value), frozenset({f"{field}={key(value)}"}))]
    state, text = _state(field, value)
    if state and state not in STATES[field]:
        near = suggestion(state, STATES[field])
        expected = f"expected a name, or a name after {', '.join(f'{one}:' for one in STATES[field])}"
        raise Invalid(Flaw(field, f"{expected}, got {short(value)}{near}"))
    name = _comparable(field, text) if text else ""
    if not name:
        raise Invalid(Flaw(field, f"expected a name after {short(value)}"))
    token = f"{state or STATES[field][0]}:{name}"
    return [Has(plainly(field, token), frozenset({f"{field}={token}"}))]


def _about(field: str, value: str, kinds: Kinds) -> list[Condition]:
    text = line(value)
    if not text:
        raise Invalid(Flaw(field, f"expected a part of a name, an email or a phone number, got {short(value)}"))
    texts, number = {text}, digits(text)
    if len(number) >= _PHONE_DIGITS and _PHONE.fullmatch(text):
        texts.add(number)
    return [About(escaped(text), tuple(sorted(texts)))]


def _said(field: str, value: str, kinds: Kinds) -> list[Condition]:
    words = words_of(line(value))
    if not words:
        raise Invalid(Flaw(field, f"expected a word, got {short(value)}"))
    return [Said(escaped(" ".join(sorted(words))), words)]


def _messages(field: str, value: str, kinds: Kinds) -> list[Condition]:
    return [_within(field, "messages", value, _count, form="a whole number", example=">10, <=3, 5, 2..8")]


def _duration(field: str, value: str, kinds: Kinds) -> list[Condition]:
    form = "a duration in ms, s, m, h or d"
    return [_within(field, "duration_ms", value, _milliseconds, form=form, example=">5m, <=30s, 1m..2h")]


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError(text)
    return int(text)


def _milliseconds(text: str) -> int:
    whole = re.fullmatch(r"([0-9]{1,17})ms", text)  # as a filter is written: 30 days have ten digits
    return int(whole[1]) if whole else round(seconds(text) * 1000)


def _within(field: str, fact: str, value: str, measure: Callable[[str], int], *, form: str, example: str) -> Within:
    """`>10`, `<=3`, `5`, `=5`, `2..8`, `2..`, `..8`. Raises Invalid."""
    wrong = Invalid(Flaw(field, f"expected {form}, alone or as in {example}, got {short(value)}"))
    try:
        if ".." in value:
            ends = [end.strip() for end in value.split("..", 1)]
            least, most = (measure(end) if end else None for end in ends)
            if least is None and most is None:
                raise wrong
            if least is not None and most is not None and least > most:
                raise Invalid(
                    Flaw(field, f"expected the lower end first, as in {ends[1]}..{ends[0]}, got {short(value)}")
                )
            return _bounded(fact, least, most)
        compared = _COMPARED.fullmatch(value)
        sign, number = (compared[1], measure(compared[2].strip())) if compared else ("=", measure(value))
    except ValueError:
        raise wrong from None
    least = {">": number + 1, ">=": number, "=": number}.get(sign)
    most = {"<": number - 1, "<=": number, "=": number}.get(sign)
    return _bounded(fact, least, most)


def _bounded(fact: str, least: int | None, most: int | None) -> Within:
    unit = "ms" if fact == "duration_ms" else ""
    if least == most:
        return Within(f"{least}{unit}", fact, least, most)
    if most is not None and most < 0:
        return Within(f"<0{unit}", fact, least, most)
    ends = [f"{end}{unit}" if end is not None else "" for end in (least, most)]
    return Within("..".join(ends), fact, least, most)


def _since(field: str, value: str, kinds: Kinds) -> list[Condition]:
    time, _ = _times(field, value)
    return [Since(stamp(time), time)]


def _until(field: str, value: str, kinds: Kinds) -> list[Condition]:
    _, time = _times(field, value)
    return [Until(stamp(time), time)]


def _times(field: str, value: str) -> tuple[datetime, datetime]:
    """A moment, twice; or a day's first and last one. A `+` that became a space is put back."""
    try:
        if _DATE.fullmatch(value):
            day = moment(f"{value}T00:00:00Z")
            return day, day + timedelta(days=1, milliseconds=-1)
        time = moment(value.replace(" ", "+"))
        time -= timedelta(microseconds=time.microsecond % 1000)  # as the times on a card
        return time, time
    except (ValueError, OverflowError):
        form = "a time such as 2026-11-22T10:00:00Z, or a date such as 2026-11-22"
        raise Invalid(Flaw(field, f"expected {form}, got {short(value)}")) from None


READERS: Mapping[str, Reader] = {
    "channel": _channel,
    "status": _word,
    "sentiment": _word,
    "responded": _word,
    "kind": _name,
    "agent": _agent,
    "goal": _staged,
    "block": _staged,
    "form": _staged,
    "tag": _name,
    "missing": _word,
    "attention": _word,
    "reviewed": _word,
    "knowledge": _staged,
    "condition": _staged,
    "tool": _staged,
    "user": _exact,
    "q": _about,
    "text": _said,
    "from": _since,
    "to": _until,
    "messages": _messages,
    "duration": _duration,
}
FIELDS: tuple[str, ...] = tuple(READERS)
