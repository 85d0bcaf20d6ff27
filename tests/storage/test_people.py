"""People, on a real MongoDB: made once, found by hash, ended but never lost."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator

import pytest

from live import passwords
from live.errors import Invalid, NotFound, SettingError, StoreAway
from live.settings import Settings, load
from live.storage import mongo
from live.storage.mongo import Database
from live.storage.people import Account, Key, People, Token, User, digest

pytestmark = pytest.mark.anyio

HOSTILE = ["", "\0", "a\0b", "$ne", "a.b", "half \ud800 pair", "x" * 100_000, "tab\there", " ", "\u200b", "\u202eadA"]


@pytest.fixture
async def database(mongodb_url: str, database_name: str) -> AsyncIterator[Database]:
    async with mongo.database(mongodb_url, database_name, timeout=10) as opened:
        yield opened
        await opened.client.drop_database(database_name)


@pytest.fixture
async def people(database: Database) -> People:
    made = People(database)
    await made.ensure_indexes()
    return made


@pytest.fixture
def unused_port() -> int:
    """Where nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def bootstrapped(**more: str) -> Settings:
    return load({f"LIVE_BOOTSTRAP_{name.upper()}": value for name, value in more.items()})


async def everything(database: Database) -> str:
    """All that is stored, as text."""
    found = []
    for name in await database.list_collection_names():
        found += [str(row) async for row in database[name].find({})]
    return "\n".join(found)


class TestKeys:
    async def test_a_key_is_found_by_its_hash_and_its_text_is_stored_nowhere(
        self, people: People, database: Database
    ) -> None:
        text = await people.add_key("web", kind="chat")
        assert await people.find_key(digest(text)) == Key(text[:8], "web", "chat", revoked=False)
        assert await people.find_key(text) is None
        assert await people.find_token(digest(text)) is None
        stored = await everything(database)
        assert text not in stored and text[:8] in stored and text[8:20] not in stored

    async def test_keys_are_long_random_and_fit_a_command_line(self, people: People) -> None:
        texts = {await people.add_key("web", kind=None) for _ in range(50)}
        assert len(texts) == 50
        assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{42}", text) for text in texts)

    async def test_a_channel_has_several_keys_and_one_kind(self, people: People) -> None:
        one = await people.add_key("sms-uk", kind=None)
        assert await people.channels() == {"sms-uk": "sms-uk"}
        other = await people.add_key("sms-uk", kind="sms")
        third = await people.add_key("sms-uk", kind=None)
        assert await people.channels() == {"sms-uk": "sms"}
        made = {Key(text[:8], "sms-uk", "sms", revoked=False) for text in (one, other, third)}
        assert set(await people.list_keys()) == made

    @pytest.mark.parametrize("channel", [*HOSTILE, "Web", "web chat", "w" * 33, "wéb", "web\n"])
    async def test_a_channel_that_cannot_be_one_is_refused(self, people: People, channel: str) -> None:
        with pytest.raises(Invalid, match="^channel: "):
            await people.add_key(channel, kind=None)
        assert await people.channels() == {}

    @pytest.mark.parametrize("kind", ["", "\0", "k" * 65, "half \ud800 pair"])
    async def test_a_kind_that_cannot_be_one_is_refused(self, people: People, kind: str) -> None:
        with pytest.raises(Invalid, match="^kind: "):
            await people.add_key("web", kind=kind)
        assert await people.list_keys() == []


class TestTokens:
    async def test_a_token_does_what_a_reviewer_may(self, people: People, database: Database) -> None:
        text = await people.add_token("the wall")
        assert await people.find_token(digest(text)) == Token(text[:8], "the wall", "reviewer", revoked=False)
        assert await people.list_tokens() == [Token(text[:8], "the wall", "reviewer", revoked=False)]
        assert await people.find_key(digest(text)) is None
        assert text not in await everything(database)

    @pytest.mark.parametrize("name", ["", " ", "\0", "n" * 65, "half \ud800 pair", "two\nlines"])
    async def test_a_name_that_cannot_be_one_is_refused(self, people: People, name: str) -> None:
        with pytest.raises(Invalid, match="^name: "):
            await people.add_token(name)


