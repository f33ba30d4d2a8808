"""To whom the customer's data was disclosed, by the rule that every disclosure goes by."""

from datetime import date, timedelta

from portal.catalogues.recipients import Recipient
from portal.demo import recipients
from portal.demo.drawing import Drawing
from portal.demo.invoices import COLLECTED_AFTER
from portal.disclosures import rules
from portal.disclosures.rules import Whose
from portal.register.models import Disclosure, Invoice

TO_CREDIT_INFORMATION = ("identity_code", "name")  # nothing more, and only with own liabilities (R70)
TO_COLLECTION = ("name", "customer_number", "invoice_number", "invoice_amount", "invoice_due_on")
BILLING_ADDRESS = ("billing_street", "billing_postal_code", "billing_city")
TO_DATAHUB = (
    "gsrn",
    "street",
    "postal_code",
    "city",
    "contract",
    "contract_from",
    "consumption_month",
    "consumption_kwh",
)


def draw_disclosures(drawing: Drawing) -> None:
    _disclose(drawing, Recipient.DATAHUB, TO_DATAHUB, on=max(drawing.first_day, recipients.begins(Recipient.DATAHUB)))
    if drawing.customer.has_own_liabilities and drawing.whose.kind == "natural":
        _disclose(drawing, Recipient.CREDIT_INFORMATION, TO_CREDIT_INFORMATION, on=drawing.day())
    collected = [row for row in drawing.rows[Invoice] if row["state"] == "in-collection"]
    if collected:
        on = collected[0]["due_on"] + COLLECTED_AFTER + timedelta(days=1)
        address = () if drawing.customer.is_protected else BILLING_ADDRESS
        _disclose(drawing, Recipient.INVOICING_AND_COLLECTION, (*TO_COLLECTION, *address), on=on)


def _disclose(drawing: Drawing, recipient: Recipient, keys: tuple[str, ...], *, on: date) -> None:
    to, at = recipients.receiving(recipient), drawing.office_moment(on)
    whose = Whose(
        kind=drawing.customer.kind,
        has_own_liabilities=drawing.customer.has_own_liabilities,
        is_protected=drawing.customer.is_protected,
        held=frozenset(keys),
    )
    drawing.rows[Disclosure].append(
        {
            "id": drawing.id(),
            "customer_id": drawing.customer.id,
            "recipient": recipient,
            "recipient_name": recipients.NAMES[recipient][0],
            "holder_id": recipients.holder_id(recipient),
            "legal_ground": rules.ground_of(to, None),
            "field_keys": " ".join(rules.check(keys, to=to, whose=whose, at=at, now=at)),
            "disclosed_at": at,
        }
    )
