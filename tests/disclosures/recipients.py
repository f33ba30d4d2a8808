"""Recipients that serve in these tests, and the acts of giving."""

from datetime import date
from typing import Any

from portal.catalogues.legal_bases import LegalBasis
from portal.catalogues.recipients import Recipient
from portal.core.audit import SYSTEM
from portal.disclosures import holders
from portal.disclosures.holders import Terms, possible_categories
from portal.register.models import RecipientHolder
from tests.conftest import START

OBLIGED = (Recipient.AUTHORITY, Recipient.DATAHUB)


def terms(recipient: Recipient = Recipient.INVOICING_AND_COLLECTION, **changes: Any) -> Terms:
    usual: dict[str, Any] = {
        "recipient": recipient,
        "name": "Esimerkkiperintä Oy",
        "country": "FI",
        "legal_basis": LegalBasis.LEGAL_OBLIGATION if recipient in OBLIGED else LegalBasis.LEGITIMATE_INTERESTS,
        "categories": frozenset(possible_categories(recipient)),
        "from_on": date(2020, 1, 1),
    }
    return Terms(**{**usual, **changes})


def serves(recipient: Recipient = Recipient.INVOICING_AND_COLLECTION, **changes: Any) -> RecipientHolder:
    return holders.add(terms(recipient, **changes), actor=SYSTEM, now=START)
