"""`live tail` and `live export`: a hub, as seen by a client with an API token."""

import argparse
import asyncio
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException
from typing import Any

from websockets.asyncio.client import connect
from websockets.asyncio.client import process_exception as passes  # type: ignore[attr-defined]
from websockets.exceptions import ConnectionClosed, InvalidStatus

from live.errors import LiveError, SettingError, Unauthorized
from live.sender import Unreachable

URL = "http://127.0.0.1:8000"
PART = 64 * 1024  # bytes of a file written at once


class Refused(LiveError):
    """The hub answered, and said no."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the hub refuses: {self.reason}"


class NobodyReads(LiveError):
    """Whoever read standard output has gone, as `head` does: no fault of the hub, and nothing to say."""

    def __str__(self) -> str:
        return "nobody reads the output"


def add_commands(commands: Any) -> None:
    """Mount `tail` and `export` on argparse's subparsers."""
    tail = commands.add_parser("tail", help="print every change of the sessions under a filter")
    tail.add_argument("filter", nargs="?", default="", help="such as 'channel=web&sentiment=negative'")
    tail.set_defaults(run=lambda args: asyncio.run(_tail(args)))
    export = commands.add_parser("export", help="the sessions under a filter, as a file on standard output")
    export.add_argument("filter", nargs="?", default="")
    export.add_argument("--format", choices=("jsonl", "csv"), default="jsonl")
    export.set_defaults(run=_export)
    for command in (tail, export):
        command.add_argument(
            "--url", default=os.environ.get("LIVE_URL", URL), help=f"the hub (default: LIVE_URL, {URL})"
        )
        command.add_argument(
            "--token",
            default=os.environ.get("LIVE_TOKEN"),
            help="an API token (default: LIVE_TOKEN); make one with `live key add --token NAME`",
        )


def _token(args: argparse.Namespace) -> str:
    if not args.token:
        raise SettingError(
            "LIVE_TOKEN", "an API token here or with --token (make one with `live key add --token NAME`)", "nothing"
        )
    return str(args.token)


async def _tail(args: argparse.Namespace) -> None:
    address = args.url.rstrip("/").replace("http", "ws", 1) + "/api/v1/live"
    headers = {"Authorization": f"Bearer {_token(args)}"}
    seen: dict[str, int] = {}
    connected = False

    def passing(error: Exception) -> Exception | None:
        """A hub that was never there is an error; one that was comes back."""
        return passes(error) if connected else error

    try:
        async for socket in connect(address, additional_headers=headers, max_size=2**26, process_exception=passing):
            connected = True
            try:
                await socket.send(
                    json.dumps({"op": "subscribe", "id": "tail", "to": "wall", "filter": args.filter, "limit": 1000})
                )
                async for text in socket:
                    _print(json.loads(text), seen)
            except ConnectionClosed as closed:
                print(
                    f"-- the connection was lost ({closed.rcvd.code if closed.rcvd else 'cut'}); connecting again",
                    file=sys.stderr,
                )
    except InvalidStatus as error:
        raise Unauthorized(f"the hub refuses the token (HTTP {error.response.status_code})") from None
    except OSError as error:
        raise Unreachable(args.url, str(error)) from None


def _print(frame: dict[str, Any], seen: dict[str, int]) -> None:
    """What is new against `seen`, the rev of each card shown: a connection made again repeats nothing."""
    match frame["op"]:
        case "error":
            raise Refused(frame["message"])
        case "snapshot" | "patch":
            for card in frame["cards"]:
                if seen.get(card["session"]) == card["rev"]:
                    continue
                seen[card["session"]] = card["rev"]
                said = card["last_message"] or {"role": "-", "text": ""}
                mood = card["sentiment"]["label"] or "-"
                _write(
                    f"{card['last']}  {card['session']:<30.30} {card['status']:<8} {mood:<8} "
                    f"{said['role']}: {_line(said['text'])}\n".encode()
                )
            for session in frame.get("gone", []):
                if seen.pop(session, None) is None:
                    continue
                _write(f"{'':24}  {session:<30.30} left the view\n".encode())


def _write(part: bytes) -> None:
    """To standard output, at once."""
    try:
        sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise NobodyReads from None


def _line(text: str) -> str:
    """A text for a terminal: one line, and nothing that moves its cursor."""
    return "".join(c if c.isprintable() else " " for c in text)[:120]


def _export(args: argparse.Namespace) -> None:
    query = "&".join(part for part in (args.filter, f"format={args.format}") if part)
    request = urllib.request.Request(
        f"{args.url.rstrip('/')}/api/v1/export?{query}", headers={"Authorization": f"Bearer {_token(args)}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            while part := answer.read(PART):
                _write(part)
    except urllib.error.HTTPError as error:
        raise Refused(f"HTTP {error.code}: {error.read(2000).decode(errors='replace')}") from None
    except (OSError, HTTPException) as error:
        raise Unreachable(args.url, str(error)) from None
