"""The composition root: settings → storage, bus, hub, routes. The one file that knows every concrete thing."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

import live
from live import edge, pages, problems
from live.api import Api
from live.auth import Auth
from live.bulk import Bulk
from live.errors import LiveError, SettingError, StoreAway
from live.hub.hub import Hub
from live.saved import SavedViews
from live.settings import Settings
from live.sockets import LIVE, Sockets
from live.storage import mongo
from live.storage.cards import Cards
from live.storage.erasures import Erasures
from live.storage.hubs import Hubs
from live.storage.journal import Journal
from live.storage.minutes import Minutes
from live.storage.mongo import Database
from live.storage.people import People
from live.storage.saved import Saved
from live.telemetry import Metrics

KINDS = 10.0  # seconds until a new channel's kind is known to filters

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Storage:
    """The collections, indexes made."""

    database: Database
    journal: Journal
    cards: Cards
    erasures: Erasures
    people: People
    hubs: Hubs
    saved: Saved
    minutes: Minutes


@asynccontextmanager
async def storage(settings: Settings) -> AsyncIterator[Storage]:
    """The store, ready. Raises SettingError where no address is set, StoreAway where nobody answers."""
    if settings.mongodb_url is None:
        raise SettingError(
            "LIVE_MONGODB_URL",
            "the address of a MongoDB replica set (or use `live up`, which starts its own)",
            "nothing",
        )
    async with mongo.database(
        settings.mongodb_url, settings.mongodb_database, timeout=settings.store_timeout
    ) as database:
        await mongo.check(database)
        made = Storage(
            database=database,
            journal=Journal(database),
            cards=Cards(database),
            erasures=Erasures(database),
            people=People(database),
            hubs=Hubs(database),
            saved=Saved(database),
            minutes=Minutes(database),
        )
        await made.journal.ensure_indexes()
        await made.cards.ensure_indexes()
        await made.erasures.ensure_indexes()
        await made.people.ensure_indexes()
        await made.saved.ensure_indexes()
        await made.minutes.ensure_indexes()
        yield made


@dataclass(frozen=True, slots=True)
class Running:
    """A hub that runs, and what it answers with."""

    app: ASGIApp
    hub: Hub


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Running]:
    """A whole hub from its settings; leaving stops it in good order."""
    if settings.redis_url is None:
        raise SettingError(
            "LIVE_REDIS_URL", "the address of a Redis or Valkey (or use `live up`, which starts its own)", "nothing"
        )
    async with storage(settings) as kept:
        await kept.people.bootstrap(settings)
        auth = Auth(kept.people, settings, secret=settings.secret or await kept.people.cookie_secret())
        kinds = _by_kind(await kept.people.channels())

        async def follow_kinds() -> None:
            while True:
                await asyncio.sleep(KINDS)
                try:
                    kinds.update(_by_kind(await kept.people.channels()))
                except StoreAway:
                    logger.info("channels: as known, while the store is away")

        hub = Hub(
            settings, hub=token_hex(4), journal=kept.journal, stored=kept.cards, erasures=kept.erasures,
            hubs=kept.hubs, minutes=kept.minutes,
            ping=lambda: mongo.ping(kept.database),
            kinds=lambda: kinds, redis_url=settings.redis_url,
        )  # fmt: skip
        async with hub.running(), asyncio.TaskGroup() as group:
            following = group.create_task(follow_kinds())
            yield Running(_application(hub, auth, metrics=_metrics(hub), saved=kept.saved), hub)
            following.cancel()


def _by_kind(channels: dict[str, str]) -> dict[str, frozenset[str]]:
    return {kind: frozenset(name for name, k in channels.items() if k == kind) for kind in set(channels.values())}


def _application(hub: Hub, auth: Auth, *, metrics: Metrics, saved: Saved) -> ASGIApp:
    api = Api(hub=hub, auth=auth, metrics=metrics, version=live.__version__)
    bulk = Bulk(hub=hub, auth=auth)
    sockets = Sockets(hub=hub, auth=auth, metrics=metrics, version=live.__version__)
    views = SavedViews(saved=saved, auth=auth, kinds=hub.sources.kinds)
    pages_routes = pages.routes(hub=hub, auth=auth, views=views, settings=hub.settings, web=web())

    async def failed(request: Request, error: Exception) -> Response:
        if isinstance(error, LiveError):
            status, answer = problems.status_of(error), problems.of(error)
        elif isinstance(error, HTTPException):
            status, answer = (
                error.status_code,
                problems.problem(error.status_code, error.detail, headers=dict(error.headers or {})),
            )
        else:
            status, answer = 500, problems.problem(500, "a fault of the hub; it is in its log")
        if request.url.path.startswith("/api/") or "text/html" not in request.headers.get("accept", ""):
            return answer
        return await pages.failure(request, status, str(error) if isinstance(error, LiveError) else "", auth=auth)

    app = Starlette(
        routes=[*api.routes(), *views.routes(), *bulk.routes(), *sockets.routes(), *pages_routes],
        exception_handlers={LiveError: failed, HTTPException: failed, Exception: failed},
    )
    return _Straight(_Counting(edge.HeardOut(app), metrics), sockets)


class _Straight:
    """Leads the sockets of viewers past the router and all middleware, whose frames would stay as long as they do.

    That is 4 KiB for each of thousands; none of it concerns them.
    """

    def __init__(self, app: ASGIApp, sockets: Sockets) -> None:
        self._app, self._sockets = app, sockets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"] == LIVE:
            await self._sockets.live(WebSocket(scope, receive, send))
        else:
            await self._app(scope, receive, send)


class _Counting:
    """Counts answers by status."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.requests.labels(str(message["status"])).inc()
            await send(message)

        return await self._app(scope, receive, counting)


