"""What the address of a list asks for."""

from live.pages.asked import MAX_OWN, Asked, Wish, asked


def read(query: str, *own: str) -> Asked:
    """As the list of sessions reads it."""
    return asked(query, kinds={}, sort="recent", limit=200, most=1000, own=own)


def test_a_page_s_own_parameters_stay_beside_the_filter() -> None:
    wanted = read("channel=web&layout=cards&warn.negative=5&sort=started", "layout", "warn.")
    assert wanted.text == "channel=web"
    assert wanted.own == {"layout": "cards", "warn.negative": "5"}
    assert wanted.query() == "channel=web&sort=started&layout=cards&warn.negative=5"
    assert wanted.query(own={"layout": "", "warn.negative": "7"}) == "channel=web&sort=started&warn.negative=7"


def test_they_stay_when_the_filter_goes() -> None:
    wanted = read("channel=web&tag=vip&layout=cards", "layout")
    assert wanted.query(without=Wish("channel", "web", False)) == "tag=vip&layout=cards"
    assert wanted.query(free=True) == "sort=recent&layout=cards"


def test_what_the_page_does_not_know_is_a_filter_and_named_when_wrong() -> None:
    (flaw,) = read("layout=cards").flaws
    assert flaw.path == "layout"
    assert "unknown filter field" in flaw.message


def test_a_time_that_ends_before_it_begins_is_named() -> None:
    (flaw,) = read("from=2026-11-29&to=2026-11-28").flaws
    assert flaw.path == "from"
    assert "expected a time before the end" in flaw.message
    for right in ("from=2026-11-28&to=2026-11-28", "from=2026-11-28", "from=!2026-11-29&to=2026-11-28"):
        assert not read(right).flaws


def test_one_too_long_is_named_and_left_out() -> None:
    wanted = read(f"name={'x' * (MAX_OWN + 1)}", "name")
    assert [flaw.path for flaw in wanted.flaws] == ["name"]
    assert wanted.own == {}


def test_twice_or_empty_is_untidy() -> None:
    assert read("layout=&channel=web", "layout").untidy
    assert read("layout=list&layout=cards", "layout").untidy
    assert not read("layout=list", "layout").untidy
