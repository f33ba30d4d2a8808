"""Server-side sessions (S1): opening, finding, touching, renewing and ending them."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, select, update

from portal.accounts.models import Account, RememberedDevice, UserSession
from portal.core.database_trouble import unless_read_only
from portal.core.db import db, random_id, rows_changed, transaction
from portal.core.errors import NotFound
from portal.core.settings import settings

TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class LiveSession:
    """A session that may be used now, with whose it is."""

    row: UserSession
    account: Account
    device: RememberedDevice | None


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def open_session(
    account: Account, *, device_id: int | None, name: str, password_entered_at: datetime | None, now: datetime
) -> str:
    """Make a session and return its random id, which only the cookie holds."""
    token = secrets.token_urlsafe(32)
    with transaction() as session:
        session.add(
            UserSession(
                id=random_id(),
                token_digest=digest(token),
                account_id=account.id,
                device_id=device_id,
                name=name,
                epoch=account.epoch,
                created_at=now,
                last_seen_at=now,
                password_entered_at=password_entered_at,
                idle_expires_at=now + settings().session_idle,
                absolute_expires_at=now + settings().session_absolute,
                revoked_at=None,
            )
        )
    return token


def find(token: str, now: datetime) -> LiveSession | None:
    """The live session of a cookie; None when it is unknown, revoked, expired, or its account moved on."""
    found = db.session.execute(
        select(UserSession, Account, RememberedDevice)
        .join(Account, Account.id == UserSession.account_id)
        .join(RememberedDevice, RememberedDevice.id == UserSession.device_id, isouter=True)
        .where(UserSession.token_digest == digest(token))
    ).first()
    if found is None:
        return None
    row, account, device = found
    if row.revoked_at is not None or row.epoch != account.epoch or account.is_locked:
        return None
    is_of_the_future = row.last_seen_at > now + settings().session_idle  # it would outlive what it may
    if now >= row.idle_expires_at or now >= row.absolute_expires_at or is_of_the_future:
        # ended for good, so that a clock set back later revives nothing (S25)
        with unless_read_only():
            revoke_where(UserSession.id == row.id, now=now)
        return None
    return LiveSession(row, account, device)


def touch(live: LiveSession, now: datetime) -> None:
    """Move the idle limit, at most once a minute; a session revoked meanwhile stays revoked."""
    if now - live.row.last_seen_at < TOUCH_EVERY:
        return
    with transaction() as session:
        session.execute(
            update(UserSession)
            .where(UserSession.id == live.row.id, UserSession.revoked_at.is_(None))
            .values(last_seen_at=now, idle_expires_at=now + settings().session_idle)
        )


def renew(session_id: int, *, now: datetime) -> str:
    """A new random id after a password entry (S6); raises NotFound when the session has ended meanwhile."""
    token = secrets.token_urlsafe(32)
    with transaction() as session:
        renewed = session.execute(
            update(UserSession)
            .where(UserSession.id == session_id, UserSession.revoked_at.is_(None))
            .values(
                token_digest=digest(token),
                password_entered_at=now,
                last_seen_at=now,
                idle_expires_at=now + settings().session_idle,
            )
        )
        if not rows_changed(renewed):
            raise NotFound
        return token


def revoke_where(*which: ColumnElement[bool], now: datetime) -> int:
    """End the sessions that match; returns how many were live."""
    with transaction() as session:
        ended = session.execute(
            update(UserSession).where(and_(*which), UserSession.revoked_at.is_(None)).values(revoked_at=now)
        )
        return rows_changed(ended)


def live_sessions(account: Account, now: datetime) -> list[UserSession]:
    query = (
        select(UserSession)
        .where(
            UserSession.account_id == account.id,
            UserSession.epoch == account.epoch,
            UserSession.revoked_at.is_(None),
            UserSession.idle_expires_at > now,
            UserSession.absolute_expires_at > now,
        )
        .order_by(UserSession.last_seen_at.desc())
    )
    return list(db.session.scalars(query))
