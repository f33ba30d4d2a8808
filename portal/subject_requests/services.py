"""Requests arriving from any channel, and what the customer does with them afterwards."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select

from portal.catalogues.sources import Source
from portal.config import LANGUAGES
from portal.consents.ledger import ShownText
from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.clock import local_date
from portal.core.db import db, random_id, transaction
from portal.core.errors import NotFound, RuleViolation
from portal.core.once import made_before, once_key
from portal.permissions import services as permissions
from portal.permissions.holders import postal_contact
from portal.permissions.models import Channel as ContactChannel
from portal.permissions.models import Choice, State
from portal.permissions.opt_out_links import OptOutLink
from portal.register import services as register
from portal.register import validators
from portal.register.models import Billing, Customer, folded
from portal.subject_requests import answering, cases, corrections, effects, letters, workflow
from portal.subject_requests.corrections import ProposedItem
from portal.subject_requests.deadlines import previous_working_day
from portal.subject_requests.kinds import (
    AT_ONCE,
    DECIDED,
    Channel,
    DocumentType,
    IdentityFact,
    IdentityLevel,
    IdentityMethod,
    Kind,
    Outcome,
    Place,
    Sender,
    TaskKind,
    level_shown,
)
from portal.subject_requests.models import RecipientTask, RequestItem, SubjectRequest, new_public_id
from portal.subject_requests.workflow import Facts, Problem, StepName

MOST_ITEMS = 20
# Clear without a word; to take a consent back must be as easy as giving it (L29).
NEEDS_NO_TEXT = frozenset({Kind.ACCESS, Kind.PORTABILITY, Kind.OPT_OUT, Kind.CONSENT_WITHDRAWAL})
ONE_DAY = timedelta(days=1)
LONGEST_CONTACT = 400
POSTAL_CODE = re.compile(r"\b[0-9]{5}\b")


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """How, where and when a request arrived, and how its maker was identified (L6, L10, L13)."""

    channel: Channel
    received_on: date
    place: Place = Place.VERKKO
    identity_method: IdentityMethod = IdentityMethod.NONE
    document_type: DocumentType | None = None
    checked_by: str | None = None
    is_signed: bool | None = None
    late_reason: str | None = None
    identity_facts: Collection[IdentityFact] = ()
    at: time | None = None
    mandate_id: int | None = None

    @property
    def level(self) -> IdentityLevel:
        return level_shown(self.channel, self.identity_method, self.identity_facts)


def arrived_in_portal(now: datetime, method: IdentityMethod = IdentityMethod.PORTAL) -> Arrival:
    return Arrival(channel=Channel.PORTAL, received_on=local_date(now), identity_method=method)


def unidentified(now: datetime) -> Arrival:
    """Here, from somebody who has not signed in."""
    return arrived_in_portal(now, IdentityMethod.NONE)


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
        case = _new_case(
            Kind.CORRECTION, customer=register.customer_of(customer_id), actor=actor, now=now, arrival=arrival
        )
        case.once_key = once_key(once, customer_id)
        case.grounds = grounds.strip() or None
        made = [
            corrections.made_item(case, position, item, customer_id=customer_id) for position, item in enumerate(items)
        ]
        _receive(case, made, actor=actor, now=now)
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
        customer = register.customer_of(customer_id) if customer_id is not None else None
        case = _new_case(kind, customer=customer, actor=actor, now=now, arrival=arrival, language=language)
        case.once_key = once_key(once, customer_id)
        case.text = text.strip() or None
        case.contact = contact
        item = RequestItem(id=random_id(), request_id=case.id, position=0)
        _receive(case, [item], actor=actor, now=now)
        if kind is Kind.CONSENT_WITHDRAWAL:
            if customer is not None:
                _withdraw_permissions(customer.id, source=_source(case), actor=actor, now=now)
            _grant_at_once(case, [item], actor=actor, now=now)
        return case


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
    normal, fitting = _normal_contact(contact)
    owners: Sequence[int | None] = _customers_with(contact if ContactChannel.POST in fitting else normal) or [None]
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


def opt_out(
    *,
    customer_id: int,
    actor: Actor,
    now: datetime,
    arrival: Arrival | None = None,
    channels: Iterable[ContactChannel] = tuple(ContactChannel),
    contact: str | None = None,
    text: str = "",
    once: str | None = None,
    shown: ShownText | None = None,
) -> SubjectRequest:
    """Forbid direct marketing and answer, all in this transaction: no review and no reasons (article 21(2)-(3))."""
    cases.check_text(text, field="text", is_needed=False)
    with transaction():
        if first := made_before(SubjectRequest, once, customer_id):
            return first
        case = _new_case(
            Kind.OPT_OUT, customer=register.customer_of(customer_id), actor=actor, now=now, arrival=arrival
        )
        case.once_key = once_key(once, customer_id)
        case.text = text.strip() or None
        case.contact = contact
        item = RequestItem(id=random_id(), request_id=case.id, position=0)
        _receive(case, [item], actor=actor, now=now)
        permissions.forbid_all(
            customer_id=customer_id,
            source=_source(case),
            channels=list(channels),
            actor=actor,
            now=now,
            case=case.public_id,
            shown=shown,
        )
        _grant_at_once(case, [item], actor=actor, now=now)
        return case


def opt_out_by_contact(
    contact: str,
    *,
    channels: Sequence[ContactChannel],
    language: str,
    actor: Actor,
    now: datetime,
    arrival: Arrival | None = None,
    text: str = "",
    once: str | None = None,
    shown: ShownText | None = None,
) -> SubjectRequest | None:
    """Forbid marketing to a contact point, whoever it belongs to; staff get a case that was made.

    The contact point itself is suppressed, so that it stays forbidden if it enters the register later (L36). Without
    an `arrival` somebody did it here without signing in, and must not learn whether the contact is known.
    """
    normal, fitting = _normal_contact(contact)
    chosen = [channel for channel in channels if channel in fitting]
    if not chosen:
        raise RuleViolation(Problem.INVALID_VALUE, field="channel")
    with transaction():
        permissions.forbid_contact(normal, channels=chosen, now=now)
        made: list[SubjectRequest | None] = []
        for customer_id in _customers_with(contact if ContactChannel.POST in fitting else normal):
            if arrival is None and _was_opted_out_lately(customer_id, now):
                _forbid_again(customer_id, channels=channels, actor=actor, now=now, shown=shown)
                made.append(None)
                continue
            case = opt_out(
                customer_id=customer_id,
                actor=actor,
                now=now,
                arrival=arrival or unidentified(now),
                channels=channels,
                contact=contact,
                text=text,
                once=once,
                shown=shown,
            )
            made.append(case)
        if made:
            return made[0]
        if first := made_before(SubjectRequest, once, None):
            return first
        return _record_unknown_contact(
            contact, language=language, arrival=arrival or unidentified(now), text=text, once=once, actor=actor, now=now
        )


def opt_out_by_link(
    link: OptOutLink,
    *,
    channels: Sequence[ContactChannel],
    actor: Actor,
    now: datetime,
    shown: ShownText | None = None,
) -> None:
    """Forbid what a signed link was sent with: the contact point itself, and the customer while they are there (L34).

    Pressing it again is as good as once.
    """
    with transaction():
        if not permissions.forbid_linked_contact(link, channels=channels, actor=actor, now=now):
            return
        customer_id = link.customer_id
        if _was_opted_out_lately(customer_id, now):
            _forbid_again(customer_id, channels=channels, actor=actor, now=now, shown=shown)
        else:
            opt_out(
                customer_id=customer_id,
                actor=actor,
                now=now,
                arrival=unidentified(now),
                channels=channels,
                shown=shown,
            )


def _forbid_again(
    customer_id: int, *, channels: Sequence[ContactChannel], actor: Actor, now: datetime, shown: ShownText | None
) -> None:
    """In force at once like the first time, but a stranger cannot fill the mailbox."""
    permissions.forbid_all(
        customer_id=customer_id, source=Source.OWN_CHANGE, channels=channels, actor=actor, now=now, shown=shown
    )


def _was_opted_out_lately(customer_id: int, now: datetime) -> bool:
    """Whether somebody unidentified has forbidden marketing to this customer within a day."""
    query = select(SubjectRequest.id).where(
        SubjectRequest.customer_id == customer_id,
        SubjectRequest.kind == Kind.OPT_OUT,
        SubjectRequest.channel == Channel.PORTAL,
        SubjectRequest.identity_method == IdentityMethod.NONE,
        SubjectRequest.recorded_at > now - ONE_DAY,
    )
    return db.session.scalar(query.limit(1)) is not None


def _record_unknown_contact(
    contact: str, *, language: str, arrival: Arrival, text: str, once: str | None, actor: Actor, now: datetime
) -> SubjectRequest:
    case = _new_case(Kind.OPT_OUT, customer=None, actor=actor, now=now, arrival=arrival, language=language)
    case.once_key = once_key(once, None)
    case.text = text.strip() or None
    case.contact = contact
    item = RequestItem(id=random_id(), request_id=case.id, position=0)
    _receive(case, [item], actor=actor, now=now)
    return _grant_at_once(case, [item], actor=actor, now=now)


def _normal_contact(contact: str) -> tuple[str, frozenset[ContactChannel]]:
    """The contact in the register's form, and the channels it can be reached by."""
    text = " ".join(contact.split())
    if not text:
        raise RuleViolation(Problem.EMPTY, field="contact")
    if len(text) > LONGEST_CONTACT:
        raise RuleViolation(Problem.TOO_LONG, field="contact")
    if "@" in text:
        try:
            return validators.email(text), frozenset({ContactChannel.EMAIL})
        except RuleViolation as refusal:
            raise RuleViolation(refusal.code, field="contact") from None
    if validators.is_valid(validators.phone, text):
        return validators.phone(text), frozenset({ContactChannel.PHONE, ContactChannel.SMS})
    if not any(c.isdigit() for c in text) or not any(c.isalpha() for c in text):
        raise RuleViolation(Problem.INVALID_VALUE, field="contact")
    return _postal_contact(text), frozenset({ContactChannel.POST})


