"""A correction is applied to what it was decided on, or not at all."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask

from portal.catalogues.sources import Source
from portal.core.audit import SYSTEM
from portal.core.errors import NotFound, RuleViolation, Stale
from portal.register import services
from portal.register.reading import records_of
from portal.register.validators import ValueProblem
from tests.factories import make_customer

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def _correct(customer_id: int, key: str, base: str, new: str, record_id: int | None = None, **more: Any) -> None:
    services.apply_correction(
        customer_id=customer_id,
        field_key=key,
        record_id=record_id,
        base_value=base,
        new_value=new,
        request_id="K7F3-9QTD",
        actor=SYSTEM,
        now=NOW,
        **more,
    )


def test_a_correction_is_written_with_its_provenance_and_put_in_the_feed(context: Flask) -> None:
    customer = make_customer(phone="+358440001234")
    _correct(customer.id, "phone", "+358440001234", "044 000 9999")
    assert services.current_value(customer.id, "phone") == "+358440009999"
    fields = {field.key: field for field in records_of(customer.id)[0].records[0].fields}
    assert (fields["phone"].source, fields["phone"].source_on) == (Source.CORRECTION, date(2026, 11, 24))
    assert fields["name"].source is Source.CONTRACT
    [change] = services.changes()
    assert (change.customer_number, change.field_key, change.old, change.new, change.request_id) == (
        customer.number,
        "phone",
        "+358440001234",
        "+358440009999",
        "K7F3-9QTD",
    )
    assert services.changes(since=change.cursor) == []


def test_a_correction_of_a_value_that_has_changed_meanwhile_is_refused(context: Flask) -> None:
    customer = make_customer(phone="+358440001234")
    _correct(customer.id, "phone", "+358440001234", "044 000 9999")
    with pytest.raises(Stale):
        _correct(customer.id, "phone", "+358440001234", "044 000 5555")
    assert services.current_value(customer.id, "phone") == "+358440009999"
    assert len(services.changes()) == 1


def test_a_second_correction_of_the_same_field_replaces_its_provenance(context: Flask) -> None:
    customer = make_customer(phone="+358440001234")
    _correct(customer.id, "phone", "+358440001234", "044 000 9999")
    _correct(customer.id, "phone", "+358440009999", "")
    assert services.current_value(customer.id, "phone") == ""
    assert [change.new for change in services.changes()] == ["+358440009999", ""]


def test_a_masked_identity_code_is_enough_to_say_what_was_wrong(context: Flask) -> None:
    customer = make_customer(identity_code="280285-901N")
    _correct(customer.id, "identity_code", "280285-****", "150678-9443")
    assert services.current_value(customer.id, "identity_code") == "150678-9443"
    assert services.shown_value(customer.id, "identity_code") == "150678-****"


def test_an_identity_code_of_somebody_else_is_refused(context: Flask) -> None:
    make_customer(identity_code="150678-9443")
    customer = make_customer(identity_code="280285-901N")
    with pytest.raises(RuleViolation) as refusal:
        _correct(customer.id, "identity_code", "280285-901N", "150678-9443")
    assert refusal.value.code is ValueProblem.TAKEN


def test_a_natural_person_gets_no_business_id(context: Flask) -> None:
    customer = make_customer()
    with pytest.raises(RuleViolation) as refusal:
        services.checked_value(customer.id, "business_id", "1234567-1")
    assert refusal.value.code is ValueProblem.OTHER_KIND


def test_another_customers_record_does_not_exist(context: Flask) -> None:
    mine, other = make_customer(), make_customer()
    record_id = records_of(other.id)[1].records[0].record_id
    with pytest.raises(NotFound):
        services.current_value(mine.id, "street", record_id)
    with pytest.raises(NotFound):
        _correct(mine.id, "street", "Esimerkkikatu 3 A 4", "Mallitie 1", record_id)


def test_a_field_of_a_metering_point_is_corrected_by_its_record(context: Flask) -> None:
    customer = make_customer()
    record_id = records_of(customer.id)[1].records[0].record_id
    _correct(customer.id, "main_fuse", "3x25 A", "3 × 35 A", record_id)
    assert services.current_value(customer.id, "main_fuse", record_id) == "3x35 A"


@pytest.mark.parametrize(
    "text", ["nothing", "phone:5", "street", "street:", "street:x", "street:٣", "street:-1", "street:" + "9" * 19]
)
def test_a_reference_that_names_no_field_of_a_record_is_refused(text: str) -> None:
    with pytest.raises(NotFound):
        services.field_reference(text)


def test_a_reference_names_a_field_or_a_field_of_a_record() -> None:
    assert str(services.field_reference("phone")) == "phone"
    assert str(services.field_reference("street:17")) == "street:17"
