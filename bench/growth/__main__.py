"""`python -m bench.growth [AXIS ...]`: measures, keeps the figures beside the pictures, and paints what is kept."""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from bench.growth.axes import AXES, Figure
from bench.growth.picture import picture
from bench.rig import machine

SIZES = {
    "stored": (1_000, 50_000, 1_000_000),
    "open": (100, 10_000, 100_000),
    "viewers": (100, 1_000, 10_000),
    "hubs": (1, 2, 3),
}
ASKED = (
    "a list's first page and count, p50", "a list's first page and count, p99", "a later page, p99",
    "all facets and counts, p50", "all facets and counts, p99",
)  # fmt: skip
PAINTED = {  # title, what is on the x axis, on the y axis, the lines, the limit
    "stored": ("Finding among stored sessions", "stored sessions", "ms from request to answer", ASKED, 100.0),
    "open": ("Finding among open sessions", "open sessions", "ms from request to answer", ASKED, 20.0),
    "viewers": (
        "What a viewer costs", "viewers", "µs of the hub's CPU", ("CPU for an event and viewer",), None,
    ),
    "hubs": (
        "What one more hub costs", "hubs", "µs of CPU for an event",
        ("CPU for an event, at the hub that takes it", "CPU for an event, at a hub that hears of it",
         "CPU for an event, all hubs"), None,
    ),
}  # fmt: skip
SHORT = {
    "a list's first page and count, p50": "first page, p50", "a list's first page and count, p99": "first page, p99",
    "all facets and counts, p50": "facets, p50", "all facets and counts, p99": "facets, p99",
    "a later page, p99": "later page, p99", "CPU for an event and viewer": "event and viewer",
    "CPU for an event, at the hub that takes it": "hub that takes it",
    "CPU for an event, at a hub that hears of it": "hub that hears of it", "CPU for an event, all hubs": "all hubs",
}  # fmt: skip
FOLDER = Path(__file__).parents[2] / "docs" / "growth"


async def measure(axis: str, sizes: list[int]) -> list[Figure]:
    """The figures of one axis, printed as they come."""
    found: list[Figure] = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="live-growth-") as name:
            async for figure in AXES[axis](Path(name) / "run", size):
                print(f"{axis:<8} {size:>9,}  {figure.what:<48} {figure.value:>10,.2f} {figure.unit}", flush=True)
                found.append(figure)
    return found


def paint(figures: list[Figure]) -> None:
    """The pictures of the axes that have figures."""
    for axis, (title, across, up, whats, limit) in PAINTED.items():
        lines = {
            SHORT[what]: sorted((f.size, f.value) for f in figures if (f.axis, f.what) == (axis, what) and f.value > 0)
            for what in whats
        }
        lines = {name: points for name, points in lines.items() if points}
        if len({x for points in lines.values() for x, _ in points}) > 1:
            (FOLDER / f"{axis}.svg").write_text(picture(title, lines, across=across, up=up, limit=limit))


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("axes", nargs="*", choices=[*SIZES, []], help="all, where none is named")
    parser.add_argument("--size", type=int, action="append", help="only this one; may be given again")
    parser.add_argument("--dry", action="store_true", help="keep nothing")
    asked = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    kept = FOLDER / "figures.json"
    figures = [Figure(*one) for one in json.loads(kept.read_text())] if kept.exists() else []
    print(json.dumps(machine()))
    for axis in asked.axes or SIZES:
        sizes = asked.size or list(SIZES[axis])
        made = asyncio.run(measure(axis, sizes))
        figures = [one for one in figures if one.axis != axis or one.size not in sizes] + made
        if not asked.dry:
            kept.write_text("[\n" + ",\n".join(json.dumps(one) for one in figures) + "\n]\n")
            paint(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
