"""From which pages a request may come that a browser signs with the cookie by itself."""

from collections.abc import Iterable

from starlette.requests import HTTPConnection

from live.errors import Forbidden

_HTTP = {"ws": "http", "wss": "https"}
_PORT = {"http": ":80", "https": ":443"}


class Origins:
    """Our own: the scheme and Host that were asked, and those that are set. Forwarded headers are not believed.

    With `secure` (TLS ends at a proxy, so the hub itself sees plain HTTP) our own scheme is https, whatever was seen.
    """

    def __init__(self, others: Iterable[str], *, secure: bool) -> None:
        self._others = frozenset(_normal(origin) for origin in others) - {"null"}
        self._secure = secure

    def check(self, connection: HTTPConnection, *, missing: bool) -> None:
        """Raises Forbidden for a page of somebody else; where no Origin is sent, unless `missing` is allowed."""
        sent = connection.headers.getlist("origin")
        if not sent and missing:
            return
        if len(sent) != 1:
            raise Forbidden("a page's socket needs its Origin: use a browser, or an API token instead of the cookie")
        origin = _normal(sent[0])
        if origin not in self._others and origin != self._own(connection):
            page = f"a page of {sent[0][:100]!r} may not use this hub's sign-in"
            raise Forbidden(f"{page}; if it is an address of the hub itself, name it in LIVE_ORIGINS")

    def _own(self, connection: HTTPConnection) -> str | None:
        hosts = connection.headers.getlist("host")
        if len(hosts) != 1 or not hosts[0]:
            return None
        scheme: str = connection.scope["scheme"]
        return _normal(f"{'https' if self._secure else _HTTP.get(scheme, scheme)}://{hosts[0]}")


def _normal(origin: str) -> str:
    origin = origin.strip().lower()
    return origin.removesuffix(_PORT.get(origin.partition(":")[0], "\0"))
