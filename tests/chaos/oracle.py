"""The one oracle of all runs: what must hold again when a fault is over, whatever was cut, killed or stalled.

    place = Place((hub.url, other.url), token=hub.token, mongodb_url=…, database=…)
    verdict = await judge(place, acknowledged={("web:s", "e-1"): 1, …}, walls=viewers.walls, transcripts=…)

1. Every acknowledged event is in the store, once, at the seq that was said; no session has a hole. At once: nothing may
   bring it back later.
2. Every stored card is the fold of its events, and every hub shows that card.
3. A fresh view of each hub, and every view that a viewer has held all the while, show what the store says, and so does
   the digest that they are told.
4. Every transcript has 1 … n, nothing missing, nothing twice.
5. No hub has more tasks, descriptors or memory than it should, given what it had before.

2 to 5 get some seconds, for they follow behind by design. NotRight, an AssertionError, names what is wrong.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import httpx
import msgspec
import websockets

from live.cards import Card
from tests.chaos.truth import NAMED, Fresh, Store, Truth
from tests.screens import Live

PATIENCE = 10.0  # seconds until what follows behind must be right
LOOK = 0.2  # seconds between looks
PAGE = 1_000  # cards of one request
SAMPLE = 10  # sessions that are followed afresh, on each hub


class _Page(msgspec.Struct):
    cards: list[Card]
    next: str | None


_page = msgspec.json.Decoder(_Page)


class Place(NamedTuple):
    """Hubs that are one system, what opens them, and their store. A plain tuple of the same will do."""

    urls: Sequence[str]
    token: str
    mongodb_url: str
    database: str


@dataclass(slots=True)
class Wall:
    """What one viewer shows of a list, as merged from all frames so far; `proof`: the digest it was told last."""

    url: str
    query: str = ""
    sort: str = "recent"
    limit: int = 200
    shown: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    proof: str | None = None


@dataclass(slots=True)
class Transcript:
    """What one viewer has of a session: the seqs in the order in which they came, over all its sockets."""

    session: str
    seqs: list[int] = field(default_factory=list)


class NotRight(AssertionError):
    """What is wrong, in sentences; `lost`: how many acknowledged events are not there, or elsewhere."""

    def __init__(self, problems: Sequence[str], *, lost: int = 0, after: float = 0.0) -> None:
        super().__init__(problems, lost, after)
        self.problems, self.lost, self.after = problems, lost, after

    def __str__(self) -> str:
        head = f"still not after {self.after:.0f} s:" if self.after else f"{self.lost} lost:"
        more = [f"… {len(self.problems)} in all"] if len(self.problems) > NAMED * 3 else []
        return "\n  ".join([head, *self.problems[: NAMED * 3], *more])


@dataclass(frozen=True, slots=True)
class Verdict:
    """All was right. `healed`: seconds from the first look until it was."""

    sessions: int
    events: int
    acknowledged: int
    walls: int
    transcripts: int
    healed: float


async def judge(
    place: Place | tuple[Sequence[str], str, str, str], *, acknowledged: Mapping[tuple[str, str], int],
    walls: Sequence[Wall] = (), transcripts: Sequence[Transcript] = (),
    grown: Callable[[], Awaitable[Sequence[str]]] | None = None, patience: float = PATIENCE,
) -> Verdict:  # fmt: skip
    """Look until all is right. Raises NotRight, an AssertionError.

    `acknowledged`: (public session id, event id) -> seq. `grown` says what of a hub's process has grown too much.
    """
    place = Place(*place)
    began = time.monotonic()
    async with Store(place.mongodb_url, place.database) as store:
        truth = await store.read()
        while True:
            lost = truth.lost(acknowledged)
            if beyond_repair := [*lost, *truth.holes()]:
                raise NotRight(beyond_repair, lost=len(lost))
            wrong = [
                *truth.wrong_cards(),
                *_held(truth, walls, transcripts),
                *[problem for url in place.urls for problem in await _at(place, url, truth, walls)],
                *(await grown() if grown is not None else ()),
            ]
            if not wrong:
                break
            if time.monotonic() - began > patience:
                raise NotRight(wrong, after=time.monotonic() - began)
            await asyncio.sleep(LOOK)
            truth = await store.read(truth)
    took = time.monotonic() - began
    return Verdict(len(truth.seqs), truth.events, len(acknowledged), len(walls), len(transcripts), took)


def _held(truth: Truth, walls: Sequence[Wall], transcripts: Sequence[Transcript]) -> list[str]:
    """What viewers have held all the while."""
    found = []
    fresh: dict[tuple[str, str, int], Fresh] = {}
    for n, wall in enumerate(walls):
        key = wall.query, wall.sort, wall.limit
        right = fresh.setdefault(key, truth.fresh(wall.query, sort=wall.sort, limit=wall.limit))
        found += _unlike(f"viewer {n} at {wall.url}", key, wall=wall, right=right)
    for n, transcript in enumerate(transcripts):
        there = len(truth.seqs.get(transcript.session, ()))
        if transcript.seqs != list(range(1, there + 1)):
            got = (
                f"{len(transcript.seqs)} events, the last {transcript.seqs[-1:]}, {len(set(transcript.seqs))} different"
            )
            found.append(f"transcript {n} of {transcript.session}: the store has {there} events, it has {got}")
    return found[:NAMED]


def _unlike(who: str, key: tuple[str, str, int], *, wall: Wall, right: Fresh) -> list[str]:
    if wall.shown != right.shown:
        off = sorted(session for session in wall.shown.keys() | right.shown.keys()
                     if wall.shown.get(session) != right.shown.get(session))  # fmt: skip
        told = [f"{session} at rev {wall.shown.get(session)}, not {right.shown.get(session)}" for session in off[:2]]
        return [f"{who}, {key}: {len(off)} cards are wrong: {', '.join(told)}"]
    if wall.counts != right.counts:
        return [f"{who}, {key}: counts {wall.counts}, not {right.counts}"]
    if wall.proof is not None and wall.proof != right.digest:
        return [f"{who}, {key}: the digest it was told is not that of the store"]
    return []


async def _at(place: Place, url: str, truth: Truth, walls: Sequence[Wall]) -> list[str]:
    """What a hub shows to somebody who comes now."""
    found: list[str] = []
    try:
        shown = await _listed(url, place.token)
        right = {session: one.card for session, one in truth.folded.items()}
        off = [session for session in shown.keys() | right.keys() if shown.get(session) != right.get(session)]
        found += [f"{url}: the card of {session} is not the fold of its events" for session in sorted(off)[:NAMED]]
        asked = {(wall.query, wall.sort, wall.limit) for wall in walls if wall.url == url} | {("", "recent", PAGE)}
        headers = {"Authorization": f"Bearer {place.token}"}
        address = url.replace("http", "ws", 1) + "/api/v1/live"
        async with websockets.connect(address, additional_headers=headers, max_size=2**26, compression=None) as socket:
            viewer = Live(socket)
            for query, sort, limit in sorted(asked):
                wall = await _looked(viewer, Wall(url, query, sort, limit))
                right_one = truth.fresh(query, sort=sort, limit=limit)
                found += _unlike(f"a fresh view of {url}", (query, sort, limit), wall=wall, right=right_one)
            for session in sorted(truth.seqs)[:: max(1, len(truth.seqs) // SAMPLE)]:
                found += await _followed(viewer, session, truth)
    except (OSError, TimeoutError, httpx.HTTPError, websockets.WebSocketException) as error:
        found.append(f"{url}: {type(error).__name__} {error}")
    return found


async def _listed(url: str, token: str) -> dict[str, Card]:
    """Every card that the hub has, over HTTP."""
    found: dict[str, Card] = {}
    headers = {"Authorization": f"Bearer {token}"}
    asked: dict[str, str | int] = {"limit": PAGE, "sort": "started"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=20) as http:
        while True:
            answer = await http.get("/api/v1/sessions", params=asked)
            answer.raise_for_status()
            page = _page.decode(answer.content)
            found |= {card.session: card for card in page.cards}
            if page.next is None:
                return found
            asked["cursor"] = page.next


async def _looked(viewer: Live, wall: Wall) -> Wall:
    """A fresh view and its proof."""
    frame = await viewer.wall("w", wall.query, sort=wall.sort, limit=wall.limit)
    await viewer.send(op="ping")
    beat = await viewer.until(lambda frame: frame["op"] == "beat" and "w" in frame["digest"])
    wall.shown, wall.counts, wall.proof = viewer.walls[frame["id"]], viewer.counts["w"], beat["digest"]["w"]
    return wall


async def _followed(viewer: Live, session: str, truth: Truth) -> list[str]:
    """A session from its beginning."""
    viewer.seqs.pop("s", None)
    await viewer.session("s", session)
    answer = await viewer.until(lambda frame: frame.get("id") == "s" and frame["op"] in ("live", "error"))
    got = viewer.seqs.get("s", [])
    await viewer.send(op="unsubscribe", id="s")
    if answer["op"] == "live" and got == truth.seqs[session]:
        return []
    return [f"{session}, followed afresh: {len(got)} of {len(truth.seqs[session])} events, then {json.dumps(answer)}"]
