"""Codes of letters are read however they are typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.customer_accounts import codes

LOOKALIKES = {"0": "0oO", "1": "1iIlL"}
SEPARATORS = ["", " ", "-", "\u2013", "\u00a0", " - ", "\t"]


def test_a_code_is_printed_in_four_groups_of_signs_that_look_unlike_each_other():
    code = codes.code_of(bytes(range(10)))
    assert codes.grouped(code) == "000G-40R4-0M30-E209"
    assert not set(codes.ALPHABET) & set("ILOU")


@pytest.mark.parametrize(
    "typed",
    [
        "000G-40R4-0M30-E209",
        "000g40r40m30e209",
        " 000G 40R4 0M30 E209 ",
        "oooG–4Or4–om3o–e2o9",
        "０００Ｇ-40R4-0M30-E209",
    ],
)
def test_small_letters_spaces_and_lookalikes_do_not_matter(typed):
    assert codes.read(typed) == "000G40R40M30E209"


@pytest.mark.parametrize(
    "typed", ["", "000G-40R4-0M30-E20", "000G-40R4-0M30-E2099", "UUUU-UUUU-UUUU-UUUU", "000G_40R4_0M30_E209", "ä" * 16]
)
def test_what_cannot_be_a_code_is_none(typed):
    assert codes.read(typed) is None


def test_a_code_is_made_of_ten_bytes():
    with pytest.raises(ValueError, match="10 bytes"):
        codes.code_of(b"short")


@given(secret=st.binary(min_size=10, max_size=10))
def test_every_secret_gives_a_code_of_its_own(secret):
    code = codes.code_of(secret)
    value = 0
    for sign in code:  # read back by the alphabet
        value = value * 32 + codes.ALPHABET.index(sign)
    assert value.to_bytes(10, "big") == secret


@given(secret=st.binary(min_size=10, max_size=10), data=st.data())
def test_a_code_is_read_however_it_is_typed(secret, data):
    code = codes.code_of(secret)
    typed = ""
    for sign in code:
        typed += data.draw(st.sampled_from(LOOKALIKES.get(sign, sign + sign.lower())))
        typed += data.draw(st.sampled_from(SEPARATORS))
    assert codes.read(typed) == code


@given(typed=st.text(max_size=40))
def test_anything_typed_is_a_code_or_none(typed):
    code = codes.read(typed)
    assert code is None or codes.read(codes.grouped(code)) == code
