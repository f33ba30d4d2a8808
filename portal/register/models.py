"""What the register holds: tables of customers and everything kept about them (R22-R51)."""

import unicodedata
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, column, func
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from portal.catalogues.fields import Category
from portal.catalogues.legal_bases import LegalBasis
from portal.catalogues.recipients import Recipient
from portal.catalogues.sources import Source
from portal.catalogues.transfers import TransferGround, is_outside_eea
from portal.config import LANGUAGES
from portal.core.crypto import EncryptedText
from portal.core.db import BigInt, Model, RowId, stored_enum
from portal.core.once import WrittenOnce

CODE = String(40)
OF_CUSTOMER = "customer.id"


class CustomerKind(StrEnum):
    NATURAL = "natural"
    LEGAL = "legal"


class CustomerStatus(StrEnum):
    CUSTOMER = "customer"
    POTENTIAL = "potential"


class ConsumptionKind(StrEnum):
    ESTIMATE = "estimate"
    MEASURED = "measured"


# letters that are no base letter with a mark
_PLAIN = str.maketrans(
    {"ø": "o", "æ": "ae", "ł": "l", "đ": "d", "-": " ", "‐": " ", "–": " ", "'": "", "’": "", "´": ""}
)


def folded(name: str) -> str:
    """A name as searches compare it: small letters, å and ä as a, ö as o, hyphens as blanks, no apostrophes.

    Who writes down what is heard may leave marks out, and databases fold Å, Ä and Ö in different ways or not at all.
    """
    bare = "".join(sign for sign in unicodedata.normalize("NFD", name) if not unicodedata.combining(sign))
    return " ".join(bare.casefold().translate(_PLAIN).split())


def letter_language(preferred: str) -> str:
    """The language of letters and messages: the preferred one, when the portal speaks it."""
    return preferred if preferred in LANGUAGES else LANGUAGES[0]


class Sourced:
    """Where a record came from, and when it was last changed."""

    source: Mapped[Source] = mapped_column(stored_enum(Source))
    source_on: Mapped[date]
    updated_at: Mapped[datetime]


class Customer(Sourced, Model):
    """A natural or legal person, customer or potential customer (R22-R26)."""

    __tablename__ = "customer"
    __table_args__ = (
        # A legal person has a business ID and no identity code; a natural person the other way round (R25).
        CheckConstraint(
            "(kind = 'natural' AND business_id IS NULL) OR (kind = 'legal' AND identity_code_encrypted IS NULL)",
            name="kind",
        ),
        # people write their address in small letters or not; one index serves every look-up by it
        Index("ix_customer_email_lower", func.lower(column("email"))),
    )

    id: Mapped[RowId]
    number: Mapped[str] = mapped_column(String(8), unique=True)
    kind: Mapped[CustomerKind] = mapped_column(stored_enum(CustomerKind))
    status: Mapped[CustomerStatus] = mapped_column(stored_enum(CustomerStatus))
    name: Mapped[str] = mapped_column(String(200))
    name_folded: Mapped[str] = mapped_column(String(400), index=True)
    identity_code_encrypted: Mapped[bytes | None]
    # Over all 11 characters: people may differ in the sign alone.
    identity_code_index: Mapped[str | None] = mapped_column(String(64), unique=True)
    identity_code = EncryptedText("identity_code_encrypted", index="identity_code_index")
    business_id: Mapped[str | None] = mapped_column(String(9), index=True)
    phone: Mapped[str | None] = mapped_column(String(20), index=True)
    email: Mapped[str | None] = mapped_column(String(254))
    preferred_language: Mapped[str] = mapped_column(String(2))
    has_own_liabilities: Mapped[bool] = mapped_column(default=False)
    is_protected: Mapped[bool] = mapped_column(default=False)
    contract_ended_on: Mapped[date | None]

    @property
    def letter_language(self) -> str:
        return letter_language(self.preferred_language)

    @validates("name")
    def _fold(self, _key: str, name: str) -> str:
        self.name_folded = folded(name)
        return name


