"""The hub: what it holds, and what it does by itself.

    writer ──told──▶ board ──▶ views ──▶ viewers
       ▲              ▲ ▲
    presence         bus reconcile        keeper: board ──▶ stored cards

`told` is the one door to the board: a commit of this hub, a publication of another, and what reconcile found all come
through it. `forget` is the one way out for a session that was erased, whoever erased it and however it is learned of.
"""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import msgspec

from live import cards, events, frames
from live.cards import Folded
from live.errors import NotFound, StoreAway
from live.filters import parse
from live.frames import Close
from live.hub import intake
from live.hub.board import Board, Entry
from live.hub.catalog import Catalog
from live.hub.catalog import State as CatalogState
from live.hub.deeds import Deeds
from live.hub.erased import Erased
from live.hub.keeper import Keeper
from live.hub.lookup import Lookup
from live.hub.presence import Presence, Times
from live.hub.recall import Recall
from live.hub.reconcile import Reconcile
from live.hub.rounds import Pace, Rounds
from live.hub.search import Search
from live.hub.steps import Steps
from live.hub.tails import Tails
from live.hub.totals import AllTotals
from live.hub.viewer import Sources, Viewer
from live.hub.views import Views
from live.hub.voices import Voices
from live.hub.watchers import Watchers
from live.hub.writer import Told, Writer
from live.settings import Settings
from live.storage.bus import Bus, BusState
from live.storage.cards import Cards
from live.storage.erasures import Erasures, key_for
from live.storage.hubs import Hubs
from live.storage.journal import Journal, Line
from live.storage.minutes import Minutes

LOOK = 0.1  # seconds between looks at who falls silent
PROBE = 1.0  # seconds between looks at the store
SLOTS = 50  # the heartbeat is spread: a fiftieth of the viewers at a time
FRAME = 17e-6  # seconds of CPU that one frame to one viewer costs
SHARE = 0.5  # of a core that frames of walls may take before the window grows
QUICK = 0.01  # seconds: the shortest window
SLACK = 0.02  # seconds that few walls may be ahead of the shortest window: a change now and then goes out at once

logger = logging.getLogger(__name__)


class _Part(msgspec.Struct):
    """One session in a publication: its new events, its card, and the card's rev."""

    session: str
    rev: int
    card: msgspec.Raw
    events: list[msgspec.Raw]


class _Erasure(msgspec.Struct):
    """In a publication: a session was erased, and which time it was."""

    session: str
    key: str


class _Last(msgspec.Struct):
    """Of a card's JSON, when it was last heard of."""

    last: datetime


_publication = msgspec.json.Decoder(list[_Part])
_erasure = msgspec.json.Decoder(_Erasure)
_last_of = msgspec.json.Decoder(_Last)


