"""A line against the field catalogue."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.catalogues.fields import BY_CATEGORY, Category
from portal.register.importing import checking
from portal.register.importing.checking import Draft, Faulty
from portal.register.importing.columns import blank, columns, needed
from portal.register.importing.shapes import CUSTOMER, SHAPES
from tests.register.importing.files import GSRN, customer, permission, site

TODAY = date(2026, 11, 24)
KEYS = sorted(
    {spec.key for category in Category for spec in BY_CATEGORY[category]}
    | {shape.name for shape in SHAPES}
    | {"permissions", "source", "source_on", "type", "channel", "state", "given_on"}
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("2026-10-01")
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


def check(values: dict[str, Any]) -> Draft:
    return checking.check(values, line=1, today=TODAY, artificial=True)


def faults(values: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(Faulty) as faulty:
        check(values)
    return [(fault.field, fault.code.value) for fault in faulty.value.faults]


@given(st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), anything, max_size=8))
def test_whatever_stands_on_a_line_it_is_a_draft_or_a_list_of_faults(told: dict[str, Any]) -> None:
    for values in (told, {**customer(), **told}):
        try:
            check(values)
        except Faulty as faulty:
            assert faulty.faults


@given(anything)
def test_no_value_of_a_line_is_in_a_fault(value: Any) -> None:
    secret = "280285-901N"
    for key in ("name", "identity_code", secret):
        try:
            check({**customer(), key: [secret, value], secret: value})
        except Faulty as faulty:
            assert secret not in repr(faulty.faults)


def test_every_field_that_a_line_can_tell_has_a_reader_and_a_column() -> None:
    for shape in (CUSTOMER, *SHAPES):
        table = {column.name for column in shape.model.__table__.c}
        for spec in shape.specs:
            assert columns(shape, 1, spec.key, None, sites={"None": 1}).keys() <= table, spec.key
        assert blank(shape).keys() <= table
        assert set(shape.keys) <= {spec.key for spec in shape.specs}


def test_what_a_new_record_cannot_be_without() -> None:
    assert needed(CUSTOMER) == ("name", "customer_number", "kind", "status")
    by_name = {shape.name: needed(shape) for shape in SHAPES}
    assert set(site()) == set(by_name["sites"])
    assert by_name["other"] == ("other_subject", "other_value", "consent_reference")


@pytest.mark.parametrize(
    ("key", "value", "stored"),
    [
        ("name", "  Aino \u00a0 Kuusilampi ", "Aino Kuusilampi"),
        ("identity_code", "010594y9032", "010594Y9032"),
        ("phone", "05 885 111", "+3585885111"),
        ("contract_ended_on", "24.11.2026", date(2026, 11, 24)),
        ("business_id", " ", None),
    ],
)
def test_values_take_their_normal_form(key: str, value: str, stored: Any) -> None:
    assert check(customer(**{key: value})).customer.values[key] == stored


def test_a_month_is_told_by_itself_or_by_its_first_day() -> None:
    def month(text: str) -> dict[str, Any]:
        record = {"consumption_site": GSRN[0], "consumption_month": text, "consumption_kind": "estimate"}
        return customer(consumption=[record])

    for text in ("2026-10", "2026-10-01"):
        assert check(month(text)).records[0].values["consumption_month"] == date(2026, 10, 1)
    for text in ("2026-10-02", "2026-13", "lokakuu", "1812-10"):
        assert faults(month(text)) == [("consumption[0].consumption_month", "month")]


@pytest.mark.parametrize("moment", ["2026-06-01T06:00:00", "1.6.2026", "2026-06-01T06:00:00+25:00"])
def test_a_moment_needs_its_zone(moment: str) -> None:
    told = [{"service_event": "meter-reading", "service_event_at": moment}]
    assert faults(customer(service_events=told)) == [("service_events[0].service_event_at", "moment")]


@pytest.mark.parametrize("amount", [12.5, True, "12", {"cents": 1, "currency": "SEK"}, {"cents": "1"}, 10**12])
def test_money_is_whole_cents_of_the_euro(amount: Any) -> None:
    told = [{"product": "cable-location", "ordered_on": "2026-06-02", "purchase_price": amount}]
    assert faults(customer(purchases=told)) == [("purchases[0].purchase_price", "money")]


@pytest.mark.parametrize("score", [0, 6])
def test_a_score_is_from_one_to_five(score: int) -> None:
    told = [{"survey": "annual", "satisfaction_answered_on": "2026-06-02", "satisfaction_score": score}]
    assert faults(customer(satisfaction=told)) == [("satisfaction[0].satisfaction_score", "score")]


def test_one_thing_is_told_once_on_a_line() -> None:
    assert faults(customer(sites=[site(0), site(0)])) == [("sites[1].gsrn", "duplicate")]
    told = [permission(), permission(state="prohibition")]
    assert faults(customer(permissions=told)) == [("permissions[1].type", "duplicate")]


def test_texts_of_several_lines_keep_them_and_no_control_characters() -> None:
    def feedback(text: str) -> dict[str, Any]:
        record = {"feedback_received_on": "2026-05-04", "feedback_channel": "phone", "feedback_text": text}
        return customer(feedback=[record])

    assert check(feedback(" a\n\tb ")).records[0].values["feedback_text"] == "a\n\tb"
    assert faults(feedback("a\x07")) == [("feedback[0].feedback_text", "character")]
    assert faults(feedback("\ud800")) == [("feedback[0].feedback_text", "character")]
    assert faults(feedback("x" * 4001)) == [("feedback[0].feedback_text", "too-long")]


def test_a_name_that_grows_when_folded_still_fits_its_column() -> None:
    assert check(customer(name="ß" * 200)).customer.values["name"] == "ß" * 200
    assert faults(customer(name="\ufb03" * 200)) == [("name", "too-long")]
