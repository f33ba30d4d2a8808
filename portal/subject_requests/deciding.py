"""Deciding a case item by item: alone, or proposed by one and approved by another; and the draft of its letter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.catalogues.fields import Category
from portal.core import audit, crypto
from portal.core.audit import Actor, AuditAction
from portal.core.clock import local_date
from portal.core.db import db, random_id, table_of
from portal.core.errors import RuleViolation
from portal.core.roles import GRANTS, Permission
from portal.customer_accounts import contact
from portal.subject_requests import answering, cases, corrections, effects, guards, workflow
from portal.subject_requests.corrections import Comparison
from portal.subject_requests.guards import Facts, Problem
from portal.subject_requests.kinds import (
    WITHHELD,
    Ground,
    Kind,
    Outcome,
    Status,
)
from portal.subject_requests.models import (
    LONGEST_TEXT,
    RequestItem,
    SubjectRequest,
)
from portal.subject_requests.workflow import StepName


@dataclass(frozen=True, kw_only=True)
class ItemDecision:
    """The decision on one item. `seen_mark` stands for the changed value the reviewer chose to replace.

    `keeps_reasons_back` leaves the reasons out of the letter, where telling them would defeat the purpose (L19).
    """

    outcome: Outcome | None
    ground: Ground | None = None
    reasons: str = ""
    seen_mark: str = ""
    keeps_reasons_back: bool = False


def split(
    *, public_id: str, categories: Sequence[Category], actor: Actor, now: datetime, version: int | None = None
) -> None:
    """Decide these categories each on their own; the first item is then about everything else (L19, L24)."""
    with cases.at_work(public_id, StepName.SPLIT, actor=actor, now=now, version=version) as case:
        workflow.move(case, StepName.SPLIT, facts=Facts(actor=actor), now=now)
        items = cases.items_of(case)
        known = {item.category for item in items}
        wanted = [category for category in dict.fromkeys(categories) if category not in known]
        if not wanted:
            raise RuleViolation(Problem.NO_CATEGORY, field="categories")
        db.session.add_all(
            RequestItem(id=random_id(), request_id=case.id, position=position, category=category)
            for position, category in enumerate(wanted, start=len(items))
        )
        cases.forget_proposal(case)


def decide(
    *,
    public_id: str,
    decisions: Mapping[int, ItemDecision],
    actor: Actor,
    now: datetime,
    version: int | None = None,
    assessment: str = "",
) -> StepName:
    """Decide every item; what is granted is written into the register in this same transaction.

    An erasure is only proposed: it is decided when a second person approves it. Tells which of the two it was.
    Raises RuleViolation: an item without outcome, a refusal without ground or reasons, a decision that belongs to
    another role, a missing assessment, a value that has changed since the customer saw it and was not chosen again.
    """
    with cases.at_work(public_id, StepName.DECIDE, actor=actor, now=now, version=version) as case:
        items = cases.items_of(case)
        if case.customer_id is not None and case.kind is Kind.CORRECTION:
            contact.hold(case.customer_id)
        cases.check_text(assessment, field="assessment", is_needed=False)
        case.assessment = assessment.strip() or case.assessment
        step = _deciding_step(case, items, decisions, actor)
        _note_decisions(items, decisions)
        comparisons = corrections.compared(case, items)
        marks = {position: decision.seen_mark for position, decision in decisions.items()}
        facts = Facts(
            items=items,
            stale_positions=corrections.stale_positions(comparisons, marks=marks),
            is_reserved=corrections.is_reserved(case, items),
            assessment=case.assessment or "",
            actor=actor,
            today=local_date(now),
        )
        workflow.move(case, step, facts=facts, now=now)
        if step is StepName.PROPOSE:
            case.proposed_by_account_id, case.proposed_at = actor.account_id, now
        else:
            _decided(case, items, comparisons, actor=actor, now=now)
        return step


def draft(*, public_id: str, decisions: Mapping[int, ItemDecision], actor: Actor, now: datetime) -> bytes:
    """The letter of these decisions, before anything is decided or sent; a decided case keeps what it has.

    Writes nothing. Raises NotFound, Forbidden for one's own case, RuleViolation where an item lacks what its letter
    must tell.
    """
    case = cases.shown(public_id, actor=actor)
    items = cases.items_of(case)
    if case.decided_at is None:
        present = {comparison.item.position: comparison.now for comparison in corrections.compared(case, items)}
        items = [_copy(item) for item in items]
        _note_decisions(items, decisions)
        if refusal := guards.undecided(case, items):
            raise refusal
        for item in items:
            item.value_before = present.get(item.position)
            item.value_after = item.proposed if item.outcome is Outcome.GRANT else item.value_before
    return answering.draft(case, items, outcome=overall(items), now=now)


def _copy(item: RequestItem) -> RequestItem:
    """The same item, which the database does not know of."""
    return RequestItem(**{column.key: getattr(item, column.key) for column in table_of(RequestItem).columns})


def _deciding_step(
    case: SubjectRequest, items: Sequence[RequestItem], decisions: Mapping[int, ItemDecision], actor: Actor
) -> StepName:
    if case.status is Status.IDENTITY_PENDING:
        return StepName.REFUSE_UNIDENTIFIED
    refused = all(
        decision is not None and decision.outcome is Outcome.REFUSE
        for decision in (decisions.get(item.position) for item in items)
    )
    may_decide = actor.role is not None and Permission.REQUESTS_DECIDE in GRANTS[actor.role]
    return StepName.PROPOSE if case.kind is Kind.ERASURE and not refused and may_decide else StepName.DECIDE


def approve(*, public_id: str, actor: Actor, now: datetime, version: int | None = None) -> None:
    """Decide as another person has proposed: what deletes data takes two (S27)."""
    with cases.at_work(public_id, StepName.APPROVE, actor=actor, now=now, version=version) as case:
        if case.customer_id is not None:
            contact.hold(case.customer_id)  # an erasure closes accounts: their rows come before the audit trail
        items = cases.items_of(case)
        facts = Facts(items=items, actor=actor, today=local_date(now))
        workflow.move(case, StepName.APPROVE, facts=facts, now=now)
        _decided(case, items, [], actor=actor, now=now)


def _decided(
    case: SubjectRequest,
    items: Sequence[RequestItem],
    comparisons: Sequence[Comparison],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    case.outcome = overall(items)
    case.decided_at = now
    case.decided_by_account_id = actor.account_id
    if case.paused_from is not None:  # refused as unidentified: the clock has nothing left to count
        cases.close_pause(case, local_date(now))
    effects.of_decision(case, items, comparisons, actor=actor, now=now)
    for item in items:
        _record_item(case, item, actor=actor, now=now)


def _record_item(case: SubjectRequest, item: RequestItem, *, actor: Actor, now: datetime) -> None:
    """The outcome, with digests of what stood before and after: they tell nobody the values."""
    values = (crypto.readable(item, "value_before"), crypto.readable(item, "value_after"))
    digests = ">".join(crypto.blind_index(f"request_item.{item.id}", value)[:16] if value else "-" for value in values)
    audit.record(
        AuditAction.REQUEST_ITEM_DECIDED,
        actor=actor,
        now=now,
        subject=case.customer_id,
        case=case.public_id,
        object=f"request_item:{item.id}:{digests}",
        purpose=item.outcome,
    )


def _note_decisions(items: Sequence[RequestItem], decisions: Mapping[int, ItemDecision]) -> None:
    for item in items:
        decision = decisions.get(item.position)
        if decision is None:
            continue
        if len(decision.reasons) > LONGEST_TEXT:
            raise RuleViolation(Problem.TOO_LONG, field=f"items-{item.position}-reasons")
        is_granted = decision.outcome is Outcome.GRANT
        item.outcome = decision.outcome
        item.ground = None if is_granted else decision.ground
        item.reasons = decision.reasons.strip() or None
        item.keeps_reasons_back = decision.keeps_reasons_back and item.ground in WITHHELD


def overall(items: Sequence[RequestItem]) -> Outcome:
    outcomes = {item.outcome for item in items}
    if outcomes == {Outcome.GRANT}:
        return Outcome.GRANT
    return Outcome.REFUSE if outcomes == {Outcome.REFUSE} else Outcome.PARTLY
