"""The orders that a list of sessions can have. A key sorts ascending: the first is shown first; equals by session id.

A key is one number, so that the store sorts by the same value as the board.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from live.cards import Card, urgency
from live.errors import Flaw, Invalid
from live.events import milliseconds
from live.filters import suggestion

Key: TypeAlias = float
Place: TypeAlias = tuple[Key, str]  # of a session: key, session id
UNSCORED = 2.0  # the score of a session without one: after the most positive
_NEED = 2.0**43  # milliseconds: what one step of need outweighs; times from 1970 to 2248 have fewer


def sort_key(sort: str, card: Card) -> Key:
    """Where a card stands in this order."""
    return _KEYS[sort](card)


def keys(card: Card) -> dict[str, Key]:
    """Where a card stands in each order."""
    return {sort: key(card) for sort, key in _KEYS.items()}


def check(sort: str) -> str:
    """The order's name, if it is one. Raises Invalid."""
    if sort not in _KEYS:
        near = suggestion(sort, _KEYS)
        raise Invalid(Flaw("sort", f"expected one of {', '.join(_KEYS)}, got {sort[:40]!r}{near}"))
    return sort


def _recent(card: Card) -> Key:
    return float(-milliseconds(card.last))


def _started(card: Card) -> Key:
    return float(-milliseconds(card.started))


def _attention(card: Card) -> Key:
    """The most urgent first, then who has waited longest."""
    need, since = urgency(card)
    return -need * _NEED + max(0, milliseconds(since)) if need else 0.0


def _waiting(card: Card) -> Key:
    """Who waits for an answer, the longest first; then the rest, as they were active last."""
    for need in card.attention:
        if need.why == "waiting":
            return _within(milliseconds(need.since)) - 2 * _NEED
    return -_within(milliseconds(card.last))


def _within(ms: int) -> Key:
    """A time that no need outweighs: clocks of other centuries stand at the ends."""
    return float(min(max(0, ms), _NEED - 1))


def _duration(card: Card) -> Key:
    return float(-card.duration_ms)


def _messages(card: Card) -> Key:
    said = card.messages
    return float(-(said.user + said.assistant + said.operator))


def _sentiment(card: Card) -> Key:
    """The most negative first."""
    score = card.sentiment.score
    return UNSCORED if score is None else score


_KEYS: Mapping[str, Callable[[Card], Key]] = {
    "recent": _recent,
    "started": _started,
    "attention": _attention,
    "waiting": _waiting,
    "duration": _duration,
    "messages": _messages,
    "sentiment": _sentiment,
}
SORTS: tuple[str, ...] = tuple(_KEYS)
