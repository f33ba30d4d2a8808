"""My requests, as a customer uses them: choosing, correcting several things, following, answering, withdrawing."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from portal.core import clock
from portal.subject_requests import cases, deciding, handling, identifying, queries
from portal.subject_requests.kinds import ExtensionReason, Ground, IdentityLevel, Kind, Outcome, Status
from tests.conftest import FrozenClock
from tests.factories import make_customer
from tests.pages import Page, Pages
from tests.subject_requests.people import CLERK, DECIDER, decide

SignIn = Callable[..., Pages]
CORRECTION = "/en/my/requests/new/correction"


def only_case(app: Flask, pages: Pages) -> str:
    with app.app_context():
        return queries.of_customer(pages.person.customer_id)[0].public_id


def asked(pages: Pages, kind: Kind = Kind.ACCESS, **data: object) -> str:
    """A request made through its page; the address of its own page."""
    made = pages.submit(f"/en/my/requests/new/{kind.value}", {"text": "Please.", **data})
    return made.location


def no_requests(app: Flask, pages: Pages) -> bool:
    with app.app_context():
        return queries.of_customer(pages.person.customer_id) == []


def fields_on(page: Page) -> list[str | None]:
    return [e.get("value") for n in range(20) for e in page.all("input", name=f"items-{n}-field")]


@pytest.mark.parametrize("language", ["fi", "en"])
def test_who_has_no_requests_is_offered_every_kind(sign_in: SignIn, language: str) -> None:
    pages = sign_in("customer")
    for path in (f"/{language}/my/requests", f"/{language}/my/requests/new"):
        links = pages.get(path).links()
        assert [kind for kind in Kind if f"/{language}/my/requests/new/{kind.value}" not in links] == []


def test_the_list_tells_what_waits_and_what_has_ended(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    asked(pages, Kind.ACCESS)
    asked(pages, Kind.OPT_OUT)
    page = pages.get("/en/my/requests")
    (waiting,), (ended,) = page.all("section", id="waiting"), page.all("section", id="ended")
    assert "Access to my data" in "".join(waiting.itertext())
    assert "24 December 2026" in "".join(waiting.itertext())
    assert "Direct marketing opt-out" in "".join(ended.itertext())


def test_an_organisation_is_told_which_rights_are_its_own(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        company = make_customer(kind="legal", name="Esimerkki Oy")
    pages = sign_in("customer", customer_id=company.id)
    text = pages.get("/en/my/requests/new").text
    assert text.index("For your organisation") < text.index("Data portability") < text.index("For you as a person")
    assert text.index("For you as a person") < text.index("Erasure of data")
    assert "This right belongs to people" in pages.get("/en/my/requests/new/erasure").text
    assert "section 75 e" in pages.get("/en/my/requests/new/portability").text


@pytest.mark.parametrize(
    ("language", "dates"),
    [("fi", ("24.12.2026", "28.12.2026")), ("en", ("24 December 2026", "28 December 2026"))],
)
def test_the_dates_are_told_before_anything_is_sent(
    sign_in: SignIn, frozen_clock: FrozenClock, language: str, dates: tuple[str, str]
) -> None:
    frozen_clock.advance(timedelta(days=2))  # a month later is Saturday, and Christmas has its two days
    pages = sign_in("customer")
    for kind in ("access", "correction?field=name", "erasure", "restriction", "portability", "objection"):
        text = pages.get(f"/{language}/my/requests/new/{kind}").text
        assert dates[1] in text


def test_erasure_is_looked_over_once_more_before_it_is_sent(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    path = "/en/my/requests/new/erasure"
    first = pages.get(path)
    assert "Metering points Six years from the end of the contract Electricity Market Act" in first.text
    assert [b.get("value") for b in first.all("button", name="step")] == ["review"]
    assert pages.post(path, {**first.form_values(path), "text": " ", "step": "review"}).all("a", href="#text")
    review = pages.post(path, {**first.form_values(path), "text": "Old\ncalls", "step": "review"})
    assert (review.status, no_requests(app, pages)) == (200, True)
    assert "Nothing has been sent yet" in review.text
    back = pages.post(path, {**review.form_values(path), "step": "change"})
    assert (back.form_values(path)["text"], no_requests(app, pages)) == ("Old\ncalls", True)
    assert pages.post(path, review.form_values(path)).status == 303
    with app.app_context():
        assert queries.of_customer(pages.person.customer_id)[0].text == "Old\ncalls"


def test_withdrawing_consent_and_opting_out_need_no_words(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    for kind in (Kind.CONSENT_WITHDRAWAL, Kind.OPT_OUT):
        page = pages.get(asked(pages, kind, text=""))
        assert "In force since 24 November 2026, 10:00:00" in page.text


def test_records_can_be_told_apart_and_contact_details_are_changed_elsewhere(sign_in: SignIn) -> None:
    pages = sign_in("customer")
    page = pages.get(CORRECTION)
    assert "Esimerkkikatu 3 A 4" in "".join(page.all("legend")[0].itertext())
    offered = {e.get("value", "").partition(":")[0] for e in page.all("input", name="field")}
    assert {"name", "billing_street", "street", "iban", "identity_code"} <= offered
    assert not offered & {"phone", "email", "preferred_language", "customer_number", "gsrn"}
    assert "/en/my/contact" in page.links()
    assert "change this yourself" in pages.get(f"{CORRECTION}?field=phone").text


def test_adding_and_leaving_out_a_field_keeps_everything_typed(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    sent = pages.get(f"{CORRECTION}?field=billing_street").form_values(CORRECTION)
    sent |= {"items-0-proposed": "Uusikatu 9", "grounds": "We <moved>."}
    page = pages.post(CORRECTION, {**sent, "add": "yes", "field": ["billing_postal_code", "name"]})
    assert (page.status, fields_on(page)) == (200, ["billing_street", "billing_postal_code", "name"])
    sent = page.form_values(CORRECTION)
    assert (sent["items-0-proposed"], sent["grounds"]) == ("Uusikatu 9", "We <moved>.")
    assert sent["items-1-current"] == "45100"
    page = pages.post(CORRECTION, {**sent, "items-2-proposed": "Aino Uusi", "remove": "billing_postal_code"})
    sent = page.form_values(CORRECTION)
    assert (page.status, fields_on(page)) == (200, ["billing_street", "name"])
    assert (sent["items-0-proposed"], sent["items-1-proposed"]) == ("Uusikatu 9", "Aino Uusi")
    assert no_requests(app, pages)
    page = pages.post(CORRECTION, {**sent, "items-1-proposed": ""} | {"grounds": ""})
    assert (page.status, page.form_values(CORRECTION)["items-0-proposed"]) == (422, "Uusikatu 9")
    assert pages.post(CORRECTION, sent).status == 303
    with app.app_context():
        case = queries.of_customer(pages.person.customer_id)[0]
        assert [(item.field, item.proposed) for item in cases.items_of(case)] == [
            ("billing_street", "Uusikatu 9"),
            ("name", "Aino Uusi"),
        ]


def test_enter_sends_the_form_and_takes_no_field_away(sign_in: SignIn) -> None:
    """A browser presses the first button of a form."""
    page = sign_in("customer").get(f"{CORRECTION}?field=name&field=billing_city")
    first = page.all("form", method="post")[-1].iter("button")
    assert next(first).get("name") is None


@pytest.mark.parametrize("field", ["customer_number", "nonsense", "street:1"])
def test_a_field_that_cannot_be_corrected_cannot_be_added_either(sign_in: SignIn, field: str) -> None:
    pages = sign_in("customer")
    sent = pages.get(f"{CORRECTION}?field=name").form_values(CORRECTION)
    assert pages.post(CORRECTION, {**sent, "add": "yes", "field": field}).status == 404


def test_fields_added_before_the_session_ended_are_there_after_signing_in(sign_in: SignIn) -> None:
    pages = sign_in("customer")
    sent = pages.get(f"{CORRECTION}?field=name").form_values(CORRECTION)
    page = pages.post(CORRECTION, {**sent, "items-0-proposed": "Aino Uusi", "add": "yes", "field": "billing_city"})
    sent = {**page.form_values(CORRECTION), "items-1-proposed": "Kotka", "csrf_token": "of a session that has ended"}
    assert pages.post(CORRECTION, sent).status == 400
    page = pages.get(CORRECTION)
    assert fields_on(page) == ["name", "billing_city"]
    assert page.form_values(CORRECTION)["items-1-proposed"] == "Kotka"


def test_masked_values_stay_masked_on_the_form(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        customer = make_customer(identity_code="280285-901N")
    pages = sign_in("customer", customer_id=customer.id)
    sent = pages.get(f"{CORRECTION}?field=identity_code&field=iban").form_values(CORRECTION)
    assert sent["items-0-current"] == "280285-****"
    assert sent["items-1-current"].startswith("FI") and "*" in sent["items-1-current"]


def test_the_five_parts_of_a_correction_are_on_the_page(sign_in: SignIn) -> None:
    """The Ombudsman's list (R117): the datum and the change word for word, the grounds, the name, the contact."""
    page = sign_in("customer").get(f"{CORRECTION}?field=billing_city")
    for words in ("Kouvola", "Should be", "Why is it wrong?", "Testi Asiakas", "@example.com"):
        assert words in page.text or words in page.html


