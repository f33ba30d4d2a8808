"""Requests arriving from any channel, and what the customer does with them afterwards."""

from collections.abc import Sequence
from datetime import datetime

from portal.catalogues.sources import Source
from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.clock import local_date
from portal.core.db import db, random_id, transaction
from portal.core.errors import NotFound, RuleViolation
from portal.core.once import made_before, once_key
from portal.permissions import services as permissions
from portal.permissions.models import Channel as ContactChannel
from portal.permissions.models import Choice, State
from portal.register import services as register
from portal.subject_requests import answering, cases, corrections, effects, pace, workflow
from portal.subject_requests.arriving import (
    Arrival,
    grant_at_once,
    latest_receipt,
    new_case,
    receive,
    source_of,
    unidentified,
)
from portal.subject_requests.corrections import ProposedItem
from portal.subject_requests.guards import Facts, Problem
from portal.subject_requests.kinds import (
    AT_ONCE,
    DECIDED,
    Kind,
    Sender,
    TaskKind,
)
from portal.subject_requests.models import RecipientTask, RequestItem, SubjectRequest
from portal.subject_requests.opting_out import customers_with, normal_contact, opt_out
from portal.subject_requests.workflow import StepName

MOST_ITEMS = 20
# Clear without a word; to take a consent back must be as easy as giving it (L29).
NEEDS_NO_TEXT = frozenset({Kind.ACCESS, Kind.PORTABILITY, Kind.OPT_OUT, Kind.CONSENT_WITHDRAWAL})


def submit_correction(
    *,
    customer_id: int,
    items: Sequence[ProposedItem],
    grounds: str,
    actor: Actor,
    now: datetime,
    arrival: Arrival | None = None,
    once: str | None = None,
) -> SubjectRequest:
    """Ask for corrections of fields (article 16); raises RuleViolation beside the field that is wrong."""
    if not 1 <= len(items) <= MOST_ITEMS:
        raise RuleViolation(Problem.EMPTY, field="items")
    cases.check_text(grounds, field="grounds", is_needed=False)
    with transaction():
        if first := made_before(SubjectRequest, once, customer_id):
            return first
        pace.check(actor, now)
        case = new_case(
            Kind.CORRECTION, customer=register.customer_of(customer_id), actor=actor, now=now, arrival=arrival
        )
        case.once_key = once_key(once, customer_id)
        case.grounds = grounds.strip() or None
        made = [
            corrections.made_item(case, position, item, customer_id=customer_id) for position, item in enumerate(items)
        ]
        receive(case, made, actor=actor, now=now)
        return case


def submit(
    kind: Kind,
    *,
    customer_id: int | None,
    text: str,
    actor: Actor,
    now: datetime,
    arrival: Arrival | None = None,
    contact: str | None = None,
    language: str | None = None,
    once: str | None = None,
) -> SubjectRequest:
    """A request in the customer's own words. Opt-out and withdrawal of consent are done at once (L27, L29)."""
    if kind is Kind.OPT_OUT and customer_id is not None:
        return opt_out(customer_id=customer_id, actor=actor, now=now, arrival=arrival, text=text, once=once)
    if kind is Kind.OPT_OUT:
        raise RuntimeError("an opt-out without a customer is one of a contact point")
    cases.check_text(text, field="text", is_needed=kind not in NEEDS_NO_TEXT)
    with transaction():
        if first := made_before(SubjectRequest, once, customer_id):
            return first
        if kind not in AT_ONCE:
            pace.check(actor, now)
        elif customer_id is not None and (told := _withdrawn_already(customer_id, actor, now)):
            return told
        customer = register.customer_of(customer_id) if customer_id is not None else None
        case = new_case(kind, customer=customer, actor=actor, now=now, arrival=arrival, language=language)
        case.once_key = once_key(once, customer_id)
        case.text = text.strip() or None
        case.contact = contact
        item = RequestItem(id=random_id(), request_id=case.id, position=0)
        receive(case, [item], actor=actor, now=now)
        if kind is Kind.CONSENT_WITHDRAWAL:
            if customer is not None:
                _withdraw_permissions(customer.id, source=source_of(case), actor=actor, now=now)
            grant_at_once(case, [item], actor=actor, now=now)
        return case


def _withdrawn_already(customer_id: int, actor: Actor, now: datetime) -> SubjectRequest | None:
    """The receipt of a withdrawal after which nothing has been permitted, for an account that has sent very many."""
    if not pace.is_exceeded(actor, now) or any(
        line.state is State.PERMISSION for line in permissions.state_of(customer_id)
    ):
        return None
    return latest_receipt(Kind.CONSENT_WITHDRAWAL, customer_id)


