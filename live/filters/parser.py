"""From text to a filter."""

from collections import defaultdict
from collections.abc import Mapping

from live.errors import Flaw, Invalid
from live.filters.conditions import Condition
from live.filters.fields import FIELDS, Kinds, read_value
from live.filters.language import read, suggestion
from live.filters.tree import Clause, Filter

SHOWN = 20  # flaws told of one filter, and fields looked at for what was meant
_NO_KINDS: Mapping[str, frozenset[str]] = {}


def parse(query: str, *, kinds: Kinds = _NO_KINDS) -> Filter:
    """A query string -> a filter; "" matches all. `kinds` names the channels of each kind, for `channel=kind:sms`.

    Raises Invalid: the first SHOWN wrong fields and values, with the field as the path and a "did you mean".
    """
    wanted: dict[str, list[Condition]] = defaultdict(list)
    unwanted: dict[str, list[Condition]] = defaultdict(list)
    flaws: list[Flaw] = []
    for field, values in read(query):
        if len(flaws) >= SHOWN:
            break
        if field not in FIELDS:
            near = suggestion(field, FIELDS)
            flaws.append(Flaw(field[:64], f"unknown filter field{near}; the fields are {', '.join(FIELDS)}"))
            continue
        for value in values:
            try:
                (unwanted if value.negated else wanted)[field] += read_value(field, value.text, kinds)
            except Invalid as error:
                flaws += error.flaws
    if flaws:
        raise Invalid(*flaws)
    fields = {*wanted, *unwanted}
    return Filter({field: Clause(_distinct(wanted[field]), _distinct(unwanted[field])) for field in fields})


def _distinct(conditions: list[Condition]) -> tuple[Condition, ...]:
    by_text = {condition.written: condition for condition in conditions}
    return tuple(by_text[text] for text in sorted(by_text))
