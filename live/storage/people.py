"""Accounts, channel keys and API tokens: one document each.

    accounts  {_id: name in lower case, name, role, password: argon2 hash, made: Date}
    channels  {_id: channel, kind}
    keys      {_id: SHA-256 of the key, hint, channel, revoked, made: Date}
    tokens    {_id: SHA-256 of the token, hint, name, role, unmasked (a kiosk's), revoked, made: Date}
    secrets   {_id: "cookie", value}
    signouts  {_id: the mark of a sign-in that is over, until: Date at which its cookie would be over by itself}

Each is found by its `_id`, which makes it unique, so hubs that start at once cannot make one twice. A key is random
(256 bits), so a plain SHA-256 hides it; its text exists once, in the answer to who made it. A revoked one stays.
"""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

from pymongo import ASCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError, PyMongoError

from live.errors import Flaw, Invalid, NotFound, SettingError
from live.passwords import hashed
from live.settings import CHANNEL_NAME, Settings
from live.storage import mongo
from live.storage.mongo import Collection, Database, Document

ROLES = ("viewer", "reviewer", "admin")
KIOSK = "kiosk"  # the role of a token that may look at walls alone; no account has it
HINT = 8  # characters of a key that lists show

_ACCOUNT = re.compile(r"\S{1,64}")
_SHORT = 32  # a chosen key may be shorter than a made one: then less of it is shown


@dataclass(frozen=True, slots=True)
class Key:
    """A channel key, without its text."""

    hint: str
    channel: str
    kind: str
    revoked: bool


@dataclass(frozen=True, slots=True)
class Token:
    """An API token, without its text."""

    hint: str
    name: str
    role: str
    revoked: bool
    unmasked: bool = False  # a kiosk's: it shows who a session is about, and what was said


@dataclass(frozen=True, slots=True)
class User:
    """An account, without its password."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it is checked at sign-in."""

    name: str
    role: str
    password_hash: str


def digest(text: str | bytes) -> str:
    """Under which a key or token is found: hex."""
    return sha256(text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text).hexdigest()


def folded(name: str) -> str:
    """Under which an account is found: `Ada`, `ADA` and full-width `Ａda` are one."""
    return unicodedata.normalize("NFKC", name).casefold()