def test_a_question_about_identity_is_answered_on_the_page_and_the_clock_goes_on(
    app: Flask, sign_in: SignIn, frozen_clock: FrozenClock
) -> None:
    pages = sign_in("customer")
    path = asked(pages)
    public_id = only_case(app, pages)
    with app.app_context():
        identifying.ask_identity(
            public_id=public_id, reason="Doubt", question="Who are you?", actor=CLERK, now=clock.now()
        )
    frozen_clock.advance(timedelta(days=3))
    pages = sign_in("customer", person=pages.person)
    page = pages.get(path)
    assert "Our question to you Who are you?" in page.text
    assert pages.post(path, {"step": "identity-answered", "text": " "}).status == 422
    assert pages.post(path, {"step": "identity-answered", "text": "It is me."}).status == 303
    with app.app_context():
        case = queries.of_customer(pages.person.customer_id)[0]
        assert (case.status, case.paused_days, case.paused_from) == (Status.IN_REVIEW, 3, None)
        assert case.identity_level is IdentityLevel.PORTAL
        view = queries.view_of(case, actor=CLERK, today=case.received_on)
        assert [message.text for message in view.messages] == ["Who are you?", "It is me."]
    assert pages.post(path, {"step": "identity-answered", "text": "Again."}).status == 422
    with app.app_context():
        view = queries.case_view(public_id, actor=CLERK, today=clock.now().date())
        assert len(view.messages) == 2, "a refused answer leaves no message"