class MeteringSite(Sourced, Model):
    """A place of electricity use with its connection and contract (R27-R37)."""

    __tablename__ = "metering_site"

    id: Mapped[RowId]
    customer_id: Mapped[int] = mapped_column(ForeignKey(OF_CUSTOMER, ondelete="CASCADE"), index=True)
    gsrn: Mapped[str] = mapped_column(String(18), unique=True)
    street: Mapped[str] = mapped_column(String(200))
    postal_code: Mapped[str] = mapped_column(String(5))
    city: Mapped[str] = mapped_column(String(80))
    housing: Mapped[str] = mapped_column(CODE)
    tenure: Mapped[str] = mapped_column(CODE)
    timing: Mapped[str] = mapped_column(CODE)
    heating: Mapped[str] = mapped_column(CODE)
    estimate_kwh: Mapped[int | None]
    main_fuse: Mapped[str] = mapped_column(String(10))
    connection_number: Mapped[str] = mapped_column(String(20))
    connection_voltage: Mapped[str] = mapped_column(CODE)
    connection_phases: Mapped[str] = mapped_column(CODE)
    connection_status: Mapped[str] = mapped_column(CODE)
    connection_contract_on: Mapped[date | None]
    is_transferable: Mapped[bool] = mapped_column(default=True)
    has_generation: Mapped[bool] = mapped_column(default=False)
    contract: Mapped[str] = mapped_column(CODE)
    contract_duration: Mapped[str] = mapped_column(CODE)
    contract_from: Mapped[date]
    contract_until: Mapped[date | None]
    tariff: Mapped[str] = mapped_column(CODE)


