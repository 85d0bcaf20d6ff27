"""The filter bar: every field of the filter language with its values, their counts, and what is chosen. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from live.filters.facets import LARGEST
from live.filters.facts import key
from live.filters.fields import ANY, FIELDS, STATES, WORDS, plainly
from live.filters.language import escaped, split
from live.pages import formats
from live.pages.asked import Asked, Wish

FEW = 6  # values shown of a field; the others fold away
TITLES: Mapping[str, str] = {  # every field that has counts, in the order of the bar
    "status": "Status",
    "attention": "Needs attention",
    "sentiment": "Sentiment",
    "channel": "Channel",
    "kind": "Type",
    "agent": "Agent",
    "goal": "Goal",
    "block": "Journey block",
    "form": "Form",
    "tag": "Tag",
    "responded": "User has answered",
    "missing": "Missing knowledge",
    "reviewed": "Reviewed",
    "knowledge": "Knowledge",
    "condition": "Condition",
    "tool": "Tool",
}
OPEN = frozenset({"status", "attention", "sentiment", "channel", "goal"})  # unfolded from the start
NAMED = frozenset(
    {"channel", "kind", "agent", "goal", "block", "form", "tag", "knowledge", "condition", "tool"}
)  # a name can be typed, too
HINTS: Mapping[str, str] = {
    "channel": "name, or kind:name",
    "agent": "name, or name@version",
    "goal": "name, or failed:name",
    "block": "name, or in:name",
    "form": "name, or shown:name",
    "knowledge": "id, or considered:id",
    "condition": "name, or unmet:name",
    "tool": "name, or failed:name",
}


class Box(NamedTuple):
    """A field in which one types; `form` is an input's type."""

    field: str
    title: str
    hint: str
    form: str
    value: str


