"""What a session is about, beside the list: the last messages and why it needs somebody, as a piece of a page."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from live.errors import NotFound
from live.hub.hub import Hub
from live.pages.formats import ident
from live.pages.site import Site
from live.pages.slots import seen
from live.words import visible

SHOWN = 6  # messages
SCAN = 60  # events looked through for them, from the end

_json = msgspec.json.Decoder(dict[str, Any])


def routes(site: Site) -> list[Route]:
    """`/preview/{id}`; an id may hold a slash."""

    async def page(request: Request) -> Response:
        await site.auth.who(request)
        values = await previewed(site.hub, request.path_params["session"])
        return await site.page(request, "preview.html", **values)

    return [Route("/preview/{session:path}", page)]


async def previewed(hub: Hub, session: str) -> dict[str, Any]:
    """What the template needs. Raises NotFound, StoreAway."""
    folded = await hub.folded(session)
    if folded is None:
        raise NotFound("session", session)
    head = folded.card.rev
    lines = await hub.journal.read(session, after=max(0, head - SCAN), limit=SCAN)
    told = [_json.decode(line.json) for line in lines if '"type":"message"' in line.json[:200]]
    said = [event for event in told if event["type"] == "message"]
    card = folded.card
    return {
        "card": seen(msgspec.to_builtins(card)),
        "title": card.name if visible(card.name) else card.session,
        "address": f"/sessions/{ident(session)}",
        "said": [seen(event) for event in said[-SHOWN:]],
        "before": lines[0].seq - 1 if lines and len(said) <= SHOWN else 0,
    }