class Hub:
    """Made by the composition root; `async with hub.running():` starts and ends everything it does by itself."""

    def __init__(
        self, settings: Settings, *, hub: str, journal: Journal, stored: Cards, erasures: Erasures, hubs: Hubs,
        minutes: Minutes, ping: Callable[[], Awaitable[object]],
        kinds: Callable[[], dict[str, frozenset[str]]], redis_url: str,
    ) -> None:  # fmt: skip
        self.name, self.settings, self.journal = hub, settings, journal
        self._erasures, self._ping = erasures, ping
        self.board = Board()
        self.erased = Erased()
        self.tails = Tails()
        self.steps = Steps(journal)
        self.recall = Recall(journal, stored)
        times = Times(
            inactive_after=settings.inactive_after,
            close_after=settings.close_after,
            waiting_after=settings.waiting_after,
        )
        self.presence = Presence(times)
        self.catalog = Catalog(self.board, stored, most=settings.max_indexed)
        self.lookup = Lookup(self.board)
        self.search = Search(self.board, stored, lookup=self.lookup, catalog=self.catalog)
        self.views = Views(self.board, self.search, most=settings.max_views)
        self.writer = Writer(
            store=journal, erasures=erasures, erased=self.erased, recall=self.recall, board=self.board, times=times,
            told=self.told, forget=self.forget, drop=self._drop, clock=clock,
            patience=settings.store_timeout, max_queue=settings.max_queue, max_queue_bytes=settings.max_queue_bytes,
        )  # fmt: skip
        self.keeper = Keeper(
            board=self.board, stored=stored, erasures=erasures, erased=self.erased, delay=settings.card_delay
        )
        self.watchers = Watchers()
        self.bus = Bus(
            redis_url, topic=f"live:{settings.mongodb_database}", hub=hub, received=self.received,
            erased=self.heard_erased, missed=self._missed,
            noted=self.watchers.hear, gone=self.watchers.forget,
        )  # fmt: skip
        self.reconcile = Reconcile(
            hub=hub, journal=journal, stored=stored, erasures=erasures, erased=self.erased, hubs=hubs,
            board=self.board, tails=self.tails, recall=self.recall, forget=self.forget, drop=self._drop, told=self.told,
            came_to_rest=self.views.doubt, at_rest=self.catalog.resting, period=settings.reconcile,
            bus_ok=lambda: self.bus.state is BusState.OK,
        )  # fmt: skip
        self.deeds = Deeds()
        self.totals = AllTotals(
            board=self.board, search=self.search, journal=journal, minutes=minutes, deeds=self.deeds
        )
        self.voices = Voices(settings.silent_after)
        self.viewers: set[Viewer] = set()
        self._rounds = Rounds()
        self.sources = Sources(
            views=self.views,
            totals=self.totals,
            tails=self.tails,
            watchers=self.watchers,
            journal=journal,
            head=self.head,
            card=self.card,
            at_hand=self._at_hand,
            due=self._rounds.add,
            beat=self.beat,
            kinds=kinds,
        )
        self.draining = False
        self.stopping = asyncio.Event()
        self.ready = False
        self.last_event: datetime | None = None
        self._store_away: str | None = None
        self._process: object = None  # which one of the store it is that answers
        self._answered = clock()  # when it did last
        self._changed = asyncio.Event()
        self._unsure = asyncio.Event()

    # what happened ----------------------------------------------------------------------------------------------------

    def told(self, news: list[Told]) -> None:
        """The one door to the board."""
        now = asyncio.get_running_loop().time()
        published: list[tuple[Entry, list[Line]]] = []
        for one in news:
            session = one.folded.card.session
            if self.board.rested(session) > one.folded.card.rev:  # read before another hub went on and closed it
                self.reconcile.lacks(session)
                continue
            admitted = None
            if one.before is not None and one.before.stored.card.rev:
                admitted = self.board.admit(one.before.stored, now=now, saved=one.before.saved)
            entry = self.board.put(one.folded, now=now, save=one.save)
            if entry is not None or admitted is not None:
                self.presence.see(one.folded)
            if entry is not None and not entry.open:
                self.keeper.hurry()
            if one.lines:
                self.deeds.hear(session, one.lines)
                self.tails.extend(session, one.lines, one.folded.card.rev)
                if one.publish and entry is not None:
                    published.append((entry, one.lines))
        self.last_event = clock()
        self.voices.hear({one.folded.card.channel for one in news if one.lines}, self.last_event)
        self._changed.set()
        if published and self.bus.alone:
            self.bus.count()
        elif published:
            self.bus.publish(f"[{','.join(_part(entry, lines) for entry, lines in published)}]".encode())

    def received(self, body: bytes) -> None:
        """A publication of another hub.

        A state that is not newer than the board's is ignored; a gap is read from the store.
        """
        news = []
        for part in _publication.decode(body):
            entry = self.board.get(part.session)
            if entry is None and self.erased.keys([part.session]):
                self.reconcile.lacks(part.session)  # begun anew, or news from before: the store knows
                continue
            folded = entry.folded if entry is not None else cards.empty(part.session)
            if part.rev <= max(folded.card.rev, self.board.rested(part.session)):
                continue
            new = [(events.decode_stored(bytes(raw)), bytes(raw).decode()) for raw in part.events]
            lines = []
            for event, json in new:
                if event.seq == folded.card.rev + 1:
                    folded = cards.fold(folded, event)
                    lines.append(Line(event.seq, json))
            if folded.card.rev < part.rev:
                self.reconcile.lacks(part.session)
            if lines:
                news.append(Told(folded, lines, publish=False, save=False))
        if news:
            self.told(news)

    def forget(self, session: str, key: str, *, publish: bool = True) -> None:
        """The session was erased; `key` says which time. What is known already changes nothing."""
        if not self.erased.learn(session, key):
            return
        self._drop(session)
        self.reconcile.beware(session)
        if publish:
            self.bus.publish(frames.text(_Erasure(session, key)).encode(), kind="erased")

    def heard_erased(self, body: bytes) -> None:
        """Another hub erased a session."""
        told = _erasure.decode(body)
        self.forget(told.session, told.key, publish=False)

    def _drop(self, session: str) -> None:
        """Nothing of this session is known any longer."""
        for viewer in list(self.viewers):
            viewer.lost(session)
        self.board.erase(session)
        self.tails.erase(session)
        self.steps.forget(session)
        self.totals.erase(session)
        self._changed.set()
        self._unsure.set()

    def _missed(self) -> None:
        self.reconcile.soon()
        self.totals.doubt()
        if self.bus.state is BusState.SILENT:
            self.watchers.alone()
        else:
            self.watchers.again()
        for viewer in self.viewers:
            viewer.beat_due = True
            viewer.wake.set()

    # what is asked ----------------------------------------------------------------------------------------------------

    async def head(self, session: str) -> int:
        """A session's last seq, 0 where there is none. Raises StoreAway."""
        entry = self.board.get(session)
        return entry.rev if entry is not None else (await self.journal.heads([session])).get(session, 0)

    async def folded(self, session: str) -> Folded | None:
        """A session as it is now, or None. Raises StoreAway."""
        entry = self.board.get(session)
        if entry is not None:
            return entry.folded
        found = (await self.recall.sessions([session])).get(session)
        return found.folded if found is not None else None

    async def card(self, session: str) -> str | None:
        """A session's card as JSON text, or None. Raises StoreAway."""
        entry = self.board.get(session)
        if entry is not None:
            return entry.json
        folded = await self.folded(session)
        return frames.text(folded.card) if folded is not None else None

    def _at_hand(self, session: str) -> str | None:
        """A session's card as JSON text, where it is on the board."""
        entry = self.board.get(session)
        return entry.json if entry is not None else None

    async def write(self, event: events.AnyEvent) -> intake.Result:
        """An event that a reviewer causes: durable when this returns.

        Raises NotFound where there is no such session, for no act begins one; StoreAway when it takes too long.
        """
        await self._recalled(event.session)
        ticket = self.writer.submit([intake.own(event, now=clock())], forced=True)
        try:
            async with asyncio.timeout(self.settings.ack_timeout):
                await asyncio.shield(ticket.done)
        except TimeoutError:
            raise StoreAway("not durable in time") from None
        result = ticket.results()[0]
        if result.status == "overtaken":
            raise NotFound("session", event.session)
        return result

    async def _recalled(self, session: str) -> None:
        """Put a session onto the board, where it is not. Raises NotFound, StoreAway."""
        if self.board.get(session) is not None:
            return
        asked = self.erased.count
        found = (await self.recall.sessions([session])).get(session)
        if found is None or self.erased.void(session, since=asked):
            raise NotFound("session", session)
        self.told([Told(found.folded, [], before=found)])

    async def erase(self, session: str) -> None:
        """Erase a session, for good. Raises NotFound, StoreAway; after StoreAway it may still happen."""
        erasure = self.writer.erase(session, key=key_for(session, clock()))
        try:
            async with asyncio.timeout(self.settings.ack_timeout):
                there = await asyncio.shield(erasure.done)
        except TimeoutError:
            raise StoreAway("not erased in time; it may still be") from None
        if not there:
            raise NotFound("session", session)

    def health(self) -> dict[str, str]:
        """`store` and `bus`, each "ok" or what is wrong."""
        store = self._store_away or ("ok" if self.writer.away_since is None else "away")
        return {"store": store, "bus": self.bus.state.value}

    def beat(self, digests: dict[str, str], watched: dict[str, int]) -> str:
        """The heartbeat frame."""
        now = clock()
        last = events.stamp(self.last_event) if self.last_event else None
        channels = {
            voice.channel: {"last": events.stamp(voice.last), "silent": voice.silent} for voice in self.voices.at(now)
        }
        return frames.beat(
            at=events.stamp(now), last_event=last, channels=channels, digest=digests, watched=watched, **self.health()
        )

    # what it does by itself -------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start, run the body, stop. A task that dies takes the hub with it, loudly."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self.bus.run())]
            watching = self.watchers.run(tell=self.bus.note, changed=self._wake_watching, pause=self._busy)
            tasks.append(group.create_task(watching))
            await self.reconcile.start()
            for entry in self.board.entries.values():
                self.presence.see(entry.folded)
            own = (
                self.writer.run,
                self.keeper.run,
                self.reconcile.run,
                self.catalog.run,
                self.lookup.run,
                self._watch_silence,
                self._watch_store,
                self._move_views,
                self._beats,
                self._count,
            )
            tasks += [group.create_task(run()) for run in own]
            self.ready = True
            try:
                yield
            finally:
                self.ready = False
                await self._stop()
                for task in tasks:
                    task.cancel()

    def refuse_at_the_end(self) -> None:
        """What comes now is for another hub; a proxy in front can ask it. Raises StoreAway during a planned stop."""
        if self.draining:
            raise StoreAway("the hub is stopping")

    async def drain(self) -> None:
        """Before a planned stop: send the viewers to another hub, spread out, then close their sockets."""
        self.draining = True
        self.stopping.set()
        spread = self.settings.drain
        for viewer in list(self.viewers):
            viewer.reply(frames.reconnect(round(random.uniform(0.1, 1.0) * 1000)))
        viewers = list(self.viewers)
        for start in range(0, len(viewers), 50):
            for viewer in viewers[start : start + 50]:
                viewer.end(Close.RESTART)
            await asyncio.sleep(spread * 50 / max(len(viewers), 1000))
        limit = asyncio.get_running_loop().time() + 2
        while self.viewers and asyncio.get_running_loop().time() < limit:
            await asyncio.sleep(0.02)

    async def _stop(self) -> None:
        await self.writer.flush(self.settings.ack_timeout)
        try:
            await self.keeper.flush()
            await self.reconcile.leave()
        except StoreAway as error:
            logger.warning(
                "hub: stopped with %d cards not written (%s); the next start folds them", self.board.behind, error
            )

    async def _watch_silence(self) -> None:
        """Write what time alone does to sessions. Several hubs may try: the unique keys let one."""
        while True:
            await asyncio.sleep(LOOK)
            if self.writer.away_since is not None or self.writer.full:
                continue
            now = time.time_ns() // 1_000_000
            for session in self.presence.pop(now):
                entry = self.board.get(session)
                if entry is None:
                    continue
                owed = self.presence.times.owed(entry.folded, now)
                if owed:
                    moment = clock()
                    items = [intake.own(event, now=moment, expect=entry.rev + n) for n, event in enumerate(owed)]
                    self.writer.submit(items, forced=True)
                    self.presence.again(session, now + 5_000)
                else:
                    self.presence.see(entry.folded)

    async def _watch_store(self) -> None:
        while True:
            try:
                process = await self._ping()
                away = None
                if process != self._process:
                    if self._process is not None:
                        self.reconcile.shaken(self._answered)
                    self._process = process
                self._answered = clock()
                if self.writer.away_since is not None:  # it answers, and yet nothing is written
                    await self._erasures.unblock()
            except StoreAway:
                away = "away"
            if away != self._store_away:
                self._store_away = away
                logger.log(logging.WARNING if away else logging.INFO, "hub: the store is %s", away or "there")
                self._missed()
            self.board.retire(now=asyncio.get_running_loop().time())
            self._unsure.clear()
            await self._recount()
            with suppress(TimeoutError):
                async with asyncio.timeout(PROBE):
                    await self._unsure.wait()

    async def _recount(self) -> None:
        """Views that are not sure of what is at rest read it again."""
        for view in self.views:
            if view.unsure:
                try:
                    await view.recount()
                    self._wake_walls()
                except StoreAway:
                    return

    async def _move_views(self) -> None:
        """What is quiet moves at once; what is busy, once in a window that grows with the number of viewers."""
        pace = Pace()
        while True:
            await self._changed.wait()
            self._changed.clear()
            self.views.advance()
            self._wake_walls()  # one that counted by itself meanwhile has taken the others along
            window = min(self.settings.window, max(QUICK, self._busy()))
            slack = SLACK if window <= QUICK else 0.0
            await asyncio.sleep(pace.pause(window, slack=slack, now=asyncio.get_running_loop().time()))

    def _busy(self) -> float:
        """Seconds between frames to every wall that cost no more than their share."""
        return sum(len(viewer.walls) for viewer in self.viewers) * FRAME / SHARE

    async def _count(self) -> None:
        """The totals, every second; and, once it is known, when each channel was heard before this hub began."""
        heard = False
        while True:
            if not heard and self.catalog.state is not CatalogState.LOADING:
                with suppress(StoreAway):  # then a second later
                    await self._hear_before()
                    heard = True
            if await self.totals.round(time.time()):
                for viewer in self.viewers:
                    if any(strip.version != strip.totals.version for strip in viewer.strips.values()):
                        viewer.due()
            await asyncio.sleep(1)

    async def _hear_before(self) -> None:
        for channels in self.sources.kinds().values():
            for channel in channels:
                page = await self.search.page(parse(f"channel={channel}"), sort="recent", limit=1)
                for text in page.cards:
                    self.voices.hear([channel], _last_of.decode(text).last)

    def _wake_walls(self) -> None:
        for viewer in self.viewers:
            if any(wall.version != wall.view.version for wall in viewer.walls.values()):
                viewer.due()

    def _wake_watching(self, sessions: set[str]) -> None:
        for viewer in self.viewers:
            if viewer.concerned(sessions):
                viewer.wake.set()

    async def _beats(self) -> None:
        """Every viewer hears a beat in every heartbeat, not all at once."""
        slot = 0
        while True:
            await asyncio.sleep(self.settings.heartbeat / SLOTS)
            slot = (slot + 1) % SLOTS
            for viewer in [viewer for viewer in self.viewers if id(viewer) // 64 % SLOTS == slot]:
                viewer.beat_due = True
                viewer.wake.set()


def clock() -> datetime:
    """Now."""
    return datetime.now(UTC)


def _part(entry: Entry, lines: list[Line]) -> str:
    texts = ",".join(line.json for line in lines)
    return f'{{"session":{frames.text(entry.session)},"rev":{entry.rev},"card":{entry.json},"events":[{texts}]}}'
