"""Passwords: hashed slowly, compared in the same time whoever it is, never shown."""

import time

import pytest

from live import passwords
from live.errors import Invalid

pytestmark = pytest.mark.anyio


async def test_a_password_fits_its_own_hash_alone() -> None:
    stored = await passwords.hashed("pässwörd ")
    assert stored.startswith("$argon2id$") and "pässwörd" not in stored
    assert passwords.fits("pässwörd ", stored)
    assert not passwords.fits("pässwörd", stored)
    assert not passwords.fits("", stored)


async def test_one_password_is_hashed_differently_each_time() -> None:
    assert await passwords.hashed("same") != await passwords.hashed("same")


async def test_characters_typed_in_another_way_are_the_same_password() -> None:
    assert passwords.fits("cafe\u0301", await passwords.hashed("caf\u00e9"))


@pytest.mark.parametrize("password", ["", "x" * (passwords.MAX_PASSWORD + 1), "half \ud800 of a pair"])
async def test_what_cannot_be_a_password_is_refused_by_name(password: str) -> None:
    with pytest.raises(Invalid, match="^password: "):
        await passwords.hashed(password)


@pytest.mark.parametrize("password", ["", "x" * 1_000_000, "half \ud800 of a pair", "nul \0 inside", "$argon2id$v=19$"])
async def test_hostile_passwords_just_do_not_fit(password: str) -> None:
    assert not passwords.fits(password, await passwords.hashed("right"))
    assert not passwords.fits(password, None)


@pytest.mark.parametrize(
    "stored", ["", "plain", "$argon2id$v=19$m=65536,t=3,p=4$", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA"]
)
def test_a_damaged_hash_fits_nothing(stored: str) -> None:
    assert not passwords.fits("plain", stored)


async def test_an_unknown_account_takes_as_long_as_a_wrong_password() -> None:
    stored = await passwords.hashed("right")

    def cpu(against: str | None) -> float:
        """The least of three, in seconds of processor time: other processes do not count."""
        times = []
        for _ in range(3):
            began = time.process_time()
            assert not passwords.fits("wrong", against)
            times.append(time.process_time() - began)
        return min(times)

    known, unknown = cpu(stored), cpu(None)
    assert 0.5 < unknown / known < 2, f"{known:.3f} s for a known account, {unknown:.3f} s for an unknown one"


async def test_the_stamp_changes_with_the_password_and_shows_none_of_its_hash() -> None:
    one, other = await passwords.hashed("same"), await passwords.hashed("same")
    assert passwords.stamp(one) == passwords.stamp(one) != passwords.stamp(other)
    assert passwords.stamp(one) not in one
