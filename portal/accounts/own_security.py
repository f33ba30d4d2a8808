"""What a person changes about their own security: password, second factor, devices, the commitment."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select, update

from portal.accounts import letters, recovery_codes, remembering, second_factor, sessions, throttling
from portal.accounts.directory import account_of
from portal.accounts.models import Account, RememberedDevice, UserSession
from portal.accounts.passwords import NewPassword
from portal.accounts.problems import SignInProblem
from portal.accounts.services import Visit, check_password
from portal.core import audit
from portal.core.audit import AuditAction
from portal.core.db import db, transaction
from portal.core.errors import Forbidden, NotFound, RuleViolation, Stale

COMMITMENT_VERSION = "1"


@dataclass(frozen=True)
class SecondFactorOn:
    """A second factor that has been set up: the session's new random id, and the codes to show once."""

    session_token: str
    recovery_codes: list[str]


@dataclass(frozen=True)
class Place:
    """One browser in which an account is signed in or remembered. `name` is empty when it said nothing."""

    id: int
    name: str
    first_used_at: datetime
    last_used_at: datetime
    is_current: bool
    remembered_until: datetime | None


def change_password(*, account_id: int, session_id: int, current: str, new: str, visit: Visit, now: datetime) -> str:
    """Every other session and every remembered device ends (S5); returns this session's new random id."""
    account = account_of(account_id)
    check_password(account, current, field="current_password", visit=visit, now=now)
    new_password = NewPassword.of(account, new)
    with transaction():
        new_password.give(account)
        throttling.forget_attempts(username=account.username)
        token = _raise_epoch(account, session_id=session_id, now=now)
        audit.record(AuditAction.PASSWORD_CHANGED, actor=account.actor, now=now, object=account.reference)
        letters.password_changed(account, now)
        return token


def set_up_second_factor(
    *, account_id: int, session_id: int, setup_token: str, code: str, visit: Visit, now: datetime
) -> SecondFactorOn:
    """A first second factor, proven by a code of it, with its recovery codes; raises Throttled or RuleViolation."""
    account = account_of(account_id)
    if account.has_second_factor:
        raise Forbidden("there is a second factor already")
    secret = second_factor.secret_of_setup(account_id, setup_token)
    if secret is None:
        raise RuleViolation(SignInProblem.SETUP_EXPIRED)
    throttling.count_attempt(username=account.username, address=visit.address, now=now)
    if not second_factor.fits(secret, code, now):
        raise RuleViolation(SignInProblem.WRONG_CODE, field="code")
    with transaction():
        account.totp_secret = secret
        second_factor.use_code(account, code, now)
        throttling.forget_attempts(username=account.username)
        session_token = _raise_epoch(account, session_id=session_id, now=now)
        audit.record(AuditAction.SECOND_FACTOR_SET, actor=account.actor, now=now, object=account.reference)
        letters.second_factor_on(account, now)
        return SecondFactorOn(session_token, _new_codes(account, now))


def disable_second_factor(*, account_id: int, session_id: int, now: datetime) -> str:
    """Give the second factor up, with its recovery codes; raises Forbidden for staff, who must have one (S7).

    Raises RuleViolation when the password is too short to be all that protects the account. Returns this
    session's new random id.
    """
    account = account_of(account_id)
    if account.role.is_staff:
        raise Forbidden("staff sign in with a second factor")
    if not account.has_second_factor:
        raise Stale("there is no second factor any more")
    if account.has_short_password:
        raise RuleViolation(SignInProblem.PASSWORD_SHORT)
    with transaction():
        second_factor.remove(account)
        token = _raise_epoch(account, session_id=session_id, now=now)
        audit.record(AuditAction.SECOND_FACTOR_REMOVED, actor=account.actor, now=now, object=account.reference)
        letters.second_factor_off(account, now)
        return token


def make_recovery_codes(*, account_id: int, now: datetime) -> list[str]:
    """Ten new recovery codes in place of those there were; raises Stale without a second factor."""
    account = account_of(account_id)
    if not account.has_second_factor:
        raise Stale("recovery codes stand in for a second factor")
    with transaction():
        letters.recovery_codes_made(account, now)
        return _new_codes(account, now)


def _new_codes(account: Account, now: datetime) -> list[str]:
    audit.record(AuditAction.RECOVERY_CODES_MADE, actor=account.actor, now=now, object=account.reference)
    return recovery_codes.make(account)


