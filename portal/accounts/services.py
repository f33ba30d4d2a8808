"""Signing in and out, fresh entry, passwords, devices, accounts: what happens, in one place.

A check of a password or code is counted in a transaction of its own before it is made: a refusal must not undo the
count, and no lock is held while a hash is computed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, or_, select

from portal.accounts import letters, passwords, recovery_codes, remembering, second_factor, sessions, throttling
from portal.accounts.device_names import device_name
from portal.accounts.models import Account, RememberedDevice, UserSession
from portal.accounts.remembering import RememberCookie
from portal.accounts.usernames import normalised
from portal.consents.services import ConsentCookie, ShownText, Withdrawal, allow_functional_by_sign_in
from portal.core import audit
from portal.core.audit import VISITOR, Actor, AuditAction
from portal.core.db import db, random_id, transaction
from portal.core.errors import Forbidden, NotFound, RuleViolation, Stale
from portal.core.roles import Role

COMMITMENT_VERSION = "1"
CODE_TIME = timedelta(minutes=10)
TELL_OF_TRIES_EVERY = timedelta(days=1)


class SignInProblem(StrEnum):
    WRONG = "wrong"
    WRONG_PASSWORD = "wrong-password"
    WRONG_CODE = "wrong-code"
    SETUP_EXPIRED = "setup-expired"
    PASSWORD_SHORT = "password-short"
    USERNAME_TAKEN = "username-taken"


@dataclass(frozen=True)
class Visit:
    """What a request brings to sign-in: from where, in which language, with which cookies."""

    address: str
    user_agent: str = ""
    language: str = "fi"
    session_token: str | None = None
    remember_cookie: str | None = None
    consent_cookie: str | None = None
    consent_texts: Sequence[ShownText] = ()
    has_gpc: bool = False


@dataclass(frozen=True)
class CodeNeeded:
    """The password was right and the second factor is still to come."""

    account_id: int
    epoch: int
    wants_memory: bool
    entered_at: datetime

    def is_open(self, now: datetime) -> bool:
        return abs(now - self.entered_at) <= CODE_TIME


@dataclass(frozen=True)
class Opened:
    """The person is in: what their browser is to hold."""

    session_token: str
    role: Role
    remember_cookie: RememberCookie | None
    consent_cookie: ConsentCookie | None


@dataclass(frozen=True)
class Place:
    """One browser in which an account is signed in or remembered. `name` is empty when it said nothing."""

    id: int
    name: str
    first_used_at: datetime
    last_used_at: datetime
    is_current: bool
    remembered_until: datetime | None


@dataclass(frozen=True)
class SecondFactorOn:
    """A second factor that has been set up: the session's new random id, and the codes to show once."""

    session_token: str
    recovery_codes: list[str]


@dataclass(frozen=True)
class StaffMember:
    account_id: int
    display_name: str
    role: Role


# Signing in


def sign_in(*, username: str, password: str, wants_memory: bool, visit: Visit, now: datetime) -> Opened | CodeNeeded:
    """Raises Throttled, or RuleViolation with the same code whatever was wrong (S8)."""
    name = normalised(username)
    throttling.count_attempt(username=name, address=visit.address, now=now)
    account = by_username(name)
    is_right = passwords.is_right(account.password_hash if account else None, password)
    if account is None or not is_right or account.is_locked:
        _record_failure(account, now)
        raise RuleViolation(SignInProblem.WRONG)
    _rehash_if_outdated(account, password)
    if account.has_second_factor:
        return CodeNeeded(account.id, account.epoch, wants_memory, now)
    return open_session(account, wants_memory=wants_memory, visit=visit, now=now)


def sign_in_with_code(pending: CodeNeeded, *, code: str, visit: Visit, now: datetime) -> Opened:
    """The second step; raises Throttled or RuleViolation."""
    account = db.session.get(Account, pending.account_id)
    if account is None or account.epoch != pending.epoch or account.is_locked or not pending.is_open(now):
        raise RuleViolation(SignInProblem.WRONG_CODE, field="code")
    _check_code(account, code, visit=visit, now=now)
    return open_session(account, wants_memory=pending.wants_memory, visit=visit, now=now)


