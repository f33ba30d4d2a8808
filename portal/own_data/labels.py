"""Words of the pages that show a customer their own data."""

from collections.abc import Iterable, Mapping

from babel.dates import get_month_names
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.catalogues import legal_bases, purposes, retention, sources
from portal.catalogues.fields import CategorySpec
from portal.catalogues.legal_bases import LegalBasis
from portal.catalogues.purposes import Purpose
from portal.catalogues.recipients import Recipient
from portal.core.audit import AuditDetail
from portal.own_data.consumption import Year
from portal.register import openings
from portal.register.care import labels as care_labels
from portal.register.labels import PARTS_SEEN
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


def purposes_of(named: Iterable[Purpose]) -> list[str]:
    return [str(purposes.LABELS[purpose]) for purpose in named]


def legal_bases_of(named: Iterable[LegalBasis]) -> list[str]:
    return [str(legal_bases.LABELS[basis]) for basis in named]


def recipients_of(wanted: Iterable[Recipient], named: Mapping[Recipient, str]) -> list[str]:
    return [named[recipient] for recipient in wanted] or [_("Nobody outside")]


def retention_of(spec: CategorySpec) -> str:
    """The rule in words, with the law it comes from where there is one."""
    rule = retention.RULES[spec.retention]
    return f"{rule.label} ({rule.law})" if rule.law else str(rule.label)


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


def part_seen(detail: AuditDetail) -> str:
    """What of the person's data was on the page."""
    return str(PARTS_SEEN[openings.part_seen(detail)])


def view_purpose(purpose: str | None) -> str:
    """Why somebody looked, said to the person whose data it was."""
    return care_labels.view_purpose(purpose, addresses=care_labels.ADDRESS_VIEWINGS)


def correction(is_corrected: bool, is_correction: bool) -> str | None:
    """What an entry of the contact log is to the others."""
    if is_corrected:
        return _("corrected later")
    return _("correction of an earlier entry") if is_correction else None
