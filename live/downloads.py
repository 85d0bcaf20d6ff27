"""Conversations on their way out as files: read bit by bit, written by live/exports.py."""

from collections.abc import AsyncIterator, Callable

import msgspec

from live import events, exports
from live.cards import Card
from live.events import AnyEvent
from live.filters import Filter
from live.hub.hub import Hub
from live.hub.search import Page

PAGE = 200  # cards read at once
LINES = 1_000  # events

_card = msgspec.json.Decoder(Card)


class Downloads:
    """Where the store is away on the way, StoreAway is raised, and the file breaks off."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def matching(self, wanted: Filter, *, limit: int = PAGE) -> AsyncIterator[Page]:
        """All that match, page by page, the newest session first."""
        cursor: str | None = None
        while True:
            page = await self._hub.search.page(wanted, sort="started", limit=limit, cursor=cursor)
            yield page
            cursor = page.next
            if cursor is None:
                return

    async def session(self, card: Card, form: str) -> AsyncIterator[str]:
        """One conversation, as `jsonl`, `md` or `csv`."""
        if form == "md":
            yield exports.markdown_head(card)
        elif form == "csv":
            yield exports.csv_head()
        write: Callable[[AnyEvent], str] = exports.markdown_line if form == "md" else exports.csv_line
        async for text in self._lines(card.session):
            yield text if form == "jsonl" else write(events.decode_stored(text))

    async def many(self, first: Page, rest: AsyncIterator[Page], form: str) -> AsyncIterator[str]:
        """Pages of cards -> as `jsonl` their events, as `csv` a line each.

        The first page was read before the answer began: a store that is away is an answer, not a broken file.
        """
        if form == "csv":
            yield exports.cards_csv_head()
        page: Page | None = first
        while page is not None:
            for text in page.cards:
                card = _card.decode(text)
                if form == "csv":
                    yield exports.cards_csv_line(card)
                else:
                    async for part in self._lines(card.session):
                        yield part
            page = await anext(rest, None)

    async def _lines(self, session: str) -> AsyncIterator[str]:
        after = 0
        while lines := await self._hub.journal.read(session, after=after, limit=LINES):
            for line in lines:
                yield f"{line.json}\n"
            after = lines[-1].seq
