"""Static files, read once at the start. With the version of them all in the address, browsers keep them for ever."""

import gzip
import hashlib
import mimetypes
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
FOREVER = "public, max-age=31536000, immutable"
SMALL = 1_000  # bytes; a smaller file is not worth packing


class File(NamedTuple):
    """One file as it is sent."""

    body: bytes
    packed: bytes | None
    kind: str
    tag: str


class Files:
    """All files under a directory, as an ASGI application.

    `/static/<version>/js/x.js` never changes; what a module imports by a relative path stays within the version.
    `/static/js/x.js` is asked again every time, by its tag.
    """

    def __init__(self, directory: Path) -> None:
        paths = sorted(path for path in directory.rglob("*") if path.is_file() and not path.name.startswith("."))
        self._files = {path.relative_to(directory).as_posix(): _file(path.name, path.read_bytes()) for path in paths}
        tags = "".join(f"{name} {file.tag}\n" for name, file in self._files.items())
        self.version = f"v-{hashlib.sha256(tags.encode()).hexdigest()[:12]}"

    def address(self, name: str) -> str:
        """Where a file is, for a template. Raises KeyError for one that is not there."""
        if name not in self._files:
            raise KeyError(name)
        return f"/static/{self.version}/{name}"

    def text(self, name: str) -> str:
        """What is in a file, for a page that holds it itself. Raises KeyError for one that is not there."""
        return self._files[name].body.decode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for one of them."""
        if scope["type"] == "http":
            await self._answer(Request(scope))(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return Response(status_code=405, headers={"Allow": "GET, HEAD"})
        version, _, name = request.scope["path"].removeprefix(request.scope["root_path"]).lstrip("/").partition("/")
        if not version.startswith("v-"):
            version, name = "", f"{version}/{name}" if name else version
        file = self._files.get(name)
        if file is None:
            return Response("There is no such file.\n", 404, {"X-Content-Type-Options": "nosniff"}, "text/plain")
        packed = file.packed if "gzip" in request.headers.get("accept-encoding", "") else None
        tag = f'"{file.tag}{"-gz" if packed else ""}"'
        headers = {
            "ETag": tag,
            "Cache-Control": FOREVER if version == self.version else "no-cache",
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if tag in (one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")):
            return Response(status_code=304, headers=headers)
        if packed:
            headers["Content-Encoding"] = "gzip"
        return Response(packed or file.body, 200, headers, file.kind)


def _file(name: str, body: bytes) -> File:
    kind = KINDS.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    small = len(body) < SMALL or not kind.startswith(("text/", "image/svg"))
    packed = None if small else gzip.compress(body, mtime=0)
    return File(body, packed, kind, hashlib.sha256(body).hexdigest()[:16])