class People:
    """Who may do what. Every method raises StoreAway."""

    def __init__(self, database: Database) -> None:
        self._accounts: Collection = database["accounts"]
        self._channels: Collection = database["channels"]
        self._keys: Collection = database["keys"]
        self._tokens: Collection = database["tokens"]
        self._secrets: Collection = database["secrets"]
        self._signouts: Collection = database["signouts"]

    async def ensure_indexes(self) -> None:
        """For the hints of keys and tokens, and to forget what is over; the rest is found by `_id`."""
        with _store():
            await self._signouts.create_index([("until", ASCENDING)], name="until", expireAfterSeconds=0)
            for collection in (self._keys, self._tokens):
                await collection.create_index([("hint", ASCENDING)], name="hint")

    async def bootstrap(self, settings: Settings) -> None:
        """Make what LIVE_BOOTSTRAP_… names, where missing. What is there stays: a changed password, a revoked key.

        Raises Invalid for a name that cannot be one, SettingError where one text would be the key of two channels.
        """
        if settings.bootstrap_admin is not None:
            name, password = settings.bootstrap_admin
            if await self.find_user(name) is None:
                account = _account(name, await hashed(password), "admin")
                await self._keep(self._accounts, folded(name), account)
        for channel, text in settings.bootstrap_keys.items():
            await self._keep(self._channels, channel, {"kind": channel})
            kept = await self._keep(self._keys, digest(text), _made(hint=_hint(text), channel=channel))
            if kept["channel"] != channel:
                expected = f"a key of its own for each channel ({kept['channel']} has this one)"
                raise SettingError("LIVE_BOOTSTRAP_KEYS", expected, f"{channel}=…")
        if settings.bootstrap_token is not None:
            text = settings.bootstrap_token
            await self._keep(self._tokens, digest(text), _made(hint=_hint(text), name="bootstrap", role="reviewer"))

    async def cookie_secret(self) -> str:
        """What signs the cookies: made once, the same for all hubs."""
        kept = await self._keep(self._secrets, "cookie", {"value": token_urlsafe(48)})
        return str(kept["value"])

    # channels and their keys ---------------------------------------------------------------------------------------

    async def channels(self) -> dict[str, str]:
        """Channel -> kind."""
        with _store():
            return {row["_id"]: row["kind"] async for row in self._channels.find({})}

    async def add_key(self, channel: str, *, kind: str | None) -> str:
        """A new key of a channel; old ones stay. `kind` None leaves the channel's (at first its name) as it is.

        Raises Invalid for a name that cannot be one.
        """
        if not CHANNEL_NAME.fullmatch(channel):
            raise Invalid(Flaw("channel", f"expected 1 to 32 of a-z, 0-9 and '-', got {channel[:80]!r}"))
        if kind is not None and not _printable(kind, most=64):
            raise Invalid(Flaw("kind", f"expected 1 to 64 printable characters, got {kind[:80]!r}"))
        text = _random()
        await self._keep(self._channels, channel, {"kind": kind or channel})
        with _store():
            if kind is not None:
                await self._channels.update_one({"_id": channel}, {"$set": {"kind": kind}})
            await self._keys.insert_one({"_id": digest(text), **_made(hint=_hint(text), channel=channel)})
        return text

    async def list_keys(self) -> list[Key]:
        """All, by channel and age."""
        kinds = await self.channels()
        with _store():
            rows = self._keys.find({}).sort([("channel", ASCENDING), ("made", ASCENDING)])
            return [_key(row, kinds) async for row in rows]

    async def find_key(self, found_by: str) -> Key | None:
        """By its `digest`; revoked ones too."""
        with _store():
            row = await self._keys.find_one({"_id": found_by})
            if row is None:
                return None
            channel = await self._channels.find_one({"_id": row["channel"]})
        return _key(row, {} if channel is None else {channel["_id"]: channel["kind"]})

    # API tokens ----------------------------------------------------------------------------------------------------

    async def add_token(self, name: str) -> str:
        """A new API token, which may do what a reviewer may; several may share a name.

        Raises Invalid for a name that cannot be one.
        """
        if not _printable(name, most=64):
            raise Invalid(Flaw("name", f"expected 1 to 64 printable characters, got {name[:80]!r}"))
        text = _random()
        with _store():
            await self._tokens.insert_one({"_id": digest(text), **_made(hint=_hint(text), name=name, role="reviewer")})
        return text

    async def add_kiosk(self, name: str, *, unmasked: bool) -> str:
        """A new token of a kiosk, which may look at walls alone. Raises Invalid for a name that cannot be one."""
        if not _printable(name, most=64):
            raise Invalid(Flaw("name", f"expected 1 to 64 printable characters, got {name[:80]!r}"))
        text = _random()
        fields = {**_made(hint=_hint(text), name=name, role=KIOSK), "unmasked": unmasked}
        with _store():
            await self._tokens.insert_one({"_id": digest(text), **fields})
        return text

    async def list_tokens(self) -> list[Token]:
        """All, by name and age."""
        with _store():
            rows = self._tokens.find({}).sort([("name", ASCENDING), ("made", ASCENDING)])
            return [_token(row) async for row in rows]

    async def find_token(self, found_by: str) -> Token | None:
        """By its `digest`; revoked ones too."""
        with _store():
            row = await self._tokens.find_one({"_id": found_by})
        return None if row is None else _token(row)

    async def revoke(self, text: str) -> str:
        """End the key or token with this hint, or this text; says which it was.

        Raises NotFound, and Invalid where the hint fits several that are in use.
        """
        text = text.rstrip("…")
        if not text or not text.isprintable():
            raise NotFound("key or token in use", text[:HINT])
        query: Document = {"revoked": False, "$or": [{"_id": digest(text)}, {"hint": text}]}
        keys, tokens = self._keys.find(query), self._tokens.find(query)
        with _store():
            found = [(self._keys, row, f"key {row['hint']}… of channel {row['channel']}") async for row in keys]
            found += [(self._tokens, row, f"token {row['hint']}… named {row['name']}") async for row in tokens]
            found = [one for one in found if one[1]["_id"] == digest(text)] or found
            if not found:
                raise NotFound("key or token in use", text[:HINT])
            if len(found) > 1:
                several = "; ".join(what for _, _, what in found)
                raise Invalid(Flaw("hint", f"{text!r} fits {len(found)} ({several}): give the whole text instead"))
            collection, row, what = found[0]
            await collection.update_one({"_id": row["_id"]}, {"$set": {"revoked": True, "ended": datetime.now(UTC)}})
        return what

    # accounts ------------------------------------------------------------------------------------------------------

    async def add_user(self, name: str, *, password_hash: str, role: str) -> None:
        """A new account. Raises Invalid for a name that is taken or cannot be one, and for an unknown role."""
        with _store():
            try:
                await self._accounts.insert_one({"_id": folded(name), **_account(name, password_hash, role)})
            except DuplicateKeyError:
                raise Invalid(Flaw("name", f"there is an account {name!r} already")) from None

    async def set_password(self, name: str, *, password_hash: str) -> None:
        """The old password ends, and every cookie that was given for it. Raises NotFound."""
        with _store():
            done = None
            if _is_account(name):
                done = await self._accounts.update_one({"_id": folded(name)}, {"$set": {"password": password_hash}})
        if done is None or not done.matched_count:
            raise NotFound("account", name[:80])

    async def list_users(self) -> list[User]:
        """All, by name."""
        with _store():
            return [User(row["name"], row["role"]) async for row in self._accounts.find({}).sort("_id", ASCENDING)]

    async def find_user(self, name: str) -> Account | None:
        """By its name, whatever its case."""
        if not _is_account(name):
            return None
        with _store():
            row = await self._accounts.find_one({"_id": folded(name)})
        return None if row is None else Account(row["name"], row["role"], row["password"])

    async def end_sign_in(self, mark: str, *, seconds: float) -> None:
        """The cookie with this mark is worth nothing any more; it would have been something for so long at most."""
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        with _store():
            await self._signouts.update_one({"_id": mark}, {"$set": {"until": until}}, upsert=True)

    async def is_over(self, mark: str) -> bool:
        """Was this sign-in ended?"""
        with _store():
            return await self._signouts.find_one({"_id": mark}, {"_id": 1}) is not None

    async def _keep(self, collection: Collection, ident: str, fields: Document) -> Document:
        """What is there, else this, made now. Always a write: it also sees what another hub is just writing."""
        with _store():
            while True:
                try:
                    kept: Document = await collection.find_one_and_update(
                        {"_id": ident}, {"$setOnInsert": fields}, upsert=True, return_document=ReturnDocument.AFTER
                    )
                    return kept
                except DuplicateKeyError:
                    continue  # another hub was first: now it is there


