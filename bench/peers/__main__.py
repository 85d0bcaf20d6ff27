"""`python -m bench.peers [part …] [--json FILE]`: the hub beside others of its kind, on this machine, in one run.

Load and servers share the cores: read the ratios. What a peer lacks to run is said, and the others are measured.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.clients import Client, open_many_files, watch
from bench.peers import fanout, floor, phoenix
from bench.peers.listeners import listen
from bench.peers.peer import KINDS, PYTHON, Peer
from bench.peers.work import QUICK, WHOLE, Work
from bench.rig import machine
from bench.scaling import Pair, pair

Row = dict[str, Any]
LIVE = "live"


async def delivering(work: Work) -> AsyncIterator[Row]:
    """Cards to viewers, and what an idle one holds."""
    async with pair() as hubs, AsyncExitStack() as stack:
        peers = await _started(stack, hubs)
        names = [LIVE, *peers]

        async def turn(name: str, rate: int) -> fanout.Turn:
            if name == LIVE:
                return await fanout.of_live(hubs, rate, work=work)
            return await fanout.of_peer(peers[name], rate, work=work)

        for name in names:
            yield {"name": name, "KiB an idle viewer": await _held(name, hubs, peers, viewers=work.idle)}
        async for name, rate, seen in fanout.in_turns(names, turn, work=work):
            yield {"name": name, "offered": rate * work.viewers, **asdict(seen)}


async def _started(stack: AsyncExitStack, hubs: Pair) -> dict[str, Peer]:
    found = {}
    for kind in KINDS:
        if kind.missing:
            print(f"NOT MEASURED: {kind.about}: {kind.missing}", flush=True)
            continue
        peer = Peer(kind, hubs.directory / kind.name, hubs.addresses.redis_url)
        found[kind.name] = await stack.enter_async_context(peer)
    return found


async def _held(name: str, hubs: Pair, peers: dict[str, Peer], *, viewers: int) -> float:
    def come() -> Client:
        if name == LIVE:
            return Client(watch, hubs.hears.where, walls=viewers, limit=50)
        kind = peers[name].kind
        return Client(listen, peers[name].rig.where, viewers=viewers, path=kind.path, greeting=kind.greeting)

    return await fanout.memory(hubs.hears if name == LIVE else peers[name].rig, come, viewers=viewers)


async def monitoring(work: Work) -> AsyncIterator[Row]:
    """The hub and Phoenix among sessions."""
    async with phoenix.live() as hub:
        async for seen in phoenix.asked(hub, work=work):
            yield {"name": LIVE, **asdict(seen)}
    if not PYTHON.exists():
        print("NOT MEASURED: Phoenix: its packages are not installed: make bench-peers", flush=True)
        return
    with tempfile.TemporaryDirectory(prefix="live-phoenix-") as directory:
        async with phoenix.phoenix(Path(directory) / "phoenix") as other:
            async for seen in phoenix.asked(other, work=work):
                yield {"name": "Phoenix", **asdict(seen)}


PARTS: dict[str, Callable[[Work], AsyncIterator[Row]]] = {
    "floor": floor.floor,
    "fanout": delivering,
    "phoenix": monitoring,
}


def main() -> int:
    """The exit code: 0 when it ran, whatever it measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)} (default: all)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file, too")
    parser.add_argument("--quick", action="store_true", help="does it run? The figures mean nothing")
    asked = parser.parse_args()
    if unknown := [part for part in asked.parts if part not in PARTS]:
        parser.error(f"unknown part {unknown[0]!r}; the parts are {', '.join(PARTS)}")
    open_many_files()
    facts = machine()
    print(", ".join(f"{name} {value}" for name, value in facts.items()), flush=True)
    rows = asyncio.run(_run(asked.parts or list(PARTS), QUICK if asked.quick else WHOLE))
    if asked.json is not None:
        asked.json.write_text(
            json.dumps({"date": f"{datetime.now(UTC):%Y-%m-%d}", "machine": facts, "rows": rows}, indent=1) + "\n"
        )
    return 0


async def _run(parts: list[str], work: Work) -> list[Row]:
    rows = []
    for part in parts:
        async for row in PARTS[part](work):
            rows.append({"part": part, **row})
            print("  ".join([part, *(_told(what, value) for what, value in row.items())]), flush=True)
    return rows


def _told(what: str, value: Any) -> str:
    match value:
        case dict():
            return f"{what} p50 {value['p50']:,.1f} p99 {value['p99']:,.1f} ms"
        case float() if what == "cpu":
            return f"{value * 1e6:,.1f} µs a card"
        case float():
            return f"{what} {value:,.1f}"
        case _:
            return f"{what} {value}"


if __name__ == "__main__":
    sys.exit(main())
