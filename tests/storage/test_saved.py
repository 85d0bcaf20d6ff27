"""Saved views, on a real MongoDB: kept as they were given, bounded, and never a word too many."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from live.errors import Invalid, NotFound, StoreAway
from live.storage import mongo
from live.storage.mongo import Database
from live.storage.saved import MAX_QUERY, MAX_VIEWS, Saved, View

pytestmark = pytest.mark.anyio

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"  # one sign of three, joined by what prints nothing


@pytest.fixture
async def database(mongodb_url: str, database_name: str) -> AsyncIterator[Database]:
    async with mongo.database(mongodb_url, database_name, timeout=10) as opened:
        yield opened
        await opened.client.drop_database(database_name)


@pytest.fixture
async def saved(database: Database) -> Saved:
    made = Saved(database)
    await made.ensure_indexes()
    return made


async def a_view(saved: Saved, name: str = "Angry", *, owner: str = "ada", shared: bool = False) -> View:
    return await saved.add(
        name=name, page="sessions", query="sentiment=negative", shared=shared, owner=owner, signed=owner.title()
    )


async def test_a_view_comes_back_as_it_was_given(saved: Saved) -> None:
    made = await saved.add(
        name="  Ärger \u0627 ", page="wall", query="?channel=web&warn.open=5", shared=True, owner="ada", signed="Ada"
    )
    assert made == View(made.id, "Ärger \u0627", "wall", "channel=web&warn.open=5", True, "ada", "Ada")
    assert await saved.find(made.id) == made
    assert len(made.id) <= 8


async def test_one_sees_ones_own_and_the_shared_ones_by_name(saved: Saved) -> None:
    await a_view(saved, "zebra")
    await a_view(saved, "Ball", owner="bo", shared=True)
    await a_view(saved, "secret", owner="bo")
    await a_view(saved, "apple")
    assert [view.name for view in await saved.of("ada")] == ["apple", "Ball", "zebra"]
    assert [view.name for view in await saved.of("bo")] == ["Ball", "secret"]
    assert [view.name for view in await saved.of("nobody")] == ["Ball"]


@pytest.mark.parametrize("name", ["x", "x" * 80, FAMILY, "می\u200cخواهم", "<b>&amp;", "$ne", "a.b"])
async def test_a_name_is_what_can_be_read(saved: Saved, name: str) -> None:
    made = await a_view(saved, name)
    assert (await saved.of("ada"))[0] == made
    assert made.name == name


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\nb", "nul\0", "\u202egnp", "\u200d", "half \ud800 pair"])
async def test_what_cannot_be_read_is_no_name(saved: Saved, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        await a_view(saved, name)
    assert [flaw.path for flaw in refused.value.flaws] == ["name"]
    made = await a_view(saved)
    with pytest.raises(Invalid):
        await saved.change(made.id, name=name)
    assert await saved.of("ada") == [made]


@pytest.mark.parametrize("query", ["q=a b", "q=1\r\nSet-Cookie: a", "x#y", "q=\ud800", "x" * (MAX_QUERY + 1)])
async def test_a_query_that_would_break_an_address_is_refused(saved: Saved, query: str) -> None:
    with pytest.raises(Invalid) as refused:
        await saved.add(name="n", page="nowhere", query=query, shared=False, owner="ada", signed="Ada")
    assert [flaw.path for flaw in refused.value.flaws] == ["page", "query"]


async def test_a_view_changes_in_what_is_given_alone(saved: Saved) -> None:
    made = await a_view(saved)
    assert await saved.change(made.id, name="Calm") == View(
        made.id, "Calm", "sessions", "sentiment=negative", False, "ada", "Ada"
    )
    changed = await saved.change(made.id, query="", shared=True)
    assert (changed.name, changed.query, changed.shared) == ("Calm", "", True)
    await saved.remove(made.id)
    with pytest.raises(NotFound):
        await saved.change(made.id, name="Late")


async def test_a_person_has_so_many_views_and_not_one_more(saved: Saved) -> None:
    for number in range(MAX_VIEWS):
        await a_view(saved, f"view {number}")
    with pytest.raises(Invalid, match="delete one first"):
        await a_view(saved, "one too many")
    await a_view(saved, owner="bo")  # each has their own
    await saved.remove((await saved.of("ada"))[0].id)
    await a_view(saved, "there is room again")
    assert len(await saved.of("ada")) == MAX_VIEWS


async def test_one_begins_with_one_view_of_each_page_until_it_is_gone(saved: Saved) -> None:
    first, second = await a_view(saved, "first"), await a_view(saved, "second")
    wall = await saved.add(name="w", page="wall", query="", shared=False, owner="ada", signed="Ada")
    for view in (first, wall, second):
        await saved.set_default("ada", view=view)
    assert await saved.defaults("ada") == {"sessions": second.id, "wall": wall.id}
    assert await saved.defaults("bo") == {}
    await saved.unset_default("ada", view=first)  # it no longer is
    assert await saved.defaults("ada") == {"sessions": second.id, "wall": wall.id}
    await saved.unset_default("ada", view=wall)
    await saved.remove(second.id)
    assert await saved.defaults("ada") == {}


@pytest.mark.parametrize("ident", ["", "nothere", "a/b", "nul\0", "$ne", "half \ud800 pair", "x" * 100_000])
async def test_an_id_of_no_view_finds_none(saved: Saved, ident: str) -> None:
    assert await saved.find(ident) is None


def questions(saved: Saved) -> list[Callable[[], Awaitable[object]]]:
    view = View("id", "n", "wall", "", False, "ada", "Ada")
    return [
        saved.ensure_indexes,
        lambda: saved.of("ada"),
        lambda: saved.find("id"),
        lambda: a_view(saved),
        lambda: saved.change("id", name="n"),
        lambda: saved.remove("id"),
        lambda: saved.defaults("ada"),
        lambda: saved.set_default("ada", view=view),
        lambda: saved.unset_default("ada", view=view),
    ]


async def test_a_store_that_does_not_answer_is_away_to_every_question() -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    async with mongo.database(f"mongodb://127.0.0.1:{port}", "nothing", timeout=0.05) as opened:
        for ask in questions(Saved(opened)):
            with pytest.raises(StoreAway):
                await ask()
