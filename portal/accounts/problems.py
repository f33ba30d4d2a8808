"""What can be wrong with what a person typed."""

from enum import StrEnum


class SignInProblem(StrEnum):
    WRONG = "wrong"
    WRONG_PASSWORD = "wrong-password"
    WRONG_CODE = "wrong-code"
    UNREADABLE_FACTOR = "unreadable-factor"
    SETUP_EXPIRED = "setup-expired"
    PASSWORD_SHORT = "password-short"
    USERNAME_TAKEN = "username-taken"


class AdministrationProblem(StrEnum):
    OWN_ACCOUNT = "own-account"
    SECOND_ADMINISTRATOR = "second-administrator"
    SAME_ROLE = "same-role"
    CHANGE_WAITS = "change-waits"
    NO_EMAIL = "no-email"
    UNKNOWN_CUSTOMER = "unknown-customer"
