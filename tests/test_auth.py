"""Auth, over a real MongoDB: who may send, who may read, and what a page of somebody else cannot do."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from itsdangerous import URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from live import auth, embedded
from live.auth import Auth, TooManyTries, Who
from live.errors import Forbidden, SettingError, StoreAway, Unauthorized
from live.recent import AGAIN, FRESH, STALE
from live.settings import load
from live.storage import mongo
from live.storage.mongo import Database
from live.storage.people import People
from live.tries import PER_NAME_AND_ADDRESS, WINDOW
from tests.clock import Clock

pytestmark = pytest.mark.anyio

SECRET = "a secret of thirty-two characters"
HOST = "live.example.org"
PAGE = f"http://{HOST}"
DAY = 24 * 3600


@pytest.fixture
async def database(mongodb_url: str, database_name: str) -> AsyncIterator[Database]:
    async with mongo.database(mongodb_url, database_name, timeout=10) as opened:
        yield opened
        await opened.client.drop_database(database_name)


@pytest.fixture
def people(database: Database) -> People:
    return People(database)


@pytest.fixture
def clock() -> Clock:
    """What the hub takes for the time since its start."""
    return Clock()


@pytest.fixture
def today() -> Clock:
    """What the hub takes for the time of day."""
    return Clock(time.time())


@pytest.fixture
def guard(people: People, clock: Clock, today: Clock) -> Auth:
    return Auth(people, load({}), secret=SECRET, clock=clock, now=today)


class Browser:
    """Somebody's browser: keeps the cookies it is given, and says which page asks."""

    def __init__(self, **cookies: str) -> None:
        self.cookies = cookies

    def asks(self, *, origin: str | None = None, scheme: str = "http") -> Request:
        return Request(self._scope("http", scheme, origin))

    def opens_socket(self, *, origin: str | None = PAGE) -> WebSocket:
        async def nothing(*_: Any) -> Any:
            raise AssertionError("nobody may read or write before it is known who it is")

        return WebSocket(self._scope("websocket", "ws", origin), nothing, nothing)

    def takes(self, response: Response) -> SimpleCookie:
        """Keep the cookies of a response; returns them with all that was said about them."""
        said: SimpleCookie = SimpleCookie()
        for value in response.headers.getlist("set-cookie"):
            said.load(value)
        for name, morsel in said.items():
            if morsel["max-age"] == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value
        return said

    def _scope(self, kind: str, scheme: str, origin: str | None) -> dict[str, Any]:
        headers = [(b"host", HOST.encode())]
        if self.cookies:
            headers.append((b"cookie", "; ".join(f"{k}={v}" for k, v in self.cookies.items()).encode("latin-1")))
        if origin is not None:
            headers.append((b"origin", origin.encode()))
        return {"type": kind, "scheme": scheme, "path": "/", "query_string": b"", "headers": headers}


def bearing(*values: str | bytes) -> Request:
    """A request with these Authorization headers."""
    headers = [(b"authorization", v if isinstance(v, bytes) else v.encode()) for v in values]
    return Request({"type": "http", "scheme": "http", "path": "/", "query_string": b"", "headers": headers})


async def signed_in(guard: Auth, name: str = "ada", password: str = "correct") -> Browser:
    """The browser of somebody who just signed in."""
    browser, response = Browser(), Response()
    guard.set_cookie(response, await guard.sign_in(name, password, address="192.0.2.1"))
    browser.takes(response)
    return browser


async def an_account(people: People, name: str = "ada", *, password: str = "correct", role: str = "reviewer") -> None:
    await people.add_user(name, password_hash=await auth.hashed(password), role=role)


