"""Signing in and out, and fresh entry: what happens, in one place.

A check of a password or code is counted in a transaction of its own before it is made: a refusal must not undo the
count, and no lock is held while a hash is computed.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update

from portal.accounts import (
    directory,
    letters,
    passwords,
    recovery_codes,
    remembering,
    second_factor,
    sessions,
    spelling,
    throttling,
    try_warnings,
)
from portal.accounts.device_names import device_name
from portal.accounts.models import Account, RememberedDevice, UserSession
from portal.accounts.problems import SignInProblem
from portal.accounts.remembering import RememberCookie
from portal.config import LANGUAGES
from portal.consents.services import ConsentCookie, ShownText, Withdrawal, allow_functional_by_sign_in
from portal.core import audit
from portal.core.audit import VISITOR, Actor, AuditAction
from portal.core.crypto import DamagedCiphertext
from portal.core.database_trouble import unless_read_only
from portal.core.db import db, is_read_only, transaction
from portal.core.errors import RuleViolation
from portal.core.roles import Role

CODE_TIME = timedelta(minutes=10)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Visit:
    """What a request brings to sign-in: from where, in which language, with which cookies."""

    address: str
    user_agent: str = ""
    language: str = LANGUAGES[0]
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


# Signing in


def is_possible() -> bool:
    """Whether anybody can sign in now: a session is a row, and the database may take nothing new."""
    return not is_read_only()


def sign_in(*, username: str, password: str, wants_memory: bool, visit: Visit, now: datetime) -> Opened | CodeNeeded:
    """Raises Throttled, or RuleViolation with the same code whatever was wrong (S8)."""
    name = spelling.username(username)
    throttling.count_attempt(username=name, address=visit.address, now=now)
    account = directory.by_username(name)
    epoch = account.epoch if account else 0
    is_right = passwords.is_right(account.password_hash if account else None, password)
    if account is None or not is_right or account.is_locked:
        _record_failure(account, name, now)
        raise RuleViolation(SignInProblem.WRONG)
    _rehash_if_outdated(account, password)
    if account.has_second_factor:
        return CodeNeeded(account.id, epoch, wants_memory, now)
    return open_session(account, epoch=epoch, wants_memory=wants_memory, visit=visit, now=now)


def sign_in_with_code(pending: CodeNeeded, *, code: str, visit: Visit, now: datetime) -> Opened:
    """The second step; raises Throttled or RuleViolation."""
    account = db.session.get(Account, pending.account_id)
    if account is None or account.epoch != pending.epoch or account.is_locked or not pending.is_open(now):
        raise RuleViolation(SignInProblem.WRONG_CODE, field="code")
    check_code(account, code, visit=visit, now=now)
    return open_session(account, epoch=pending.epoch, wants_memory=pending.wants_memory, visit=visit, now=now)


def open_session(account: Account, *, epoch: int, wants_memory: bool, visit: Visit, now: datetime) -> Opened:
    """Let the person in: every check has been passed. Ends what the same browser held before (S6).

    Raises RuleViolation when the account has moved on from the `epoch` in which the password was checked.
    """
    name = device_name(visit.user_agent)
    remember_cookie = consent_cookie = device_id = None
    with transaction():
        if account.epoch != epoch:  # a check takes long enough for the password to change meanwhile
            raise RuleViolation(SignInProblem.WRONG)
        account.last_sign_in_at = now
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
        throttling.forget_attempts(username=account.username)
        audit.record(AuditAction.SIGN_IN_SUCCEEDED, actor=account.actor, now=now, object=account.reference)
        return Opened(token, account.role, remember_cookie, consent_cookie)


def sign_out(*, visit: Visit, actor: Actor, now: datetime) -> None:
    """End this browser's session, and its being remembered: a kept copy of either cookie opens nothing.

    While nothing can be written, this browser loses its cookies all the same; a copy of them lasts as long as it would.
    """
    with unless_read_only(), transaction():
        if _end_browser(visit, now):
            audit.record(AuditAction.SIGNED_OUT, actor=actor, now=now)


def confirm_password(*, account_id: int, session_id: int, password: str, code: str, visit: Visit, now: datetime) -> str:
    """A fresh entry (S4): returns the session's new random id; raises Throttled or RuleViolation."""
    account = directory.account_of(account_id)
    check_password(account, password, field="password", visit=visit, now=now)
    if account.has_second_factor:
        check_code(account, code, visit=visit, now=now)
    with transaction():
        throttling.forget_attempts(username=account.username)
        audit.record(AuditAction.SIGN_IN_SUCCEEDED, actor=account.actor, now=now, purpose="confirm")
        return sessions.renew(session_id, now=now)


def end_withdrawn_device(withdrawal: Withdrawal) -> int:
    """Consent to functional cookies was withdrawn: this browser is not remembered; its session goes on."""
    return remembering.forget(withdrawal.cookies.get("remember"), now=withdrawal.now, ends_sessions=False)


# Steps of the above


def check_password(account: Account, password: str, *, field: str, visit: Visit, now: datetime) -> None:
    throttling.count_attempt(username=account.username, address=visit.address, now=now)
    if not passwords.is_right(account.password_hash, password):
        _record_failure(account, account.username, now)
        raise RuleViolation(SignInProblem.WRONG_PASSWORD, field=field)


def check_code(account: Account, code: str, *, visit: Visit, now: datetime) -> None:
    throttling.count_attempt(username=account.username, address=visit.address, now=now)
    problem = SignInProblem.WRONG_CODE
    try:
        is_right = second_factor.use_code(account, code, now)
    except DamagedCiphertext as damage:
        logger.error("a second factor cannot be checked: %s", damage)
        is_right, problem = False, SignInProblem.UNREADABLE_FACTOR
    if not is_right and not _use_recovery_code(account, code, now):
        _record_failure(account, account.username, now)
        raise RuleViolation(problem, field="code")


def _use_recovery_code(account: Account, code: str, now: datetime) -> bool:
    with transaction():
        if not recovery_codes.use(account, code):
            return False
        audit.record(AuditAction.RECOVERY_CODE_USED, actor=account.actor, now=now, object=account.reference)
        letters.recovery_code_used(account, left=recovery_codes.left(account.id), now=now)
        return True


def _record_failure(account: Account | None, username: str, now: datetime) -> None:
    with transaction():
        if throttling.is_exhausted(username=username, now=now):
            try_warnings.note(username, now=now)
        audit.record(
            AuditAction.SIGN_IN_FAILED,
            actor=VISITOR,
            now=now,
            object=account.reference if account else None,
            outcome="refused",
        )


def _rehash_if_outdated(account: Account, password: str) -> None:
    stored = account.password_hash
    if stored and passwords.is_outdated(stored):
        new_hash = passwords.hashed(password)
        with transaction() as session:  # unless the password was changed while this one was hashed
            is_same = (Account.id == account.id) & (Account.password_hash == stored)
            session.execute(update(Account).where(is_same).values(password_hash=new_hash))


def _end_browser(visit: Visit, now: datetime) -> bool:
    """End what this browser's cookies open; whether there was a live session."""
    live = sessions.find(visit.session_token, now) if visit.session_token else None
    if live:
        if live.device:
            remembering.revoke(RememberedDevice.id == live.device.id, now=now)
        sessions.revoke_where(UserSession.id == live.row.id, now=now)
    remembering.forget(visit.remember_cookie, now=now)
    return live is not None
