"""`live up` and `live serve`: a hub in this process, alone or with everything that it needs."""

import asyncio
import gc
import json
import logging
import os
from dataclasses import replace
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import live
from live import app, demo, embedded, server
from live.errors import LiveError
from live.settings import Settings

CHANNELS = ("web", "sms", "email")  # made at the first start, so that there is something to send to

logger = logging.getLogger(__name__)


class PortTaken(LiveError):
    """Somebody else listens there."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(host, port, reason)
        self.host, self.port, self.reason = host, port, reason

    def __str__(self) -> str:
        return f"cannot listen on {self.host}:{self.port} ({self.reason}): choose another with --port"


async def one_hub(configured: Settings, *, host: str | None, port: int) -> None:
    """`live serve`: until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    server.stop_on_signals(stop)
    await _hub(configured, host=host or configured.host, port=port, stop=stop, ready=asyncio.Event())


async def everything(configured: Settings, *, host: str | None, port: int, data: Path, with_demo: bool) -> None:
    """`live up`: the servers that are not set, a hub, and what a first user needs to know; until SIGTERM or SIGINT."""
    stop, ready = asyncio.Event(), asyncio.Event()
    server.stop_on_signals(stop)
    host = host or configured.host
    async with embedded.servers(data, mongodb_url=configured.mongodb_url, redis_url=configured.redis_url) as servers:
        configured = _with_first_login(configured, data)
        configured = replace(configured, mongodb_url=servers.mongodb_url, redis_url=servers.redis_url)
        async with asyncio.TaskGroup() as group:
            hub = group.create_task(_hub(configured, host=host, port=port, stop=stop, ready=ready))
            await _either(ready, hub)
            extra = None
            if ready.is_set():
                url = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}"
                print(_introduction(configured, url), flush=True)
                if with_demo:
                    extra = group.create_task(
                        demo.demo(url=url, keys={c: configured.bootstrap_keys[c] for c in CHANNELS})
                    )
            await stop.wait() if not hub.done() else None
            if extra is not None:
                extra.cancel()


async def _hub(configured: Settings, *, host: str, port: int, stop: asyncio.Event, ready: asyncio.Event) -> None:
    try:
        listener = server.listen(host, port)
    except OSError as error:
        raise PortTaken(host, port, error.strerror or str(error)) from None
    async with app.running(configured) as running:
        _collect_seldom()
        logger.info("hub %s %s on http://%s:%d", running.hub.name, live.__version__, host, listener.getsockname()[1])
        ready.set()
        await server.serve(running.app, listener, max_message=configured.max_body, stop=stop, drain=running.hub.drain)


def _collect_seldom() -> None:
    """Let Python look for cycles after 20,000 new objects, not 700, and never among what is there at the start.

    An event makes dozens of objects and no cycle: the looking cost a twelfth of the CPU (measured by turns).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def _either(ready: asyncio.Event, hub: asyncio.Task[None]) -> None:
    waiting = asyncio.ensure_future(ready.wait())
    await asyncio.wait({waiting, hub}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


def _with_first_login(configured: Settings, data: Path) -> Settings:
    """The first admin and the first keys: those of LIVE_BOOTSTRAP_…, else made once and kept beside the data.

    The file is readable by its owner alone.
    """
    path = data / "first-login.json"
    kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"password": token_urlsafe(9), "keys": {}}
    for channel in CHANNELS:
        kept["keys"].setdefault(channel, token_urlsafe(24))
    written = path.with_suffix(".new")  # and then renamed: a crash leaves the old file or the new one
    with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(kept, file, indent=2)
    written.replace(path)
    return replace(
        configured,
        bootstrap_admin=configured.bootstrap_admin or ("admin", kept["password"]),
        bootstrap_keys={**kept["keys"], **configured.bootstrap_keys},
    )


def _introduction(configured: Settings, url: str) -> str:
    assert configured.bootstrap_admin is not None
    name, password = configured.bootstrap_admin
    key = configured.bootstrap_keys[CHANNELS[0]]
    event = '{"type":"message","session":"s-1","id":"m-1","role":"user","text":"Hello"}'
    return f"""
  The wall      {url}/wall
  Sessions      {url}/sessions
  First sign-in {name} / {password}   (unless it was changed since)
  Channel key   {key}   (channel "{CHANNELS[0]}")

  Send an event:
    curl {url}/api/v1/events -H 'Authorization: Bearer {key}' \\
      -H 'Content-Type: application/json' -d '{event}'

  Ctrl-C stops everything.
"""