def accept_commitment(*, account_id: int, now: datetime) -> None:
    """Staff commit to confidentiality before anything opens (R93)."""
    with transaction():
        account = account_of(account_id)
        if not account.role.is_staff:
            raise Forbidden("only staff commit to confidentiality")
        if account.commitment_text_version == COMMITMENT_VERSION:
            return
        account.commitment_accepted_at = now
        account.commitment_text_version = COMMITMENT_VERSION
        audit.record(
            AuditAction.COMMITMENT_ACCEPTED,
            actor=account.actor,
            now=now,
            object=account.reference,
            purpose=f"version-{COMMITMENT_VERSION}",
        )


def revoke_place(*, account_id: int, place_id: int, now: datetime) -> None:
    """End one of the account's remembered devices or sessions; raises NotFound for anything else."""
    account = account_of(account_id)
    with transaction():
        ended = remembering.revoke(
            RememberedDevice.id == place_id, RememberedDevice.account_id == account_id, now=now
        ) or sessions.revoke_where(UserSession.id == place_id, UserSession.account_id == account_id, now=now)
        if not ended:
            raise NotFound
        audit.record(AuditAction.TOKEN_REVOKED, actor=account.actor, now=now, object=f"place:{place_id}")


def revoke_others(*, account_id: int, session_id: int, device_id: int | None, now: datetime) -> None:
    """End every session and remembered device of the account but the ones in use."""
    account = account_of(account_id)
    with transaction():
        remembering.revoke(RememberedDevice.account_id == account_id, RememberedDevice.id != (device_id or 0), now=now)
        sessions.revoke_where(
            UserSession.account_id == account_id,
            UserSession.id != session_id,
            or_(UserSession.device_id.is_(None), UserSession.device_id != (device_id or 0)),
            now=now,
        )
        audit.record(AuditAction.TOKEN_REVOKED, actor=account.actor, now=now, object=account.reference)


def places(*, account_id: int, session_id: int, now: datetime) -> list[Place]:
    """Where the account is signed in or remembered, this browser first. A device stands for its sessions."""
    account = account_of(account_id)
    live = sessions.live_sessions(account, now)
    devices = {device.id: device for device in remembering.live_devices(account, now)}
    current = next((row.device_id for row in live if row.id == session_id), None)
    found = [
        Place(
            id=device.id,
            name=device.name,
            first_used_at=device.created_at,
            last_used_at=max([device.last_used_at, *(r.last_seen_at for r in live if r.device_id == device.id)]),
            is_current=device.id == current,
            remembered_until=device.expires_at,
        )
        for device in devices.values()
    ] + [
        Place(
            id=row.id,
            name=row.name,
            first_used_at=row.created_at,
            last_used_at=row.last_seen_at,
            is_current=row.id == session_id,
            remembered_until=None,
        )
        for row in live
        if row.device_id not in devices
    ]
    return sorted(found, key=lambda place: (not place.is_current, -place.last_used_at.timestamp()))


def raise_epoch(account: Account, *, kept_session_id: int | None, now: datetime) -> None:
    """End all that the account has open but this one session, links and invitations too (S5); inside transaction().

    Before anything is audited: a device that comes back locks its row first and the audit trail afterwards.
    """
    kept = UserSession.id == (kept_session_id or 0)
    is_live = (UserSession.account_id == account.id, UserSession.epoch == account.epoch)
    account.epoch += 1
    db.session.flush()
    sessions.revoke_where(UserSession.account_id == account.id, ~kept, now=now)
    # one that had ended before is not brought back by it
    db.session.execute(update(UserSession).where(kept, *is_live).values(epoch=account.epoch))
    # not through remembering.revoke: this browser's session lives on although its device ends
    for device in db.session.scalars(select(RememberedDevice).where(RememberedDevice.account_id == account.id)):
        device.revoked_at = device.revoked_at or now


def delete_account(account: Account) -> None:
    """The account with all that opened it: sessions, devices, links, codes; inside transaction().

    What others keep about it names its number only: the audit trail, the consent ledger, requests.
    """
    for opened in (UserSession, RememberedDevice):
        db.session.execute(delete(opened).where(opened.account_id == account.id))
    db.session.execute(delete(Account).where(Account.id == account.id))


def _raise_epoch(account: Account, *, session_id: int, now: datetime) -> str:
    raise_epoch(account, kept_session_id=session_id, now=now)
    return sessions.renew(session_id, now=now)
