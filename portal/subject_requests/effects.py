"""What a request does beside its own case: restrictions while it lasts, and what follows from its decision."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from portal.accounts import directory
from portal.catalogues.fields import BY_KEY, FIELDS, Category
from portal.catalogues.recipients import Recipient
from portal.core.audit import Actor
from portal.core.db import db, random_id
from portal.register import reading, restrictions
from portal.register.models import ErasureReason
from portal.register.restrictions import Place, RestrictionGround
from portal.subject_requests import corrections, erasing, erasure_plan
from portal.subject_requests.corrections import Comparison
from portal.subject_requests.kinds import COPIES, ENDED, NEEDED_LEVEL, Kind, Outcome, TaskKind
from portal.subject_requests.models import RecipientTask, RequestItem, SubjectRequest

# Told to those who were given the data (article 19).
TOLD = frozenset({Kind.CORRECTION, Kind.ERASURE, Kind.RESTRICTION})
# Granted, but carried out by hand where the portal does not reach: the case stays open until somebody has done it.
BY_HAND = frozenset({Kind.RESTRICTION, Kind.OBJECTION})


def at_arrival(case: SubjectRequest, items: Iterable[RequestItem], *, actor: Actor, now: datetime) -> None:
    """What is contested, or objected to, is not used until it is decided (L21, L28).

    Only once it is known who asks: nobody may stop the use of another's data.
    """
    if case.customer_id is None or case.identity_level < NEEDED_LEVEL[case.kind]:
        return
    if case.kind is Kind.CORRECTION:
        contested: list[Place] = [(item.field, item.record_id) for item in items if item.field is not None]
        if contested:
            _restrict(case, RestrictionGround.ACCURACY_CONTESTED, contested, actor=actor, now=now)
    elif case.kind is Kind.OBJECTION:
        _restrict(case, RestrictionGround.OBJECTION_PENDING, None, actor=actor, now=now)


def of_decision(
    case: SubjectRequest,
    items: Sequence[RequestItem],
    comparisons: Sequence[Comparison],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Everything that follows, in the transaction of the decision."""
    corrections.apply(case, comparisons, actor=actor, now=now)
    _open_tasks(case, items, now=now)  # while it is still known who was given what
    if case.customer_id is not None and case.outcome is not Outcome.REFUSE:
        match case.kind:
            case Kind.RESTRICTION:
                _restrict(case, RestrictionGround.REQUESTED, _granted_places(items), actor=actor, now=now)
            case Kind.OBJECTION:
                restrictions.regrounded(
                    customer_id=case.customer_id, case=case.public_id, ground=RestrictionGround.OBJECTION_UPHELD
                )
            case Kind.ERASURE:
                _erase(case, case.customer_id, items, actor=actor, now=now)


def _erase(
    case: SubjectRequest, customer_id: int, items: Iterable[RequestItem], *, actor: Actor, now: datetime
) -> None:
    """Delete what was granted and no law keeps; what stays tells until when, on the case and in its letter (L24)."""
    erasing.erase(
        customer_id=customer_id,
        reason=ErasureReason.REQUEST,
        granted=_to_erase(items),
        case=case.public_id,
        actor=actor,
        now=now,
    )


def _to_erase(items: Iterable[RequestItem]) -> set[Category]:
    """Every category whose erasure is not refused; what has no item of its own goes with the rest."""
    decided = {item.category: item.outcome for item in items}
    return {category for category in Category if decided.get(category, decided.get(None)) is not Outcome.REFUSE}


def erasure_of(case: SubjectRequest, items: Iterable[RequestItem], now: datetime) -> erasure_plan.Outcome | None:
    """What the erasure has done, or would do with these items decided so; None where nothing is erased.

    An item without outcome counts as granted: it shows at most what could go.
    """
    items = list(items)
    if case.kind is not Kind.ERASURE or all(item.outcome is Outcome.REFUSE for item in items):
        return None
    if (done := erasing.outcome_of(case.public_id)) is not None:
        return done
    if case.customer_id is None or case.status in ENDED:
        return None
    return erasing.preview(case.customer_id, now=now, granted=_to_erase(items), case=case.public_id)


