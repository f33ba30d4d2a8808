"""Recording what comes by letter, visit, phone and e-mail: what each asks, whose it is, and that nothing is lost."""

from datetime import date, time

import pytest
from flask import Flask

from portal.core import audit, clock
from portal.core.audit import Actor
from portal.core.errors import Forbidden, RuleViolation
from portal.core.roles import Role
from portal.permissions import services as permissions
from portal.register.care import mandates
from portal.register.care.kinds import Evidence, MandateKind, MandateScope
from portal.register.care.mandates import NewMandate
from portal.subject_requests import deciding, evidence, handling, intake, queries, services
from portal.subject_requests.arriving import Arrival
from portal.subject_requests.guards import Problem
from portal.subject_requests.intake import Details
from portal.subject_requests.kinds import Channel, IdentityLevel, Kind
from portal.subject_requests.models import SubjectRequest
from tests.factories import make_customer
from tests.pages import Page
from tests.subject_requests.people import CLERK, phone_correction
from tests.subject_requests.test_pages import SignIn

NEW = "/en/desk/requests/new"
FIELDS = {
    "letter": {"signed"},
    "visit": {"document_type", "checked_by", "received_time"},
    "phone": {"identity_facts", "received_time"},
    "email": set(),
}


def names(page: Page) -> set[str]:
    return {e.get("name", "") for tag in ("input", "select", "textarea") for e in page.all(tag)}


def the_case(app: Flask, page: Page) -> SubjectRequest:
    with app.app_context():
        return queries.cases.found(page.location.rsplit("/", 1)[1], actor=CLERK)


def record_mandate(customer_id: int, scope: MandateScope) -> int:
    told = NewMandate(
        kind=MandateKind.GUARDIAN,
        scope=scope,
        representative_number="",
        name="Edna Edustaja",
        contact="",
        valid_from=date(2026, 1, 1),
        valid_until=None,
        evidence=Evidence.GUARDIANSHIP_EXTRACT,
        checked_by="Testi Tekijä",
        checked_on=date(2026, 1, 1),
    )
    return mandates.record(customer_id=customer_id, told=told, actor=CLERK, now=clock.now()).id


def test_each_channel_asks_only_what_it_needs(sign_in: SignIn) -> None:
    pages = sign_in("clerk", display_name="Kaisa Käsittelijä")
    chosen = pages.submit(NEW, {"look": "phone"})
    assert (chosen.status, chosen.location) == (303, f"{NEW}?channel=phone&forbidden=all")
    everything = set().union(*FIELDS.values())
    for channel, own in FIELDS.items():
        page = pages.get(f"{NEW}?channel={channel}")
        assert names(page) & everything == own, channel
        assert page.form_values(NEW)["received_on"] == "2026-11-24"
    visit = pages.get(f"{NEW}?channel=visit").form_values(NEW)
    assert (visit["identity_method"], visit["checked_by"]) == ("id-document", "Kaisa Käsittelijä")
    methods = [option.get("value") for option in pages.get(f"{NEW}?channel=letter").all("option")]
    assert "portal" not in methods and "id-document" not in methods


