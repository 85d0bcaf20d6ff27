"""Origins: the browser's own word on which page asks."""

import pytest
from starlette.requests import HTTPConnection

from live.errors import Forbidden
from live.origins import Origins


def asked(*origins: str, host: str = "live.example.org", scheme: str = "http", hosts: int = 1) -> HTTPConnection:
    headers = [(b"host", host.encode("latin-1"))] * hosts + [(b"origin", o.encode("latin-1")) for o in origins]
    return HTTPConnection({"type": "http", "scheme": scheme, "path": "/", "headers": headers})


@pytest.mark.parametrize(
    ("origin", "host", "scheme"),
    [
        ("http://live.example.org", "live.example.org", "http"),
        ("http://live.example.org", "live.example.org", "ws"),
        ("https://live.example.org", "live.example.org", "wss"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", "ws"),
        ("http://[::1]:8000", "[::1]:8000", "ws"),
        ("http://live.example.org", "LIVE.example.org:80", "ws"),
        ("https://live.example.org", "live.example.org:443", "wss"),
    ],
)
def test_our_own_page_may(origin: str, host: str, scheme: str) -> None:
    Origins((), secure=False).check(asked(origin, host=host, scheme=scheme), missing=False)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://evil.example",
        "https://live.example.org",  # another scheme
        "http://live.example.org:8000",  # another port
        "http://sub.live.example.org",
        "http://example.org",
        "http://live.example.org.evil.example",
        "http://live.example.org@evil.example",
        "http://evil.example/live.example.org",
        "http://live.example.org/",
        "live.example.org",
        "file://",
        "*",
        "http://lïve.example.org",
        "http://live.example.org\0",
    ],
)
def test_any_other_page_may_not(origin: str) -> None:
    with pytest.raises(Forbidden):
        Origins((), secure=False).check(asked(origin), missing=False)
    with pytest.raises(Forbidden):
        Origins((), secure=False).check(asked(origin), missing=True)


def test_two_origins_are_none() -> None:
    with pytest.raises(Forbidden):
        Origins((), secure=False).check(asked("http://live.example.org", "http://live.example.org"), missing=True)


def test_a_missing_one_is_refused_where_only_browsers_come() -> None:
    Origins((), secure=False).check(asked(), missing=True)
    with pytest.raises(Forbidden, match="Origin"):
        Origins((), secure=False).check(asked(), missing=False)


@pytest.mark.parametrize("hosts", [0, 2])
def test_without_one_host_nothing_is_our_own(hosts: int) -> None:
    with pytest.raises(Forbidden):
        Origins((), secure=False).check(asked("http://live.example.org", hosts=hosts), missing=False)


def test_an_empty_host_is_no_origin() -> None:
    with pytest.raises(Forbidden):
        Origins((), secure=False).check(asked("http://", host=""), missing=False)


def test_set_origins_may_too_and_are_compared_whole() -> None:
    origins = Origins(("https://Ops.example.org", "https://wall.example.org:443", "null"), secure=False)
    origins.check(asked("https://ops.example.org"), missing=False)
    origins.check(asked("https://wall.example.org"), missing=False)
    for other in ("https://ops.example.org:8443", "http://ops.example.org", "https://a.ops.example.org", "null"):
        with pytest.raises(Forbidden, match="LIVE_ORIGINS"):
            origins.check(asked(other), missing=False)


def test_behind_tls_the_page_is_https_although_the_hub_sees_http() -> None:
    origins = Origins((), secure=True)
    origins.check(asked("https://live.example.org", scheme="ws"), missing=False)
    with pytest.raises(Forbidden):  # a page that somebody on the line put under our name
        origins.check(asked("http://live.example.org", scheme="ws"), missing=False)


def test_forwarded_headers_are_not_believed() -> None:
    connection = asked("https://evil.example")
    connection.scope["headers"] += [(b"x-forwarded-host", b"evil.example"), (b"x-forwarded-proto", b"https")]
    with pytest.raises(Forbidden):
        Origins((), secure=False).check(connection, missing=False)
