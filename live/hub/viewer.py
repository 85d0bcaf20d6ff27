"""One viewer: a socket that watches walls and sessions. It is a handful of cursors, never a queue.

    wall      the version of a shared view that it has; it gets what leads from there to now, newest states only
    totals    the version of shared totals that it has; it gets the newest
    session   the last seq that it has; it gets every event after it, in order

A viewer that is slow costs one number, and skips states, never the last one. A viewer that takes no frame for
`send_timeout` is cut off (4008): it comes back and catches up, which is the same mechanism.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from live import frames, order
from live.errors import Flaw, Forbidden, Invalid, LiveError, NotFound, StoreAway
from live.filters import parse
from live.frames import Close, Ping, Subscribe, Unsubscribe
from live.hub.tails import Tails, Transcript
from live.hub.totals import AllTotals, Totals
from live.hub.views import View, Views, harmless
from live.hub.wake import Wake
from live.hub.watchers import CARDS, Watchers
from live.storage.journal import Journal

REPLIES = 200  # errors and answers waiting; a client that sends nonsense faster than it reads is cut off
RECHECK = 6  # beats between looks whether the viewer is still allowed


class Express(Protocol):
    """A socket's way for what many get alike: see live/server.py."""

    def pack(self, text: str) -> bytes:
        """A message as it goes over the wire."""

    def write(self, made: bytes) -> bool:
        """Send it now. False where the ordinary way must be taken."""


class Cut(LiveError):
    """The viewer must go, with this close code."""

    def __init__(self, code: Close) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return f"cut off: {self.code.name} ({int(self.code)})"


@dataclass(slots=True)
class Wall:
    """One viewer's place in one view; version 0 is before the first snapshot."""

    ident: str
    view: View
    version: int = 0
    proof: str = ""  # the view's digest as of `version`, made when a beat is due
    looked: int = 0  # the version of the watchers that `watched` is of
    watched: dict[str, int] = field(default_factory=dict)  # by how many people cards are watched, as last told


@dataclass(slots=True)
class Strip:
    """One viewer's place in shared totals: the version it has, and the last minute of the trend that it has."""

    ident: str
    totals: Totals
    version: int = 0
    minute: int = 0

    @property
    def wants_trend(self) -> bool:
        """Has a minute passed that it has not seen?"""
        return self.minute != self.totals.minute or not self.version


@dataclass(frozen=True, slots=True)
class Sources:
    """What a viewer reads from; the hub's own."""

    views: Views
    totals: AllTotals
    tails: Tails
    watchers: Watchers
    journal: Journal
    head: Callable[[str], Awaitable[int]]  # a session's last seq, 0 where there is none
    card: Callable[[str], Awaitable[str | None]]  # a session's card as JSON text
    at_hand: Callable[[str], str | None]  # the same, None where the board does not have it
    due: Callable[["Viewer"], None]  # something moved on: `advance` is called soon
    beat: Callable[[dict[str, str], dict[str, int]], str]  # the heartbeat frame, given the digests and what is watched
    kinds: Callable[[], dict[str, frozenset[str]]]  # channel kind -> names


@dataclass(frozen=True, slots=True)
class Sees:
    """What somebody may see: sessions, or walls alone; and those with names and texts, or `masked`."""

    sessions: bool = True
    masked: bool = False


