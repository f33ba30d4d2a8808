"""What an import would change: the drafts of a batch weighed against what the register holds now.

Nothing is written here, so that a dry run finds exactly what a real one would.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum, auto
from typing import Any

from sqlalchemy import Table

from portal.catalogues.fields import CATEGORIES, Category
from portal.catalogues.retention import RULES, Basis
from portal.core import crypto
from portal.core.clock import local_date
from portal.core.crypto import blind_indexes
from portal.core.db import random_id, table_of
from portal.permissions import imported
from portal.permissions.holders import Holder, holder_kind, postal_contact
from portal.permissions.imported import Decision, Telling
from portal.permissions.models import Channel, HolderKind, State
from portal.register.importing import held
from portal.register.importing.checking import Draft, RecordDraft
from portal.register.importing.columns import attribute, blank, columns, delete_on, may_be_empty, needed, secret
from portal.register.importing.faults import Fault, ImportProblem, ImportWarning
from portal.register.importing.held import IDENTITY_CODE, Held, Key, Row
from portal.register.importing.shapes import CUSTOMER
from portal.register.models import CustomerStatus, RegisterConflict
from portal.register.postal_codes import is_mismatched
from portal.register.validators import ValueProblem
from portal.register.values import Value, as_text

# The field that tells the day of a record; where there is none, its source names the day.
_DAYS: Mapping[Category, str] = {
    Category.CONSUMPTION: "consumption_month",
    Category.PAYMENTS: "invoice_issued_on",
    Category.PURCHASES: "ordered_on",
    Category.FEEDBACK: "feedback_received_on",
    Category.CALLS: "call_started_at",
    Category.SATISFACTION: "satisfaction_answered_on",
    Category.SERVICE_USE: "service_event_at",
}

# Fields of records whose value only one customer may have.
UNIQUE = {"sites": "gsrn", "invoices": "invoice_number"}
# What tells where a record is: its postal code and its post office (R29).
POSTAL_FIELDS = {"sites": ("postal_code", "city"), "billing": ("billing_postal_code", "billing_city")}


class Outcome(Enum):
    CREATED = auto()
    UPDATED = auto()
    UNCHANGED = auto()
    DROPPED = auto()


@dataclass
class Plan:
    """What one line does to the register.

    `unique` are the values that only this customer may have, with the field that tells each. `conflicts` counts the
    values that stay out until a clerk has compared, `kept_out` the records that were erased, or kept long enough,
    and do not come back.
    """

    draft: Draft
    customer_id: int
    is_new: bool
    inserts: list[tuple[Table, dict[str, Any]]] = field(default_factory=list)
    updates: list[tuple[Table, int, dict[str, Any]]] = field(default_factory=list)
    origins: list[tuple[Row | None, dict[str, Any]]] = field(default_factory=list)
    new_conflicts: list[dict[str, Any]] = field(default_factory=list)
    ended_conflicts: list[int] = field(default_factory=list)
    conflicts: int = 0
    kept_out: int = 0
    unique: dict[Key, str] = field(default_factory=dict)
    warnings: list[Fault] = field(default_factory=list)
    decision: Decision | None = None

    @property
    def outcome(self) -> Outcome:
        assert self.decision is not None
        if self.draft.status is CustomerStatus.POTENTIAL and not self.decision.holds_permission:
            return Outcome.DROPPED
        if self.is_new:
            return Outcome.CREATED
        is_changed = self.inserts or self.updates or self.decision.changes
        return Outcome.UPDATED if is_changed else Outcome.UNCHANGED


class Claims:
    """Values that earlier lines have taken, for a dry run, in which the register does not come to know them.

    Kept as hashes in a temporary file, so that neither memory nor disk holds what the lines say.
    """

    def __init__(self) -> None:
        self._file = sqlite3.connect("")
        self._file.execute("CREATE TABLE claim (value INTEGER PRIMARY KEY, number TEXT)")

    def add(self, plans: Iterable[Plan]) -> None:
        rows = [(_hashed(key), made.draft.number) for made in plans for key in made.unique]
        self._file.executemany("INSERT OR IGNORE INTO claim VALUES (?, ?)", rows)

    def owner(self, key: Key) -> str | None:
        row = self._file.execute("SELECT number FROM claim WHERE value = ?", (_hashed(key),)).fetchone()
        return row[0] if row else None

    def close(self) -> None:
        self._file.close()


def _hashed(key: Key) -> int:
    return int.from_bytes(hashlib.blake2b("\0".join(key).encode(), digest_size=8).digest(), signed=True)


def plan(
    drafts: Sequence[Draft], *, claims: Claims | None, now: datetime
) -> tuple[list[Plan], dict[int, Sequence[Fault]]]:
    """What the drafts do, and the faults of those that cannot be done, by line. `claims` makes it a dry run."""
    codes = {
        draft.number: blind_indexes(IDENTITY_CODE, str(code))
        for draft in drafts
        if (code := draft.customer.values.get("identity_code")) is not None
    }
    standing = held.read(drafts, codes, locks=claims is None)
    weighings = [_Weighing(draft, standing, codes.get(draft.number, ()), now) for draft in drafts]
    faults: dict[int, Sequence[Fault]] = {w.draft.line: w.faults for w in weighings if w.faults}
    fit = [weighing for weighing in weighings if not weighing.faults]
    decisions = imported.decide([weighing.telling() for weighing in fit])
    plans: list[Plan] = []
    taken: dict[Key, str] = {}
    for weighing, decision in zip(fit, decisions, strict=True):
        made = weighing.plan
        made.decision = decision
        if made.outcome is not Outcome.DROPPED:
            if found := _taken(made, (standing.owners.get, taken.get, *([claims.owner] if claims else []))):
                faults[made.draft.line] = found
                continue
            taken |= dict.fromkeys(made.unique, made.draft.number)
        plans.append(made)
    return plans, faults


def _taken(made: Plan, owners: Iterable[Any]) -> list[Fault]:
    """Values that are another customer's already, by the register or by an earlier line."""
    return [
        Fault(ValueProblem.TAKEN, place)
        for key, place in made.unique.items()
        if {owner(key) for owner in owners} - {None, made.draft.number}
    ]


