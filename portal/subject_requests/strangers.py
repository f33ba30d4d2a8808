"""Requests of people who have not signed in: taken at once, and asked who they are in the same moment (R97, R119)."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import force_locale
from flask_babel import gettext as _

from portal.accounts import throttling
from portal.config import LANGUAGES, LOCALES
from portal.core import audit
from portal.core.clock import local_date
from portal.core.db import transaction
from portal.core.errors import RuleViolation
from portal.core.settings import settings
from portal.register import validators
from portal.subject_requests import answering, arriving, cases, letters, services, workflow
from portal.subject_requests.guards import Facts, Problem
from portal.subject_requests.kinds import Kind, Sender, Status
from portal.subject_requests.models import LONGEST_TEXT, SubjectRequest
from portal.subject_requests.workflow import StepName

# What can be asked for without an account beside an opt-out, which needs no identity.
KINDS = (Kind.ACCESS, Kind.CORRECTION)
LONGEST_NAME = 200
LONGEST_NUMBER = 20


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a stranger wrote. The customer number is only what they say: it joins the request to nobody."""

    name: str
    contact: str
    text: str
    customer_number: str = ""


def submit(kind: Kind, told: Told, *, language: str, now: datetime, once: str | None = None) -> SubjectRequest:
    """Take the request and pause its clock until its maker has shown who they are (L7).

    The same happens whether the contact is known or not; the register is not asked. Raises RuleViolation.
    """
    contact = _checked_contact(told.contact)
    if not told.name.strip():
        raise RuleViolation(Problem.EMPTY, field="name")
    cases.check_text(told.text, field="text")
    if len(told.name) > LONGEST_NAME or len(told.customer_number) > LONGEST_NUMBER:
        raise RuleViolation(Problem.TOO_LONG, field="name" if len(told.name) > LONGEST_NAME else "customer_number")
    with force_locale(LOCALES[language]):
        text = _as_one_text(told)
    if len(text) > LONGEST_TEXT:
        raise RuleViolation(Problem.TOO_LONG, field="text")
    # before the transaction: tries are counted under a lock that comes before the audit trail's
    is_mailed = throttling.may_be_mailed(contact, now=now)
    with transaction():
        case = services.submit(
            kind,
            customer_id=None,
            text=text,
            contact=contact,
            arrival=arriving.unidentified(now),
            language=language,
            actor=audit.SYSTEM,
            now=now,
            once=once,
        )
        if case.status is Status.RECEIVED:  # a form that was sent twice has been asked already
            _ask_who_it_is(case, now, is_mailed=is_mailed)
        return case


def question(language: str) -> str:
    """What is asked of everybody who has not signed in."""
    with force_locale(LOCALES[language]):
        return str(
            _(
                "Before we tell or change anything, we make sure that it is you who asks. You need not ask again: "
                "visit us with proof of identity and mention the number of your request, and we go on with it.\n\n"
                "If you have an account, signing in is quicker: you see what we hold about you at once, and ask for a "
                "correction there.\n\n"
                "If neither suits you, phone customer service."
            )
        )


def _ask_who_it_is(case: SubjectRequest, now: datetime, *, is_mailed: bool) -> None:
    """On the page in any case; by mail unless somebody fills a mailbox that may be another's."""
    today = local_date(now)
    with force_locale(LOCALES[LANGUAGES[0]]):  # a note among staff
        reason = str(_("Made without signing in: nothing shows yet who asks."))
    facts = Facts(actor=audit.SYSTEM, text=reason, is_customer_told=True, today=today)
    workflow.move(case, StepName.ASK_IDENTITY, facts=facts, now=now)
    case.paused_from = today
    asked = question(case.language)
    cases.add_message(case, asked, sender=Sender.STAFF, actor=audit.SYSTEM, now=now)
    answering.add_note(case, reason, actor=audit.SYSTEM, now=now)
    if not is_mailed:
        return
    cases.mail_customer(
        case,
        "received-unidentified",
        actor=audit.SYSTEM,
        now=now,
        question=asked,
        start=settings().page_address(case.language, "requests"),
        dates=letters.told_dates(promise=case.promise_on, limit=case.statutory_on, language=case.language),
    )


def _checked_contact(text: str) -> str:
    """An e-mail address, a phone number, or what may be a postal address; raises RuleViolation."""
    text = " ".join(text.split())
    if "@" in text:
        try:
            return validators.email(text)
        except RuleViolation as refusal:
            raise RuleViolation(refusal.code, field="contact") from None
    is_address = any(sign.isdigit() for sign in text) and any(sign.isalpha() for sign in text)
    if not is_address and not validators.is_valid(validators.phone, text):
        raise RuleViolation(Problem.INVALID_VALUE if text else Problem.EMPTY, field="contact")
    return text


def _as_one_text(told: Told) -> str:
    """What the person wrote, in one text as a letter would have it: who they say they are comes first."""
    lines = [str(_("Name: %(name)s", name=told.name.strip()))]
    if told.customer_number.strip():
        lines.append(str(_("Customer number as told: %(number)s", number=told.customer_number.strip())))
    return "\n".join([*lines, "", told.text.strip()])
