"""Identifiers as people write them, and what is made of them: values written out."""

from datetime import date

import pytest

from portal.core.errors import RuleViolation
from portal.register import validators
from portal.register.validators import ValueProblem


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("280285-901N", "280285-901N"),
        ("150678-9443", "150678-9443"),
        ("241201A933H", "241201A933H"),
        ("091160-977N", "091160-977N"),
        ("010594Y9032", "010594Y9032"),
        ("010516B902W", "010516B902W"),
        ("100190-999P", "100190-999P"),
        ("100190Y999P", "100190Y999P"),
        ("100190y999p", "100190Y999P"),
        ("280285–901N", "280285-901N"),
    ],
)
def test_an_invented_identity_code_is_stored_in_its_normal_form_in_a_demo(typed: str, stored: str) -> None:
    assert validators.identity_code(typed, artificial=True) == stored


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("131052-308T", ValueProblem.IDENTITY_CODE_RANGE),
        ("131052-308U", ValueProblem.IDENTITY_CODE),
        ("310252-308Y", ValueProblem.IDENTITY_CODE),
        ("131052-001V", ValueProblem.IDENTITY_CODE),
        ("131052-308I", ValueProblem.IDENTITY_CODE),
        ("010100G9999", ValueProblem.IDENTITY_CODE),
        ("010190-999K", ValueProblem.IDENTITY_CODE),
        ("", ValueProblem.IDENTITY_CODE),
    ],
)
def test_a_demo_refuses_real_and_faulty_identity_codes(typed: str, problem: ValueProblem) -> None:
    with pytest.raises(RuleViolation) as refusal:
        validators.identity_code(typed, artificial=True)
    assert refusal.value.code is problem


def test_production_refuses_invented_identity_codes_and_takes_real_ones() -> None:
    assert validators.identity_code("131052a308t", artificial=False) == "131052A308T"
    with pytest.raises(RuleViolation) as refusal:
        validators.identity_code("280285-901N", artificial=False)
    assert refusal.value.code is ValueProblem.IDENTITY_CODE_RANGE


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("1950357-2", "1950357-2"),
        ("0877511-8", "0877511-8"),
        ("877511-8", "0877511-8"),
        ("FI19503572", "1950357-2"),
        ("19503572", "1950357-2"),
        ("1234567-1", "1234567-1"),
    ],
)
def test_a_business_id_is_stored_with_seven_digits_and_a_hyphen(typed: str, stored: str) -> None:
    assert validators.business_id(typed) == stored


@pytest.mark.parametrize("typed", ["1950357-1", "0000000-0", "12345", ""])
def test_a_faulty_business_id_is_refused(typed: str) -> None:
    assert not validators.is_valid(validators.business_id, typed)


@pytest.mark.parametrize(
    "typed", ["643000000000000016", "643007127000000013", "952000000000000019", "952000000000123459"]
)
def test_a_metering_point_id_has_18_digits_and_a_check_digit(typed: str) -> None:
    assert validators.gsrn(typed) == typed


@pytest.mark.parametrize("typed", ["643007127000000014", "64300712700000001", "６43007127000000013", ""])
def test_a_faulty_metering_point_id_is_refused(typed: str) -> None:
    assert not validators.is_valid(validators.gsrn, typed)


def test_a_customer_number_carries_a_check_digit() -> None:
    assert validators.customer_number("10001235") == "10001235"
    assert not validators.is_valid(validators.customer_number, "10001234")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("FI21 1234 5600 0007 85", "FI2112345600000785"),
        ("fi93 9999 9900 0000 14", "FI9399999900000014"),
        ("FI62 9990 0000 0000 11", "FI6299900000000011"),
        ("FI61 9990 0000 0000 29", "FI6199900000000029"),
    ],
)
def test_an_account_number_is_stored_without_spaces(typed: str, stored: str) -> None:
    assert validators.iban(typed) == stored


@pytest.mark.parametrize("typed", ["FI21 1234 5600 0007 86", "FI21123456000007", "FI91 1234 5600 0007 86", "12345"])
def test_an_account_number_with_a_wrong_international_or_national_check_digit_is_refused(typed: str) -> None:
    assert not validators.is_valid(validators.iban, typed)


@pytest.mark.parametrize("typed", ["1232", "12344", "0012344", "2026 11240 00174", "RF111232", "RF08 12344"])
def test_a_right_reference_number_is_taken(typed: str) -> None:
    assert validators.reference(typed) == typed.replace(" ", "")


@pytest.mark.parametrize("typed", ["1231", "13", "RF121232", "12a4", ""])
def test_a_wrong_reference_number_is_refused(typed: str) -> None:
    assert not validators.is_valid(validators.reference, typed)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("05 885 111", "+3585885111"),
        ("040 123 4567", "+358401234567"),
        ("+358 (0)5 885 111", "+3585885111"),
        ("0800 123 456", "+358800123456"),
        ("+46 70 123 45 67", "+46701234567"),
        ("０40 123 4567", "+358401234567"),
    ],
)
def test_a_phone_number_is_stored_in_international_form(typed: str, stored: str) -> None:
    assert validators.phone(typed) == stored


@pytest.mark.parametrize("typed", ["050 123", "112", "12345", "x"])
def test_a_number_that_nobody_can_have_is_refused(typed: str) -> None:
    assert not validators.is_valid(validators.phone, typed)


def test_an_email_address_keeps_its_letters_and_lowers_its_domain() -> None:
    assert validators.email(" Matti.Meikäläinen@EXAMPLE.com ") == "Matti.Meikäläinen@example.com"


@pytest.mark.parametrize("typed", ["a@b", "x@localhost", "x@example.invalid", "plain"])
def test_an_email_address_that_cannot_work_is_refused(typed: str) -> None:
    assert not validators.is_valid(validators.email, typed)


@pytest.mark.parametrize(
    ("typed", "stored"), [("3x25 A", "3x25 A"), ("3 × 35 A", "3x35 A"), ("1X25a", "1x25 A"), ("3x250", "3x250 A")]
)
def test_a_main_fuse_size_is_stored_in_one_form(typed: str, stored: str) -> None:
    assert validators.main_fuse(typed) == stored


@pytest.mark.parametrize("typed", ["2x25 A", "1x63 A", "3x20 A", "25 A", ""])
def test_a_main_fuse_size_that_is_not_on_the_list_is_refused(typed: str) -> None:
    assert not validators.is_valid(validators.main_fuse, typed)


def test_whole_numbers_may_have_spaces_between_thousands() -> None:
    assert validators.whole_number("18\N{NO-BREAK SPACE}000") == 18000
    assert not validators.is_valid(validators.whole_number, "-5")
    assert not validators.is_valid(validators.whole_number, "1,5")


def test_dates_are_read_in_finnish_and_in_international_form() -> None:
    assert validators.day("24.11.2026") == date(2026, 11, 24)
    assert validators.day("2026-11-24") == date(2026, 11, 24)
    assert not validators.is_valid(validators.day, "31.2.2026")


def test_a_name_keeps_accents_hyphens_and_apostrophes_and_loses_surplus_spaces() -> None:
    assert validators.text("  Åsa   O’Hara-Öström ") == "Åsa O’Hara-Öström"
    assert not validators.is_valid(validators.text, "\x00")
    assert not validators.is_valid(validators.text, "a" * 201)


@pytest.mark.parametrize("typed", ["0001-01-01", "31.12.9999", "1899-12-31", "2101-01-01"])
def test_a_date_of_no_year_a_register_can_mean_is_refused(typed: str) -> None:
    assert not validators.is_valid(validators.day, typed)
