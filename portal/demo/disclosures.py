"""To whom the customer's data was disclosed: each kind of recipient gets what is its own, and nothing else."""

from datetime import date, timedelta

from portal.catalogues.legal_bases import LegalBasis
from portal.catalogues.recipients import Recipient
from portal.demo.drawing import Drawing
from portal.demo.invoices import COLLECTED_AFTER
from portal.register.models import Disclosure, Invoice

FIELDS = {
    # identity code and name, nothing more, and only with own liabilities (R70)
    Recipient.CREDIT_INFORMATION: "identity_code name",
    Recipient.INVOICING_AND_COLLECTION: (
        "name customer_number billing_street billing_postal_code billing_city "
        "invoice_number invoice_amount invoice_due_on"
    ),
    Recipient.DATAHUB: "gsrn street postal_code city contract contract_from consumption_month consumption_kwh",
}
NAMES = {
    Recipient.CREDIT_INFORMATION: "Suomen Asiakastieto Oy",
    Recipient.INVOICING_AND_COLLECTION: "Lindorff Oy",
    Recipient.DATAHUB: "Fingrid Datahub Oy",
}


def draw_disclosures(drawing: Drawing) -> None:
    _disclose(drawing, Recipient.DATAHUB, LegalBasis.LEGAL_OBLIGATION, on=drawing.first_day)
    if drawing.customer.has_own_liabilities and drawing.whose.kind == "natural":
        _disclose(drawing, Recipient.CREDIT_INFORMATION, LegalBasis.LEGITIMATE_INTERESTS, on=drawing.day())
    collected = [row for row in drawing.rows[Invoice] if row["state"] == "in-collection"]
    if collected:
        on = collected[0]["due_on"] + COLLECTED_AFTER + timedelta(days=1)
        _disclose(drawing, Recipient.INVOICING_AND_COLLECTION, LegalBasis.LEGITIMATE_INTERESTS, on=on)


def _disclose(drawing: Drawing, recipient: Recipient, basis: LegalBasis, *, on: date) -> None:
    drawing.rows[Disclosure].append(
        {
            "id": drawing.id(),
            "customer_id": drawing.customer.id,
            "recipient": recipient,
            "recipient_name": NAMES[recipient],
            "legal_ground": basis.value,
            "field_keys": FIELDS[recipient],
            "disclosed_at": drawing.office_moment(on),
        }
    )
