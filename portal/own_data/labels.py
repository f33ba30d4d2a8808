"""Words of the pages that show a customer their own data."""

from collections.abc import Iterable

from babel.dates import get_month_names
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.catalogues import legal_bases, purposes, recipients, retention, sources
from portal.catalogues.fields import BY_KEY, CategorySpec
from portal.catalogues.legal_bases import LegalBasis
from portal.catalogues.purposes import Purpose
from portal.catalogues.recipients import Recipient
from portal.own_data.consumption import Year
from portal.register.care.kinds import AddressPurpose
from portal.register.care.labels import ADDRESS_VIEWINGS
from portal.register.labels import VIEW_PURPOSES
from portal.register.openings import ViewPurpose
from portal.web.formatting import kwh
from portal.web.locale import babel_locale

SOURCES = sources.LABELS
CONSUMPTION_BY_MONTH = _l("Electricity consumption by month")

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


def purposes_of(named: Iterable[Purpose]) -> list[str]:
    return [str(purposes.LABELS[purpose]) for purpose in named]


def legal_bases_of(named: Iterable[LegalBasis]) -> list[str]:
    return [str(legal_bases.LABELS[basis]) for basis in named]


def recipients_of(named: Iterable[Recipient]) -> list[str]:
    return [str(recipients.LABELS[recipient]) for recipient in named] or [_("Nobody outside")]


def retention_of(spec: CategorySpec) -> str:
    """The rule in words, with the law it comes from where there is one."""
    rule = retention.RULES[spec.retention]
    return f"{rule.label} ({rule.law})" if rule.law else str(rule.label)


def fields_named(keys: Iterable[str]) -> str:
    """The fields of a disclosure; one that has left the catalogue keeps its key."""
    return ", ".join(str(BY_KEY[key].label) if key in BY_KEY else key for key in keys)


def short_months() -> list[str]:
    return list(get_month_names("abbreviated", context="stand-alone", locale=babel_locale()).values())


def months() -> list[str]:
    return list(get_month_names("wide", context="stand-alone", locale=babel_locale()).values())


def year(shown: Year) -> str:
    """A year of measured figures or of estimates: the two are never told as one."""
    return _("%(year)s, estimate", year=shown.year) if shown.is_estimate else str(shown.year)


def consumption_in_short(years: Iterable[Year]) -> str:
    """What the picture of a metering point shows at its height."""
    totals = "; ".join(f"{year(one)}: {kwh(one.total)}" for one in years)
    return _(
        "Electricity consumption by month. In all: %(totals)s. The same figures are in the table below.", totals=totals
    )


def view_purpose(purpose: str | None) -> str:
    """Why somebody looked; what has no words of its own was the handling of a request."""
    known = {str(member): VIEW_PURPOSES[member] for member in ViewPurpose}
    known |= {str(member): ADDRESS_VIEWINGS[member] for member in AddressPurpose}
    return str(known.get(purpose or "", VIEW_PURPOSES[ViewPurpose.CASE]))


def correction(is_corrected: bool, is_correction: bool) -> str | None:
    """What an entry of the contact log is to the others."""
    if is_corrected:
        return _("corrected later")
    return _("correction of an earlier entry") if is_correction else None
