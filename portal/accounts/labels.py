"""Words of accounts."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.accounts import role_names
from portal.accounts.passwords import PasswordProblem
from portal.accounts.problems import SignInProblem
from portal.core.audit import AuditAction

ROLES = role_names.ROLES  # letters need them too, which know no other words

SIGN_IN_PROBLEMS: dict[StrEnum, LazyString] = {
    SignInProblem.WRONG: _l("The username or the password is wrong. Check both and try again."),
    SignInProblem.WRONG_PASSWORD: _l("The password is wrong. Try again."),
    SignInProblem.WRONG_CODE: _l(
        "The code is wrong or has been used. Wait until the app shows a new code and enter that."
    ),
    # whom to ask depends on who the person is: staff have an administrator
    SignInProblem.UNREADABLE_FACTOR: _l(
        "Your code cannot be checked: what we have stored for it is damaged. Nothing is wrong with your phone. "
        "Enter a recovery code, or ask customer service (staff: an administrator) to set the second factor up again."
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
        "The password is too short: its length is %(length)s, and it needs at least %(shortest)s characters. "
        "Several words in a row are easy to remember."
    ),
    PasswordProblem.TOO_LONG: _l(
        "The password is too long: its length is %(length)s, and at most %(longest)s characters fit."
    ),
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
    AuditAction.ACTIVATION_LINK_SENT: _l("Link for activating an account sent"),
    AuditAction.ACTIVATION_CODE_MADE: _l("Code for activating an account printed"),
    AuditAction.ACTIVATION_REFUSED: _l("Activation of an account refused"),
    AuditAction.INVITATION_MADE: _l("Invitation made"),
    AuditAction.ACCOUNT_LOCKED: _l("Account locked"),
    AuditAction.ACCOUNT_UNLOCKED: _l("Account unlocked"),
    AuditAction.ROLE_CHANGED: _l("Role changed"),
    AuditAction.OWN_CUSTOMER_SET: _l("Own customer number set"),
    AuditAction.PROPOSAL_MADE: _l("Change of an account proposed"),
    AuditAction.PROPOSAL_REJECTED: _l("Proposed change rejected"),
    AuditAction.PROPOSAL_WITHDRAWN: _l("Proposed change withdrawn"),
    AuditAction.AUDIT_VERIFIED: _l("Audit trail verified"),
    AuditAction.AUDIT_EXPORTED: _l("Audit events downloaded"),
    AuditAction.ACCESS_DENIED: _l("Access denied"),
    AuditAction.CUSTOMER_VIEWED: _l("Customer opened"),
    AuditAction.CUSTOMER_SEARCHED: _l("Customer searched for"),
    AuditAction.ADDRESS_SHOWN: _l("Protected address shown"),
    AuditAction.ADDRESS_PROTECTION_CHANGED: _l("Protection of an address changed"),
    AuditAction.MANDATE_RECORDED: _l("Mandate recorded"),
    AuditAction.MANDATE_ENDED: _l("Mandate ended"),
    AuditAction.CONTACT_RECORDED: _l("Contact recorded"),
    AuditAction.PAPER_RECORDED: _l("Place of paper recorded"),
    AuditAction.PAPER_DESTROYED: _l("Paper destroyed"),
    AuditAction.OWN_DATA_EXPORTED: _l("Own data downloaded"),
    AuditAction.FIELD_REVEALED: _l("Masked value shown"),
    AuditAction.MARKETING_LIST_MADE: _l("Marketing list made"),
    AuditAction.PERMISSION_CHANGED: _l("Marketing permission changed"),
    AuditAction.CONSENT_RECORDED: _l("Cookie choice recorded"),
    AuditAction.REQUEST_RECEIVED: _l("Request received"),
    AuditAction.REQUEST_STEP: _l("Request moved on"),
    AuditAction.REQUEST_STEP_REFUSED: _l("Step of a request refused"),
    AuditAction.REQUEST_ITEM_DECIDED: _l("Item of a request decided"),
    AuditAction.REQUEST_BUNDLED: _l("Case bundle made"),
    AuditAction.PROCESSING_RESTRICTED: _l("Processing restricted"),
    AuditAction.RESTRICTION_LIFTED: _l("Restriction of processing lifted"),
    AuditAction.REGISTER_CORRECTED: _l("Register corrected"),
    AuditAction.REGISTER_IMPORTED: _l("Customers imported"),
    AuditAction.CONFLICT_DECIDED: _l("Differing values compared"),
    AuditAction.DISCLOSURE_RECORDED: _l("Disclosure recorded"),
    AuditAction.RECIPIENT_ADDED: _l("Recipient added"),
    AuditAction.RECIPIENT_CORRECTED: _l("Recipient corrected"),
    AuditAction.RECIPIENT_ENDED: _l("Last day of a recipient changed"),
    AuditAction.RECIPIENT_REMOVED: _l("Recipient removed before use"),
    AuditAction.CUSTOMER_ERASED: _l("Customer erased"),
    AuditAction.RETENTION_APPLIED: _l("Data deleted at the end of its retention"),
    AuditAction.ERASURES_REPLAYED: _l("Erasures repeated on a restored backup"),
    AuditAction.BACKUP_MADE: _l("Backup made"),
    AuditAction.BACKUP_RESTORED: _l("Backup restored"),
    AuditAction.LETTER_MADE: _l("Letter made"),
    AuditAction.EVIDENCE_ADDED: _l("Evidence added to a request"),
    AuditAction.EVIDENCE_DOWNLOADED: _l("Evidence of a request downloaded"),
    AuditAction.LETTER_DOWNLOADED: _l("Letter downloaded"),
    AuditAction.KEYS_ROTATED: _l("Encryption key changed"),
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
