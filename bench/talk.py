"""What the load says: made-up messages, ready as bytes before a measurement begins."""

from collections.abc import Iterator
from time import monotonic_ns

import msgspec

TEXTS = (
    "Hello, I would like to change the delivery address of my order, is that still possible?",
    "Of course. Could you tell me the order number, please? You find it in the confirmation.",
    "It is 48213. The parcel should go to my office, the flat is empty in the daytime.",
    "Thank you. I have changed it; the courier comes between nine and noon tomorrow.",
    "That is the third time now that it is late, I am really disappointed.",
    "I am sorry about that. I have asked a colleague to look at it right away.",
)
LENGTH = 40  # events of a session, before it is closed and another begins

_encode = msgspec.json.Encoder().encode


def facts(run: str, *, sessions: int, first: int = 0) -> Iterator[dict[str, str]]:
    """Events without end, spread over `sessions` sessions at a time, each closed after LENGTH."""
    number = first
    while True:
        slot, turn = number % sessions, number // sessions
        session = f"{run}-{slot}-{turn // LENGTH}"
        if turn % LENGTH == LENGTH - 1:
            yield {"type": "session.closed", "session": session, "id": f"{number}"}
        else:
            role = "assistant" if turn % 2 else "user"
            text = TEXTS[turn % len(TEXTS)]
            yield {"type": "message", "session": session, "id": f"{number}", "role": role, "text": text}
        number += 1


def encoded(fact: object) -> bytes:
    """As JSON."""
    return _encode(fact)


def stamped(run: str, number: int, *, sessions: int, length: int) -> bytes:
    """A message that says when it was sent, on the clock that all processes of this machine share."""
    slot, turn = number % sessions, number // sessions
    session = f"{run}-{slot}-{turn // length}"
    if turn % length == length - 1:
        return b'{"type":"session.closed","session":"%s","id":"%d"}' % (session.encode(), number)
    role = b"assistant" if turn % 2 else b"user"
    return b'{"type":"message","session":"%s","id":"%d","role":"%s","text":"@%d@ and so on, as people write"}' % (
        session.encode(), number, role, monotonic_ns(),
    )  # fmt: skip
