"""Invented identifiers with right check digits, from ranges that belong to nobody."""

from datetime import date, timedelta
from random import Random

from stdnum import ean

from portal.register.validators import FIRST_ARTIFICIAL_NUMBER, check_digit_731

CHECK_SIGNS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
SIGNS = {1900: "------YXWVU", 2000: "AAAAAABCDEF"}
YOUNGEST, OLDEST = timedelta(days=19 * 365), timedelta(days=93 * 365)
GSRN_PREFIX = "952"  # GS1's prefix for demonstrations
UNLISTED_BANK = "999"


def identity_code(random: Random, today: date) -> str:
    """An adult's code with an individual number from 900 up."""
    born = today - timedelta(days=random.randint(YOUNGEST.days, OLDEST.days))
    sign = random.choice(SIGNS[born.year // 100 * 100])
    digits = f"{born:%d%m%y}{random.randint(FIRST_ARTIFICIAL_NUMBER, 999)}"
    return f"{digits[:6]}{sign}{digits[6:]}{CHECK_SIGNS[int(digits) % 31]}"


def customer_number(index: int) -> str:
    """The index-th demo customer number."""
    digits = str(1_000_123 + index)
    return digits + check_digit_731(digits)


def phone(index: int) -> str:
    """The index-th demo phone number, like 044 000 1234: one for each customer, and never dialled."""
    return f"+35844{index // 10_000:03d}{(index * 7_919 + 4_321) % 10_000:04d}"


def gsrn(serial: int) -> str:
    digits = f"{GSRN_PREFIX}{serial:014d}"
    return digits + str(ean.calc_check_digit(digits))


def reference(number: int) -> str:
    return f"{number}{check_digit_731(str(number))}"


def iban(random: Random) -> str:
    """A Finnish account number of a bank that does not exist."""
    digits = f"{UNLISTED_BANK}{random.randrange(10**10):010d}"
    bban = digits + _luhn(digits)
    check = 98 - int(f"{bban}151800") % 97  # FI00 as numbers
    return f"FI{check:02d}{bban}"


def business_id(random: Random) -> str:
    """Seven digits with a check digit; numbers without one are passed over."""
    while True:
        digits = f"9{random.randrange(10**6):06d}"
        rest = sum(int(digit) * weight for digit, weight in zip(digits, (7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
        if rest != 1:
            return f"{digits}-{(11 - rest) % 11}"


def _luhn(digits: str) -> str:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if position % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)
