"""The page of one session: its newest events, or those around a message, as HTML; the browser goes on from there.

/sessions/{id}                the newest WINDOW events; the live tail follows; of a closed session, the first ones
/sessions/{id}?before=seq     the ones before, ?after=seq those after
/sessions/{id}?seq=n          around an event, which is marked; ?message=id the same by a message's id
/sessions/{id}?t=83.5         around a moment: seconds since the first event; &seq=n: of several events then, the last
/sessions/{id}?all=true       all of it, without a player: for print, and for browsers without scripts
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from live import events
from live.cards import Card
from live.errors import Flaw, Invalid, NotFound
from live.hub.hub import Hub
from live.pages.formats import Formats
from live.pages.site import Site
from live.pages.slots import Blank, seen
from live.storage.journal import Line

WINDOW = 100  # events on the first page, and on every further one
LEAD = 40  # of them, those before a message that was asked for
SCAN = 1_000  # events read at once where the whole session is looked through
MOST = 20_000  # events on one page
MARKS = ("note.added", "sentiment.corrected")
ROLES: tuple[str, ...] = get_args(events.Role)
PARTS = ("name", "title", "attention", "facts", "sentiment", "goals", "journey", "collected", "forms", "tags")

_json = msgspec.json.Decoder(dict[str, Any])
_SEQ = re.compile(r"[1-9][0-9]{0,15}")
_SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,3})?")
_BESIDE = re.compile(r'.{0,24}"type":"(data\.collected|note\.added|sentiment\.corrected)"')  # a line's first words


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the session a page looks: at the end, or before, after or around a seq."""

    before: int | None = None
    after: int | None = None
    around: int | None = None
    moment: int | None = None  # ms since the first event: `around` is the last event until then
    last: int | None = None  # the same, where the address says it
    whole: bool = False
    lost: str = ""  # in words, what was asked for and is not there

    @property
    def anywhere(self) -> bool:
        """Was nothing asked for that is there?"""
        return not self.whole and self.around is self.before is self.after is None

    def start(self, head: int) -> int:
        """The seq that comes right before the page's first one."""
        if self.whole:
            return self.after or 0
        if self.around is not None:
            return max(0, min(self.around - 1 - LEAD, head - WINDOW))
        if self.after is not None:
            return min(self.after, head - 1)
        return max(0, (head + 1 if self.before is None else min(self.before, head + 1)) - 1 - WINDOW)

    def count(self, head: int) -> int:
        """How many events the page has at most."""
        if self.whole:
            return MOST
        return WINDOW if self.before is None else max(1, min(WINDOW, min(self.before, head + 1) - 1))


@dataclass(slots=True)
class Item:
    """One event of the transcript, the decisions beneath it, and what reviewers left at it."""

    event: dict[str, Any]
    under: list[Any] = field(default_factory=list)
    marks: list[Any] = field(default_factory=list)


def routes(site: Site) -> list[Route]:
    """The page; an id may hold a slash."""

    async def page(request: Request) -> Response:
        who = await site.signed_in(request)
        if isinstance(who, Response):
            return who
        values = await opened(site.hub, request.path_params["session"], query=dict(request.query_params))
        return await site.page(request, "session.html", who=who, may_act=who.role in ("reviewer", "admin"), **values)

    return [Route("/sessions/{session:path}", page)]


async def opened(hub: Hub, session: str, *, query: dict[str, str]) -> dict[str, Any]:
    """What the template needs. Raises NotFound, Invalid, StoreAway."""
    head = await hub.head(session)
    if not head:
        raise NotFound("session", session)
    folded = await hub.folded(session)
    if folded is None:
        raise NotFound("session", session)
    place = await _place(hub, session, query=query, head=head)
    if place.anywhere and folded.card.status == "closed":
        place = replace(place, after=0)  # what is over is read from its beginning
    lines = await hub.journal.read(session, after=place.start(head), limit=place.count(head))
    if not lines:
        raise NotFound("session", session)
    first, last = lines[0].seq, lines[-1].seq
    head = max(head, last)
    beside = await _beside(hub, session, lines, head=head)
    shown = [_json.decode(line.json) for line in lines]
    card = msgspec.to_builtins(folded.card)
    collected = collection([*beside, *shown])
    target = place.around if place.moment is None else None
    return {
        "f": Formats(),
        "session": session,
        "items": [(seen(item.event), seen(item.marks), seen(item.under)) for item in grouped(shown, beside=beside)],
        "card": seen(panel(card, collected)),
        "earlier": first - 1,
        "later": head - last,
        "head": head,
        "first": first,
        "last": last,
        "target": target,
        "whole": place.whole,
        "complete": head <= MOST and (first > 1 or last < head),
        "lost": place.lost,
        "kinds": blanks(),
        "blank": Blank(),
        "parts": PARTS,
        "state": {
            "session": session,
            "target": target,
            "moment": place.moment,
            "moment_seq": place.last,
            "blank": msgspec.to_builtins(Card(session=session)),
            "first": first,
            "last": last,
            "head": head,
            "card": card,
            "collected": collected,
        },
    }


