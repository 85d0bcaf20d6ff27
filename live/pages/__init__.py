"""HTML: sign-in, the list, the wall, one session. The server makes each page whole; the browser goes on from there."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from live.auth import Auth
from live.errors import LiveError
from live.hub.hub import Hub
from live.pages import preview, session, sessions, signing, site, wall
from live.saved import SavedViews
from live.settings import Settings

__all__ = ["failure", "routes"]


def routes(*, hub: Hub, auth: Auth, views: SavedViews, settings: Settings, web: Path) -> list[BaseRoute]:
    """All pages and their files; `web` holds templates/ and static/."""
    made = site.Site(hub=hub, auth=auth, views=views, settings=settings, web=web)
    parts = (signing, sessions, preview, wall, session)
    return [made.files(), *(route for part in parts for route in part.routes(made))]


async def failure(request: Request, status: int, message: str, *, auth: Auth) -> Response:
    """What went wrong, as a page in the site's frame. `message` is a sentence for a person, or empty."""
    try:
        who = await auth.who(request)
    except LiveError:
        who = None
    title, advice = site.sorry(status)
    values = {"who": who, "status": status, "title": title, "advice": advice, "message": message}
    return await site.of(request).page(request, "failure.html", code=status, **values)
