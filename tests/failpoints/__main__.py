"""`python -m tests.failpoints`: a hub is killed at every place at which it can stand still; a table says what came."""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from live import embedded
from tests.failpoints.run import Found, Ran, die_at, look, stage


def main() -> int:
    """0 where all that was acknowledged was right each time."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="live-failpoints-") as directory:
        return asyncio.run(_run(Path(directory), asked))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.failpoints", description=__doc__)
    parser.add_argument(
        "--path", action="store_true", help="only the places between the receipt of an event and its ack"
    )
    parser.add_argument("--part", default="1/1", metavar="N/M", help="the Nth of M parts of the kills")
    parser.add_argument("--list", action="store_true", help="say which places there are, and which are not reached")
    return parser.parse_args()


async def _run(directory: Path, asked: argparse.Namespace) -> int:
    nth, parts = (int(number) for number in asked.part.split("/"))
    async with embedded.Mongod(directory / "mongodb") as mongod, embedded.Valkey(directory / "valkey") as valkey:
        (directory / "look").mkdir()
        async with stage(mongod.url, valkey.url, directory / "look") as at:
            found = await look(at, directory / "seen.json")
        print(_listed(found), flush=True)
        if asked.list:
            return 0
        kills = [*found.kills(found.on_path() if asked.path else found.places()), *found.kills_in_passing()]
        kills = kills[nth - 1 :: parts]
        (directory / "kills").mkdir()
        began = time.monotonic()

        def tell(ran: Ran) -> None:
            print(f"{time.monotonic() - began:5.0f} s  {ran.kill!s:50} {_result(ran)}", flush=True)

        urls = {"mongodb_url": mongod.url, "redis_url": valkey.url}
        ran = await die_at(kills, **urls, directory=directory / "kills", tell=tell)
    print(_table(found, ran), f"\n{time.monotonic() - began:.0f} s")
    return 1 if any(one.wrong for one in ran) else 0


def _listed(found: Found) -> str:
    """What the enumeration says."""
    on_path, places = found.on_path(), found.places()
    functions = {one.function for one in found.path}
    head = f"{len(found.path)} awaits stand on the path from receipt to ack, in {len(functions)} functions"
    lines = [f"{head}; tasks stood still at {len(on_path)} places of it, and at {len(places) - len(on_path)} beside it"]
    lines += [f"  went on without standing still: {one.place} {one.function}" for one in found.passed()]
    lines += [f"  not reached: {one.place} {one.function}: {one.reason or '?'}" for one in found.not_reached()]
    return "\n".join(lines)


def _result(ran: Ran) -> str:
    if ran.wrong:
        return f"WRONG {ran.wrong}"
    how = (
        f"{ran.before} of {ran.acknowledged} acknowledged before"
        if ran.died
        else "not hit this time, killed at the end"
    )
    return f"right after {ran.healed:.1f} s ({how})"


def _table(found: Found, ran: list[Ran]) -> str:
    by_place: dict[str, list[Ran]] = defaultdict(list)
    for one in ran:
        by_place[one.kill.place].append(one)
    on_path = {line for one in found.path for line in one.lines()}
    function = {one.place: one.function for one in found.path} | found.seen.functions
    stood = found.seen.points
    rows = ["", "| place | function | on the path | stood there | killed there | result |", "|---|---|---|---|---|---|"]
    for place, of_it in by_place.items():
        died = sum(one.died for one in of_it)
        result = "; ".join(one.wrong.splitlines()[0] for one in of_it if one.wrong) or "right"
        path = "yes" if place in on_path else "beside"
        rows.append(f"| `{place}` | `{function.get(place, '')}` | {path} | {stood.get(place, 0)} | {died} | {result} |")
    right = [one.healed for one in ran if not one.wrong]
    died, wrong = sum(one.died for one in ran), sum(bool(one.wrong) for one in ran)
    longest = f"; all right again after at most {max(right):.1f} s" if right else ""
    rows.append(f"\n{len(ran)} runs, {died} died at their place, {wrong} wrong{longest}")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