def withdraw_consents_by_contact(
    contact: str,
    *,
    language: str,
    actor: Actor,
    now: datetime,
    arrival: Arrival | None = None,
    text: str = "",
    once: str | None = None,
) -> SubjectRequest:
    """Take back what was permitted to a contact point, whoever it belongs to (article 7(3), L29).

    The first case is returned; where nobody is known by it there is nothing to take back, and the case says so too.
    """
    normal, fitting = normal_contact(contact)
    owners: Sequence[int | None] = customers_with(contact if ContactChannel.POST in fitting else normal) or [None]
    with transaction():
        made = [
            submit(
                Kind.CONSENT_WITHDRAWAL,
                customer_id=customer_id,
                text=text,
                contact=contact,
                language=language,
                actor=actor,
                now=now,
                arrival=arrival or unidentified(now),
                once=once,
            )
            for customer_id in owners
        ]
        return made[0]


def _withdraw_permissions(customer_id: int, *, source: Source, actor: Actor, now: datetime) -> None:
    """Every marketing permission given goes back to no choice (article 7(3)); prohibitions stay."""
    for line in permissions.state_of(customer_id):
        if line.state is State.PERMISSION:
            permissions.choose(
                customer_id=customer_id,
                type=line.type,
                channel=line.channel,
                choice=Choice.WITHDRAW,
                source=source,
                actor=actor,
                now=now,
            )


def withdraw(*, public_id: str, actor: Actor, now: datetime, note: str = "") -> None:
    """Take a request back before it is decided; staff say on whose word."""
    with cases.at_work(public_id, StepName.WITHDRAW, actor=actor, now=now) as case:
        workflow.move(case, StepName.WITHDRAW, facts=Facts(actor=actor, text=note, today=local_date(now)), now=now)
        if note.strip():
            answering.add_note(case, note, actor=actor, now=now)
        cases.mail_customer(case, "withdrawn", actor=actor, now=now)
        effects.at_end(case, actor=actor, now=now)


def message_from_customer(
    *, public_id: str, text: str, actor: Actor, now: datetime, is_asked_for: bool = False
) -> None:
    """Raises Throttled when the account has written its most in a day, unless we have asked for the answer."""
    cases.check_text(text, field="text")
    with cases.at_work(public_id, "message", actor=actor, now=now) as case:
        if not is_asked_for:
            pace.check_message(actor, now)
        cases.add_message(case, text.strip(), sender=Sender.CUSTOMER, actor=actor, now=now)
        workflow.move(case, StepName.MESSAGE, facts=Facts(actor=actor), now=now)


def ask_ombudsman(*, public_id: str, actor: Actor, now: datetime) -> None:
    """The customer wants what we keep back to be given to the ombudsman (Data Protection Act 34 §, L19).

    Asked twice it is one task.
    """
    with cases.at_work(public_id, StepName.ASK_OMBUDSMAN, actor=actor, now=now) as case:
        facts = Facts(actor=actor, items=cases.items_of(case))
        workflow.move(case, StepName.ASK_OMBUDSMAN, facts=facts, now=now)
        if not any(task.kind is TaskKind.OMBUDSMAN for task in cases.tasks_of(case)):
            db.session.add(RecipientTask(id=random_id(), request_id=case.id, kind=TaskKind.OMBUDSMAN, opened_at=now))


def open_linked(*, public_id: str, text: str, actor: Actor, now: datetime) -> SubjectRequest:
    """A new request that repairs a decision: what was decided and sent stands as it is.

    Raises RuleViolation while the old one can still be decided.
    """
    cases.check_text(text, field="text")
    with cases.at_work(public_id, "open-linked", actor=actor, now=now) as old:
        if old.status not in DECIDED:
            raise RuleViolation(Problem.WRONG_STATUS)
        arrival = Arrival(
            channel=old.channel,
            received_on=local_date(now),
            place=old.received_at_place,
            identity_method=old.identity_method,
            document_type=old.document_type,
            checked_by=old.document_checked_by,
            mandate_id=old.mandate_id,
        )
        customer = register.customer_of(old.customer_id) if old.customer_id is not None else None
        case = new_case(old.kind, customer=customer, actor=actor, now=now, arrival=arrival, language=old.language)
        case.identity_level = old.identity_level
        case.identity_facts = old.identity_facts
        case.linked_to_id = old.id
        case.contact = old.contact
        case.text = text.strip()
        receive(case, [RequestItem(id=random_id(), request_id=case.id, position=0)], actor=actor, now=now)
        return case


def letter(*, public_id: str, actor: Actor, now: datetime) -> bytes:
    """The answer as sent; every download is audited. Raises NotFound, and Forbidden for staff's own."""
    with transaction():
        case = cases.shown(public_id, actor=actor)
        sent = cases.letter_of(case)
        if sent is None or sent.document is None:
            raise NotFound
        audit.record(
            AuditAction.LETTER_DOWNLOADED,
            actor=actor,
            now=now,
            subject=case.customer_id,
            case=case.public_id,
            object=f"letter:{sent.id}",
        )
        return sent.document