class TestChannelKeys:
    async def test_a_key_names_its_channel(self, guard: Auth, people: People) -> None:
        web, sms = await people.add_key("web", kind="chat"), await people.add_key("sms", kind=None)
        assert (await guard.channel_of(bearing(f"Bearer {web}"))).channel == "web"
        assert (await guard.channel_of(bearing(f"bearer   {sms} "))).channel == "sms"

    async def test_without_a_key_it_says_what_to_send(self, guard: Auth) -> None:
        with pytest.raises(Unauthorized, match="send the channel's key: Authorization: Bearer"):
            await guard.channel_of(bearing())

    async def test_the_sign_in_cookie_sends_no_events(self, guard: Auth, people: People) -> None:
        await an_account(people)
        with pytest.raises(Unauthorized, match="send the channel's key"):
            await guard.channel_of((await signed_in(guard)).asks())

    async def test_a_token_used_as_a_key_is_told_so(self, guard: Auth, people: People) -> None:
        with pytest.raises(Unauthorized, match="this is an API token, which reads"):
            await guard.channel_of(bearing(f"Bearer {await people.add_token('wall')}"))

    async def test_a_revoked_key_is_refused_within_seconds(self, guard: Auth, people: People, clock: Clock) -> None:
        key = await people.add_key("web", kind=None)
        request = bearing(f"Bearer {key}")
        await guard.channel_of(request)
        await people.revoke(key)
        await guard.channel_of(request)  # known from a moment ago
        clock.passes(FRESH)
        with pytest.raises(Unauthorized, match="this key of channel web was revoked"):
            await guard.channel_of(request)

    async def test_a_new_key_is_known_a_second_after_it_was_tried_too_early(
        self, guard: Auth, people: People, clock: Clock
    ) -> None:
        early = bearing("Bearer web-key-of-tomorrow")
        with pytest.raises(Unauthorized, match="unknown channel key"):
            await guard.channel_of(early)
        await people.bootstrap(load({"LIVE_BOOTSTRAP_KEYS": "web=web-key-of-tomorrow"}))
        clock.passes(AGAIN)
        assert (await guard.channel_of(early)).channel == "web"

    async def test_a_key_in_other_letters_than_ascii_is_its_bytes(self, guard: Auth, people: People) -> None:
        await people.bootstrap(load({"LIVE_BOOTSTRAP_KEYS": "web=schlüssel-für-web"}))
        assert (await guard.channel_of(bearing("Bearer schlüssel-für-web"))).channel == "web"

    @pytest.mark.parametrize(
        "value",
        [
            "",
            "Bearer",
            "Bearer ",
            "Basic d2ViOmtleQ==",
            "Bearer\tkey",
            "Bearer unknown",
            "Bearer $ne",
            'Bearer {"$ne": null}',
            b"Bearer \x00",
            b"Bearer \xff\xfe\x80",
            b"\xff\xfe",
            b"Bearer " + b"k" * 513,
            b"Bearer " + b"k" * 10_000_000,
            b"k" * 10_000_000,
        ],
        ids=lambda value: f"{value[:16]!r} {len(value)}",
    )
    async def test_hostile_headers_are_unauthorized(self, guard: Auth, people: People, value: str | bytes) -> None:
        await people.add_key("web", kind=None)
        await people.add_token("wall")
        for asking in (guard.channel_of, guard.who):
            with pytest.raises(Unauthorized) as caught:
                await asking(bearing(value))
            assert len(str(caught.value)) < 200

    async def test_the_longest_key_is_read_and_a_longer_one_is_not(self, guard: Auth, people: People) -> None:
        longest = "k" * auth.MAX_BEARER
        await people.bootstrap(load({"LIVE_BOOTSTRAP_KEYS": f"web={longest},sms=k{longest}"}))
        assert (await guard.channel_of(bearing(f"Bearer {longest}"))).channel == "web"
        with pytest.raises(Unauthorized, match="at most 512 bytes"):
            await guard.channel_of(bearing(f"Bearer k{longest}"))

    async def test_two_keys_are_none(self, guard: Auth, people: People) -> None:
        key = await people.add_key("web", kind=None)
        with pytest.raises(Unauthorized, match="one header"):
            await guard.channel_of(bearing(f"Bearer {key}", f"Bearer {key}"))


