"""Who may speak for a customer: from what was seen, in force by the day, ended and never deleted."""

from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.core import audit
from portal.core.db import db
from portal.core.errors import NotFound, RuleViolation, Stale
from portal.register.care import mandates
from portal.register.care.kinds import CareProblem, MandateEnd, MandateScope
from portal.register.care.models import Mandate
from tests.conftest import START
from tests.factories import make_customer
from tests.register.care.served import a_mandate
from tests.subject_requests.people import CLERK

TODAY = date(2026, 11, 24)


@pytest.fixture
def customer_id(context: Flask) -> int:
    return make_customer(name="Saima Hallavaara").id


def record(customer_id: int, **values: object) -> Mandate:
    return mandates.record(customer_id=customer_id, told=a_mandate(**values), actor=CLERK, now=START)


def end(mandate: Mandate, on: date, reason: MandateEnd = MandateEnd.WITHDRAWN) -> Mandate:
    return mandates.end(
        mandate_id=mandate.id, customer_id=mandate.customer_id, ended_on=on, reason=reason, actor=CLERK, now=START
    )


def test_a_mandate_is_kept_with_what_was_seen_and_the_name_encrypted(customer_id: int) -> None:
    made = record(customer_id)
    assert (made.name, made.contact, made.evidence.value) == (
        "Eeva Edunvalvoja",
        "044 000 5555",
        "guardianship-extract",
    )
    assert b"Eeva" not in made.name_encrypted
    entry = audit.latest(limit=1)[0]
    assert entry.detail is not None
    assert (entry.event.action.value, entry.detail.purpose, entry.detail.subject) == (
        "mandate:record",
        "guardian/all",
        customer_id,
    )


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "ended_on", "is_in_force"),
    [
        (TODAY, None, None, True),
        (TODAY, TODAY, None, True),
        (date(2026, 11, 25), None, None, False),
        (date(2026, 1, 1), date(2026, 11, 23), None, False),
        (date(2026, 1, 1), None, TODAY, False),
        (date(2026, 1, 1), None, date(2026, 11, 23), False),
    ],
)
def test_the_last_day_counts_and_the_day_of_ending_does_not(
    customer_id: int, valid_from: date, valid_until: date | None, ended_on: date | None, is_in_force: bool
) -> None:
    made = record(customer_id, valid_from=valid_from, valid_until=valid_until)
    if ended_on:
        end(made, ended_on)
    assert made.is_in_force(TODAY) is is_in_force
    assert list(mandates.in_force(customer_id, TODAY)) == ([made] if is_in_force else [])


DAYS = st.dates(date(2026, 11, 1), date(2026, 12, 31))


@given(start=DAYS, until=st.none() | DAYS, ended=st.none() | DAYS, on=DAYS)
def test_a_mandate_once_out_of_force_never_comes_back(
    start: date, until: date | None, ended: date | None, on: date
) -> None:
    mandate = Mandate(valid_from=start, valid_until=until, ended_on=ended)
    later = [mandate.is_in_force(on + timedelta(days=day)) for day in range(70)]
    if on >= start:
        assert later == sorted(later, reverse=True)


def test_who_may_speak_in_everything_comes_first(customer_id: int) -> None:
    marketing = record(customer_id, scope=MandateScope.MARKETING, name="Veikko Välittäjä")
    whole = record(customer_id)
    assert list(mandates.in_force(customer_id, TODAY)) == [whole, marketing]
    assert (whole.covers(MandateScope.REQUESTS), marketing.covers(MandateScope.REQUESTS)) == (True, False)


def test_another_customer_may_be_the_representative_and_sees_it_without_the_name(customer_id: int) -> None:
    other = make_customer(name="Oiva Omainen")
    made = record(customer_id, representative_number=other.number, name="", contact="")
    assert made.name == "Oiva Omainen"
    assert [held.mandate for held in mandates.held_by(other.id)] == [made]


def test_the_name_stays_when_the_representative_is_erased(customer_id: int) -> None:
    from portal.core.db import transaction
    from portal.register.models import Customer

    other = make_customer(name="Oiva Omainen", has_site=False)
    made = record(customer_id, representative_number=other.number)
    with transaction() as session:
        session.delete(session.get(Customer, other.id))
    db.session.refresh(made)
    assert (made.representative_customer_id, made.name) == (None, "Oiva Omainen")


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"name": " "}, "name", CareProblem.NOBODY_NAMED),
        ({"representative_number": "10009999"}, "representative_number", CareProblem.UNKNOWN_CUSTOMER),
        ({"valid_until": date(2025, 12, 31)}, "valid_until", CareProblem.ENDS_BEFORE_IT_BEGINS),
        ({"checked_on": date(2026, 11, 25)}, "checked_on", CareProblem.FUTURE),
        ({"name": "Eeva 280285-901N"}, "name", CareProblem.IDENTITY_CODE),
        ({"contact": "280285 - 901N"}, "contact", CareProblem.IDENTITY_CODE),
    ],
)
def test_what_does_not_fit_is_refused_beside_its_field(
    customer_id: int, values: dict[str, object], field: str, code: CareProblem
) -> None:
    with pytest.raises(RuleViolation) as refusal:
        record(customer_id, **values)
    assert (refusal.value.field, refusal.value.code) == (field, code)
    assert list(mandates.of_customer(customer_id)) == []


def test_nobody_represents_themselves(context: Flask) -> None:
    customer = make_customer()
    with pytest.raises(RuleViolation) as refusal:
        record(customer.id, representative_number=customer.number)
    assert refusal.value.code is CareProblem.THEMSELVES


def test_a_form_sent_twice_makes_one_mandate(customer_id: int) -> None:
    assert record(customer_id, once="k").id == record(customer_id, once="k").id
    assert len(mandates.of_customer(customer_id)) == 1


def test_an_end_is_for_good(customer_id: int) -> None:
    made = record(customer_id)
    for wrong in (date(2026, 11, 25), date(2025, 12, 31)):
        with pytest.raises(RuleViolation):
            end(made, wrong)
    end(made, TODAY)
    assert end(made, TODAY).end_reason is MandateEnd.WITHDRAWN
    with pytest.raises(Stale):
        end(made, date(2026, 11, 20))
    assert [entry.event.action.value for entry in audit.latest(limit=2)] == ["mandate:end", "mandate:record"]


def test_somebody_elses_mandate_is_not_found(customer_id: int) -> None:
    made, stranger = record(customer_id), make_customer()
    for mandate_id in (made.id, 2**70):
        with pytest.raises(NotFound):
            mandates.one(mandate_id, customer_id=stranger.id)
