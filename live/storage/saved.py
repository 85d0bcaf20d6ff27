"""Saved views: what a list or wall asked for, under a name.

    views     {_id: short random id, name, page, query, shared, owner, signed, made: Date, changed: Date}
    defaults  {_id: page and owner, view: its id}

`owner` is whose it is (live/saved.py says how); `signed` the name as they write it. A shared view whose owner is gone
stays. A default that leads to a view that is gone, or no longer shared, means nothing.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_urlsafe

from pymongo import ASCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError, PyMongoError

from live.errors import Flaw, Invalid, NotFound
from live.storage import mongo
from live.storage.mongo import Collection, Database, Document

PAGES = ("sessions", "wall")
MAX_VIEWS = 200  # of one person; a further one is refused
MAX_SHARED = 1_000  # of others that one list shows; further ones are found by their address alone
MAX_NAME = 80  # characters
MAX_QUERY = 4_000

_ID = re.compile(r"[\w-]{1,32}", re.ASCII)
_JOINERS = str.maketrans("", "", "\u200c\u200d")  # they print nothing, but Persian and many emoji need them


@dataclass(frozen=True, slots=True)
class View:
    """A saved view. `query` is that of the page's address."""

    id: str
    name: str
    page: str
    query: str
    shared: bool
    owner: str
    signed: str


class Saved:
    """Every method raises StoreAway."""

    def __init__(self, database: Database) -> None:
        self._views: Collection = database["views"]
        self._defaults: Collection = database["defaults"]

    async def ensure_indexes(self) -> None:
        """By owner; the shared ones."""
        with _store():
            await self._views.create_index([("owner", ASCENDING)], name="owner")
            await self._views.create_index(
                [("shared", ASCENDING)], name="shared", partialFilterExpression={"shared": True}
            )
            await self._defaults.create_index([("view", ASCENDING)], name="view")

    async def of(self, owner: str) -> list[View]:
        """Their own and the shared ones, by name."""
        with _store():
            own = [_view(row) async for row in self._views.find({"owner": owner}).limit(2 * MAX_VIEWS)]
            others = {"shared": True, "owner": {"$ne": owner}}
            shared = [_view(row) async for row in self._views.find(others).limit(MAX_SHARED)]
        return sorted([*own, *shared], key=lambda view: (view.name.casefold(), view.id))

    async def find(self, ident: str) -> View | None:
        """By its id, whosever it is."""
        if not _ID.fullmatch(ident):
            return None
        with _store():
            row = await self._views.find_one({"_id": ident})
        return None if row is None else _view(row)

    async def add(self, *, name: str, page: str, query: str, shared: bool, owner: str, signed: str) -> View:
        """A new view. Raises Invalid for a name, page or query that cannot be one, and where the owner has too many."""
        fields = _checked({"name": name, "page": page, "query": query})
        now = datetime.now(UTC)
        row = {**fields, "shared": shared, "owner": owner, "signed": signed, "made": now, "changed": now}
        with _store():
            # Two requests at the same moment may get past this together: it is against growth, not a promise.
            if await self._views.count_documents({"owner": owner}, limit=MAX_VIEWS) >= MAX_VIEWS:
                raise Invalid(Flaw("", f"you have {MAX_VIEWS} saved views, the most there can be: delete one first"))
            while True:
                try:
                    made = {"_id": token_urlsafe(6), **row}
                    await self._views.insert_one(made)
                    return _view(made)
                except DuplicateKeyError:
                    continue  # one of 2^48

    async def change(
        self, ident: str, *, name: str | None = None, query: str | None = None, shared: bool | None = None
    ) -> View:
        """Change what is given. Raises NotFound, and Invalid for a name or query that cannot be one."""
        given = {"name": name, "query": query}
        fields = _checked({key: value for key, value in given.items() if value is not None})
        if shared is not None:
            fields["shared"] = shared
        with _store():
            row = await self._views.find_one_and_update(
                {"_id": ident},
                {"$set": {**fields, "changed": datetime.now(UTC)}},
                return_document=ReturnDocument.AFTER,
            )
        if row is None:
            raise NotFound("saved view", ident)
        return _view(row)

    async def remove(self, ident: str) -> None:
        """It is gone, and nobody's default. One that is not there is no error."""
        with _store():
            await self._views.delete_one({"_id": ident})
            await self._defaults.delete_many({"view": ident})

    # with which one somebody begins --------------------------------------------------------------------------------

    async def defaults(self, owner: str) -> dict[str, str]:
        """Page -> the id of the view that they begin with."""
        keys = {_default(owner, page): page for page in PAGES}
        with _store():
            return {keys[row["_id"]]: row["view"] async for row in self._defaults.find({"_id": {"$in": list(keys)}})}

    async def set_default(self, owner: str, *, view: View) -> None:
        """They begin with it on its page, in place of the one before."""
        with _store():
            while True:
                try:
                    await self._defaults.update_one(
                        {"_id": _default(owner, view.page)}, {"$set": {"view": view.id}}, upsert=True
                    )
                    return
                except DuplicateKeyError:
                    continue  # set from two tabs at once: now it is there

    async def unset_default(self, owner: str, *, view: View) -> None:
        """They no longer begin with this one."""
        with _store():
            await self._defaults.delete_one({"_id": _default(owner, view.page), "view": view.id})


@contextmanager
def _store() -> Iterator[None]:
    try:
        yield
    except PyMongoError as error:
        raise mongo.away(error) from error


def _default(owner: str, page: str) -> str:
    return f"{page} {owner}"


def _view(row: Document) -> View:
    return View(row["_id"], row["name"], row["page"], row["query"], row["shared"], row["owner"], row["signed"])


def _checked(fields: dict[str, str]) -> Document:
    """The fields as they are kept. Raises Invalid, with every flaw."""
    flaws: list[Flaw] = []
    kept: Document = {}
    for field, text in fields.items():
        try:
            kept[field] = {"name": _name, "page": _page, "query": _query}[field](text)
        except Invalid as error:
            flaws += error.flaws
    if flaws:
        raise Invalid(*flaws)
    return kept


def _name(text: str) -> str:
    name = text.strip()
    printable = name.translate(_JOINERS)
    if not printable or len(name) > MAX_NAME or not printable.isprintable():
        raise Invalid(Flaw("name", f"expected 1 to {MAX_NAME} printable characters, got {text[:MAX_NAME]!r}"))
    return name


def _page(text: str) -> str:
    if text not in PAGES:
        raise Invalid(Flaw("page", f"expected one of {', '.join(PAGES)}, got {text[:40]!r}"))
    return text


def _query(text: str) -> str:
    query = text.removeprefix("?")
    if len(query) > MAX_QUERY:
        raise Invalid(Flaw("query", f"over {MAX_QUERY:,} characters"))
    if not query.isprintable() or " " in query or "#" in query:
        raise Invalid(Flaw("query", "expected the query of an address, percent-encoded"))
    return query
