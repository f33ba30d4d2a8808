"""Words of accounts."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.accounts.passwords import PasswordProblem
from portal.accounts.problems import SignInProblem
from portal.core.audit import AuditAction
from portal.core.roles import Role

ROLES = {
    Role.CUSTOMER: _l("Customer"),
    Role.CLERK: _l("Clerk"),
    Role.DECISION_MAKER: _l("Decision-maker"),
    Role.MARKETING: _l("Marketing"),
    Role.ADMINISTRATOR: _l("Administrator"),
}

SIGN_IN_PROBLEMS: dict[StrEnum, LazyString] = {
    SignInProblem.WRONG: _l("The username or the password is wrong. Check both and try again."),
    SignInProblem.WRONG_PASSWORD: _l("The password is wrong. Try again."),
    SignInProblem.WRONG_CODE: _l(
        "The code is wrong or has been used. Wait until the app shows a new code and enter that."
    ),
    SignInProblem.SETUP_EXPIRED: _l("The key shown had expired. Add the new key below to the app."),
    SignInProblem.PASSWORD_SHORT: _l(
        "Your password is too short to protect you alone. Change it to a longer one first, "
        "then turn the second factor off."
    ),
    SignInProblem.USERNAME_TAKEN: _l("The username is in use. Choose another."),
}

PASSWORD_PROBLEMS: dict[StrEnum, LazyString] = {
    PasswordProblem.TOO_SHORT: _l(
        "The password is too short: it needs at least %(shortest)s characters. "
        "Several words in a row are easy to remember."
    ),
    PasswordProblem.TOO_LONG: _l("The password is too long: at most %(longest)s characters fit."),
    PasswordProblem.TOO_UNIFORM: _l("The password repeats the same few characters. Use more different ones."),
    PasswordProblem.COMMON: _l(
        "The password is made of words or runs of keys that are guessed first. Add words that nobody would expect."
    ),
    PasswordProblem.CONTAINS_USERNAME: _l("The password contains your username. Leave it out."),
}

ACTIONS = {
    AuditAction.SIGN_IN_SUCCEEDED: _l("Signed in"),
    AuditAction.SIGN_IN_FAILED: _l("Sign-in failed"),
    AuditAction.SIGN_IN_THROTTLED: _l("Sign-in stopped after too many tries"),
    AuditAction.SIGNED_OUT: _l("Signed out"),
    AuditAction.TOKEN_REUSED: _l("Old device token used again"),
    AuditAction.TOKEN_CREATED: _l("Device remembered"),
    AuditAction.TOKEN_REVOKED: _l("Device or session ended"),
    AuditAction.PASSWORD_CHANGED: _l("Password changed"),
    AuditAction.PASSWORD_RESET_SENT: _l("Link for a new password sent"),
    AuditAction.SECOND_FACTOR_SET: _l("Second factor set up"),
    AuditAction.SECOND_FACTOR_REMOVED: _l("Second factor removed"),
    AuditAction.RECOVERY_CODES_MADE: _l("Recovery codes made"),
    AuditAction.RECOVERY_CODE_USED: _l("Recovery code used"),
    AuditAction.COMMITMENT_ACCEPTED: _l("Confidentiality commitment accepted"),
    AuditAction.ACCOUNT_CREATED: _l("Account created"),
    AuditAction.ACCOUNT_CLOSED: _l("Account closed"),
    AuditAction.EMAIL_CHANGE_STEP: _l("Step in a change of e-mail address"),
    AuditAction.ACCESS_DENIED: _l("Access denied"),
    AuditAction.CUSTOMER_VIEWED: _l("Customer opened"),
    AuditAction.CUSTOMER_SEARCHED: _l("Customer searched for"),
    AuditAction.OWN_DATA_EXPORTED: _l("Own data downloaded"),
    AuditAction.FIELD_REVEALED: _l("Masked value shown"),
    AuditAction.MARKETING_LIST_MADE: _l("Marketing list made"),
    AuditAction.PERMISSION_CHANGED: _l("Marketing permission changed"),
    AuditAction.CONSENT_RECORDED: _l("Cookie choice recorded"),
    AuditAction.REQUEST_RECEIVED: _l("Request received"),
    AuditAction.REQUEST_STEP: _l("Request moved on"),
    AuditAction.REQUEST_STEP_REFUSED: _l("Step of a request refused"),
    AuditAction.REGISTER_CORRECTED: _l("Register corrected"),
    AuditAction.REGISTER_IMPORTED: _l("Customers imported"),
    AuditAction.CONFLICT_DECIDED: _l("Differing values compared"),
    AuditAction.LETTER_MADE: _l("Letter made"),
    AuditAction.LETTER_DOWNLOADED: _l("Letter downloaded"),
    AuditAction.MESSAGE_QUEUED: _l("Message queued"),
    AuditAction.DEMO_LOADED: _l("Demo register loaded"),
}

UNITS = {
    "customer": _l("Customer"),
    "customer-service": _l("Customer service"),
    "register-matters": _l("Register matters"),
    "marketing": _l("Marketing"),
    "administration": _l("Administration"),
    "system": _l("System"),
    "visitor": _l("Visitor"),
}
