"""One run, one table: `python -m bench [part …] [--json FILE] [--quick] [--minutes N]`.

Everything runs on this machine, the load beside the hub: read the ratios, and compare runs on the same machine only.
"""

import argparse
import asyncio
import json
import math
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path

from bench import parts
from bench.browser import browser, chromium
from bench.clients import Where
from bench.filters import filters
from bench.parts import Row
from bench.player import player
from bench.rig import Rig, machine, rig
from bench.stages import stages

PARTS: dict[str, Callable[[Rig, float], AsyncIterator[Row]]] = {
    "stages": stages,
    "ingest": parts.ingest,
    "latency": parts.latency,
    "fanout": parts.fanout,
    "filters": filters,
    "idle": parts.idle,
    "opening": parts.opening,
    "browser": browser,
    "player": player,
}
BROWSED = ("browser", "player")


def main() -> int:
    """The exit code: 0 when it ran, whatever it measured."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = (*PARTS, "memory")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(names)} (default: all)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the same figures for machines")
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of the work: does it run? The figures mean little"
    )
    for name, about in (
        ("--url", "of a running hub, instead of one of the benchmark's own; what is sent stays there"),
        ("--key", "its channel key"),
        ("--token", "its API token"),
    ):
        parser.add_argument(name, help=about)
    parser.add_argument("--pid", type=int, help="its process on this machine: its CPU and memory are measured too")
    parser.add_argument("--minutes", type=float, default=2.0, help="how long the memory is watched (default: 2)")
    args = parser.parse_args()
    if unknown := [part for part in args.parts if part not in names]:
        parser.error(f"unknown part {unknown[0]!r}; the parts are {', '.join(names)}")
    wanted = args.parts or names if args.url is None else args.parts or [name for name in names if name not in BROWSED]
    for part in BROWSED:
        if part in wanted and args.url is not None:
            parser.error(f"the part {part} fills a hub of its own, and measures no other")
        if part in wanted and chromium() is None:
            parser.error(f"the part {part} needs a chromium on the PATH; name the other parts to measure them alone")
    running: Rig | None = None
    if args.url is not None:
        if args.key is None or args.token is None:
            parser.error("--url needs --key and --token")
        running = Rig(Where(args.url, args.key, args.token), pid=args.pid)
    facts = machine()
    print(", ".join(f"{name} {value}" for name, value in facts.items()), flush=True)
    rows = asyncio.run(_measured(wanted, running, quick=args.quick, minutes=args.minutes))
    if args.json is not None:
        args.json.write_text(json.dumps({"machine": facts, "rows": [row.as_json() for row in rows]}, indent=2) + "\n")
    return 0


async def _measured(names: Sequence[str], running: Rig | None, *, quick: bool, minutes: float) -> list[Row]:
    if not quick or running is not None:
        return await _measure(names, running, scale=0.1 if quick else 1.0, minutes=minutes)
    async with rig() as shared:  # figures that mean little may be of one hub
        return await _measure(names, shared, scale=0.1, minutes=minutes)


async def _measure(names: Sequence[str], running: Rig | None, *, scale: float, minutes: float) -> list[Row]:
    """Each part on a rig of its own, so that none inherits the other's sessions; or all on the one that is running."""
    rows: list[Row] = []
    _line("", "", "measured", "", "target", "", "")
    for name in names:
        stage: AbstractAsyncContextManager[Rig] = rig() if running is None else nullcontext(running)
        async with stage as made:
            made_rows = parts.memory(made, minutes) if name == "memory" else PARTS[name](made, scale)
            async for row in made_rows:
                rows.append(row)
                _print(row)
    return rows


def _print(row: Row) -> None:
    target = "" if row.target is None else f"{'≤' if row.better == 'less' else '≥'} {row.target:,.4g}"
    mark = {None: "", True: "reached", False: "short"}[row.reached]
    value = "–" if math.isnan(row.value) else f"{row.value:,.0f}" if row.value >= 1_000 else f"{row.value:,.3g}"
    _line(row.part, row.what, value, row.unit, target, mark, row.note)


def _line(*cells: str) -> None:
    part, what, value, unit, target, mark, note = cells
    print(f"{part:<9} {what:<52} {value:>9} {unit:<9} {target:<8} {mark:<8} {note}".rstrip(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
