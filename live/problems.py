"""Errors as RFC 9457 problem details."""

from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from live import frames
from live.errors import BusAway, Forbidden, HubFull, Invalid, LiveError, NotFound, StoreAway, TooLarge, Unauthorized
from live.tries import TooManyTries

_STATUS: dict[type[LiveError], int] = {
    Invalid: 400,
    Unauthorized: 401,
    Forbidden: 403,
    NotFound: 404,
    TooLarge: 413,
    TooManyTries: 429,
    HubFull: 429,
    StoreAway: 503,
    BusAway: 503,
}
RETRY_AFTER = 1  # seconds


def status_of(error: LiveError) -> int:
    """The HTTP status that says it best."""
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)


def problem(
    status: int, detail: str, *, errors: list[dict[str, str]] | None = None, headers: dict[str, str] | None = None
) -> Response:
    """An `application/problem+json` answer."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    return Response(frames.text(body), status, headers, "application/problem+json")


def of(error: LiveError) -> Response:
    """The answer for one of our errors."""
    status = status_of(error)
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status in (429, 503):
        headers["Retry-After"] = str(getattr(error, "retry_after", RETRY_AFTER))
    errors = (
        [{"path": flaw.path, "message": flaw.message} for flaw in error.flaws] if isinstance(error, Invalid) else None
    )
    return problem(status, str(error), errors=errors, headers=headers)
