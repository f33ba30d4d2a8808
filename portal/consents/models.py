"""The consent ledger: one append-only, hash-chained row per choice, and the exact texts that were shown.

`consent_record` is the chain and says what was chosen. What could lead to a browser or a person (the record's code and
the account) stands in `consent_detail`, of which the chain holds a salted digest: retention may delete a detail and the
chain stays valid (S18). `consent_record` and `consent_text` are guarded by the database itself.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import BigInt, Model, stored_enum


class Answer(StrEnum):
    """What was said about one category; silence is not an answer (C6)."""

    YES = "yes"
    NO = "no"
    UNASKED = "unasked"


class Surface(StrEnum):
    """Where the choice was made."""

    BANNER = "banner"
    SETTINGS = "settings"
    SIGN_IN = "sign-in"


class Method(StrEnum):
    """By which act the choice was made."""

    ACCEPT_ALL = "accept-all"
    NECESSARY_ONLY = "necessary-only"
    SAVE = "save"
    REMEMBER_TICK = "remember-tick"


class Outcome(StrEnum):
    """What the choice comes to in the statistics."""

    ACCEPTED_ALL = "accepted-all"
    NECESSARY_ONLY = "necessary-only"
    OWN_CHOICE = "own-choice"
    WITHDRAWN = "withdrawn"


class ConsentRecord(Model):
    """A link of the chain: one choice, all categories in it."""

    __tablename__ = "consent_record"

    sequence: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    given_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    language: Mapped[str] = mapped_column(String(2))
    surface: Mapped[Surface] = mapped_column(stored_enum(Surface))
    method: Mapped[Method] = mapped_column(stored_enum(Method))
    outcome: Mapped[Outcome] = mapped_column(stored_enum(Outcome))
    functional: Mapped[Answer] = mapped_column(stored_enum(Answer))
    analytics: Mapped[Answer] = mapped_column(stored_enum(Answer))
    marketing: Mapped[Answer] = mapped_column(stored_enum(Answer))
    has_gpc: Mapped[bool]
    notice_version: Mapped[str] = mapped_column(String(40))
    catalogue_version: Mapped[str] = mapped_column(String(40))
    texts: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    detail_digest: Mapped[str] = mapped_column(String(64))
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class ConsentDetail(Model):
    """Whose choice it was: the code that the browser holds and, only when signed in, the account."""

    __tablename__ = "consent_detail"

    sequence: Mapped[int] = mapped_column(ForeignKey("consent_record.sequence"), primary_key=True, autoincrement=False)
    salt: Mapped[str] = mapped_column(String(32))
    record_id: Mapped[str] = mapped_column(String(24), unique=True)
    # a number only, as in the audit trail: the proof outlives an account that is closed. Erasing a person deletes the
    # detail itself: the choice stays in the chain, nobody's (S19)
    account_id: Mapped[int | None] = mapped_column(index=True)


class ConsentText(Model):
    """A text that was shown, byte for byte, under its own SHA-256."""

    __tablename__ = "consent_text"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
