"""What the store holds, read straight from MongoDB, and what must be seen of it: every session folded anew."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import motor.motor_asyncio as motor
from pymongo.read_concern import ReadConcern

from live import cards, events, filters, order
from live.cards import Folded
from live.storage.cards import Cards, Stored
from live.storage.journal import ERASED, key_of
from live.storage.mongo import Document

NAMED = 5  # of many alike that are wrong, so many are named
TIMEOUT = 10_000  # milliseconds for any question


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a viewer who comes now must see: session -> rev in the order asked for, the counts, the digest."""

    shown: dict[str, int]
    counts: dict[str, int]

    @property
    def digest(self) -> str:
        """The proof in a beat."""
        return digest(self.shown)


@dataclass(slots=True)
class Truth:
    """The event log at one moment."""

    seqs: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))  # by session, in order
    keys: dict[str, int] = field(default_factory=dict)  # `_id` -> seq
    idents: Counter[tuple[str, str]] = field(default_factory=Counter)  # (session, id as the event itself has it)
    folded: dict[str, Folded] = field(default_factory=dict)
    stored: Mapping[str, Stored] = field(default_factory=dict)  # the cards in the store
    size: int = 0

    @property
    def events(self) -> int:
        """How many."""
        return len(self.keys)

    def holes(self) -> list[str]:
        """Sessions whose seqs are not 1 … n, and event ids that are there twice."""
        found = [
            f"{session}: its seqs are not 1 … {len(seqs)}: {_first_odd(seqs)}"
            for session, seqs in self.seqs.items()
            if seqs != list(range(1, len(seqs) + 1))
        ]
        twice = [
            f"{session}: event {ident!r} is there {n} times" for (session, ident), n in self.idents.items() if n > 1
        ]
        return [*found[:NAMED], *twice[:NAMED]]

    def lost(self, acknowledged: Mapping[tuple[str, str], int]) -> list[str]:
        """Acknowledged events that are not there, or elsewhere than was said."""
        found = []
        for (session, ident), seq in acknowledged.items():
            there = self.keys.get(key_of(session, ident))
            if there is None:
                found.append(f"{session}: event {ident!r} was acknowledged as seq {seq} and is LOST")
            elif there != seq:
                found.append(f"{session}: event {ident!r} was acknowledged as seq {seq} and is seq {there}")
        return found

    def wrong_cards(self) -> list[str]:
        """Stored cards that are not the fold of their events, are missing, or are of no event."""
        found = []
        for session, folded in self.folded.items():
            there = self.stored.get(session)
            if there is None:
                found.append(f"{session}: has {folded.card.rev} events and no stored card")
            elif there.folded != folded:
                rev = there.folded.card.rev
                found.append(f"{session}: its stored card (rev {rev}) is not the fold of its {folded.card.rev} events")
        found += [f"{session}: its stored card is of no event" for session in self.stored.keys() - self.folded.keys()]
        return found[:NAMED]

    def fresh(self, query: str, *, sort: str, limit: int) -> Fresh:
        """What a list with this filter must show."""
        wanted = filters.parse(query)
        found = [one for one in self.folded.values() if wanted.matches(filters.facts(one))]
        found.sort(key=lambda one: (order.sort_key(sort, one.card), one.card.session))
        statuses = Counter(one.card.status for one in found)
        counts = {status: statuses[status] for status in ("active", "inactive", "closed")}
        counts["negative"] = sum(one.card.sentiment.label == "negative" for one in found)
        return Fresh({one.card.session: one.card.rev for one in found[:limit]}, {**counts, "matching": len(found)})


class Store:
    """A reader of its own, which shares nothing with a hub. Use as an async context manager."""

    def __init__(self, url: str, database: str) -> None:
        self._client: motor.AsyncIOMotorClient[Document] = motor.AsyncIOMotorClient(
            url, tz_aware=True, timeoutMS=TIMEOUT, serverSelectionTimeoutMS=TIMEOUT
        )
        self._database = self._client.get_database(database, read_concern=ReadConcern("majority"))

    async def read(self, before: Truth | None = None) -> Truth:
        """Everything. `before`: what was read last; where no event has come since, the log is not read again."""
        log = self._database["events"]
        if before is not None and await log.count_documents({}) == before.size:
            found = before
        else:
            found = Truth()
            rows = await log.find({}, {"received": 0, "mark": 0}).sort([("session", 1), ("seq", 1)]).to_list(None)
            found.size = len(rows)
            for row in rows:
                if row["type"] != ERASED:
                    _take(found, row)
        stored = Cards(self._database)
        found.stored = await stored.load(await stored.sessions())
        return found

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._client.close()


def _take(found: Truth, row: Document) -> None:
    session, seq = row["session"], row["seq"]
    found.keys[row["_id"]] = seq
    found.seqs[session].append(seq)
    event = events.decode_stored(events.wire(seq, row["event"]))
    found.idents[session, event.id] += 1
    folded = found.folded.get(session) or cards.empty(session)
    if seq == folded.card.rev + 1:  # where there is a hole, `holes` says so
        found.folded[session] = cards.fold(folded, event)


def digest(shown: Mapping[str, int]) -> str:
    """SHA-256 (hex) over one line `<session> <rev>` a card, sorted by session id."""
    lines = "".join(f"{session} {rev}\n" for session, rev in sorted(shown.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def _first_odd(seqs: list[int]) -> str:
    n = next(n for n, seq in enumerate(seqs) if seq != n + 1)
    return f"{seqs[n]} stands where {n + 1} should"
