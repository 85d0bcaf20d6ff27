"""Fills a hub with made-up sessions over HTTP: `python -m bench.seed URL KEY SESSIONS OPEN`. The same, each time.

A session is told by its number alone, so a hub that has some of them gets the others, and those it has it keeps once.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from random import Random
from typing import Any

import httpx

from bench import talk
from bench.clients import Where

AT_ONCE = 6  # posts
TOGETHER = 180  # sessions a post: below the 1,000 events that a batch may have
PATIENCE = 60.0  # seconds in which a batch must have been taken
_NAMES = ("Ada", "Grace", "Alan", "Noor", "Kofi", "Zofia", "Yara", "Luca", "Hugo", "Ines", "Elif", "Mei", "Omar")
_KINDS = ("support", "lead capture", "refund", "question", "order", "claim")
_TAGS = tuple(f"topic {n}" for n in range(60))
_GOALS = ("demo booked", "refund paid", "order placed", "callback", "signup")
_BLOCKS = ("welcome", "pricing", "details", "find the order", "hand over", "answer")
_SAID = (
    "This is terrible, I hate it, awful!", "Where is my order?", "Thanks, that is great", "ok", "Can I get a demo?",
    "It does not work and nobody helps me",
)  # fmt: skip


def name(number: int) -> str:
    """The session's id, as its channel has it."""
    return f"seed-{number}"


def facts(number: int, *, stays: bool) -> Iterator[dict[str, Any]]:
    """The five or so events of one session; it is closed at the end unless it `stays` open."""
    of = Random(number)
    ids = iter(range(10))

    def fact(type_: str, **more: Any) -> dict[str, Any]:
        return {"type": type_, "session": name(number), "id": f"e{next(ids)}", **more}

    user = {"name": f"{of.choice(_NAMES)} {number}", "email": f"u{number}@example.com", "phone": f"+49171{number:07}"}
    agent = {"id": of.choice("abc"), "name": of.choice(("Pine", "Scout", "Rosie"))}
    tags = of.sample(_TAGS, of.randrange(3))
    yield fact("session.started", user=user, kind=of.choice(_KINDS), tags=tags, agent=agent)
    yield fact("message", role="user", text=of.choice(_SAID))
    if of.random() < 0.6:
        yield fact("block.entered", block=of.choice(_BLOCKS))
    yield fact("message", role="assistant", text="Let me see.")
    if of.random() < 0.4:
        yield fact(of.choice(("goal.triggered", "goal.completed", "goal.failed")), goal=of.choice(_GOALS))
    if not stays:
        yield fact("session.closed", reason="done")


async def fill(where: Where, numbers: range, *, stay: int) -> int:
    """Sends these sessions, of which those numbered below `stay` stay open; the events, all durable."""
    waiting, sent = iter(numbers[at : at + TOGETHER] for at in range(0, len(numbers), TOGETHER)), 0
    headers = {"Authorization": f"Bearer {where.key}", "Content-Type": "application/json"}

    async def work(client: httpx.AsyncClient) -> None:
        nonlocal sent
        for part in waiting:
            told = [fact for number in part for fact in facts(number, stays=number < stay)]
            body = talk.encoded(told)
            async with asyncio.timeout(PATIENCE):
                while (answer := await client.post(f"{where.url}/api/v1/events", content=body)).status_code in {
                    429,
                    503,
                }:
                    await asyncio.sleep(0.5)  # sending it again is right
            taken = answer.text.count('"stored"') + answer.text.count('"duplicate"')
            if taken != len(told):
                raise RuntimeError(f"{len(told)} events sent, {taken} taken: {answer.status_code} {answer.text[:200]}")
            sent += len(told)

    async with httpx.AsyncClient(headers=headers, timeout=PATIENCE, trust_env=False) as client:
        await asyncio.gather(*(work(client) for _ in range(AT_ONCE)))
    return sent


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.seed", description=__doc__)
    parser.add_argument("url", help="of the hub")
    parser.add_argument("key", help="its channel key")
    parser.add_argument("sessions", type=int, help="how many in all")
    parser.add_argument("open", type=int, help="how many of them stay open")
    args = parser.parse_args()
    began = time.monotonic()
    events = asyncio.run(fill(Where(args.url, args.key, ""), range(args.sessions), stay=args.open))
    print(
        f"{args.sessions:,} sessions, {args.open:,} of them open: {events:,} events, {time.monotonic() - began:.1f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
