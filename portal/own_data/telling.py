"""The fields of the register in the words of the page's language: the page and the PDF are drawn from the same."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from flask_babel import gettext

from portal.catalogues.fields import BY_CATEGORY, Category, CategorySpec, Display, FieldSpec
from portal.catalogues.recipients import Recipient
from portal.catalogues.retention import RULES
from portal.catalogues.sources import Source
from portal.core.clock import local_date
from portal.core.crypto import DAMAGED
from portal.own_data import labels
from portal.register.labels import field_display
from portal.register.reading import ONE_BY_ONE, CategoryRecords, FieldValue, Record
from portal.register.values import Value
from portal.web import formatting

# Told field by field; the records of other categories are rows of a table.
IN_FULL = ONE_BY_ONE | {Category.FEEDBACK}
NUMERIC = frozenset({Display.KWH, Display.MONEY, Display.NUMBER})

FieldReference = tuple[str, int | None]


@dataclass(frozen=True)
class Origin:
    """Where something came from and when it was last changed, in words; `told` says it in sentences."""

    source: str
    source_on: str
    updated_on: str
    told: str


@dataclass(frozen=True)
class ToldField:
    """A field in words. Purposes and recipients only where they are not those of its category."""

    key: str
    label: str
    value: str
    origin: Origin
    reference: str | None  # what a correction names it by; None where it cannot be corrected
    is_masked: bool = False
    is_damaged: bool = False
    is_number: bool = False
    is_estimate: bool = False
    purposes: Sequence[str] | None = None
    recipients: Sequence[str] | None = None
    more_recipients: Sequence[str] | None = None  # the same, where they are those of the category and some more
    contested: str | None = None  # the request that asks for a correction of it

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to say beside the value."""
        return not (self.is_damaged or self.is_estimate or self.contested)


@dataclass(frozen=True)
class ToldRecord:
    """A record in words; `origin` is that of most of its fields, `differing` are the others."""

    id: int | None
    title: str | None
    fields: Sequence[ToldField]
    origin: Origin
    differing: Sequence[ToldField]
    kept_until: str | None
    is_open_ended: bool = False  # the period has not begun: the contract is in force

    @property
    def correctable(self) -> list[ToldField]:
        return [field for field in self.fields if field.reference]


@dataclass(frozen=True)
class ToldCategory:
    """A category in words, newest record first."""

    category: Category
    key: str
    label: str
    columns: Sequence[str]
    purposes: Sequence[str]
    legal_bases: Sequence[str]
    recipients: Sequence[str]
    retention: str
    is_in_full: bool
    records: Sequence[ToldRecord]

    def is_looked_for(self, shown: str | None) -> bool:
        """Whether something in it is why the person comes: a value shown once, or one that is in doubt."""
        fields = (field for record in self.records for field in record.fields)
        return any(field.key == shown or field.contested or field.is_damaged for field in fields)

    @property
    def has_kept_until(self) -> bool:
        return any(record.kept_until for record in self.records)


def unmasked(spec: FieldSpec, value: Value) -> str:
    """A value as the page writes it, but in full: for the person's own copy alone."""
    if not spec.is_masked or not isinstance(value, str) or value == DAMAGED:
        return field_display(spec, value)
    return formatting.iban(value) if spec.display is Display.IBAN else value


