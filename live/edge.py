"""What the HTTP answers share: bounded bodies, strict forms, a query's parameters, who acts, JSON and files out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TypeVar
from urllib.parse import parse_qsl, unquote_plus

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from live import filters, flaws
from live.auth import Auth, Who
from live.errors import Flaw, Invalid, TooLarge
from live.filters import Filter
from live.filters.fields import Kinds

MAX_PAGE = 1_000  # cards or events of one answer
MAX_ACT = 64 * 1024  # bytes of what a person asks for
FORGOTTEN = 32 * 1024 * 1024  # bytes beyond a limit that are read, not kept, before the connection is cut
LINGER = 2.0  # seconds for what is still to come of a request that is answered before its end

_FRESH = {"Cache-Control": "no-store"}
_T = TypeVar("_T")


class HeardOut:
    """Hears each request out before its answer begins: a refusal needs no body, but the connection does.

    A server closes a connection of whose request a part was not read; the next request on it, already on its way, would
    be lost (a reset, met under load).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        heard = False

        async def hearing() -> Message:
            nonlocal heard
            message = await receive()
            heard = heard or not message.get("more_body", False)
            return message

        async def answering(message: Message) -> None:
            if message["type"] == "http.response.start" and not heard:
                size = 0
                with suppress(TimeoutError):
                    async with asyncio.timeout(LINGER):
                        while size <= FORGOTTEN:
                            part = await receive()
                            if not part.get("more_body", False):
                                break
                            size += len(part["body"])
            await send(message)

        return await self._app(scope, hearing, answering)


# in -------------------------------------------------------------------------------------------------------------------


async def body(request: Request, limit: int) -> bytes:
    """The whole body, never more than `limit` bytes of it. Raises Invalid, TooLarge.

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


async def form(request: Request, kind: type[_T], *, limit: int = MAX_ACT) -> _T:
    """The body as one of our structs; an empty one is `{}`. Raises Invalid with the field that is wrong, TooLarge."""
    text = await body(request, limit)
    try:
        return msgspec.json.decode(text or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise Invalid(flaws.misfit(error, text, kind=kind)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(flaws.unreadable(text, error).flaw) from None


async def actor(request: Request, auth: Auth, *, reviews: bool = False, erases: bool = False) -> Who:
    """Who changes something; by cookie only with the page's token. Raises Unauthorized, Forbidden.

    `reviews`: it takes the role reviewer or admin; `erases`: it takes an admin.
    """
    who = await (auth.admin if erases else auth.reviewer if reviews else auth.who)(request)
    if who.via == "cookie":
        auth.check_csrf(request, request.headers.get("x-csrf-token", ""))
    return who


def parameters(request: Request, *known: str) -> dict[str, str]:
    """The query's parameters, where it is no filter. Raises Invalid for an unknown one."""
    pairs = parse_qsl(request.url.query, keep_blank_values=True)
    for name, _ in pairs:
        if name not in known:
            raise Invalid(Flaw(name, f"unknown parameter{filters.suggestion(name, known)}"))
    return dict(pairs)


def wanted(request: Request, *known: str, kinds: Kinds) -> tuple[Filter, dict[str, str]]:
    """The query's filter, and the `known` parameters that are none. Raises Invalid."""
    own: dict[str, str] = {}
    rest: list[str] = []  # as it came: the language itself says what is wrong with it
    for part in request.url.query.split("&"):
        name, _, value = part.partition("=")
        if name in known:
            own[name] = unquote_plus(value)
        else:
            rest.append(part)
    return filters.parse("&".join(rest), kinds=kinds), own


def number(own: dict[str, str], name: str, *, default: int, least: int = 1, most: int = MAX_PAGE) -> int:
    """A parameter that is a whole number. Raises Invalid."""
    text = own.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 18 or not least <= int(text) <= most:
        raise Invalid(Flaw(name, f"expected a whole number from {least} to {most}, got {text[:40]!r}"))
    return int(text)


def one_of(name: str, value: str | None, *known: str) -> str:
    """A parameter that is one of a few words, the first where it is not given. Raises Invalid."""
    if value is None:
        return known[0]
    if value not in known:
        near = filters.suggestion(value, known)
        raise Invalid(Flaw(name, f"expected one of {', '.join(known)}, got {value[:40]!r}{near}"))
    return value


# out ------------------------------------------------------------------------------------------------------------------


def json(text: str, status: int = 200) -> Response:
    """JSON text as an answer that nobody may keep."""
    return Response(text, status, _FRESH, "application/json")


def done() -> Response:
    """It is done, and there is nothing to say: 204."""
    return Response(None, 204, _FRESH)


def lines(parts: AsyncIterator[str]) -> Response:
    """JSON texts, a line each, sent as they come. Where the client goes away, `parts` is cancelled."""
    headers = {**_FRESH, "X-Accel-Buffering": "no"}  # a proxy that collects them would hide the progress
    return StreamingResponse(parts, headers=headers, media_type="application/x-ndjson")


def file(parts: AsyncIterator[str], *, name: str, form: str, headers: dict[str, str] | None = None) -> Response:
    """A file to keep, streamed: `jsonl`, `md` or `csv`."""
    kind = {"jsonl": "application/x-ndjson", "md": "text/markdown; charset=utf-8", "csv": "text/csv; charset=utf-8"}[
        form
    ]
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in name)
    kept = {"Content-Disposition": f'attachment; filename="{safe}.{form}"', **_FRESH, **(headers or {})}
    return StreamingResponse(parts, headers=kept, media_type=kind)
