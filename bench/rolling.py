"""A rolling restart under load: `python -m bench.rolling [--seed N] [--viewers N] [--rate N] [--rounds N]`.

Three hubs behind HAProxy, on a replica set of three and a Valkey Cluster of three, all on the loopback. Channels send
over sockets and over HTTP, viewers look; meanwhile each hub is asked to end and started again, one after another, then
each Valkey, then each mongod, the primary last; then a hub hangs for a while, then most of the store. Promised: nothing
acknowledged is lost or there twice, no viewer's view is wrong or away for more than BOUND (HANGING where a hub hangs),
no viewer's socket ends with 1011, none is told a wrong digest, no channel is without an ack for more than MUTE beside
what hangs, and who comes when all hubs know that the store is away sees what is open. Exit code 1 where that does not
hold.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx

from bench.clients import open_many_files
from bench.cluster import DATABASE, Deployment, deployment, status
from live.embedded import Mongod, Server
from live.sender import Result
from tests.chaos.oracle import NotRight, Place, Verdict, judge
from tests.chaos.replicas import hello, primary
from tests.chaos.sources import Acks, Talk, speak
from tests.chaos.viewers import Viewer
from tests.hubs import KEYS, TOKEN
from tests.servers import until

BOUND = 3.0  # seconds that a view may be wrong, or a viewer away
HANGING = 5.0  # the same where a hub hangs: the balancer knows after two, and cuts its viewers off
HELD = 20.0  # seconds that something hangs
MUTE = 10.0  # seconds that a channel may be without an ack: a POST at a hub that hangs ends after eight
CHECKED = 1.0  # seconds in which the balancer has asked each hub twice
HEARTBEAT = 5.0  # seconds, the hubs' default
SESSIONS = 6  # at a time, of each source
LIMIT = 1_000  # cards of a view; the trial ends before there are more sessions
LOOK = 0.02  # seconds between looks at every view
QUIET = 3.0  # seconds between one restart and the next
PAUSES = (0.1, 2.0)  # seconds before a POST is sent again: the first, and the longest
BATCH = 4  # events of a POST
FAULT = 1011  # the close code that nobody may see

_S = TypeVar("_S", bound=Server)


class Heard(Acks):
    """Acknowledgements with their moments."""

    def __init__(self) -> None:
        super().__init__()
        self.news: list[tuple[float, str, int]] = []  # when, which session, its seq: not yet taken by the watch
        self._last: dict[str, float] = {}  # by channel
        self.silence = 0.0  # seconds: the longest that a channel was without one

    def hear(self, result: Result) -> None:
        """One result."""
        super().hear(result)
        now, channel = time.monotonic(), result["session"].partition(":")[0]
        self.silence = max(self.silence, now - self._last.get(channel, now))
        self._last[channel] = now
        if result["status"] in ("stored", "duplicate"):
            self.news.append((now, result["session"], result["seq"]))


@dataclass(slots=True)
class Posts:
    """What a source over HTTP met: an error by its name or status, and how often it sent a batch again for it."""

    batches: int = 0
    errors: Counter[str] = field(default_factory=Counter)

    async def run(self, talk: Talk, acks: Acks, *, url: str, key: str, rate: float, over: asyncio.Event) -> None:
        """One batch after another until `over`; each is sent until it is taken, as the contract asks."""
        rng = random.Random(key)
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=10) as http:
            while not over.is_set():
                batch, tries = [talk.next() for _ in range(BATCH)], 0
                while (results := await self._post(http, batch)) is None:
                    await asyncio.sleep(min(PAUSES[1], PAUSES[0] * 2**tries) * rng.uniform(0.5, 1))
                    tries += 1
                for result in results:
                    acks.hear(result)
                self.batches += 1
                await asyncio.sleep(BATCH / rate)

    async def _post(self, http: httpx.AsyncClient, batch: Sequence[object]) -> list[Result] | None:
        try:
            answer = await http.post("/api/v1/events", json=batch)
        except httpx.TransportError as error:
            self.errors[type(error).__name__] += 1
            return None
        if answer.status_code != httpx.codes.OK:
            self.errors[f"{answer.status_code}"] += 1
            return None
        found: list[Result] = answer.json()["results"]
        return found


class Watch:
    """How long what was acknowledged is not on a view, over all views of everything; since `begin`."""

    def __init__(self, viewers: Sequence[Viewer], acks: Heard) -> None:
        self._acks = acks
        self._missing: dict[Viewer, list[tuple[float, str, int]]] = {one: [] for one in viewers if not one.wall.query}
        self.wrong: dict[Viewer, float] = {}  # seconds, the longest

    def begin(self) -> None:
        """From now on."""
        self.wrong = dict.fromkeys(self._missing, 0.0)

    async def run(self) -> None:
        """Look, until cancelled."""
        self.begin()
        while True:
            news, self._acks.news = self._acks.news, []
            now = time.monotonic()
            for one, before in self._missing.items():
                shown = one.wall.shown
                missing = [due for due in [*before, *news] if shown.get(due[1], 0) < due[2]]
                if missing:
                    self.wrong[one] = max(self.wrong[one], now - missing[0][0])
                self._missing[one] = missing
            await asyncio.sleep(LOOK)


@dataclass(frozen=True, slots=True)
class Phase:
    """What was seen while one kind of process was restarted."""

    what: str
    restarts: int
    acknowledged: int
    wrong: float  # seconds: the longest that a view was wrong
    away: float  # seconds: the longest from the end of a viewer's socket to its next snapshot
    silence: float  # seconds: the longest in which no event of a channel was acknowledged
    codes: Counter[str]
    errors: Counter[str]
    bound: float = BOUND  # seconds, of `wrong` and `away`
    mute: float = MUTE  # seconds, of `silence`

    @property
    def held(self) -> bool:
        """Is it as promised?"""
        late = self.wrong > self.bound or self.away > self.bound or self.silence > self.mute
        return not late and not self.codes[f"{FAULT}"]


class Trial:
    """Load on a deployment, and what is done to it."""

    def __init__(self, made: Deployment, *, rng: random.Random, viewers: int, rate: float) -> None:
        self.made, self.acks, self.posts = made, Heard(), Posts()
        self._rate, self._over = rate, asyncio.Event()
        self._talks = {name: Talk(name, sessions=SESSIONS, rng=random.Random(rng.random())) for name in KEYS}
        self._rng = rng
        self.viewers = [self._numbered(n) for n in range(viewers)]
        self.watch = Watch(self.viewers, self.acks)
        self.came = 0.0  # seconds until who came while the store hung saw something

    def _numbered(self, number: int) -> Viewer:
        """Of four one has a filter, and one follows a session besides."""
        session = f"web:web-{number % SESSIONS + 1}" if number % 4 == 2 else None
        return self._viewer(query="sentiment=negative" if number % 4 == 3 else "", session=session)

    def _viewer(self, *, query: str, session: str | None = None) -> Viewer:
        return Viewer(
            lambda: [self.made.url], token=TOKEN, rng=random.Random(self._rng.random()), query=query, limit=LIMIT,
            session=session, heartbeat=HEARTBEAT,
        )  # fmt: skip

    async def run(self, *, rounds: int) -> tuple[list[Phase], Verdict]:
        """Everything is restarted under load; then all rests, and is judged. Raises NotRight."""
        async with asyncio.TaskGroup() as tasks:
            looking = [tasks.create_task(viewer.run()) for viewer in self.viewers]
            looking.append(tasks.create_task(self.watch.run()))
            speaking = [tasks.create_task(self._speak(name)) for name in KEYS]
            await until(lambda: self.acks.count > 200, what="acks")
            await self._all_see()
            hubs, mongods = self.made.hubs * rounds, [await primary(self.made.mongods)]
            mongods = [node for node in self.made.mongods if node not in mongods] + mongods
            phases = [
                await self._phase("hubs", hubs, self._again, self._settle),
                await self._phase("Valkey nodes", self.made.valkeys, self._again, self._settle),
                await self._phase("mongods", mongods, self._again, self._rest_of_mongod),
                await self._phase("a hub that hangs", self.made.hubs[:1], self._hang, self._settle, bound=HANGING),
                await self._phase(
                    "most of the store hangs", [await primary(self.made.mongods)], self._hang_store,
                    self._rest_of_mongod, mute=MUTE + HELD,
                ),
            ]  # fmt: skip
            self._over.set()
            async with asyncio.timeout(60):
                await asyncio.gather(*speaking)
            verdict = await self._judge()
            for task in looking:
                task.cancel()
        return phases, verdict

    async def _speak(self, name: str) -> None:
        """The last channel speaks HTTP, the others have sockets."""
        talk, url, key = self._talks[name], self.made.url, KEYS[name]
        if name == list(KEYS)[-1]:
            await self.posts.run(talk, self.acks, url=url, key=key, rate=self._rate, over=self._over)
        else:
            await speak(talk, self.acks, url=url, key=key, rate=self._rate, over=self._over)

    async def _again(self, program: Server) -> None:
        """Asked to end, and started."""
        await program.stop()
        code = await program.ended()
        assert code == 0, f"{program.program} ended with {code}"
        await program.start()

    async def _hang(self, program: Server) -> None:
        program.pause()
        try:
            await asyncio.sleep(HELD)
        finally:
            program.resume()

    async def _hang_store(self, first: Mongod) -> None:
        """The primary and another: there is no majority. Who comes when all hubs know that sees what is open."""
        two = [first, next(node for node in self.made.mongods if node is not first)]
        began = time.monotonic()
        for node in two:
            node.pause()
        try:
            async with asyncio.TaskGroup() as tasks:
                while {await status(hub.port) for hub in self.made.hubs} != {503}:
                    await asyncio.sleep(0.1)
                await asyncio.sleep(CHECKED)
                came = time.monotonic()
                one = self._viewer(query="status=open")
                coming = tasks.create_task(one.run())
                await until(lambda: one.fresh, what="who comes while the store hangs sees what is open", patience=BOUND)
                self.came = time.monotonic() - came
                await asyncio.sleep(max(0.0, began + HELD - time.monotonic()))
                assert not one.mismatches, "a viewer was told a wrong digest"
                coming.cancel()
        finally:
            for node in two:
                node.resume()

    async def _phase(
        self, what: str, programs: Sequence[_S], do: Callable[[_S], Awaitable[None]],
        rest: Callable[[_S], Awaitable[None]], *, bound: float = BOUND, mute: float = MUTE,
    ) -> Phase:  # fmt: skip
        before, errors = self.acks.count, Counter(self.posts.errors)
        codes = self._codes()
        self.watch.begin()
        self.acks.silence = 0.0
        for viewer in self.viewers:
            viewer.gap = 0.0
        for program in programs:
            await do(program)
            await rest(program)
        return Phase(
            what, len(programs), self.acks.count - before, max(self.watch.wrong.values()),
            max(viewer.gap for viewer in self.viewers), self.acks.silence, self._codes() - codes,
            self.posts.errors - errors, bound, mute,
        )  # fmt: skip

    async def _settle(self, _: Server) -> None:
        await asyncio.sleep(QUIET)
        await self._all_see()

    async def _rest_of_mongod(self, node: Mongod) -> None:
        """It is a member again, and there is a primary."""
        while not (await hello(node)).get("secondary") and not (await hello(node)).get("isWritablePrimary"):
            await asyncio.sleep(0.1)
        await primary(self.made.mongods)
        await self._settle(node)

    async def _all_see(self) -> None:
        await until(lambda: all(viewer.fresh for viewer in self.viewers), what="every viewer has a list")

    def _codes(self) -> Counter[str]:
        return sum((Counter({f"{code}": n for code, n in one.codes.items()}) for one in self.viewers), Counter())

    async def _judge(self) -> Verdict:
        wrong = [*self.acks.wrong, *self.acks.disorder()]
        wrong += [f"a viewer was told {one.mismatches} wrong digests" for one in self.viewers if one.mismatches]
        if wrong:
            raise NotRight(wrong)
        place = Place([hub.url for hub in self.made.hubs], TOKEN, self.made.mongodb_url, DATABASE)
        transcripts = [one.transcript for one in self.viewers if one.transcript is not None]
        return await judge(
            place, acknowledged=self.acks.seqs, walls=[one.wall for one in self.viewers], transcripts=transcripts
        )


async def run(asked: argparse.Namespace) -> int:
    """The exit code."""
    with tempfile.TemporaryDirectory(prefix="live-rolling-") as directory:
        async with deployment(Path(directory)) as made:
            trial = Trial(made, rng=random.Random(asked.seed), viewers=asked.viewers, rate=asked.rate)
            phases, verdict = await trial.run(rounds=asked.rounds)
    print(table(phases))
    print(f"\nwho came when all hubs knew that the store hung saw the open sessions after {trial.came:.2f} s")
    print(
        f"\n{verdict.acknowledged:,} events acknowledged: 0 lost, 0 twice, {verdict.events:,} stored in"
        f" {verdict.sessions:,} sessions; {verdict.walls} views and {verdict.transcripts} transcripts right;"
        f" {trial.posts.batches:,} batches over HTTP, {trial.posts.errors.total()} sent again"
    )
    return 0 if all(phase.held for phase in phases) else 1


def table(phases: Sequence[Phase]) -> str:
    """As Markdown."""
    heads = ("what was done to", "times", "acknowledged", "a view wrong", "a viewer away", "a channel without ack")
    rows = [f"| {' | '.join(heads)} | viewers' close codes | errors over HTTP |", f"{'|---' * 8}|"]
    for one in phases:
        told = [", ".join(f"{n} of {what}" for what, n in sorted(found.items())) for found in (one.codes, one.errors)]
        rows.append(
            f"| {one.what} | {one.restarts} | {one.acknowledged:,} | {one.wrong:.2f} s | {one.away:.2f} s"
            f" | {one.silence:.2f} s | {told[0] or 'none'} | {told[1] or 'none'} |"
        )
    return "\n".join(rows)


def main() -> int:
    """The exit code: 0 where all held."""
    parser = argparse.ArgumentParser(prog="python -m bench.rolling", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32), help="of a run that is to be repeated")
    parser.add_argument("--viewers", type=int, default=60)
    parser.add_argument("--rate", type=float, default=40.0, help="events a second of each of three channels")
    parser.add_argument("--rounds", type=int, default=2, help="how often each hub is restarted")
    asked = parser.parse_args()
    open_many_files()
    print(f"seed {asked.seed}, {asked.viewers} viewers, {asked.rate:g} events/s a channel", flush=True)
    return asyncio.run(run(asked))


if __name__ == "__main__":
    sys.exit(main())
