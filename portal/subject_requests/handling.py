"""What staff do with a case: each function is one step, in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from portal.accounts import directory
from portal.catalogues.fields import Category
from portal.core import audit, crypto
from portal.core.audit import Actor, AuditAction
from portal.core.clock import local_date
from portal.core.db import db, random_id, row_id, table_of, transaction
from portal.core.errors import NotFound, RuleViolation
from portal.core.roles import GRANTS, Permission
from portal.customer_accounts import contact
from portal.register import restrictions
from portal.register import services as register
from portal.subject_requests import answering, cases, corrections, effects, guards, letters, reminding, workflow
from portal.subject_requests.corrections import Comparison
from portal.subject_requests.guards import Facts, Problem
from portal.subject_requests.kinds import (
    COPIES,
    NEEDED_LEVEL,
    WITHHELD,
    Channel,
    DocumentType,
    ExtensionReason,
    Ground,
    IdentityFact,
    IdentityMethod,
    Kind,
    Outcome,
    Sender,
    Status,
    TaskKind,
    TaskOutcome,
    level_shown,
)
from portal.subject_requests.models import (
    LONGEST_TEXT,
    Letter,
    RecipientTask,
    RequestItem,
    SubjectRequest,
)
from portal.subject_requests.workflow import StepName

PROMPT_DAYS = 3  # working days in which identity is doubted without undue delay


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


@dataclass(frozen=True, kw_only=True)
class TaskReport:
    outcome: TaskOutcome | None
    note: str = ""


def open_case(*, public_id: str, actor: Actor, now: datetime) -> SubjectRequest:
    """The case for the desk; opening it is a viewing of the customer that the customer can see (S13).

    Raises NotFound, and Forbidden for one's own.
    """
    with transaction():
        case = cases.shown(public_id, actor=actor)
        if case.customer_id is not None:
            audit.record(
                AuditAction.CUSTOMER_VIEWED,
                actor=actor,
                now=now,
                subject=case.customer_id,
                case=case.public_id,
                object=f"subject_request:{case.id}",
                purpose="case",
            )
        return case


def take(*, public_id: str, actor: Actor, now: datetime, version: int | None = None) -> None:
    """Begin the review, with oneself as the one who answers for it."""
    with cases.at_work(public_id, StepName.TAKE, actor=actor, now=now, version=version) as case:
        if case.assignee_account_id is None or case.status is Status.RECEIVED:
            case.assignee_account_id = actor.account_id
        workflow.move(case, StepName.TAKE, facts=Facts(actor=actor, today=local_date(now)), now=now)


def assign(*, public_id: str, assignee: str, actor: Actor, now: datetime, version: int | None = None) -> None:
    """Hand the case to a member of staff who may handle requests: an account's id or user name."""
    with cases.at_work(public_id, StepName.ASSIGN, actor=actor, now=now, version=version) as case:
        workflow.move(case, StepName.ASSIGN, facts=Facts(actor=actor), now=now)
        case.assignee_account_id = _handler(assignee)


def _handler(assignee: str) -> int:
    name = assignee.strip()
    account_id = row_id(name)
    try:
        account = directory.by_username(name) if account_id is None else directory.account_of(account_id)
    except NotFound:
        account = None
    if account is None or account.is_locked or Permission.REQUESTS_HANDLE not in GRANTS[account.role]:
        raise RuleViolation(Problem.UNKNOWN_ASSIGNEE, field="assignee")
    return account.id


def ask_identity(
    *, public_id: str, reason: str, question: str, actor: Actor, now: datetime, version: int | None = None
) -> None:
    """Stop the clock while a reasonable doubt about identity is cleared (article 12(6), L7, L10)."""
    with cases.at_work(public_id, StepName.ASK_IDENTITY, actor=actor, now=now, version=version) as case:
        is_told = bool(question.strip())
        facts = Facts(actor=actor, text=reason, is_customer_told=is_told, today=local_date(now))
        workflow.move(case, StepName.ASK_IDENTITY, facts=facts, now=now)
        case.paused_from = local_date(now)
        cases.add_message(case, question.strip(), sender=Sender.STAFF, actor=actor, now=now)
        answering.add_note(case, reason, actor=actor, now=now)
        cases.mail_customer(case, "identity", actor=actor, now=now, question=question.strip())


