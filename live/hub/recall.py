"""A session as the store has it: the stored card, and the events that it lacks folded in."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from live import cards, events
from live.cards import Folded
from live.storage.cards import Cards
from live.storage.journal import Journal

PAGE = 1_000  # events read at once


@dataclass(frozen=True, slots=True)
class Recalled:
    """`stored`: the card in the store, written at `saved` (rev 0: there is none); `folded`: the session as it is."""

    stored: Folded
    folded: Folded
    saved: datetime | None = None


class Recall:
    """Reads sessions back. Raises StoreAway."""

    def __init__(self, journal: Journal, stored: Cards) -> None:
        self._journal, self._cards = journal, stored

    async def sessions(self, wanted: Collection[str]) -> dict[str, Recalled]:
        """Those of the wanted that have an event."""
        if not wanted:
            return {}
        stored = await self._cards.load(list(wanted))
        heads = await self._journal.heads(wanted)
        found: dict[str, Recalled] = {}
        for session, head in heads.items():
            before, saved = stored.get(session, (cards.empty(session), None))
            if before.card.rev > head:  # erased and begun anew; the card is of the one before
                before, saved = cards.empty(session), None
            behind = head > before.card.rev
            found[session] = Recalled(before, await self.onward(before) if behind else before, saved)
        return found

    async def lagging(self, known: Sequence[Folded]) -> list[Recalled]:
        """Of these stored cards, those that lack events, with them."""
        heads = await self._journal.heads([folded.card.session for folded in known])
        behind = [folded for folded in known if heads.get(folded.card.session, 0) > folded.card.rev]
        return [Recalled(folded, await self.onward(folded)) for folded in behind]

    async def onward(self, folded: Folded) -> Folded:
        """The session with all events after its card's rev folded in."""
        while True:
            lines = await self._journal.read(folded.card.session, after=folded.card.rev, limit=PAGE)
            for line in lines:
                folded = cards.fold(folded, events.decode_stored(line.json))
            if len(lines) < PAGE:
                return folded
