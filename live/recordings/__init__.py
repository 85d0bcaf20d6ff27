"""Recorded conversations as events of the contract, for `live play`.

`Recordings(paths)` reads JSON lines, gzipped or not, of two kinds: a whole conversation a line (`turns`), and the
events that this product exports, one a line. It yields `Conversation`s: a session id and its events in order, as plain
dicts. The same line gives the same events with the same ids each time, so a second play stores nothing new.

    files       lines -> conversations
    rows        what a recorded line may hold
    turns       a row -> events, turn by turn
    decisions   what led to one assistant message
    forms       what the agent learned from the user
    outcome     what the source says about the whole: who, goals, tags, how it ended
    exported    our own export -> events
    pace        in which order, and after which pauses, they are sent
    script      the events of one session, with their ids and times
    bounds      keeping within the contract's sizes
"""

from live.recordings.files import Recordings
from live.recordings.pace import interleaved, pauses
from live.recordings.script import Conversation

__all__ = ["Conversation", "Recordings", "interleaved", "pauses"]
