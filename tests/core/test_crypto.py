"""A ciphertext opens in its own place only."""

from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from portal.core import crypto
from tests.conftest import FrozenClock


def test_what_is_encrypted_comes_back_only_in_its_place(context: Flask) -> None:
    sealed = crypto.encrypt(b"280285-901N", bound_to="customer|identity_code_encrypted|1")
    assert b"280285" not in sealed
    assert crypto.decrypt(sealed, bound_to="customer|identity_code_encrypted|1") == b"280285-901N"
    with pytest.raises(crypto.DamagedCiphertext):
        crypto.decrypt(sealed, bound_to="customer|identity_code_encrypted|2")


def test_the_same_value_is_never_encrypted_alike_twice(context: Flask) -> None:
    assert crypto.encrypt(b"x", bound_to="a") != crypto.encrypt(b"x", bound_to="a")


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(position=st.integers(0, 200), flipped=st.integers(1, 255))
def test_any_changed_byte_is_noticed(context: Flask, position: int, flipped: int) -> None:
    sealed = bytearray(crypto.encrypt(b"FI9399999900000014", bound_to="place"))
    sealed[position % len(sealed)] ^= flipped
    with pytest.raises(crypto.DamagedCiphertext):
        crypto.decrypt(bytes(sealed), bound_to="place")


def test_a_blind_index_differs_per_column_and_finds_equal_values(context: Flask) -> None:
    one = crypto.blind_index("customer.identity_code", "010190-999W")
    assert one == crypto.blind_index("customer.identity_code", "010190-999W")
    assert one != crypto.blind_index("billing.iban", "010190-999W")
    assert one != crypto.blind_index("customer.identity_code", "010190Y999W")


def test_a_token_is_good_for_its_purpose_only(context: Flask) -> None:
    token = crypto.sign("consent", {"id": "a"})
    assert crypto.unsign("consent", token) == {"id": "a"}
    assert crypto.unsign("opt-out", token) is None
    assert crypto.unsign("consent", token.replace(".", ".x")) is None


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
@given(st.text(max_size=300))
def test_garbage_is_no_token_and_no_error(context: Flask, garbage: str) -> None:
    assert crypto.unsign("consent", garbage) is None


def test_a_token_with_a_time_ends_by_the_portals_clock(context: Flask, frozen_clock: FrozenClock) -> None:
    token = crypto.sign_with_time("set-password", {"account": 1})
    frozen_clock.advance(timedelta(hours=1))
    assert crypto.unsign("set-password", token, max_age=timedelta(hours=1)) == {"account": 1}
    frozen_clock.advance(timedelta(seconds=1))
    assert crypto.unsign("set-password", token, max_age=timedelta(hours=1)) is None
    assert crypto.unsign("set-password", token) is None