def identity_answered(
    *,
    public_id: str,
    note: str,
    actor: Actor,
    now: datetime,
    method: IdentityMethod | None = None,
    facts: Collection[IdentityFact] = (),
    document_type: DocumentType | None = None,
    answered_on: date | None = None,
    customer_number: str = "",
    version: int | None = None,
) -> None:
    """The clock goes on; the note says how identity was shown. Every date moves by the days asked for.

    `answered_on` is when the answer came, where that is written down later: the clock stood still until then.
    `customer_number` is whose request a stranger's turns out to be, see `join_customer`.
    """
    with cases.at_work(public_id, StepName.IDENTITY_ANSWERED, actor=actor, now=now, version=version) as case:
        if not note.strip():
            raise RuleViolation(Problem.NO_NOTE, field="note")
        today = local_date(now)
        day = answered_on or today
        if case.paused_from is not None and not case.paused_from <= day <= today:
            raise RuleViolation(Problem.INVALID_VALUE, field="answered_on")
        cases.close_pause(case, day)
        shown = level_shown(case.channel, method, facts) if method is not None else NEEDED_LEVEL[case.kind]
        _note_method(case, method, facts, document_type, actor=actor)
        case.identity_level = max(case.identity_level, shown)  # never lowered
        facts_now = Facts(actor=actor, text=note, shown=shown, today=today)
        workflow.move(case, StepName.IDENTITY_ANSWERED, facts=facts_now, now=now)
        _known_now(case, customer_number, method, note=note, actor=actor, now=now)


def show_identity(
    *,
    public_id: str,
    note: str,
    actor: Actor,
    now: datetime,
    method: IdentityMethod | None = None,
    facts: Collection[IdentityFact] = (),
    document_type: DocumentType | None = None,
    customer_number: str = "",
    version: int | None = None,
) -> None:
    """Somebody shows unasked who they are, after the request arrived: at the counter, or on the phone.

    The clock is not touched, for nobody was asked. `customer_number` as in `identity_answered`.
    """
    with cases.at_work(public_id, StepName.SHOW_IDENTITY, actor=actor, now=now, version=version) as case:
        shown = level_shown(case.channel, method, facts) if method is not None else None
        _note_method(case, method, facts, document_type, actor=actor)
        facts_now = Facts(actor=actor, text=note, shown=shown, today=local_date(now))
        workflow.move(case, StepName.SHOW_IDENTITY, facts=facts_now, now=now)
        case.identity_level = shown or case.identity_level
        _known_now(case, customer_number, method, note=note, actor=actor, now=now)


def _note_method(
    case: SubjectRequest,
    method: IdentityMethod | None,
    facts: Collection[IdentityFact],
    document_type: DocumentType | None,
    *,
    actor: Actor,
) -> None:
    """How it was shown; of a document its kind and who saw it, never a copy (L10)."""
    case.identity_method = method or case.identity_method
    case.identity_facts = " ".join(sorted(set(facts))) or case.identity_facts
    if method is IdentityMethod.ID_DOCUMENT:
        case.document_type = document_type
        names = directory.display_names({actor.account_id} if actor.account_id else set())
        case.document_checked_by = next(iter(names.values()), case.document_checked_by)


def _known_now(
    case: SubjectRequest,
    customer_number: str,
    method: IdentityMethod | None,
    *,
    note: str,
    actor: Actor,
    now: datetime,
) -> None:
    """What follows when it is known who asks: whose request it is, and what is not used until it is decided."""
    answering.add_note(case, note, actor=actor, now=now)
    if customer_number.strip():
        if method is None:
            raise RuleViolation(Problem.NO_METHOD, field="method")
        _join(case, customer_number, note=note, actor=actor, now=now)
    if case.decided_at is None:
        effects.at_arrival(case, cases.items_of(case), actor=actor, now=now)


def join_customer(
    *, public_id: str, customer_number: str, note: str, actor: Actor, now: datetime, version: int | None = None
) -> None:
    """Join a request that was made without an account to its customer, once it is known who asks (law.md 3, row 4).

    Nobody is joined by what they say they are: the level of identity must do for this kind of request.
    """
    with cases.at_work(public_id, StepName.JOIN_CUSTOMER, actor=actor, now=now, version=version) as case:
        _join(case, customer_number, note=note, actor=actor, now=now)
        answering.add_note(case, note, actor=actor, now=now)
        effects.at_arrival(case, cases.items_of(case), actor=actor, now=now)


def _join(case: SubjectRequest, customer_number: str, *, note: str, actor: Actor, now: datetime) -> None:
    try:
        customer = register.customer_by_number(customer_number.strip())
    except NotFound:
        raise RuleViolation(Problem.UNKNOWN_CUSTOMER, field="customer_number") from None
    facts = Facts(actor=actor, text=note, joins=customer.id, today=local_date(now))
    workflow.move(case, StepName.JOIN_CUSTOMER, facts=facts, now=now)
    case.customer_id = customer.id


