"""What may be given to whom: the table is written out by hand, and no combination slips past it."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.catalogues.disclosure_laws import names_a_law
from portal.catalogues.fields import BY_KEY, Category
from portal.catalogues.legal_bases import LegalBasis
from portal.catalogues.recipients import Recipient
from portal.core.errors import RuleViolation
from portal.disclosures.rules import CREDIT_FIELDS, DisclosureProblem, Receiving, Whose, check, ground_of, receivable
from portal.register.models import CustomerKind
from tests.conftest import START

ANYTHING = frozenset(BY_KEY)
PERSON = Whose(kind=CustomerKind.NATURAL, has_own_liabilities=True, held=ANYTHING)
AUTHORITY, CREDIT, COLLECTION = Recipient.AUTHORITY, Recipient.CREDIT_INFORMATION, Recipient.INVOICING_AND_COLLECTION
PARTNER, DATAHUB = Recipient.AUTHORISED_PARTNER, Recipient.DATAHUB


def to(recipient: Recipient, **changes: Any) -> Receiving:
    basis = LegalBasis.LEGAL_OBLIGATION if recipient in (AUTHORITY, DATAHUB) else LegalBasis.LEGITIMATE_INTERESTS
    receiving = Receiving(
        recipient=recipient, categories=frozenset(Category), legal_basis=basis, from_on=date(2020, 1, 1)
    )
    return replace(receiving, **changes)


def answer(recipient: Recipient, fields: str, whose: Whose = PERSON, *, at: datetime = START, **terms: Any) -> str:
    """What the rule says: the fields that may be given, or the code of the refusal."""
    try:
        return " ".join(check(fields.split(), to=to(recipient, **terms), whose=whose, at=at, now=START))
    except RuleViolation as refusal:
        return refusal.code.value


@pytest.mark.parametrize(
    ("recipient", "fields", "changes", "told"),
    [
        # R70: exactly two fields of a natural person with own liabilities
        (CREDIT, "name identity_code", {}, "name identity_code"),
        (CREDIT, "identity_code name name", {}, "name identity_code"),
        (CREDIT, "identity_code", {}, "credit-fields-only"),
        (CREDIT, "identity_code name phone", {}, "credit-fields-only"),
        (CREDIT, "identity_code name", {"has_own_liabilities": False}, "no-own-liabilities"),
        (CREDIT, "identity_code name", {"kind": CustomerKind.LEGAL}, "natural-persons-only"),
        (CREDIT, "identity_code name", {"held": frozenset({"name"})}, "not-held"),
        # R71: what billing and collecting need
        (COLLECTION, "invoice_number name billing_street", {}, "name billing_street invoice_number"),
        (COLLECTION, "phone email iban", {}, "phone email iban"),
        (COLLECTION, "name consumption_kwh", {}, "not-for-recipient"),
        (COLLECTION, "name feedback_text", {}, "not-for-recipient"),
        (COLLECTION, "name heating", {}, "not-for-recipient"),
        # no recipient at all
        (AUTHORITY, "is_protected", {}, "not-for-recipient"),
        (PARTNER, "identity_code", {}, "not-for-recipient"),
        (DATAHUB, "gsrn consumption_kwh", {}, "gsrn consumption_kwh"),
        (DATAHUB, "name", {}, "not-for-recipient"),
        (AUTHORITY, "name invoice_amount", {}, "name invoice_amount"),
        # nothing, and what is no field
        (AUTHORITY, "", {}, "no-fields"),
        (AUTHORITY, "name shoe_size", {}, "unknown-field"),
        # L21: what is contested stops where no law obliges us, and only that field
        (COLLECTION, "name phone", {"contested": frozenset({"phone"})}, "contested"),
        (COLLECTION, "name email", {"contested": frozenset({"phone"})}, "name email"),
        (CREDIT, "name identity_code", {"contested": frozenset({"name"})}, "contested"),
        (PARTNER, "phone", {"contested": frozenset({"phone"})}, "contested"),
        (AUTHORITY, "phone", {"contested": frozenset({"phone"})}, "phone"),
        (DATAHUB, "heating", {"contested": frozenset({"heating"})}, "heating"),
        # article 18: a restriction stops everything of that kind
        (COLLECTION, "name", {"is_restricted": True}, "restricted"),
        (CREDIT, "name identity_code", {"is_restricted": True}, "restricted"),
        (AUTHORITY, "name", {"is_restricted": True}, "name"),
        # a non-disclosure order
        (COLLECTION, "name billing_city", {"is_protected": True}, "protected-address"),
        (COLLECTION, "name phone", {"is_protected": True}, "name phone"),
        (PARTNER, "street", {"is_protected": True}, "protected-address"),
        (DATAHUB, "street", {"is_protected": True}, "street"),
        (AUTHORITY, "street", {"is_protected": True}, "street"),
    ],
)  # fmt: skip
def test_each_recipient_gets_what_the_table_says(
    recipient: Recipient, fields: str, changes: dict[str, Any], told: str
) -> None:
    assert answer(recipient, fields, replace(PERSON, **changes)) == told


@pytest.mark.parametrize(
    ("terms", "at", "told"),
    [
        ({}, START, "name"),
        ({}, START + timedelta(seconds=1), "future"),
        ({"from_on": date(2026, 11, 25)}, START, "not-in-force"),
        ({"from_on": date(2026, 11, 24)}, START, "name"),
        ({"until_on": date(2026, 11, 24)}, START, "name"),
        ({"until_on": date(2026, 11, 23)}, START, "not-in-force"),
        # in Finland it is the next day two hours before midnight UTC
        ({"until_on": date(2026, 11, 22)}, datetime.fromisoformat("2026-11-22T21:59:00Z"), "name"),
        ({"until_on": date(2026, 11, 22)}, datetime.fromisoformat("2026-11-22T22:00:00Z"), "not-in-force"),
    ],
)  # fmt: skip
def test_it_is_given_on_a_day_that_has_come_to_somebody_who_serves(
    terms: dict[str, Any], at: datetime, told: str
) -> None:
    assert answer(AUTHORITY, "name", at=at, **terms) == told


def test_a_recipient_gets_no_category_that_is_not_its_own() -> None:
    assert answer(AUTHORITY, "invoice_amount", categories=frozenset({Category.CUSTOMER})) == "not-for-recipient"


def ground(recipient: Recipient, told: str | None) -> str:
    try:
        return ground_of(to(recipient), told)
    except RuleViolation as refusal:
        return f"refused: {refusal.code.value}"


@pytest.mark.parametrize(
    ("recipient", "told", "recorded"),
    [
        (AUTHORITY, None, "refused: law-missing"),
        (AUTHORITY, "  ", "refused: law-missing"),
        (AUTHORITY, "police", "police"),
        (AUTHORITY, "Tullilaki (304/2016) 102 §", "Tullilaki (304/2016) 102 §"),
        (AUTHORITY, "Regulation (EU) 2016/679, Article 58", "Regulation (EU) 2016/679, Article 58"),
        (AUTHORITY, "they asked nicely", "refused: law-not-named"),
        (AUTHORITY, "legal-obligation", "refused: law-not-named"),
        (AUTHORITY, "1/2000 " * 20, "refused: too-long"),
        (COLLECTION, None, "legitimate-interests"),
        (COLLECTION, "legitimate-interests", "legitimate-interests"),
        (COLLECTION, "consent", "refused: ground-is-fixed"),
        (DATAHUB, "", "legal-obligation"),
    ],
)  # fmt: skip
def test_authorities_need_a_law_and_others_the_ground_they_serve_on(
    recipient: Recipient, told: str | None, recorded: str
) -> None:
    assert ground(recipient, told) == recorded


def test_a_date_or_an_identity_code_names_no_law() -> None:
    for text in ("24.11.2026", "280285-901N", "11/24", "10001235"):
        assert not names_a_law(text)


fields_lists = st.lists(st.sampled_from([*sorted(BY_KEY), "shoe_size"]), max_size=8)
persons = st.builds(
    Whose,
    kind=st.sampled_from(CustomerKind),
    has_own_liabilities=st.booleans(),
    is_protected=st.booleans(),
    is_restricted=st.booleans(),
    held=st.sets(st.sampled_from(sorted(BY_KEY)), min_size=40).map(frozenset),
    contested=st.sets(st.sampled_from(["name", "phone", "identity_code", "street"])).map(frozenset),
)


@given(recipient=st.sampled_from(Recipient), fields=fields_lists, whose=persons, days=st.integers(-3, 3))
def test_nothing_gets_past_the_rule_whatever_is_asked(
    recipient: Recipient, fields: list[str], whose: Whose, days: int
) -> None:
    at = START + timedelta(days=days)
    receiving = to(recipient, from_on=date(2026, 11, 23), until_on=date(2026, 11, 24))
    try:
        keys = check(fields, to=receiving, whose=whose, at=at, now=START)
    except RuleViolation:
        return
    assert days in (-1, 0)
    assert set(keys) == set(fields) and len(keys) == len(set(keys)) > 0
    assert all(recipient in BY_KEY[key].recipients for key in keys)
    assert set(keys) <= whose.held
    if recipient is CREDIT:
        assert set(keys) == CREDIT_FIELDS and whose.kind is CustomerKind.NATURAL and whose.has_own_liabilities
    if recipient in (CREDIT, COLLECTION, PARTNER):
        assert not whose.is_restricted and not whose.contested & set(keys)


@given(recipient=st.sampled_from(Recipient), categories=st.sets(st.sampled_from(Category)))
def test_a_recipient_can_get_exactly_what_the_catalogue_says_of_its_categories(
    recipient: Recipient, categories: set[Category]
) -> None:
    keys = receivable(recipient, categories)
    assert set(keys) == {
        key for key, spec in BY_KEY.items() if recipient in spec.recipients and spec.category in categories
    }


def test_the_collection_provider_gets_nothing_but_contact_billing_and_payments() -> None:
    categories = {BY_KEY[key].category for key in receivable(COLLECTION, Category)}
    assert categories == {Category.CUSTOMER, Category.BILLING, Category.PAYMENTS}
    assert set(receivable(CREDIT, Category)) == CREDIT_FIELDS


def test_a_refusal_names_the_fields_it_is_about() -> None:
    with pytest.raises(RuleViolation) as refused:
        check(["name", "consumption_kwh"], to=to(COLLECTION), whose=PERSON, at=START, now=START)
    assert refused.value.code is DisclosureProblem.NOT_FOR_RECIPIENT
    assert refused.value.field == "fields"
    assert refused.value.values["fields"].keys == ("consumption_kwh",)
