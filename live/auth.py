"""Who is asking, and may they: channel keys, API tokens, the sign-in cookie, and the forms that it protects.

A form, before sign-in or after: `auth.csrf_token(request)` goes into the page, `auth.keep_form(request, response)` is
called on its answer, and `auth.check_csrf(request, token)` comes before what the form does.
"""

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from secrets import token_urlsafe
from typing import Literal

import anyio.to_thread
from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from live import passwords
from live.errors import Forbidden, SettingError, StoreAway, Unauthorized
from live.origins import Origins
from live.passwords import hashed
from live.recent import Recent
from live.settings import Settings
from live.storage.people import KIOSK, Account, Key, People, Token, digest, folded
from live.tries import TooManyTries, Tries

__all__ = ["Auth", "TooManyTries", "Who", "hashed"]

COOKIE = "live"
SCREEN = "live-kiosk"  # the cookie of a kiosk
SCREEN_AGE = 400 * 24 * 3600  # seconds: as long as browsers keep one
COOKIE_AGE = 30 * 24 * 3600  # seconds from sign-in until one must sign in again
FORM = "live-form"  # the cookie that a form is bound to while nobody is signed in
FORM_AGE = 24 * 3600
MAX_BEARER = 512  # bytes of a key or token; a longer one is refused unread
MAX_COOKIE = 2_048
SKEW = 60  # seconds that the clocks of two hubs may differ
HASHING = 2  # passwords checked at once: each takes 64 MiB and a core
WAITING = 32  # more sign-ins than these at once are told to try again
ADMIN = "admin"
REVIEWERS = ("reviewer", ADMIN)


@dataclass(frozen=True, slots=True)
class Who:
    """Who is asking. `stamp` is of the password that they signed in with."""

    name: str
    role: str
    via: Literal["cookie", "token", "kiosk"]
    stamp: str = field(default="", repr=False)
    masked: bool = False  # a kiosk that may not see who a session is about


