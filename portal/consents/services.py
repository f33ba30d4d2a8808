"""Recording, withdrawing, showing and verifying cookie choices (GDPR Article 7; Act 917/2014, section 205)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hmac import compare_digest

from sqlalchemy import delete, func, select

from portal.catalogues.cookies import CATALOGUE_VERSION, OPTIONAL, Category
from portal.consents import ledger, statistics
from portal.consents.choice import (
    NO_CHOICE,
    Choice,
    Given,
    asks,
    categories_to_ask,
    read_choice,
    write_choice,
)
from portal.consents.ledger import NewRecord, ShownText, Verdict, verify
from portal.consents.models import Answer, ConsentDetail, ConsentRecord, ConsentText, Method, Outcome, Surface
from portal.core.audit import VISITOR, Actor
from portal.core.clock import local_date
from portal.core.db import db, rows_changed, transaction
from portal.core.errors import NotFound, RuleViolation
from portal.core.settings import settings
from portal.notices import versions

__all__ = [
    "NO_CHOICE",
    "CheckProblem",
    "Choice",
    "ConsentCookie",
    "Recorded",
    "Shown",
    "ShownText",
    "Verdict",
    "allow_functional_by_sign_in",
    "allowed_categories",
    "asks",
    "categories_to_ask",
    "check",
    "choices_of",
    "count_of",
    "forget",
    "on_withdrawal",
    "read_choice",
    "record_choice",
    "show",
    "verify",
]


@dataclass(frozen=True)
class ConsentCookie:
    """What the browser is to hold from now on."""

    value: str
    max_age: timedelta
    choice: Choice


@dataclass(frozen=True)
class Recorded:
    """What came of a choice: `deleted` counts what the server held for each withdrawn category."""

    cookie: ConsentCookie
    is_new: bool
    withdrawn: tuple[Category, ...] = ()
    deleted: Mapping[Category, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Withdrawal:
    """What a clean-up is told: the cookies that this browser sent, by name without prefix."""

    account_id: int | None
    cookies: Mapping[str, str]
    now: datetime


CleanUp = Callable[[Withdrawal], int]

_clean_ups: dict[Category, list[CleanUp]] = {category: [] for category in OPTIONAL}


def on_withdrawal(category: Category, clean_up: CleanUp) -> None:
    """Have `clean_up` run in the transaction of a withdrawal of `category`; it returns how many things it deleted."""
    if clean_up not in _clean_ups[category]:
        _clean_ups[category].append(clean_up)


def allowed_categories(cookie_value: str | None, now: datetime) -> frozenset[Category]:
    """Whose cookies may be set and read by a browser that holds this `consent` cookie."""
    return read_choice(cookie_value, now).allowed


def record_choice(
    current: Choice,
    *,
    method: Method,
    wanted: frozenset[Category],
    surface: Surface,
    language: str,
    texts: Sequence[ShownText],
    gpc: bool,
    now: datetime,
    actor: Actor = VISITOR,
    cookies: Mapping[str, str] | None = None,
) -> Recorded:
    """Put a choice on record; `wanted` counts only when the method is `save`.

    The same choice made again while it holds adds nothing. Withdrawing runs the registered clean-ups.
    """
    answered = _answered(current, method=method, surface=surface)
    yes = {
        Method.ACCEPT_ALL: frozenset(OPTIONAL),
        Method.NECESSARY_ONLY: frozenset[Category](),
    }.get(method, wanted)
    answers = {c: Answer.YES if c in yes else Answer.NO for c in answered}
    with transaction():
        if _holds_already(current, answers, now):
            return Recorded(_cookie(current, now), is_new=False)
        withdrawn = tuple(c for c, answer in answers.items() if answer is Answer.NO and current.answer(c) is Answer.YES)
        told = Withdrawal(account_id=actor.account_id, cookies=cookies or {}, now=now)
        # before the record, which takes the lock of the audit trail: others hold their rows when they ask for that lock
        deleted = {c: sum(clean_up(told) for clean_up in _clean_ups[c]) for c in withdrawn}
        choice = _record(
            current,
            answers,
            method=method,
            surface=surface,
            language=language,
            texts=texts,
            gpc=gpc,
            now=now,
            actor=actor,
        )
    return Recorded(_cookie(choice, now), is_new=True, withdrawn=withdrawn, deleted=deleted)


def allow_functional_by_sign_in(
    current_cookie: str | None,
    *,
    texts: Sequence[ShownText],
    language: str,
    account_id: int,
    now: datetime,
    gpc: bool,
) -> ConsentCookie:
    """Record the tick of “Remember me” as yes to `functional` alone (C21); other answers stay as they were.

    Each tick is an act of its own and so a record of its own, even when the answer was yes already.
    """
    choice = _record(
        read_choice(current_cookie, now),
        {Category.FUNCTIONAL: Answer.YES},
        method=Method.REMEMBER_TICK,
        surface=Surface.SIGN_IN,
        language=language,
        texts=texts,
        gpc=gpc,
        now=now,
        actor=Actor(account_id=account_id, role=None, unit="visitor"),
    )
    return _cookie(choice, now)


def _answered(current: Choice, *, method: Method, surface: Surface) -> Sequence[Category]:
    """What a button answers. The banner asks only what is open, and so does a question that is asked again."""
    if method is Method.SAVE:
        return OPTIONAL
    asked = categories_to_ask(current)
    is_partial = bool(asked) and (surface is Surface.BANNER or bool(current.asked_again))
    return asked if is_partial else OPTIONAL


def _holds_already(current: Choice, answers: Mapping[Category, Answer], now: datetime) -> bool:
    version = versions.current(local_date(now)).number
    return (
        all(c in current.given and current.given[c].version == version for c in OPTIONAL)
        and all(current.answer(c) is answer for c, answer in answers.items())
        and db.session.scalar(select(ConsentDetail.sequence).where(ConsentDetail.record_id == current.record_id))
        is not None
    )


def _record(
    current: Choice,
    answers: Mapping[Category, Answer],
    *,
    method: Method,
    surface: Surface,
    language: str,
    texts: Sequence[ShownText],
    gpc: bool,
    now: datetime,
    actor: Actor,
) -> Choice:
    version = versions.current(local_date(now)).number
    expires_at = now + settings().cookie_choice_for
    given = {c: Given(answer, now, expires_at, version) for c, answer in answers.items()}
    chosen = Choice(None, {**current.given, **given}, current.asked_again - given.keys())
    outcome = _outcome(current, chosen, method=method)
    with transaction():
        _, detail = ledger.append(
            NewRecord(
                given_at=now,
                expires_at=expires_at,
                language=language,
                surface=surface,
                method=method,
                outcome=outcome,
                functional=chosen.answer(Category.FUNCTIONAL),
                analytics=chosen.answer(Category.ANALYTICS),
                marketing=chosen.answer(Category.MARKETING),
                has_gpc=gpc,
                notice_version=version,
                catalogue_version=CATALOGUE_VERSION,
                texts=texts,
            ),
            actor=actor,
        )
        statistics.count_choice(
            outcome=outcome,
            categories=[c for c, answer in chosen.answers.items() if answer is Answer.YES],
            language=language,
            surface=surface,
            notice_version=version,
            on=local_date(now),
        )
        return replace(chosen, record_id=detail.record_id)


def _withdrawn(before: Choice, after: Choice) -> tuple[Category, ...]:
    return tuple(c for c in OPTIONAL if before.answer(c) is Answer.YES and after.answer(c) is not Answer.YES)


def _outcome(before: Choice, after: Choice, *, method: Method) -> Outcome:
    if method is Method.REMEMBER_TICK:
        return Outcome.OWN_CHOICE
    gained = [c for c in OPTIONAL if after.answer(c) is Answer.YES and before.answer(c) is not Answer.YES]
    if _withdrawn(before, after) and not gained:
        return Outcome.WITHDRAWN
    said = set(after.answers.values())
    if said == {Answer.YES}:
        return Outcome.ACCEPTED_ALL
    return Outcome.NECESSARY_ONLY if said == {Answer.NO} else Outcome.OWN_CHOICE


def _cookie(choice: Choice, now: datetime) -> ConsentCookie:
    expires_at = choice.expires_at or now
    return ConsentCookie(value=write_choice(choice), max_age=expires_at - now, choice=choice)


@dataclass(frozen=True)
class Shown:
    """A record with the exact texts that the person saw."""

    record_id: str
    given_at: datetime
    expires_at: datetime
    language: str
    surface: Surface
    method: Method
    outcome: Outcome
    answers: Mapping[Category, Answer]
    notice_version: str
    check_code: str
    texts: Sequence[ShownText] = ()


def show(record_id: str) -> Shown:
    """A record by its code, as typed, with its texts byte for byte (C14); raises NotFound."""
    row = db.session.execute(
        select(ConsentRecord, ConsentDetail.record_id)
        .join(ConsentDetail, ConsentDetail.sequence == ConsentRecord.sequence)
        .where(ConsentDetail.record_id == record_id.strip().upper())
    ).first()
    if row is None:
        raise NotFound("no such consent record")
    return _shown(*row)


def count_of(account_ids: Collection[int]) -> int:
    """How many choices lead to these accounts."""
    query = select(func.count()).select_from(ConsentDetail).where(ConsentDetail.account_id.in_(account_ids))
    return db.session.scalar(query) or 0


def forget(account_ids: Collection[int]) -> int:
    """Delete what leads from choices to the accounts of a person who is erased; returns how many choices.

    The choices stay in the chain, nobody's (S19). Inside transaction().
    """
    gone = db.session.execute(delete(ConsentDetail).where(ConsentDetail.account_id.in_(account_ids)))
    return rows_changed(gone)


class CheckProblem(StrEnum):
    """Why a receipt cannot be confirmed; an unknown record and a wrong check code look the same."""

    NO_MATCH = "no-match"


def check(record_id: str, check_code: str) -> Shown:
    """The record that both codes of a receipt name, however they were typed; raises RuleViolation."""
    try:
        shown = show(_grouped(record_id))
    except NotFound:
        raise RuleViolation(CheckProblem.NO_MATCH) from None
    if not compare_digest(shown.check_code, _grouped(check_code)):
        raise RuleViolation(CheckProblem.NO_MATCH)
    return shown


def _grouped(typed: str) -> str:
    """A code as we print it: capitals in groups of four."""
    letters = "".join(c for c in typed.upper() if c.isascii() and c.isalnum())
    return "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))


def choices_of(account_id: int) -> Sequence[Shown]:
    """Choices made while signed in to this account, newest first, with the wording of that day."""
    rows = db.session.execute(
        select(ConsentRecord, ConsentDetail.record_id)
        .join(ConsentDetail, ConsentDetail.sequence == ConsentRecord.sequence)
        .where(ConsentDetail.account_id == account_id)
        .order_by(ConsentRecord.sequence.desc())
    )
    return [_shown(*row) for row in rows]


def _shown(record: ConsentRecord, record_id: str) -> Shown:
    wanted = [text["sha256"] for text in record.texts]
    kept = db.session.execute(select(ConsentText.sha256, ConsentText.body).where(ConsentText.sha256.in_(wanted)))
    bodies = {sha256: body.decode() for sha256, body in kept}
    if missing := set(wanted) - bodies.keys():
        raise NotFound(f"texts of this consent record are missing: {', '.join(sorted(missing))}")
    code = record.hash[:12].upper()
    return Shown(
        record_id=record_id,
        given_at=record.given_at,
        expires_at=record.expires_at,
        language=record.language,
        surface=record.surface,
        method=record.method,
        outcome=record.outcome,
        answers={
            Category.FUNCTIONAL: record.functional,
            Category.ANALYTICS: record.analytics,
            Category.MARKETING: record.marketing,
        },
        notice_version=record.notice_version,
        check_code=f"{code[:4]}-{code[4:8]}-{code[8:]}",
        texts=[ShownText(text["kind"], text["language"], bodies[text["sha256"]]) for text in record.texts],
    )