class TestTokens:
    async def test_a_token_reads_and_acts_without_an_origin(self, guard: Auth, people: People) -> None:
        request = bearing(f"Bearer {await people.add_token('wall')}")
        assert await guard.who(request) == Who("wall", "reviewer", "token")
        assert await guard.viewer(request) == Who("wall", "reviewer", "token")
        assert await guard.reviewer(request) == Who("wall", "reviewer", "token")

    async def test_a_key_used_as_a_token_is_told_so(self, guard: Auth, people: People) -> None:
        with pytest.raises(Unauthorized, match="this is a channel key, which only sends"):
            await guard.who(bearing(f"Bearer {await people.add_key('web', kind=None)}"))

    async def test_a_revoked_token_is_refused_within_seconds(self, guard: Auth, people: People, clock: Clock) -> None:
        token = await people.add_token("wall")
        await guard.who(bearing(f"Bearer {token}"))
        await people.revoke(token)
        clock.passes(FRESH)
        with pytest.raises(Unauthorized, match=r"this token \(wall\) was revoked"):
            await guard.who(bearing(f"Bearer {token}"))

    async def test_a_wrong_token_is_not_saved_by_a_cookie(self, guard: Auth, people: People) -> None:
        await an_account(people)
        request = (await signed_in(guard)).asks()
        request.scope["headers"].append((b"authorization", b"Bearer wrong"))
        with pytest.raises(Unauthorized, match="unknown API token"):
            await guard.who(request)

    async def test_nothing_at_all_is_unauthorized(self, guard: Auth) -> None:
        with pytest.raises(Unauthorized, match="sign in first"):
            await guard.who(Browser().asks())


