"""Putting a disclosure on record: by the rule, once, with an audit event that holds no value."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.catalogues.recipients import Recipient
from portal.core import audit
from portal.core.audit import SYSTEM
from portal.core.db import db
from portal.core.errors import Forbidden, NotFound, RuleViolation
from portal.core.roles import Role
from portal.disclosures import services
from portal.disclosures.services import Wanted
from portal.register.models import Customer, Disclosure
from portal.register.reading import disclosures_of
from portal.subject_requests import handling
from portal.subject_requests.kinds import Kind, Outcome
from portal.subject_requests.services import submit, withdraw
from tests.conftest import START
from tests.disclosures.recipients import serves
from tests.factories import make_customer
from tests.subject_requests.people import DECIDER, customer_actor, decide, phone_correction

CLERK = audit.Actor(account_id=7, role=Role.CLERK, unit="customer-service")


def give(customer: Customer, holder_id: int, fields: str = "name phone", **terms: Any) -> Disclosure:
    usual: dict[str, Any] = {"ground": None, "at": START}
    wanted = Wanted(holder_id=holder_id, fields=fields.split(), **{**usual, **terms})
    return services.disclose(wanted, customer_id=customer.id, actor=CLERK, now=START)


def refused(customer: Customer, holder_id: int, fields: str = "name phone", **terms: Any) -> str:
    with pytest.raises(RuleViolation) as refusal:
        give(customer, holder_id, fields, **terms)
    assert db.session.scalar(select(func.count()).select_from(Disclosure)) == 0
    return refusal.value.code.value


def test_a_disclosure_holds_the_name_of_that_day_the_ground_and_the_fields(context: Flask) -> None:
    customer = make_customer()
    first = serves(name="Lindorff Oy", until_on=date(2026, 11, 23))
    serves(name="Uusi Perintä Oy", from_on=date(2026, 11, 24))
    give(customer, first.id, "phone name", at=START - timedelta(days=1))
    (row,) = disclosures_of(customer.id)
    assert (row.recipient, row.recipient_name, row.legal_ground, row.fields) == (
        Recipient.INVOICING_AND_COLLECTION,
        "Lindorff Oy",
        "legitimate-interests",
        ["name", "phone"],
    )
    assert row.disclosed_at == START - timedelta(days=1)
    assert refused_after(customer, first.id) == "not-in-force"


def refused_after(customer: Customer, holder_id: int) -> str:
    with pytest.raises(RuleViolation) as refusal:
        give(customer, holder_id)
    return refusal.value.code.value


def test_it_is_audited_by_identifiers_alone(context: Flask) -> None:
    customer = make_customer(name="Salainen Nimi")
    row = give(customer, serves().id)
    (entry,) = audit.latest(limit=1)
    assert entry.detail is not None
    assert (entry.event.action.value, entry.detail.subject, entry.detail.object, entry.detail.purpose) == (
        "disclosure:record",
        customer.id,
        f"disclosure:{row.id}",
        "invoicing-and-collection",
    )
    assert (entry.detail.actor, entry.detail.unit) == (7, "customer-service")


def test_the_same_form_sent_twice_is_one_disclosure(context: Flask) -> None:
    customer, other, holder_id = make_customer(), make_customer(), serves().id
    first = give(customer, holder_id, once="march-batch")
    assert give(customer, holder_id, "email", once="march-batch").id == first.id
    assert give(other, holder_id, once="march-batch").id != first.id
    give(customer, holder_id)
    assert [len(disclosures_of(one.id)) for one in (customer, other)] == [2, 1]


def test_credit_information_is_given_of_a_person_with_own_liabilities_alone(context: Flask) -> None:
    holder_id = serves(Recipient.CREDIT_INFORMATION, name="Suomen Asiakastieto Oy").id
    code = {"identity_code": "280285-901N"}
    both = "identity_code name"
    assert refused(make_customer(**code), holder_id, both) == "no-own-liabilities"
    assert refused(make_customer(has_own_liabilities=True), holder_id, both) == "not-held"
    company = make_customer(kind="legal", business_id="1234567-1", has_own_liabilities=True)
    assert refused(company, holder_id, both) == "natural-persons-only"
    debtor = make_customer(identity_code="010101-901S", has_own_liabilities=True)
    assert give(debtor, holder_id, both).fields == ["name", "identity_code"]


def test_a_contested_field_is_not_given_to_collection_until_it_is_decided(context: Flask) -> None:
    customer, holder_id = make_customer(), serves().id
    authority = serves(Recipient.AUTHORITY, name="Poliisi").id
    case = phone_correction(customer.id, START)
    assert refused(customer, holder_id, "name phone") == "contested"
    give(customer, holder_id, "name")
    give(customer, authority, "phone", ground="police")
    withdraw(public_id=case.public_id, actor=customer_actor(customer.id), now=START)
    assert give(customer, holder_id, "phone").fields == ["phone"]


def test_a_granted_restriction_stops_what_no_law_obliges_us_to_give(context: Flask) -> None:
    customer, holder_id = make_customer(), serves().id
    case = submit(Kind.RESTRICTION, customer_id=customer.id, text="Stop.", actor=customer_actor(customer.id), now=START)
    give(customer, holder_id, "name")
    handling.take(public_id=case.public_id, actor=DECIDER, now=START)
    decide(case, Outcome.GRANT, START, actor=DECIDER)
    with pytest.raises(RuleViolation) as refusal:
        give(customer, holder_id, "name")
    assert refusal.value.code.value == "restricted"


def test_nobody_records_a_disclosure_of_their_own_data(context: Flask) -> None:
    customer, holder_id = make_customer(), serves().id
    myself = audit.Actor(account_id=7, role=Role.CLERK, unit="customer-service", customer_id=customer.id)
    with pytest.raises(Forbidden):
        services.disclose(
            Wanted(holder_id=holder_id, fields=["name"], ground=None, at=START),
            customer_id=customer.id,
            actor=myself,
            now=START,
        )


def test_a_recipient_or_a_customer_that_is_not_there_is_not_found(context: Flask) -> None:
    customer, holder_id = make_customer(), serves().id
    for wanted_id, customer_id in ((1, customer.id), (2**70, customer.id), (holder_id, 1)):
        with pytest.raises(NotFound):
            services.disclose(
                Wanted(holder_id=wanted_id, fields=["name"], ground=None, at=START),
                customer_id=customer_id,
                actor=SYSTEM,
                now=START,
            )


def test_who_serves_is_found_by_role_and_by_name_where_there_are_several(context: Flask) -> None:
    police = serves(Recipient.AUTHORITY, name="Poliisi", other_names={"en": "Police"})
    assert services.serving(Recipient.AUTHORITY, at=START).id == police.id
    serves(Recipient.AUTHORITY, name="Verohallinto")
    with pytest.raises(RuleViolation) as refusal:
        services.serving(Recipient.AUTHORITY, at=START)
    assert refusal.value.code.value == "name-needed"
    for name in ("Poliisi", "Police"):
        assert services.serving(Recipient.AUTHORITY, at=START, name=name).id == police.id
    for role, name in ((Recipient.AUTHORITY, "Tulli"), (Recipient.DATAHUB, None)):
        with pytest.raises(RuleViolation) as refusal:
            services.serving(role, at=START, name=name)
        assert refusal.value.code.value == "not-in-force"
