"""A code on paper that activates an account: for customers without an e-mail address on file, or at the counter."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from io import BytesIO

import segno
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from portal.accounts import sessions
from portal.config import LOCALES, organisation
from portal.core import audit, typesetting
from portal.core.audit import Actor, AuditAction
from portal.core.crypto import blind_index
from portal.core.db import db, random_id, serialise, transaction
from portal.core.errors import RuleViolation, Stale
from portal.core.settings import settings
from portal.customer_accounts import activation_mails, activations, codes
from portal.customer_accounts.models import Activation
from portal.register import openings
from portal.register.models import Billing, Customer, CustomerOpening, CustomerStatus
from portal.web import formatting
from portal.web.opening_hours import hours_in_words

VALID_FOR = timedelta(days=14)
CODE = "activation.code"  # what the keyed hash is of


class LetterProblem(StrEnum):
    HAS_ACCOUNT = "has-account"
    POTENTIAL = "potential"


@dataclass(frozen=True)
class Plan:
    """What the clerk sees before a letter is made."""

    customer: Customer
    # lines under the name; none where the letter must not be posted but handed over
    address: tuple[str, ...]
    # until when an earlier code still works
    open_until: datetime | None
    problem: LetterProblem | None


def plan(*, number: str, actor: Actor, now: datetime) -> Plan | None:
    """The letter to a customer that is open with a purpose, else None; the view is audited. Raises NotFound."""
    viewed = openings.viewed(number=number, actor=actor, now=now, part=openings.Part.ADDRESS)
    if viewed is None:
        return None
    customer, _opening = viewed
    earlier = db.session.scalars(select(Activation).where(Activation.customer_id == customer.id))
    open_until = [activation.expires_at for activation in earlier if activation.is_open(now)]
    return Plan(customer, _address(customer), max(open_until, default=None), _problem(customer))


def make(*, number: str, key: str, actor: Actor, now: datetime) -> bytes | None:
    """The letter as PDF, with a new code that ends the earlier one; None when the customer is not open.

    `key` is of the form that asks: the same form sent twice makes the same letter (S24). Raises NotFound, RuleViolation
    when the customer may not have one, Stale when the code of this form has been used or followed meanwhile.
    """
    with transaction() as session:
        opened = openings.current(number=number, actor=actor, now=now)
        if opened is None:
            return None
        customer, opening = opened
        problem = _problem(customer)
        if problem is not None:
            raise RuleViolation(problem)
        serialise("activation")
        code = _code(customer, key)
        digest = sessions.digest(code)
        activation = session.scalar(select(Activation).where(Activation.token_digest == digest))
        if activation is None:
            activation = _new(customer, digest, now)
        elif not activation.is_open(now):
            raise Stale
        _record(activation, opening, actor=actor, now=now)
        address, made_at, expires_at = _address(customer), activation.created_at, activation.expires_at
    return _document(customer, code=code, address=address, made_at=made_at, expires_at=expires_at)


def _new(customer: Customer, digest: str, now: datetime) -> Activation:
    activations.end(Activation.customer_id == customer.id, now=now)
    activation = Activation(
        id=random_id(),
        token_digest=digest,
        contact_index=None,
        customer_id=customer.id,
        tries=0,
        created_at=now,
        expires_at=now + VALID_FOR,
        ended_at=None,
    )
    db.session.add(activation)
    return activation


def _record(activation: Activation, opening: CustomerOpening, *, actor: Actor, now: datetime) -> None:
    audit.record(
        AuditAction.ACTIVATION_CODE_MADE,
        actor=actor,
        now=now,
        subject=activation.customer_id,
        case=opening.case,
        object=activation.reference,
        purpose=opening.purpose,
    )


def _code(customer: Customer, key: str) -> str:
    """Derived from the form's key with ours, so that it need not be stored to be printed again."""
    secret = blind_index(CODE, f"{customer.id}:{key or secrets.token_hex(16)}")
    return codes.code_of(bytes.fromhex(secret)[: codes.BYTES])


def _problem(customer: Customer) -> LetterProblem | None:
    if customer.status is CustomerStatus.POTENTIAL:
        return LetterProblem.POTENTIAL
    return LetterProblem.HAS_ACCOUNT if activations.accounts_of([customer]) else None


def _address(customer: Customer) -> tuple[str, ...]:
    """Where bills go; nothing for a protected address, which leaves the house on no paper of ours (L40)."""
    billing = db.session.scalar(select(Billing).where(Billing.customer_id == customer.id))
    if billing is None or customer.is_protected:
        return ()
    return billing.street, f"{billing.postal_code} {billing.city}"


def _document(
    customer: Customer, *, code: str, address: tuple[str, ...], made_at: datetime, expires_at: datetime
) -> bytes:
    """In the customer's language. The second fact is not in it: who finds the letter cannot use it."""
    language = customer.letter_language
    grouped = codes.grouped(code)
    picture, address_of_code = BytesIO(), activation_mails.address_of(grouped, language)
    segno.make(address_of_code, error="m", micro=False).save(picture, kind="svg", border=0)
    with force_locale(LOCALES[language]):
        data = {
            "language": language,
            "company": organisation.register_company,
            "sender": [organisation.street, f"{organisation.postal_code} {organisation.city}"],
            "foot": [
                _(
                    "Customer service: %(phone)s, %(hours)s",
                    phone=formatting.phone(organisation.phone, language),
                    hours=hours_in_words(organisation.phone_hours, language),
                ),
                organisation.email_customer_service,
            ],
            "addressee": [customer.name, *address],
            "dated": formatting.written_date(made_at, language),
            "code": grouped,
            "picture": picture.getvalue().decode(),
            "words": _words(language, until=formatting.written_date(expires_at, language)),
        }
    return typesetting.pdf("activation", data)


def _words(language: str, *, until: str) -> dict[str, object]:
    return {
        "title": _("Activate your account"),
        "lead": _(
            "In our privacy portal you see the data that we hold about you, have mistakes corrected and decide about "
            "marketing. With the code below you make your account."
        ),
        "code": _("Your code"),
        "until": _("The code works once, until %(day)s. A newer code replaces it.", day=until),
        "picture": _("QR code: opens the page with your code filled in"),
        "page": _("Page"),
        "how": _("What to do"),
        "steps": [
            _(
                "Scan the picture with your phone. Or open the page %(address)s in a browser and enter the code.",
                address=settings().page_address(language, "activate"),
            ),
            _("Enter your customer number or metering point ID. Both are on your bill."),
            _("Choose a username and a password. You then sign in with them."),
        ],
        "never": _(
            "We never ask for your personal identity code, neither on that page nor by phone. If you did not ask for "
            "this letter, you do not need to do anything."
        ),
    }