async def _place(hub: Hub, session: str, *, query: dict[str, str], head: int) -> Place:
    if message := query.get("message"):
        line = await hub.journal.find(session, message)
        if line is None:
            return Place(lost=f"The message {message[:80]} of this link is not in this session, or not any more.")
        return Place(around=line.seq)
    if "t" in query:
        ms = _moment(query["t"])
        last = min(_number("seq", query["seq"]), head) if "seq" in query else None
        return Place(around=last or await hub.steps.moment(session, ms, head=head), moment=ms, last=last)
    numbers = {name: _number(name, query[name]) for name in ("seq", "before", "after") if name in query}
    if "all" in query:
        return Place(whole=True, after=numbers.get("after"))
    if "seq" in numbers and numbers["seq"] > head:
        return Place(lost=f"There is no event {numbers['seq']}: this session has {head}.")
    return Place(around=numbers.get("seq"), before=numbers.get("before"), after=numbers.get("after"))


def _number(name: str, text: str) -> int:
    if not _SEQ.fullmatch(text):
        raise Invalid(Flaw(name, f"expected the number of an event, got {text[:40]!r}"))
    return int(text)


def _moment(text: str) -> int:
    if not _SECONDS.fullmatch(text):
        raise Invalid(Flaw("t", f"expected seconds since the session began, as 83.5, got {text[:40]!r}"))
    return round(float(text) * 1000)


async def _beside(hub: Hub, session: str, lines: Sequence[Line], *, head: int) -> list[dict[str, Any]]:
    """What was collected, noted and corrected outside the page's own events, in order of seq."""
    found: list[dict[str, Any]] = []
    for start, end in ((0, lines[0].seq - 1), (lines[-1].seq, head)):
        for after in range(start, end, SCAN):
            read = await hub.journal.read(session, after=after, limit=min(SCAN, end - after))
            found += [_json.decode(line.json) for line in read if _BESIDE.match(line.json)]
    return found


def grouped(shown: Sequence[dict[str, Any]], *, beside: Sequence[dict[str, Any]] = ()) -> list[Item]:
    """Events in order, each decision beneath its message where that is shown, each mark also at what it is about."""
    items = {event["seq"]: Item(event) for event in shown}
    by_id = {event["id"]: event["seq"] for event in shown if event["type"] == "message"}
    for event in shown:
        message = by_id.get(event["message"]) if event["type"] == "decision" else None
        if message is not None:
            items[message].under.append(event)
            del items[event["seq"]]
    for event in sorted([*beside, *shown], key=lambda e: int(e["seq"])):
        if event["type"] in MARKS and event.get("about") in items:
            items[event["about"]].marks.append(event)
    return list(items.values())


def collection(told: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Field -> {value, seq} of what was collected, the newest value of each."""
    collected = {}
    for event in sorted(told, key=lambda e: int(e["seq"])):
        if event["type"] == "data.collected":
            collected[event["field"]] = {"value": event["value"], "seq": event["seq"]}
    return collected


def panel(card: dict[str, Any], collected: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The card as the side panel reads it; `shown` in web/static/js/session/card.js is its twin."""
    path = [
        {"name": name, "state": "here" if name == card["block"] else "left" if name in card["exited"] else "reached"}
        for name in card["blocks"]
    ]
    known = [{"field": name, **value} for name, value in collected.items()]
    return card | {"path": path, "collected": known}


def blanks() -> list[tuple[str, Blank]]:
    """Every kind of event, as the browser's templates are made of it."""
    kinds = sorted((events.CHANNEL_TYPES | events.HUB_TYPES) - {"message"})
    made = [(kind, Blank(fixed={"type": kind})) for kind in kinds]
    return made + [(f"message.{role}", Blank(fixed={"type": "message", "role": role})) for role in ROLES]
