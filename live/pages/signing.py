"""Sign in and out."""

import logging
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from live.auth import TooManyTries
from live.errors import Flaw, Forbidden, Invalid, StoreAway, TooLarge, Unauthorized
from live.pages.site import HEADERS, Site, redirect

logger = logging.getLogger(__name__)

HOME = "/sessions"
MAX_FORM = 16 * 1024  # bytes; no form of ours is larger
MAX_FIELDS = 20


def routes(site: Site) -> list[Route]:
    """`/`, the forms, and what a page asks when its socket is refused: am I still signed in?"""

    async def home(request: Request) -> Response:
        return redirect(HOME)

    async def show(request: Request) -> Response:
        to = local(request.query_params.get("next"))
        if not isinstance(await site.signed_in(request), Response):
            return redirect(to)
        return await site.page(request, "signin.html", who=None, next=to, name="", problem="")

    async def sign_in(request: Request) -> Response:
        form = await fields(request)
        to, name = local(form.get("next")), form.get("name", "")
        headers: dict[str, str] = {}
        try:
            site.auth.check_csrf(request, form.get("csrf"))
            address = request.client.host if request.client else ""
            who = await site.auth.sign_in(name, form.get("password", ""), address=address)
        except Unauthorized:
            code, problem = 401, "The name or the password is wrong."
        except TooManyTries as error:
            code, problem = 429, f"Too many tries. Try again in {error.retry_after} seconds."
            headers["Retry-After"] = str(error.retry_after)
        except Forbidden:
            code, problem = 403, "This page had gone out of date. Try once more."
        else:
            response = redirect(to)
            site.auth.set_cookie(response, who)
            return response
        values = {"who": None, "next": to, "name": name[:256], "problem": problem}
        response = await site.page(request, "signin.html", code=code, **values)
        response.headers.update(headers)
        return response

    async def sign_out(request: Request) -> Response:
        form = await fields(request)
        site.auth.check_csrf(request, form.get("csrf"))
        response = redirect("/signin")
        try:
            await site.auth.sign_out(request, response)
        except StoreAway:
            logger.warning("sign-out: the store is away; a copy of the cookie, if there is one, still works")
        return response

    async def known(request: Request) -> Response:
        who = await site.auth.onlooker(request)
        return JSONResponse({"name": who.name, "role": who.role}, headers=HEADERS)

    return [
        Route("/", home),
        Route("/signin", show),
        Route("/signin", sign_in, methods=["POST"]),
        Route("/signout", sign_out, methods=["POST"]),
        Route("/signed-in", known),
    ]


def local(path: str | None) -> str:
    """A path of this site to go to; the list where it is anything else."""
    if path is None or not path.startswith("/") or path.startswith(("//", "/signin")) or len(path) > 4_000:
        return HOME
    return HOME if any(c == "\\" or c.isspace() or not c.isprintable() for c in path) else path


async def fields(request: Request) -> dict[str, str]:
    """A posted form. Raises Invalid, TooLarge."""
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > MAX_FORM:
                raise TooLarge("the form", MAX_FORM, "bytes")
        return dict(parse_qsl(bytes(body).decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS))
    except ClientDisconnect:
        raise Invalid(Flaw("", "the form ended early")) from None
    except ValueError:
        raise Invalid(Flaw("", "expected a form, in UTF-8")) from None