class TestSignIn:
    async def test_with_the_right_password_the_cookie_says_who(self, guard: Auth, people: People) -> None:
        await an_account(people, "Ada", role="admin")
        browser = await signed_in(guard, "ADA")
        who = await guard.who(browser.asks())
        assert (who.name, who.role, who.via) == ("Ada", "admin", "cookie")

    @pytest.mark.parametrize("name", ["Ada", "ﷺ", "𝔘𝔫𝔦", "İstanbul", "ẞ", "x" * 64, "😀" * 64, '"\\', "$ne"])
    async def test_any_name_that_an_account_may_have_can_sign_in(self, guard: Auth, people: People, name: str) -> None:
        await an_account(people, name)
        assert (await guard.who((await signed_in(guard, name)).asks())).name == name

    async def test_the_cookie_is_closed_to_scripts_and_other_sites(self, guard: Auth, people: People) -> None:
        await an_account(people)
        response = Response()
        guard.set_cookie(response, await guard.sign_in("ada", "correct", address="192.0.2.1"))
        cookie = Browser().takes(response)["live"]
        assert (cookie["path"], cookie["samesite"], cookie["max-age"]) == ("/", "lax", str(30 * DAY))
        assert cookie["httponly"] and not cookie["secure"] and not cookie["domain"]
        assert "correct" not in cookie.value

    async def test_behind_tls_the_cookies_travel_by_https_alone(self, people: People) -> None:
        await an_account(people)
        guard = Auth(people, load({"LIVE_SECURE_COOKIE": "yes"}), secret=SECRET)
        response, request = Response(), Browser().asks()
        guard.csrf_token(request)
        guard.keep_form(request, response)
        guard.set_cookie(response, await guard.sign_in("ada", "correct", address="192.0.2.1"))
        said = Browser().takes(response)
        assert said["live"]["secure"] and said["live-form"]["secure"]

    async def test_who_came_by_token_gets_no_cookie(self, guard: Auth, people: People) -> None:
        who = await guard.who(bearing(f"Bearer {await people.add_token('wall')}"))
        with pytest.raises(ValueError, match="password"):
            guard.set_cookie(Response(), who)

    async def test_sign_out_makes_the_browser_forget(self, guard: Auth, people: People) -> None:
        await an_account(people)
        browser, response = await signed_in(guard), Response()
        await guard.sign_out(browser.asks(), response)
        browser.takes(response)
        with pytest.raises(Unauthorized):
            await guard.who(browser.asks())

    async def test_sign_out_ends_every_copy_of_the_cookie_and_no_other_sign_in(
        self, guard: Auth, people: People, clock: Clock
    ) -> None:
        await an_account(people)
        browser, elsewhere = await signed_in(guard), await signed_in(guard)
        kept, other = Browser(**browser.cookies), Auth(people, load({}), secret=SECRET, clock=clock)
        for one in (guard, other):
            await one.who(kept.asks())
        await guard.sign_out(browser.asks(), Response())
        with pytest.raises(Unauthorized, match="sign in again"):
            await guard.who(kept.asks())
        clock.passes(6)  # what another hub was told serves for 5 s
        with pytest.raises(Unauthorized, match="sign in again"):
            await other.who(kept.asks())
        assert (await guard.who(elsewhere.asks())).name == "ada"

    async def test_sign_out_without_a_cookie_of_ours_is_no_error(self, guard: Auth, people: People) -> None:
        for browser in (Browser(), Browser(live="made up")):
            await guard.sign_out(browser.asks(), Response())

    @pytest.mark.parametrize(
        ("name", "password"),
        [
            ("ada", "wrong"),
            ("ada", ""),
            ("ada", "Correct"),
            ("ada", "x" * 1_000_000),
            ("ada", "half \ud800 pair"),
            ("nobody", "correct"),
            ("", ""),
            ("ada\0", "correct"),
            (" ada", "correct"),
            ("$ne", "correct"),
            ("half \ud800 pair", "correct"),
            ("x" * 1_000_000, "correct"),
        ],
        ids=lambda text: f"{text[:12]!r} {len(text)}",
    )
    async def test_everything_wrong_is_told_the_same(
        self, guard: Auth, people: People, name: str, password: str
    ) -> None:
        await an_account(people)
        with pytest.raises(Unauthorized, match="^wrong name or password$"):
            await guard.sign_in(name, password, address="192.0.2.1")

    async def test_guessing_is_slowed_down_even_when_tried_at_once(
        self, guard: Auth, people: People, clock: Clock
    ) -> None:
        await an_account(people)
        guesses = [guard.sign_in(name, "guess", address="192.0.2.1") for name in ("ada", "Ada") * PER_NAME_AND_ADDRESS]
        answers = await asyncio.gather(*guesses, return_exceptions=True)
        kinds = [type(answer) for answer in answers]
        assert kinds.count(Unauthorized) == kinds.count(TooManyTries) == PER_NAME_AND_ADDRESS
        with pytest.raises(TooManyTries) as caught:
            await guard.sign_in("ada", "correct", address="192.0.2.1")
        assert caught.value.retry_after == WINDOW
        await guard.sign_in("ada", "correct", address="192.0.2.2")
        clock.passes(WINDOW)
        await guard.sign_in("ada", "correct", address="192.0.2.1")

    async def test_a_storm_is_turned_away_and_the_hub_goes_on(self, guard: Auth, people: People) -> None:
        await an_account(people)
        turns = busiest = 0

        async def others() -> None:
            nonlocal turns, busiest
            while True:
                await asyncio.sleep(0)
                turns += 1
                busiest = max(busiest, guard._threads.borrowed_tokens)

        async with asyncio.TaskGroup() as group:
            rest = group.create_task(others())
            tries = [guard.sign_in(f"name{n}", "x", address=f"192.0.2.{n}") for n in range(auth.WAITING + 8)]
            answers = await asyncio.gather(*tries, return_exceptions=True)
            rest.cancel()
        kinds = [type(answer) for answer in answers]
        assert (kinds.count(TooManyTries), kinds.count(Unauthorized)) == (8, auth.WAITING)
        assert busiest == auth.HASHING
        assert turns > 1000, "the loop stood still while passwords were checked"
        await guard.sign_in("ada", "correct", address="192.0.2.1")


