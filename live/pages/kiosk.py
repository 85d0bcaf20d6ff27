"""A kiosk opens its address: the token in it becomes a cookie at once, so that it stays in no history and no log."""

from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import Response

from live.errors import Unauthorized
from live.pages.site import Site, redirect

TOKEN = "token"  # noqa: S105 - the name of the parameter


async def entered(site: Site, request: Request) -> Response | None:
    """The answer to an address that holds a token; None for one that holds none."""
    token = request.query_params.get(TOKEN)
    if token is None:
        return None
    pairs = [pair for pair in parse_qsl(request.url.query, keep_blank_values=True) if pair[0] != TOKEN]
    response = redirect(f"{request.url.path}?{urlencode(pairs, safe=',!:<>=@/()')}".rstrip("?"))
    response.headers["Referrer-Policy"] = "no-referrer"
    try:
        await site.auth.enter(response, token)
    except Unauthorized as error:
        return await _refused(site, request, str(error))
    return response


async def _refused(site: Site, request: Request, sentence: str) -> Response:
    """What is wrong, without the token, and what to do about it."""
    advice = "Whoever runs this hub makes a new address for this screen with `live key add --kiosk`."
    values = {"status": 401, "title": "This screen is not let in", "message": sentence, "advice": advice, "who": None}
    response = await site.page(request, "failure.html", code=401, **values)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