def remind_identity(*, public_id: str, note: str, actor: Actor, now: datetime, version: int | None = None) -> None:
    """Ask once more before a refusal; the note tells how, where no mail address is known (L12)."""
    with cases.at_work(public_id, StepName.REMIND_IDENTITY, actor=actor, now=now, version=version) as case:
        reminding.remind_of_identity(case, note=note, actor=actor, now=now)


def change_arrival(
    *, public_id: str, received_on: date, reason: str, actor: Actor, now: datetime, version: int | None = None
) -> None:
    """Correct the day of arrival, from which every date is counted: never once the case has been decided.

    Both days stay on the audit trail, the reason among the notes.
    """
    with cases.at_work(public_id, StepName.CHANGE_ARRIVAL, actor=actor, now=now, version=version) as case:
        before = case.received_on
        cases.check_arrival_day(received_on, local_date(now))
        if received_on == before:
            raise RuleViolation(Problem.UNCHANGED, field="received_on")
        evidence = f"received_on:{before}>{received_on}"
        facts = Facts(actor=actor, text=reason, today=local_date(now), evidence=evidence)
        workflow.move(case, StepName.CHANGE_ARRIVAL, facts=facts, now=now)
        case.received_on = received_on
        cases.count_dates(case)
        answering.add_note(case, f"{before} → {received_on}: {reason.strip()}", actor=actor, now=now)


