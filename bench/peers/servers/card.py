"""The card that every peer publishes, some 400 bytes, with a stamp of the clock that all processes share."""

import time
from collections.abc import Iterator

_CARD = (
    '{"session":"web:8f3a91c2","rev":42,"channel":"web","kind":"support","status":"active","user":{"name":"Ada 4711",'
    '"email":"u4711@example.com"},"agent":{"id":"a","name":"Pine"},"messages":{"user":3,"assistant":4,"operator":0},'
    '"sentiment":{"label":"negative","score":-0.42,"trend":[0.1,-0.2,-0.42]},"goals":{"demo booked":"triggered"},'
    '"last_message":{"role":"user","text":"@%020d@ and so on"}}'
)


def card() -> str:
    """Of this moment."""
    return _CARD % time.monotonic_ns()


def due(rate: int, seconds: float) -> Iterator[int]:
    """How many are to be sent now, and how long to wait in between is the caller's; ends when time is over."""
    began, sent = time.monotonic(), 0
    while (now := time.monotonic() - began) < seconds:
        count = int(now * rate) - sent
        sent += count
        yield count
