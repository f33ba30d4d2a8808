"""The written answer as a tagged PDF, and the mails about a case; both in the customer's language."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cache
from string import Template

from flask_babel import force_locale, gettext

from portal.catalogues import purposes, sources
from portal.catalogues import recipients as recipient_catalogue
from portal.catalogues.fields import CATEGORIES
from portal.config import LOCALES, organisation
from portal.core import typesetting
from portal.core.clock import local_date
from portal.core.db import random_id
from portal.register.labels import recipients_named
from portal.register.recipients import in_force
from portal.subject_requests.kinds import AT_ONCE, WITHHELD, Ground, Kind, Outcome
from portal.subject_requests.models import Letter, SubjectRequest
from portal.web import formatting
from portal.web.opening_hours import hours_in_words

FOLDER = typesetting.FOLDER


@dataclass(frozen=True, kw_only=True)
class LetterItem:
    """A decided item in words; `is_field` when it is about one value of the register, whose title it has then."""

    title: str | None
    is_field: bool
    seen: str | None
    proposed: str | None
    before: str | None
    after: str | None
    outcome: Outcome
    ground: str | None
    reasons: str | None


@dataclass(frozen=True, kw_only=True)
class ErasedPart:
    """What an erasure did to one kind of data: deleted, or kept by which law and until when (L24)."""

    what: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Given:
    """To whom data was given by name, and when (C-154/21)."""

    name: str
    on: date


def make(
    case: SubjectRequest,
    *,
    items: Sequence[LetterItem],
    addressee: Sequence[str],
    recipients: Sequence[recipient_catalogue.Recipient],
    now: datetime,
    representative: str | None = None,
    restriction: str | None = None,
    erased: Sequence[ErasedPart] = (),
    given: Sequence[Given] = (),
) -> Letter:
    """The letter of a decided case. How to appeal is part of the template and cannot be left out (L3, L4)."""
    if case.outcome is None or case.decided_at is None:
        raise RuntimeError("a letter tells of a decision")
    document = typeset(
        case,
        outcome=case.outcome,
        decided_at=case.decided_at,
        items=items,
        addressee=addressee,
        recipients=recipients,
        now=now,
        representative=representative,
        restriction=restriction,
        erased=erased,
        given=given,
    )
    letter = Letter(
        id=random_id(),
        request_id=case.id,
        language=case.language,
        made_at=now,
        sha256=hashlib.sha256(document).hexdigest(),
    )
    letter.document = document
    return letter


def typeset(
    case: SubjectRequest,
    *,
    outcome: Outcome,
    decided_at: datetime,
    items: Sequence[LetterItem],
    addressee: Sequence[str],
    recipients: Sequence[recipient_catalogue.Recipient],
    now: datetime,
    representative: str | None = None,
    restriction: str | None = None,
    erased: Sequence[ErasedPart] = (),
    given: Sequence[Given] = (),
    is_draft: bool = False,
) -> bytes:
    """The letter as a PDF; a draft says on every page that it has not been sent."""
    told = _data(case, outcome, decided_at, items, addressee, recipients, restriction, now)
    told["erased"] = [asdict(part) for part in erased]
    told["given"] = [f"{one.name}, {written_date(one.on, case.language)}" for one in given]
    told["representative"] = representative
    told["draft"] = is_draft
    return typesetting.pdf("decision", told)


def _data(
    case: SubjectRequest,
    outcome: Outcome,
    decided_at: datetime,
    items: Sequence[LetterItem],
    addressee: Sequence[str],
    recipients: Sequence[recipient_catalogue.Recipient],
    restriction: str | None,
    now: datetime,
) -> dict[str, object]:
    language = case.language
    with force_locale(LOCALES[language]):
        named = recipients_named(in_force(local_date(now)), language)
        return {
            "language": language,
            "reference": case.public_id,
            "kind": case.kind.value,
            "outcome": outcome.value,
            "dated": written_date(local_date(now), language),
            "received": written_arrival(case),
            "decided": written_date(local_date(decided_at), language),
            "effective": written_moment(decided_at, language) if case.kind in AT_ONCE else None,
            "addressee": list(addressee),
            "organisation": {
                "company": organisation.register_company,
                "street": organisation.street,
                "postal_code": organisation.postal_code,
                "city": organisation.city,
                "phone": formatting.phone(organisation.phone, language),
                "hours": hours_in_words(organisation.phone_hours, language),
                "email": organisation.email_register,
                "business_id": organisation.business_id,
            },
            "restriction": restriction,
            "withheld": any(item.ground in WITHHELD for item in items),
            "unidentified": any(item.ground == Ground.NOT_IDENTIFIED for item in items),
            "items": [asdict(item) for item in items],
            "recipients": [named[recipient] for recipient in recipients],
            "access": _access_facts(named) if case.kind is Kind.ACCESS and outcome is not Outcome.REFUSE else None,
        }


def _access_facts(named: Mapping[recipient_catalogue.Recipient, str]) -> dict[str, list[str]]:
    """What article 15(1) wants told, from the catalogues."""
    return {
        "purposes": [str(label) for label in purposes.LABELS.values()],
        "categories": [str(spec.label) for spec in CATEGORIES.values()],
        "recipients": list(named.values()),
        "sources": [str(label) for label in sources.LABELS.values()],
    }


def mail(name: str, language: str, **values: str) -> tuple[str, str]:
    """Subject and body of a mail about a case; every placeholder of the text but our `address` must be given."""
    subject, _, body = _mail_text(name, language).partition("\n\n")
    everything = {"address": organisation.postal_address, **values}
    return Template(subject.strip()).substitute(everything), Template(body.strip()).substitute(everything)


@cache
def _mail_text(name: str, language: str) -> str:
    return (FOLDER / "mail" / f"{name}.{language}.txt").read_text(encoding="utf-8")


def told_dates(*, promise: date, limit: date, language: str) -> str:
    """The day that we promise and the limit set by law, which are often the same."""
    with force_locale(LOCALES[language]):
        words = {"promise": written_date(promise, language), "limit": written_date(limit, language)}
        if promise == limit:
            return str(gettext("We promise to answer by %(promise)s, which is also the limit set by law.", **words))
        return str(gettext("We promise to answer by %(promise)s. The limit set by law is %(limit)s.", **words))


def written_date(day: date, language: str) -> str:
    return formatting.written_date(day, language)


def written_arrival(case: SubjectRequest) -> str:
    """When the request came, in the language of the case: with the time of day where it is known."""
    at = case.arrived_at
    if at is None:
        return written_date(case.received_on, case.language)
    return formatting.told_moment(at, case.language)


def written_moment(at: datetime, language: str) -> str:
    return formatting.told_moment(at, language)
