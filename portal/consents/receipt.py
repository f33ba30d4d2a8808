"""The receipt of a choice, in the shape of ISO/IEC TS 27560."""

from typing import Any

from flask_babel import gettext as _

from portal.catalogues.cookies import CATEGORY_LABELS, OPTIONAL, Category
from portal.config import organisation
from portal.consents import texts
from portal.consents.services import Shown
from portal.core.clock import utc_text

SCHEMA = "ISO/IEC TS 27560:2023"


def document(record: Shown, *, notice_url: str, withdraw_url: str) -> dict[str, Any]:
    """The receipt as JSON, words in the language of the page."""
    return {
        "schema": SCHEMA,
        "record_id": record.record_id,
        "check_code": record.check_code,
        "controller": controller(),
        "privacy_notice": {"version": record.notice_version, "url": notice_url, "language": record.language},
        "purposes": [_purpose(category, record) for category in OPTIONAL],
        "given_at": utc_text(record.given_at),
        "expires_at": utc_text(record.expires_at),
        "method": record.method.value,
        "withdraw_url": withdraw_url,
        "rights": rights(),
        "authority": authorities(),
    }


def _purpose(category: Category, record: Shown) -> dict[str, Any]:
    rows = [row for row in texts.cookie_list() if row.category is category]
    return {
        "id": category.value,
        "name": str(CATEGORY_LABELS[category]),
        "state": record.answers[category].value,
        "legal_basis": legal_basis(),
        "retention": [_("%(cookie)s: %(lifetime)s", cookie=row.name, lifetime=row.lifetime) for row in rows],
        "recipients": [organisation.handler_company],
    }


def controller() -> dict[str, str]:
    return {
        "name": organisation.register_company,
        "address": organisation.postal_address,
        "email": organisation.email_register,
        "phone": organisation.phone,
        "business_id": organisation.business_id,
    }


def legal_basis() -> str:
    return _("Consent (GDPR Article 6(1)(a); Act on Electronic Communications Services 917/2014, section 205)")


def rights() -> list[str]:
    return [
        _("You can withdraw your consent at any time. What was done before the withdrawal stays lawful."),
        _("You can ask for your data, have it corrected or erased, and have its use restricted."),
        _("You can complain to the authority that supervises the matter."),
    ]


def authorities() -> list[dict[str, str]]:
    """Who supervises what (C28)."""
    return [
        {
            "name": _("Finnish Transport and Communications Agency Traficom"),
            "supervises": _("Storing cookies on your device"),
            "url": "https://www.traficom.fi",
        },
        {
            "name": _("Office of the Data Protection Ombudsman"),
            "supervises": _("Use of personal data"),
            "url": "https://tietosuoja.fi",
        },
    ]
