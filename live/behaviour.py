"""What people and agents do that shows trouble, whatever the tone: pure questions about a text."""

import re

_HEAD = 600  # characters looked at: such a request stands at the start, and the patterns stay cheap
_HUMAN = re.compile(
    r"\b(?:speak|talk|chat|connect|transfer|escalate|pass|put|get|give|want|need|prefer|see|find|have"
    r"|is there)\b[^.?!\n]{0,40}"
    r"\b(?:humans?|(?:real|actual|live) (?:person|people|agent|human)|person"
    r"|someone real|representative|operator|supervisor|manager"
    r"|customer service|support (?:agent|staff|team)|staff member|human being)\b"
    r"|\b(?:real|actual|live) (?:person|human|agent)\b|\bhuman,? please\b"
    r"|^\W*(?:agent|operator|representative|human)\W*$",
    re.IGNORECASE,
)
_SORRY = re.compile(
    r"\b(?:sorry|apologi[sz]e|apologies|afraid (?:i|we)|unable to"
    r"|(?:i|we) (?:can'?t|can ?not|could ?n'?t|could not|don'?t|do not)"
    r" (?:help|find|do|understand|access|process|assist|complete|locate|have (?:that|any|enough))"
    r"|did ?n'?t (?:understand|catch|get that)"
    r"|something went wrong|an error occurred)",
    re.IGNORECASE,
)
MIN_WORDS = 3  # "yes", "ok thanks" are said again without meaning trouble
ALIKE = 0.75  # shared words over all words (Jaccard)


def asks_for_human(text: str) -> bool:
    """Does the user ask to speak with a person?"""
    return _HUMAN.search(text[:_HEAD].replace("’", "'")) is not None


def fails(text: str) -> bool:
    """Does the agent apologise, or say that it cannot?"""
    return _SORRY.search(text[:_HEAD].replace("’", "'")) is not None


def is_request(words: frozenset[str]) -> bool:
    """Are they enough to ask for something?"""
    return len(words) >= MIN_WORDS


def same_request(one: frozenset[str], other: frozenset[str]) -> bool:
    """Do two messages, as sets of words, ask for the same?"""
    if not (is_request(one) and is_request(other)):
        return False
    return len(one & other) >= ALIKE * len(one | other)