def test_a_visit_with_its_time_and_a_letter_without_a_signature_are_recorded(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        number = make_customer().number
    pages = sign_in("clerk")
    typed = {"kind": "access", "customer_number": number, "text": ""}
    visit = f"{NEW}?channel=visit"
    refused = pages.submit(visit, typed)
    assert refused.status == 422 and refused.all("a", href="#document_type")
    page = pages.submit(visit, {**typed, "document_type": "passport", "received_time": "10:15"})
    case = the_case(app, page)
    assert (case.received_time, case.document_type, case.identity_level) == (
        time(10, 15),
        "passport",
        IdentityLevel.STRONG,
    )
    assert "24 November 2026 10:15" in pages.follow(page).text
    page = pages.submit(f"{NEW}?channel=letter", {**typed, "signed": "no"})
    assert the_case(app, page).is_signed is False


def test_who_it_is_is_shown_before_saving_and_everything_typed_stays(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        customer = make_customer(name="Venla Vierailija")
        other = phone_correction(customer.id, clock.now()).public_id
    pages = sign_in("clerk")
    path = f"{NEW}?channel=phone"
    page = pages.submit(path, {"customer_number": customer.number, "look": "1", "text": "Typed <b>already</b>"})
    assert page.status == 200
    assert "Venla Vierailija" in page.text and other in page.text
    assert page.form_values(NEW)["text"] == "Typed <b>already</b>"
    with app.app_context():
        seen = audit.viewings_of(customer.id)
        assert [entry.detail.object for entry in seen if entry.detail] == [f"name:{customer.id}"]
    page = pages.submit(path, {"customer_number": "00000000", "look": "1", "text": "Mine"})
    assert page.status == 422
    assert page.all("a", href="#customer_number")
    assert page.form_values(NEW)["text"] == "Mine"


def test_somebody_speaks_for_the_customer_by_a_mandate_that_covers_the_request(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        customer = make_customer()
        fits = record_mandate(customer.id, MandateScope.REQUESTS)
        unfit = record_mandate(customer.id, MandateScope.MARKETING)
    pages = sign_in("clerk")
    typed = {"customer_number": customer.number, "kind": "access", "text": ""}
    path = f"{NEW}?channel=email"
    shown = pages.submit(path, {**typed, "look": "1"})
    offered = [e.get("value") for e in shown.all("input", name="mandate")]
    assert offered == ["", str(fits)]
    assert pages.submit(path, {**typed, "mandate": str(unfit)}).status == 422
    page = pages.post(path, {**shown.form_values(NEW), **typed, "mandate": str(fits)})
    assert the_case(app, page).mandate_id == fits
    assert "Edna Edustaja" in pages.follow(page).text


@pytest.mark.parametrize("language", ["fi", "en"])
def test_an_opt_out_by_phone_takes_one_form_without_typing(app: Flask, sign_in: SignIn, language: str) -> None:
    with app.app_context():
        customer = make_customer()
    pages = sign_in("clerk")
    path = f"/{language}/desk/requests/new?channel=phone&kind=opt-out&customer_number={customer.number}"
    page = pages.submit(path)
    assert page.status == 303
    shown = pages.follow(page)
    with app.app_context():
        assert not any(line.is_allowed for line in permissions.state_of(customer.id))
    receipt = pages.get(f"{shown.response.request.path}/receipt")
    assert {"fi": "24.11.2026 klo 10.00.00", "en": "24 November 2026, 10:00:00"}[language] in receipt.text


def test_a_clerk_records_no_request_of_their_own_and_opens_none(context: Flask) -> None:
    own = make_customer()
    case = phone_correction(own.id, clock.now())
    clerk = Actor(account_id=11, role=Role.CLERK, unit="customer-service", customer_id=own.id)
    arrival = Arrival(channel=Channel.LETTER, received_on=date(2026, 11, 24))
    details = Details(arrival=arrival, kind=Kind.ACCESS, customer_number=own.number, contact="", text="", language="fi")
    for act in (
        lambda: intake.record(details, actor=clerk, now=clock.now()),
        lambda: intake.recognise(own.number, on=date(2026, 11, 24), actor=clerk, now=clock.now()),
    ):
        with pytest.raises(RuleViolation) as caught:
            act()
        assert (caught.value.code, caught.value.field) == (Problem.OWN_CASE, "customer_number")
    reading = {"public_id": case.public_id, "actor": clerk, "now": clock.now()}
    for look in (
        lambda: handling.open_case(**reading),
        lambda: deciding.draft(decisions={}, **reading),
        lambda: services.letter(**reading),
        lambda: evidence.opened(file_id="1", **reading),
    ):
        with pytest.raises(Forbidden):
            look()
    assert audit.viewings_of(own.id) == []


def test_what_is_asked_for_is_chosen_and_not_preset(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        number = make_customer().number
    pages = sign_in("clerk")
    typed = {"customer_number": number, "text": "I want to know."}
    page = pages.submit(f"{NEW}?channel=letter", typed)
    assert page.status == 422 and "What is asked for? Choose what is asked for." in page.text
    assert the_case(app, pages.submit(f"{NEW}?channel=letter", {**typed, "kind": "access"})).kind is Kind.ACCESS


def test_the_company_that_received_it_is_one_of_two_that_both_show(sign_in: SignIn) -> None:
    page = sign_in("clerk").get(f"{NEW}?channel=letter")
    assert "Which company received it first?" in page.text
    assert [e.get("value") for e in page.all("input", name="received_at_place")] == ["kss-verkko", "kss-energia"]
    assert "Is the letter signed? (optional) A signature is never required." in page.text
