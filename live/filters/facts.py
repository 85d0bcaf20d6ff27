"""What filters look at: a session's tokens, whom it is about, the words said, its numbers.

A token is `field=value` with the value made comparable: `channel=web`, `goal=completed:demo_booked`, `attention=any`.
A predicate asks whether a token is in the set, MongoDB whether it is in the array: that is all that most filters are.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from live.cards import Folded
from live.events import User
from live.words import digits, grams, plain

CUT = 256  # characters of a name, email or phone that are compared; a filter's value has no more
_KEPT = 4096  # names kept ready in comparable form: the vocabulary of a busy hub (one costs 0.1 µs then, not 1 µs)

_STATUS = {
    "active": ("status=active", "status=open"),
    "inactive": ("status=inactive", "status=open"),
    "closed": ("status=closed",),
}


class Facts(msgspec.Struct, frozen=True, gc=False):
    """What is true of a session. `who` holds name, email and the phone's digits, comparable, a line each."""

    tokens: frozenset[str]
    who: str
    words: frozenset[str]
    messages: int  # of user, assistant and operator
    duration_ms: int
    started: str  # as on the card: of one width, so that their order is that of time
    last: str


def facts(folded: Folded) -> Facts:
    """The facts of a session."""
    card = folded.card
    said, mood, user = card.messages, card.sentiment, card.user
    tokens = [
        f"channel={card.channel}",
        f"sentiment={mood.label or 'unscored'}",
        "responded=yes" if said.user else "responded=no",
        "missing=yes" if card.missing else "missing=no",
        "reviewed=yes" if card.reviewed is not None else "reviewed=no",
        "goal=any" if card.goals else "goal=none",
        "form=any" if card.forms else "form=none",
        "attention=any" if card.attention else "attention=none",
    ]
    tokens += _STATUS[card.status]
    if mood.turned_at_seq is not None:
        tokens.append("sentiment=turned")
    if user is not None and user.id is not None:
        tokens.append(f"user={user.id}")
    tokens += [f"attention={a.why}" for a in card.attention]
    tokens += [_token(prefix, name) for prefix, name in _names(folded)]
    return Facts(
        frozenset(tokens),
        "" if user is None else _lines(user),
        folded.words,
        said.user + said.assistant + said.operator,
        card.duration_ms,
        card.started,
        card.last,
    )


def search_fields(folded: Folded, known: Facts) -> dict[str, Any]:
    """What the store keeps beside the card's JSON, so that `Filter.query()` finds what `Filter.matches()` does."""
    looked_up: set[str] = set()
    for line in known.who.split("\n"):
        looked_up |= grams(line)
    return {
        "tokens": sorted(known.tokens),
        "spelled": sorted(spelled(folded).values()),
        "who": known.who,
        "grams": sorted(looked_up),
        "words": sorted(known.words),
        "messages": known.messages,
        "duration_ms": known.duration_ms,
        "started": datetime.fromisoformat(known.started),
        "last": datetime.fromisoformat(known.last),
    }


def spelled(folded: Folded) -> dict[str, str]:
    """Tokens whose name the channel writes otherwise, as it does: `tag=vip` -> `tag=VIP`."""
    pairs = ((_token(prefix, name), prefix + " ".join(name.split())) for prefix, name in _names(folded))
    return {token: own for token, own in pairs if token != own}


@lru_cache(_KEPT)
def key(name: str) -> str:
    """A name, comparable: without case, accents, superfluous space. Empty where it is no more than an accent."""
    return line(name)


def line(text: str) -> str:
    """A name or an email to look in, or for: as `key`, but not kept in mind."""
    return " ".join(plain(text[:CUT])[:CUT].split())  # cut twice: one character can become eighteen


@lru_cache(_KEPT)
def _token(prefix: str, name: str) -> str:
    return prefix + key(name)


def _lines(user: User) -> str:
    return _who((user.name or "")[:CUT], (user.email or "")[:CUT], (user.phone or "")[:CUT])


@lru_cache(_KEPT)
def _who(name: str, email: str, phone: str) -> str:
    return "\n".join(one for one in (line(name), line(email), digits(phone)) if one)


def _names(folded: Folded) -> list[tuple[str, str]]:
    """The names of a session that people look for, of at most CUT characters, each with what goes before it in a token.

    An agent is shown by its name, if it has one; its id is found too, but not counted beside it.
    """
    card = folded.card
    names = [("tag=", tag) for tag in card.tags]
    names += [(f"goal={state}:", goal) for goal, state in card.goals.items()]
    names += [(f"form={state}:", form) for form, state in card.forms.items()]
    names += [("block=reached:", block) for block in card.blocks]
    names += [("block=exited:", block) for block in card.exited]
    if card.block is not None:
        names.append(("block=in:", card.block))
    if card.kind is not None:
        names.append(("kind=", card.kind))
    agent = card.agent
    if agent is not None:
        known = (("agent=", agent.name), ("agent.id=", agent.id)) if agent.name else (("agent=", agent.id),)
        names += [(prefix, name[:CUT]) for prefix, name in known]
        if agent.version:
            names += [(prefix, f"{name}@{agent.version}"[:CUT]) for prefix, name in known]
    names += [(kind, name[:CUT]) for kind, name in folded.memory.reasons]
    return names