class Teller:
    """Tells categories in words, each of which is looked up once: a page says the same source a hundred times."""

    def __init__(
        self,
        *,
        recipients: Mapping[Recipient, str],
        is_in_full: bool = False,
        shown: str | None = None,
        contested: Mapping[FieldReference, str] | None = None,
    ) -> None:
        """`recipients` are the roles with those who serve in them, in words.

        `shown` is the reference of the one field whose mask is lifted; `is_in_full` lifts all.
        """
        self.is_in_full = is_in_full
        self.shown = shown
        self.contested = contested or {}
        self.date = cache(formatting.written_date)
        self.source = cache(lambda source: str(labels.SOURCES[source]))
        self.purposes = cache(labels.purposes_of)
        self.recipients = cache(lambda wanted: labels.recipients_of(wanted, recipients))
        self.labels: dict[str, str] = {}
        self.values: dict[tuple[str, Value], str] = {}
        self.origins: dict[tuple[Source, date, date], Origin] = {}
        # the sentence is looked up here and filled in later
        self.origin = str(gettext("Source: %(source)s, %(date)s. Updated %(updated)s."))

    def category(self, group: CategoryRecords) -> ToldCategory:
        spec = group.spec
        return ToldCategory(
            category=spec.category,
            key=spec.category.value,
            label=str(spec.label),
            columns=self._columns(group),
            purposes=self.purposes(spec.purposes),
            legal_bases=labels.legal_bases_of(spec.legal_basis),
            recipients=self.recipients(spec.recipients),
            retention=labels.retention_of(spec),
            is_in_full=spec.category in IN_FULL,
            records=[self._record(group, record) for record in group.records],
        )

    def _columns(self, group: CategoryRecords) -> list[str]:
        if group.records:
            return [self._label(field.spec) for field in group.records[0].fields]
        return [self._label(spec) for spec in BY_CATEGORY[group.spec.category]]

    def _record(self, group: CategoryRecords, record: Record) -> ToldRecord:
        fields = [self._field(group, record, field) for field in record.fields]
        usual = Counter(field.origin for field in fields).most_common(1)[0][0]
        kept_until = record.fields[0].kept_until
        return ToldRecord(
            id=record.record_id,
            title=self._title(group, record),
            fields=fields,
            origin=usual,
            differing=[field for field in fields if field.origin != usual],
            kept_until=self.date(kept_until) if kept_until else None,
            is_open_ended=kept_until is None and RULES[group.spec.retention].years is not None,
        )

    def _field(self, group: CategoryRecords, record: Record, field: FieldValue) -> ToldField:
        spec, shared = field.spec, group.spec
        reference = record.reference(field.key)
        is_lifted = self.is_in_full or (self.shown is not None and reference == self.shown)
        return ToldField(
            key=field.key,
            label=self._label(spec),
            value=self._value(field, in_full=is_lifted),
            origin=self._origin(field),
            reference=reference if spec.is_correctable else None,
            is_masked=spec.is_masked and bool(field.value) and field.value != DAMAGED and not is_lifted,
            is_damaged=field.value == DAMAGED,
            is_number=spec.display in NUMERIC,
            is_estimate=field.value == "estimate" and field.key == "consumption_kind",
            purposes=None if spec.purposes == shared.purposes else self.purposes(spec.purposes),
            recipients=None if spec.recipients == shared.recipients else self.recipients(spec.recipients),
            more_recipients=self._more(spec, shared),
            contested=self.contested.get((field.key, record.record_id)),
        )

    def _more(self, spec: FieldSpec, shared: CategorySpec) -> Sequence[str] | None:
        added = [recipient for recipient in spec.recipients if recipient not in shared.recipients]
        has_all = set(spec.recipients) >= set(shared.recipients)
        return self.recipients(tuple(added)) if added and has_all else None

    def _value(self, field: FieldValue, *, in_full: bool) -> str:
        if in_full:
            return unmasked(field.spec, field.value)
        known = (field.key, field.value)
        if known not in self.values:
            self.values[known] = field_display(field.spec, field.value)
        return self.values[known]

    def _origin(self, field: FieldValue) -> Origin:
        known = (field.source, field.source_on, local_date(field.updated_at))
        if known not in self.origins:
            source, source_on, updated_on = self.source(known[0]), self.date(known[1]), self.date(known[2])
            told = self.origin % {"source": source, "date": source_on, "updated": updated_on}
            self.origins[known] = Origin(source, source_on, updated_on, told)
        return self.origins[known]

    def _label(self, spec: FieldSpec) -> str:
        if spec.key not in self.labels:
            self.labels[spec.key] = str(spec.label)
        return self.labels[spec.key]

    def _title(self, group: CategoryRecords, record: Record) -> str | None:
        """What a record told in full is called, where there may be several."""
        if group.spec.is_single or group.spec.category not in IN_FULL:
            return None
        if group.spec.category is Category.SITE:
            return metering_point_title(str(record.value("gsrn")), str(record.value("street") or ""))
        first = record.fields[0]
        return field_display(first.spec, first.value)


def by_metering_point(consumption: ToldCategory) -> dict[str, list[ToldRecord]]:
    """The months of each metering point; the first field names the point."""
    found: dict[str, list[ToldRecord]] = {}
    for record in consumption.records:
        found.setdefault(record.fields[0].value, []).append(record)
    return found


def metering_point_title(gsrn: str, street: str) -> str:
    title: str = gettext("Metering point %(gsrn)s", gsrn=gsrn)
    return f"{title}, {street}" if street else title
