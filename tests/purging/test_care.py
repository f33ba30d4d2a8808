"""What the desk wrote down goes in its time; a customer with paper in a locked room waits until it is destroyed."""

from datetime import date, datetime, time

import pytest
from flask import Flask
from sqlalchemy import update

from portal import purging
from portal.catalogues.retention import RetentionRule as R
from portal.core import clock
from portal.core.audit import SYSTEM
from portal.core.clock import HELSINKI
from portal.core.db import db, transaction
from portal.core.errors import RuleViolation
from portal.register.care.kinds import MandateEnd
from portal.register.care.models import ContactEntry, Mandate, ManualMaterial
from portal.register.models import Customer, CustomerStatus, ErasureReason
from portal.subject_requests import erasing
from portal.subject_requests.erasing import EraseProblem
from tests.factories import make_customer
from tests.register.care.served import serve


def applied() -> dict[R, tuple[int, int]]:
    found = purging.apply(now=clock.now(), actor=SYSTEM)
    return {one.rule: (one.deleted, one.held) for one in found if one.deleted or one.held}


def dated(model: type, **values: object) -> None:
    with transaction() as session:
        session.execute(update(model).values(**values))


LAST, NEXT = date(2023, 11, 23), date(2023, 11, 24)  # today is 24 November 2026
LONG_AGO = {"valid_from": date(2020, 1, 1)}


@pytest.mark.parametrize(
    ("model", "ending", "others", "rule"),
    [
        (ContactEntry, "happened_at", {}, R.CONTACTS),
        (Mandate, "valid_until", LONG_AGO, R.MANDATES),
        (Mandate, "ended_on", LONG_AGO | {"end_reason": MandateEnd.WITHDRAWN}, R.MANDATES),
        (ManualMaterial, "destroyed_on", {"kept_since": date(2020, 1, 1)}, R.PAPER),
    ],
)
def test_it_goes_three_years_after_it_ended_and_not_a_day_before(
    context: Flask, model: type, ending: str, others: dict[str, object], rule: R
) -> None:
    serve(make_customer().id, clock.now())
    for day, gone in ((NEXT, {}), (LAST, {rule: (1, 0)})):
        end = datetime.combine(day, time(12), HELSINKI) if ending == "happened_at" else day
        dated(model, **others, **{ending: end})
        assert applied() == gone


def test_nobody_is_erased_entirely_while_paper_about_them_is_left(context: Flask) -> None:
    customer = make_customer()
    serve(customer.id, clock.now())
    dated(Customer, status=CustomerStatus.CUSTOMER, contract_ended_on=date(2018, 1, 1))
    with pytest.raises(RuleViolation) as refused:
        erasing.erase(customer_id=customer.id, reason=ErasureReason.REQUEST, actor=SYSTEM, now=clock.now())
    assert refused.value.code is EraseProblem.PAPER_LEFT
    db.session.expire_all()
    assert db.session.get(Customer, customer.id) is not None
    assert applied() == {R.CUSTOMER_RELATIONSHIP: (2, 1)}, "billing and metering point go, the customer waits"
    dated(ManualMaterial, kept_since=date(2020, 1, 1), destroyed_on=date(2026, 11, 24))
    assert applied() == {R.CUSTOMER_RELATIONSHIP: (1, 0)}


def test_a_customer_who_is_kept_in_part_keeps_the_list_of_paper_and_nothing_else_that_was_written_down(
    context: Flask,
) -> None:
    customer = make_customer()
    serve(customer.id, clock.now())
    outcome = erasing.erase(customer_id=customer.id, reason=ErasureReason.REQUEST, actor=SYSTEM, now=clock.now())
    assert not outcome.is_entire
    left = {model.__name__ for model in (ContactEntry, Mandate, ManualMaterial) if db.session.query(model).count()}
    assert left == {"ManualMaterial"}
