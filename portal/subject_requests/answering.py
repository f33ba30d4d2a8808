"""The answer to a decided case: its letter, the mail that tells of it, and notes beside."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import force_locale
from sqlalchemy import select

from portal.accounts import directory
from portal.catalogues.fields import ADDRESS_FIELDS, BY_KEY, CATEGORIES
from portal.catalogues.recipients import Recipient
from portal.config import LOCALES
from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.clock import local_date
from portal.core.crypto import DAMAGED, readable
from portal.core.db import db, random_id
from portal.register import reading
from portal.register.care.labels import MANDATE_KINDS
from portal.register.care.models import Mandate
from portal.register.models import Billing
from portal.subject_requests import cases, effects, erasing_labels, letters, wording, workflow
from portal.subject_requests.guards import Facts
from portal.subject_requests.kinds import AT_ONCE, Channel, Kind, Outcome
from portal.subject_requests.letters import ErasedPart, Given, LetterItem
from portal.subject_requests.models import CaseNote, Letter, RequestItem, SubjectRequest
from portal.subject_requests.workflow import StepName

# A letter, a visit and a call are answered on paper; the rest electronically (L8, R99).
ANSWER_CHANNEL = {
    Channel.PORTAL: Channel.PORTAL,
    Channel.EMAIL: Channel.EMAIL,
    Channel.LETTER: Channel.LETTER,
    Channel.VISIT: Channel.LETTER,
    Channel.PHONE: Channel.LETTER,
}

VALUES = ("value_seen", "proposed", "value_before", "value_after")


def answer_case(
    case: SubjectRequest,
    items: Sequence[RequestItem],
    *,
    actor: Actor,
    now: datetime,
    channel: Channel | None = None,
    wish: str = "",
) -> Letter:
    """Write the letter, send the answer and move the case on, in the running transaction.

    `channel` is another than the usual one, where the customer has a `wish` (L8).
    """
    letter = letters.make(
        case,
        items=_letter_items(case, items),
        addressee=_addressee(case),
        representative=_representative(case),
        recipients=_recipients_told(case),
        restriction=_restriction(case),
        given=_given(case, case.outcome),
        erased=_erased(case, items, now),
        now=now,
    )
    db.session.add(letter)
    usual = usual_channel(case)
    facts = Facts(
        actor=actor,
        letter=letter,
        answer_channel=None if channel is usual else channel,
        reachable_by=reachable_by(case),
        text=wish,
        today=local_date(now),
    )
    workflow.move(case, StepName.ANSWER, facts=facts, now=now)
    case.answered_at = now
    case.answer_channel = channel or usual
    audit.record(
        AuditAction.LETTER_MADE,
        actor=actor,
        now=now,
        subject=case.customer_id,
        case=case.public_id,
        object=f"letter:{letter.id}:{letter.sha256}",
    )
    _mail_of_answer(case, actor=actor, now=now)
    effects.at_answer(case, actor=actor, now=now)
    return letter


def _mail_of_answer(case: SubjectRequest, *, actor: Actor, now: datetime) -> None:
    if case.kind in AT_ONCE:
        effective = letters.written_moment(now, case.language)
        cases.mail_customer(case, case.kind.value, actor=actor, now=now, effective=effective)
    else:
        # who has no account could not open the letter by a link
        name = "answered" if has_account(case) else "answered-apart"
        cases.mail_customer(case, name, actor=actor, now=now)


def draft(case: SubjectRequest, items: Sequence[RequestItem], *, outcome: Outcome, now: datetime) -> bytes:
    """The letter as it would be with these items decided, marked as a draft. Writes nothing."""
    told = effects.told_of(case, items) if case.decided_at is None else _recipients_told(case)
    return letters.typeset(
        case,
        outcome=outcome,
        decided_at=case.decided_at or now,
        items=_letter_items(case, items),
        addressee=_addressee(case),
        representative=_representative(case),
        recipients=told,
        restriction=_restriction(case),
        given=_given(case, outcome),
        erased=_erased(case, items, now),
        now=now,
        is_draft=True,
    )


def _recipients_told(case: SubjectRequest) -> list[Recipient]:
    """Who gets a task from the decision (article 19)."""
    return [task.recipient for task in cases.tasks_of(case) if task.recipient is not None]


def _given(case: SubjectRequest, outcome: Outcome | None) -> list[Given]:
    """Who received the data, by name and day, newest first: a part of the answer to a request for access (L16)."""
    if case.kind is not Kind.ACCESS or outcome is Outcome.REFUSE or case.customer_id is None:
        return []
    return [
        Given(name=disclosure.recipient_name, on=local_date(disclosure.disclosed_at))
        for disclosure in reading.disclosures_of(case.customer_id)
    ]


def _erased(case: SubjectRequest, items: Sequence[RequestItem], now: datetime) -> list[ErasedPart]:
    """What an erasure deleted and what it has left, until when (L24)."""
    outcome = effects.erasure_of(case, items, now)
    lines = erasing_labels.told(outcome.parts, case.language) if outcome else []
    return [ErasedPart(what=line.what, sentence=line.sentence) for line in lines]


def _restriction(case: SubjectRequest) -> str | None:
    """What the letter tells of a restriction of processing: it ends with the letter, or it goes on."""
    if not effects.is_restricted_by(case):
        return None
    return "ends" if effects.ends_with_answer(case) else "holds"


def usual_channel(case: SubjectRequest) -> Channel:
    """How the answer goes unless the customer wishes otherwise (L8).

    Who has closed their account since would not find it in the portal: it goes on paper. The other way round where
    the address is protected: nothing is posted that can go through the portal (L40). What is in force at once is
    confirmed by a mail in the same moment, so nothing is posted to a caller whom the mail reaches.
    """
    is_mailed = case.kind in AT_ONCE and case.channel is Channel.PHONE and cases.has_mail_address(case)
    match ANSWER_CHANNEL[case.channel]:
        case Channel.PORTAL if not has_account(case):
            return Channel.EMAIL if case.customer_id is None and cases.has_mail_address(case) else Channel.LETTER
        case Channel.LETTER if has_account(case) and (is_mailed or _is_protected(case)):
            return Channel.PORTAL
        case Channel.LETTER if is_mailed:
            return Channel.EMAIL
        case channel:
            return channel


def has_account(case: SubjectRequest) -> bool:
    return case.customer_id is not None and bool(directory.of_customer(case.customer_id))


def reachable_by(case: SubjectRequest) -> frozenset[Channel]:
    """The ways in which an answer can reach this person at all; a protected address is no way (L40)."""
    ways = set()
    if has_account(case):
        ways.add(Channel.PORTAL)
    if cases.has_mail_address(case):
        ways.add(Channel.EMAIL)
    if not _is_protected(case) or not ways:
        ways.add(Channel.LETTER)
    return frozenset(ways)


def _is_protected(case: SubjectRequest) -> bool:
    customer = cases.customer_of(case)
    return customer is not None and customer.is_protected


def add_note(case: SubjectRequest, text: str, *, actor: Actor, now: datetime) -> CaseNote:
    note = CaseNote(id=random_id(), request_id=case.id, account_id=actor.account_id, at=now)
    note.text = text.strip()
    db.session.add(note)
    return note


def _letter_items(case: SubjectRequest, items: Sequence[RequestItem]) -> list[LetterItem]:
    if case.kind in AT_ONCE:
        return []
    with force_locale(LOCALES[case.language]):
        return [_letter_item(item, is_protected=_is_protected(case)) for item in items]


def _letter_item(item: RequestItem, *, is_protected: bool) -> LetterItem:
    if item.outcome is None:
        raise RuntimeError("a letter tells of decided items")
    spec = BY_KEY.get(item.field or "")
    if spec is None:
        return LetterItem(
            title=str(CATEGORIES[item.category].label) if item.category else None,
            is_field=False,
            seen=None,
            proposed=None,
            before=None,
            after=None,
            outcome=item.outcome,
            ground=item.ground.value if item.ground else None,
            reasons=_reasons(item),
        )
    told = {name: wording.in_words(spec, readable(item, name)) for name in VALUES}
    if is_protected and spec.key in ADDRESS_FIELDS:
        told = dict.fromkeys(VALUES, wording.protected())
    return LetterItem(
        title=wording.field_title(spec.key),
        is_field=True,
        seen=told["value_seen"],
        proposed=told["proposed"],
        before=told["value_before"],
        after=told["value_after"],
        outcome=item.outcome,
        ground=item.ground.value if item.ground else None,
        reasons=_reasons(item),
    )


def _reasons(item: RequestItem) -> str | None:
    """None also where telling them would defeat the purpose of keeping the part back (L19)."""
    return None if item.keeps_reasons_back else _told(item, "reasons")


def _told(row: RequestItem | SubjectRequest | Mandate, attribute: str) -> str | None:
    """A text as the letter tells it: words in place of one that cannot be read, for the answer must go out by law."""
    text: str | None = readable(row, attribute)
    return wording.unreadable() if text == DAMAGED else text


def _representative(case: SubjectRequest) -> str | None:
    """Who asked on the customer's behalf, and as what (L41)."""
    mandate = cases.mandate_of(case)
    if mandate is None:
        return None
    name = _told(mandate, "name")
    with force_locale(LOCALES[case.language]):
        return f"{name} ({MANDATE_KINDS[mandate.kind]})"


def _addressee(case: SubjectRequest) -> list[str]:
    """Name and billing address; a protected address stays out of the letter (L40)."""
    customer = cases.customer_of(case)
    if customer is None:
        contact = _told(case, "contact")
        return [contact] if contact else []
    if customer.is_protected:
        return [customer.name]
    billing = db.session.scalar(select(Billing).where(Billing.customer_id == customer.id))
    if billing is None:
        return [customer.name]
    return [customer.name, billing.street, f"{billing.postal_code} {billing.city}"]
