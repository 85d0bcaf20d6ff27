"""The path from the receipt of an event to its ack, as the source has it: every `await`, `async for` and `async with`.

Which functions are on it is followed from the ways in, by the names that each function calls.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import live

ROOT = Path(live.__file__).parent.parent
EDGES = ("live/api.py", "live/sockets.py")
FILES = (
    *EDGES, "live/edge.py", "live/auth.py", "live/recent.py", "live/acts.py", "live/hub/hub.py", "live/hub/writer.py",
    "live/hub/recall.py", "live/storage/journal.py", "live/storage/erasures.py", "live/storage/cards.py",
    "live/storage/people.py",
)  # fmt: skip
WAYS_IN = {
    "Api.ingest", "Api.note", "Api.erase", "Sockets.ingest", "Writer.run",
    "People.find_key", "People.find_token", "People.find_user",  # asked through `Recent.get`, which was given them
}  # fmt: skip

NAMESAKES = {"Journal.find", "Journal.sessions", "Cards.sessions", "People.users"}  # what is called so is another

AWAY = "only while the store is away, or an outcome is unknown: `make chaos` does that"
STOP = "only at a planned stop: `hub-drained` of `make chaos` does that"
OLD = "only on an ingest socket that is 30 s old"
FULL = "only while a queue is at its bound"
DIED = "only where an erasure meets one that a dead hub left open: tests/test_erasing.py does that"
TOKEN = "this reviewer comes by cookie, and this channel with its own key"
REASONS = {  # why an await of the path is not reached: of a whole function, or of one line of it
    "Auth.channel_of: if await self._tokens": "only for an unknown key: nothing is received",
    "Auth.who": TOKEN, "People.find_token": TOKEN,
    "Auth._by_cookie: account = await self._accounts.get(name, since": "only where a password was changed just now",
    "Hub.card": "the session is on the board, for it has just been written",
    "Writer.run: async with": "entered when the hub starts, left when it stops",
    "Writer._erase: await asyncio.sleep": AWAY, "Writer._settle_all: await asyncio.sleep": AWAY,
    "Writer._read_anew: await self._journal.read": "only where this hub has not heard what the other wrote: a race",
    "Recall.onward": "only where the stored card is behind: a race",
    "Erasures._at_once: await": DIED, "Erasures.unblock": DIED,
    "Sockets._still": OLD, "Sockets._read: if not await": OLD,
    "Sockets.ingest: await socket.send_denial": "only for an unknown key: nothing is received",
    "Sockets.ingest: await self._close": STOP, "Sockets._close": STOP,
    "Sockets._until_stop: await line.empty": STOP, "_Line.empty": STOP,
    "Sockets._read: await hub.writer.room": FULL, "_Line.room": FULL, "Writer.room": FULL,
}  # fmt: skip


class Await(NamedTuple):
    """One place at which a task may stand still. `first` to `last`: its lines; `text`: the first of them."""

    file: str
    first: int
    last: int
    function: str
    text: str

    @property
    def place(self) -> str:
        """As the hub that watches itself says it."""
        return f"{self.file}:{self.first}"

    @property
    def reason(self) -> str:
        """Why it is not reached; "" where nobody has said."""
        whole = f"{self.function}: {self.text}"
        return next((why for what, why in REASONS.items() if whole.startswith(what if ":" in what else f"{what}:")), "")

    def among(self, places: set[str]) -> bool:
        """Is one of its lines there?"""
        return any(line in places for line in self.lines())

    def lines(self) -> list[str]:
        """All of them, each as a place."""
        return [f"{self.file}:{line}" for line in range(self.first, self.last + 1)]


class _Function(NamedTuple):
    file: str
    name: str
    node: ast.AsyncFunctionDef


@cache
def awaits() -> tuple[Await, ...]:
    """All of the path, in the order of the source."""
    known = [function for file in FILES for function in _functions(file)]
    found = [function for function in known if function.name in WAYS_IN]
    for function in found:
        for own, name in _called(function.node):
            for other in known:
                if other.name.rpartition(".")[2] == name and _fits(function, other, own=own) and other not in found:
                    found.append(other)  # the loop comes to it
    return tuple(sorted({one for function in found for one in _awaits(function)}))


def _fits(function: _Function, other: _Function, *, own: bool) -> bool:
    """Can this one call that one?"""
    if other.name in NAMESAKES:
        return False
    in_class = other.name.rpartition(".")[0]
    if own:
        return other.file == function.file and in_class in ("", function.name.partition(".")[0])
    return other.file not in EDGES or (other.file == function.file and in_class.startswith("_"))


def _functions(file: str) -> Iterator[_Function]:
    tree = ast.parse((ROOT / file).read_text())
    for node in tree.body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        for one in inside:
            if isinstance(one, ast.AsyncFunctionDef):
                yield _Function(file, f"{prefix}{one.name}", one)


def _called(function: ast.AST) -> Iterator[tuple[bool, str]]:
    """The names of what it calls or hands on to be called; and whether it is its own class's."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            func = [node.func.body, node.func.orelse] if isinstance(node.func, ast.IfExp) else [node.func]
            func = [part for one in func for part in ([one.body, one.orelse] if isinstance(one, ast.IfExp) else [one])]
            for one in (*func, *node.args):
                if isinstance(one, ast.Attribute) and (one in func or _of_self(one)):
                    yield isinstance(one.value, ast.Name) and one.value.id == "self", one.attr
                elif isinstance(one, ast.Name) and one in func:
                    yield one.id.startswith("_"), one.id


def _of_self(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id == "self"


def _awaits(function: _Function) -> Iterator[Await]:
    lines = (ROOT / function.file).read_text().splitlines()
    for node in ast.walk(function.node):
        if isinstance(node, ast.Await):
            first, last = node.lineno, node.end_lineno or node.lineno
        elif isinstance(node, ast.AsyncFor | ast.AsyncWith):
            first = last = node.lineno
        elif isinstance(node, ast.comprehension) and node.is_async:
            first = last = node.target.lineno
        else:
            continue
        yield Await(function.file, first, last, function.name, lines[first - 1].strip())
