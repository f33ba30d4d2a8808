"""What a customer may ask to have corrected, record by record, in words that tell one record from another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from portal.catalogues.fields import CATEGORIES, Category
from portal.core.errors import NotFound
from portal.register import reading
from portal.register import services as register
from portal.register.labels import field_display
from portal.register.reading import CategoryRecords, Record
from portal.register.services import FieldReference

# Customers change these themselves at once: nothing to be asked for.
CHANGED_AT_ONCE = frozenset({"phone", "email", "preferred_language"})

# The fields that name a record, where a category has many.
NAMED_BY: Mapping[Category, tuple[str, ...]] = {
    Category.SITE: ("gsrn", "street"),
    Category.CONSUMPTION: ("consumption_month", "consumption_site"),
    Category.PAYMENTS: ("invoice_number", "invoice_issued_on"),
    Category.FEEDBACK: ("feedback_received_on", "feedback_category"),
    Category.CALLS: ("call_started_at", "call_topic"),
    Category.SATISFACTION: ("satisfaction_answered_on", "survey"),
    Category.SERVICE_USE: ("service_event_at", "service_event"),
    Category.PURCHASES: ("ordered_on", "product"),
    Category.OTHER: ("other_subject",),
}
# When one of these is wrong, the others of its address often are too.
ADDRESS = frozenset({"street", "postal_code", "city", "billing_street", "billing_postal_code", "billing_city"})
AT_FIRST = 12  # records shown before the older ones are folded away, as on My data


@dataclass(frozen=True)
class Choice:
    """A field that can be chosen: how forms name it, and what it holds."""

    reference: str
    label: str
    value: str


@dataclass(frozen=True)
class RecordChoices:
    """The fields of one record; without a title where a customer has only one."""

    title: str | None
    choices: Sequence[Choice]


@dataclass(frozen=True)
class CategoryChoices:
    label: str
    records: Sequence[RecordChoices]


def offered(customer_id: int) -> list[CategoryChoices]:
    """Every field that can be corrected and is not changed at once; categories without any are left out."""
    groups = [_category(group) for group in reading.records_of(customer_id)]
    return [group for group in groups if group.records]


def _category(group: CategoryRecords) -> CategoryChoices:
    records = [RecordChoices(_title(group.spec.category, record), _choices(record)) for record in group.records]
    return CategoryChoices(str(group.spec.label), [record for record in records if record.choices])


def _choices(record: Record) -> list[Choice]:
    return [
        Choice(record.reference(field.key), str(field.spec.label), field_display(field.spec, field.value))
        for field in record.fields
        if field.spec.is_correctable and field.key not in CHANGED_AT_ONCE
    ]


def titles(customer_id: int, references: Sequence[FieldReference]) -> list[str]:
    """What each field belongs to: its category, and the record where there may be several."""
    wanted = {reference.record_id for reference in references}
    found = {
        (group.spec.category, record.record_id): _title(group.spec.category, record)
        for group in reading.records_of(customer_id)
        for record in group.records
        if record.record_id in wanted
    }
    return [
        found.get((reference.spec.category, reference.record_id)) or str(CATEGORIES[reference.spec.category].label)
        for reference in references
    ]


def _title(category: Category, record: Record) -> str | None:
    shown = [text for key in NAMED_BY.get(category, ()) if (text := _shown(record, key))]
    if not shown:
        return None
    if category is Category.SITE:
        return str(_("Metering point %(name)s", name=", ".join(shown)))
    if category is Category.CONSUMPTION:
        return str(_("%(month)s, metering point %(number)s", month=shown[0].capitalize(), number=shown[-1]))
    if category is Category.PAYMENTS:
        return str(_("Invoice %(name)s", name=", ".join(shown)))
    return ", ".join(shown)


def _shown(record: Record, key: str) -> str:
    field = next(field for field in record.fields if field.key == key)
    return "" if field.value in (None, "") else field_display(field.spec, field.value)


def reference_of(text: str) -> FieldReference:
    """A field that can be corrected; raises NotFound for any other."""
    reference = register.field_reference(text)
    if not reference.spec.is_correctable:
        raise NotFound
    return reference