def _metrics(hub: Hub) -> Metrics:
    metrics = Metrics()
    writer, bus = hub.writer, hub.bus
    metrics.watch("live_sessions_on_board", "Sessions that this hub holds in memory.", lambda: len(hub.board.entries))
    metrics.watch("live_indexed_sessions", "Closed sessions in this hub's catalog.", lambda: len(hub.catalog))
    metrics.watch("live_viewers", "Live sockets.", lambda: len(hub.viewers))
    metrics.watch("live_views", "Distinct live lists.", lambda: len(hub.views))
    metrics.watch("live_transcripts_followed", "Sessions that somebody follows.", lambda: len(hub.tails))
    metrics.watch("live_writer_queued", "Events that wait to be durable.", lambda: writer.queued)
    metrics.watch("live_writer_queued_bytes", "The same in bytes.", lambda: writer.queued_bytes)
    metrics.watch("live_writer_stored_total", "Events stored.", lambda: writer.stored)
    metrics.watch("live_writer_commits_total", "Inserts that MongoDB acknowledged.", lambda: writer.commits)
    metrics.watch("live_writer_clashes_total", "Inserts that met a taken id or seq.", lambda: writer.clashes)
    metrics.watch("live_cards_behind", "Cards not yet written.", lambda: hub.board.behind)
    metrics.watch("live_cards_written_total", "Cards written.", lambda: hub.keeper.written)
    metrics.watch("live_bus_published_total", "Publications sent.", lambda: bus.published)
    metrics.watch("live_bus_dropped_total", "Publications given up.", lambda: bus.dropped)
    metrics.watch("live_bus_gaps_total", "Gaps in other hubs' numbers.", lambda: bus.gaps)
    metrics.watch("live_bus_ok", "1 while the bus works.", lambda: hub.health()["bus"] == "ok")
    metrics.watch("live_store_ok", "1 while the store answers.", lambda: hub.health()["store"] == "ok")
    metrics.watch(
        "live_reconcile_repaired_total",
        "Sessions that the fast path had missed; should be 0.",
        lambda: hub.reconcile.repaired,
    )
    return metrics


def web() -> Path:
    """Templates and static files: inside the installed package, else beside it in a checkout."""
    package = Path(live.__file__).parent
    shipped = package / "web"
    return shipped if shipped.is_dir() else package.parent / "web"