class TestTheCookie:
    async def test_ends_thirty_days_after_the_sign_in(self, guard: Auth, people: People, today: Clock) -> None:
        await an_account(people)
        browser = await signed_in(guard)
        today.passes(30 * DAY - 60)
        await guard.who(browser.asks())
        today.passes(120)
        with pytest.raises(Unauthorized, match="sign in again"):
            await guard.who(browser.asks())

    async def test_made_by_a_hub_whose_clock_is_a_little_ahead_it_holds(
        self, guard: Auth, people: People, today: Clock
    ) -> None:
        await an_account(people)
        browser = await signed_in(guard)
        today.passes(-30)
        await guard.who(browser.asks())
        today.passes(-DAY)
        with pytest.raises(Unauthorized):
            await guard.who(browser.asks())

    async def test_changed_anywhere_it_is_none(self, guard: Auth, people: People) -> None:
        await an_account(people)
        value = (await signed_in(guard)).cookies["live"]
        for place in range(len(value) - 1):  # the last letter of base64 has bits that mean nothing
            changed = value[:place] + ("A" if value[place] != "A" else "B") + value[place + 1 :]
            with pytest.raises(Unauthorized):
                await guard.who(Browser(live=changed).asks())

    @pytest.mark.parametrize("value", ["x", ".", "..", "a.b.c", "A" * 1_000_000, "é\xff\x80", "null", "[]"])
    async def test_made_up_it_is_none(self, guard: Auth, value: str) -> None:
        with pytest.raises(Unauthorized):
            await guard.who(Browser(live=value).asks())

    @pytest.mark.parametrize("held", [None, [], ["ada"], "ada", {"ada": "x"}, [1, 2], [["ada"], "x"], ["ada", {}]])
    async def test_signed_for_another_purpose_or_in_another_form_it_is_none(
        self, guard: Auth, people: People, held: object
    ) -> None:
        await an_account(people)
        good = (await guard.sign_in("ada", "correct", address="192.0.2.1")).stamp
        for signer, what in ((guard._cookies, held), (guard._forms, ["ada", good]), (guard._cookies, ["ada", ""])):
            with pytest.raises(Unauthorized):
                await guard.who(Browser(live=signer.dumps(what)).asks())

    async def test_signed_with_another_secret_it_is_none(self, guard: Auth, people: People) -> None:
        await an_account(people)
        other = Auth(people, load({}), secret=SECRET[::-1])
        with pytest.raises(Unauthorized):
            await guard.who((await signed_in(other)).asks())
        stamp = (await guard.sign_in("ada", "correct", address="192.0.2.1")).stamp
        forged = URLSafeTimedSerializer("").dumps(["ada", stamp])
        with pytest.raises(Unauthorized):
            await guard.who(Browser(live=forged).asks())

    async def test_of_one_account_does_not_open_another(self, guard: Auth, people: People) -> None:
        await an_account(people, "ada", role="viewer")
        await an_account(people, "bob", role="admin")
        stamp = (await guard.sign_in("ada", "correct", address="192.0.2.1")).stamp
        assert stamp != (await guard.sign_in("bob", "correct", address="192.0.2.1")).stamp
        swapped = guard._cookies.dumps(["bob", stamp])
        with pytest.raises(Unauthorized):
            await guard.who(Browser(live=swapped).asks())

    async def test_ends_within_seconds_of_a_new_password(self, guard: Auth, people: People, clock: Clock) -> None:
        await an_account(people)
        before = await signed_in(guard)
        await people.set_password("ada", password_hash=await auth.hashed("changed"))
        clock.passes(FRESH)
        with pytest.raises(Unauthorized, match="changed: sign in again"):
            await guard.who(before.asks())
        assert (await guard.who((await signed_in(guard, password="changed")).asks())).name == "ada"

    async def test_of_a_new_password_holds_at_once_on_every_hub(
        self, guard: Auth, people: People, clock: Clock
    ) -> None:
        await an_account(people)
        other = Auth(people, load({}), secret=SECRET, clock=clock)
        before = await signed_in(guard)
        await guard.who(before.asks())
        await people.set_password("ada", password_hash=await auth.hashed("changed"))
        clock.passes(1.5)  # less than an answer serves
        after = await signed_in(other, password="changed")
        await other.who(after.asks())
        await guard.who(after.asks())
        with pytest.raises(Unauthorized):
            await guard.who(before.asks())

    async def test_ends_within_seconds_of_the_account(
        self, guard: Auth, people: People, database: Database, clock: Clock
    ) -> None:
        await an_account(people)
        browser = await signed_in(guard)
        await database["accounts"].delete_one({"_id": "ada"})
        clock.passes(FRESH)
        with pytest.raises(Unauthorized):
            await guard.who(browser.asks())

    async def test_follows_a_change_of_role(
        self, guard: Auth, people: People, database: Database, clock: Clock
    ) -> None:
        await an_account(people, role="admin")
        browser = await signed_in(guard)
        assert (await guard.reviewer(browser.asks())).role == "admin"
        await database["accounts"].update_one({"_id": "ada"}, {"$set": {"role": "viewer"}})
        clock.passes(FRESH)
        assert (await guard.who(browser.asks())).role == "viewer"
        with pytest.raises(Forbidden, match="ada may look but not change"):
            await guard.reviewer(browser.asks())


