"""Remembered devices (S2, S3): selector/validator tokens that rotate at each use, and what a wrong one means."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

from sqlalchemy import ColumnElement, and_, select, update

from portal.accounts import letters, sessions
from portal.accounts.models import Account, RememberedDevice, UserSession
from portal.accounts.sessions import LiveSession, digest
from portal.core import audit
from portal.core.audit import AuditAction
from portal.core.db import db, random_id, rows_changed, transaction
from portal.core.settings import settings

MOST_DEVICES = 10
_COOKIE = re.compile(r"(?P<selector>[A-Za-z0-9_-]{22})\.(?P<validator>[A-Za-z0-9_-]{43})", re.ASCII)


@dataclass(frozen=True)
class RememberCookie:
    """What the browser is given; `max_age` in seconds."""

    value: str
    max_age: int


@dataclass(frozen=True)
class Resumption:
    """A session that a remembered device opened. No cookie when a parallel request was given it."""

    session_token: str
    cookie: RememberCookie | None


def remember(account: Account, *, name: str, now: datetime) -> tuple[int, RememberCookie]:
    """Remember the browser in which the password was just entered; returns the device's id and its cookie."""
    selector, validator = secrets.token_urlsafe(16), secrets.token_urlsafe(32)
    device = RememberedDevice(
        id=random_id(),
        account_id=account.id,
        selector=selector,
        validator_digest=digest(validator),
        previous_digest=None,
        rotated_at=now,
        is_current_seen=False,
        name=name,
        epoch=account.epoch,
        created_at=now,
        last_used_at=now,
        expires_at=now + settings().remember_for,
        revoked_at=None,
    )
    with transaction() as session:
        for oldest in live_devices(account, now)[MOST_DEVICES - 1 :]:
            revoke(RememberedDevice.id == oldest.id, now=now)
        session.add(device)
        session.flush()  # sessions point to it
        audit.record(AuditAction.TOKEN_CREATED, actor=account.actor, now=now, object=_object(device))
        letters.device_remembered(account, device, now)
    return device.id, _cookie(device, validator, now)


def resume(value: str, *, name: str, now: datetime) -> Resumption | None:
    """Sign a remembered person in; None when the cookie is worth nothing and should be expired.

    The current value signs in and rotates; of parallel requests one rotates and the others, within the grace time,
    sign in without a new cookie. The previous value after that means either that our answer was lost (then the
    current value was never seen: the device ends quietly) or that somebody replays it: theft.
    """
    typed = _COOKIE.fullmatch(value)
    if typed is None or _device(typed["selector"]) is None:
        return None
    presented = digest(typed["validator"])
    with transaction() as session:
        device = _device(typed["selector"])
        account = session.get(Account, device.account_id) if device else None
        if device is None or account is None or not _is_usable(device, account, now):
            return None
        validator = secrets.token_urlsafe(32)
        has_rotated = _rotate(device, presented, digest(validator), now)
        # locked also when nothing was rotated: what ends the device then ends the session opened here as well
        session.refresh(device, with_for_update={"key_share": True})
        if not has_rotated and not _is_within_grace(device, presented, now):
            _refuse(device, account, presented, now)
            return None
        token = sessions.open_session(account, device_id=device.id, name=name, password_entered_at=None, now=now)
        audit.record(
            AuditAction.SIGN_IN_SUCCEEDED, actor=account.actor, now=now, object=_object(device), purpose="remembered"
        )
        return Resumption(token, _cookie(device, validator, now) if has_rotated else None)


def confirm_seen(live: LiveSession, value: str) -> None:
    """Note that the browser holds the current value: from now on an older one is a replay."""
    typed = _COOKIE.fullmatch(value)
    if live.device is None or live.device.is_current_seen or typed is None:
        return
    if not compare_digest(live.device.validator_digest, digest(typed["validator"])):
        return
    with transaction() as session:
        session.execute(
            update(RememberedDevice)
            .where(
                RememberedDevice.id == live.device.id,
                RememberedDevice.validator_digest == digest(typed["validator"]),
            )
            .values(is_current_seen=True)
        )


