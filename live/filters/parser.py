"""From text to a filter."""

import re
from collections import defaultdict
from collections.abc import Mapping

from live.errors import Flaw, Invalid
from live.filters.conditions import Condition
from live.filters.fields import FIELDS, Kinds, read_value
from live.filters.language import escaped, instead, read, short, suggestion
from live.filters.tree import Clause, Filter

SHOWN = 20  # flaws told of one filter, and fields looked at for what was meant
# a name with what others put before it, or between it and its value
_SIGNED = re.compile(r"(!)?(?P<field>[a-z_]+)(!$|[<>])?((?<=[<>]).*)?", re.DOTALL)
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
            flaws.append(_unknown(field, ",".join(escaped(value.text) for value in values)))
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


def _unknown(name: str, text: str) -> Flaw:
    """What is wrong with a field that is none: `channel!=web` comes as `channel!` and `web`."""
    signed = _SIGNED.fullmatch(name)
    if signed is not None and signed["field"] in FIELDS:
        no, field, sign, rest = signed.groups("")
        value, sign = (rest, sign) if rest else (text, f"{sign}=")
        if better := instead(field, sign, value, negated=bool(no)):
            got = f"{name}={text}" if text else name
            return Flaw(field, f"write {better}, got {short(got)}")
    return Flaw(name[:64], f"unknown filter field{suggestion(name, FIELDS)}; the fields are {', '.join(FIELDS)}")


def _distinct(conditions: list[Condition]) -> tuple[Condition, ...]:
    by_text = {condition.written: condition for condition in conditions}
    return tuple(by_text[text] for text in sorted(by_text))
