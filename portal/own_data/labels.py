"""Words of the pages that show a customer their own data."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.catalogues import legal_bases, purposes, recipients, retention, sources
from portal.catalogues.fields import FieldSpec
from portal.register.labels import VIEW_PURPOSES
from portal.register.openings import ViewPurpose

SOURCES = sources.LABELS

UNITS = {
    "customer-service": _l("Customer service"),
    "register-matters": _l("Register matters"),
    "administration": _l("Administration"),
    "marketing": _l("Marketing"),
    "customer": _l("You"),
    "system": _l("The system"),
    "visitor": _l("Without signing in"),
}


def legal_ground(stored: str) -> str:
    """The words of a disclosure's ground; one that names a law itself is shown as it is."""
    known = {str(basis): str(label) for basis, label in legal_bases.LABELS.items()}
    return known.get(stored, stored)


def purposes_of(spec: FieldSpec) -> list[str]:
    return [str(purposes.LABELS[purpose]) for purpose in spec.purposes]


def recipients_of(spec: FieldSpec) -> list[str]:
    return [str(recipients.LABELS[recipient]) for recipient in spec.recipients] or [_("Nobody outside")]


def retention_of(spec: FieldSpec) -> str:
    """The rule in words, with the law it comes from where there is one."""
    rule = retention.RULES[spec.retention]
    return f"{rule.label} ({rule.law})" if rule.law else str(rule.label)


def view_purpose(purpose: str | None) -> str:
    """Why somebody looked; what has no words of its own was the handling of a request."""
    known = {str(member): member for member in ViewPurpose}
    return str(VIEW_PURPOSES[known.get(purpose or "", ViewPurpose.CASE)])
