"""Words of the administrator's pages."""

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts.labels import ACTIONS, SIGN_IN_PROBLEMS
from portal.accounts.models import LockReason, ProposalKind, ProposalState
from portal.accounts.problems import AdministrationProblem
from portal.accounts.staff_accounts import AccountState
from portal.core.audit_actions import AuditAction
from portal.core.checkpoints import Verdict

STATES = {
    AccountState.UNAPPROVED: _l("Waiting for approval"),
    AccountState.LOCKED: _l("Locked"),
    AccountState.INVITED: _l("Invited, no password yet"),
    AccountState.NO_SECOND_FACTOR: _l("No second factor yet"),
    AccountState.NO_COMMITMENT: _l("Commitment not accepted"),
    AccountState.ACTIVE: _l("In use"),
}
STATE_TONES = {
    AccountState.UNAPPROVED: "info",
    AccountState.LOCKED: "bad",
    AccountState.INVITED: "warn",
    AccountState.NO_SECOND_FACTOR: "warn",
    AccountState.NO_COMMITMENT: "warn",
    AccountState.ACTIVE: "good",
}
LOCK_REASONS = {
    LockReason.UNAPPROVED: _l("Not approved yet"),
    LockReason.LEFT: _l("Has left"),
    LockReason.SUSPECTED_MISUSE: _l("Misuse is suspected"),
    LockReason.OTHER: _l("Another reason"),
}
PROPOSALS = {
    ProposalKind.NEW_ACCOUNT: _l("New account"),
    ProposalKind.ROLE: _l("Change of role"),
    ProposalKind.SECOND_FACTOR_RESET: _l("Reset of the second factor"),
}
PROPOSAL_STATES = {
    ProposalState.OPEN: _l("Waiting"),
    ProposalState.APPROVED: _l("Approved"),
    ProposalState.REJECTED: _l("Rejected"),
    ProposalState.WITHDRAWN: _l("Withdrawn"),
    ProposalState.EXPIRED: _l("Lapsed"),
}
PROPOSAL_TONES = {
    ProposalState.OPEN: "info",
    ProposalState.APPROVED: "good",
    ProposalState.REJECTED: "bad",
    ProposalState.WITHDRAWN: "neutral",
    ProposalState.EXPIRED: "neutral",
}
PROBLEMS: Mapping[StrEnum, LazyString] = SIGN_IN_PROBLEMS | {
    AdministrationProblem.OWN_ACCOUNT: _l("This is your own account. Another administrator has to do it."),
    AdministrationProblem.SECOND_ADMINISTRATOR: _l(
        "You proposed this, or it is about you. An administrator who is neither has to decide it."
    ),
    AdministrationProblem.SAME_ROLE: _l("The account has this role already. Choose another."),
    AdministrationProblem.CHANGE_WAITS: _l(
        "A change of this account waits for a decision. Let that be decided, or withdraw it, first."
    ),
    AdministrationProblem.UNKNOWN_CUSTOMER: _l("There is no customer with this number. Check it with the person."),
    AdministrationProblem.NO_EMAIL: _l(
        "The account has no e-mail address to send an invitation to. A link is made on the server: portal users invite."
    ),
}

# by how an action's name begins; the longest beginning decides
_GROUPS = (
    (("authn_", "session_", "authz_fail"), _l("Signing in")),
    (
        ("user_", "authz_", "authn_login_lock", "authn_login_unlock", "authn_invitation", "commitment:", "activation:"),
        _l("Accounts and roles"),
    ),
    (("request:", "letter:", "evidence:", "processing:"), _l("Requests")),
    (("customer:", "register", "field:", "own-data:", "email-change:", "address:"), _l("Customer register")),
    (("mandate:", "contact:", "manual-material:"), _l("Contacts, mandates and paper")),
    (("disclosure:", "recipient:", "marketing-list:"), _l("Disclosures")),
    (("permission:", "consent:"), _l("Choices of customers")),
)
_BEGINNINGS = {start: words for starts, words in _GROUPS for start in starts}


def actions_by_group() -> list[tuple[str, str, str]]:
    """Value, words and group of every action, by group and words."""
    groups = [str(words) for _starts, words in _GROUPS]
    told = [(action.value, str(words), _group(action)) for action, words in ACTIONS.items()]
    return sorted(told, key=lambda one: (groups.index(one[2]) if one[2] in groups else len(groups), one[1]))


def _group(action: AuditAction) -> str:
    fitting = (start for start in _BEGINNINGS if action.value.startswith(start))
    start = max(fitting, key=len, default=None)
    return str(_BEGINNINGS[start]) if start else _("System")


VERDICTS = {
    "missing": _l("an event is missing, or its number is wrong"),
    "chain broken": _l("the event does not follow the one before it"),
    "event changed": _l("the event was changed"),
    "detail changed": _l("what the event tells was changed"),
    "unreadable": _l("the event cannot be read"),
    "tail cut": _l("events after this number were removed"),
    "rewritten": _l("the trail was rewritten: it contradicts a signed checkpoint"),
    "there are no checkpoints": _l("there are no checkpoints to hold the trail against"),
}


def verdict_words(verdict: Verdict) -> str:
    """What a check of the trail came up with; `portal audit verify` tells the rest."""
    if verdict.ok:
        return str(
            _(
                "The trail is whole: %(events)s events fit together and agree with %(checkpoints)s signed checkpoints.",
                events=verdict.events,
                checkpoints=verdict.checkpoints,
            )
        )
    reason = VERDICTS.get(verdict.reason or "", _l("the checkpoints do not fit; run portal audit verify on the server"))
    if not verdict.is_certain:
        return str(_("It cannot be told whether the trail is whole: %(reason)s.", reason=reason))
    if verdict.first_bad is None:
        return str(_("The trail is not as it was: %(reason)s.", reason=reason))
    return str(_("The trail is not as it was. Event %(number)s: %(reason)s.", number=verdict.first_bad, reason=reason))
