"""Permissions and prohibitions of direct marketing: the ledger, the state now and the suppression marks (R50)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from portal.catalogues.sources import Source
from portal.core.db import Model, RowId, random_id, stored_enum


class MarketingType(StrEnum):
    DIRECT_ADVERTISING = "direct-advertising"
    DISTANCE_SELLING = "distance-selling"
    OTHER_DIRECT_MARKETING = "other-direct-marketing"
    CONTACT = "contact"


# Contact about what somebody has asked is no marketing.
MARKETING = tuple(type for type in MarketingType if type is not MarketingType.CONTACT)


class Channel(StrEnum):
    POST = "post"
    PHONE = "phone"
    EMAIL = "email"
    SMS = "sms"


class State(StrEnum):
    PERMISSION = "permission"
    PROHIBITION = "prohibition"
    NONE = "none"


class Choice(StrEnum):
    ALLOW = "allow"
    FORBID = "forbid"
    WITHDRAW = "withdraw"


class HolderKind(StrEnum):
    """Whose choice it is, as the defaults by law and the statistics tell people apart."""

    NATURAL = "natural"
    LEGAL = "legal"
    POTENTIAL = "potential"


def _of_customer() -> ForeignKey:
    """Looked at when the transaction ends: a potential customer's permission is written before the customer (R60)."""
    return ForeignKey("customer.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED")


class PermissionEvent(Model):
    """A change of one type and channel; rows are only ever added (R114).

    What one act changed shares its `act_id`. `given_on` is the day the source names, where that is not the day of the
    recording. The words that were before the person stand under their hash in `consent_text`.
    """

    __tablename__ = "permission_event"
    __table_args__ = (Index(None, "customer_id", "at"),)

    id: Mapped[RowId]
    customer_id: Mapped[int] = mapped_column(_of_customer())
    type: Mapped[MarketingType] = mapped_column(stored_enum(MarketingType))
    channel: Mapped[Channel] = mapped_column(stored_enum(Channel))
    old_state: Mapped[State] = mapped_column(stored_enum(State))
    new_state: Mapped[State] = mapped_column(stored_enum(State))
    source: Mapped[Source] = mapped_column(stored_enum(Source))
    unit: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[int | None]
    at: Mapped[datetime]
    act_id: Mapped[int] = mapped_column(default=random_id)
    given_on: Mapped[date | None]
    wording_sha256: Mapped[str | None] = mapped_column(String(64), ForeignKey("consent_text.sha256"))
    wording_language: Mapped[str | None] = mapped_column(String(2))


class CurrentPermission(Model):
    """The state now, kept in the ledger's transaction; without a row the default by law holds.

    `is_own_word`: the person said it, signed in. Only that opens a contact point that somebody has forbidden.
    """

    __tablename__ = "current_permission"
    __table_args__ = (UniqueConstraint("customer_id", "type", "channel"),)

    id: Mapped[RowId]
    customer_id: Mapped[int] = mapped_column(_of_customer())
    type: Mapped[MarketingType] = mapped_column(stored_enum(MarketingType))
    channel: Mapped[Channel] = mapped_column(stored_enum(Channel))
    state: Mapped[State] = mapped_column(stored_enum(State))
    source: Mapped[Source] = mapped_column(stored_enum(Source))
    source_on: Mapped[datetime]
    is_own_word: Mapped[bool] = mapped_column(default=False, server_default=false())


NOBODY = ""


class Suppression(Model):
    """A contact point that may not be used for a kind of marketing, known by its hash alone (L36).

    No foreign key: it outlives the customer, an import, a merge and a new registration. `holder_hash` tells whose word
    it was, so that nobody else can take it back; NOBODY for a word that was given without signing in, or whose giver
    has been erased.
    """

    __tablename__ = "suppression"
    __table_args__ = (UniqueConstraint("contact_hash", "channel", "type", "holder_hash"), Index(None, "holder_hash"))

    id: Mapped[RowId]
    contact_hash: Mapped[str] = mapped_column(String(64))
    holder_hash: Mapped[str] = mapped_column(String(64), default=NOBODY)
    type: Mapped[MarketingType] = mapped_column(stored_enum(MarketingType))
    channel: Mapped[Channel] = mapped_column(stored_enum(Channel))
    since: Mapped[datetime]
