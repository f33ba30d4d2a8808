"""The contact log: added to, never changed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from portal.core import audit
from portal.core.errors import NotFound, RuleViolation
from portal.register.care import contact_log
from portal.register.care.kinds import CareProblem
from portal.register.care.models import ContactEntry
from tests.conftest import START
from tests.factories import make_customer
from tests.register.care.served import a_contact
from tests.subject_requests.people import CLERK, phone_correction


@pytest.fixture
def customer_id(context: Flask) -> int:
    return make_customer().id


def add(customer_id: int, **values: object) -> ContactEntry:
    return contact_log.add(customer_id=customer_id, told=a_contact(**values), actor=CLERK, now=START)


def test_a_contact_is_kept_with_its_note_encrypted_and_without_it_on_the_trail(customer_id: int) -> None:
    made = add(customer_id)
    assert (made.note, made.unit) == ("Muuttaa joulukuussa.", "customer-service")
    assert made.note_encrypted is not None and b"joulukuussa" not in made.note_encrypted
    entry = audit.latest(limit=1)[0]
    assert entry.detail is not None
    assert (entry.event.action.value, entry.detail.purpose) == ("contact:record", "phone/moving")


def test_the_newest_comes_first(customer_id: int) -> None:
    middle = add(customer_id)
    old = add(customer_id, happened_at=datetime(2026, 11, 20, 9, tzinfo=UTC))
    new = add(customer_id, happened_at=START)
    assert list(contact_log.of_customer(customer_id)) == [new, middle, old]
    assert list(contact_log.of_customer(customer_id, limit=1, offset=1)) == [middle]
    assert contact_log.count(customer_id) == 3


def test_a_correction_leaves_what_was_written(customer_id: int) -> None:
    wrong = add(customer_id, note="Muuttaa marraskuussa.")
    right = add(customer_id, corrects=wrong.id)
    assert contact_log.corrected_among([wrong, right]) == {wrong.id: right}
    assert wrong.note == "Muuttaa marraskuussa."
    with pytest.raises(RuleViolation) as refusal:
        add(customer_id, corrects=wrong.id)
    assert refusal.value.code is CareProblem.ALREADY_CORRECTED
    assert add(customer_id, corrects=right.id).corrects_id == right.id


def test_somebody_elses_entry_is_neither_found_nor_corrected(customer_id: int) -> None:
    entry, stranger = add(customer_id), make_customer().id
    with pytest.raises(NotFound):
        contact_log.one(entry.id, customer_id=stranger)
    with pytest.raises(NotFound):
        add(stranger, corrects=entry.id)


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"happened_at": START + timedelta(minutes=1)}, "happened_on", CareProblem.FUTURE),
        ({"note": "Tunnus 280285-901N"}, "note", CareProblem.IDENTITY_CODE),
        ({"case": "K7F3-9QTD"}, "case", CareProblem.CASE_UNKNOWN),
    ],
)
def test_what_does_not_fit_is_refused_beside_its_field(
    customer_id: int, values: dict[str, object], field: str, code: CareProblem
) -> None:
    with pytest.raises(RuleViolation) as refusal:
        add(customer_id, **values)
    assert (refusal.value.field, refusal.value.code) == (field, code)
    assert contact_log.count(customer_id) == 0


def test_a_request_is_the_customers_own_or_not_named(customer_id: int) -> None:
    own, strange = phone_correction(customer_id, START), phone_correction(make_customer().id, START)
    assert add(customer_id, case=f" {own.public_id.lower()} ").case == own.public_id
    with pytest.raises(RuleViolation):
        add(customer_id, case=strange.public_id)


def test_a_form_sent_twice_makes_one_entry(customer_id: int) -> None:
    assert add(customer_id, once="k").id == add(customer_id, once="k").id
    assert contact_log.count(customer_id) == 1


def test_an_entry_is_kept_three_years_by_the_proposal(customer_id: int) -> None:
    late_evening = add(customer_id, happened_at=datetime(2026, 11, 21, 22, 30, tzinfo=UTC))
    assert contact_log.kept_until(late_evening) == date(2029, 11, 22)


def test_the_key_of_a_form_counts_for_one_customer(customer_id: int) -> None:
    other = make_customer().id
    first = add(customer_id, once="k1")
    assert add(customer_id, once="k1") is first
    assert add(other, once="k1").customer_id == other
    assert (contact_log.count(customer_id), contact_log.count(other)) == (1, 1)