class Auth:
    """Answers who it is, or raises Unauthorized; Forbidden for what they may not.

    What the store said serves for seconds (live/recent.py); StoreAway where it must be asked and is away.
    """

    def __init__(
        self,
        people: People,
        settings: Settings,
        *,
        secret: str,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        if len(secret) < 32:
            raise SettingError("LIVE_SECRET", "32 random characters or more", "…")
        self._people, self._now = people, now
        self._secure = settings.secure_cookie
        self._secret = secret.encode("utf-8", "surrogateescape")
        self._cookies, self._forms = _signer(self._secret, "live.cookie"), _signer(self._secret, "live.form")
        self._screens = _signer(self._secret, "live.kiosk")
        self._origins = Origins(settings.origins, secure=settings.secure_cookie)
        self._keys: Recent[Key] = Recent(people.find_key, clock=clock)
        self._tokens: Recent[Token] = Recent(people.find_token, clock=clock)
        self._accounts: Recent[Account] = Recent(people.find_user, clock=clock)
        self._over: Recent[bool] = Recent(people.is_over, clock=clock)  # by the mark of a sign-in
        self._clock = clock
        self._tries = Tries(clock=clock)
        self._threads = anyio.CapacityLimiter(HASHING)
        self._signing_in = 0

    # who is asking -------------------------------------------------------------------------------------------------

    @property
    def store_away(self) -> bool:
        """Did the store not answer just now, when a channel's key was looked up?"""
        return self._keys.away

    async def channel_of(self, connection: HTTPConnection) -> Key:
        """The channel whose key this request carries."""
        found_by = _bearer(connection)
        if found_by is None:
            raise Unauthorized("send the channel's key: Authorization: Bearer <channel key>")
        key = await self._keys.get(found_by)
        if key is None:
            if await self._tokens.get(found_by) is not None:
                raise Unauthorized("this is an API token, which reads; events need the channel's key")
            raise Unauthorized("unknown channel key")
        if key.revoked:
            raise Unauthorized(f"this key of channel {key.channel} was revoked")
        return key

    async def who(self, connection: HTTPConnection) -> Who:
        """Who reads: by API token where one is sent, else by the sign-in cookie."""
        found_by = _bearer(connection)
        if found_by is None:
            return await self._by_cookie(connection)
        token = await self._tokens.get(found_by)
        if token is None:
            if await self._keys.get(found_by) is not None:
                raise Unauthorized("this is a channel key, which only sends events; reading needs an API token")
            raise Unauthorized("unknown API token")
        if token.revoked:
            raise Unauthorized(f"this token ({token.name}) was revoked")
        if token.role == KIOSK:
            raise Forbidden("this is a kiosk's token: it may look at the wall, and nothing else")
        return Who(token.name, token.role, "token")

    async def onlooker(self, connection: HTTPConnection) -> Who:
        """Who looks at a wall: whoever reads, and kiosks.

        A kiosk's cookie counts where the address says `kiosk=true`, or where nobody is signed in: so a screen never
        shows more than its token allows. Whoever is signed in sees a `kiosk=true` masked: it is for a public place, and
        only a token says otherwise.
        """
        found_by = _bearer(connection)
        if found_by is not None:
            return await self._kiosk(found_by) or await self.who(connection)
        held = self._held(connection)
        for_all = connection.query_params.get("kiosk") == "true"
        if held is not None and for_all:
            kiosk = await self._kiosk(held)
            if kiosk is None:
                raise Unauthorized("unknown kiosk token")
            return kiosk
        try:
            who = await self._by_cookie(connection)
            return replace(who, masked=True) if for_all else who
        except Unauthorized:
            kiosk = await self._kiosk(held) if held is not None else None
            if kiosk is None:
                raise
            return kiosk

    async def reviewer(self, connection: HTTPConnection) -> Who:
        """Who acts: Forbidden to those who may only look."""
        who = await self.who(connection)
        if who.role not in REVIEWERS:
            raise Forbidden(f"{who.name} may look but not change anything: that takes the role reviewer or admin")
        return who

    async def admin(self, connection: HTTPConnection) -> Who:
        """Who does what cannot be undone: Forbidden to all but admins."""
        who = await self.who(connection)
        if who.role != ADMIN:
            raise Forbidden(f"{who.name} may not do this: it takes the role admin")
        return who

    async def viewer(self, socket: HTTPConnection) -> Who:
        """Who opens a socket. By cookie only from a page of ours: a browser sends the cookie for a page of anyone."""
        who = await self.onlooker(socket)
        if not socket.headers.get("authorization"):
            self._origins.check(socket, missing=False)
        return who

    def _held(self, connection: HTTPConnection) -> str | None:
        """The digest of the token that a kiosk's cookie holds."""
        value = connection.cookies.get(SCREEN)
        held = self._read(self._screens, value, age=SCREEN_AGE) if value else None
        return None if held is None else held[0]

    async def _kiosk(self, found_by: str) -> Who | None:
        """The kiosk with this token, None where it is none of a kiosk. Raises Unauthorized for one that was revoked."""
        token = await self._tokens.get(found_by)
        if token is None or token.role != KIOSK:
            return None
        if token.revoked:
            raise Unauthorized(f"this kiosk's token ({token.name}) was revoked")
        return Who(token.name, KIOSK, "kiosk", masked=not token.unmasked)

    async def enter(self, response: Response, text: str) -> None:
        """A kiosk opens its address: its browser gets a cookie in place of the token. Raises Unauthorized.

        Wrong ones are not counted: a token is too long to be guessed, and a screen that was forgotten must not lock
        out the others behind its address.
        """
        found_by = digest(text[:MAX_BEARER])
        if await self._kiosk(found_by) is None:
            raise Unauthorized("unknown kiosk token")
        self._set(response, SCREEN, self._screens.dumps([found_by, token_urlsafe(6)]), age=SCREEN_AGE)

    async def _by_cookie(self, connection: HTTPConnection) -> Who:
        value = connection.cookies.get(COOKIE)
        if not value:
            raise Unauthorized
        held = self._read(self._cookies, value, age=COOKIE_AGE)
        if held is None:
            raise Unauthorized("the sign-in is over: sign in again")
        name, stamp, mark = held
        if await self._over.get(mark):
            raise Unauthorized("the sign-in is over: sign in again")
        account = await self._accounts.get(name)
        if account is not None and not _same(passwords.stamp(account.password_hash), stamp):
            # Perhaps the password was changed, and this is the new sign-in, by way of another hub: ask once more.
            account = await self._accounts.get(name, since=self._clock() - 1)
        if account is None or not _same(passwords.stamp(account.password_hash), stamp):
            raise Unauthorized("the account or its password changed: sign in again")
        return Who(account.name, account.role, "cookie", stamp)

    # sign-in -------------------------------------------------------------------------------------------------------

    async def sign_in(self, name: str, password: str, *, address: str) -> Who:
        """Check a name and its password; takes as long when there is no such account.

        Raises Unauthorized, TooManyTries.
        """
        key = folded(name[:256])
        if self._signing_in >= WAITING:
            raise TooManyTries(retry_after=5)
        self._tries.begin(key, address=address)
        self._signing_in += 1
        try:
            account = await self._people.find_user(name)
            stored = None if account is None else account.password_hash
            right = await anyio.to_thread.run_sync(passwords.fits, password, stored, limiter=self._threads)
        except StoreAway:
            self._tries.withdraw(key, address=address)
            raise
        finally:
            self._signing_in -= 1
        if account is None or not right:
            raise Unauthorized("wrong name or password")
        self._tries.succeeded(key, address=address)
        self._accounts.put(account.name, account)
        return Who(account.name, account.role, "cookie", passwords.stamp(account.password_hash))

    def set_cookie(self, response: Response, who: Who) -> None:
        """Sign in the browser that gets this response."""
        if not who.stamp:
            raise ValueError(f"{who} did not sign in by password")
        value = self._cookies.dumps([who.name, who.stamp, token_urlsafe(6)])
        self._set(response, COOKIE, value, age=COOKIE_AGE)

    async def sign_out(self, request: Request, response: Response) -> None:
        """The browser forgets the cookie, and whoever kept a copy of it has no more of it, on any hub within seconds.

        Raises StoreAway: then the browser has forgotten it all the same, if it gets the response.
        """
        response.delete_cookie(COOKIE, path="/", secure=self._secure, httponly=True, samesite="lax")
        held = self._read(self._cookies, request.cookies.get(COOKIE, ""), age=COOKIE_AGE)
        if held is not None:
            await self._people.end_sign_in(held[2], seconds=COOKIE_AGE)
            self._over.put(held[2], value=True)

    # forms ---------------------------------------------------------------------------------------------------------

    def csrf_token(self, request: Request) -> str:
        """For a form or script on the page that answers this request. `keep_form` belongs to it."""
        bound = self._bound(request)
        if bound is None:
            bound = request.scope["live.form"] = self._forms.dumps([token_urlsafe(16), ""])
        return self._token(bound)

    def keep_form(self, request: Request, response: Response) -> None:
        """Set the cookie that this request's token is bound to, if nothing else binds it."""
        made = request.scope.get("live.form")
        if made is not None:
            self._set(response, FORM, made, age=None)

    def check_csrf(self, request: Request, token: object) -> None:
        """Is this the token of our own page, in this browser? `token` is whatever the form holds. Raises Forbidden."""
        self._origins.check(request, missing=True)
        bound = self._bound(request)
        if bound is None or not isinstance(token, str) or not _same(self._token(bound), token):
            raise Forbidden("the page is out of date, or this was sent from another: load it again and repeat it")

    def _bound(self, request: Request) -> str | None:
        """The cookie that a token is bound to: that of the sign-in, else that of the form, else one just made."""
        for name, signer, age in ((COOKIE, self._cookies, COOKIE_AGE), (FORM, self._forms, FORM_AGE)):
            value = request.cookies.get(name)
            if value and self._read(signer, value, age=age) is not None:
                return value
        made: str | None = request.scope.get("live.form")
        return made

    def _token(self, bound: str) -> str:
        return hmac.new(self._secret, f"live.csrf:{bound}".encode(), hashlib.sha256).hexdigest()

    def _read(self, signer: URLSafeTimedSerializer, value: str, *, age: int) -> tuple[str, str, str] | None:
        """The texts of a cookie that we signed at most `age` seconds ago; the last one marks it."""
        if len(value) > MAX_COOKIE:
            return None
        try:
            held, signed = signer.loads(value, return_timestamp=True)
        except BadData:
            return None
        if not -SKEW <= self._now() - signed.timestamp() <= age:
            return None
        match held:
            case [str(first), str(second)]:
                return first, second, ""
            case [str(first), str(second), str(mark)]:
                return first, second, mark
            case _:
                return None

    def _set(self, response: Response, name: str, value: str, *, age: int | None) -> None:
        response.set_cookie(name, value, max_age=age, path="/", secure=self._secure, httponly=True, samesite="lax")


def _signer(secret: bytes, salt: str) -> URLSafeTimedSerializer:
    how = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeTimedSerializer(secret, salt=salt, signer_kwargs=how)


def _bearer(connection: HTTPConnection) -> str | None:
    """The digest of the key or token that was sent; None without any. Raises Unauthorized for another form."""
    sent = connection.headers.getlist("authorization")
    if not sent:
        return None
    scheme, _, text = sent[0].strip().partition(" ")
    text = text.strip()
    if len(sent) > 1 or scheme.lower() != "bearer" or not text:
        raise Unauthorized("expected one header of the form Authorization: Bearer <key or token>")
    if len(text) > MAX_BEARER:
        raise Unauthorized(f"expected a key or token of at most {MAX_BEARER} bytes")
    return digest(text.encode("latin-1"))  # Starlette read the bytes as Latin-1: these are the bytes again


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "replace"))
