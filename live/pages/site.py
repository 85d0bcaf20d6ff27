"""The frame of every page: templates, static files, security headers, who is signed in, the token of its forms."""

import asyncio
import hashlib
from base64 import b64encode
from collections.abc import AsyncIterator, Iterable
from http import HTTPStatus
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount

import live
from live.auth import Auth, Who
from live.errors import Unauthorized
from live.hub.hub import Hub
from live.pages.files import Files
from live.pages.formats import Formats
from live.saved import SavedViews
from live.settings import Settings

STYLES = {  # by kind of page, what it is styled by
    "plain": ("tokens", "site"),
    "sessions": ("tokens", "site", "glance", "filters", "sessions"),
    "wall": ("tokens", "site", "glance", "filters", "wall"),
    "session": ("tokens", "site", "session", "player"),
}
SLICE = 0.002  # seconds that a page is worked on before others have their turn
POLICY = (
    "default-src 'none'; script-src 'self'{}; style-src 'self'{}; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY.format("", ""),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
ADVICE = {
    400: "Something in the address is not as the hub expects it.",
    401: "Sign in first.",
    403: "You are signed in, but this is not for you to see or do.",
    404: "There is nothing at this address. It may have been mistyped, or be gone.",
    405: "This address does not take what was asked.",
    429: "Too much at once. Wait a moment and try again.",
    500: "That is a fault of the hub. It is in its log.",
    503: "The hub cannot reach its store. Try again in a moment.",
}


class Site:
    """What the pages share: `hub`, `auth`, `views` (saved ones), `settings`, and `page`: a template in the frame."""

    def __init__(self, *, hub: Hub, auth: Auth, views: SavedViews, settings: Settings, web: Path) -> None:
        self.hub, self.auth, self.views, self.settings = hub, auth, views, settings
        self.static = Files(web / "static")
        styles = {
            kind: "\n".join(self.static.text(f"css/{name}.css") for name in names) for kind, names in STYLES.items()
        }
        early = self.static.text("js/early.js")
        # what a browser waits for before it paints is in the page itself, and the policy knows it
        self._headers = HEADERS | {"Content-Security-Policy": POLICY.format(_hashes([early]), _hashes(styles.values()))}
        self._templates = Environment(
            loader=FileSystemLoader(web / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.policies["json.dumps_kwargs"] = {}  # an object's keys in their own order, as in every frame
        texts = {"early": early, "styles_of": styles}
        self._templates.globals |= {"static": self.static.address, "f": Formats(), **texts}

    async def signed_in(self, request: Request) -> Who | Response:
        """Who looks; or the answer that sends them to sign in first, and back here."""
        try:
            return await self.auth.who(request)
        except Unauthorized:
            return self.to_sign_in(request)

    async def looking(self, request: Request) -> Who | Response:
        """As `signed_in`, of a page that a kiosk may see, too."""
        try:
            return await self.auth.onlooker(request)
        except Unauthorized:
            return self.to_sign_in(request)

    def to_sign_in(self, request: Request) -> Response:
        """Sign in, and come back to what was asked."""
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return redirect(f"/signin?next={quote(here, safe='')}" if here != "/sessions" else "/signin")

    async def page(self, request: Request, template: str, *, code: int = 200, **values: Any) -> Response:
        """A template, filled: `who` (None: nobody), `csrf`, `version`, `here` (the path) besides its own values."""
        if "who" not in values:
            values["who"] = await self._seen(request)
        frame = {"csrf": self.auth.csrf_token(request), "version": live.__version__, "here": request.url.path}
        bits = self._filled(template, frame | values)
        begun = await anext(bits)  # a fault in what comes first is still an answer of its own
        response = StreamingResponse(_onward(begun, bits), code, self._headers, "text/html; charset=utf-8")
        self.auth.keep_form(request, response)
        return response

    async def _filled(self, template: str, values: dict[str, Any]) -> AsyncIterator[bytes]:
        """The page, made and sent bit by bit: sixty rows take 20 ms, and events must not wait for so long.

        The browser paints the first screen meanwhile.
        """
        parts: list[str] = []
        pause = perf_counter() + SLICE
        for part in self._templates.get_template(template).generate(values):
            parts.append(part)
            if perf_counter() > pause:
                yield "".join(parts).encode("utf-8", "replace")
                parts.clear()
                await asyncio.sleep(0)
                pause = perf_counter() + SLICE
        yield "".join(parts).encode("utf-8", "replace")

    async def _seen(self, request: Request) -> Who | None:
        try:
            return await self.auth.who(request)
        except Unauthorized:
            return None

    def files(self) -> "Static":
        """The route of the static files."""
        return Static(self)


class Static(Mount):
    """The static files; and where the frame is found from a request that no page has taken."""

    def __init__(self, site: Site) -> None:
        super().__init__("/static", app=site.static)
        self.site = site


def of(request: Request) -> Site:
    """The frame of the application that answers this request."""
    return next(route.site for route in request.app.routes if isinstance(route, Static))


async def _onward(begun: bytes, bits: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield begun
    async for bit in bits:
        yield bit


def redirect(to: str) -> Response:
    """See there."""
    return RedirectResponse(to, 303, HEADERS)


def sorry(status: int) -> tuple[str, str]:
    """A status in words, and what to do about it."""
    return HTTPStatus(status).phrase, ADVICE.get(status, "")


def _hashes(texts: Iterable[str]) -> str:
    """For a policy: these very texts may stand in the page."""
    found = (b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts)
    return "".join(f" 'sha256-{one}'" for one in found)