def _postal_contact(text: str) -> str:
    """The text up to the postal code, in the form that permissions know; with a name or without."""
    code = next(iter([*POSTAL_CODE.finditer(text)][-1:]), None)
    return postal_contact(text[: code.end()] if code else text)


def _customers_with(contact: str) -> list[int]:
    """Everyone whose contact point this is; for an address without a name, everyone billed there."""
    if "@" in contact:
        return list(db.session.scalars(select(Customer.id).where(func.lower(Customer.email) == contact.casefold())))
    if contact.startswith("+"):
        return list(db.session.scalars(select(Customer.id).where(Customer.phone == contact)))
    words = folded(contact.replace(",", " "))
    rows = db.session.execute(
        select(Billing.customer_id, Billing.street, Customer.name_folded)
        .join(Customer, Customer.id == Billing.customer_id)
        .where(Billing.postal_code.in_(set(POSTAL_CODE.findall(words))))
    )
    return [customer_id for customer_id, street, name in rows if _is_address(words, street=folded(street), name=name)]


def _is_address(words: str, *, street: str, name: str) -> bool:
    return f" {street} " in f" {words} " and (words.startswith(street) or name in words)


def withdraw(*, public_id: str, actor: Actor, now: datetime, note: str = "") -> None:
    """Take a request back before it is decided; staff say on whose word (law.md section 3, row 10)."""
    with cases.at_work(public_id, StepName.WITHDRAW, actor=actor, now=now) as case:
        workflow.move(case, StepName.WITHDRAW, facts=Facts(actor=actor, text=note, today=local_date(now)), now=now)
        if note.strip():
            answering.add_note(case, note, actor=actor, now=now)
        cases.mail_customer(case, "withdrawn", actor=actor, now=now)
        effects.at_end(case, actor=actor, now=now)


