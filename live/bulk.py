"""Many sessions at once: tags, with the progress of it; a file of those that were chosen."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from live import edge, filters, frames
from live.acts import Acts, Tags
from live.auth import Auth
from live.downloads import Downloads
from live.errors import Flaw, Invalid, LiveError, StoreAway
from live.events import Ident
from live.filters import Filter
from live.hub.hub import Hub

MOST = 10_000  # sessions of one request that names or tags them; more are refused
AT_ONCE = 20  # sessions between two lines; and of all requests to this hub together: others write, too
PAGE = 1_000  # sessions found at once
BODY = 8 * 1024 * 1024  # bytes: MOST of the longest ids, and room


class Tagging(Tags, forbid_unknown_fields=True):
    """`POST /api/v1/bulk/tags`: of these sessions, or of all that match a filter (`""`: all there are)."""

    sessions: list[Ident] | None = None
    filter: str | None = None


class Export(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /api/v1/bulk/export`: these sessions, or all that match a filter."""

    sessions: list[Ident] | None = None
    filter: str | None = None
    format: Literal["jsonl", "csv"] = "jsonl"


class Named(msgspec.Struct):
    """Of a card only whose it is."""

    session: str


class Failure(msgspec.Struct):
    """A session that was not changed, and why."""

    session: str
    detail: str


class Progress(msgspec.Struct, omit_defaults=True):
    """How far it is: a line of the answer.

    `changed` counts since the beginning; `failed` are those since the line before. The last line has `end`, and
    `stopped` where the rest was not tried.
    """

    done: int
    total: int
    changed: int
    failed: list[Failure]
    end: bool = False
    stopped: str | None = None


_card = msgspec.json.Decoder(Named)


class Bulk:
    """The routes under /api/v1/bulk."""

    def __init__(self, *, hub: Hub, auth: Auth) -> None:
        self._hub, self._auth = hub, auth
        self._acts, self._downloads = Acts(hub), Downloads(hub)
        self._turns = asyncio.Semaphore(AT_ONCE)

    def routes(self) -> list[Route]:
        """Both."""
        return [
            Route("/api/v1/bulk/tags", self.tag, methods=["POST"]),
            Route("/api/v1/bulk/export", self.export, methods=["POST"]),
        ]

    async def tag(self, request: Request) -> Response:
        """`POST /api/v1/bulk/tags`: a line of progress after every few sessions."""
        who = await edge.actor(request, self._auth, reviews=True)
        wish = await edge.form(request, Tagging, limit=BODY)
        if not wish.add and not wish.remove:
            raise Invalid(Flaw("add", "expected a tag to add or to remove"))
        for tag in wish.remove:
            if tag in wish.add:
                raise Invalid(Flaw("remove", f"{tag[:40]!r} is to be added, too"))
        wanted = self._wanted(wish)
        sessions = _named(wish) if wanted is None else await self._matching(wanted)
        return edge.lines(self._tagged(sessions, wish, by=who.name))

    async def export(self, request: Request) -> Response:
        """`POST /api/v1/bulk/export`: the chosen sessions as a file; X-Total says how many are in it."""
        await edge.actor(request, self._auth, reviews=False)
        wish = await edge.form(request, Export, limit=BODY)
        wanted = self._wanted(wish)
        headers: dict[str, str] = {}
        if wanted is not None:
            pages = self._downloads.matching(wanted)
        else:
            named = _named(wish)
            there = await self._downloads.there(named)
            pages = self._downloads.chosen(there)
            if len(there) < len(named):
                headers["X-Missing"] = str(len(named) - len(there))
        first = await anext(pages)  # a store that is away is an answer, not a broken file
        headers["X-Total"] = str(first.total)
        parts = self._downloads.many(first, pages, wish.format)
        return edge.file(parts, name="sessions", form=wish.format, headers=headers)

    # which ones -----------------------------------------------------------------------------------------------------

    def _wanted(self, wish: Tagging | Export) -> Filter | None:
        """The filter, or None where the sessions are named. Raises Invalid."""
        if (wish.sessions is None) == (wish.filter is None):
            raise Invalid(Flaw("sessions", "expected either sessions or a filter"))
        return None if wish.filter is None else filters.parse(wish.filter, kinds=self._hub.sources.kinds())

    async def _matching(self, wanted: Filter) -> list[str]:
        """All ids before the first is touched: a tag may change what matches."""
        found: dict[str, None] = {}  # once each, whatever moves while we read
        async for page in self._downloads.matching(wanted, limit=PAGE):
            _few_enough("filter", page.total)
            found |= dict.fromkeys(_card.decode(card).session for card in page.cards)
        _few_enough("filter", len(found))
        return list(found)

    # tags -----------------------------------------------------------------------------------------------------------

    async def _tagged(self, sessions: Sequence[str], act: Tags, *, by: str) -> AsyncIterator[str]:
        """The lines. Between two of them no task runs, so a client that goes away leaves none behind."""
        line = Progress(0, len(sessions), 0, [])
        while not line.end:
            line.failed = []
            if self._hub.draining:
                line.stopped = str(StoreAway("the hub is stopping"))
            else:
                await self._some(sessions[line.done : line.done + AT_ONCE], act, by=by, line=line)
            line.end = line.stopped is not None or line.done == line.total
            yield f"{frames.text(line)}\n"

    async def _some(self, sessions: Sequence[str], act: Tags, *, by: str, line: Progress) -> None:
        """Tag these, all at once, and note in the line what became of them.

        Where the store is away it ends: each further one would take as long to fail.
        """
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._one(session, act, by=by)) for session in sessions]
        for session, task in zip(sessions, tasks, strict=True):
            outcome = task.result()
            line.done += 1
            if isinstance(outcome, bool):
                line.changed += outcome
            else:
                line.failed.append(Failure(session, str(outcome)))
                if isinstance(outcome, StoreAway):
                    line.stopped = str(outcome)

    async def _one(self, session: str, act: Tags, *, by: str) -> bool | LiveError:
        """Did it change anything? Or why not."""
        async with self._turns:
            try:
                results = await self._acts.tag(session, act, by=by)
            except LiveError as error:
                return error
        return bool(results)


def _named(wish: Tagging | Export) -> list[str]:
    """The ids, each once. Raises Invalid for too many."""
    named = list(dict.fromkeys(wish.sessions or []))
    _few_enough("sessions", len(named))
    return named


def _few_enough(path: str, count: int) -> None:
    if count > MOST:
        raise Invalid(Flaw(path, f"{count:,} sessions, and at most {MOST:,} can be taken at once: choose fewer"))
