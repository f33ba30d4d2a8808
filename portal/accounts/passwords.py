"""Passwords: argon2id hashes, and what makes a password good enough (S7)."""

import secrets
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Self

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.accounts.models import Account
from portal.config import Argon2Cost, organisation
from portal.core.errors import RuleViolation
from portal.core.roles import Role
from portal.core.settings import settings

LONGEST = 200
SHORTEST = 15
SHORTEST_WITH_SECOND_FACTOR = 8
SHORTEST_FOR_STAFF = 12
FEWEST_DIFFERENT_CHARACTERS = 5

# Words that guessers try first here. A password may contain them; it may not consist of them and a tail of digits.
COMMON_WORDS = frozenset(
    [
        "admin",
        "administrator",
        "asiakas",
        "customer",
        "electricity",
        "energia",
        "energy",
        "helsinki",
        "hyvaasalasana",
        "iloveyou",
        "jaakiekko",
        "kayttaja",
        "kesa",
        "kirjaudu",
        "kissa",
        "koira",
        "kouvola",
        "kymenlaakso",
        "letmein",
        "lomalla",
        "login",
        "minunsalasana",
        "moikka",
        "monkey",
        "omatsivut",
        "parasta",
        "passw0rd",
        "password",
        "passphrase",
        "perkele",
        "portaali",
        "portal",
        "princess",
        "qwerty",
        "qwertyuiop",
        "rakkaus",
        "salasana",
        "salakala",
        "sahko",
        "sahkoverkko",
        "secret",
        "summer",
        "suomi",
        "talvi",
        "tervetuloa",
        "tunnus",
        "verkko",
        "welcome",
        "winter",
        "correcthorsebatterystaple",
        "thequickbrownfox",
    ]
)
RUNS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "98765432109876543210")


class PasswordProblem(StrEnum):
    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    TOO_UNIFORM = "too-uniform"
    COMMON = "common"
    CONTAINS_USERNAME = "contains-username"


@dataclass(frozen=True)
class NewPassword:
    """One that is good enough for its account, hashed before any lock is held."""

    hash: str
    is_short: bool

    @classmethod
    def of(cls, account: Account, typed: str) -> Self:
        """Raises RuleViolation beside `new_password`."""
        check_policy(
            typed,
            username=account.username,
            role=account.role,
            has_second_factor=account.has_second_factor,
            field="new_password",
        )
        return cls(hashed(typed), is_short(typed))

    def give(self, account: Account) -> None:
        account.password_hash, account.has_short_password = self.hash, self.is_short


def hashed(password: str) -> str:
    return _hasher(settings().argon2).hash(_normalised(password))


def is_right(stored: str | None, password: str) -> bool:
    """Whether this is the password. An account without one, or no account at all, costs the same work (S8)."""
    hasher = _hasher(settings().argon2)
    decoy = _decoy(settings().argon2)
    try:
        hasher.verify(stored or decoy, _normalised(password))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher(settings().argon2).check_needs_rehash(stored)


def check_policy(password: str, *, username: str, role: Role, has_second_factor: bool, field: str) -> None:
    """Raises RuleViolation with a PasswordProblem. No composition rules: length, and not what is guessed first."""
    password = _normalised(password)
    shortest = shortest_allowed(role, has_second_factor=has_second_factor)
    if len(password) < shortest:
        raise RuleViolation(PasswordProblem.TOO_SHORT, field=field, shortest=shortest, length=len(password))
    if len(password) > LONGEST:
        raise RuleViolation(PasswordProblem.TOO_LONG, field=field, longest=LONGEST, length=len(password))
    if len(set(password)) < FEWEST_DIFFERENT_CHARACTERS:
        raise RuleViolation(PasswordProblem.TOO_UNIFORM, field=field)
    plain = _letters_and_digits(password)
    name = _letters_and_digits(username.partition("@")[0])
    if len(name) >= 4 and name in plain:
        raise RuleViolation(PasswordProblem.CONTAINS_USERNAME, field=field)
    if _is_guessable(plain):
        raise RuleViolation(PasswordProblem.COMMON, field=field)


def shortest_allowed(role: Role, *, has_second_factor: bool) -> int:
    if role.is_staff:
        return SHORTEST_FOR_STAFF
    return SHORTEST_WITH_SECOND_FACTOR if has_second_factor else SHORTEST


def is_short(password: str) -> bool:
    """Whether it would not do without a second factor."""
    return len(_normalised(password)) < SHORTEST


def _is_guessable(plain: str) -> bool:
    """Whether nothing unguessable is left when common words, runs of keys and digits are taken away."""
    left = plain
    for word in sorted(COMMON_WORDS | _words_of_the_organisation(), key=len, reverse=True):
        left = left.replace(word, "")
    left = left.strip("0123456789")
    return len(left) < 4 or any(left in run for run in RUNS)


@lru_cache(maxsize=1)
def _words_of_the_organisation() -> frozenset[str]:
    names = f"{organisation.register_company} {organisation.handler_company} {organisation.group} {organisation.city}"
    return frozenset(word for name in names.split() if len(word := _letters_and_digits(name)) >= 3)


def _letters_and_digits(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in bare if sign.isalnum())


def _normalised(password: str) -> str:
    """The same password from every keyboard (NIST SP 800-63B-4, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


@lru_cache(maxsize=4)
def _hasher(cost: Argon2Cost) -> PasswordHasher:
    return PasswordHasher(time_cost=cost.time_cost, memory_cost=cost.memory_kib, parallelism=cost.parallelism)


@lru_cache(maxsize=4)
def _decoy(cost: Argon2Cost) -> str:
    return _hasher(cost).hash(secrets.token_hex(32))