def message_from_customer(*, public_id: str, text: str, actor: Actor, now: datetime) -> None:
    cases.check_text(text, field="text")
    with cases.at_work(public_id, "message", actor=actor, now=now) as case:
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
    """A new request that repairs a decision: what was decided and sent stands as it is (law.md section 3).

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
        case = _new_case(old.kind, customer=customer, actor=actor, now=now, arrival=arrival, language=old.language)
        case.identity_level = old.identity_level
        case.identity_facts = old.identity_facts
        case.linked_to_id = old.id
        case.contact = old.contact
        case.text = text.strip()
        _receive(case, [RequestItem(id=random_id(), request_id=case.id, position=0)], actor=actor, now=now)
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


def _new_case(
    kind: Kind,
    *,
    customer: Customer | None,
    actor: Actor,
    now: datetime,
    arrival: Arrival | None,
    language: str | None = None,
) -> SubjectRequest:
    arrival = arrival or arrived_in_portal(now)
    case = SubjectRequest(
        id=random_id(),
        kind=kind,
        version=0,
        language=customer.letter_language if customer is not None else language or LANGUAGES[0],
        customer_id=customer.id if customer is not None else None,
        channel=arrival.channel,
        received_on=arrival.received_on,
        received_time=arrival.at,
        received_at_place=arrival.place,
        recorded_at=now,
        recorded_by_account_id=actor.account_id,
        late_reason=arrival.late_reason,
        is_signed=arrival.is_signed,
        mandate_id=arrival.mandate_id,
        identity_method=arrival.identity_method,
        identity_level=arrival.level,
        identity_facts=" ".join(sorted(set(arrival.identity_facts))) or None,
        document_type=arrival.document_type,
        document_checked_by=arrival.checked_by,
        paused_days=0,
    )
    case.public_id = _free_public_id()
    return case


def _free_public_id() -> str:
    while db.session.scalar(select(SubjectRequest.id).where(SubjectRequest.public_id == (made := new_public_id()))):
        pass
    return made


def _receive(case: SubjectRequest, items: Sequence[RequestItem], *, actor: Actor, now: datetime) -> None:
    _check_arrival(case, now)
    cases.count_dates(case)
    db.session.add(case)
    workflow.move(case, StepName.SUBMIT, facts=Facts(actor=actor, today=local_date(now)), now=now)
    db.session.add_all(items)
    effects.at_arrival(case, items, actor=actor, now=now)
    is_asked_at_once = case.customer_id is None and case.channel is Channel.PORTAL  # who it is, in the same mail
    if case.kind not in AT_ONCE and not is_asked_at_once:
        cases.mail_customer(
            case,
            "received",
            actor=actor,
            now=now,
            promise=letters.written_date(case.promise_on, case.language),
            limit=letters.written_date(case.statutory_on, case.language),
        )


def _check_arrival(case: SubjectRequest, now: datetime) -> None:
    """A day that can be counted from. L6: recorded more than one working day after arrival needs a reason."""
    cases.check_arrival_day(case.received_on, local_date(now))
    yesterday = previous_working_day(local_date(now) - timedelta(days=1))
    if case.received_on < yesterday and not (case.late_reason or "").strip():
        raise RuleViolation(Problem.LATE_WITHOUT_REASON, field="late_reason")


def _grant_at_once(
    case: SubjectRequest, items: Sequence[RequestItem], *, actor: Actor, now: datetime
) -> SubjectRequest:
    for item in items:
        item.outcome = Outcome.GRANT
    case.outcome = Outcome.GRANT
    case.decided_at = now
    case.decided_by_account_id = actor.account_id
    workflow.move(case, StepName.GRANT_AT_ONCE, facts=Facts(actor=actor, today=local_date(now)), now=now)
    answering.answer_case(case, items, actor=audit.SYSTEM, now=now)
    return case


def _source(case: SubjectRequest) -> Source:
    return Source.OWN_CHANGE if case.channel is Channel.PORTAL else Source.CUSTOMER_CONTACT
