"""Who serves as a recipient in the demo: those whom the description names, all in Finland."""

from datetime import date
from typing import Any

from portal.catalogues.fields import Category
from portal.catalogues.legal_bases import LegalBasis
from portal.catalogues.recipients import Recipient
from portal.disclosures.holders import possible_categories
from portal.disclosures.rules import Receiving

BEGINNING = date(2018, 5, 25)
NAMES = {
    Recipient.CREDIT_INFORMATION: ("Suomen Asiakastieto Oy", BEGINNING, LegalBasis.LEGITIMATE_INTERESTS),
    Recipient.INVOICING_AND_COLLECTION: ("Lindorff Oy", BEGINNING, LegalBasis.LEGITIMATE_INTERESTS),
    Recipient.DATAHUB: ("Fingrid Datahub Oy", date(2022, 2, 21), LegalBasis.LEGAL_OBLIGATION),
}


def holder_id(recipient: Recipient) -> int:
    return list(NAMES).index(recipient) + 1


def begins(recipient: Recipient) -> date:
    """The first day on which the one who serves now did."""
    return NAMES[recipient][1]


def receiving(recipient: Recipient) -> Receiving:
    _name, from_on, basis = NAMES[recipient]
    return Receiving(
        recipient=recipient, categories=_categories(recipient), legal_basis=basis, from_on=from_on, until_on=None
    )


def rows() -> list[dict[str, Any]]:
    return [
        {
            "id": holder_id(recipient),
            "recipient": recipient,
            "name": name,
            "other_names": {},
            "country": "FI",
            "legal_basis": basis,
            "category_keys": " ".join(possible_categories(recipient)),
            "from_on": from_on,
            "version": 1,
        }
        for recipient, (name, from_on, basis) in NAMES.items()
    ]


def _categories(recipient: Recipient) -> frozenset[Category]:
    return frozenset(possible_categories(recipient))
