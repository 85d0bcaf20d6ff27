"""Conversations on their way out as files: read bit by bit, written by live/exports.py."""

from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial

import msgspec

from live import events, exports, frames
from live.cards import Card
from live.events import AnyEvent
from live.filters import Filter
from live.hub.hub import Hub
from live.hub.search import Page

PAGE = 200  # cards read at once
LINES = 1_000  # events
CORRECTED = '"sentiment.corrected"'  # in an event's JSON it is that type, or somebody said it: both may be decoded
ASKED = 1_000  # sessions that the store is asked for at once

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

    async def there(self, sessions: Sequence[str]) -> list[str]:
        """Those of the sessions that exist, in the same order."""
        found: set[str] = set()
        for start in range(0, len(sessions), ASKED):
            asked = sessions[start : start + ASKED]
            here = {session for session in asked if self._hub.board.get(session) is not None}
            found |= here
            if rest := [session for session in asked if session not in here]:
                found |= (await self._hub.journal.heads(rest)).keys()
        return [session for session in sessions if session in found]

    async def chosen(self, sessions: Sequence[str]) -> AsyncIterator[Page]:
        """The cards of sessions that exist, page by page in the same order; one empty page of none."""
        for start in range(0, max(1, len(sessions)), PAGE):
            asked = sessions[start : start + PAGE]
            here = {session: entry.json for session in asked if (entry := self._hub.board.get(session)) is not None}
            rest = await self._hub.recall.sessions([session for session in asked if session not in here])
            here |= {session: frames.text(recalled.folded.card) for session, recalled in rest.items()}
            yield Page([here[session] for session in asked if session in here], None, len(sessions))

    async def session(self, card: Card, form: str) -> AsyncIterator[str]:
        """One conversation, as `jsonl`, `md` or `csv`."""
        write: Callable[[AnyEvent], str] = exports.csv_line
        if form == "md":
            yield exports.markdown_head(card)
            later = [text async for text in self._lines(card.session) if CORRECTED in text]
            corrected = exports.corrections(map(events.decode_stored, later))
            write = partial(exports.markdown_line, corrected=corrected)
        elif form == "csv":
            yield exports.csv_head()
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
        while True:
            lines = await self._hub.journal.read(session, after=after, limit=LINES)
            for line in lines:
                yield f"{line.json}\n"
            if len(lines) < LINES:
                return  # asking once more would double the time of an export of short sessions
            after = lines[-1].seq
