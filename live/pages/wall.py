"""The wall: every session that matches as a tile, and a sign that says how fresh it is."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from live.pages import sessions
from live.pages.site import Site, redirect

TILES = 60
SORT = "attention"
FIRST = f"/wall?status=open&sort={SORT}"  # where nothing is asked: what is going on, who needs help first


def routes(site: Site) -> list[Route]:
    """`/wall`."""

    async def page(request: Request) -> Response:
        who = await site.signed_in(request)
        if isinstance(who, Response):
            return who
        if not request.url.query:
            return redirect(FIRST)
        wanted = sessions.read(site, request, sort=SORT, limit=TILES)
        if wanted.untidy:
            return redirect(f"/wall?{wanted.query() or f'sort={SORT}'}")
        found = await sessions.find(site, wanted)
        flaws = (*wanted.flaws, *found.flaws)
        values = sessions.values(site, wanted, found)
        return await site.page(request, "wall.html", code=400 if flaws else 200, who=who, flaws=flaws, **values)

    return [Route("/wall", page)]
