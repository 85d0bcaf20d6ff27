"""What the store said a moment ago: so that ingest does not ask MongoDB at every POST, and goes on while it is away."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from live.errors import StoreAway

FRESH = 5.0  # seconds that an answer serves: a revocation is heeded within these
AGAIN = 1.0  # seconds that "there is none" serves, and that a store which was away is not asked again
STALE = 300.0  # seconds that an answer serves while the store is away
KEPT = 4096  # answers; the least used is forgotten, and asked for again when needed

_V = TypeVar("_V")


class _Answer(Generic[_V]):
    __slots__ = ("confirmed", "due", "value")

    def __init__(self, value: _V, *, confirmed: float, due: float) -> None:
        self.value, self.confirmed, self.due = value, confirmed, due


class Recent(Generic[_V]):
    """Answers by key. `clock` gives seconds."""

    def __init__(self, find: Callable[[str], Awaitable[_V | None]], *, clock: Callable[[], float]) -> None:
        self._find, self._clock = find, clock
        self._known: OrderedDict[str, _Answer[_V]] = OrderedDict()
        # Apart from the known, so that a flood of guesses cannot push those out.
        self._unknown: OrderedDict[str, float] = OrderedDict()
        self._away = 0.0  # until then the store, which did not answer, is not asked again

    def __len__(self) -> int:
        return len(self._known) + len(self._unknown)

    @property
    def away(self) -> bool:
        """Did the store not answer just now?"""
        return self._clock() < self._away

    async def get(self, key: str, *, since: float | None = None) -> _V | None:
        """What `find` says, or said at most FRESH seconds ago. `since` refuses an answer older than that moment.

        Raises StoreAway where nothing recent enough is known.
        """
        now = self._clock()
        answer = self._known.get(key)
        if answer is None and since is None and self._unknown.get(key, now) > now:
            return None
        if answer is not None:
            self._known.move_to_end(key)
            if now < answer.due and (since is None or answer.confirmed >= since):
                return answer.value
            if now - answer.confirmed < 2 * FRESH and since is None:
                answer.due = now + AGAIN  # one asks, meanwhile the others use what is known
        if answer is None and since is None and self.away:
            raise StoreAway
        try:
            value = await self._find(key)
        except StoreAway:
            self._away = self._clock() + AGAIN
            if answer is None or since is not None or self._clock() - answer.confirmed >= STALE:
                raise
            answer.due = self._clock() + AGAIN
            return answer.value
        self._away = 0.0
        self.put(key, value)
        return value

    def put(self, key: str, value: _V | None) -> None:
        """It was just learned."""
        now = self._clock()
        if value is None:
            self._known.pop(key, None)
            _keep(self._unknown, key, now + AGAIN)
        else:
            self._unknown.pop(key, None)
            _keep(self._known, key, _Answer(value, confirmed=now, due=now + FRESH))


_T = TypeVar("_T")


def _keep(answers: OrderedDict[str, _T], key: str, answer: _T) -> None:
    answers[key] = answer
    answers.move_to_end(key)
    if len(answers) > KEPT:
        answers.popitem(last=False)
