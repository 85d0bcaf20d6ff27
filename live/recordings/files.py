"""Files of JSON lines -> conversations."""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from live.errors import Flaw, Invalid, NotFound
from live.recordings.exported import sendable
from live.recordings.rows import Row
from live.recordings.script import Conversation, Event
from live.recordings.turns import convert

MAX_LINE = 64 * 1024 * 1024  # bytes; a longer line is an error
PIECE = 1_000  # exported events of one session that are yielded together; further ones come as a further piece

_row = msgspec.json.Decoder(Row)
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_event = msgspec.json.Decoder(dict[str, object])


class Recordings:
    """Conversations of several files, read as they are asked for. `fraction` says how far it has come (0 to 1).

    `left_out` counts exported events so far that hub or reviewers wrote: a channel may not send them.

    Raises NotFound for a missing file at once; Invalid, naming file and line, at a line that cannot be read.
    """

    def __init__(self, paths: Sequence[str | Path]) -> None:
        self.paths = [Path(path) for path in paths]
        for path in self.paths:
            if not path.is_file():
                raise NotFound("file", str(path))
        self._sizes = [path.stat().st_size for path in self.paths]
        self._done = 0
        self.left_out = 0
        self._open: BinaryIO | None = None

    @property
    def fraction(self) -> float:
        """Of all bytes in the files, how many were read."""
        here = self._open.tell() if self._open is not None and not self._open.closed else 0
        return min(1.0, (self._done + here) / (sum(self._sizes) or 1))

    def __iter__(self) -> Iterator[Conversation]:
        for path, size in zip(self.paths, self._sizes, strict=True):
            yield from self._of(path)
            self._done += size

    def _of(self, path: Path) -> Iterator[Conversation]:
        number = 0
        session, piece = "", list[Event]()
        try:
            for raw in self._lines(path):
                number += 1
                line = raw.strip()
                if not line:
                    continue
                if "turns" in _object.decode(line):
                    yield convert(_row.decode(line))
                    continue
                event = sendable(_event.decode(line))
                if event is None:
                    self.left_out += 1
                    continue
                if piece and (event["session"] != session or len(piece) == PIECE):
                    yield Conversation(session, tuple(piece))
                    piece = []
                session = event["session"]
                piece.append(event)
            if piece:
                yield Conversation(session, tuple(piece))
        except Invalid as error:
            raise Invalid(*(Flaw(f"{path}:{number}", _where(flaw)) for flaw in error.flaws)) from error
        except (msgspec.DecodeError, RecursionError, ValueError) as error:
            raise Invalid(Flaw(f"{path}:{number}", f"not a recorded conversation: {error}")) from error
        except (OSError, EOFError, zlib.error) as error:  # gzip has one of its own for each kind of damage
            raise Invalid(Flaw(f"{path}:{number + 1}", f"the file cannot be read on from here: {error}")) from error

    def _lines(self, path: Path) -> Iterator[bytes]:
        with path.open("rb") as file:
            self._open = file
            zipped = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            with gzip.GzipFile(fileobj=file) if zipped else file as lines:
                while raw := lines.readline(MAX_LINE + 1):
                    if len(raw) > MAX_LINE:
                        raise Invalid(Flaw("", f"a line of over {MAX_LINE:,} bytes"))
                    yield raw


def _where(flaw: Flaw) -> str:
    return f"{flaw.path}: {flaw.message}" if flaw.path else flaw.message
