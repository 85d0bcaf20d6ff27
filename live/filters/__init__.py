"""The filter language: one parser, and from the same tree a predicate over cards and a MongoDB query.

    wanted = parse("channel=web,sms&goal=!demo_booked&duration=>5m")
    wanted.matches(facts(folded))       on the board
    wanted.query()                      in the store, over `search_fields`

Everything is about the card as it is now. Names that people type (kind, agent, tag, goal, block, form) are compared
without case and accents; ids (`user`) exactly. The language itself: docs/protocol.md, "The filter language".
"""

from live.filters.facts import Facts, facts, search_fields
from live.filters.language import suggestion
from live.filters.parser import parse
from live.filters.tree import Filter

__all__ = ["Facts", "Filter", "facts", "parse", "search_fields", "suggestion"]