class TestRevoke:
    async def test_by_its_hint_and_the_record_stays(self, people: People) -> None:
        key, other = await people.add_key("web", kind=None), await people.add_key("web", kind=None)
        assert await people.revoke(key[:8]) == f"key {key[:8]}… of channel web"
        assert [k.revoked for k in await people.list_keys()] == [True, False]
        found = await people.find_key(digest(key))
        assert found is not None and found.revoked
        kept = await people.find_key(digest(other))
        assert kept is not None and not kept.revoked

    async def test_by_the_hint_as_the_list_prints_it(self, people: People) -> None:
        token = await people.add_token("the wall")
        assert await people.revoke(f"{token[:8]}…") == f"token {token[:8]}… named the wall"
        assert (await people.list_tokens())[0].revoked

    async def test_by_its_whole_text(self, people: People) -> None:
        key = await people.add_key("web", kind=None)
        await people.revoke(key)
        assert (await people.list_keys())[0].revoked

    async def test_a_hint_of_several_is_an_error_that_says_so_and_ends_none(self, people: People) -> None:
        await people.bootstrap(bootstrapped(keys="web=key-for-web,sms=key-for-sms", token="key-for-all"))
        with pytest.raises(
            Invalid, match="'ke' fits 3 .*of channel .*of channel .*named bootstrap.*give the whole text"
        ):
            await people.revoke("ke")
        assert not any(key.revoked for key in await people.list_keys())
        await people.revoke("key-for-web")
        assert {key.channel: key.revoked for key in await people.list_keys()} == {"web": True, "sms": False}
        with pytest.raises(Invalid, match="fits 2"):
            await people.revoke("ke")

    @pytest.mark.parametrize("hint", [*HOSTILE, "…", "unknown1", "{'$ne': ''}"])
    async def test_an_unknown_hint_is_not_found_and_ends_none(self, people: People, hint: str) -> None:
        await people.bootstrap(bootstrapped(token="tok"))  # so short that none of it is shown
        await people.add_key("web", kind=None)
        with pytest.raises(NotFound):
            await people.revoke(hint)
        assert not (await people.list_keys())[0].revoked
        assert not (await people.list_tokens())[0].revoked

    async def test_twice_is_not_found(self, people: People) -> None:
        key = await people.add_key("web", kind=None)
        await people.revoke(key[:8])
        with pytest.raises(NotFound, match="no key or token in use"):
            await people.revoke(key[:8])


class TestAccounts:
    async def test_an_account_is_found_whatever_the_case(self, people: People) -> None:
        await people.add_user("Ada", password_hash="hash", role="reviewer")
        await people.add_user("Straße", password_hash="hash", role="viewer")
        for name in ("Ada", "ADA", "ada", "Ａｄａ"):
            assert await people.find_user(name) == Account("Ada", "reviewer", "hash")
        assert await people.find_user("STRASSE") == Account("Straße", "viewer", "hash")
        assert await people.list_users() == [User("Ada", "reviewer"), User("Straße", "viewer")]

    async def test_a_name_is_taken_whatever_the_case(self, people: People) -> None:
        await people.add_user("Ada", password_hash="hash", role="admin")
        with pytest.raises(Invalid, match="name: there is an account 'aDA' already"):
            await people.add_user("aDA", password_hash="other", role="admin")
        assert await people.find_user("ada") == Account("Ada", "admin", "hash")

    async def test_of_many_who_take_a_name_at_once_one_gets_it(self, people: People) -> None:
        names = ["Ada", "ada", "ADA", "aDa"] * 5
        done = await asyncio.gather(
            *[people.add_user(name, password_hash=f"{n}", role="viewer") for n, name in enumerate(names)],
            return_exceptions=True,
        )
        assert [type(one) for one in done if one is not None] == [Invalid] * 19
        assert len(await people.list_users()) == 1

    async def test_a_password_is_set_and_the_role_stays(self, people: People) -> None:
        await people.add_user("Ada", password_hash="old", role="admin")
        await people.set_password("ADA", password_hash="new")
        assert await people.find_user("Ada") == Account("Ada", "admin", "new")

    @pytest.mark.parametrize("name", ["nobody", *HOSTILE])
    async def test_nobodys_password_cannot_be_set(self, people: People, name: str) -> None:
        with pytest.raises(NotFound):
            await people.set_password(name, password_hash="new")
        assert await people.find_user(name) is None
        assert await people.list_users() == []

    @pytest.mark.parametrize("name", [*(name for name in HOSTILE if name not in ("$ne", "a.b")), "two words", "n" * 65])
    async def test_a_name_that_cannot_be_one_is_refused(self, people: People, name: str) -> None:
        with pytest.raises(Invalid, match="^name: "):
            await people.add_user(name, password_hash="hash", role="viewer")
        assert await people.list_users() == []

    async def test_what_means_something_to_mongodb_is_only_a_name(self, people: People) -> None:
        await people.add_user("$ne", password_hash="hash", role="viewer")
        assert await people.find_user("$NE") == Account("$ne", "viewer", "hash")
        assert await people.find_user("$gt") is None

    @pytest.mark.parametrize("role", ["", "Admin", "owner"])
    async def test_an_unknown_role_is_refused(self, people: People, role: str) -> None:
        with pytest.raises(Invalid, match="role: expected one of viewer, reviewer, admin"):
            await people.add_user("ada", password_hash="hash", role=role)


