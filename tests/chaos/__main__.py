"""`python -m tests.chaos`: run scenarios, one after the other, and print what was promised and what was seen."""

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from bench.clients import open_many_files
from bench.rig import machine
from tests.chaos import mixed, on_bus, on_hubs, on_sources, on_store, on_viewers
from tests.chaos.run import Ran, run
from tests.chaos.scenario import Scenario, Seen

SCENARIOS: list[Scenario] = [
    *on_store.SCENARIOS,
    *on_bus.SCENARIOS,
    *on_hubs.SCENARIOS,
    *on_viewers.SCENARIOS,
    *on_sources.SCENARIOS,
    *mixed.SCENARIOS,
]
SEEDS = 2**32
MIXED = 1.0  # minutes
PATIENCE = 300.0  # seconds for one scenario, the start of its servers included


def main() -> int:
    """0 where all that ran held; 1 where something did not."""
    asked = _arguments()
    if asked.list:
        for scenario in SCENARIOS:
            print(f"{scenario.name:24} {scenario.promised}")
        return 0
    wanted = [scenario for scenario in SCENARIOS if not asked.only or scenario.name in asked.only]
    wanted = [replace(one, setup=replace(one.setup, seconds=asked.mixed * 60)) for one in wanted]
    if unknown := set(asked.only) - {scenario.name for scenario in wanted}:
        print(f"no such scenario: {', '.join(sorted(unknown))}; --list shows all", file=sys.stderr)
        return 2
    open_many_files()
    facts = machine()
    print(", ".join(f"{name} {value}" for name, value in facts.items()), f"seed {asked.seed}", sep="\n", flush=True)
    began = time.monotonic()
    ran = asyncio.run(_rounds(wanted, asked))
    took = time.monotonic() - began
    print(table(wanted, ran, seconds=took))
    if asked.json:
        about = {"machine": facts, "date": f"{datetime.now(UTC):%Y-%m-%d}", "seed": asked.seed, "seconds": round(took)}
        found = {**about, "runs": [asdict(one) for one in ran]}
        Path(asked.json).write_text(json.dumps(found, indent=1) + "\n")
    return 1 if any(one.failed for one in ran) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(SEEDS), help="of a run that is to be repeated")
    parser.add_argument("--round", type=int, default=0, help="of that run, from 0 on: begin with this one")
    parser.add_argument("--minutes", type=float, default=0.0, help="go round until so many have passed; else once")
    parser.add_argument("--mixed", type=float, default=MIXED, help="minutes of the scenario in which all is at once")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this scenario; may be repeated")
    parser.add_argument("--list", action="store_true", help="say what there is, and what is promised")
    parser.add_argument("--json", metavar="FILE", help="write what was seen to this file, too")
    return parser.parse_args()


async def _rounds(wanted: list[Scenario], asked: argparse.Namespace) -> list[Ran]:
    """Each scenario's seed follows from the run's and from which time it is."""
    ran: list[Ran] = []
    until = time.monotonic() + asked.minutes * 60
    number = asked.round
    while not ran or time.monotonic() < until:
        for scenario in wanted:
            one = await _one(scenario, seed=random.Random(f"{asked.seed} {scenario.name} {number}").randrange(SEEDS))
            one.again = f"--seed {asked.seed} --only {scenario.name} --round {number}"
            if asked.mixed != MIXED and scenario.name == "mixed":
                one.again += f" --mixed {asked.mixed:g}"
            ran.append(one)
            print(line(one), flush=True)
            if asked.minutes and time.monotonic() >= until:
                break
        number += 1
    return ran


async def _one(scenario: Scenario, *, seed: int) -> Ran:
    try:
        async with asyncio.timeout(PATIENCE + scenario.setup.seconds):
            return await run(scenario, seed=seed)
    except TimeoutError:
        return Ran(scenario.name, seed, failed=f"not done after {PATIENCE:.0f} s", seconds=PATIENCE, lost=None)


def line(ran: Ran) -> str:
    """One run, in a line."""
    if ran.skipped:
        return f"{ran.name:24} not run: {ran.skipped}"
    what = f"FAILED {ran.failed}" if ran.failed else f"ok     {_told(ran.seen)}"
    return f"{ran.name:24} {what}\n{'':24} {ran.seconds:.0f} s, {ran.acknowledged:,} acknowledged; again: {ran.again}"


def table(wanted: list[Scenario], ran: list[Ran], *, seconds: float) -> str:
    """All runs, as Markdown."""
    rows = ["", "| scenario | promised | seen | runs |", "|---|---|---|---|"]
    for scenario in wanted:
        of_it = [one for one in ran if one.name == scenario.name]
        skipped = [one.skipped for one in of_it if one.skipped]
        failed = [one for one in of_it if one.failed]
        seen = f"not run: {skipped[0]}" if skipped else _told(_together(of_it))
        runs = f"{len(of_it) - len(skipped)}" + (f", {len(failed)} FAILED" if failed else "")
        rows.append(f"| `{scenario.name}` | {scenario.promised} | {seen} | {runs} |")
    kills: Counter[str] = sum((Counter(one.kills) for one in ran), Counter())
    told = ", ".join(f"{count} of {name}" for name, count in sorted(kills.items())) or "none"
    failed_runs = sum(bool(one.failed) for one in ran)
    unknown = sum(one.lost is None for one in ran)
    rows.append(
        f"\n{len(ran)} runs in {seconds / 60:.1f} minutes, {failed_runs} failed; kills: {told};"
        f" {sum(one.acknowledged for one in ran):,} events acknowledged, {sum(one.lost or 0 for one in ran)} lost"
        + (f", of {unknown} failed runs not known" if unknown else "")
    )
    return "\n".join(rows)


def _together(ran: list[Ran]) -> Seen:
    """The longest seconds, the sum of numbers."""
    found: Seen = {}
    for one in ran:
        for what, value in one.seen.items():
            together = sum if isinstance(value, int) else max
            found[what] = together([value, found[what]]) if what in found else value
    return found


def _told(seen: Seen) -> str:
    parts = [f"{what}: {value}" if isinstance(value, int) else f"{what}: {value:.2f} s" for what, value in seen.items()]
    return "; ".join(parts) or "as promised"


if __name__ == "__main__":
    sys.exit(main())
