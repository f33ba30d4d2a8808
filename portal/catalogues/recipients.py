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

# The role alone, for wherever the name of that day stands beside it.
ROLES = {
    Recipient.AUTHORITY: _l("Authorities, where the law so requires"),
    Recipient.CREDIT_INFORMATION: _l("Credit information company (personal identity code and name only)"),
    Recipient.INVOICING_AND_COLLECTION: _l("Invoicing and debt collection provider"),
    Recipient.AUTHORISED_PARTNER: _l("A partner authorised by the controller"),
    Recipient.DATAHUB: _l("Datahub of the electricity market"),
}

# One company at a time; there are many authorities and may be many partners.
ONE_AT_A_TIME = frozenset({Recipient.CREDIT_INFORMATION, Recipient.INVOICING_AND_COLLECTION, Recipient.DATAHUB})


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
