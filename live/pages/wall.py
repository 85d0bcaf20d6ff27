"""The wall: every session that matches as a tile, totals, who needs eyes, and a sign that says how fresh it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from live import filters
from live.auth import REVIEWERS, Who
from live.errors import Flaw, Invalid, StoreAway
from live.hub.views import harmless
from live.pages import kiosk, sessions, shelf
from live.pages.asked import Asked, asked, is_one
from live.pages.screen import DENSITIES, OWN, TOTALS, Screen, screen
from live.pages.site import Site, redirect
from live.saved import Shown
from live.storage.people import KIOSK

TILES = 200
MOST = 1_000
SORT = "attention"
FIRST = f"/wall?status=open&sort={SORT}"  # where nothing is asked: what is going on, who needs help first
SHOWING = ("kiosk", "theme", "density", "rotate", "sound", "name", "limit", "warn.", "alarm.")  # how, not what


@dataclass(frozen=True, slots=True)
class Stop:
    """One list that the wall shows, or the only one: what its address asks for, and the saved view that it is."""

    wanted: Asked
    screen: Screen
    view: Shown | None

    @property
    def name(self) -> str:
        """What stands above it; empty where nobody has named it."""
        return self.screen.name or (self.view.name if self.view else "")

    @property
    def told(self) -> dict[str, Any]:
        """As the page hands it to its script."""
        wanted, limits = self.wanted, self.screen.told
        listed = {"filter": wanted.text, "sort": wanted.sort, "limit": wanted.limit}
        return {"name": self.name, **listed, "density": self.screen.density, "limits": limits}


def routes(site: Site) -> list[Route]:
    """`/wall`."""

    async def page(request: Request) -> Response:
        if (entered := await kiosk.entered(site, request)) is not None:
            return entered
        who = await site.looking(request)
        if isinstance(who, Response):
            return who
        if who.role == KIOSK and request.query_params.get("kiosk") != "true":
            return redirect(f"/wall?{request.url.query}&kiosk=true".replace("?&", "?"))
        if not request.url.query:
            return redirect(await shelf.first(site, who, page="wall") or FIRST)
        if all(is_one(name, SHOWING) for name in request.query_params):
            return redirect(f"{FIRST}&{request.url.query}")
        if (joined := _joined(request.url.query)) is not None:
            return redirect(f"/wall?{joined}")
        wanted = sessions.read(site, request, sort=SORT, limit=TILES, most=MOST, own=OWN)
        if wanted.untidy:
            return redirect(f"/wall?{wanted.query() or f'sort={SORT}'}")
        seen_on = screen(wanted.own)
        views = await _views(site, who)
        stops, lost = _stops(site, wanted, seen_on, views, masked=who.masked)
        first = stops[0]
        # A kiosk gets its cards from its socket alone, which masks them.
        found = sessions.Found() if seen_on.kiosk else await sessions.find(site, first.wanted)
        flaws = (*wanted.flaws, *seen_on.flaws, *found.flaws, *(_betrayed(first.wanted) if who.masked else ()))
        return await site.page(
            request,
            "wall.html",
            code=400 if flaws else 200,
            flaws=flaws,
            screen=seen_on,
            stops=[stop.told for stop in stops],
            first=first,
            density=first.screen.begun(min(found.counts.matching, first.wanted.limit)),
            lost=lost,
            gone=first.view if first.view is not None and first.view.gone else None,
            without=wanted.query(sane=True, own={flaw.path: "" for flaw in seen_on.flaws}),
            views=views,
            densities=DENSITIES,
            names=TOTALS,
            may_act=who.role in REVIEWERS,
            **{**sessions.values(site, wanted, found), "who": None if seen_on.kiosk else who},
        )

    return [Route("/wall", page)]


async def _views(site: Site, who: Who) -> list[Shown]:
    """The saved walls; none while the store is away."""
    try:
        return [view for view in await site.views.of(who) if view.page == "wall"]
    except StoreAway:
        return []


def _stops(
    site: Site, wanted: Asked, own: Screen, views: Sequence[Shown], *, masked: bool
) -> tuple[list[Stop], list[str]]:
    """What the wall shows in turn, and in words what it cannot show of what was asked.

    The address's own list comes first, unless it names nothing but views; its density and limits hold for those
    that have none of their own.
    """
    known = {view.id: view for view in views}
    lost: list[str] = []
    stops: list[Stop] = []
    handed = {k: v for k, v in wanted.own.items() if k == "density" or k.startswith(("warn.", "alarm."))}
    for ident in own.views:
        view = known.get(ident)
        if view is None:
            lost.append(f"The saved view {ident[:40]} is gone, or no longer shared.")
            continue
        kinds = site.hub.sources.kinds()
        read = asked(view.query, kinds=kinds, sort=SORT, limit=TILES, most=MOST, own=OWN)
        if read.filter is None:
            gone = "; ".join(f"{flaw.path}: {flaw.message.partition(';')[0]}" for flaw in read.flaws)
            lost.append(f"The saved view {view.name} asks for what is gone ({gone}).")
            continue
        if masked and (hidden := _betrayed(read)):
            told = ", ".join(flaw.path for flaw in hidden)
            lost.append(f"The saved view {view.name} is left out: it filters by {told}, which this wall masks.")
            continue
        stops.append(Stop(read, screen({**handed, **read.own}), view))
    here = known.get(wanted.own.get("view", ""))
    if "view" in wanted.own and here is None:
        lost.append("The saved view of this address is gone, or no longer shared. What it asked for is still here.")
    if wanted.wishes or not stops:
        stops.insert(0, Stop(wanted, own, here))
    return stops, lost


def _betrayed(wanted: Asked) -> tuple[Flaw, ...]:
    """What of the filter would tell what a masked wall hides: the socket refuses it, the page says so at once."""
    try:
        harmless(wanted.filter or filters.parse(""))
    except Invalid as error:
        return error.flaws
    return ()


def _joined(query: str) -> str | None:
    """The address with its `views` in one, where a form has sent several; None where it is so already."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=600)
    except ValueError:
        return None  # the page itself tells what is wrong
    chosen = [value for name, value in pairs if name == "views"]
    if len(chosen) < 2:
        return None
    rest = [pair for pair in pairs if pair[0] != "views"]
    return urlencode([*rest, ("views", ",".join(value for value in chosen if value))], safe=",")
