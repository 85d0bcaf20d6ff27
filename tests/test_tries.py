"""Tries: guessing is slowed down, and nobody can lock another person out."""

import pytest

from live.tries import KEPT, PER_ADDRESS, PER_NAME, PER_NAME_AND_ADDRESS, WINDOW, TooManyTries, Tries
from tests.clock import Clock


def test_ten_wrong_passwords_then_wait() -> None:
    clock = Clock()
    tries = Tries(clock=clock)
    for _ in range(PER_NAME_AND_ADDRESS):
        tries.begin("ada", address="192.0.2.1")
    clock.passes(100.5)
    with pytest.raises(TooManyTries, match="wait 200 seconds") as caught:
        tries.begin("ada", address="192.0.2.1")
    assert caught.value.retry_after == 200
    clock.passes(200)
    tries.begin("ada", address="192.0.2.1")


def test_the_right_password_forgives_the_slips_before_it() -> None:
    tries = Tries(clock=Clock())
    for _ in range(2):
        for _ in range(PER_NAME_AND_ADDRESS - 1):
            tries.begin("ada", address="192.0.2.1")
        tries.begin("ada", address="192.0.2.1")
        tries.succeeded("ada", address="192.0.2.1")


def test_signing_in_does_not_count_however_often() -> None:
    tries = Tries(clock=Clock())
    for _ in range(2 * PER_NAME):
        tries.begin("ada", address="192.0.2.1")
        tries.succeeded("ada", address="192.0.2.1")


def test_a_try_that_nobody_could_judge_does_not_count() -> None:
    tries = Tries(clock=Clock())
    for _ in range(2 * PER_NAME):
        tries.begin("ada", address="192.0.2.1")
        tries.withdraw("ada", address="192.0.2.1")


def test_many_names_from_one_address_are_slowed_down_too() -> None:
    tries = Tries(clock=Clock())
    for number in range(PER_ADDRESS):
        tries.begin(f"name{number}", address="192.0.2.1")
    with pytest.raises(TooManyTries):
        tries.begin("one-more", address="192.0.2.1")
    tries.begin("one-more", address="192.0.2.2")


def test_one_address_alone_cannot_lock_a_person_out() -> None:
    tries = Tries(clock=Clock())
    while True:
        try:
            tries.begin("ada", address="192.0.2.66")
        except TooManyTries:
            break
    tries.begin("ada", address="192.0.2.1")


def test_a_name_guessed_from_everywhere_is_slowed_down() -> None:
    tries = Tries(clock=Clock())
    for number in range(PER_NAME):
        tries.begin("ada", address=f"192.0.2.{number}")
    with pytest.raises(TooManyTries):
        tries.begin("ada", address="198.51.100.1")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::2"),
        ("2001:db8:1:2::1%eth0", "2001:db8:1:2::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
    ],
)
def test_addresses_of_one_customer_count_as_one(one: str, other: str) -> None:
    tries = Tries(clock=Clock())
    for _ in range(PER_NAME_AND_ADDRESS):
        tries.begin("ada", address=one)
    with pytest.raises(TooManyTries):
        tries.begin("ada", address=other)


def test_no_number_of_names_and_addresses_grows_it() -> None:
    clock = Clock()
    tries = Tries(clock=clock)
    for number in range(KEPT):
        tries.begin(f"name{number}", address=f"no address {number}")
    assert len(tries) == KEPT
    clock.passes(WINDOW)
    tries.begin("ada", address="")
    assert len(tries) == KEPT
