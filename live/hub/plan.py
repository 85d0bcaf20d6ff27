"""One attempt to write: the items in order, each with the seq it would have, and what time owed their sessions before.

Pure but for the items it makes: nothing is written here. A plan is made anew for every attempt.
"""

from collections.abc import Callable, Iterable

from live import cards, events
from live.cards import Folded
from live.hub import intake, presence
from live.hub.intake import Item
from live.hub.presence import Times
from live.storage import journal


class Plan:
    """Filled by `add`. `state` gives a session as far as it is known; `adopt` hears of items that are made here."""

    def __init__(self, *, state: Callable[[str], Folded], times: Times, adopt: Callable[[Item], None]) -> None:
        self.items: list[Item] = []
        self.documents: list[dict[str, object]] = []
        self.overtaken: list[Item] = []  # what only time would have done, and something else came first
        self._state, self._times, self._adopt = state, times, adopt
        self._heads: dict[str, int] = {}
        self._keys: set[str] = set()
        self._silent: set[str] = set()

    def add(self, item: Item) -> None:
        """Give it its seq. One that repeats another of the same plan gets none: it waits for that one's fate."""
        session = item.session
        folded = self._state(session)
        if session not in self._heads:
            self._heads[session] = folded.card.rev
            if folded.card.status == "inactive":
                self._silent.add(session)
            for owed in self._owed_before(item, folded):
                owed.expect = self._heads[session]
                self._silent.add(session)
                self._place(owed)
        if item.key in self._keys:
            item.attempted = 0
            self.items.append(item)
        elif item.expect is not None and item.expect != self._heads[session]:
            self.overtaken.append(item)
        elif item.kind in events.HUB_TYPES and item.expect is None and not self._heads[session]:
            self.overtaken.append(item)  # a reviewer's act: the session was erased meanwhile, and acts begin none
        else:
            self._place(item)
            if session in self._silent and cards.is_activity(item.event):
                self._silent.discard(session)
                self._place(self._resumed_by(item, folded))

    def _owed_before(self, item: Item, folded: Folded) -> Iterable[Item]:
        """What time owed the session before this item came (no hub was up, or not quick enough)."""
        if item.expect is not None or item.attempted or folded.card.rev == 0:
            return
        now = round(item.received.timestamp() * 1000)
        for event in self._times.owed(folded, now):
            owed = intake.own(event, now=item.received)
            self._adopt(owed)
            yield owed

    def _resumed_by(self, item: Item, folded: Folded) -> Item:
        after = intake.own(presence.resumed(folded, events.stamp(item.received)), now=item.received)
        after.trigger = item
        self._adopt(after)
        return after

    def _place(self, item: Item) -> None:
        self._heads[item.session] += 1
        item.attempted = self._heads[item.session]
        self._keys.add(item.key)
        self.items.append(item)
        self.documents.append(
            journal.document(
                session=item.session, ident=item.ident, seq=item.attempted, kind=item.kind,
                received=item.received, mark=item.mark, body=item.body,
            )
        )  # fmt: skip