def test_withdrawing_asks_once_more_and_is_not_offered_afterwards(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    path = asked(pages)
    assert f"{path}/withdraw" in pages.get(path).links()
    page = pages.get(f"{path}/withdraw")
    assert "Withdraw the request?" in page.heading
    assert pages.post(path, page.form_values(path)).status == 303
    assert f"{path}/withdraw" not in pages.get(path).links()
    assert pages.get(f"{path}/withdraw").location == path


@pytest.mark.parametrize(("language", "title"), [("fi", "SUMMARY;LANGUAGE=fi:"), ("en", "SUMMARY;LANGUAGE=en:Answer")])
def test_the_day_of_the_answer_goes_to_the_calendar_while_it_is_waited_for(
    app: Flask, sign_in: SignIn, language: str, title: str
) -> None:
    pages = sign_in("customer")
    path = asked(pages).replace("/en/", f"/{language}/")
    file = pages.get(f"{path}/due.ics")
    assert (file.status, file.response.mimetype) == (200, "text/calendar")
    assert "DTSTART;VALUE=DATE:20261224\r\n" in file.body.decode()
    assert title in file.body.decode()
    public_id = only_case(app, pages)
    with app.app_context():
        handling.take(public_id=public_id, actor=DECIDER, now=clock.now())
        handling.extend(
            public_id=public_id,
            reason=ExtensionReason.COMPLEXITY,
            explanation="Old archives.",
            actor=DECIDER,
            now=clock.now(),
        )
    assert "DTSTART;VALUE=DATE:20270224\r\n" in pages.get(f"{path}/due.ics").body.decode()
    page = pages.get(f"/en/my/requests/{public_id}")
    assert "We answer by 24 February 2027" in page.text
    assert "Old archives." in page.text
    with app.app_context():
        decide(queries.of_customer(pages.person.customer_id)[0], Outcome.GRANT, clock.now(), actor=DECIDER)
        handling.answer(public_id=public_id, actor=DECIDER, now=clock.now())
    assert pages.get(f"{path}/due.ics").status == 404


def test_reasons_kept_back_are_not_told_and_the_part_can_go_to_the_ombudsman(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    path = asked(pages)
    public_id = only_case(app, pages)
    with app.app_context():
        handling.take(public_id=public_id, actor=DECIDER, now=clock.now())
        decision = deciding.ItemDecision(
            outcome=Outcome.PARTLY, ground=Ground.WITHHELD_SECURITY, reasons="A secret reason.", keeps_reasons_back=True
        )
        deciding.decide(public_id=public_id, decisions={0: decision}, actor=DECIDER, now=clock.now())
    page = pages.get(path)
    assert "A secret reason." not in page.text
    assert "Give it to the Ombudsman" in page.text
    assert pages.post(path, {"step": "ask-ombudsman"}).status == 303
    assert "Give what was kept back to the Data Protection Ombudsman" in pages.get(path).text
    assert "What was kept back" not in pages.get(path).text


@pytest.mark.parametrize("path", ["due.ics", "withdraw"])
def test_pages_of_another_customers_request_are_the_same_404(app: Flask, sign_in: SignIn, path: str) -> None:
    theirs = asked(sign_in("customer"))
    assert sign_in("customer").get(f"{theirs}/{path}").status == 404


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_way_to_complain_stands_on_every_request(sign_in: SignIn, language: str) -> None:
    pages = sign_in("customer")
    for kind in (Kind.ACCESS, Kind.OPT_OUT):
        page = pages.get(asked(pages, kind).replace("/en/", f"/{language}/"))
        assert "tietosuoja.fi" in page.text
        assert f"/{language}/privacy-notice#complaint" in page.links()