class TestSockets:
    async def test_our_own_page_opens_one_with_the_cookie(self, guard: Auth, people: People) -> None:
        await an_account(people, role="viewer")
        assert (await guard.viewer((await signed_in(guard)).opens_socket())).name == "ada"

    @pytest.mark.parametrize(
        "origin", [None, "null", "", "http://evil.example", f"http://sub.{HOST}", f"https://{HOST}", f"{PAGE}:8000"]
    )
    async def test_no_other_page_does(self, guard: Auth, people: People, origin: str | None) -> None:
        await an_account(people)
        with pytest.raises(Forbidden):
            await guard.viewer((await signed_in(guard)).opens_socket(origin=origin))

    async def test_a_page_of_a_set_origin_does(self, people: People) -> None:
        await an_account(people)
        guard = Auth(people, load({"LIVE_ORIGINS": "https://ops.example.org/"}), secret=SECRET)
        browser = await signed_in(guard)
        await guard.viewer(browser.opens_socket(origin="https://ops.example.org"))
        await guard.viewer(browser.opens_socket())

    async def test_who_is_unknown_is_unauthorized_wherever_the_page(self, guard: Auth) -> None:
        for origin in (PAGE, "http://evil.example"):
            with pytest.raises(Unauthorized):
                await guard.viewer(Browser().opens_socket(origin=origin))


class TestForms:
    def a_page(self, guard: Auth, browser: Browser) -> str:
        """Load a page with a form; returns its token."""
        request, response = browser.asks(), Response()
        token = guard.csrf_token(request)
        assert guard.csrf_token(request) == token, "every form of a page has the same"
        guard.keep_form(request, response)
        browser.takes(response)
        return token

    async def test_before_sign_in_a_form_of_ours_is_taken(self, guard: Auth) -> None:
        browser = Browser()
        token = self.a_page(guard, browser)
        guard.check_csrf(browser.asks(origin=PAGE), token)
        guard.check_csrf(browser.asks(), token)
        assert self.a_page(guard, browser) == token, "a second window does not spoil the first"

    async def test_its_cookie_is_closed_to_scripts_and_other_sites(self, guard: Auth) -> None:
        request, response = Browser().asks(), Response()
        token = guard.csrf_token(request)
        guard.keep_form(request, response)
        cookie = Browser().takes(response)["live-form"]
        assert cookie["httponly"] and cookie["samesite"] == "lax" and cookie["path"] == "/"
        assert token not in cookie.value

    async def test_signed_in_a_form_needs_no_other_cookie(self, guard: Auth, people: People) -> None:
        await an_account(people)
        browser = await signed_in(guard)
        token = self.a_page(guard, browser)
        assert set(browser.cookies) == {"live"}
        guard.check_csrf(browser.asks(origin=PAGE), token)

    async def test_of_another_browser_another_sign_in_or_before_it_is_refused(
        self, guard: Auth, people: People
    ) -> None:
        await an_account(people)
        stranger, ada, again = Browser(), await signed_in(guard), await signed_in(guard)
        tokens = {name: self.a_page(guard, b) for name, b in (("stranger", stranger), ("ada", ada), ("again", again))}
        assert len(set(tokens.values())) == 3
        for browser, name in ((stranger, "stranger"), (ada, "ada"), (again, "again")):
            guard.check_csrf(browser.asks(origin=PAGE), tokens[name])
            for other in tokens.keys() - {name}:
                with pytest.raises(Forbidden, match="load it again"):
                    guard.check_csrf(browser.asks(origin=PAGE), tokens[other])

    async def test_a_form_cookie_put_by_another_site_does_not_stand_in_for_the_sign_in(
        self, guard: Auth, people: People
    ) -> None:
        await an_account(people)
        attacker, ada = Browser(), await signed_in(guard)
        token = self.a_page(guard, attacker)
        ada.cookies["live-form"] = attacker.cookies["live-form"]  # a neighbouring domain can do that
        with pytest.raises(Forbidden):
            guard.check_csrf(ada.asks(origin=PAGE), token)

    @pytest.mark.parametrize("token", [None, "", "x", 1, b"x", ["x"], "é", "\0", "half \ud800 pair", "A" * 1_000_000])
    async def test_hostile_tokens_are_refused(self, guard: Auth, people: People, token: object) -> None:
        await an_account(people)
        stranger = Browser()
        self.a_page(guard, stranger)
        for browser in (stranger, await signed_in(guard), Browser(), Browser(**{"live-form": "made.up.cookie"})):
            with pytest.raises(Forbidden):
                guard.check_csrf(browser.asks(origin=PAGE), token)

    async def test_without_its_cookie_a_token_is_worth_nothing(self, guard: Auth) -> None:
        token = self.a_page(guard, Browser())
        with pytest.raises(Forbidden):
            guard.check_csrf(Browser().asks(origin=PAGE), token)

    @pytest.mark.parametrize("origin", ["null", "http://evil.example", f"http://sub.{HOST}", f"https://{HOST}"])
    async def test_from_another_page_even_the_right_token_is_refused(
        self, guard: Auth, people: People, origin: str
    ) -> None:
        await an_account(people)
        for browser in (Browser(), await signed_in(guard)):
            token = self.a_page(guard, browser)
            with pytest.raises(Forbidden, match="LIVE_ORIGINS"):
                guard.check_csrf(browser.asks(origin=origin), token)

    async def test_a_form_left_open_for_days_is_refused_and_a_new_one_made(self, guard: Auth, today: Clock) -> None:
        browser = Browser()
        old = self.a_page(guard, browser)
        today.passes(DAY + 60)
        with pytest.raises(Forbidden):
            guard.check_csrf(browser.asks(origin=PAGE), old)
        new = self.a_page(guard, browser)
        assert new != old
        today.passes(-DAY - 60)  # the new cookie bears the time of its signer, which no hand moves
        guard.check_csrf(browser.asks(origin=PAGE), new)