@contextmanager
def _store() -> Iterator[None]:
    try:
        yield
    except PyMongoError as error:
        raise mongo.away(error) from error


def _account(name: str, password_hash: str, role: str) -> Document:
    if not _is_account(name):
        raise Invalid(Flaw("name", f"expected 1 to 64 printable characters without white space, got {name[:80]!r}"))
    if role not in ROLES:
        raise Invalid(Flaw("role", f"expected one of {', '.join(ROLES)}, got {role[:80]!r}"))
    return {"name": name, "role": role, "password": password_hash, "made": datetime.now(UTC)}


def _is_account(name: str) -> bool:
    return bool(_ACCOUNT.fullmatch(name)) and name.isprintable()


def _printable(text: str, *, most: int) -> bool:
    return 0 < len(text) <= most and text.isprintable() and bool(text.strip())


def _made(**fields: str) -> Document:
    return {**fields, "revoked": False, "made": datetime.now(UTC)}


def _key(row: Document, kinds: dict[str, str]) -> Key:
    channel: str = row["channel"]
    return Key(row["hint"], channel, kinds.get(channel, channel), row["revoked"])


def _token(row: Document) -> Token:
    return Token(row["hint"], row["name"], row["role"], row["revoked"], row.get("unmasked", False))


def _hint(text: str) -> str:
    return text[:HINT] if len(text) >= _SHORT else text[: min(HINT, len(text) // 4)]


def _random() -> str:
    """Never starts with `-`, which the command line would take for an option."""
    while not (text := token_urlsafe(32))[0].isalnum():
        pass
    return text