def forget(value: str | None, *, now: datetime, ends_sessions: bool = True) -> int:
    """End the device whose cookie this is; needs the right secret, not only the selector. Returns how many ended."""
    typed = _COOKIE.fullmatch(value or "")
    device = _device(typed["selector"]) if typed else None
    if typed is None or device is None:
        return 0
    presented = digest(typed["validator"])
    if presented not in (device.validator_digest, device.previous_digest):
        return 0
    return revoke(RememberedDevice.id == device.id, now=now, ends_sessions=ends_sessions)


def revoke(*which: ColumnElement[bool], now: datetime, ends_sessions: bool = True) -> int:
    """End the devices that match, with the sessions born from them; returns how many devices were live."""
    with transaction() as session:
        live = list(
            session.scalars(select(RememberedDevice).where(and_(*which), RememberedDevice.revoked_at.is_(None)))
        )
        for device in live:
            device.revoked_at = now
            if ends_sessions:
                sessions.revoke_where(UserSession.device_id == device.id, now=now)
        return len(live)


def live_devices(account: Account, now: datetime) -> list[RememberedDevice]:
    """The account's devices that may still sign in, the last used first."""
    query = (
        select(RememberedDevice)
        .where(
            RememberedDevice.account_id == account.id,
            RememberedDevice.epoch == account.epoch,
            RememberedDevice.revoked_at.is_(None),
            RememberedDevice.expires_at > now,
            RememberedDevice.last_used_at > now - settings().remember_idle,
        )
        .order_by(RememberedDevice.last_used_at.desc(), RememberedDevice.created_at.desc())
    )
    return list(db.session.scalars(query))


def _is_usable(device: RememberedDevice, account: Account, now: datetime) -> bool:
    if device.revoked_at is not None:
        return False
    is_alive = now < device.expires_at and now < device.last_used_at + settings().remember_idle
    if is_alive and device.epoch == account.epoch and not account.is_locked and not account.role.is_staff:
        return True
    # ended for good, so that a clock set back later revives nothing (S25)
    revoke(RememberedDevice.id == device.id, now=now)
    return False


def _rotate(device: RememberedDevice, presented: str, fresh: str, now: datetime) -> bool:
    """Compare and swap: of any number of requests that hold the current value, one gets True."""
    with transaction() as session:
        swapped = session.execute(
            update(RememberedDevice)
            .where(
                RememberedDevice.id == device.id,
                RememberedDevice.validator_digest == presented,
                RememberedDevice.revoked_at.is_(None),
            )
            .values(
                validator_digest=fresh,
                previous_digest=presented,
                rotated_at=now,
                is_current_seen=False,
                last_used_at=now,
            )
            .execution_options(synchronize_session=False)
        )
        return bool(rows_changed(swapped))


def _is_previous(device: RememberedDevice, presented: str) -> bool:
    return device.previous_digest is not None and compare_digest(device.previous_digest, presented)


def _is_within_grace(device: RememberedDevice, presented: str, now: datetime) -> bool:
    is_live = device.revoked_at is None and _is_previous(device, presented)
    return is_live and abs(now - device.rotated_at) <= settings().remember_grace


def _refuse(device: RememberedDevice, account: Account, presented: str, now: datetime) -> None:
    """End a device whose cookie is not what it should be: quietly after a lost answer, else as theft."""
    if revoke(RememberedDevice.id == device.id, now=now) == 0:
        return  # a parallel request has ended and told it
    is_lost_answer = _is_previous(device, presented) and not device.is_current_seen
    action = AuditAction.TOKEN_REVOKED if is_lost_answer else AuditAction.TOKEN_REUSED
    audit.record(
        action,
        actor=account.actor,
        now=now,
        subject=account.customer_id,
        object=_object(device),
        purpose="answer-lost" if is_lost_answer else "theft-suspected",
        outcome="refused",
    )
    if not is_lost_answer:
        letters.theft_suspected(account, device, now)


def _device(selector: str) -> RememberedDevice | None:
    return db.session.scalar(select(RememberedDevice).where(RememberedDevice.selector == selector))


def _cookie(device: RememberedDevice, validator: str, now: datetime) -> RememberCookie:
    left: timedelta = device.expires_at - now
    return RememberCookie(f"{device.selector}.{validator}", int(left.total_seconds()))


def _object(device: RememberedDevice) -> str:
    return f"remembered_device:{device.id}"