class TestBootstrap:
    async def test_makes_what_is_missing(self, people: People, database: Database) -> None:
        settings = bootstrapped(admin="Ada:pass:wörd", keys="web=web-key-1234,sms=sms-key-1234", token="token-1234")
        await people.bootstrap(settings)
        account = await people.find_user("ada")
        assert account is not None and account.role == "admin" and passwords.fits("pass:wörd", account.password_hash)
        assert await people.channels() == {"web": "web", "sms": "sms"}
        key = await people.find_key(digest("web-key-1234"))
        assert key is not None and (key.channel, key.kind, key.revoked) == ("web", "web", False)
        token = await people.find_token(digest("token-1234"))
        assert token is not None and (token.role, token.revoked) == ("reviewer", False)
        stored = await everything(database)
        assert not any(secret in stored for secret in ("pass:wörd", "web-key-1234", "sms-key", "token-1"))

    async def test_nothing_named_nothing_made(self, people: People, database: Database) -> None:
        await people.bootstrap(load({}))
        assert await everything(database) == ""

    async def test_hubs_that_start_at_once_make_everything_once(self, database: Database) -> None:
        settings = bootstrapped(admin="ada:password", keys="web=web-key-1234,sms=sms-key-1234", token="token-1234")
        hubs = [People(database) for _ in range(4)]
        await asyncio.gather(*[hub.ensure_indexes() for hub in hubs])
        await asyncio.gather(*[hub.bootstrap(settings) for hub in hubs])
        secrets = await asyncio.gather(*[hub.cookie_secret() for hub in hubs])
        assert len(set(secrets)) == 1
        assert await hubs[0].list_users() == [User("ada", "admin")]
        assert [key.channel for key in await hubs[0].list_keys()] == ["sms", "web"]
        assert len(await hubs[0].list_tokens()) == 1
        account = await hubs[0].find_user("ada")
        assert account is not None and passwords.fits("password", account.password_hash)

    async def test_a_second_start_changes_nothing(self, people: People, database: Database) -> None:
        settings = bootstrapped(admin="ada:password", keys="web=web-key-1234", token="token-1234")
        await people.bootstrap(settings)
        await people.set_password("ada", password_hash="changed since")
        await people.add_key("web", kind="chat")
        await people.revoke("web-key-1234")
        await people.revoke("token-1234")
        before = await everything(database)
        await people.bootstrap(settings)
        assert await everything(database) == before

    async def test_an_account_of_that_name_keeps_its_password_and_role(self, people: People) -> None:
        await people.add_user("ADA", password_hash="hers", role="viewer")
        await people.bootstrap(bootstrapped(admin="ada:password"))
        assert await people.find_user("ada") == Account("ADA", "viewer", "hers")

    async def test_a_new_key_of_a_channel_works_beside_the_old(self, people: People) -> None:
        await people.bootstrap(bootstrapped(keys="web=web-key-one"))
        await people.bootstrap(bootstrapped(keys="web=web-key-two"))
        for text in ("web-key-one", "web-key-two"):
            key = await people.find_key(digest(text))
            assert key is not None and key.channel == "web" and not key.revoked

    async def test_one_text_cannot_be_the_key_of_two_channels(self, people: People) -> None:
        with pytest.raises(SettingError, match="LIVE_BOOTSTRAP_KEYS: .*each channel.*web has this one") as caught:
            await people.bootstrap(bootstrapped(keys="web=the-same-key,sms=the-same-key"))
        assert "the-same-key" not in str(caught.value)

    async def test_little_of_a_short_key_is_shown(self, people: People) -> None:
        await people.bootstrap(bootstrapped(keys="web=12345678,sms=123456789012345678901234567890-2"))
        assert {key.channel: key.hint for key in await people.list_keys()} == {"web": "12", "sms": "12345678"}


class TestCookieSecret:
    async def test_is_made_once_and_long(self, people: People, database: Database) -> None:
        secret = await people.cookie_secret()
        assert len(secret) >= 64
        assert await people.cookie_secret() == await People(database).cookie_secret() == secret


async def test_every_method_names_a_store_that_is_away(database_name: str, unused_port: int) -> None:
    settings = bootstrapped(admin="ada:password")
    url = f"mongodb://127.0.0.1:{unused_port}/?replicaSet=live"
    async with mongo.database(url, database_name, timeout=0.1) as database:
        people = People(database)
        answers = await asyncio.gather(
            people.ensure_indexes(),
            people.bootstrap(settings),
            people.cookie_secret(),
            people.channels(),
            people.add_key("web", kind=None),
            people.list_keys(),
            people.find_key(digest("key")),
            people.add_token("wall"),
            people.list_tokens(),
            people.find_token(digest("token")),
            people.revoke("hint"),
            people.add_user("ada", password_hash="hash", role="viewer"),
            people.set_password("ada", password_hash="hash"),
            people.list_users(),
            people.find_user("ada"),
            return_exceptions=True,
        )
    assert [type(answer) for answer in answers] == [StoreAway] * 15