class _Weighing:
    """One draft against the register: fills a plan, or tells what is wrong."""

    def __init__(self, draft: Draft, standing: Held, codes: Sequence[str], now: datetime) -> None:
        self.draft, self.held, self.codes, self.now = draft, standing, codes, now
        self.row = standing.customers.get(draft.number)
        self.plan = Plan(draft, self.row.id if self.row else random_id(), is_new=self.row is None)
        self.erased_on = standing.erased.get(draft.number)
        self.faults: list[Fault] = []
        self.gsrn = {site.id: site.gsrn for site in self._records("sites")}
        self.sites = {gsrn: site_id for site_id, gsrn in self.gsrn.items()}
        if self.row is not None and self.row.kind is not draft.kind:
            self.faults.append(Fault(ImportProblem.KIND_CHANGED, "kind"))
        if self._would_bring_back():
            self.faults.append(Fault(ImportProblem.ERASED, "customer_number"))
        if codes:
            self.plan.unique[IDENTITY_CODE, codes[0]] = "identity_code"
        self.customer = self._weigh(draft.customer, self.row, self.plan.customer_id)
        self.billing = next((dict(row._mapping) for row in self._records("billing")), {})
        for record in draft.records:
            self._weigh_record(record)

    def _would_bring_back(self) -> bool:
        """Somebody was erased, and the other system tells of no contract made since.

        A potential customer comes back by a permission given since, or is dropped like others without one.
        """
        if self.erased_on is None or self.row is not None or self.draft.status is CustomerStatus.POTENTIAL:
            return False
        begun = (record.values.get("contract_from") for record in self.draft.records if record.shape.name == "sites")
        return not any(isinstance(day, date) and day > self.erased_on for day in begun)

    def _was_erased(self, record: RecordDraft) -> bool:
        """What no law keeps was erased with everything of its kind up to that day."""
        spec = CATEGORIES[record.shape.category]
        if self.erased_on is None or RULES[spec.retention].basis is Basis.LAW:
            return False
        day = _day(record)
        return day is None or day <= self.erased_on

    def _is_over(self, record: RecordDraft) -> bool:
        """It would be deleted the next night."""
        category, today = record.shape.category, local_date(self.now)
        if category is Category.CALLS:
            day = record.values.get("call_delete_on")
            return isinstance(day, date) and day <= today
        day = _day(record) if category in _DAYS else None
        kept_until = RULES[CATEGORIES[category].retention].kept_until(day) if day else None
        return kept_until is not None and kept_until < today

    def _records(self, name: str) -> Sequence[Row]:
        return self.held.records.get((name, self.plan.customer_id), ())

    def _weigh_record(self, record: RecordDraft) -> None:
        name = record.shape.name
        if key := UNIQUE.get(name):
            self.plan.unique[key, str(record.values[key])] = record.at(key)
        if name == "consumption" and record.values["consumption_site"] not in self.sites:
            self.faults.append(Fault(ImportProblem.UNKNOWN_SITE, record.at("consumption_site")))
            return
        row = self._matching(record)
        if row is None and (self._was_erased(record) or self._is_over(record)):
            self.plan.kept_out += 1
            return
        row_id = row.id if row else random_id()
        written = self._weigh(record, row, row_id)
        self._warn_of_post_office(record, row)
        if name == "sites":
            self.sites[str(record.values["gsrn"])] = row_id
        elif name == "billing":
            self.billing |= written

    def _warn_of_post_office(self, record: RecordDraft, row: Row | None) -> None:
        """A line that names a postal code or a post office, and the two are not of one place (R29)."""
        keys = POSTAL_FIELDS.get(record.shape.name)
        if keys is None or not any(record.values.get(key) for key in keys):
            return
        code, city = (record.values.get(key) or getattr(row, attribute(key), None) for key in keys)
        if code and city and is_mismatched(str(code), str(city)):
            self.plan.warnings.append(Fault(ImportWarning.POST_OFFICE, record.at(keys[1])))

    def _matching(self, record: RecordDraft) -> Row | None:
        """The record that the draft tells of: by its key now, or by what that was before the customer corrected it."""
        if record.shape.is_single:
            return next(iter(self._records(record.shape.name)), None)
        wanted = [as_text(value) for value in record.key()]
        for row in self._records(record.shape.name):
            now = [self._key_text(row, key) for key in record.shape.keys]
            before = [
                self.held.originals.get((row.id, key), text) for key, text in zip(record.shape.keys, now, strict=True)
            ]
            if wanted in (now, before):
                return row
        return None

    def _key_text(self, row: Row, key: str) -> str:
        return self.gsrn[row.site_id] if key == "consumption_site" else as_text(getattr(row, attribute(key)))

    def _weigh(self, record: RecordDraft, row: Row | None, row_id: int) -> Mapping[str, Any]:
        """Put what the record changes into the plan; returns the columns that will be written."""
        missing = [
            key
            for key in needed(record.shape)
            if record.values.get(key) is None and (row is None or key in record.values)
        ]
        if missing:
            self.faults += [Fault(ImportProblem.MISSING, record.at(key)) for key in missing]
            return {}
        # what is empty and may not be keeps its value, or the value of a new record
        told = {key: value for key, value in record.values.items() if value is not None or may_be_empty(key)}
        record = replace(record, values=told)
        return self._new(record, row_id) if row is None else self._changed(record, row)

    def _new(self, record: RecordDraft, row_id: int) -> Mapping[str, Any]:
        values = dict(blank(record.shape))
        for key, value in record.values.items():
            values |= columns(record.shape, row_id, key, value, sites=self.sites)
        if record.shape.name == "calls" and values["delete_on"] is None:
            values["delete_on"] = delete_on(values["started_at"])
        values |= {
            "id": row_id,
            "source": record.source,
            "source_on": record.source_on,
            "updated_at": self.now,
        }
        if record.shape is not CUSTOMER:
            values["customer_id"] = self.plan.customer_id
        self.plan.inserts.append((table_of(record.shape.model), values))
        return values

    def _changed(self, record: RecordDraft, row: Row) -> Mapping[str, Any]:
        written: dict[str, Any] = {}
        for key, value in record.values.items():
            if self._is_same(record, key, value, row):
                self._end_conflict(row.id, key)
            elif self._needs_a_clerk(key, value, row.id):
                self._mark_conflict(record, row.id, key)
            else:
                self._end_conflict(row.id, key)
                self._note_origin(record, row.id, key)
                written |= columns(record.shape, row.id, key, value, sites=self.sites)
        if written:
            self.plan.updates.append((table_of(record.shape.model), row.id, written))
        return written

    def _needs_a_clerk(self, key: str, value: Value, row_id: int) -> bool:
        """The person's own word, and the end of an address's protection; its beginning waits for nobody (L40)."""
        if key == "is_protected":
            return value is False
        return self.held.is_own_word(row_id, key)

    def _is_same(self, record: RecordDraft, key: str, value: Value, row: Row) -> bool:
        if key == "consumption_site":  # what the record was found by
            return True
        hidden = secret(record.shape, key)
        if hidden is None:
            return bool(getattr(row, attribute(key)) == value)
        stored = getattr(row, hidden.bytes.column)
        if value is None or stored is None:
            return value is None and stored is None
        if hidden.index:
            return getattr(row, hidden.index) in self.codes
        return held.opened(hidden, record.shape.model.__tablename__, row.id, stored) == value

    def _note_origin(self, record: RecordDraft, row_id: int, key: str) -> None:
        """The rest of the record keeps the source it had: each field tells its own (R52)."""
        origin = {
            "customer_id": self.plan.customer_id,
            "record_id": row_id,
            "field_key": key,
            "source": record.source,
            "source_on": record.source_on,
            "updated_at": self.now,
            "request_id": None,
        }
        self.plan.origins.append((self.held.origins.get((row_id, key)), origin))

    def _end_conflict(self, row_id: int, key: str) -> None:
        if (old := self.held.conflicts.get((row_id, key))) is not None:
            self.plan.ended_conflicts.append(old.id)

    def _mark_conflict(self, record: RecordDraft, row_id: int, key: str) -> None:
        """The person's own value stays; a clerk compares, unless one has already kept it against this very value."""
        theirs = as_text(record.values[key])
        old = self.held.conflicts.get((row_id, key))
        if old is not None:
            if held.opened(RegisterConflict.theirs, "register_conflict", old.id, old.theirs_encrypted) == theirs:
                self.plan.conflicts += old.kept_at is None
                return
            self.plan.ended_conflicts.append(old.id)
        conflict_id = random_id()
        place = RegisterConflict.theirs.bytes.place("register_conflict", conflict_id)
        conflict = {
            "id": conflict_id,
            "customer_id": self.plan.customer_id,
            "record_id": row_id,
            "field_key": key,
            "theirs_encrypted": crypto.encrypt(theirs.encode(), bound_to=place),
            "source": record.source,
            "source_on": record.source_on,
            "found_at": self.now,
        }
        self.plan.new_conflicts.append(conflict)
        self.plan.conflicts += 1

    def telling(self) -> Telling:
        """What the line tells of permissions, with the customer as it will be and as it was."""
        told = [
            told
            for told in self.draft.permissions
            if self.erased_on is None or told.state is State.PROHIBITION or told.given_on > self.erased_on
        ]
        return Telling(self._holder_to_be(), told, self._holder_before())

    def _holder_to_be(self) -> Holder:
        columns = ("name", "phone", "email", "is_protected", "contract_ended_on")
        customer = {
            column: self.customer[column] if column in self.customer else getattr(self.row, column, None)
            for column in columns
        }
        kind = holder_kind(kind=self.draft.kind.value, status=self.draft.status.value)
        return _holder(self.plan.customer_id, kind, customer, self.billing)

    def _holder_before(self) -> Holder | None:
        if self.row is None:
            return None
        kind = holder_kind(kind=self.row.kind.value, status=self.row.status.value)
        billing: Mapping[str, Any] = next((row._mapping for row in self._records("billing")), {})
        return _holder(self.row.id, kind, self.row._mapping, billing)


def _day(record: RecordDraft) -> date | None:
    key = _DAYS.get(record.shape.category)
    told = record.values.get(key) if key else record.source_on
    if isinstance(told, datetime):
        return local_date(told)
    return told if isinstance(told, date) else None


def _holder(customer_id: int, kind: HolderKind, customer: Mapping[str, Any], billing: Mapping[str, Any]) -> Holder:
    street, postal_code = billing.get("street"), billing.get("postal_code")
    address = postal_contact(street, postal_code) if street and postal_code else None
    points = {
        Channel.PHONE: customer["phone"],
        Channel.SMS: customer["phone"],
        Channel.EMAIL: customer["email"],
        Channel.POST: postal_contact(str(customer["name"]), address) if address else None,
    }
    return Holder(
        customer_id=customer_id,
        kind=kind,
        contact_points={channel: point for channel, point in points.items() if point},
        address=address,
        is_protected=bool(customer["is_protected"]),
        has_contract_ended=customer["contract_ended_on"] is not None,
    )
