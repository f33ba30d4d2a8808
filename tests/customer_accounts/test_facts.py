"""The second fact is a number of the bill, never an identity code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.errors import RuleViolation
from portal.core.identity_codes import holds_identity_code
from portal.customer_accounts import facts
from portal.customer_accounts.facts import Fact, FactProblem


@pytest.mark.parametrize(
    ("typed", "fact"),
    [
        ("10001235", Fact(customer_number="10001235")),
        (" 1000 1235 ", Fact(customer_number="10001235")),
        ("952000000000123459", Fact(gsrn="952000000000123459")),
        ("9520 0000 0000 1234 59", Fact(gsrn="952000000000123459")),
    ],
)
def test_customer_number_and_metering_point_are_read_as_they_stand_on_the_bill(typed, fact):
    assert facts.read(typed, field="fact") == fact


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("10001234", FactProblem.FORM),
        ("Aino Kuusilampi", FactProblem.FORM),
        ("", FactProblem.FORM),
        ("280285-901N", FactProblem.IDENTITY_CODE),
        ("280285-9010", FactProblem.IDENTITY_CODE),
        ("010594y9032", FactProblem.IDENTITY_CODE),
        ("280285 – 901 n", FactProblem.IDENTITY_CODE),
    ],
)
def test_nothing_else_will_do(typed, problem):
    with pytest.raises(RuleViolation) as refusal:
        facts.read(typed, field="fact")
    assert (refusal.value.code, refusal.value.field) == (problem, "fact")


@pytest.mark.parametrize("typed", ["aino@example.com", "044 123 4567", "1000 1235", "aino-1985", "952000000000123459"])
def test_other_names_and_numbers_are_not_taken_for_an_identity_code(typed):
    assert not holds_identity_code(typed)


@given(typed=st.text(max_size=30))
def test_whatever_is_typed_is_a_number_of_the_bill_or_refused(typed):
    try:
        fact = facts.read(typed, field="fact")
    except RuleViolation as refusal:
        assert refusal.code in FactProblem
    else:
        assert bool(fact.customer_number) != bool(fact.gsrn)