def extend(
    *,
    public_id: str,
    reason: ExtensionReason | None,
    explanation: str,
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> None:
    """Two further months, once, with a reason the law knows, and the customer told at the same moment (L2)."""
    with cases.at_work(public_id, StepName.EXTEND, actor=actor, now=now, version=version) as case:
        facts = Facts(actor=actor, reason=reason, text=explanation, is_customer_told=True, today=local_date(now))
        workflow.move(case, StepName.EXTEND, facts=facts, now=now)
        case.extension_reason = reason
        cases.count_dates(case)
        limit = letters.written_date(case.legal_limit, case.language)
        cases.tell_customer(case, "extended", actor=actor, now=now, limit=limit, explanation=explanation.strip())


def hold(*, public_id: str, actor: Actor, now: datetime, version: int | None = None) -> None:
    """Tell the customer that the request is not forgotten; it changes no date."""
    with cases.at_work(public_id, StepName.HOLD, actor=actor, now=now, version=version) as case:
        workflow.move(case, StepName.HOLD, facts=Facts(actor=actor, is_customer_told=True), now=now)
        limit = letters.written_date(case.legal_limit, case.language)
        cases.tell_customer(case, "holding", actor=actor, now=now, limit=limit)


def split(
    *, public_id: str, categories: Sequence[Category], actor: Actor, now: datetime, version: int | None = None
) -> None:
    """Decide these categories each on their own; the first item is then about everything else (L19, L24)."""
    with cases.at_work(public_id, StepName.SPLIT, actor=actor, now=now, version=version) as case:
        workflow.move(case, StepName.SPLIT, facts=Facts(actor=actor), now=now)
        items = cases.items_of(case)
        known = {item.category for item in items}
        wanted = [category for category in dict.fromkeys(categories) if category not in known]
        db.session.add_all(
            RequestItem(id=random_id(), request_id=case.id, position=position, category=category)
            for position, category in enumerate(wanted, start=len(items))
        )
        _forget_proposal(case)


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
            is_reserved=case.kind is not Kind.ACCESS and not corrections.is_own_contact(items),
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


def _forget_proposal(case: SubjectRequest) -> None:
    case.proposed_by_account_id = case.proposed_at = None


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


def answer(
    *,
    public_id: str,
    actor: Actor,
    now: datetime,
    channel: Channel | None = None,
    wish: str = "",
    version: int | None = None,
) -> Letter:
    """Make the letter and send the answer; raises RuleViolation where nothing has been decided.

    It goes the way it was asked for (L8), or by the `channel` that the customer has wished for, as `wish` tells.
    """
    with cases.at_work(public_id, StepName.ANSWER, actor=actor, now=now, version=version) as case:
        letter = answering.answer_case(
            case, cases.items_of(case), actor=actor, now=now, channel=channel, wish=wish.strip()
        )
        if wish.strip():
            answering.add_note(case, wish, actor=actor, now=now)
        return letter


def close(
    *,
    public_id: str,
    reports: Mapping[int, TaskReport],
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> None:
    """End the case once every recipient has been told, or it is said why not (article 19)."""
    with cases.at_work(public_id, StepName.CLOSE, actor=actor, now=now, version=version) as case:
        tasks = cases.tasks_of(case)
        for position, task in enumerate(tasks):
            if report := reports.get(position):
                _close_task(task, position, report, actor=actor, now=now)
        open_tasks = sum(task.closed_at is None for task in tasks)
        is_copy_given = case.kind in COPIES and any(
            task.kind is TaskKind.BY_HAND and task.outcome is TaskOutcome.DONE for task in tasks
        )
        facts = Facts(actor=actor, open_tasks=open_tasks, is_copy_given=is_copy_given, today=local_date(now))
        workflow.move(case, StepName.CLOSE, facts=facts, now=now)


def _close_task(task: RecipientTask, position: int, report: TaskReport, *, actor: Actor, now: datetime) -> None:
    if task.closed_at is not None or report.outcome is None:
        return
    if report.outcome is not TaskOutcome.DONE and not report.note.strip():
        raise RuleViolation(Problem.NO_REASONS, field=f"tasks-{position}-note")
    if len(report.note) > 1000:
        raise RuleViolation(Problem.TOO_LONG, field=f"tasks-{position}-note")
    task.outcome = report.outcome
    task.note = report.note.strip() or None
    task.closed_at = now
    task.closed_by_account_id = actor.account_id


def merge(*, public_id: str, target: str, actor: Actor, now: datetime, version: int | None = None) -> None:
    """Go on with another request of the same person for the same; the earlier arrival governs both (row 11)."""
    wanted = target.strip().upper()
    is_id = bool(cases.PUBLIC_ID.fullmatch(wanted))
    also = wanted if is_id else None
    with cases.at_work(public_id, StepName.MERGE, actor=actor, now=now, version=version, also=also) as case:
        try:
            other = cases.found(wanted, actor=actor, is_locked=True)
        except NotFound:
            raise RuleViolation(Problem.NOT_MERGEABLE, field="target") from None
        facts = Facts(
            actor=actor,
            target=other,
            has_same_scope=_is_within(cases.items_of(case), cases.items_of(other)),
            evidence=f"subject_request:{other.id}",
            today=local_date(now),
        )
        workflow.move(case, StepName.MERGE, facts=facts, now=now)
        case.merged_into_id = other.id
        _take_over(other, case, actor=actor, now=now)
        cases.mail_customer(
            case,
            "merged",
            actor=actor,
            now=now,
            target=other.public_id,
            limit=letters.written_date(other.legal_limit, other.language),
        )


def _is_within(items: Sequence[RequestItem], others: Sequence[RequestItem]) -> bool:
    """Nothing that was asked for is lost: every field of the one is asked for in the other too."""
    return {(item.field, item.record_id) for item in items} <= {(item.field, item.record_id) for item in others}


def _take_over(other: SubjectRequest, case: SubjectRequest, *, actor: Actor, now: datetime) -> None:
    facts = Facts(actor=actor, evidence=f"received_on:{other.received_on}>{min(other.received_on, case.received_on)}")
    workflow.move(other, StepName.ABSORB, facts=facts, now=now)
    other.received_on = min(other.received_on, case.received_on)
    cases.count_dates(other)
    if case.customer_id is not None:
        restrictions.handed_over(customer_id=case.customer_id, case=case.public_id, to_case=other.public_id)


def lift_restriction(
    *, public_id: str, explanation: str, actor: Actor, now: datetime, version: int | None = None
) -> None:
    """End a restriction that a request was granted, after telling the customer (article 18(3))."""
    with cases.at_work(public_id, StepName.LIFT_RESTRICTION, actor=actor, now=now, version=version) as case:
        cases.check_text(explanation, field="explanation")
        facts = Facts(
            actor=actor, text=explanation, is_customer_told=True, is_restricted=effects.is_restricted_by(case)
        )
        workflow.move(case, StepName.LIFT_RESTRICTION, facts=facts, now=now)
        cases.tell_customer(case, "restriction-lifted", actor=actor, now=now, explanation=explanation.strip())
        effects.at_end(case, actor=actor, now=now)


def message(*, public_id: str, text: str, actor: Actor, now: datetime) -> None:
    """Write to the customer: in the case, with a mail that tells it is there."""
    with cases.at_work(public_id, StepName.MESSAGE, actor=actor, now=now) as case:
        cases.check_text(text, field="text")
        cases.add_message(case, text.strip(), sender=Sender.STAFF, actor=actor, now=now)
        workflow.move(case, StepName.MESSAGE, facts=Facts(actor=actor), now=now)
        cases.mail_customer(case, "message", actor=actor, now=now)


def note(*, public_id: str, text: str, actor: Actor, now: datetime) -> None:
    """A note for staff only."""
    with cases.at_work(public_id, StepName.NOTE, actor=actor, now=now) as case:
        cases.check_text(text, field="text")
        answering.add_note(case, text, actor=actor, now=now)
        workflow.move(case, StepName.NOTE, facts=Facts(actor=actor), now=now)
