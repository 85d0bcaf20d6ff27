"""What of a message its writer said. Times are for `make sentiment`; the limit that bounds them is tested here."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live.prose import MAX_CHARACTERS, own_words

TRACE = """It breaks.
Traceback (most recent call last):
  File "/srv/shop/cart.py", line 12, in add
    raise TerribleFailure("awful")
shop.errors.CartError: awful
java.lang.IllegalStateException: awful
Exception in thread "main" java.lang.Error: bad
Caused by: java.io.IOException: bad
    at com.shop.Cart.add(Cart.java:12)
    at Object.<anonymous> (/srv/shop/cart.js:10:5)
    at new Cart(native)
    at async file:///srv/shop/main.js:1:1
    at node:internal/main:1:1
    ... 12 more
2026-11-22T10:00:00.123Z awful
[10:00:00] awful
[ERROR] awful
WARN  com.shop.Cart - awful
Why?"""


@pytest.mark.parametrize(
    ("text", "own"),
    [
        (TRACE, "It breaks.\nWhy?"),
        ("see ```awful``` here", "see\nhere"),
        ("see ```\nawful", "see"),
        ("set `awful = bad` to 1", "set   to 1"),
        ("I don`t know, I can`t say", "I don`t know, I can`t say"),
        ("> awful\n>> bad\nThanks!", "Thanks!"),
        (">:( so late\n> awful", ">:( so late"),
        ("Thanks!\n\nOn Mon, 2 Nov 2026 at 10:00, Jane <jane@example.com> wrote:\n> awful\n> bad", "Thanks!"),
        ("Thanks!\nOn Mon, 2 Nov 2026 at 10:00, Jane\n<jane@example.com> wrote:\n\nawful\nbad", "Thanks!"),
        ("On Monday Jane wrote:\n> awful\nThanks!", "Thanks!"),
        ("On Monday I called.\nAwful.\nReally.", "On Monday I called.\nAwful.\nReally."),
        ("Thanks!\n-----Original Message-----\nawful", "Thanks!"),
        ("Thanks!\nFrom: Jane\nSent: Monday\nSubject: awful", "Thanks!"),
        ("From: Basel\nit is awful", "From: Basel\nit is awful"),
        ("Thanks!\n-- \nJane, Awful Ltd", "Thanks!"),
        ("--\nThanks!", "--\nThanks!"),
        ("Error: this is no log", "Error: this is no log"),
        ("at work (again)\nlate", "at work (again)\nlate"),
        ("  ok  ", "ok"),
    ],
)
def test_only_the_writers_own_words_are_left(text: str, own: str) -> None:
    assert own_words(text) == own


def test_a_long_message_is_read_from_both_ends() -> None:
    own = own_words("first " + "x " * 16_000 + "last")
    assert own.split()[0] == "first"
    assert own.split()[-1] == "last"


@given(st.text(st.sampled_from("a 😡é`>\n"), max_size=12), st.integers(1, 3_000))
@settings(deadline=None)
def test_never_more_is_read_than_the_limit(part: str, times: int) -> None:
    assert len(own_words(part * times)) <= MAX_CHARACTERS + len("\n```\n")


@pytest.mark.parametrize(
    "text",
    [
        "first ```" + "awful " * 400 + "```" + "x " * 1_000 + "last",  # closed in the part that is left out
        "first " + "x " * 1_000 + "```" + "awful " * 400 + "``` last",  # opened there
        "first ```" + "awful " * 1_000 + "``` last",  # both ends are seen
        "first " + "x " * 1_000 + "```" + "awful " * 9 + "```" + "x " * 1_000 + "last",  # neither is
    ],
)
def test_a_code_block_is_code_also_where_it_is_cut(text: str) -> None:
    own = own_words(text)
    assert own.split()[0] == "first"
    assert own.split()[-1] == "last"
    assert "awful" not in own
