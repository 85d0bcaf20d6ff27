"""The saved views as a page shows them: the tabs above the list, the one in force, and what of it has changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from live.auth import Who
from live.errors import StoreAway
from live.pages.asked import Asked, asked
from live.pages.site import Site
from live.saved import Shown


@dataclass(frozen=True, slots=True)
class Tab:
    """One saved view; `filter` is what its live count is asked with, empty with `gone` ones too."""

    view: Shown
    filter: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """`view` is the one in force, `changed` since it was saved; `lost` where the address names one that is gone."""

    tabs: Sequence[Tab] = ()
    view: Shown | None = None
    changed: bool = False
    lost: bool = False


async def shelf(site: Site, who: Who, wanted: Asked, *, page: str, own: Sequence[str]) -> Shelf:
    """For a page; none while the store is away."""
    try:
        views = [view for view in await site.views.of(who) if view.page == page]
    except StoreAway:
        return Shelf()
    sort, limit = wanted.defaults

    def read(view: Shown) -> Asked:
        return asked(view.query, kinds=site.hub.sources.kinds(), sort=sort, limit=limit, most=1_000, own=own)

    named = wanted.own.get("view")
    here = next((view for view in views if view.id == named), None)
    changed = here is not None and read(here).query() != wanted.query(own={"view": ""})
    tabs = [Tab(view, "" if view.gone else read(view).text) for view in views]
    return Shelf(tabs, here, changed, lost=bool(named) and here is None)


async def first(site: Site, who: Who, *, page: str) -> str | None:
    """Where somebody begins on a page: the path of their default view, if they have one."""
    try:
        chosen = next((view for view in await site.views.of(who) if view.page == page and view.default), None)
    except StoreAway:
        return None
    return None if chosen is None else f"/views/{chosen.id}"