class Consumption(Sourced, Model):
    """One month at one metering point; an estimate and a measured figure are two rows (R34, R35)."""

    __tablename__ = "consumption"
    __table_args__ = (UniqueConstraint("site_id", "month", "kind"),)

    id: Mapped[RowId]
    customer_id: Mapped[int] = mapped_column(ForeignKey(OF_CUSTOMER, ondelete="CASCADE"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("metering_site.id", ondelete="CASCADE"))
    month: Mapped[date]
    kind: Mapped[ConsumptionKind] = mapped_column(stored_enum(ConsumptionKind))
    kwh: Mapped[int]


class Billing(Sourced, Model):
    """How a customer is billed, with an address of its own (R38-R42)."""

    __tablename__ = "billing"

    id: Mapped[RowId]
    customer_id: Mapped[int] = mapped_column(ForeignKey(OF_CUSTOMER, ondelete="CASCADE"), unique=True)
    street: Mapped[str] = mapped_column(String(200))
    postal_code: Mapped[str] = mapped_column(String(5), index=True)
    city: Mapped[str] = mapped_column(String(80))
    due_on: Mapped[date | None]
    cycle: Mapped[str] = mapped_column(CODE)
    method: Mapped[str] = mapped_column(CODE)
    iban_encrypted: Mapped[bytes | None]
    iban = EncryptedText("iban_encrypted")


class Invoice(Sourced, Model):
    """An invoice and what is known of its payment (R43); amounts in cents of the euro."""

    __tablename__ = "invoice"

    id: Mapped[RowId]
    customer_id: Mapped[int] = mapped_column(ForeignKey(OF_CUSTOMER, ondelete="CASCADE"), index=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    reference: Mapped[str] = mapped_column(String(25))
    amount_cents: Mapped[int]
    issued_on: Mapped[date]
    due_on: Mapped[date]
    paid_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(CODE)


class Feedback(Sourced, Model):
    """Feedback that the customer gave (R44)."""

    __tablename__ = "feedback"

    id: Mapped[RowId]
    customer_id: Mapped[int] = mapped_column(ForeignKey(OF_CUSTOMER, ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(CODE)
    category: Mapped[str] = mapped_column(CODE)
    text: Mapped[str] = mapped_column(Text)
    received_on: Mapped[date]
    status: Mapped[str] = mapped_column(CODE)
    reply: Mapped[str | None] = mapped_column(Text)


class RecordedCall(Sourced, Model):
    """What is known of a recorded call; the sound is kept elsewhere (R45, R61-R64)."""

    __tablename__ = "recorded_call"
    __table_args__ = (
        CheckConstraint("purpose IN ('verifying-transactions', 'complaints', 'service-development')", name="purpose"),
    )

    id: Mapped[RowId]
    customer_id: Mapped[int] = mapped_column(ForeignKey(OF_CUSTOMER, ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime]
    length_seconds: Mapped[int]
    direction: Mapped[str] = mapped_column(CODE)
    topic: Mapped[str] = mapped_column(String(200))
    agent_reference: Mapped[str] = mapped_column(String(20))
    is_customer_told: Mapped[bool]
    purpose: Mapped[str] = mapped_column(CODE)
    delete_on: Mapped[date]


class Satisfaction(Sourced, Model):
    """An answer to a survey, 1 to 5 (R47)."""

    __tablename__ = "satisfaction"
    __table_args__ = (CheckConstraint("score BETWEEN 1 AND 5", name="score"),)

    id: Mapped[RowId]
    customer_id: Mapped[int] = mapped_column(ForeignKey(OF_CUSTOMER, ondelete="CASCADE"), index=True)
    survey: Mapped[str] = mapped_column(CODE)
    score: Mapped[int]
    answered_on: Mapped[date]


class ServiceEvent(Sourced, Model):
    """A use of a service by the customer (R48); not web analytics, which knows no customers."""

    __tablename__ = "service_event"

    id: Mapped[RowId]
    customer_id: Mapped[int] = mapped_column(ForeignKey(OF_CUSTOMER, ondelete="CASCADE"), index=True)
    event: Mapped[str] = mapped_column(CODE)
    happened_at: Mapped[datetime]


class Purchase(Sourced, Model):
    """An order of the customer (R49)."""

    __tablename__ = "purchase"

    id: Mapped[RowId]
    customer_id: Mapped[int] = mapped_column(ForeignKey(OF_CUSTOMER, ondelete="CASCADE"), index=True)
    product: Mapped[str] = mapped_column(CODE)
    ordered_on: Mapped[date]
    price_cents: Mapped[int]


class OtherDatum(Sourced, Model):
    """Something else, held by the person's consent or authorisation only (R51)."""

    __tablename__ = "other_datum"
    __table_args__ = (CheckConstraint("length(consent_reference) > 0", name="consent_reference"),)

    id: Mapped[RowId]
    customer_id: Mapped[int] = mapped_column(ForeignKey(OF_CUSTOMER, ondelete="CASCADE"), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    value: Mapped[str] = mapped_column(Text)
    consent_reference: Mapped[str] = mapped_column(String(80))


class RecipientHolder(Model):
    """Who serves as a recipient, from when until when; no person (L16, R86).

    Once something was disclosed to it, only its last day changes.
    """

    __tablename__ = "recipient_holder"
    __table_args__ = (
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="period"),
        Index(None, "from_on"),
    )

    id: Mapped[RowId]
    recipient: Mapped[Recipient] = mapped_column(stored_enum(Recipient))
    name: Mapped[str] = mapped_column(String(120))
    # by language, where the name is another one there
    other_names: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    country: Mapped[str] = mapped_column(String(2))
    transfer_ground: Mapped[TransferGround | None] = mapped_column(stored_enum(TransferGround))
    safeguards: Mapped[str | None] = mapped_column(String(500))
    legal_basis: Mapped[LegalBasis] = mapped_column(stored_enum(LegalBasis))
    # with blanks between
    category_keys: Mapped[str] = mapped_column(String(200))
    from_on: Mapped[date]
    until_on: Mapped[date | None]  # the last day
    version: Mapped[int] = mapped_column(default=1)

    def name_in(self, language: str) -> str:
        return self.other_names.get(language, self.name)

    @property
    def categories(self) -> frozenset[Category]:
        return frozenset(Category(key) for key in self.category_keys.split())

    @property
    def is_outside_eea(self) -> bool:
        return is_outside_eea(self.country)

    def is_in_force(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


class Disclosure(WrittenOnce, Model):
    """What was disclosed to whom, when and on what ground (R69-R71); only `portal.disclosures` makes one."""

    __tablename__ = "disclosure"

    id: Mapped[RowId]
    customer_id: Mapped[int] = mapped_column(ForeignKey(OF_CUSTOMER, ondelete="CASCADE"), index=True)
    recipient: Mapped[Recipient] = mapped_column(stored_enum(Recipient))
    recipient_name: Mapped[str] = mapped_column(String(120))
    # None: recorded before the holders were
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("recipient_holder.id"), index=True)
    legal_ground: Mapped[str] = mapped_column(String(120))
    # with blanks between
    field_keys: Mapped[str] = mapped_column(String(400))
    disclosed_at: Mapped[datetime]
    holder: Mapped[RecipientHolder | None] = relationship(lazy="joined", viewonly=True)

    @property
    def fields(self) -> list[str]:
        """The catalogue's keys of what was disclosed."""
        return self.field_keys.split()

    def name_in(self, language: str) -> str:
        return self.holder.name_in(language) if self.holder else self.recipient_name


class RestrictionGround(StrEnum):
    """Why processing is restricted: contested (18(1)(a)), asked for (18(1)), or objected to (18(1)(d), 21(1))."""

    ACCURACY_CONTESTED = "accuracy-contested"
    OBJECTION_PENDING = "objection-pending"
    OBJECTION_UPHELD = "objection-upheld"
    REQUESTED = "requested"


class ProcessingRestriction(Model):
    """A field of a record, a field of all records, or everything: kept, but not used (article 18, L21, L28).

    The request that put it there lifts it. No field means everything about the customer.
    """

    __tablename__ = "processing_restriction"

    id: Mapped[RowId]
    customer_id: Mapped[int] = mapped_column(ForeignKey(OF_CUSTOMER, ondelete="CASCADE"), index=True)
    case: Mapped[str] = mapped_column("case_id", String(20), index=True)
    ground: Mapped[RestrictionGround] = mapped_column(stored_enum(RestrictionGround))
    field_key: Mapped[str | None] = mapped_column(String(60))
    record_id: Mapped[int | None]
    since: Mapped[datetime]


class CustomerOpening(Model):
    """Why a member of staff has a customer open (S13); it lasts for the working session of that customer."""

    __tablename__ = "customer_opening"
    __table_args__ = (UniqueConstraint("account_id", "customer_id"),)

    id: Mapped[RowId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    customer_id: Mapped[int] = mapped_column(ForeignKey(OF_CUSTOMER, ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(CODE)
    case: Mapped[str | None] = mapped_column("case_id", String(20))
    opened_at: Mapped[datetime]
    # what a protected address was asked for, and when: it is shown for a short while after that (L40)
    address_purpose: Mapped[str | None] = mapped_column(CODE)
    address_asked_at: Mapped[datetime | None]


class FieldProvenance(Model):
    """Where one field's value came from, when that is another place than its record's (a correction)."""

    __tablename__ = "field_provenance"
    __table_args__ = (UniqueConstraint("record_id", "field_key"), Index(None, "customer_id"))

    id: Mapped[RowId]
    customer_id: Mapped[int] = mapped_column(ForeignKey(OF_CUSTOMER, ondelete="CASCADE"))
    record_id: Mapped[int] = mapped_column(BigInt)
    field_key: Mapped[str] = mapped_column(String(60))
    source: Mapped[Source] = mapped_column(stored_enum(Source))
    source_on: Mapped[date]
    updated_at: Mapped[datetime]
    request_id: Mapped[str | None] = mapped_column(String(20))


class RegisterChange(Model):
    """An applied correction or own change, waiting to be fetched by the customer information system."""

    __tablename__ = "register_change"

    id: Mapped[RowId]
    # The audit event of the change: unique, growing, and serialised where it is given.
    cursor: Mapped[int] = mapped_column(BigInt, unique=True)
    at: Mapped[datetime]
    customer_id: Mapped[int] = mapped_column(ForeignKey(OF_CUSTOMER, ondelete="CASCADE"), index=True)
    record_id: Mapped[int | None]
    field_key: Mapped[str] = mapped_column(String(60))
    old_encrypted: Mapped[bytes | None]
    new_encrypted: Mapped[bytes | None]
    request_id: Mapped[str | None] = mapped_column(String(20))
    old = EncryptedText("old_encrypted")
    new = EncryptedText("new_encrypted")


class RegisterConflict(Model):
    """A value of the customer information system that a person's own corrected value kept out: a clerk compares.

    What the register holds is not repeated here. `kept_at` tells when a clerk kept ours against this very value.
    """

    __tablename__ = "register_conflict"
    __table_args__ = (UniqueConstraint("record_id", "field_key"), Index(None, "kept_at", "found_at"))

    id: Mapped[RowId]
    customer_id: Mapped[int] = mapped_column(ForeignKey(OF_CUSTOMER, ondelete="CASCADE"), index=True)
    record_id: Mapped[int] = mapped_column(BigInt)
    field_key: Mapped[str] = mapped_column(String(60))
    theirs_encrypted: Mapped[bytes]
    source: Mapped[Source] = mapped_column(stored_enum(Source))
    source_on: Mapped[date]
    found_at: Mapped[datetime]
    kept_at: Mapped[datetime | None]
    theirs = EncryptedText("theirs_encrypted")


class ErasureReason(StrEnum):
    """Why a customer was erased."""

    REQUEST = "request"  # article 17
    NO_PERMISSION = "no-permission"  # a potential customer without any (R60)
    PERIOD_OVER = "period-over"


class Erasure(Model):
    """That somebody was erased: no name and no number, only a keyed hash of the number (S19).

    The database refuses to change it. An import asks it before it brings anybody in, and a restored backup is brought
    up to date by it. `parts` is what became of each kind of data; `is_entire` when nothing was left.
    """

    __tablename__ = "erasure"

    id: Mapped[RowId]
    number_hash: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    reason: Mapped[ErasureReason] = mapped_column(stored_enum(ErasureReason))
    is_entire: Mapped[bool]
    case: Mapped[str | None] = mapped_column("case_id", String(20), index=True)
    parts: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
