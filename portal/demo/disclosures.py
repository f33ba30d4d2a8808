"""To whom the customer's data was disclosed, by the rule that every disclosure goes by."""

from datetime import date, timedelta

from portal.catalogues.recipients import Recipient
from portal.demo import recipients
from portal.demo.consumption import month_start, months_before
from portal.demo.drawing import WITH_ACCOUNTS, Drawing
from portal.demo.invoices import COLLECTED_AFTER
from portal.disclosures import rules
from portal.disclosures.rules import Whose
from portal.register.models import Disclosure, Invoice
from portal.subject_requests.deadlines import next_working_day, previous_working_day

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
MONTHLY_TO_DATAHUB = ("gsrn", "consumption_month", "consumption_kwh")
TO_CHANGE_THE_METER = ("name", "phone", "gsrn", "street", "postal_code", "city", "main_fuse")
SHARE_OF_METER_CHANGES = 0.06
MOST_MONTHS = 70  # less than what is kept of disclosures


def draw_disclosures(drawing: Drawing) -> None:
    _disclose(drawing, Recipient.DATAHUB, TO_DATAHUB, on=max(drawing.first_day, recipients.DATAHUB_BEGAN))
    if drawing.customer.has_own_liabilities and drawing.whose.kind == "natural":
        _disclose(drawing, Recipient.CREDIT_INFORMATION, TO_CREDIT_INFORMATION, on=drawing.day())
    collected = [row for row in drawing.rows[Invoice] if row["state"] == "in-collection"]
    if collected:
        on = collected[0]["due_on"] + COLLECTED_AFTER + timedelta(days=1)
        address = () if drawing.customer.is_protected else BILLING_ADDRESS
        _disclose(drawing, Recipient.INVOICING_AND_COLLECTION, (*TO_COLLECTION, *address), on=on)


def draw_meter_work(drawing: Drawing) -> None:
    """To the partner that changes meters; those with accounts have met the one before and the one of today."""
    if drawing.customer.is_protected or not drawing.customer.phone:
        return
    changed_on = month_start(drawing.today, recipients.PARTNER_CHANGED)
    if drawing.index < WITH_ACCOUNTS:
        days = [changed_on - timedelta(days=64 + drawing.index), changed_on + timedelta(days=73 + drawing.index)]
    else:
        days = [drawing.working_day()] if drawing.random.random() < SHARE_OF_METER_CHANGES else []
    for day in days:
        on = previous_working_day(day)
        if drawing.customer.source_on <= on <= drawing.last_day:
            _disclose(drawing, Recipient.AUTHORISED_PARTNER, TO_CHANGE_THE_METER, on=on)


def draw_monthly_reports(drawing: Drawing) -> None:
    """Somebody whose every month was told to the datahub: a list that goes over several pages."""
    if not drawing.whose.is_told_monthly:
        return
    for month in months_before(month_start(drawing.yesterday), MOST_MONTHS):
        on = next_working_day(month + timedelta(days=32))
        is_served = month >= recipients.DATAHUB_BEGAN and month >= drawing.customer.source_on
        if is_served and on <= drawing.last_day:
            _disclose(drawing, Recipient.DATAHUB, MONTHLY_TO_DATAHUB, on=on)


def _disclose(drawing: Drawing, recipient: Recipient, keys: tuple[str, ...], *, on: date) -> None:
    to, at = recipients.serving(recipient, on, today=drawing.today), drawing.office_moment(on)
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
            "recipient_name": to.name,
            "holder_id": to.id,
            "legal_ground": rules.ground_of(to.receiving, None),
            "field_keys": " ".join(rules.check(keys, to=to.receiving, whose=whose, at=at, now=at)),
            "disclosed_at": at,
        }
    )