def open_session(account: Account, *, wants_memory: bool, visit: Visit, now: datetime) -> Opened:
    """Let the person in: every check has been passed. Ends what the same browser held before (S6)."""
    name = device_name(visit.user_agent)
    remember_cookie = consent_cookie = device_id = None
    with transaction():
        _end_browser(visit, now)
        if wants_memory and not account.role.is_staff:
            device_id, remember_cookie = remembering.remember(account, name=name, now=now)
            consent_cookie = allow_functional_by_sign_in(
                visit.consent_cookie,
                texts=visit.consent_texts,
                language=visit.language,
                account_id=account.id,
                now=now,
                gpc=visit.has_gpc,
            )
        token = sessions.open_session(account, device_id=device_id, name=name, password_entered_at=now, now=now)
        account.last_sign_in_at = now
        throttling.forget_attempts(username=account.username)
        audit.record(AuditAction.SIGN_IN_SUCCEEDED, actor=account.actor, now=now, object=_object(account))
        return Opened(token, account.role, remember_cookie, consent_cookie)


def sign_out(*, visit: Visit, actor: Actor, now: datetime) -> None:
    """End this browser's session, and its being remembered: a kept copy of either cookie opens nothing."""
    with transaction():
        if _end_browser(visit, now):
            audit.record(AuditAction.SIGNED_OUT, actor=actor, now=now)


def confirm_password(*, account_id: int, session_id: int, password: str, code: str, visit: Visit, now: datetime) -> str:
    """A fresh entry (S4): returns the session's new random id; raises Throttled or RuleViolation."""
    account = account_of(account_id)
    _check_password(account, password, field="password", visit=visit, now=now)
    if account.has_second_factor:
        _check_code(account, code, visit=visit, now=now)
    with transaction():
        throttling.forget_attempts(username=account.username)
        audit.record(AuditAction.SIGN_IN_SUCCEEDED, actor=account.actor, now=now, purpose="confirm")
        return _renewed(session_id, now=now)


def end_withdrawn_device(withdrawal: Withdrawal) -> int:
    """Consent to functional cookies was withdrawn: this browser is not remembered; its session goes on."""
    return remembering.forget(withdrawal.cookies.get("remember"), now=withdrawal.now, ends_sessions=False)


# What a person changes


def change_password(*, account_id: int, session_id: int, current: str, new: str, visit: Visit, now: datetime) -> str:
    """Every other session and every remembered device ends (S5); returns this session's new random id."""
    account = account_of(account_id)
    _check_password(account, current, field="current_password", visit=visit, now=now)
    passwords.check_policy(
        new,
        username=account.username,
        role=account.role,
        has_second_factor=account.has_second_factor,
        field="new_password",
    )
    new_hash = passwords.hashed(new)
    with transaction():
        account.password_hash = new_hash
        account.has_short_password = passwords.is_short(new)
        throttling.forget_attempts(username=account.username)
        audit.record(AuditAction.PASSWORD_CHANGED, actor=account.actor, now=now, object=_object(account))
        letters.password_changed(account, now)
        return _raise_epoch(account, session_id=session_id, now=now)


def set_up_second_factor(*, account_id: int, session_id: int, setup_token: str, code: str, now: datetime) -> str:
    """A first second factor, proven by a code of it; returns this session's new random id."""
    account = account_of(account_id)
    if account.has_second_factor:
        raise Forbidden("there is a second factor already")
    secret = second_factor.secret_of_setup(account_id, setup_token)
    if secret is None:
        raise RuleViolation(SignInProblem.SETUP_EXPIRED)
    if not second_factor.fits(secret, code, now):
        raise RuleViolation(SignInProblem.WRONG_CODE, field="code")
    with transaction():
        account.totp_secret = secret
        second_factor.use_code(account, code, now)
        audit.record(AuditAction.SECOND_FACTOR_SET, actor=account.actor, now=now, object=_object(account))
        letters.second_factor_on(account, now)
        return _raise_epoch(account, session_id=session_id, now=now)