BOXES = (
    ("text", "Words said", "all of these words", "search"),
    ("user", "User id", "exact id", "text"),
    ("from", "From", "2026-11-22", "date"),
    ("to", "To", "2026-11-22", "date"),
    ("messages", "Messages", ">10, 2..8", "text"),
    ("duration", "Duration", ">5m, 1m..2h", "text"),
)
_NONE: Mapping[str, int] = {}
_OTHER = {"q": "Name, email or phone", **{field: title for field, title, _, _ in BOXES}}


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a field: what the form sends, how it reads, how many there are (None: not counted)."""

    value: str
    label: str
    count: int | None
    chosen: bool
    negated: bool
    refuse: str  # the query of the page without such sessions


@dataclass(frozen=True, slots=True)
class Part:
    """Values under one heading; a field with states has one for each."""

    title: str
    few: list[Option]
    more: list[Option]


@dataclass(frozen=True, slots=True)
class Group:
    """One field with counts."""

    field: str
    title: str
    parts: list[Part]
    chosen: int
    hint: str
    open: bool
    cut: int  # how many values are offered where there may be more; 0: all


class Chip(NamedTuple):
    """One wish in words, and the query of the page without it."""

    field: str
    title: str
    label: str
    negated: bool
    query: str
    wrong: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """All that the bar shows."""

    fields: tuple[str, ...]  # every field of the language
    groups: list[Group]
    boxes: list[Box]
    chips: list[Chip]
    q: str


def bar(
    asked: Asked,
    facets: Mapping[str, Mapping[str, int]],
    *,
    kinds: Mapping[str, frozenset[str]],
    goals: Mapping[str, int] = _NONE,
) -> Bar:
    """The bar of a page. `facets`: counts by field and value, where known; `kinds`: the channels of each kind.

    `goals`: the counts of all sessions. Each goal is offered, also where nobody under the other filters has met it: so
    it can be refused.
    """
    telling = sorted(kind for kind, channels in kinds.items() if channels != {kind})
    groups = [
        _group(field, asked, facets.get(field, {}), kinds=telling, known=goals if field == "goal" else _NONE)
        for field in TITLES
    ]
    boxes = []
    for field, title, hint, form in BOXES:
        value = asked.typed(field)
        boxes.append(Box(field, title, hint, "text" if form == "date" and not _date(value) else form, value))
    wrong = {flaw.path for flaw in asked.flaws}
    chips = [_chip(wish, asked, wrong=wish.field in wrong) for wish in asked.wishes]
    return Bar(FIELDS, groups, boxes, chips, asked.typed("q"))


def _group(
    field: str, asked: Asked, counts: Mapping[str, int], *, kinds: Iterable[str], known: Mapping[str, int]
) -> Group:
    wishes = {_same(field, wish.text): wish for wish in asked.of(field)}
    options: dict[tuple[str, str], Option] = {}
    for value, count in _ordered(field, counts):
        text = split(field, value)[0].text
        wish = wishes.get(_same(field, text))
        options[_same(field, text)] = _option(field, text, asked, value=value, count=count, wish=wish)
    places: dict[str, int] = {}
    for place, value in enumerate(_often(field, known, counts)):
        text = split(field, value)[0].text
        same = _same(field, text)
        places[same[1]] = place
        if same not in options:
            options[same] = _option(field, text, asked, value=value, count=0, wish=wishes.get(same))
    if places:
        options = dict(sorted(options.items(), key=lambda pair: places.get(pair[0][1], -1)))
    for kind in kinds if field == "channel" else ():
        text = f"kind:{kind}"
        options[_same(field, text)] = _option(field, text, asked, wish=wishes.get(_same(field, text)))
    for same, wish in wishes.items():
        if same not in options:
            options[same] = _option(field, wish.text, asked, wish=wish)
    parts: list[tuple[str, list[Option]]]
    if field in STATES:
        names = {"": "", **{state: state.capitalize() if state != "in" else "In now" for state in STATES[field]}}
        parts = [(title, [o for (part, _), o in options.items() if part == state]) for state, title in names.items()]
    else:
        named = [o for o in options.values() if field != "channel" or not o.value.startswith("kind:")]
        parts = [("", named), ("Of a kind", [o for o in options.values() if o not in named])]
    return Group(
        field=field,
        title=TITLES[field],
        parts=[_part(title, found, whole=field in WORDS) for title, found in parts if found],
        chosen=len(wishes),
        hint=HINTS.get(field, "name") if field in NAMED else "",
        open=field in OPEN or bool(wishes),
        cut=len(counts) if len(counts) >= LARGEST else 0,
    )


def _often(field: str, known: Mapping[str, int], counts: Mapping[str, int]) -> list[str]:
    """What asks for each name in its usual state, as a filter writes it.

    First come those that most of the sessions counted have in some state, then those that most of all have.
    """
    here, everywhere = Counter[str](), Counter[str]()
    values: dict[str, str] = {}
    for value, count in known.items():
        text = split(field, value)[0].text
        state, name = _same(field, text)
        if state:  # any and none have none
            everywhere[name] += count
            here[name] += counts.get(value, 0)
            values.setdefault(name, plainly(field, f"{STATES[field][0]}:{_label(field, text)}"))
    return [values[name] for name in sorted(values, key=lambda name: (-here[name], -everywhere[name], name))]


def _option(
    field: str, text: str, asked: Asked, *, wish: Wish | None, value: str = "", count: int | None = None
) -> Option:
    value = value or escaped(text)
    return Option(
        value=value,
        label=_label(field, text),
        count=count,
        chosen=wish is not None,
        negated=wish is not None and wish.negated,
        refuse=asked.query(without=wish, plus=Wish(field, text, negated=True)),
    )


def _ordered(field: str, counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Fixed values in their own order, others by how many there are."""
    if field in WORDS:
        return [(word, counts[word]) for word in WORDS[field] if word in counts]
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _part(title: str, options: list[Option], *, whole: bool) -> Part:
    if whole or len(options) <= FEW + 1:
        return Part(title, options, [])
    shown = [option for n, option in enumerate(options) if n < FEW or option.chosen]
    return Part(title, shown, [option for option in options if option not in shown])


def _chip(wish: Wish, asked: Asked, *, wrong: bool) -> Chip:
    state, _ = _same(wish.field, wish.text)
    title = TITLES.get(wish.field) or _OTHER.get(wish.field) or wish.field
    if state and wish.field in STATES:
        title = f"{title} {'in now' if state == 'in' else state}"
        label = wish.text.partition(":")[2].strip() if key(wish.text).startswith(f"{state}:") else wish.text
    else:
        label = _label(wish.field, wish.text)
    query = asked.query(without=wish)
    return Chip(wish.field, title, label, wish.negated, query or f"sort={asked.sort}", wrong)


def _label(field: str, text: str) -> str:
    """A value in words."""
    if field == "attention":
        return formats.why(text)
    if field == "channel":
        return text.removeprefix("kind:")
    if field in STATES:
        state, _ = _same(field, text)
        return text.partition(":")[2].strip() if state and key(text).startswith(f"{state}:") else text
    if field == "sentiment":
        return {"turned": "turned negative", "unscored": "not scored"}.get(text, text)
    return text


def _same(field: str, text: str) -> tuple[str, str]:
    """Equal for values that mean the same: (state, name)."""
    name = key(text)
    if field not in STATES:
        return "", text if field == "user" else name
    if name in ANY[field]:
        return "", name
    head, colon, rest = name.partition(":")
    return (head.strip(), rest.strip()) if colon and head.strip() in STATES[field] else (STATES[field][0], name)


def _date(value: str) -> bool:
    """Can a date input show it?"""
    return value == "" or (len(value) == 10 and value[4] == value[7] == "-" and value.replace("-", "").isdigit())
