"""The command `live`, killed by itself at one of the places where its tasks stand still. Nothing in the product knows.

    FAILPOINT="live/hub/writer.py:263 stands 2"  SIGKILL as soon as a task stands there for the second time
    FAILPOINT="live/hub/writer.py:263 resumes 1" … or just before it goes on from there for the first time
    FAILPOINT="live/sockets.py:188 runs 1"       … or when that line is about to run, where nobody stands still
    FAILPOINT_SEEN=FILE                          SIGUSR2 writes what was seen to FILE: see `Seen`

All count from SIGUSR1 on. A place is the innermost line of the product in the stack of a task that waits.
"""

import asyncio
import gc
import inspect
import os
import signal
import sys
from collections import Counter
from collections.abc import Coroutine, Generator
from contextvars import Context
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec

import live
from live.cli import main

ROOT = Path(live.__file__).parent.parent
PRODUCT = f"{ROOT}/live/"
DEPTH = 100  # frames of one task


class Seen(msgspec.Struct):
    """`points`: where tasks stood, and how often; `through`: the lines that waited for those; `ran`: all that ran."""

    points: dict[str, int]
    functions: dict[str, str]
    through: list[str]
    ran: list[str]


class Watch:
    """What all tasks of the process tell of themselves."""

    def __init__(self, wanted: str, seen: str) -> None:
        place, phase, nth = wanted.rsplit(" ", 2) if wanted else ("", "", "0")
        self._place, self._phase, self._left = place, phase, int(nth)
        self._seen = seen
        self._points: Counter[str] = Counter()
        self._functions: dict[str, str] = {}
        self._through: set[str] = set()
        self._ran: set[str] = set()
        self.armed = False

    def arm(self, number: int, frame: FrameType | None) -> None:
        """From here on."""
        self.armed = True
        if self._seen or self._phase == "runs":
            sys.settrace(self._trace)

    def tell(self, number: int, frame: FrameType | None) -> None:
        """What was seen so far."""
        sys.settrace(None)
        seen = Seen(dict(self._points), self._functions, sorted(self._through), sorted(self._ran))
        part = Path(f"{self._seen}.part")
        part.write_bytes(msgspec.json.encode(seen))
        part.rename(self._seen)

    def stands(self, stack: list[FrameType]) -> str:
        """A task waits. Its place."""
        lines = [f"{_named(frame)}:{frame.f_lineno}" for frame in stack]
        self._through.update(lines)
        self._points[lines[-1]] += 1
        self._functions.setdefault(lines[-1], stack[-1].f_code.co_qualname)
        self._pass(lines[-1], "stands")
        return lines[-1]

    def resumes(self, place: str) -> None:
        """It is about to go on."""
        self._pass(place, "resumes")

    def _pass(self, place: str, phase: str) -> None:
        if place == self._place and phase == self._phase:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def _trace(self, frame: FrameType, event: str, argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(PRODUCT):
            return None
        if event == "line":
            place = f"{_named(frame)}:{frame.f_lineno}"
            self._ran.add(place)
            self._pass(place, "runs")
        return self._trace


class Watched(Coroutine[Any, Any, Any]):
    """A task's coroutine: each of its steps is seen."""

    def __init__(self, inner: Coroutine[Any, Any, Any], watch: Watch) -> None:
        self._inner, self._watch = inner, watch
        self._place = ""

    def send(self, value: Any, /) -> Any:
        """One step, from one standstill to the next."""
        if self._place and self._watch.armed:
            self._watch.resumes(self._place)
        return self._stood(self._inner.send(value))

    def throw(self, *error: Any) -> Any:
        """The same, with an error."""
        return self._stood(self._inner.throw(*error))

    def _stood(self, yielded: Any) -> Any:
        self._place = ""
        if self._watch.armed and (stack := _stack(self._inner)):
            self._place = self._watch.stands(stack)
        return yielded

    def close(self) -> None:
        """It ends."""
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._inner.__await__()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)  # `cr_frame` and the like, for those who look


def _stack(waits: Any) -> list[FrameType]:
    """The product's lines in a task that waits, the innermost last."""
    found = []
    for _ in range(DEPTH):
        if inspect.iscoroutine(waits):
            frame, waits = waits.cr_frame, waits.cr_await
        elif inspect.isgenerator(waits):
            frame, waits = waits.gi_frame, waits.gi_yieldfrom
        elif inspect.isasyncgen(waits):
            frame, waits = waits.ag_frame, waits.ag_await
        else:  # one step of an async generator, or a coroutine behind `__await__`, names what it is of to nobody else
            inner = [one for one in gc.get_referents(waits) if inspect.isasyncgen(one) or inspect.iscoroutine(one)]
            if type(waits).__name__ not in STEPS or not inner:
                break
            frame, waits = None, inner[0]
        if frame is not None and frame.f_code.co_filename.startswith(PRODUCT):
            found.append(frame)
    return found


STEPS = ("async_generator_asend", "async_generator_athrow", "coroutine_wrapper", "anext_awaitable")


def _named(frame: FrameType) -> str:
    return frame.f_code.co_filename.removeprefix(f"{ROOT}/")


class Policy(asyncio.DefaultEventLoopPolicy):
    """Every loop makes its tasks of watched coroutines."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        """A loop as ever, but for that."""
        loop = super().new_event_loop()
        loop.set_task_factory(self._task)
        return loop

    def _task(
        self, loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
        context: Context | None = None,
    ) -> asyncio.Task[Any]:  # fmt: skip
        watched = Watched(coro, self._watch) if inspect.iscoroutine(coro) else coro
        return asyncio.Task(watched, loop=loop, context=context)


if __name__ == "__main__":
    watching = Watch(os.environ.pop("FAILPOINT", ""), os.environ.pop("FAILPOINT_SEEN", ""))
    signal.signal(signal.SIGUSR1, watching.arm)
    signal.signal(signal.SIGUSR2, watching.tell)
    asyncio.set_event_loop_policy(Policy(watching))
    sys.exit(main())