def enable_second_factor(
    *, account_id: int, session_id: int, setup_token: str, code: str, now: datetime
) -> SecondFactorOn:
    """A second factor by choice, with its recovery codes."""
    with transaction():
        token = set_up_second_factor(
            account_id=account_id, session_id=session_id, setup_token=setup_token, code=code, now=now
        )
        return SecondFactorOn(token, make_recovery_codes(account_id=account_id, now=now))


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
        account.totp_secret = None
        account.totp_used_step = None
        recovery_codes.drop(account)
        audit.record(AuditAction.SECOND_FACTOR_REMOVED, actor=account.actor, now=now, object=_object(account))
        letters.second_factor_off(account, now)
        return _raise_epoch(account, session_id=session_id, now=now)


def make_recovery_codes(*, account_id: int, now: datetime) -> list[str]:
    """Ten new recovery codes in place of those there were; raises Stale without a second factor."""
    account = account_of(account_id)
    if not account.has_second_factor:
        raise Stale("recovery codes stand in for a second factor")
    with transaction():
        audit.record(AuditAction.RECOVERY_CODES_MADE, actor=account.actor, now=now, object=_object(account))
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
            object=_object(account),
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
        audit.record(AuditAction.TOKEN_REVOKED, actor=account.actor, now=now, object=_object(account))


# Accounts


def create_account(
    *,
    username: str,
    role: Role,
    language: str,
    display_name: str,
    actor: Actor,
    now: datetime,
    password: str | None = None,
    email: str | None = None,
    customer_id: int | None = None,
    totp_secret: str | None = None,
    has_accepted_commitment: bool = False,
) -> Account:
    """Raises RuleViolation when the name is taken or the password too weak. Without a password nobody gets in."""
    name = normalised(username)
    if (role is Role.CUSTOMER) != (customer_id is not None):
        raise ValueError("a customer's account points to its customer, a staff account to none")
    if password is not None:
        passwords.check_policy(
            password, username=name, role=role, has_second_factor=totp_secret is not None, field="password"
        )
    password_hash = passwords.hashed(password) if password is not None else None
    with transaction() as session:
        if by_username(name):
            raise RuleViolation(SignInProblem.USERNAME_TAKEN, field="username")
        account = Account(
            id=random_id(),
            username=name,
            email=email,
            password_hash=password_hash,
            has_short_password=password is not None and passwords.is_short(password),
            role=role,
            language=language,
            customer_id=customer_id,
            display_name=display_name,
            epoch=1,
            is_locked=False,
            created_at=now,
            commitment_accepted_at=now if has_accepted_commitment else None,
            commitment_text_version=COMMITMENT_VERSION if has_accepted_commitment else None,
        )
        account.totp_secret = totp_secret
        session.add(account)
        session.flush()
        audit.record(AuditAction.ACCOUNT_CREATED, actor=actor, now=now, subject=customer_id, object=_object(account))
    return account


# Queries


def account_of(account_id: int) -> Account:
    """Raises NotFound."""
    account = db.session.get(Account, account_id)
    if account is None:
        raise NotFound
    return account


def by_username(username: str) -> Account | None:
    if "\x00" in username:  # PostgreSQL has no such text
        return None
    return db.session.scalar(select(Account).where(Account.username == normalised(username)))


def staff(*roles: Role) -> list[StaffMember]:
    """Who works in these roles and may sign in, by name."""
    query = select(Account).where(Account.role.in_(roles), Account.is_locked.is_(False)).order_by(Account.display_name)
    return [StaffMember(account.id, account.display_name, account.role) for account in db.session.scalars(query)]


def display_names(account_ids: set[int]) -> dict[int, str]:
    """Names to show to staff, by account."""
    query = select(Account.id, Account.display_name).where(Account.id.in_(account_ids))
    return {row.id: row.display_name for row in db.session.execute(query)}


