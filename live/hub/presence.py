"""Who falls silent next. What time alone does to a session is an event too, and exactly one hub can write it.

`owed` is pure: given a session and the clock, the events that are due and not yet written. Their ids follow from the
moment of the last sign of life, so that of several hubs, or of one hub that was down meanwhile, only the first write
lands. Silence is judged by the hub's clock (`received`), never by the source's: an import of last year's conversations
is news today.
"""

import heapq
from collections.abc import Iterator

from live import events
from live.cards import SILENCE, Folded
from live.events import AnyEvent, clock
from live.settings import PerChannel


class Times:
    """The three limits, per channel."""

    def __init__(self, *, inactive_after: PerChannel, close_after: PerChannel, waiting_after: PerChannel) -> None:
        self.inactive_after, self.close_after, self.waiting_after = inactive_after, close_after, waiting_after

    def due(self, folded: Folded) -> list[tuple[int, str]]:
        """What will happen by itself, as (ms since 1970, "waiting" | "idle" | "close"), the earliest first."""
        card, memory = folded.card, folded.memory
        if card.status == "closed" or card.rev == 0:
            return []
        found = [(_after(memory.heard, self.close_after.of(card.channel)), "close")]
        if card.status == "active":
            found.append((_after(memory.heard, self.inactive_after.of(card.channel)), "idle"))
        if memory.unanswered is not None and all(
            a.why != "waiting" or a.seq != memory.unanswered for a in card.attention
        ):
            found.append((_after(memory.unanswered_since, self.waiting_after.of(card.channel)), "waiting"))
        return sorted(found)

    def owed(self, folded: Folded, now: int) -> list[AnyEvent]:
        """The events due by `now` (ms since 1970), complete but for their seq."""
        return [self._event(folded, at, what, now) for at, what in self.due(folded) if at <= now]

    def _event(self, folded: Folded, at: int, what: str, now: int) -> AnyEvent:
        card, memory = folded.card, folded.memory
        session, channel, when, received = card.session, card.channel, clock(at), clock(now)
        match what:
            case "idle":
                return events.SessionIdle(
                    session=session, id=f"hub-idle-{memory.heard}", at=when, channel=channel, received=received
                )
            case "waiting":
                assert memory.unanswered is not None
                return events.SessionWaiting(
                    session=session, id=f"hub-waiting-{memory.unanswered}", about=memory.unanswered,
                    at=when, channel=channel, received=received,
                )  # fmt: skip
            case _:
                return events.SessionClosed(
                    session=session, id=f"hub-closed-{memory.heard}", by="system", reason=SILENCE,
                    at=when, channel=channel, received=received,
                )  # fmt: skip


def resumed(folded: Folded, received: str) -> AnyEvent:
    """The session became active again, by something received then."""
    card = folded.card
    return events.SessionResumed(
        session=card.session,
        id=f"hub-resumed-{folded.memory.heard}",
        at=received,
        channel=card.channel,
        received=received,
    )


class Presence:
    """The queue of what is due.

    Lazy: a sign of life costs nothing, a session is looked at again when its old time comes.
    """

    def __init__(self, times: Times) -> None:
        self.times = times
        self._queue: list[tuple[int, str]] = []
        self._planned: dict[str, int] = {}

    def see(self, folded: Folded) -> None:
        """The session changed: plan its next moment, if that is earlier than the planned one."""
        due = self.times.due(folded)
        if due:
            self._plan(folded.card.session, due[0][0])

    def again(self, session: str, at: int) -> None:
        """Look at the session once more, at `at` (ms since 1970)."""
        self._plan(session, at)

    def pop(self, now: int) -> Iterator[str]:
        """The sessions whose planned moment has come. The caller looks, acts, and calls `see` again."""
        while self._queue and self._queue[0][0] <= now:
            at, session = heapq.heappop(self._queue)
            if self._planned.get(session) == at:
                del self._planned[session]
                yield session

    def next(self) -> int | None:
        """When the next moment comes, in ms since 1970."""
        return self._queue[0][0] if self._queue else None

    def _plan(self, session: str, at: int) -> None:
        planned = self._planned.get(session)
        if planned is None or at < planned:
            self._planned[session] = at
            heapq.heappush(self._queue, (at, session))


def _after(since: int, seconds: float) -> int:
    return since + round(seconds * 1000)
