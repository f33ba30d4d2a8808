"""The kinds of records that a line of an import may tell of, and what tells a customer's records of a kind apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.catalogues.fields import BY_CATEGORY, CATEGORIES, Category, FieldSpec
from portal.register.models import Customer
from portal.register.reading import TABLES


@dataclass(frozen=True)
class Shape:
    """A kind of record: under which key a line lists it, and the fields that tell a customer's records apart."""

    name: str
    category: Category
    keys: tuple[str, ...] = ()

    @property
    def model(self) -> type[Any]:
        return Customer if self.category is Category.CUSTOMER else TABLES[self.category][0]

    @property
    def is_single(self) -> bool:
        return CATEGORIES[self.category].is_single

    @property
    def specs(self) -> tuple[FieldSpec, ...]:
        return BY_CATEGORY[self.category]


CUSTOMER = Shape("", Category.CUSTOMER, ("customer_number",))
# In the order of their foreign keys.
SHAPES = (
    Shape("sites", Category.SITE, ("gsrn",)),
    Shape("billing", Category.BILLING),
    Shape("consumption", Category.CONSUMPTION, ("consumption_site", "consumption_month", "consumption_kind")),
    Shape("invoices", Category.PAYMENTS, ("invoice_number",)),
    Shape("feedback", Category.FEEDBACK, ("feedback_received_on", "feedback_channel", "feedback_text")),
    Shape("calls", Category.CALLS, ("call_started_at", "call_direction")),
    Shape("satisfaction", Category.SATISFACTION, ("survey", "satisfaction_answered_on")),
    Shape("service_events", Category.SERVICE_USE, ("service_event", "service_event_at")),
    Shape("purchases", Category.PURCHASES, ("product", "ordered_on")),
    Shape("other", Category.OTHER, ("other_subject", "consent_reference")),
)
# Staff are no field of the customer's: the catalogue does not know the member of staff who took a call.
EXTRA_KEYS: Mapping[str, str] = {"calls": "agent_reference"}
