"""The list of sessions."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from live.pages.site import Site


def routes(site: Site) -> list[Route]:
    """`/sessions`."""

    async def page(request: Request) -> Response:
        who = await site.signed_in(request)
        if isinstance(who, Response):
            return who
        return await site.page(request, "sessions.html", who=who)

    return [Route("/sessions", page)]
