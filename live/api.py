"""HTTP and JSON: events in, cards and events out, reviewers' acts, health. Names and shapes: docs/protocol.md."""

import asyncio
import logging
from time import perf_counter
from typing import Protocol, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from live import edge, frames, openapi, order, problems, telemetry
from live.acts import Acts, Correction, Note, Review, Tags
from live.auth import Auth
from live.decisions import elsewhere
from live.downloads import Downloads
from live.errors import Flaw, Invalid, NotFound, StoreAway
from live.filters import Filter
from live.hub import intake
from live.hub.hub import Hub, clock
from live.hub.intake import Item, Result
from live.telemetry import Metrics

logger = logging.getLogger(__name__)

_JSON = ("application/json", "application/x-ndjson")
_T = TypeVar("_T")
_Form_contra = TypeVar("_Form_contra", contravariant=True)


class _Act(Protocol[_Form_contra]):
    """One of a reviewer's acts."""

    async def __call__(self, session: str, act: _Form_contra, /, *, by: str) -> list[Result]: ...


class Api:
    """The routes under /api/v1, and the three that watch the process."""

    def __init__(self, *, hub: Hub, auth: Auth, metrics: Metrics, version: str) -> None:
        self._hub, self._auth, self._metrics, self._version = hub, auth, metrics, version
        self._settings, self._acts, self._downloads = hub.settings, Acts(hub), Downloads(hub)

    def routes(self) -> list[Route]:
        """Every route."""
        session = "/api/v1/sessions/{session:path}"  # an id may hold a slash, so the card's own route comes last
        return [
            Route("/api/v1/events", self.ingest, methods=["POST"]),
            Route("/api/v1/sessions", self.sessions),
            Route("/api/v1/facets", self.facets),
            Route("/api/v1/export", self.export),
            Route("/api/v1/decisions", self.decisions),
            Route(f"{session}/events", self.events),
            Route(f"{session}/steps", self.steps),
            Route(f"{session}/export", self.export_session),
            Route(f"{session}/tags", self.tag, methods=["POST"]),
            Route(f"{session}/notes", self.note, methods=["POST"]),
            Route(f"{session}/sentiment", self.correct, methods=["POST"]),
            Route(f"{session}/review", self.review, methods=["POST"]),
            Route(session, self.session),
            Route(session, self.erase, methods=["DELETE"]),
            Route("/api/v1/openapi.json", self.openapi),
            Route("/healthz", self.healthz),
            Route("/readyz", self.readyz),
            Route("/metrics", self.metrics),
        ]

    # in ------------------------------------------------------------------------------------------------------------

    def _must_be_there(self) -> None:
        """Nobody waits for a store that is known to be away. Raises StoreAway."""
        if self._auth.store_away or self._hub.health()["store"] != "ok":
            raise StoreAway

    async def ingest(self, request: Request) -> Response:
        """`POST /api/v1/events`: answers once every accepted event is durable."""
        began = perf_counter()
        self._must_be_there()
        key = await self._auth.channel_of(request)
        self._must_be_there()  # asking after a key may be how it is found out
        kind = request.headers.get("content-type", _JSON[0]).partition(";")[0].strip().lower()
        if kind not in _JSON:
            return problems.problem(415, f"send {' or '.join(_JSON)}, not {kind[:80]}")
        self._hub.refuse_at_the_end()
        body = await edge.body(request, self._settings.max_body)
        parts = intake.split(body, lines=kind == _JSON[1], settings=self._settings).parts
        now = clock()
        items: list[Item | Result] = []
        for start in range(0, len(parts), intake.CHUNK):
            chunk = parts[start : start + intake.CHUNK]
            items += [intake.prepare(raw, channel=key.channel, now=now, settings=self._settings) for raw in chunk]
            await asyncio.sleep(0)  # a large batch must not hold up the others
        ticket = self._hub.writer.submit(items, impatient=True)
        try:
            async with asyncio.timeout(self._settings.ack_timeout):
                await asyncio.shield(ticket.done)
        except TimeoutError:
            ticket.done.cancel()  # the events stay queued; nobody waits for them any more
            raise StoreAway("not durable in time") from None
        results = ticket.results()
        self._metrics.ack_seconds.observe(perf_counter() - began)
        self._metrics.settled(result.status for result in results)
        return edge.json(frames.text({"results": results}))

    # out -----------------------------------------------------------------------------------------------------------

    async def sessions(self, request: Request) -> Response:
        """`GET /api/v1/sessions`: one page of cards under a filter."""
        await self._auth.who(request)
        wanted, own = self._filter(request, "sort", "limit", "cursor")
        page = await self._hub.search.page(
            wanted,
            sort=order.check(own.get("sort", "recent")),
            limit=edge.number(own, "limit", default=50),
            cursor=own.get("cursor"),
        )
        following = frames.text(page.next)
        return edge.json(f'{{"cards":[{",".join(page.cards)}],"next":{following},"total":{page.total}}}')

    async def facets(self, request: Request) -> Response:
        """`GET /api/v1/facets`: counts per value, of the other filters in force."""
        await self._auth.who(request)
        wanted, _ = self._filter(request)
        return edge.json(
            frames.text(
                {"facets": await self._hub.search.facets(wanted), "counts": await self._hub.search.counts(wanted)}
            )
        )

    async def session(self, request: Request) -> Response:
        """`GET /api/v1/sessions/{id}`: the card."""
        await self._auth.who(request)
        session = request.path_params["session"]
        card = await self._hub.card(session)
        if card is None:
            raise NotFound("session", session)
        return edge.json(card)

    async def events(self, request: Request) -> Response:
        """`GET /api/v1/sessions/{id}/events`."""
        await self._auth.who(request)
        session, head, after, limit = await self._part(request)
        lines = await self._hub.journal.read(session, after=after, limit=limit)
        head = max(head, lines[-1].seq if lines else 0)
        return edge.json(f'{{"events":[{",".join(line.json for line in lines)}],"head":{head}}}')

    async def steps(self, request: Request) -> Response:
        """`GET /api/v1/sessions/{id}/steps`: what each event is on the timeline, and what it changed on the card."""
        await self._auth.who(request)
        session, head, after, limit = await self._part(request)
        made = await self._hub.steps.read(session, after=after, limit=limit, head=head)
        return edge.json(f'{{"steps":[{",".join(made)}],"head":{head}}}')

    async def decisions(self, request: Request) -> Response:
        """`GET /api/v1/decisions`: how the agent decided in a block, in other sessions."""
        await self._auth.who(request)
        own = edge.parameters(request, "block", "not", "limit")
        if not own.get("block"):
            raise Invalid(Flaw("block", "required, but missing"))
        limit = edge.number(own, "limit", default=10, most=50)
        found = await elsewhere(self._hub, own["block"], but=own.get("not", ""), limit=limit)
        return edge.json(f'{{"decisions":[{",".join(one.text for one in found)}]}}')

    async def _part(self, request: Request) -> tuple[str, int, int, int]:
        """A part of a session that is asked for: its id, its head, after which seq, how many."""
        session = request.path_params["session"]
        own = edge.parameters(request, "after", "limit")
        head = await self._hub.head(session)
        if not head:
            raise NotFound("session", session)
        after, limit = edge.number(own, "after", default=0, least=0, most=2**53), edge.number(own, "limit", default=500)
        return session, head, after, limit

    async def export_session(self, request: Request) -> Response:
        """`GET /api/v1/sessions/{id}/export`: one conversation as a file."""
        await self._auth.who(request)
        session = request.path_params["session"]
        form = edge.one_of("format", edge.parameters(request, "format").get("format"), "jsonl", "md", "csv")
        folded = await self._hub.folded(session)
        if folded is None:
            raise NotFound("session", session)
        return edge.file(self._downloads.session(folded.card, form), name=session, form=form)

    async def export(self, request: Request) -> Response:
        """`GET /api/v1/export`: every matching session; as JSONL its events, as CSV one line a session."""
        await self._auth.who(request)
        wanted, own = self._filter(request, "format")
        form = edge.one_of("format", own.get("format"), "jsonl", "csv")
        pages = self._downloads.matching(wanted)
        return edge.file(self._downloads.many(await anext(pages), pages, form), name="sessions", form=form)

    # a reviewer's acts ---------------------------------------------------------------------------------------------

    async def tag(self, request: Request) -> Response:
        """`POST …/tags` {"add": […], "remove": […]}."""
        return await self._act(request, Tags, self._acts.tag)

    async def note(self, request: Request) -> Response:
        """`POST …/notes` {"text": …, "seq": …}."""
        return await self._act(request, Note, self._acts.note)

    async def correct(self, request: Request) -> Response:
        """`POST …/sentiment` {"seq": …, "label": …}: of a user's message."""
        return await self._act(request, Correction, self._acts.correct)

    async def review(self, request: Request) -> Response:
        """`POST …/review`: seen, and done with it."""
        return await self._act(request, Review, self._acts.review)

    async def _act(self, request: Request, form: type[_T], do: _Act[_T]) -> Response:
        who = await edge.actor(request, self._auth, reviews=True)
        session = request.path_params["session"]
        results = await do(session, await edge.form(request, form), by=who.name)
        card = msgspec.Raw((await self._hub.card(session) or "null").encode())
        return edge.json(frames.text({"results": results, "card": card}))

    async def erase(self, request: Request) -> Response:
        """`DELETE /api/v1/sessions/{id}`: an admin erases it, for good."""
        who = await edge.actor(request, self._auth, erases=True)
        self._hub.refuse_at_the_end()
        session = request.path_params["session"]
        await self._hub.erase(session)
        # not which: the log would keep the id of who wanted it gone
        logger.warning("a session of channel %s was erased by %s", session.partition(":")[0], who.name)
        return edge.done()

    # the process ---------------------------------------------------------------------------------------------------

    async def openapi(self, request: Request) -> Response:
        """`GET /api/v1/openapi.json`."""
        await self._auth.who(request)
        return edge.json(frames.text(openapi.document(self._version)))

    async def healthz(self, request: Request) -> Response:
        """Is the process there?"""
        return edge.json('{"status":"ok"}')

    async def readyz(self, request: Request) -> Response:
        """May traffic come? With what is wrong, if something is.

        Without the bus the hub goes on, so that alone is no reason. With `?store=any` the store is none either: it is
        away for all hubs at once, and who routes by this would have none left, where each still shows what it knows.
        `?drain=404` tells a hub that leaves as planned from one that is gone.
        """
        any_store, leaving = _says(request, "store", "any"), _says(request, "drain", "404")
        health, draining = self._hub.health(), self._hub.draining
        ready = self._hub.ready and not draining and (health["store"] == "ok" or any_store)
        detail = {"status": "ready" if ready else "not ready", "draining": draining, **health}
        return edge.json(frames.text(detail), status=200 if ready else 404 if draining and leaving else 503)

    async def metrics(self, request: Request) -> Response:
        """For Prometheus."""
        return Response(self._metrics.text(), media_type=telemetry.CONTENT_TYPE)

    def _filter(self, request: Request, *known: str) -> tuple[Filter, dict[str, str]]:
        return edge.wanted(request, *known, kinds=self._hub.sources.kinds())


def _says(request: Request, name: str, value: str) -> bool:
    """Does the query say this? Raises Invalid where it says something else."""
    said = request.query_params.get(name)
    if said not in {None, value}:
        raise Invalid(Flaw(name, f"`{value}`, or nothing"))
    return said is not None
