"""What people ask of a list, as a bench asks it: single values of every field, and two and three of them together."""

from collections.abc import Iterator
from random import Random
from urllib.parse import quote

from live import order

SINGLE = 1, 2, 3  # filters together
# facets whose values exist in the seeded sessions, by field, as a filter writes them
NAMES = {
    "agent": ("pine", "scout", "rosie", "a"),
    "kind": ("support", "lead capture", "refund", "question", "order", "claim"),
    "goal": ("demo booked", "refund paid", "failed:order placed", "triggered:callback", "any", "none"),
    "block": ("welcome", "pricing", "find the order"),
    "sentiment": ("positive", "neutral", "negative", "turned", "unscored"),
    "responded": ("yes", "no"),
    "missing": ("yes", "no"),
    "attention": ("any", "none"),
    "reviewed": ("yes", "no"),
    "channel": ("web",),
    "form": ("none",),
    "tag": tuple(f"topic {n}" for n in range(60)),
}


def values(*, days: list[str], status: tuple[str, ...]) -> dict[str, list[str]]:
    """Every field and its values; `days`: dates in which sessions began."""
    found = {field: [*names, *(f"!{name}" for name in names[:2])] for field, names in NAMES.items()}
    found["status"] = list(status)
    found["messages"] = [">1", "2..5", ">20", "<=2", "30"]
    found["duration"] = [">5m", "<=30s", "10m..50m", ">50m"]
    found["from"] = found["to"] = days
    found["text"] = ["order", "terrible", "demo", "i want the", "hate nobody", "nonsense", "4711", "!order"]
    found["q"] = ["ada", "grace 12", "example.com", "u4711", "zofia", "nobody", "17100"]
    return found


def filters(known: dict[str, list[str]], *, pairs: int) -> list[dict[str, str]]:
    """Each value alone, then so many random pairs and triples. The same, each time."""
    of = Random(8)
    alone = [{field: value} for field, these in known.items() for value in these]
    many = []
    for size in (2, 3):
        for _ in range(pairs):
            fields = of.sample(sorted(known), size)
            many.append({field: of.choice(known[field]) for field in fields})
    return alone + many


def address(wanted: dict[str, str], **more: str | int) -> str:
    """As a query."""
    return "&".join(f"{name}={quote(str(value))}" for name, value in [*wanted.items(), *more.items()])


def sorts() -> Iterator[str]:
    """The orders, for ever."""
    while True:
        yield from order.SORTS
