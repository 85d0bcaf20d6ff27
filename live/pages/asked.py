"""What the address of a list asks for: a filter, an order, how many, from where on. It is all the state of a page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from live import filters, order
from live.errors import Flaw, Invalid
from live.events import stamp
from live.filters import Filter
from live.filters.conditions import Since, Until
from live.filters.language import Value, escaped, read, written

OWN = ("sort", "limit", "cursor")  # parameters that are no filter, of every list
PASSING = ("selected",)  # where one is on this page; a neighbouring page has its own
MAX_OWN = 1_000  # characters of one of a page's further parameters; a longer one is refused


class Wish(NamedTuple):
    """One value of one field, as a chip shows it."""

    field: str
    text: str
    negated: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """`filter` is None where the address holds a flaw; `wishes` are there even then."""

    wishes: tuple[Wish, ...]
    filter: Filter | None
    flaws: tuple[Flaw, ...]
    sort: str
    limit: int
    cursor: str | None
    untidy: bool  # empty fields, as a form sends them
    defaults: tuple[str, int]  # the sort and the limit that need not be named
    own: Mapping[str, str] = field(default_factory=dict)  # the page's further parameters: layout, rotation, …

    @property
    def text(self) -> str:
        """The filter as the live socket takes it."""
        return wished(self.wishes)

    def query(
        self,
        *,
        without: Wish | None = None,
        plus: Wish | None = None,
        cursor: str | None = None,
        own: Mapping[str, str] | None = None,
        sort: str | None = None,
        free: bool = False,
        sane: bool = False,
    ) -> str:
        """The query of a neighbouring page: a wish less, a wish more, none (`free`), none wrong (`sane`), further down.

        Or in another order; `own` changes some of the page's further parameters, and an empty one goes. Without a wish
        it names its order: what only says how to show it means the usual list, not all there is.
        """
        wrong = {flaw.path for flaw in self.flaws} if sane else set()
        wishes = [wish for wish in self.wishes if wish != without and not free and wish.field not in wrong]
        if plus is not None:
            wishes.append(plus)
        usual = {"sort": self.defaults[0], "limit": str(self.defaults[1])}
        further = {name: value for name, value in self.own.items() if name not in PASSING} | dict(own or {})
        named = {"sort": sort or self.sort, "limit": str(self.limit), "cursor": cursor or "", **further}
        kept = [pair for pair in named.items() if pair[1] and pair not in usual.items()]
        if kept and not wishes and not any(name == "sort" for name, _ in kept):
            kept.insert(0, ("sort", named["sort"]))
        return "&".join(part for part in (wished(wishes), urlencode(kept, safe=",:")) if part)

    def of(self, field: str) -> list[Wish]:
        """The wishes of one field."""
        return [wish for wish in self.wishes if wish.field == field]

    def typed(self, field: str) -> str:
        """The wishes of one field, as one would type them."""
        return ",".join(f"{'!' if wish.negated else ''}{escaped(wish.text)}" for wish in self.of(field))


def asked(
    query: str, *, kinds: dict[str, frozenset[str]], sort: str, limit: int, most: int, own: Iterable[str] = ()
) -> Asked:
    """Read an address; `sort` and `limit` hold where it names none. Never raises: what is wrong is in `flaws`.

    `own` names the page's further parameters; one that ends with a dot stands for all that begin so.
    """
    flaws: list[Flaw] = []
    pairs = _pairs(query, flaws)
    kept, rest = _apart(pairs, (*OWN, *own))
    further = {name: value for name, value in kept.items() if name not in OWN}
    for name in [name for name, value in further.items() if len(value) > MAX_OWN]:
        flaws.append(Flaw(name, f"over {MAX_OWN:,} characters"))
        del further[name]
    text = urlencode(rest)
    wishes: tuple[Wish, ...] = ()
    wanted: Filter | None = None
    try:
        wishes = tuple(dict.fromkeys(Wish(field, *value) for field, values in read(text) for value in values))
        wanted = filters.parse(text, kinds=kinds)
        flaws += _backwards(wanted)
    except Invalid as error:
        flaws += error.flaws
    chosen, count = kept.get("sort", sort), kept.get("limit", str(limit))
    try:
        order.check(chosen)
    except Invalid as error:
        flaws += error.flaws
        chosen = sort
    if not (count.isascii() and count.isdigit() and len(count) < 6 and 1 <= int(count) <= most):
        flaws.append(Flaw("limit", f"expected a whole number from 1 to {most}, got {count[:40]!r}"))
        count = str(limit)
    return Asked(
        wishes=wishes,
        filter=None if flaws else wanted,
        flaws=tuple(flaws),
        sort=chosen,
        limit=int(count),
        cursor=kept.get("cursor"),
        untidy=len(kept) + len(rest) < len(pairs),
        defaults=(sort, limit),
        own=further,
    )


def _backwards(wanted: Filter) -> list[Flaw]:
    """The language takes a time that ends before it begins; who writes one did not mean it."""
    asked = [condition for clause in wanted.clauses.values() for condition in clause.wanted]
    since = [condition.time for condition in asked if isinstance(condition, Since)]
    until = [condition.time for condition in asked if isinstance(condition, Until)]
    if not since or not until or min(since) <= max(until):
        return []
    return [Flaw("from", f"expected a time before the end, {stamp(max(until))}, got {stamp(min(since))}")]


def wished(wishes: Iterable[Wish]) -> str:
    """Wishes as a query string, each field once."""
    fields: dict[str, list[Value]] = {}
    for wish in wishes:
        fields.setdefault(wish.field, []).append(Value(escaped(wish.text), wish.negated))
    return written(fields.items())


def is_one(name: str, known: Iterable[str]) -> bool:
    """Is the parameter one of these? One that ends with a dot stands for all that begin so."""
    return any(name.startswith(one) if one.endswith(".") else name == one for one in known)


def _apart(pairs: list[tuple[str, str]], own: tuple[str, ...]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The page's own parameters, and the filter; without those that are empty."""
    kept: dict[str, str] = {}
    rest: list[tuple[str, str]] = []
    for name, value in pairs:
        if not value.strip():
            continue
        if is_one(name, own):
            kept[name] = value
        else:
            rest.append((name, value))
    return kept, rest


def _pairs(query: str, flaws: list[Flaw]) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=600)
    except UnicodeError:
        flaws.append(Flaw("", "the address is not UTF-8"))
    except ValueError:
        flaws.append(Flaw("", "the address has too many parts"))
    return []
