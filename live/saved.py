"""Saved views over HTTP: what a list or wall asks for, under a name, for oneself or for all."""

import asyncio
from collections.abc import Callable, Mapping
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from live import edge, filters, frames, order
from live.auth import REVIEWERS, Auth, Who
from live.errors import Flaw, Forbidden, Invalid, NotFound, Unauthorized
from live.storage.people import KIOSK, folded
from live.storage.saved import Saved, View

LIST = ("sort", "limit", "cursor", "view")
OWN: Mapping[str, tuple[str, ...]] = {  # what an address holds besides the filter; a dot: all that begin so
    "sessions": (*LIST, "layout", "columns", "density", "selected", "expression"),
    "wall": (*LIST, "kiosk", "name", "theme", "density", "rotate", "views", "sound", "warn.", "alarm."),
}
PASSING = ("view", "cursor", "selected", "expression", "token")  # of one visit: a saved view begins afresh


class NewView(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /api/v1/views`."""

    name: str
    page: str
    query: str
    shared: bool = False


class Change(msgspec.Struct, forbid_unknown_fields=True):
    """`PATCH /api/v1/views/{id}`: what is given changes."""

    name: str | None = None
    query: str | None = None
    shared: bool | None = None


class Shown(msgspec.Struct, kw_only=True):
    """A saved view as one person sees it. `gone`: sentences about what of the query is no longer understood."""

    id: str
    name: str
    page: str
    query: str
    shared: bool
    owner: str
    mine: bool
    default: bool
    gone: list[str]


class SavedViews:
    """The routes; `of` is for the pages, too. `kinds` names the channels of each kind."""

    def __init__(self, *, saved: Saved, auth: Auth, kinds: Callable[[], dict[str, frozenset[str]]]) -> None:
        self._saved, self._auth, self._kinds = saved, auth, kinds

    def routes(self) -> list[Route]:
        """Every route."""
        one = "/api/v1/views/{id}"
        return [
            Route("/api/v1/views", self.views, methods=["GET"]),
            Route("/api/v1/views", self.add, methods=["POST"]),
            Route(one, self.change, methods=["PATCH"]),
            Route(one, self.remove, methods=["DELETE"]),
            Route(f"{one}/default", self.set_default, methods=["PUT"]),
            Route(f"{one}/default", self.unset_default, methods=["DELETE"]),
            Route("/views/{id}", self.open),
        ]

    async def of(self, who: Who) -> list[Shown]:
        """Their own and the shared ones, by name; to a kiosk the shared walls alone. Raises StoreAway."""
        owner = owner_of(who)
        defaults = await self._saved.defaults(owner)
        shown = []
        for view in await self._saved.of(owner):
            if who.role == KIOSK and not (view.shared and view.page == "wall"):
                continue
            shown.append(self._shown(view, who, defaults=defaults))
            await asyncio.sleep(0)  # a millisecond where twenty fields are gone, each with what may have been meant
        return shown

    async def seen(self, ident: str, who: Who) -> View:
        """The view, if it is theirs or shared. Raises NotFound: that it exists is not told either."""
        view = await self._saved.find(ident)
        if view is None or not (view.shared or view.owner == owner_of(who)):
            raise NotFound("saved view", ident[:80])
        return view

    # routes ---------------------------------------------------------------------------------------------------------

    async def views(self, request: Request) -> Response:
        """`GET /api/v1/views`. The one answer here that a kiosk may have, too."""
        who = await self._auth.onlooker(request)
        return edge.json(frames.text({"views": await self.of(who)}))

    async def add(self, request: Request) -> Response:
        """`POST /api/v1/views`."""
        who = await edge.actor(request, self._auth, reviews=False)
        new = await edge.form(request, NewView)
        _may_share(who, shared=new.shared)
        view = await self._saved.add(
            name=new.name,
            page=new.page,
            query=_lasting(new.query),
            shared=new.shared,
            owner=owner_of(who),
            signed=who.name,
        )
        return edge.json(frames.text(self._shown(view, who)), 201)

    async def change(self, request: Request) -> Response:
        """`PATCH /api/v1/views/{id}`: by its owner or an admin."""
        who, view = await self._owned(request)
        wish = await edge.form(request, Change)
        _may_share(who, shared=view.shared if wish.shared is None else wish.shared)
        query = None if wish.query is None else _lasting(wish.query)
        changed = await self._saved.change(view.id, name=wish.name, query=query, shared=wish.shared)
        return edge.json(
            frames.text(self._shown(changed, who, defaults=await self._saved.defaults(owner_of(who)))),
        )

    async def remove(self, request: Request) -> Response:
        """`DELETE /api/v1/views/{id}`: by its owner or an admin."""
        _, view = await self._owned(request)
        await self._saved.remove(view.id)
        return edge.done()

    async def set_default(self, request: Request) -> Response:
        """`PUT /api/v1/views/{id}/default`: one begins with it on its page."""
        who = await edge.actor(request, self._auth, reviews=False)
        await self._saved.set_default(owner_of(who), view=await self.seen(request.path_params["id"], who))
        return edge.done()

    async def unset_default(self, request: Request) -> Response:
        """`DELETE /api/v1/views/{id}/default`."""
        who = await edge.actor(request, self._auth, reviews=False)
        await self._saved.unset_default(owner_of(who), view=await self.seen(request.path_params["id"], who))
        return edge.done()

    async def open(self, request: Request) -> Response:
        """`GET /views/{id}`: its page as it was saved; who is not signed in does that first, and comes back."""
        ident = request.path_params["id"]
        try:
            view = await self.seen(ident, await self._auth.who(request))
        except Unauthorized:
            to = f"/signin?next={quote(request.url.path, safe='')}"
        else:
            to = f"/{view.page}?{'&'.join(part for part in (view.query, f'view={view.id}') if part)}"
        return RedirectResponse(to, 303, {"Cache-Control": "no-store"})

    # ----------------------------------------------------------------------------------------------------------------

    async def _owned(self, request: Request) -> tuple[Who, View]:
        who = await edge.actor(request, self._auth, reviews=False)
        view = await self.seen(request.path_params["id"], who)
        if view.owner != owner_of(who) and who.role != "admin":
            raise Forbidden(f"this view is {view.signed}'s: changing it takes its owner or an admin")
        return who, view

    def _shown(self, view: View, who: Who, *, defaults: Mapping[str, str] | None = None) -> Shown:
        return Shown(
            id=view.id,
            name=view.name,
            page=view.page,
            query=view.query,
            shared=view.shared,
            owner=view.signed,
            mine=view.owner == owner_of(who),
            default=(defaults or {}).get(view.page) == view.id,
            gone=gone(view.query, page=view.page, kinds=self._kinds()),
        )


def owner_of(who: Who) -> str:
    """Whose views they are: an account's, or those of the API tokens of one name. No account's name holds a space."""
    if who.role == KIOSK:
        return f"kiosk {who.name}"
    return folded(who.name) if who.via == "cookie" else f"token {who.name}"


def gone(query: str, *, page: str, kinds: Mapping[str, frozenset[str]]) -> list[str]:
    """Sentences about what of a saved query is no longer understood; none where all is."""
    flaws: list[Flaw] = []
    rest: list[str] = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name == "sort":
            try:
                order.check(value or order.SORTS[0])
            except Invalid as error:
                flaws += error.flaws
        elif value and not _is_own(name, page):
            rest.append(part)
    try:
        filters.parse("&".join(rest), kinds=kinds)
    except Invalid as error:
        flaws += error.flaws
    return [str(Invalid(flaw)) for flaw in flaws]


def _is_own(name: str, page: str) -> bool:
    return any(name.startswith(own) if own.endswith(".") else name == own for own in OWN.get(page, LIST))


def _lasting(query: str) -> str:
    """The query without what belongs to one visit, a token above all."""
    parts = query.removeprefix("?").split("&")
    return "&".join(part for part in parts if part and part.partition("=")[0] not in PASSING)


def _may_share(who: Who, *, shared: bool) -> None:
    if shared and who.role not in REVIEWERS:
        raise Forbidden(f"{who.name} may save views, but sharing one takes the role reviewer or admin")
