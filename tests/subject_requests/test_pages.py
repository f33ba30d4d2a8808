"""The pages of requests, through the inspecting client, in both languages."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from portal.core import clock, crypto
from portal.register import services as register
from portal.subject_requests import queries
from tests.conftest import FrozenClock
from tests.factories import make_customer
from tests.pages import Page, Pages
from tests.subject_requests.people import change_phone, phone_correction

SignIn = Callable[..., Pages]


def only_case(app: Flask, customer_id: int) -> str:
    with app.app_context():
        return queries.of_customer(customer_id)[0].public_id


def value(app: Flask, customer_id: int, field: str) -> str:
    with app.app_context():
        return register.current_value(customer_id, field)


def new_case(app: Flask) -> tuple[str, int]:
    with app.app_context():
        customer = make_customer()
        return phone_correction(customer.id, clock.now()).public_id, customer.id


def step(pages: Pages, public_id: str, name: str, **data: str) -> Page:
    path = f"/en/desk/requests/{public_id}"
    pages.get(path)
    return pages.post(path, {"step": name, **data})


@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_customer_corrects_their_phone_and_sees_the_case(app: Flask, sign_in: SignIn, language: str) -> None:
    pages = sign_in("customer")
    path = f"/{language}/my/requests/new/correction?field=phone"
    form = pages.get(path).form_values(f"/{language}/my/requests/new/correction") or pages.last.form_values()
    assert form["items-0-current"] == "+358440001234"
    assert form["items-0-field"] == "phone"
    page = pages.submit(path, {"items-0-proposed": "044 000 9999", "grounds": "Vaihdoin numeroa."})
    assert page.status == 303
    shown = pages.follow(page)
    public_id = only_case(app, pages.person.customer_id)
    assert public_id in shown.heading
    assert "044 000 9999" in shown.text
    assert public_id in pages.get(f"/{language}/my/requests").text


def test_a_failed_correction_keeps_what_was_typed_and_says_why_beside_the_field(sign_in: SignIn) -> None:
    pages = sign_in("customer")
    page = pages.submit(
        "/en/my/requests/new/correction?field=phone", {"items-0-proposed": "12", "grounds": "Typed <b>text</b>"}
    )
    assert page.status == 422
    assert page.all("a", href="#items-0-proposed"), "the summary links to the field"
    assert page.form_values()["grounds"] == "Typed <b>text</b>"
    assert page.all("input", name="items-0-proposed")[0].get("value") == "12"


def test_several_fields_go_in_one_request(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    page = pages.submit(
        "/en/my/requests/new/correction?field=phone&field=billing_street",
        {"items-0-proposed": "044 000 9999", "items-1-proposed": "Uusikatu 1"},
    )
    assert page.status == 303
    with app.app_context():
        case = queries.of_customer(pages.person.customer_id)[0]
        assert len(queries.cases.items_of(case)) == 2


@pytest.mark.parametrize("field", ["nothing", "customer_number", "housing:1", "phone:1"])
def test_a_field_that_cannot_be_corrected_is_not_found(sign_in: SignIn, field: str) -> None:
    assert sign_in("customer").get(f"/en/my/requests/new/correction?field={field}").status == 404


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize(
    "kind", ["access", "erasure", "restriction", "portability", "objection", "consent-withdrawal", "opt-out"]
)
def test_every_kind_has_a_form_that_makes_a_case(sign_in: SignIn, language: str, kind: str) -> None:
    pages = sign_in("customer")
    page = pages.submit(f"/{language}/my/requests/new/{kind}", {"text": "Please."})
    assert page.status == 303
    assert pages.follow(page).status == 200


def test_an_unknown_kind_is_not_found(sign_in: SignIn) -> None:
    assert sign_in("customer").get("/en/my/requests/new/nonsense").status == 404


def test_an_opt_out_shows_since_when(sign_in: SignIn) -> None:
    pages = sign_in("customer")
    shown = pages.follow(pages.submit("/en/my/requests/new/opt-out", {}))
    assert "In force since 24 November 2026 at 10:00." in shown.text


def test_a_customer_writes_and_withdraws(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    pages.submit("/en/my/requests/new/access", {})
    path = f"/en/my/requests/{only_case(app, pages.person.customer_id)}"
    pages.get(path)
    assert pages.post(path, {"text": ""}).status == 422
    assert pages.post(path, {"text": "Hello there"}).status == 303
    assert "Hello there" in pages.get(path).text
    assert pages.post(path, {"step": "withdraw"}).status == 303
    assert "Withdrawn" in pages.get(path).text
    assert pages.post(path, {"step": "withdraw"}).status == 422


def test_another_customers_request_is_the_same_404(app: Flask, sign_in: SignIn) -> None:
    public_id, _ = new_case(app)
    pages = sign_in("customer")
    for path in (public_id, f"{public_id}/letter.pdf", "AAAA-BBBB"):
        assert pages.get(f"/en/my/requests/{path}").status == 404
    pages.get("/en/my/requests/new/access")
    assert pages.post(f"/en/my/requests/{public_id}", {"step": "withdraw"}).status == 404


@pytest.mark.parametrize("path", ["/en/desk/requests", "/en/desk/requests/new"])
@pytest.mark.parametrize("role", ["customer", "marketing", "administrator"])
def test_the_desk_is_closed_to_other_roles(sign_in: SignIn, role: str, path: str) -> None:
    assert sign_in(role).get(path).status == 403


def test_a_clerk_takes_decides_and_answers_and_the_customer_reads_the_letter(app: Flask, sign_in: SignIn) -> None:
    customer = sign_in("customer")
    customer.submit("/en/my/requests/new/correction?field=phone", {"items-0-proposed": "044 000 9999"})
    public_id = only_case(app, customer.person.customer_id)
    clerk = sign_in("clerk")
    assert public_id in clerk.get("/fi/desk/requests").text
    assert clerk.get(f"/fi/desk/requests/{public_id}").status == 200
    assert step(clerk, public_id, "take").status == 303
    page = clerk.get(f"/en/desk/requests/{public_id}")
    assert "044 000 9999" in page.text
    assert step(clerk, public_id, "decide", **{"items-0-outcome": "grant"}).status == 303
    assert value(app, customer.person.customer_id, "phone") == "+358440009999"
    assert step(clerk, public_id, "answer").status == 303
    shown = customer.get(f"/en/my/requests/{public_id}")
    assert "Granted" in shown.text
    letter = customer.get(f"/en/my/requests/{public_id}/letter.pdf")
    assert letter.status == 200
    assert letter.response.get_data().startswith(b"%PDF")
    assert letter.headers["Cache-Control"] == "no-store"
    assert step(clerk, public_id, "close").status == 303
    assert clerk.get(f"/fi/desk/requests/{public_id}/letter.pdf").status == 200


def test_a_refusal_without_reasons_is_told_beside_the_field(app: Flask, sign_in: SignIn) -> None:
    public_id, customer_id = new_case(app)
    decider = sign_in("decision-maker")
    step(decider, public_id, "take")
    page = step(decider, public_id, "decide", **{"items-0-outcome": "refuse", "items-0-ground": "data-correct"})
    assert page.status == 422
    assert page.all("a", href="#items-0-reasons")
    assert page.all("input", name="items-0-outcome", value="refuse")[0].get("checked") is not None
    assert value(app, customer_id, "phone") == "+358440001234"


def test_a_changed_value_must_be_chosen_again(app: Flask, sign_in: SignIn) -> None:
    public_id, customer_id = new_case(app)
    clerk = sign_in("clerk")
    step(clerk, public_id, "take")
    with app.app_context():
        change_phone(customer_id, clock.now())
    page = step(clerk, public_id, "decide", **{"items-0-outcome": "grant"})
    assert page.status == 422
    assert "has changed" in page.text
    mark = page.all("input", name="items-0-replace")[0].get("value") or ""
    assert step(clerk, public_id, "decide", **{"items-0-outcome": "grant", "items-0-replace": mark}).status == 303
    assert value(app, customer_id, "phone") == "+358440009999"


@pytest.mark.parametrize("name", ["answer", "close", "identity-answered", "extend", "decide"])
def test_an_illegal_step_posted_directly_is_refused_in_words(app: Flask, sign_in: SignIn, name: str) -> None:
    public_id, _ = new_case(app)
    page = step(sign_in("clerk"), public_id, name, note="x")
    assert page.status == 422
    assert page.all("div", id="error-summary")


def test_an_unknown_step_is_a_bad_request(app: Flask, sign_in: SignIn) -> None:
    public_id, _ = new_case(app)
    assert step(sign_in("clerk"), public_id, "explode").status == 400


def test_a_page_looked_at_too_long_ago_conflicts(app: Flask, sign_in: SignIn) -> None:
    public_id, _ = new_case(app)
    clerk = sign_in("clerk")
    step(clerk, public_id, "take")
    assert step(clerk, public_id, "decide", **{"items-0-outcome": "grant", "version": "1"}).status == 409


def test_the_case_is_assigned_noted_extended_and_paused(app: Flask, sign_in: SignIn) -> None:
    public_id, _ = new_case(app)
    decider = sign_in("decision-maker", display_name="Päivi Päättäjä")
    step(decider, public_id, "take")
    me = str(decider.person.account_id)
    assert step(decider, public_id, "assign", assignee=me).status == 303
    assert step(decider, public_id, "assign", assignee="99999999999999999999").status == 422
    assert step(decider, public_id, "note", text="Soitin.").status == 303
    assert step(decider, public_id, "message", text="Hei!").status == 303
    assert step(decider, public_id, "extend", reason="complexity", explanation="Monta järjestelmää.").status == 303
    assert step(decider, public_id, "ask-identity", reason="Epäily", question="Kuka?").status == 303
    page = decider.get(f"/fi/desk/requests/{public_id}")
    for word in ("Soitin.", "Hei!", "Kuka?", "Päivi Päättäjä"):
        assert word in page.text


@pytest.mark.parametrize(
    "query", ["status=received", "kind=correction&channel=portal", "assignee=none", "due=later", "page=9999"]
)
def test_the_queue_takes_any_filter(app: Flask, sign_in: SignIn, query: str) -> None:
    new_case(app)
    assert sign_in("clerk").get(f"/en/desk/requests?{query}").status == 200


def test_the_queue_filters_by_what_the_address_says(app: Flask, sign_in: SignIn) -> None:
    public_id, _ = new_case(app)
    clerk = sign_in("clerk")
    assert public_id in clerk.get("/en/desk/requests?kind=correction&status=received").text
    assert public_id not in clerk.get("/en/desk/requests?kind=erasure").text
    assert public_id in clerk.get(f"/en/desk/requests?q={public_id[:4].lower()}").text


def test_a_case_past_the_legal_limit_is_said_to_be(app: Flask, sign_in: SignIn, frozen_clock: FrozenClock) -> None:
    new_case(app)
    frozen_clock.advance(timedelta(days=60))
    assert "Past the legal limit" in sign_in("clerk").get("/en/desk/requests").text


@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_clerk_records_a_letter(app: Flask, sign_in: SignIn, language: str) -> None:
    with app.app_context():
        number = make_customer().number
    clerk = sign_in("clerk")
    typed = {
        "channel": "letter",
        "received_on": "2026-11-20",
        "received_at_place": "kss-energia",
        "kind": "access",
        "customer_number": number,
        "text": "Haluan tietoni.",
        "identity_method": "contact-code",
        "signed": "no",
    }
    path = f"/{language}/desk/requests/new"
    assert clerk.submit(path, typed).status == 422, "late without a reason"
    page = clerk.submit(path, {**typed, "late_reason": "Kirje oli väärässä lokerossa."})
    assert page.status == 303
    assert "Haluan tietoni." in clerk.follow(page).text


def test_a_future_arrival_and_an_unknown_customer_are_told_beside_the_field(sign_in: SignIn) -> None:
    clerk = sign_in("clerk")
    typed = {"channel": "phone", "kind": "access", "text": "x", "received_on": "2026-11-25", "customer_number": "1"}
    assert clerk.submit("/en/desk/requests/new", typed).all("a", href="#customer_number")
    page = clerk.submit("/en/desk/requests/new", {**typed, "customer_number": "", "contact": "a@example.com"})
    assert page.all("a", href="#received_on")


@pytest.mark.parametrize("language", ["fi", "en"])
def test_anyone_may_opt_out_and_learns_nothing(app: Flask, client: Pages, language: str) -> None:
    with app.app_context():
        make_customer(email="known@example.com")
    path = f"/{language}/requests/opt-out"
    told = []
    for contact in ("known@example.com", "stranger@example.com"):
        page = client.submit(path, {"contact": contact, "channel": "all"})
        assert page.status == 303
        told.append(client.follow(page).text)
    assert told[0] == told[1]
    assert client.cookies() == set()


def test_an_opt_out_without_a_contact_is_refused(client: Pages) -> None:
    for contact in ("", "nonsense", "a@b"):
        page = client.submit("/en/requests/opt-out", {"contact": contact})
        assert page.status == 422
        assert page.all("a", href="#contact")


def test_an_opt_out_from_another_site_is_refused(client: Pages) -> None:
    data = {"contact": "a@example.com", "channel": "all"}
    assert client.post("/en/requests/opt-out", data, Sec_Fetch_Site="cross-site").status == 403


def test_a_forged_receipt_tells_nothing(client: Pages) -> None:
    assert client.get("/en/requests/opt-out/done?receipt=forged").status == 302


def test_a_receipt_of_an_earlier_release_which_names_no_channel_tells_nothing(app: Flask, client: Pages) -> None:
    with app.app_context():
        receipt = crypto.sign("opt-out-receipt", {"at": clock.now().isoformat(timespec="seconds")})
    assert client.get(f"/en/requests/opt-out/done?receipt={receipt}").status == 302


def test_a_correction_that_says_nothing_is_not_taken_for_a_wish_to_empty_the_field(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    path = "/en/my/requests/new/correction?field=phone"
    page = pages.submit(path, {"items-0-proposed": "", "grounds": " "})
    assert page.status == 422
    assert page.all("a", href="#items-0-proposed"), "the summary links to the field"
    with app.app_context():
        assert queries.of_customer(pages.person.customer_id) == []
    assert pages.submit(path, {"items-0-proposed": "", "grounds": "I have no phone any more."}).status == 303


def test_a_form_sent_after_signing_out_leads_to_the_sign_in_page(sign_in: SignIn) -> None:
    pages = sign_in("customer")
    path = "/en/my/requests/new/erasure"
    form = pages.get(path).form_values()
    pages.browser.delete_cookie("session")
    page = pages.post(path, {**form, "text": "The old calls, please."})
    assert (page.status, page.location) == (302, f"/en/sign-in?next={path}&unsent=1")


def test_what_is_no_phone_number_is_shown_as_it_was_sent(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    path = "/en/my/requests/new/correction?field=phone"
    for seen in ("+358", "+0", "+999999999999999999999"):
        page = pages.submit(path, {"items-0-current": seen, "items-0-proposed": "044 000 9999", "once": seen})
        assert seen in pages.follow(page).text


def test_a_post_office_of_another_code_is_told_on_both_sides_and_stops_nothing(sign_in: SignIn) -> None:
    customer, clerk = sign_in("customer"), sign_in("clerk")
    answer = customer.submit(
        "/en/my/requests/new/correction?field=billing_city", {"items-0-proposed": "Koria", "grounds": "Moved."}
    )
    assert "do not seem to match" in customer.follow(answer).text
    path = answer.location.replace("/my/", "/desk/")
    assert "Postal code and post office do not match" in clerk.get(path).text


def test_a_case_opens_its_customer_with_the_case_as_the_purpose(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        customer = make_customer()
        case = phone_correction(customer.id, clock.now()).public_id
    clerk = sign_in("clerk")
    page = clerk.get(f"/en/desk/requests/{case}")
    path = f"/en/desk/customers/{customer.number}"
    assert page.form_values(path)["case"] == case
    shown = clerk.follow(clerk.post(path, page.form_values(path)))
    assert "Opened for: Handling a request." in shown.text and case in shown.text