def at_answer(case: SubjectRequest, *, actor: Actor, now: datetime) -> None:
    """The letter has told what becomes of the restriction; only then does it end (article 18(3))."""
    if ends_with_answer(case):
        at_end(case, actor=actor, now=now)


def ends_with_answer(case: SubjectRequest) -> bool:
    is_refused_objection = case.kind is Kind.OBJECTION and case.outcome is Outcome.REFUSE
    return case.kind is Kind.CORRECTION or is_refused_objection


def at_end(case: SubjectRequest, *, actor: Actor, now: datetime) -> None:
    """The customer has been told: what this request restricted may be used again."""
    if case.customer_id is not None:
        restrictions.lift(customer_id=case.customer_id, case=case.public_id, actor=actor, now=now)


def is_restricted_by(case: SubjectRequest) -> bool:
    if case.customer_id is None:
        return False
    return any(mark.case == case.public_id for mark in restrictions.of_customer(case.customer_id))


def _restrict(
    case: SubjectRequest, ground: RestrictionGround, places: list[Place] | None, *, actor: Actor, now: datetime
) -> None:
    if case.customer_id is None or is_restricted_by(case):
        return
    restrictions.restrict(
        customer_id=case.customer_id, ground=ground, case=case.public_id, places=places, actor=actor, now=now
    )


def _granted_places(items: Iterable[RequestItem]) -> list[Place] | None:
    """Fields of the categories that were granted; None where it is everything."""
    granted = [item for item in items if item.outcome is not Outcome.REFUSE]
    if any(item.category is None for item in granted):
        return None
    return [(key, None) for key in sorted(_affected(granted))]


def _affected(items: Iterable[RequestItem]) -> set[str]:
    """The fields that a decision changes: one, those of a category, or all."""
    keys: set[str] = set()
    for item in items:
        if item.field is not None:
            keys.add(item.field)
        else:
            keys |= {spec.key for spec in FIELDS if item.category in (None, spec.category)}
    return keys


def _open_tasks(case: SubjectRequest, items: Sequence[RequestItem], *, now: datetime) -> None:
    """Recipients that were given what has changed, the datahub that feeds it, and what is done by hand (L22, L23)."""
    for recipient in told_of(case, items):
        kind = TaskKind.DATAHUB if recipient is Recipient.DATAHUB else TaskKind.RECIPIENT
        _open_task(case, kind, now=now, recipient=recipient)
    done = _done(items)
    if done and _is_done_by_hand(case, done):
        _open_task(case, TaskKind.BY_HAND, now=now)


def told_of(case: SubjectRequest, items: Iterable[RequestItem]) -> list[Recipient]:
    """Who is told of these decisions: the recipients of what they change, and the datahub that feeds it (L22, L23)."""
    if case.customer_id is None or case.kind not in TOLD:
        return []
    done = _done(items)
    written = [item for item in done if item.outcome is Outcome.GRANT and item.field is not None]
    affected = _affected(written if case.kind is Kind.CORRECTION else done)
    told = _recipients_of(case.customer_id, affected)
    if case.kind is Kind.CORRECTION and any(Recipient.DATAHUB in BY_KEY[key].recipients for key in affected):
        told.add(Recipient.DATAHUB)
    return sorted(told)


def _done(items: Iterable[RequestItem]) -> list[RequestItem]:
    return [item for item in items if item.outcome is not Outcome.REFUSE]


def _recipients_of(customer_id: int, keys: set[str]) -> set[Recipient]:
    """Who was given any of these; telling others of a change would give them what they never had."""
    return {disclosure.recipient for disclosure in reading.disclosures_of(customer_id) if keys & set(disclosure.fields)}


def _open_task(case: SubjectRequest, kind: TaskKind, *, now: datetime, recipient: Recipient | None = None) -> None:
    db.session.add(RecipientTask(id=random_id(), request_id=case.id, kind=kind, recipient=recipient, opened_at=now))


def _is_done_by_hand(case: SubjectRequest, done: Iterable[RequestItem]) -> bool:
    """A correction told in words or granted in part, and what somebody without an account is to be given."""
    match case.kind:
        case Kind.CORRECTION:
            return any(item.field is None or item.outcome is Outcome.PARTLY for item in done)
        case kind if kind in COPIES:
            return case.customer_id is None or not directory.of_customer(case.customer_id)
        case kind:
            return kind in BY_HAND
