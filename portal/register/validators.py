"""Checks and normal forms of the register's values: pure functions, text in, value out."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from enum import StrEnum

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from stdnum import ean, iso11649
from stdnum.exceptions import ValidationError
from stdnum.fi import hetu, ytunnus

from portal.core.errors import RuleViolation


class ValueProblem(StrEnum):
    EMPTY = "empty"
    TOO_LONG = "too-long"
    IDENTITY_CODE = "identity-code"
    IDENTITY_CODE_RANGE = "identity-code-range"
    BUSINESS_ID = "business-id"
    CUSTOMER_NUMBER = "customer-number"
    GSRN = "gsrn"
    IBAN = "iban"
    REFERENCE = "reference"
    PHONE = "phone"
    EMAIL = "email"
    POSTAL_CODE = "postal-code"
    MAIN_FUSE = "main-fuse"
    WHOLE_NUMBER = "whole-number"
    DATE = "date"
    CODE = "code"
    TAKEN = "taken"
    OTHER_KIND = "other-kind"
    UNCHANGED = "unchanged"


# Individual numbers from here up are given to nobody in the population register.
FIRST_ARTIFICIAL_NUMBER = 900
GSRN_LENGTH = 18
CUSTOMER_NUMBER_LENGTH = 8
REFERENCE_LENGTHS = range(4, 21)
NAME_LENGTH = 200
YEARS = range(1900, 2101)
MAIN_FUSE = re.compile(r"(?:1x(?:25|35)|3x(?:25|35|50|63|80|100|125|160|200|250)) A")
SPACES = re.compile(r"\s+")


def text(value: str) -> str:
    """One line of text without surplus spaces, at most 200 characters."""
    line = SPACES.sub(" ", unicodedata.normalize("NFC", value)).strip()
    if not line or not line.isprintable():
        raise RuleViolation(ValueProblem.EMPTY)
    if len(line) > NAME_LENGTH:
        raise RuleViolation(ValueProblem.TOO_LONG, longest=NAME_LENGTH)
    return line


def identity_code(value: str, *, artificial: bool) -> str:
    """All 11 characters: since 2023 the sign tells people apart, so it is kept as given (D16)."""
    try:
        code: str = hetu.validate(value, allow_temporary=True)
    except ValidationError:
        raise RuleViolation(ValueProblem.IDENTITY_CODE) from None
    if (int(code[7:10]) >= FIRST_ARTIFICIAL_NUMBER) is not artificial:
        raise RuleViolation(ValueProblem.IDENTITY_CODE_RANGE)
    return code


def business_id(value: str) -> str:
    """A business ID as 1234567-1; the old form with six digits is padded from the left."""
    old_form = re.fullmatch(r"(\d{6})-(\d)", value.strip(), re.ASCII)
    try:
        digits: str = ytunnus.validate(f"0{value.strip()}" if old_form else value)
    except ValidationError:
        raise RuleViolation(ValueProblem.BUSINESS_ID) from None
    if not digits.strip("0"):
        raise RuleViolation(ValueProblem.BUSINESS_ID)
    return f"{digits[:7]}-{digits[7]}"


def check_digit_731(digits: str) -> str:
    """The check digit of Finnish references: weights 7, 3, 1 from the right."""
    weights = (7, 3, 1)
    total = sum(int(digit) * weights[i % 3] for i, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def customer_number(value: str) -> str:
    """Eight digits, the last a 7-3-1 check digit."""
    digits = SPACES.sub("", value)
    if len(digits) != CUSTOMER_NUMBER_LENGTH or not _is_digits(digits) or check_digit_731(digits[:-1]) != digits[-1]:
        raise RuleViolation(ValueProblem.CUSTOMER_NUMBER)
    return digits


def gsrn(value: str) -> str:
    """A metering point ID: 18 digits with the GS1 check digit."""
    digits = SPACES.sub("", value)
    if len(digits) != GSRN_LENGTH or not _is_digits(digits) or ean.calc_check_digit(digits[:-1]) != digits[-1]:
        raise RuleViolation(ValueProblem.GSRN)
    return digits


def iban(value: str) -> str:
    """An account number whose international and national check digits are both right."""
    try:
        return str(IBAN(SPACES.sub("", value), validate_bban=True).compact)
    except SchwiftyException:
        raise RuleViolation(ValueProblem.IBAN) from None


def reference(value: str) -> str:
    """A payment reference: the Finnish form, or the international one beginning with RF."""
    compact = SPACES.sub("", value).upper()
    if compact.startswith("RF") and iso11649.is_valid(compact):
        return compact
    if len(compact) not in REFERENCE_LENGTHS or not _is_digits(compact) or check_digit_731(compact[:-1]) != compact[-1]:
        raise RuleViolation(ValueProblem.REFERENCE)
    return compact


def phone(value: str) -> str:
    """A phone number in E.164; without a country code it is Finnish."""
    try:
        number = phonenumbers.parse(value, "FI")
    except phonenumbers.NumberParseException:
        raise RuleViolation(ValueProblem.PHONE) from None
    if not phonenumbers.is_valid_number(number):
        raise RuleViolation(ValueProblem.PHONE)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def email(value: str) -> str:
    """An e-mail address with its domain in lower case; whether it works is not asked of the net."""
    try:
        return validate_email(value.strip(), check_deliverability=False).normalized
    except EmailNotValidError:
        raise RuleViolation(ValueProblem.EMAIL) from None


def postal_code(value: str) -> str:
    """Five digits."""
    digits = value.strip()
    if len(digits) != 5 or not _is_digits(digits):
        raise RuleViolation(ValueProblem.POSTAL_CODE)
    return digits


def main_fuse(value: str) -> str:
    """A main fuse size as ``3x25 A``; accepts the multiplication sign and missing spaces."""
    compact = SPACES.sub("", value).lower().replace("×", "x")
    size = f"{compact.removesuffix('a')} A"
    if not MAIN_FUSE.fullmatch(size):
        raise RuleViolation(ValueProblem.MAIN_FUSE)
    return size


def whole_number(value: str) -> int:
    """A whole number from 0 up; spaces between thousands are allowed."""
    digits = SPACES.sub("", value)
    if not _is_digits(digits) or len(digits) > 12:
        raise RuleViolation(ValueProblem.WHOLE_NUMBER)
    return int(digits)


def day(value: str) -> date:
    """A date as 2026-11-24 or 24.11.2026, of the years that a register can mean."""
    found = _any_day(value.strip())
    if found.year not in YEARS:
        raise RuleViolation(ValueProblem.DATE)
    return found


def _any_day(stripped: str) -> date:
    finnish = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", stripped, re.ASCII)
    try:
        if finnish:
            day_number, month, year = (int(part) for part in finnish.groups())
            return date(year, month, day_number)
        return date.fromisoformat(stripped)
    except ValueError:
        raise RuleViolation(ValueProblem.DATE) from None


def is_valid(check: Callable[[str], object], value: str) -> bool:
    """Whether a check lets the value through."""
    try:
        check(value)
    except RuleViolation:
        return False
    return True


def _is_digits(value: str) -> bool:
    return value.isascii() and value.isdigit()
