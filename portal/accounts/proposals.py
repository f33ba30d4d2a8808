"""What two administrators do together: a role, a new account's first one, resetting a second factor (four eyes).

One proposes, another approves, and neither is the person it is about. A proposal that nobody decides lapses.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from portal.accounts import administration, directory, letters, second_factor
from portal.accounts.models import Account, LockReason, Proposal, ProposalKind, ProposalState
from portal.accounts.problems import AdministrationProblem
from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.db import db, random_id, transaction
from portal.core.errors import Forbidden, NotFound, RuleViolation, Stale
from portal.core.roles import Role

OPEN_FOR = timedelta(days=7)
MOST_SHOWN = 50


@dataclass(frozen=True)
class Line:
    """A proposal as administrators see it."""

    id: int
    account_id: int
    account_name: str
    kind: ProposalKind
    old_role: Role | None
    role: Role | None
    state: ProposalState
    proposed_by_id: int
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    decided_by: str | None
    decided_at: datetime | None

    def may_decide(self, account_id: int) -> bool:
        """Whether this administrator is the second one."""
        return self.state is ProposalState.OPEN and account_id not in (self.proposed_by_id, self.account_id)

    def may_withdraw(self, account_id: int) -> bool:
        return self.state is ProposalState.OPEN and account_id == self.proposed_by_id


def propose_account(
    *, username: str, display_name: str, email: str, language: str, role: Role, actor: Actor, now: datetime
) -> Account:
    """A new staff account: it opens nothing, and nobody is invited, until a second administrator has approved it."""
    _check_staff_role(role)
    with transaction():
        administrator = administration.acting(actor)
        account = administration.create_account(
            username=username,
            display_name=display_name,
            email=email,
            language=language,
            role=role,
            lock_reason=LockReason.UNAPPROVED,
            actor=actor,
            now=now,
        )
        _propose(account, ProposalKind.NEW_ACCOUNT, role=role, by=administrator, actor=actor, now=now)
        return account


def propose_role(*, account_id: int, role: Role, actor: Actor, now: datetime) -> None:
    """Another role for a member of staff, or the first for one whose account needs approval to open."""
    _check_staff_role(role)
    with transaction():
        administrator = administration.acting(actor)
        account = administration.held_staff(account_id)
        is_new = account.needs_approval
        if role is account.role and not is_new:
            raise RuleViolation(AdministrationProblem.SAME_ROLE, field="role")
        kind = ProposalKind.NEW_ACCOUNT if is_new else ProposalKind.ROLE
        _propose(account, kind, role=role, by=administrator, actor=actor, now=now)


def propose_second_factor_reset(*, account_id: int, actor: Actor, now: datetime) -> None:
    """For a member of staff whose phone and recovery codes are lost."""
    with transaction():
        administrator = administration.acting(actor)
        account = administration.held_staff(account_id)
        if not account.has_second_factor:
            raise Stale("there is no second factor any more")
        _propose(account, ProposalKind.SECOND_FACTOR_RESET, role=None, by=administrator, actor=actor, now=now)


def approve(*, account_id: int, proposal_id: int, actor: Actor, now: datetime) -> ProposalKind:
    """Carry the change out; what it was is told.

    Raises RuleViolation when the person would have to be invited and has no address.
    """
    with transaction():
        proposal, account = _decided(account_id, proposal_id, ProposalState.APPROVED, actor=actor, now=now)
        _CARRY_OUT[proposal.kind](proposal, account, actor, now)
        return proposal.kind


def reject(*, account_id: int, proposal_id: int, actor: Actor, now: datetime) -> None:
    with transaction():
        proposal, _account = _decided(account_id, proposal_id, ProposalState.REJECTED, actor=actor, now=now)
        _record(AuditAction.PROPOSAL_REJECTED, proposal, actor=actor, now=now)


def withdraw(*, account_id: int, proposal_id: int, actor: Actor, now: datetime) -> None:
    """By the administrator who proposed it."""
    with transaction():
        administrator = administration.acting(actor)
        proposal = _open(account_id, proposal_id, now)
        if proposal.proposed_by_id != administrator.id:
            raise Forbidden("somebody else proposed it")
        _close(proposal, ProposalState.WITHDRAWN, by=administrator, now=now)
        _record(AuditAction.PROPOSAL_WITHDRAWN, proposal, actor=actor, now=now)


def waiting(now: datetime) -> list[Line]:
    """What waits for a second administrator, what lapses first on top."""
    query = select(Proposal).where(Proposal.state == ProposalState.OPEN, Proposal.expires_at > now)
    return _lines(db.session.scalars(query.order_by(Proposal.expires_at)).all(), now)


def of_account(account_id: int, now: datetime) -> list[Line]:
    """What was proposed about an account, newest first."""
    query = select(Proposal).where(Proposal.account_id == account_id)
    return _lines(db.session.scalars(query.order_by(Proposal.proposed_at.desc()).limit(MOST_SHOWN)).all(), now)


def _check_staff_role(role: Role) -> None:
    if not role.is_staff:
        raise Forbidden("nobody of staff becomes a customer")


def _propose(
    account: Account, kind: ProposalKind, *, role: Role | None, by: Account, actor: Actor, now: datetime
) -> None:
    if account.id == by.id:
        raise RuleViolation(AdministrationProblem.OWN_ACCOUNT)
    waits = db.session.scalar(
        select(Proposal).where(Proposal.account_id == account.id, Proposal.state == ProposalState.OPEN)
    )
    if waits and waits.state_at(now) is ProposalState.OPEN:
        raise RuleViolation(AdministrationProblem.CHANGE_WAITS)
    if waits:
        waits.state = ProposalState.EXPIRED
        db.session.flush()
    proposal = Proposal(
        id=random_id(),
        account_id=account.id,
        kind=kind,
        role=role,
        old_role=None if kind is ProposalKind.NEW_ACCOUNT else account.role,
        state=ProposalState.OPEN,
        proposed_by_id=by.id,
        proposed_at=now,
        expires_at=now + OPEN_FOR,
        decided_by_id=None,
        decided_at=None,
    )
    db.session.add(proposal)
    db.session.flush()
    _record(AuditAction.PROPOSAL_MADE, proposal, actor=actor, now=now)


def _decided(
    account_id: int, proposal_id: int, state: ProposalState, *, actor: Actor, now: datetime
) -> tuple[Proposal, Account]:
    """The open proposal, closed by a second administrator, with the account it is about."""
    administrator = administration.acting(actor)
    proposal = _open(account_id, proposal_id, now)
    if administrator.id in (proposal.proposed_by_id, proposal.account_id):
        raise RuleViolation(AdministrationProblem.SECOND_ADMINISTRATOR)
    account = administration.held_staff(proposal.account_id)
    _close(proposal, state, by=administrator, now=now)
    return proposal, account


def _open(account_id: int, proposal_id: int, now: datetime) -> Proposal:
    proposal = db.session.get(Proposal, proposal_id, populate_existing=True)
    if proposal is None or proposal.account_id != account_id:
        raise NotFound
    if proposal.state_at(now) is not ProposalState.OPEN:
        raise Stale("it has been decided, or has lapsed")
    return proposal


def _close(proposal: Proposal, state: ProposalState, *, by: Account, now: datetime) -> None:
    proposal.state, proposal.decided_by_id, proposal.decided_at = state, by.id, now
    db.session.flush()


def _open_account(proposal: Proposal, account: Account, actor: Actor, now: datetime) -> None:
    """Whoever had it before has nothing left of it: the person is invited anew."""
    account.role = _role_of(proposal)
    account.is_locked, account.lock_reason = False, None
    account.password_hash = None
    second_factor.remove(account)
    db.session.flush()
    _record(AuditAction.ROLE_CHANGED, proposal, actor=actor, now=now)
    administration.send_invitation(account, actor=actor, now=now)


def _change_role(proposal: Proposal, account: Account, actor: Actor, now: datetime) -> None:
    old, account.role = account.role, _role_of(proposal)
    administration.end_everywhere(account, now)
    administration.end_proposals(account, by=directory.account_of(actor.account_id or 0), now=now)
    _record(AuditAction.ROLE_CHANGED, proposal, actor=actor, now=now)
    letters.role_changed(account, old, now)


def _reset_second_factor(proposal: Proposal, account: Account, actor: Actor, now: datetime) -> None:
    second_factor.remove(account)
    administration.end_everywhere(account, now)
    _record(AuditAction.SECOND_FACTOR_REMOVED, proposal, actor=actor, now=now)
    letters.second_factor_reset(account, now)


_CARRY_OUT: dict[ProposalKind, Callable[[Proposal, Account, Actor, datetime], None]] = {
    ProposalKind.NEW_ACCOUNT: _open_account,
    ProposalKind.ROLE: _change_role,
    ProposalKind.SECOND_FACTOR_RESET: _reset_second_factor,
}


def _role_of(proposal: Proposal) -> Role:
    if proposal.role is None:
        raise ValueError("this proposal is about no role")
    return proposal.role


def _record(action: AuditAction, proposal: Proposal, *, actor: Actor, now: datetime) -> None:
    audit.record(action, actor=actor, now=now, object=f"account:{proposal.account_id}", purpose=_told(proposal))


def _told(proposal: Proposal) -> str:
    """The change as the audit trail names it."""
    if proposal.role is None:
        return proposal.kind.value
    return f"{proposal.old_role.value if proposal.old_role else 'none'}>{proposal.role.value}"


def _lines(proposals: Sequence[Proposal], now: datetime) -> list[Line]:
    people = {person for p in proposals for person in (p.account_id, p.proposed_by_id, p.decided_by_id) if person}
    names = directory.display_names(people)
    return [
        Line(
            id=p.id,
            account_id=p.account_id,
            account_name=names[p.account_id],
            kind=p.kind,
            old_role=p.old_role,
            role=p.role,
            state=p.state_at(now),
            proposed_by_id=p.proposed_by_id,
            proposed_by=names[p.proposed_by_id],
            proposed_at=p.proposed_at,
            expires_at=p.expires_at,
            decided_by=names.get(p.decided_by_id) if p.decided_by_id else None,
            decided_at=p.decided_at,
        )
        for p in proposals
    ]
