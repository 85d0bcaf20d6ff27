"""What people and agents do that shows trouble, whatever the tone: pure questions about a text."""

import re
from collections.abc import Collection, Iterable

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
# one of these stands in every text that the pattern finds: most texts are settled without it
_HUMAN_SIGNS = (
    "human", "person", "people", "agent", "someone real", "representative", "operator", "supervisor", "manager",
    "customer service", "support ", "staff member",
)  # fmt: skip
_SORRY_SIGNS = ("sorry", "apolog", "afraid", "unable", "can", "could", "don", "do not", "did", "wrong", "error")
MIN_WORDS = 3  # "yes", "ok thanks" are said again without meaning trouble
ALIKE = 0.75  # shared words over all words (Jaccard)


def asks_for_human(text: str) -> bool:
    """Does the user ask to speak with a person?"""
    head = text[:_HEAD].replace("’", "'")
    return _may(head, _HUMAN_SIGNS) and _HUMAN.search(head) is not None


def fails(text: str) -> bool:
    """Does the agent apologise, or say that it cannot?"""
    head = text[:_HEAD].replace("’", "'")
    return _may(head, _SORRY_SIGNS) and _SORRY.search(head) is not None


def _may(text: str, signs: tuple[str, ...]) -> bool:
    """Can the pattern find anything? (`ſ` and the like match letters: other texts are left to the pattern.)"""
    if not text.isascii():
        return True
    low = text.lower()
    for sign in signs:  # noqa: SIM110 - a generator costs twice as much, and every message comes by here
        if sign in low:
            return True
    return False


def repeats(words: frozenset[str], earlier: Iterable[Collection[str]]) -> bool:
    """Does a message, as distinct words, ask for the same as one of the earlier ones?"""
    count = len(words)
    if count < MIN_WORDS:
        return False
    least, most = ALIKE * count, count / ALIKE
    for other in earlier:
        size = len(other)
        if size >= MIN_WORDS and least <= size <= most:
            shared = len(words.intersection(other))
            if shared >= ALIKE * (count + size - shared):
                return True
    return False
