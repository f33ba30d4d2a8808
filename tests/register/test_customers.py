"""Finding customers, and telling them apart."""

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from portal.catalogues.sources import Source
from portal.core import clock
from portal.core.errors import NotFound
from portal.permissions import services as permissions
from portal.permissions.models import Channel, Choice, MarketingType
from portal.register import services
from tests.factories import make_customer
from tests.subject_requests.people import customer_actor


def _choose(customer_id: int, choice: Choice) -> None:
    permissions.choose(
        customer_id=customer_id,
        type=MarketingType.DIRECT_ADVERTISING,
        channel=Channel.EMAIL,
        choice=choice,
        source=Source.OWN_CHANGE,
        actor=customer_actor(customer_id),
        now=clock.now(),
    )


def test_two_people_whose_identity_codes_differ_only_in_the_sign_stay_two(context: Flask) -> None:
    hilma = make_customer(name="Hilma Lumipuro", identity_code="100190-999P")
    helmi = make_customer(name="Helmi Lumipuro", identity_code="100190Y999P")
    assert [c.id for c in services.search("100190-999P")] == [hilma.id]
    assert [c.id for c in services.search("100190y999p")] == [helmi.id]


def test_an_identity_code_belongs_to_one_customer(context: Flask) -> None:
    make_customer(identity_code="280285-901N")
    with pytest.raises(IntegrityError):
        make_customer(identity_code="280285-901N")


def test_the_database_refuses_a_natural_person_with_a_business_id(context: Flask) -> None:
    with pytest.raises(IntegrityError):
        make_customer(business_id="1234567-1")


@pytest.mark.parametrize("query", ["Åsa ö", "ÅSA ÖSTRÖM", "asa@example.com", "044 000 7777", "{number}", "{gsrn}"])
def test_a_customer_is_found_by_name_mail_phone_number_and_metering_point(context: Flask, query: str) -> None:
    make_customer(name="Aino Kuusilampi")
    asa = make_customer(name="Åsa Öström", email="asa@example.com", phone="+358440007777")
    gsrn = services.current_value(asa.id, "gsrn", _site_id(asa.id))
    found = services.search(query.format(number=asa.number, gsrn=gsrn))
    assert [customer.id for customer in found] == [asa.id]


def _site_id(customer_id: int) -> int:
    from portal.register.reading import records_of

    site = records_of(customer_id)[1].records[0]
    assert site.record_id is not None
    return site.record_id


def test_signs_of_the_search_language_are_only_letters(context: Flask) -> None:
    make_customer(name="Aino Kuusilampi")
    assert services.search("%%") == []
    assert services.search("a") == []


def test_a_potential_customer_without_a_permission_left_is_hidden_at_once(context: Flask) -> None:
    potential = make_customer(name="Onni Kaislaranta", status="potential", has_site=False)
    assert services.search("Kaislaranta") == []
    _choose(potential.id, Choice.ALLOW)
    assert [customer.id for customer in services.search("Kaislaranta")] == [potential.id]
    _choose(potential.id, Choice.WITHDRAW)
    assert services.search("Kaislaranta") == []
    with pytest.raises(NotFound):
        services.customer_by_number(potential.number)
