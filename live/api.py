"""HTTP and JSON: events in, cards and events out, reviewers' acts, health. Names and shapes: docs/protocol.md."""

import asyncio
from collections.abc import AsyncIterator, Callable
from time import perf_counter
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl, unquote_plus
from uuid import uuid4

import msgspec
from msgspec import Meta
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from live import events, exports, filters, frames, openapi, order, problems, telemetry
from live.auth import Auth
from live.cards import Card
from live.errors import Flaw, Invalid, NotFound, StoreAway, TooLarge
from live.events import AnyEvent, Message, Name
from live.filters import Filter
from live.hub import intake
from live.hub.hub import Hub, clock
from live.hub.intake import Item, Result
from live.telemetry import Metrics

MAX_PAGE = 1_000  # cards or events of one answer
EXPORT_PAGE = 200  # cards read at once for an export
MAX_ACT = 64 * 1024  # bytes of a reviewer's request
FORGOTTEN = 32 * 1024 * 1024  # bytes beyond a limit that are read, not kept, before the connection is cut

_JSON = ("application/json", "application/x-ndjson")
_card = msgspec.json.Decoder(Card)
_T = TypeVar("_T")


class Tags(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/tags`."""

    add: Annotated[list[Name], Meta(max_length=100)] = []
    remove: Annotated[list[Name], Meta(max_length=100)] = []


class Note(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/notes`; `seq` is the event it is about."""

    text: Annotated[str, Meta(min_length=1, max_length=10_000)]
    seq: Annotated[int, Meta(ge=1)] | None = None


class Correction(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/sentiment`; `seq` is the user's message."""

    seq: Annotated[int, Meta(ge=1)]
    label: events.Label


class Review(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/review`."""


class Api:
    """The routes under /api/v1, and the three that watch the process."""

    def __init__(self, *, hub: Hub, auth: Auth, metrics: Metrics, version: str) -> None:
        self._hub, self._auth, self._metrics, self._version = hub, auth, metrics, version
        self._settings = hub.settings

    def routes(self) -> list[Route]:
        """Every route."""
        session = "/api/v1/sessions/{session:path}"  # an id may hold a slash, so the card's own route comes last
        return [
            Route("/api/v1/events", self.ingest, methods=["POST"]),
            Route("/api/v1/sessions", self.sessions),
            Route("/api/v1/facets", self.facets),
            Route("/api/v1/export", self.export),
            Route(f"{session}/events", self.events),
            Route(f"{session}/export", self.export_session),
            Route(f"{session}/tags", self.tag, methods=["POST"]),
            Route(f"{session}/notes", self.note, methods=["POST"]),
            Route(f"{session}/sentiment", self.correct, methods=["POST"]),
            Route(f"{session}/review", self.review, methods=["POST"]),
            Route(session, self.session),
            Route("/api/v1/openapi.json", self.openapi),
            Route("/healthz", self.healthz),
            Route("/readyz", self.readyz),
            Route("/metrics", self.metrics),
        ]

    # in ------------------------------------------------------------------------------------------------------------

    async def ingest(self, request: Request) -> Response:
        """`POST /api/v1/events`: answers once every accepted event is durable."""
        began = perf_counter()
        key = await self._auth.channel_of(request)
        kind = request.headers.get("content-type", _JSON[0]).partition(";")[0].strip().lower()
        if kind not in _JSON:
            return problems.problem(415, f"send {' or '.join(_JSON)}, not {kind[:80]}")
        if self._hub.draining:
            raise StoreAway("the hub is stopping")
        body = await self._body(request, self._settings.max_body)
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
        for result in results:
            self._metrics.results.labels(result.status).inc()
        return _json(frames.text({"results": results}))

    # out -----------------------------------------------------------------------------------------------------------

    async def sessions(self, request: Request) -> Response:
        """`GET /api/v1/sessions`: one page of cards under a filter."""
        await self._auth.who(request)
        wanted, own = self._filter(request, "sort", "limit", "cursor")
        page = await self._hub.search.page(
            wanted,
            sort=order.check(own.get("sort", "recent")),
            limit=_number(own, "limit", default=50),
            cursor=own.get("cursor"),
        )
        following = frames.text(page.next)
        return _json(f'{{"cards":[{",".join(page.cards)}],"next":{following},"total":{page.total}}}')

    async def facets(self, request: Request) -> Response:
        """`GET /api/v1/facets`: counts per value, of the other filters in force."""
        await self._auth.who(request)
        wanted, _ = self._filter(request)
        return _json(
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
        return _json(card)

    async def events(self, request: Request) -> Response:
        """`GET /api/v1/sessions/{id}/events`."""
        await self._auth.who(request)
        session = request.path_params["session"]
        own = self._parameters(request, "after", "limit")
        head = await self._hub.head(session)
        if not head:
            raise NotFound("session", session)
        after, limit = _number(own, "after", default=0, least=0, most=2**53), _number(own, "limit", default=500)
        lines = await self._hub.journal.read(session, after=after, limit=limit)
        head = max(head, lines[-1].seq if lines else 0)
        return _json(f'{{"events":[{",".join(line.json for line in lines)}],"head":{head}}}')

    async def export_session(self, request: Request) -> Response:
        """`GET /api/v1/sessions/{id}/export`: one conversation as a file."""
        await self._auth.who(request)
        session = request.path_params["session"]
        form = _form(self._parameters(request, "format"), "jsonl", "md", "csv")
        folded = await self._hub.folded(session)
        if folded is None:
            raise NotFound("session", session)
        return _file(self._session_file(folded.card, form), name=session, form=form)

    async def export(self, request: Request) -> Response:
        """`GET /api/v1/export`: every matching session; as JSONL its events, as CSV one line a session."""
        await self._auth.who(request)
        wanted, own = self._filter(request, "format")
        form = _form(own, "jsonl", "csv")
        pages = self._cards(wanted)
        first = await anext(pages, None)  # a store that is away is an answer, not a broken file
        return _file(self._list_file(first, pages, form), name="sessions", form=form)

    async def _cards(self, wanted: Filter) -> AsyncIterator[list[str]]:
        cursor: str | None = None
        while True:
            page = await self._hub.search.page(wanted, sort="started", limit=EXPORT_PAGE, cursor=cursor)
            yield page.cards
            cursor = page.next
            if cursor is None:
                return

    async def _list_file(
        self, first: list[str] | None, rest: AsyncIterator[list[str]], form: str
    ) -> AsyncIterator[str]:
        if form == "csv":
            yield exports.cards_csv_head()
        page = first
        while page is not None:
            for text in page:
                card = _card.decode(text)
                if form == "csv":
                    yield exports.cards_csv_line(card)
                else:
                    async for part in self._lines(card.session):
                        yield part
            page = await anext(rest, None)

    async def _session_file(self, card: Card, form: str) -> AsyncIterator[str]:
        if form == "md":
            yield exports.markdown_head(card)
        elif form == "csv":
            yield exports.csv_head()
        write: Callable[[AnyEvent], str] = exports.markdown_line if form == "md" else exports.csv_line
        async for text in self._lines(card.session):
            yield text if form == "jsonl" else write(events.decode_stored(text))

    async def _lines(self, session: str) -> AsyncIterator[str]:
        after = 0
        while lines := await self._hub.journal.read(session, after=after, limit=MAX_PAGE):
            for line in lines:
                yield f"{line.json}\n"
            after = lines[-1].seq

    # a reviewer's acts ---------------------------------------------------------------------------------------------

    async def tag(self, request: Request) -> Response:
        """`POST …/tags` {"add": […], "remove": […]}."""
        who, card, act = await self._act(request, Tags)
        made: list[AnyEvent] = []
        have = set(card.tags)
        for tag in dict.fromkeys(act.add):
            if tag not in have:
                made.append(events.TagAdded(**_own(card), tag=tag, by=who))
        made += [events.TagRemoved(**_own(card), tag=tag, by=who) for tag in dict.fromkeys(act.remove) if tag in have]
        return await self._write(card, made)

    async def note(self, request: Request) -> Response:
        """`POST …/notes` {"text": …, "seq": …}."""
        who, card, act = await self._act(request, Note)
        if act.seq is not None:
            await self._event(card.session, act.seq)
        return await self._write(card, [events.NoteAdded(**_own(card), text=act.text, about=act.seq, by=who)])

    async def correct(self, request: Request) -> Response:
        """`POST …/sentiment` {"seq": …, "label": …}: of a user's message."""
        who, card, act = await self._act(request, Correction)
        event = await self._event(card.session, act.seq)
        if not isinstance(event, Message) or event.role != "user":
            raise Invalid(Flaw("seq", f"event {act.seq} is not a message of the user"))
        return await self._write(
            card, [events.SentimentCorrected(**_own(card), about=act.seq, label=act.label, by=who)]
        )

    async def review(self, request: Request) -> Response:
        """`POST …/review`: seen, and done with it."""
        who, card, _ = await self._act(request, Review)
        return await self._write(card, [events.SessionReviewed(**_own(card), by=who)])

    async def _act(self, request: Request, form: type[_T]) -> tuple[str, Card, _T]:
        """Who acts, on which card, and how."""
        who = await self._auth.reviewer(request)
        if who.via == "cookie":
            self._auth.check_csrf(request, request.headers.get("x-csrf-token", ""))
        body = await self._body(request, MAX_ACT)
        try:
            act = msgspec.json.decode(body or b"{}", type=form)
        except msgspec.ValidationError as error:
            message, _, path = str(error).replace("`", "").partition(" - at $.")
            raise Invalid(Flaw(path, message)) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Invalid(Flaw("", f"not JSON: {error}")) from None
        session = request.path_params["session"]
        folded = await self._hub.folded(session)
        if folded is None:
            raise NotFound("session", session)
        return who.name, folded.card, act

    async def _event(self, session: str, seq: int) -> AnyEvent:
        found = await self._hub.journal.read(session, after=seq - 1, limit=1)
        if not found or found[0].seq != seq:
            raise NotFound("event", str(seq))
        return events.decode_stored(found[0].json)

    async def _write(self, card: Card, made: list[AnyEvent]) -> Response:
        results = [await self._hub.write(event) for event in made]
        return _json(
            frames.text(
                {"results": results, "card": msgspec.Raw((await self._hub.card(card.session) or "null").encode())}
            )
        )

    # the process ---------------------------------------------------------------------------------------------------

    async def openapi(self, request: Request) -> Response:
        """`GET /api/v1/openapi.json`."""
        await self._auth.who(request)
        return _json(frames.text(openapi.document(self._version)))

    async def healthz(self, request: Request) -> Response:
        """Is the process there?"""
        return _json('{"status":"ok"}')

    async def readyz(self, request: Request) -> Response:
        """May traffic come? With what is wrong, if something is.

        Without the bus the hub goes on, so that alone is no reason.
        """
        health = self._hub.health()
        ready = self._hub.ready and not self._hub.draining and health["store"] == "ok"
        detail = {"status": "ready" if ready else "not ready", "draining": self._hub.draining, **health}
        return _json(frames.text(detail), status=200 if ready else 503)

    async def metrics(self, request: Request) -> Response:
        """For Prometheus."""
        return Response(self._metrics.text(), media_type=telemetry.CONTENT_TYPE)

    # the edge ------------------------------------------------------------------------------------------------------

    async def _body(self, request: Request, limit: int) -> bytes:
        """The whole body, never more than `limit` bytes of it.

        Of a larger one some is read and forgotten: who hangs up on a sender loses it the answer.
        """
        parts = bytearray()
        size = 0
        try:
            async for part in request.stream():
                size += len(part)
                if size <= limit:
                    parts += part
                elif size > limit + FORGOTTEN:
                    break
        except ClientDisconnect:
            raise Invalid(Flaw("", "the body ended early")) from None
        if size > limit:
            raise TooLarge("the body", limit, "bytes")
        return bytes(parts)

    def _parameters(self, request: Request, *known: str) -> dict[str, str]:
        """The query's parameters, where it is no filter."""
        pairs = parse_qsl(request.url.query, keep_blank_values=True)
        for name, _ in pairs:
            if name not in known:
                raise Invalid(Flaw(name, f"unknown parameter{filters.suggestion(name, known)}"))
        return dict(pairs)

    def _filter(self, request: Request, *known: str) -> tuple[Filter, dict[str, str]]:
        """The query's filter, and the parameters that are none."""
        own: dict[str, str] = {}
        rest: list[str] = []  # as it came: the language itself says what is wrong with it
        for part in request.url.query.split("&"):
            name, _, value = part.partition("=")
            if name in known:
                own[name] = unquote_plus(value)
            else:
                rest.append(part)
        return filters.parse("&".join(rest), kinds=self._hub.sources.kinds()), own


def _own(card: Card) -> dict[str, Any]:
    """The common fields of an event that a reviewer causes now."""
    now = events.stamp(clock())
    return {"session": card.session, "id": f"act-{uuid4().hex}", "at": now, "channel": card.channel, "received": now}


def _number(own: dict[str, str], name: str, *, default: int, least: int = 1, most: int = MAX_PAGE) -> int:
    text = own.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 18 or not least <= int(text) <= most:
        raise Invalid(Flaw(name, f"expected a whole number from {least} to {most}, got {text[:40]!r}"))
    return int(text)


def _form(own: dict[str, str], *forms: str) -> str:
    form = own.get("format", forms[0])
    if form not in forms:
        raise Invalid(
            Flaw("format", f"expected one of {', '.join(forms)}, got {form[:40]!r}{filters.suggestion(form, forms)}")
        )
    return form


def _json(text: str, status: int = 200) -> Response:
    return Response(text, status, media_type="application/json", headers={"Cache-Control": "no-store"})


def _file(parts: AsyncIterator[str], *, name: str, form: str) -> Response:
    kind = {"jsonl": "application/x-ndjson", "md": "text/markdown; charset=utf-8", "csv": "text/csv; charset=utf-8"}[
        form
    ]
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in name)
    headers = {"Content-Disposition": f'attachment; filename="{safe}.{form}"', "Cache-Control": "no-store"}
    return StreamingResponse(parts, media_type=kind, headers=headers)
