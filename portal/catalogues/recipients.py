"""To whom data may be disclosed (R9, R69-R71). Names of companies are dated rows, not members."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l


class Recipient(StrEnum):
    AUTHORITY = "authority"
    CREDIT_INFORMATION = "credit-information"
    INVOICING_AND_COLLECTION = "invoicing-and-collection"
    AUTHORISED_PARTNER = "authorised-partner"
    DATAHUB = "datahub"


LABELS = {
    Recipient.AUTHORITY: _l("Authorities, where the law so requires"),
    Recipient.CREDIT_INFORMATION: _l("Suomen Asiakastieto Oy (personal identity code and name only)"),
    Recipient.INVOICING_AND_COLLECTION: _l(
        "Invoicing and debt collection provider (Lindorff Oy in the original notice)"
    ),
    Recipient.AUTHORISED_PARTNER: _l("A partner authorised by the controller"),
    Recipient.DATAHUB: _l("Fingrid Datahub Oy"),
}


@dataclass(frozen=True)
class NamedRecipient:
    """Who stood behind a kind of recipient, and since when the notice has said so."""

    recipient: Recipient
    name: str | LazyString
    since: date | None = None
    until: date | None = None


# The description names Lindorff Oy; who serves today is not known and is not guessed.
NAMED = (
    NamedRecipient(Recipient.CREDIT_INFORMATION, "Suomen Asiakastieto Oy"),
    NamedRecipient(Recipient.INVOICING_AND_COLLECTION, LABELS[Recipient.INVOICING_AND_COLLECTION]),
    NamedRecipient(Recipient.DATAHUB, "Fingrid Datahub Oy", since=date(2022, 2, 21)),
)
