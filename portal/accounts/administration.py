"""What one administrator does alone: making accounts (without rights), inviting, locking and unlocking, own customers.

Roles and second factors need two: `proposals`.
"""

from datetime import datetime

from sqlalchemy import or_, update

from portal.accounts import directory, invitations, letters, passwords, remembering, sessions, spelling
from portal.accounts.models import Account, LockReason, Proposal, ProposalState, RememberedDevice, UserSession
from portal.accounts.own_security import COMMITMENT_VERSION
from portal.accounts.problems import AdministrationProblem, SignInProblem
from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.db import db, random_id, row_id, serialise, transaction
from portal.core.errors import Forbidden, NotFound, RuleViolation, Stale
from portal.core.roles import GRANTS, Permission, Role


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
    own_customer_id: int | None = None,
    totp_secret: str | None = None,
    has_accepted_commitment: bool = False,
    purpose: str | None = None,
    lock_reason: LockReason | None = None,
) -> Account:
    """Raises RuleViolation when the name is taken or the password too weak. Without a password nobody gets in."""
    name = spelling.username(username)
    if (role is Role.CUSTOMER) != (customer_id is not None):
        raise ValueError("a customer's account points to its customer, a staff account to none")
    if own_customer_id is not None and not role.is_staff:
        raise ValueError("only staff have a customer whom they are in private")
    if password is not None:
        passwords.check_policy(
            password, username=name, role=role, has_second_factor=totp_secret is not None, field="password"
        )
    password_hash = passwords.hashed(password) if password is not None else None
    with transaction() as session:
        serialise("account")
        if directory.by_username(name):
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
            own_customer_id=own_customer_id,
            display_name=display_name,
            epoch=1,
            is_locked=lock_reason is not None,
            lock_reason=lock_reason,
            created_at=now,
            commitment_accepted_at=now if has_accepted_commitment else None,
            commitment_text_version=COMMITMENT_VERSION if has_accepted_commitment else None,
        )
        account.totp_secret = totp_secret
        session.add(account)
        session.flush()
        audit.record(
            AuditAction.ACCOUNT_CREATED,
            actor=actor,
            now=now,
            subject=customer_id,
            object=account.reference,
            purpose=purpose,
        )
    return account


def invite(*, account_id: int, actor: Actor, now: datetime) -> None:
    """Send a new link for the first password; the earlier one ends. Raises RuleViolation without an address."""
    with transaction():
        acting(actor)
        send_invitation(held_staff(account_id), actor=actor, now=now)


def link_on_the_server(*, username: str, actor: Actor, now: datetime) -> str:
    """The same link for whoever runs the server, where no mail can be sent; raises NotFound or Stale."""
    with transaction():
        found = directory.by_username(username)
        if found is None:
            raise NotFound
        return _new_link(held(found.id), way="shown", actor=actor, now=now)


def set_own_customer(*, account_id: int, number: str, actor: Actor, now: datetime) -> None:
    """Whom a member of staff is as a customer: from now on they handle neither their own case nor their own data (S13).

    One administrator does it, since it only takes away; what is set gives way on the server alone. The trail does not
    name the customer: whoever reads it would learn who a number there is. Raises RuleViolation, or Stale when it is
    set.
    """
    with transaction():
        administrator = acting(actor)
        account = held_staff(account_id)
        if account.id == administrator.id:
            raise RuleViolation(AdministrationProblem.OWN_ACCOUNT)
        if account.own_customer_id is not None:
            raise Stale("it is set, and is changed on the server")
        customer_id = directory.customer_id_of(number)
        if customer_id is None:
            raise RuleViolation(AdministrationProblem.UNKNOWN_CUSTOMER, field="number")
        _set_own_customer(account, customer_id, actor=actor, now=now)


def set_own_customer_on_the_server(*, username: str, number: str | None, actor: Actor, now: datetime) -> None:
    """The same for whoever runs the server, who may also change it or take it back; raises NotFound."""
    with transaction():
        found = directory.by_username(username)
        customer_id = directory.customer_id_of(number) if number else None
        if found is None or not found.role.is_staff or (number and customer_id is None):
            raise NotFound
        _set_own_customer(held(found.id), customer_id, actor=actor, now=now)


def lock(*, account_id: int, reason: LockReason, actor: Actor, now: datetime) -> None:
    """Nothing of the account opens any more, from its next request on; changes it proposed or that wait for it end."""
    if reason is LockReason.UNAPPROVED:
        raise ValueError("an account that was approved once stays approved")
    with transaction():
        administrator = acting(actor)
        account = held(account_id)
        if account.id == administrator.id:
            raise RuleViolation(AdministrationProblem.OWN_ACCOUNT)
        if account.is_locked:
            raise Stale("it is locked already")
        account.is_locked, account.lock_reason = True, reason
        end_everywhere(account, now)
        end_proposals(account, by=administrator, now=now)
        audit.record(
            AuditAction.ACCOUNT_LOCKED,
            actor=actor,
            now=now,
            subject=account.customer_id,
            object=account.reference,
            purpose=reason.value,
        )
        letters.account_locked(account, now)


