"""How the agent decided elsewhere: the decisions of other sessions in the same block of the journey."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec

from live import filters, frames
from live.filters.language import escaped
from live.hub.hub import Hub

LOOKED_AT = 20  # sessions: the newest that reached the block
SCAN = 50  # decisions of one session that are looked through: its newest
OF_EACH = 3  # of them, those that are shown

_read = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One decision, and whose session it was made in."""

    session: str
    name: str
    event: str  # as JSON text

    @property
    def text(self) -> str:
        """As JSON text."""
        return f'{{"session":{frames.text(self.session)},"name":{frames.text(self.name)},"event":{self.event}}}'


async def elsewhere(hub: Hub, block: str, *, but: str, limit: int) -> list[Elsewhere]:
    """Decisions in this block, of the newest sessions but one, the newest first. Raises Invalid, StoreAway."""
    wanted = filters.parse(f"block={quote(escaped(block))}", kinds=hub.sources.kinds())
    page = await hub.search.page(wanted, sort="recent", limit=LOOKED_AT)
    found: list[Elsewhere] = []
    for text in page.cards:
        card = _read.decode(text)
        if card["session"] == but or len(found) >= limit:
            continue
        lines = await hub.journal.latest(card["session"], "decision", limit=SCAN)
        made = [line.json for line in lines if _read.decode(line.json).get("block") == block]
        found += [Elsewhere(card["session"], card["name"], json) for json in made[:OF_EACH]]
    return found[:limit]
