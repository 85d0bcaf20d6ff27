"""How the list looks: from the address, and from what the browser remembers."""

import pytest

from live.pages.columns import COLUMNS, USUAL, written
from live.pages.look import MAX_COOKIE, look, remembered


def test_where_nothing_is_asked_it_looks_as_usual() -> None:
    usual = look({})
    assert (usual.layout, usual.density, usual.flaws, usual.text) == ("list", "normal", (), "")
    assert [column.name for column in usual.columns] == list(USUAL)


def test_columns_stand_in_one_order_and_the_user_always_first() -> None:
    assert [column.name for column in look({"columns": "tags,when"}).columns] == ["user", "when", "tags"]


def test_what_differs_from_the_usual_is_remembered() -> None:
    own = {"layout": "cards", "density": "compact", "columns": "tags,when"}
    assert look(own).text == "layout=cards&density=compact&columns=user,when,tags"
    assert remembered(look(own).text) == look(own).text


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        ({"layout": "crads"}, "did you mean cards?"),
        ({"density": "dense"}, "expected normal or compact"),
        ({"columns": "tag"}, "did you mean tags?"),
    ],
)
def test_a_wrong_name_is_told_and_the_usual_holds(own: dict[str, str], sentence: str) -> None:
    found = look(own)
    assert sentence in found.flaws[0].message
    assert found.text == ""


@pytest.mark.parametrize("cookie", [None, "", "layout=nonsense", "x" * (MAX_COOKIE + 1), "=", "&&", "sort=recent"])
def test_a_cookie_that_is_not_ours_is_no_choice(cookie: str | None) -> None:
    assert remembered(cookie) == ""


def test_every_choice_of_columns_can_be_undone() -> None:
    for choice in look({}).choices:
        names = [column.name for column in look({"columns": choice.toggled}).columns]
        assert (choice.column.name in names) is not choice.shown
        back = next(c for c in look({"columns": choice.toggled}).choices if c.column == choice.column)
        assert back.toggled == ""


def test_every_column_has_a_name_of_its_own() -> None:
    assert len({column.name for column in COLUMNS}) == len(COLUMNS)
    assert written([column.name for column in COLUMNS]).count(",") == len(COLUMNS) - 1