def unlock(*, account_id: int, actor: Actor, now: datetime) -> None:
    """The person may sign in again, with the password and second factor they had."""
    with transaction():
        acting(actor)
        account = held(account_id)
        if account.needs_approval:
            raise Forbidden("it takes a second administrator to open this account")
        if not account.is_locked:
            raise Stale("it is not locked any more")
        account.is_locked, account.lock_reason = False, None
        db.session.flush()
        audit.record(
            AuditAction.ACCOUNT_UNLOCKED,
            actor=actor,
            now=now,
            subject=account.customer_id,
            object=account.reference,
        )
        letters.account_unlocked(account, now)


# Steps of the above and of proposals


def acting(actor: Actor) -> Account:
    """The administrator who acts, as they are at this moment; raises Forbidden for who is none any more.

    One such change is made at a time, so that each sees what the one before has left.
    """
    serialise("administration")
    account = db.session.get(Account, actor.account_id, populate_existing=True) if actor.account_id else None
    if account is None or account.is_locked or Permission.ACCOUNTS_MANAGE not in GRANTS[account.role]:
        raise Forbidden("only an administrator administers accounts")
    return account


def held(account_id: int) -> Account:
    """The account that is about to change, its row held until the transaction ends; raises NotFound."""
    # the lock is taken before the audit chain's, as everywhere
    account = db.session.get(Account, account_id, with_for_update={"key_share": True}, populate_existing=True)
    if account is None:
        raise NotFound
    return account


def held_staff(account_id: int) -> Account:
    """The same; a customer's account is none that is invited, given a role or set back."""
    account = held(account_id)
    if not account.role.is_staff:
        raise Forbidden("this is a customer's account")
    return account


def id_in(reference: str) -> int:
    """The row id that an address or a form names; raises NotFound."""
    found = row_id(reference)
    if found is None:
        raise NotFound
    return found


def account_at(reference: str) -> Account:
    """The account whose id stands in an address; raises NotFound."""
    return directory.account_of(id_in(reference))


def staff_account_at(reference: str) -> Account:
    """The same; a customer's account has no such page."""
    account = account_at(reference)
    if not account.role.is_staff:
        raise NotFound
    return account


def send_invitation(account: Account, *, actor: Actor, now: datetime) -> None:
    """By mail alone: who is shown the link could use it in place of the person, and be two administrators at once.

    Raises RuleViolation without an address.
    """
    if not account.email:
        raise RuleViolation(AdministrationProblem.NO_EMAIL)
    letters.invitation(account, link=_new_link(account, way="mailed", actor=actor, now=now), now=now)


def _new_link(account: Account, *, way: str, actor: Actor, now: datetime) -> str:
    """The earlier link ends. Raises Stale for somebody who has a password, or may not come in."""
    if account.is_locked or account.password_hash is not None:
        raise Stale("who has a password, or may not come in, is not invited")
    account.epoch += 1
    db.session.flush()
    audit.record(AuditAction.INVITATION_MADE, actor=actor, now=now, object=account.reference, purpose=way)
    return invitations.link(account)


def _set_own_customer(account: Account, customer_id: int | None, *, actor: Actor, now: datetime) -> None:
    account.own_customer_id = customer_id
    db.session.flush()
    told = "removed" if customer_id is None else "set"
    audit.record(AuditAction.OWN_CUSTOMER_SET, actor=actor, now=now, object=account.reference, purpose=told)
    letters.own_customer_set(account, now)


def end_everywhere(account: Account, now: datetime) -> None:
    """Sign the account out of every browser, and kill what links and tokens it has (S5)."""
    account.epoch += 1
    db.session.flush()
    remembering.revoke(RememberedDevice.account_id == account.id, now=now)
    sessions.revoke_where(UserSession.account_id == account.id, now=now)


def end_proposals(account: Account, *, by: Account, now: datetime) -> None:
    """What waits about an account, or was proposed by it, is not decided any more."""
    db.session.execute(
        update(Proposal)
        .where(
            or_(Proposal.account_id == account.id, Proposal.proposed_by_id == account.id),
            Proposal.state == ProposalState.OPEN,
        )
        .values(state=ProposalState.WITHDRAWN, decided_by_id=by.id, decided_at=now)
        .execution_options(synchronize_session="fetch")
    )