class Viewer:
    """The cursors of one socket, and the loop that moves them."""

    def __init__(
        self, sources: Sources, *, max_subscriptions: int, sees: Sees | None = None, name: str = "",
        express: Express | None = None,
    ) -> None:  # fmt: skip
        self.walls: dict[str, Wall] = {}
        self.transcripts: dict[str, Transcript] = {}
        self.strips: dict[str, Strip] = {}
        self.wake = Wake()
        self.beat_due = False
        self._sources, self._sees, self._name, self._express = sources, sees or Sees(), name, express
        self._max = max_subscriptions
        self._replies: list[str] = []
        self._end: Close | None = None

    # what the client asks ------------------------------------------------------------------------------------------

    async def take(self, text: str) -> None:
        """One frame of the client. What is wrong with it is answered; the socket stays."""
        try:
            await self._obey(frames.decode(text))
        except Invalid as error:
            self.reply(frames.error(frames.id_of(text), code="bad_request", message=str(error)))
        except NotFound as error:
            self.reply(frames.error(frames.id_of(text), code="not_found", message=str(error)))
        except Forbidden as error:
            self.reply(frames.error(frames.id_of(text), code="forbidden", message=str(error)))
        except StoreAway as error:
            self.reply(frames.error(frames.id_of(text), code="store_away", message=str(error)))

    def reply(self, frame: str) -> None:
        """Send a frame once, soon."""
        if len(self._replies) >= REPLIES:
            self.end(Close.SLOW)
        self._replies.append(frame)
        self.wake.set()

    def end(self, code: Close) -> None:
        """Close the socket, soon."""
        self._end = code
        self.wake.set()

    async def _obey(self, frame: Subscribe | Unsubscribe | Ping) -> None:
        match frame:
            case Ping():
                self.beat_due = True
                self.wake.set()
            case Unsubscribe():
                self._drop(frame.id)
            case Subscribe():
                others = (self.walls.keys() | self.transcripts.keys() | self.strips.keys()) - {frame.id}
                if len(others) >= self._max:
                    raise Invalid(Flaw("id", f"at most {self._max} subscriptions on one socket"))
                follow = {"wall": self._watch_wall, "session": self._follow_session, "totals": self._watch_totals}
                await follow[frame.to](frame)

    async def _watch_wall(self, frame: Subscribe) -> None:
        wanted = parse(frame.filter, kinds=self._sources.kinds())
        order.check(frame.sort)
        view = await self._sources.views.join(wanted, sort=frame.sort, limit=frame.limit, masked=self._sees.masked)
        self._drop(frame.id)
        self.walls[frame.id] = Wall(frame.id, view)
        self.wake.set()

    async def _watch_totals(self, frame: Subscribe) -> None:
        wanted = parse(frame.filter, kinds=self._sources.kinds())
        if self._sees.masked:
            harmless(wanted)
        totals = await self._sources.totals.join(wanted, offset=frame.offset, now=time.time())
        self._drop(frame.id)
        self.strips[frame.id] = Strip(frame.id, totals)
        self.wake.set()

    async def _follow_session(self, frame: Subscribe) -> None:
        session = frame.session
        if not self._sees.sessions:
            raise Forbidden("a kiosk may look at walls alone")
        if session is None:
            raise Invalid(Flaw("session", "required, but missing"))
        head = await self._sources.head(session)
        if not head:
            raise NotFound("session", session)
        if frame.after > head:  # it was at a hub that has heard more; or it is of a session that was erased
            head = max(head, (await self._sources.journal.heads([session])).get(session, 0))
        self._drop(frame.id)
        tail = self._sources.tails.follow(session, self, head)
        after = min(frame.after, head)
        self.transcripts[frame.id] = Transcript(
            frame.id, session, after=after, tail=tail, journal=self._sources.journal, card=self._sources.card
        )
        self._sources.watchers.come(session, self._name)
        self.wake.set()

    def _drop(self, ident: str) -> None:
        wall = self.walls.pop(ident, None)
        if wall is not None:
            self._sources.views.leave(wall.view)
        strip = self.strips.pop(ident, None)
        if strip is not None:
            self._sources.totals.leave(strip.totals)
        transcript = self.transcripts.pop(ident, None)
        if transcript is None:
            return
        self._sources.watchers.go(transcript.session, self._name)
        if all(t.session != transcript.session for t in self.transcripts.values()):
            self._sources.tails.unfollow(transcript.session, self)

    def lost(self, session: str) -> None:
        """A session is no more: who follows it is told, and follows it no longer."""
        for transcript in [one for one in self.transcripts.values() if one.session == session]:
            self._drop(transcript.ident)
            self.reply(frames.error(transcript.ident, code="not_found", message=str(NotFound("session", session))))

    def leave(self) -> None:
        """The socket is gone: let go of everything."""
        for ident in [*self.walls, *self.strips, *self.transcripts]:
            self._drop(ident)

    # what it gets -----------------------------------------------------------------------------------------------------

    def due(self) -> None:
        """Something that it watches moved on."""
        self._sources.due(self)

    def advance(self) -> None:
        """What many get alike goes out at once, where the socket is free; else, and all that is its own, by `run`."""
        if self.wake.idle and (self._express is None or not self._advance_by(self._express)):
            self.wake.set()

    def _advance_by(self, express: Express) -> bool:
        for wall in self.walls.values():
            view = wall.view
            if wall.version == view.version:
                continue
            made = view.packed(wall.ident, since=wall.version, pack=express.pack) if wall.version else None
            if made is None or not express.write(made):
                return False
            wall.version = view.version
        for strip in self.strips.values():
            totals = strip.totals
            if strip.version == totals.version:
                continue
            made = totals.packed(strip.ident, trend=strip.wants_trend, pack=express.pack)
            if not express.write(made):
                return False
            strip.version, strip.minute = totals.version, totals.minute
        return all(
            transcript.passed(card=self._sources.at_hand(transcript.session), pack=express.pack, write=express.write)
            for transcript in self.transcripts.values()
            if transcript.behind
        )

    async def run(
        self, send: Callable[[str], Awaitable[None]], *, timeout: float, still: Callable[[], Awaitable[bool]]
    ) -> None:
        """Send whatever is due, until `end`, or until the viewer is `still` allowed no more.

        Raises Cut with the close code.
        """
        beats = 0

        async def deliver(frame: str) -> None:
            try:
                async with asyncio.timeout(timeout):
                    await send(frame)
            except TimeoutError:
                raise Cut(Close.SLOW) from None

        while True:
            await self.wake.wait()
            self.wake.clear()
            while self._replies:
                await deliver(self._replies.pop(0))
            if self._end is not None:
                raise Cut(self._end)
            beat, self.beat_due = self.beat_due, False
            await self._advance_walls(deliver, prove=beat)
            await self._advance_strips(deliver)
            if beat:  # before all that may wait for the store
                beats += 1
                proofs = {wall.ident: wall.proof for wall in self.walls.values() if wall.proof}
                await deliver(self._sources.beat(proofs, self._watched()))
            await self._advance_transcripts(deliver)
            await self._advance_watched(deliver)
            if beat and beats % RECHECK == 0 and not await still():
                raise Cut(Close.SIGN_IN)

    async def _advance_walls(self, deliver: Callable[[str], Awaitable[None]], *, prove: bool) -> None:
        for wall in list(self.walls.values()):
            view = wall.view
            if prove:
                wall.proof = view.digest()  # of the version that this viewer has after the next lines
            if wall.version == view.version:
                continue
            since, wall.version = wall.version, view.version
            body = view.patch(since) if since else None
            await deliver(
                frames.snapshot(wall.ident, view.snapshot()) if body is None else frames.patch(wall.ident, body)
            )

    async def _advance_strips(self, deliver: Callable[[str], Awaitable[None]]) -> None:
        for strip in list(self.strips.values()):
            totals = strip.totals
            if strip.version == totals.version:
                continue
            fresh = strip.wants_trend
            strip.version, strip.minute = totals.version, totals.minute
            await deliver(frames.totals(strip.ident, totals.text(trend=fresh)))

    def concerned(self, sessions: set[str]) -> bool:
        """Does it follow or show one of these?"""
        return any(transcript.session in sessions for transcript in self.transcripts.values()) or any(
            not (wall.view.shown.keys().isdisjoint(sessions) and wall.watched.keys().isdisjoint(sessions))
            for wall in self.walls.values()
        )

    async def _advance_watched(self, deliver: Callable[[str], Awaitable[None]]) -> None:
        """Who watches a session, once it is live; and by how many cards are watched, where that has changed."""
        watchers = self._sources.watchers
        for transcript in list(self.transcripts.values()):
            if not transcript.live or (now := watchers.of(transcript.session)) is transcript.watching:
                continue
            told, transcript.watching = transcript.watching, now
            if now != told:
                await deliver(frames.watching(transcript.ident, names=now.names, count=now.count))
        for wall in list(self.walls.values()):
            if wall.looked == watchers.version:
                continue
            before, after = wall.watched, self._look(wall)
            changed = {session: n for session, n in after.items() if before.get(session) != n}
            changed |= dict.fromkeys(before.keys() - after.keys(), 0)
            if changed:
                await deliver(frames.watched(wall.ident, changed))

    def _watched(self) -> dict[str, int]:
        """By how many people the cards of all walls are watched, now."""
        found: dict[str, int] = {}
        for wall in self.walls.values():
            found |= self._look(wall)
        return dict(islice(found.items(), CARDS))

    def _look(self, wall: Wall) -> dict[str, int]:
        watchers, view = self._sources.watchers, wall.view
        view.watched = watchers.among(view.shown, view.watched)
        wall.looked, wall.watched = watchers.version, view.watched
        return wall.watched

    async def _advance_transcripts(self, deliver: Callable[[str], Awaitable[None]]) -> None:
        """One frame for each, so that a long history does not hold up the rest."""
        for transcript in list(self.transcripts.values()):
            if not transcript.behind or self.transcripts.get(transcript.ident) is not transcript:
                continue
            try:
                made = await transcript.advance()
            except StoreAway:
                asyncio.get_running_loop().call_later(1.0, self.wake.set)  # the cursor stands where it stood
                continue
            except NotFound:
                self.lost(transcript.session)
                continue
            for frame in made:
                await deliver(frame)
            if transcript.behind:
                self.wake.set()
