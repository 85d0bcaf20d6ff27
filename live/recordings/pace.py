"""In which order, and after which pauses, recorded events are sent."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from live import events
from live.errors import LiveError
from live.recordings.script import Conversation, Event

HELD = 50_000  # events read ahead; no further conversation is opened beyond that
MAX_PAUSE = 3600.0  # seconds of the conversation's clock; a longer silence in a recording is cut to this


def interleaved(conversations: Iterable[Conversation], *, at_once: int) -> Iterator[Event]:
    """The events of many conversations in turn, each conversation's in order; at most `at_once` are open.

    Where they cannot be read on, those before come whole; then the error is raised.
    """
    more = iter(conversations)
    opened: dict[str, deque[Event]] = {}
    held, dry = 0, False
    wrong: LiveError | None = None
    while opened or not dry:
        while not dry and len(opened) < at_once and held < HELD:
            try:
                conversation = next(more, None)
            except LiveError as error:
                conversation, wrong = None, error
            if conversation is None:
                dry = True
            else:
                opened.setdefault(conversation.session, deque()).extend(conversation.events)
                held += len(conversation.events)
        for session, left in list(opened.items()):
            if left:
                held -= 1
                yield left.popleft()
            if not left:
                del opened[session]
    if wrong is not None:
        raise wrong


def pauses(told: Sequence[Event]) -> Iterator[float]:
    """Seconds before each event: by the recorded times, else by how long such a text takes to write."""
    last: int | None = None
    for event in told:
        if "at" in event:
            at = events.milliseconds(event["at"])
            yield min(MAX_PAUSE, max(0.0, (at - last) / 1000)) if last is not None else 0.0
            last = at
        elif event["type"] == "message":
            characters = len(event["text"])
            yield min(30.0, 2 + characters / 12) if event["role"] == "user" else min(15.0, 1 + characters / 60)
        else:
            yield 0.1
