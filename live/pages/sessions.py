"""The list of sessions: the first cards from the server, live from there; the filter bar with its counts."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from live import filters, order
from live.auth import REVIEWERS
from live.errors import Flaw, Invalid, StoreAway
from live.hub.search import Counts, Page
from live.pages import expression, look, shelf
from live.pages.asked import PASSING, Asked, asked
from live.pages.filterbar import bar
from live.pages.glance import glance
from live.pages.site import Site, redirect
from live.pages.slots import Blank, seen

ROWS = 200  # cards that are kept live; further ones are read by cursor
FIRST = 40  # cards in the page itself: one screen of compact rows; where more are asked for, the socket brings them
OWN = (*look.NAMES, "selected", "view", "expression")
SORT = "recent"
SORTS: Mapping[str, str] = {
    "recent": "last active",
    "started": "newest",
    "attention": "needs attention",
    "waiting": "longest waiting",
    "duration": "longest",
    "messages": "most messages",
    "sentiment": "most negative",
}

_card = msgspec.json.Decoder(dict[str, Any])


_NONE, _ZERO = Page([], None, 0), Counts()


@dataclass(frozen=True, slots=True)
class Found:
    """What the hub answers to a page's wishes; `away` where it could not ask its store.

    `goals` counts the goals of all sessions, whatever is asked for: one that nobody there has met can be refused.
    """

    page: Page = _NONE
    counts: Counts = _ZERO
    facets: dict[str, dict[str, int]] = field(default_factory=dict)
    goals: dict[str, int] = field(default_factory=dict)
    flaws: tuple[Flaw, ...] = ()
    away: bool = False


def routes(site: Site) -> list[Route]:
    """`/sessions`, and its filter bar alone, for the counts to be fresh."""

    async def page(request: Request) -> Response:
        who = await site.signed_in(request)
        if isinstance(who, Response):
            return who
        if not request.url.query:
            if (to := await shelf.first(site, who, page="sessions")) is not None:
                return redirect(to)
            if usual := look.remembered(request.cookies.get(look.COOKIE)):
                return redirect(f"/sessions?{usual}")
        wanted = read(site, request, sort=SORT, limit=ROWS, own=OWN)
        if (written := wanted.own.get("expression")) is not None:
            if not (misread := expression.flaws(written)):
                own = wanted.query(free=True, own={"expression": ""})
                return redirect(f"/sessions?{expression.query(written)}&{own}".rstrip("?&"))
            further = {name: value for name, value in wanted.own.items() if name != "expression"}
            wanted = replace(wanted, filter=None, flaws=(*misread, *wanted.flaws), own=further)
        elif wanted.untidy:
            passing = {name: wanted.own.get(name, "") for name in PASSING}
            return redirect(f"/sessions?{wanted.query(cursor=wanted.cursor, own=passing)}".rstrip("?"))
        seen_as = look.look(wanted.own)
        found = await find(site, wanted)
        # where these are, there is nothing to show; a wrong look is told, and the usual holds
        flawed = (*wanted.flaws, *found.flaws)
        flaws = (*flawed, *seen_as.flaws)
        shown = values(site, wanted, found)
        return await site.page(
            request,
            "sessions.html",
            code=400 if flaws else 200,
            who=who,
            flaws=flaws,
            flawed=bool(flawed),
            look=seen_as,
            expression=written or expression.text(wanted),
            may_act=who.role in REVIEWERS,
            shelf=await shelf.shelf(site, who, wanted, page="sessions", own=OWN),
            without=wanted.query(sane=True, own={flaw.path: "" for flaw in seen_as.flaws}),
            **shown,
        )

    async def filter_bar(request: Request) -> Response:
        await site.auth.who(request)
        wanted = read(site, request, sort=SORT, limit=ROWS, own=OWN)
        found = await find(site, wanted, cards=False)
        return await site.page(request, "filters.html", flaws=wanted.flaws, **values(site, wanted, found))

    return [Route("/sessions", page), Route("/sessions/filters", filter_bar)]


def read(site: Site, request: Request, *, sort: str, limit: int, most: int = 1_000, own: Iterable[str] = ()) -> Asked:
    """What the address asks for; `own` names the page's further parameters."""
    return asked(request.url.query, kinds=site.hub.sources.kinds(), sort=sort, limit=limit, most=most, own=own)


async def find(site: Site, wanted: Asked, *, cards: bool = True) -> Found:
    """Ask the hub; a store that is away leaves the page empty, to be filled when it is back."""
    search = site.hub.search
    try:
        if wanted.filter is None:  # nothing is shown, but the bar still offers what there is
            return Found(facets=await search.facets(filters.parse("")))
        page = _NONE
        if cards:
            page = await search.page(
                wanted.filter, sort=wanted.sort, limit=min(wanted.limit, FIRST), cursor=wanted.cursor
            )
        goals = (await search.facets(filters.parse(""), ("goal",)))["goal"]
        return Found(page, await search.counts(wanted.filter), await search.facets(wanted.filter), goals)
    except Invalid as error:
        return Found(flaws=error.flaws)
    except StoreAway:
        return Found(away=True)


def _unheard(wanted: Asked, kinds: Mapping[str, frozenset[str]]) -> list[str]:
    """Channels that are asked for and that nobody has a key for: what looks quiet may be mistyped."""
    known = frozenset().union(*kinds.values())
    names = [wish.text for wish in wanted.of("channel") if not wish.negated and ":" not in wish.text]
    return [name for name in names if name not in known]


def values(site: Site, wanted: Asked, found: Found) -> dict[str, Any]:
    """What the templates of lists and walls have in common."""
    now = time.time_ns() // 1_000_000
    return {
        "asked": wanted,
        "bar": bar(wanted, found.facets, kinds=site.hub.sources.kinds(), goals=found.goals),
        "cards": [seen(glance(_card.decode(text), now=now)) for text in found.page.cards],
        "blank": Blank(),
        "counts": found.counts,
        "following": found.page.next,
        "away": found.away,
        "unheard": _unheard(wanted, site.hub.sources.kinds()),
        "sorts": [(sort, SORTS.get(sort, sort)) for sort in order.SORTS],
    }
