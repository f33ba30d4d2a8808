"""Asking who somebody is, and what is known once they have shown it."""

from collections.abc import Collection
from datetime import date, datetime

from portal.accounts import directory
from portal.core.audit import Actor
from portal.core.clock import local_date
from portal.core.errors import NotFound, RuleViolation
from portal.register import services as register
from portal.subject_requests import answering, cases, effects, reminding, workflow
from portal.subject_requests.guards import Facts, Problem
from portal.subject_requests.kinds import NEEDED_LEVEL, DocumentType, IdentityFact, IdentityMethod, Sender, level_shown
from portal.subject_requests.models import SubjectRequest
from portal.subject_requests.workflow import StepName

PROMPT_DAYS = 3  # working days in which identity is doubted without undue delay


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
        link = cases.identity_link(case)
        cases.mail_customer(case, "identity", actor=actor, now=now, question=question.strip(), link=link)


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
        # nobody shows the desk that they have signed in: who did, has asked or answered in the portal
        told = None if method is IdentityMethod.PORTAL else method
        shown = level_shown(case.channel, told, facts) if told is not None else None
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
    """Join a request that was made without an account to its customer, once it is known who asks.

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
    cases.forget_proposal(case)  # who proposed to erase did not know whose data that would be


def remind_identity(*, public_id: str, note: str, actor: Actor, now: datetime, version: int | None = None) -> None:
    """Ask once more before a refusal; the note tells how, where no mail address is known (L12)."""
    with cases.at_work(public_id, StepName.REMIND_IDENTITY, actor=actor, now=now, version=version) as case:
        reminding.remind_of_identity(case, note=note, actor=actor, now=now)