class TestTheStore:
    async def test_away_the_known_go_on_and_the_unknown_wait(self, tmp_path: Path, clock: Clock) -> None:
        async with (
            embedded.Mongod(tmp_path) as mongod,
            mongo.database(mongod.url, "live", timeout=1) as database,
        ):
            people = People(database)
            guard = Auth(people, load({}), secret=SECRET, clock=clock)
            await an_account(people)
            key, token = await people.add_key("web", kind=None), await people.add_token("wall")
            known: list[tuple[Callable[[Request], Awaitable[object]], Request]] = [
                (guard.channel_of, bearing(f"Bearer {key}")),
                (guard.who, bearing(f"Bearer {token}")),
                (guard.who, (await signed_in(guard)).asks()),
            ]
            for asking, request in known:
                await asking(request)

            mongod.kill()
            await mongod.ended()
            clock.passes(60)
            for asking, request in known:
                await asking(request)
            for stranger in (guard.channel_of, guard.who):
                with pytest.raises(StoreAway):
                    await stranger(bearing("Bearer unknown"))
            tries = [guard.sign_in("ada", "correct", address="192.0.2.1") for _ in range(PER_NAME_AND_ADDRESS)]
            for answer in await asyncio.gather(*tries, return_exceptions=True):
                assert isinstance(answer, StoreAway)

            clock.passes(STALE)
            for asking, request in known:
                with pytest.raises(StoreAway):
                    await asking(request)

            await mongod.start()
            for asking, request in known:
                await asking(request)
            await guard.sign_in("ada", "correct", address="192.0.2.1")  # what nobody could judge was not counted


async def test_a_short_secret_is_refused_without_showing_it(people: People) -> None:
    with pytest.raises(SettingError, match="LIVE_SECRET: expected 32") as caught:
        Auth(people, load({}), secret="too short")
    assert "too short" not in str(caught.value)
