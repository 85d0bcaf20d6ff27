"""Passwords as argon2id hashes, with the library's default cost (64 MiB and about 0.1 s of a core each)."""

import hashlib
import unicodedata

import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from live.errors import Flaw, Invalid

MAX_PASSWORD = 1_024  # characters; a longer one is refused before it costs anything

_HASHER = PasswordHasher()
# A hash that no password fits, of the same cost as a real one: an unknown account takes as long as a wrong password.
_NOBODY = f"$argon2id$v=19$m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}${'A' * 22}${'A' * 43}"


async def hashed(password: str) -> str:
    """The text to store. Raises Invalid for an empty or enormous password, and for one that is no text."""
    if not password:
        raise Invalid(Flaw("password", "is empty"))
    data = _bytes(password)
    if data is None:
        raise Invalid(Flaw("password", f"expected text of at most {MAX_PASSWORD:,} characters"))
    return await anyio.to_thread.run_sync(_HASHER.hash, data)


def fits(password: str, stored: str | None) -> bool:
    """Is it the password of this hash? Takes a tenth of a second, also when `stored` is None (no such account)."""
    data = _bytes(password)
    try:
        _HASHER.verify(stored or _NOBODY, b"" if data is None else data)
    except (VerificationError, InvalidHashError):
        return False
    return bool(data) and stored is not None


def stamp(stored: str) -> str:
    """Tells one password hash from the next without showing any of it: what a cookie may carry."""
    return hashlib.sha256(stored.encode()).hexdigest()[:16]


def _bytes(password: str) -> bytes | None:
    """The same characters typed on another system are the same bytes (NFC); None for what cannot be a password."""
    if len(password) > MAX_PASSWORD:
        return None
    try:
        return unicodedata.normalize("NFC", password).encode()
    except UnicodeEncodeError:
        return None
