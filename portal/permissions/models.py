"""Permissions and prohibitions of direct marketing: the ledger, the state now and the suppression marks (R50)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.catalogues.sources import Source
from portal.core.db import Model, RowId, stored_enum


class MarketingType(StrEnum):
    DIRECT_ADVERTISING = "direct-advertising"
    DISTANCE_SELLING = "distance-selling"
    OTHER_DIRECT_MARKETING = "other-direct-marketing"
    CONTACT = "contact"


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


class PermissionEvent(Model):
    """A change of one type and channel; rows are only ever added (R114)."""

    __tablename__ = "permission_event"
    __table_args__ = (Index(None, "customer_id", "at"),)

    id: Mapped[RowId]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    type: Mapped[MarketingType] = mapped_column(stored_enum(MarketingType))
    channel: Mapped[Channel] = mapped_column(stored_enum(Channel))
    old_state: Mapped[State] = mapped_column(stored_enum(State))
    new_state: Mapped[State] = mapped_column(stored_enum(State))
    source: Mapped[Source] = mapped_column(stored_enum(Source))
    unit: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[int | None]
    at: Mapped[datetime]


class CurrentPermission(Model):
    """The state now, kept in the ledger's transaction; without a row the default by law holds."""

    __tablename__ = "current_permission"
    __table_args__ = (UniqueConstraint("customer_id", "type", "channel"),)

    id: Mapped[RowId]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    type: Mapped[MarketingType] = mapped_column(stored_enum(MarketingType))
    channel: Mapped[Channel] = mapped_column(stored_enum(Channel))
    state: Mapped[State] = mapped_column(stored_enum(State))
    source: Mapped[Source] = mapped_column(stored_enum(Source))
    source_on: Mapped[datetime]


class Suppression(Model):
    """A contact point that may not be used for a kind of marketing, known by its hash alone (L36).

    No foreign key: it outlives the customer, an import, a merge and a new registration.
    """

    __tablename__ = "suppression"
    __table_args__ = (UniqueConstraint("contact_hash", "channel", "type"),)

    id: Mapped[RowId]
    contact_hash: Mapped[str] = mapped_column(String(64))
    type: Mapped[MarketingType] = mapped_column(stored_enum(MarketingType))
    channel: Mapped[Channel] = mapped_column(stored_enum(Channel))
    since: Mapped[datetime]
