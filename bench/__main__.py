"""One run, one table: `python -m bench [part …] [--json FILE] [--quick] [--minutes N]`.

Everything runs on this machine, the load beside the hub: read the ratios, and compare runs on the same machine only.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from bench import parts
from bench.parts import Row
from bench.rig import Rig, machine, rig

PARTS: dict[str, Callable[[Rig, float], AsyncIterator[Row]]] = {
    "ingest": parts.ingest,
    "latency": parts.latency,
    "fanout": parts.fanout,
    "idle": parts.idle,
    "opening": parts.opening,
}


def main() -> int:
    """The exit code: 0 when it ran, whatever it measured."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = (*PARTS, "memory")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(names)} (default: all)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the same figures for machines")
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of the work: does it run? The figures mean little"
    )
    parser.add_argument("--minutes", type=float, default=2.0, help="how long the memory is watched (default: 2)")
    args = parser.parse_args()
    if unknown := [part for part in args.parts if part not in names]:
        parser.error(f"unknown part {unknown[0]!r}; the parts are {', '.join(names)}")
    facts = machine()
    print(", ".join(f"{name} {value}" for name, value in facts.items()), flush=True)
    rows = asyncio.run(_measure(args.parts or names, scale=0.1 if args.quick else 1.0, minutes=args.minutes))
    if args.json is not None:
        args.json.write_text(json.dumps({"machine": facts, "rows": [row.as_json() for row in rows]}, indent=2) + "\n")
    return 0


async def _measure(names: list[str] | tuple[str, ...], *, scale: float, minutes: float) -> list[Row]:
    """Each part on a rig of its own, so that none inherits the other's sessions."""
    rows: list[Row] = []
    _line("", "", "measured", "", "target", "", "")
    for name in names:
        async with rig() as made:
            made_rows = parts.memory(made, minutes) if name == "memory" else PARTS[name](made, scale)
            async for row in made_rows:
                rows.append(row)
                _print(row)
    return rows


def _print(row: Row) -> None:
    target = "" if row.target is None else f"{'≤' if row.better == 'less' else '≥'} {row.target:,.4g}"
    mark = {None: "", True: "reached", False: "short"}[row.reached]
    value = f"{row.value:,.0f}" if row.value >= 1_000 else f"{row.value:,.3g}"
    _line(row.part, row.what, value, row.unit, target, mark, row.note)


def _line(*cells: str) -> None:
    part, what, value, unit, target, mark, note = cells
    print(f"{part:<9} {what:<52} {value:>9} {unit:<9} {target:<8} {mark:<8} {note}".rstrip(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
