"""Finding customers, and telling them apart."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from portal.catalogues.sources import Source
from portal.core import clock
from portal.core.errors import NotFound
from portal.permissions import services as permissions
from portal.permissions.models import Channel, Choice, MarketingType
from portal.register import searching, services
from portal.register.searching import Found
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


def found(query: str) -> list[tuple[int, Found]]:
    return [(result.customer.id, result.by) for result in searching.search(query).rows]


def test_two_people_whose_identity_codes_differ_only_in_the_sign_stay_two(context: Flask) -> None:
    hilma = make_customer(name="Hilma Lumipuro", identity_code="100190-999P")
    helmi = make_customer(name="Helmi Lumipuro", identity_code="100190Y999P")
    assert found("100190-999P") == [(hilma.id, Found.IDENTITY_CODE)]
    assert found("100190y999p") == [(helmi.id, Found.IDENTITY_CODE)]


def test_an_identity_code_belongs_to_one_customer(context: Flask) -> None:
    make_customer(identity_code="280285-901N")
    with pytest.raises(IntegrityError):
        make_customer(identity_code="280285-901N")


def test_the_database_refuses_a_natural_person_with_a_business_id(context: Flask) -> None:
    with pytest.raises(IntegrityError):
        make_customer(business_id="1234567-1")


ASA = {
    "name": "Åsa Öström-O’Neill",
    "email": "Asa.Ostrom@example.com",
    "phone": "+358440007777",
    "identity_code": "280285-901N",
}


@pytest.mark.parametrize(
    ("query", "by"),
    [
        *[
            (name, Found.NAME)
            for name in (
                "Åsa Öström", "ÅSA ÖSTRÖM", "asa ostrom", "öström åsa", "Ostrom", "oneill", "O'Neill asa",
                "  åsa   öst ",
                "ostrom o’neill",
            )
        ],
        *[
            (phone, Found.PHONE)
            for phone in (
                "044 000 7777", "0440007777", "044-0007777", "(044) 000-7777", "+358 44 000 7777", "00358440007777",
                "358 44 000 7777", "358440007777", "044\u2013000 7777", "044000-7777",
            )
        ],
        ("asa.ostrom@EXAMPLE.com", Found.EMAIL),
        (" Asa.Ostrom@example.com ", Found.EMAIL),
        ("280285-901N", Found.IDENTITY_CODE),
        ("280285-901n", Found.IDENTITY_CODE),
        ("{number}", Found.NUMBER),
        ("{number:.4} {number:.8}", None),
        ("{gsrn}", Found.GSRN),
        ("{spaced}", Found.GSRN),
    ],
)  # fmt: skip
def test_a_customer_is_found_by_whatever_a_caller_can_tell(context: Flask, query: str, by: Found | None) -> None:
    make_customer(name="Aino Kuusilampi")
    asa = make_customer(**ASA)
    gsrn = services.current_value(asa.id, "gsrn", _site_id(asa.id))
    spaced = " ".join(gsrn[i : i + 3] for i in range(0, 18, 3))
    wanted = query.format(number=asa.number, gsrn=gsrn, spaced=spaced)
    assert found(wanted) == ([(asa.id, by)] if by else [])


@pytest.mark.parametrize("query", ["1234567-1", "12345671", "FI12345671", "FI 1234567-1", "kaislan sähkö", "sahko oy"])
def test_an_organisation_is_found_by_business_id_and_name(context: Flask, query: str) -> None:
    company = make_customer(name="Kaislan Sähkö Oy", kind="legal", business_id="1234567-1", phone=None)
    assert [customer_id for customer_id, _by in found(query)] == [company.id]


@pytest.mark.parametrize("query", ["280285-901M", "280285-901", "280285901N", "280285 -901M"])
def test_a_wrong_identity_code_is_looked_for_nowhere(context: Flask, query: str) -> None:
    make_customer(**ASA)
    results = searching.search(query)
    assert list(results.rows) == []
    assert results.is_wrong_code is (query in ("280285-901M", "280285 -901M"))


def test_the_nearest_names_come_first_and_the_rest_is_cut(context: Flask) -> None:
    for number in range(searching.MOST_RESULTS + 1):
        make_customer(name=f"Kalle Virtanen {chr(ord('a') + number)}", has_site=False)
    begins, whole = make_customer(name="Virtanen Aamu"), make_customer(name="Virtanen")
    results = searching.search("virtanen")
    assert results.is_cut and len(results.rows) == searching.MOST_RESULTS
    assert [result.customer.id for result in results.rows[:2]] == [whole.id, begins.id]
    assert not searching.search("virtanen aamu").is_cut


def test_a_place_is_told_unless_the_address_is_protected(context: Flask) -> None:
    make_customer(name="Aino Kuusilampi")
    make_customer(name="Saima Kuusilampi", is_protected=True)
    make_customer(name="Onni Kuusilampi", has_site=False)
    assert [(r.customer.name, r.place) for r in searching.search("kuusilampi").rows] == [
        ("Aino Kuusilampi", "Kouvola"),
        ("Onni Kuusilampi", "Kouvola"),
        ("Saima Kuusilampi", None),
    ]


def _site_id(customer_id: int) -> int:
    from portal.register.reading import records_of

    site = records_of(customer_id)[1].records[0]
    assert site.record_id is not None
    return site.record_id


def test_signs_of_the_search_language_are_only_letters(context: Flask) -> None:
    make_customer(name="Aino Kuusilampi")
    for query in ("%%", "__", "a", "", " ", "'", "- -", "\\"):
        assert list(searching.search(query).rows) == [], query
    assert searching.search("a").read_as == ()


@given(st.text(max_size=120))
def test_whatever_is_typed_is_a_search(installation, query: str) -> None:
    with installation.app.app_context():
        searching.search(query.replace("\0", ""))


def test_a_potential_customer_without_a_permission_left_is_hidden_at_once(context: Flask) -> None:
    potential = make_customer(name="Onni Kaislaranta", status="potential", has_site=False)
    assert found("Kaislaranta") == []
    _choose(potential.id, Choice.ALLOW)
    assert found("Kaislaranta") == [(potential.id, Found.NAME)]
    _choose(potential.id, Choice.WITHDRAW)
    assert found("Kaislaranta") == []
    with pytest.raises(NotFound):
        services.customer_by_number(potential.number)