def accounts(*, limit: int, offset: int) -> list[Account]:
    """Staff first, then customers, by user name."""
    is_customer = Account.role == Role.CUSTOMER
    query = select(Account).order_by(is_customer, Account.role, Account.username).limit(limit).offset(offset)
    return list(db.session.scalars(query))


def account_count() -> int:
    return db.session.scalar(select(func.count()).select_from(Account)) or 0


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


# Steps of the above


def _check_password(account: Account, password: str, *, field: str, visit: Visit, now: datetime) -> None:
    throttling.count_attempt(username=account.username, address=visit.address, now=now)
    if not passwords.is_right(account.password_hash, password):
        _record_failure(account, now)
        raise RuleViolation(SignInProblem.WRONG_PASSWORD, field=field)


def _check_code(account: Account, code: str, *, visit: Visit, now: datetime) -> None:
    throttling.count_attempt(username=account.username, address=visit.address, now=now)
    if not second_factor.use_code(account, code, now) and not _use_recovery_code(account, code, now):
        _record_failure(account, now)
        raise RuleViolation(SignInProblem.WRONG_CODE, field="code")


def _use_recovery_code(account: Account, code: str, now: datetime) -> bool:
    with transaction():
        if not recovery_codes.use(account, code):
            return False
        audit.record(AuditAction.RECOVERY_CODE_USED, actor=account.actor, now=now, object=_object(account))
        return True


def _record_failure(account: Account | None, now: datetime) -> None:
    with transaction():
        if account and throttling.is_exhausted(username=account.username, now=now):
            _tell_of_too_many_tries(account, now)
        audit.record(
            AuditAction.SIGN_IN_FAILED,
            actor=VISITOR,
            now=now,
            object=_object(account) if account else None,
            outcome="refused",
        )


def _tell_of_too_many_tries(account: Account, now: datetime) -> None:
    """Once a day at most: who goes on trying must not fill the person's mailbox too."""
    # of parallel tries one tells; taken before the audit chain's lock, as everywhere
    db.session.refresh(account, with_for_update={"key_share": True})
    if account.tries_told_at is not None and now - account.tries_told_at < TELL_OF_TRIES_EVERY:
        return
    account.tries_told_at = now
    audit.record(AuditAction.SIGN_IN_THROTTLED, actor=VISITOR, now=now, object=_object(account), outcome="refused")
    letters.too_many_tries(account, now)


def _rehash_if_outdated(account: Account, password: str) -> None:
    if account.password_hash and passwords.is_outdated(account.password_hash):
        new_hash = passwords.hashed(password)
        with transaction():
            account.password_hash = new_hash


def _end_browser(visit: Visit, now: datetime) -> bool:
    """End what this browser's cookies open; whether there was a live session."""
    live = sessions.find(visit.session_token, now) if visit.session_token else None
    if live:
        if live.device:
            remembering.revoke(RememberedDevice.id == live.device.id, now=now)
        sessions.revoke_where(UserSession.id == live.row.id, now=now)
    remembering.forget(visit.remember_cookie, now=now)
    return live is not None


def _raise_epoch(account: Account, *, session_id: int, now: datetime) -> str:
    account.epoch += 1
    db.session.flush()
    sessions.revoke_where(UserSession.account_id == account.id, UserSession.id != session_id, now=now)
    # not through remembering.revoke: this browser's session lives on although its device ends
    for device in db.session.scalars(select(RememberedDevice).where(RememberedDevice.account_id == account.id)):
        device.revoked_at = device.revoked_at or now
    return _renewed(session_id, now=now, epoch=account.epoch)


def _renewed(session_id: int, *, now: datetime, epoch: int | None = None) -> str:
    token = sessions.renew(session_id, now=now, epoch=epoch)
    if token is None:
        raise NotFound
    return token


def _object(account: Account) -> str:
    return f"account:{account.id}"
