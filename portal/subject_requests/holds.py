"""What may not be deleted although its time is over, because a request still needs it."""

from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, false, or_, select

from portal.core.clock import HELSINKI, local_date
from portal.core.db import db
from portal.core.purging import Purge
from portal.subject_requests.kinds import OPEN, Kind, Status
from portal.subject_requests.models import RecipientTask, SubjectRequest

# Recordings stay so long after the answer to an access request: the person may ask about what they got (L18)
FREEZE = timedelta(days=60)


def has_open_tasks() -> ColumnElement[bool]:
    """Something that follows from the decision is still to be done."""
    return (
        select(1)
        .where(RecipientTask.request_id == SubjectRequest.id, RecipientTask.closed_at.is_(None))
        .correlate(SubjectRequest)
        .exists()
    )


def is_open() -> ColumnElement[bool]:
    """A case that is not yet answered, or has open tasks."""
    return or_(SubjectRequest.status.in_(OPEN), and_(SubjectRequest.status == Status.ANSWERED, has_open_tasks()))


def _freezes(now: datetime) -> ColumnElement[bool]:
    first = datetime.combine(local_date(now) - FREEZE, time(), HELSINKI)
    return and_(
        SubjectRequest.kind == Kind.ACCESS,
        SubjectRequest.status.not_in((Status.WITHDRAWN, Status.MERGED)),
        or_(SubjectRequest.answered_at.is_(None), SubjectRequest.answered_at >= first),
    )


def of(purge: Purge, now: datetime) -> ColumnElement[bool]:
    """The rows of a purge that belong to somebody whose request needs them."""
    if purge.customer is None:
        return false()
    needs = or_(is_open(), _freezes(now)) if purge.is_frozen else is_open()
    cases = select(SubjectRequest.customer_id).where(SubjectRequest.customer_id.is_not(None), needs).correlate(None)
    return purge.customer.in_(cases)


def open_cases(customer_id: int, *, but: str | None = None) -> list[str]:
    """The public ids of the customer's open cases, without the one named."""
    query = select(SubjectRequest.public_id).where(SubjectRequest.customer_id == customer_id, is_open())
    return [case for case in db.session.scalars(query.order_by(SubjectRequest.received_on)) if case != but]


def frozen_until(customer_id: int, now: datetime) -> date | None:
    """The last day on which the customer's recordings are frozen; None when they are not.

    While a request is unanswered it counts as answered now.
    """
    query = select(SubjectRequest.answered_at).where(SubjectRequest.customer_id == customer_id, _freezes(now))
    return max((local_date(answered_at or now) + FREEZE for answered_at in db.session.scalars(query)), default=None)
