"""My requests, as a customer uses them: choosing, correcting several things, following, answering, withdrawing."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from flask import Flask

from portal.core import audit, clock
from portal.core.audit import Actor, AuditAction
from portal.core.db import transaction
from portal.core.roles import Role
from portal.register.care.kinds import MandateScope
from portal.subject_requests import cases, deciding, handling, identifying, opting_out, queries, services
from portal.subject_requests.arriving import Arrival
from portal.subject_requests.kinds import (
    Channel,
    ExtensionReason,
    Ground,
    IdentityLevel,
    IdentityMethod,
    Kind,
    Outcome,
    Status,
)
from tests.conftest import FrozenClock
from tests.factories import make_customer
from tests.pages import Page, Pages
from tests.subject_requests.people import CLERK, DECIDER, decide
from tests.subject_requests.test_deadlines import slowly
from tests.subject_requests.test_intake import record_mandate
from tests.subject_requests.test_letters import read

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


def facts(page: Page) -> dict[str, str]:
    """The lists of facts on a page: what each says."""
    found = {}
    for row in page.all("dl", **{"class": "facts"}):
        for pair in row:
            name, *values = (" ".join(" ".join(part.itertext()).split()) for part in pair)
            found[name] = " ".join(values)
    return found


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
        assert "In force since 24 November 2026 at 10:00." in page.text


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


def test_who_had_not_signed_in_to_ask_answers_a_question_about_identity_by_saying_so_signed_in(
    app: Flask, sign_in: SignIn
) -> None:
    """Signing in is what it takes (L2): a button is enough, and the record tells that it was pressed."""
    pages = sign_in("customer")
    with app.app_context():
        by_phone = Arrival(channel=Channel.PHONE, received_on=clock.local_date(clock.now()))
        case = services.submit(
            Kind.ACCESS,
            customer_id=pages.person.customer_id,
            text="My data, please.",
            arrival=by_phone,
            actor=CLERK,
            now=clock.now(),
        )
        public_id = case.public_id
        identifying.ask_identity(public_id=public_id, reason="Doubt", question="Sign in.", actor=CLERK, now=clock.now())
    path = f"/en/my/requests/{public_id}"
    page = pages.get(path)
    assert "Yes, the request is mine" in page.text
    assert f"{path}/withdraw" in page.links(), "or it is somebody else's, and then it is withdrawn"
    assert pages.post(path, {"step": "identity-answered", "text": ""}).status == 303
    with app.app_context():
        case = queries.of_customer(pages.person.customer_id)[0]
        assert (case.identity_level, case.identity_method) == (IdentityLevel.PORTAL, IdentityMethod.PORTAL)
        view = queries.view_of(case, actor=CLERK, today=case.received_on)
        assert {message.text for message in view.messages} == {"Sign in.", "Yes, the request is mine"}


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
    assert page.text.index("Our question to you") < page.text.index("Where it stands"), "what to do comes first"
    assert page.text.count("Who are you?") == 1, "the question is not among the messages too"
    assert "Waiting for your answer" in pages.get("/en/my/requests").text
    assert f"{path}/due.ics" not in page.links(), "a day that is still moving is of no use in a calendar"
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
    page = pages.get(path)
    assert f"{path}/withdraw" not in page.links()
    assert "Limit set by law" not in facts(page), "nobody owes an answer any more"
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


def test_an_open_request_of_the_same_kind_is_shown_before_another_is_made(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    assert "You have asked for this already" not in pages.get("/en/my/requests/new/objection").text
    path = asked(pages, Kind.OBJECTION)
    page = pages.get("/en/my/requests/new/objection")
    assert "You have asked for this already" in page.text
    assert f"{path}#messages" in page.links()
    assert "You have asked for this already" not in pages.get("/en/my/requests/new/restriction").text
    assert pages.submit("/en/my/requests/new/objection", {"text": "Another matter."}).status == 303


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("You have sent many requests in a day", "You can try again from 25 November 2026, 10:00.")),
        ("fi", ("Olet lähettänyt vuorokauden aikana monta pyyntöä", "Voit yrittää uudelleen 25.11.2026 klo 10.00 alk")),
    ],
)
def test_who_sends_a_hundred_in_a_day_is_told_when_the_next_is_taken_and_loses_no_word(
    app: Flask, sign_in: SignIn, frozen_clock: FrozenClock, language: str, words: tuple[str, str]
) -> None:
    pages = sign_in("customer")
    actor = Actor(pages.person.account_id, Role.CUSTOMER, "customer", pages.person.customer_id)
    with app.app_context(), transaction():
        for _ in range(100):
            audit.record(AuditAction.REQUEST_RECEIVED, actor=actor, now=clock.now(), purpose="submit")
    path = f"/{language}/my/requests/new/restriction"
    page = pages.submit(path, {"text": "Do not use my feedback."})
    assert (page.status, no_requests(app, pages)) == (429, True)
    assert all(part in page.text for part in words)
    assert page.form_values(path)["text"] == "Do not use my feedback."
    assert page.headers["Retry-After"] == "86400"
    assert pages.submit(f"/{language}/my/requests/new/opt-out").status == 303, "what is in force at once never waits"
    frozen_clock.advance(timedelta(days=1))
    pages = sign_in("customer", person=pages.person)
    assert pages.submit(path, {"text": "Do not use my feedback."}).status == 303


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("You have sent many messages or files in a day", "You can try again from 25 November 2026, 10:00.")),
        ("fi", ("Olet lähettänyt vuorokauden aikana monta viestiä", "Voit yrittää uudelleen 25.11.2026 klo 10.00 alk")),
    ],
)
def test_a_hundred_messages_a_day_are_taken_and_the_next_one_waits_without_losing_a_word(
    app: Flask, sign_in: SignIn, frozen_clock: FrozenClock, language: str, words: tuple[str, str]
) -> None:
    pages = sign_in("customer")
    path = asked(pages).replace("/en/", f"/{language}/")
    public_id = only_case(app, pages)
    actor = Actor(pages.person.account_id, Role.CUSTOMER, "customer", pages.person.customer_id)
    with app.app_context(), transaction():
        for _ in range(99):
            audit.record(AuditAction.REQUEST_STEP, actor=actor, now=clock.now(), purpose="message")
    assert pages.post(path, {"text": "The hundredth."}).status == 303
    typed = {"text": "One more thing."}
    page = pages.post(path, typed)
    assert page.status == 429
    assert all(part in page.text for part in words)
    assert "One more thing." in page.html
    with app.app_context():
        (message,) = queries.case_view(public_id, actor=CLERK, today=clock.now().date()).messages
        assert message.text == "The hundredth."
        identifying.ask_identity(public_id=public_id, reason="Doubt", question="Who?", actor=CLERK, now=clock.now())
    answered = pages.post(path, {"step": "identity-answered", "text": "It is me."})
    assert answered.status == 303, "what we have asked for is taken, or the clock would stand still"
    frozen_clock.advance(timedelta(days=1))
    pages = sign_in("customer", person=pages.person)
    pages.get(path)
    assert pages.post(path, typed).status == 303


def test_pressing_an_opt_out_on_and_on_fills_nothing_and_it_stays_in_force(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    actor = Actor(pages.person.account_id, Role.CUSTOMER, "customer", pages.person.customer_id)
    with app.app_context(), transaction():
        for _ in range(100):
            audit.record(AuditAction.REQUEST_RECEIVED, actor=actor, now=clock.now(), purpose="submit")
    for kind in (Kind.OPT_OUT, Kind.CONSENT_WITHDRAWAL):
        assert asked(pages, kind, text="") == asked(pages, kind, text=""), "the receipt of the first press"
    with app.app_context():
        assert len(queries.of_customer(pages.person.customer_id or 0)) == 2


def test_staff_record_whatever_arrives(app: Flask) -> None:
    with app.app_context():
        customer = make_customer()
        with transaction():
            for _ in range(100):
                audit.record(AuditAction.REQUEST_RECEIVED, actor=CLERK, now=clock.now(), purpose="submit")
        assert services.submit(Kind.ACCESS, customer_id=customer.id, text="", actor=CLERK, now=clock.now()).public_id


@pytest.mark.parametrize("language", ["en", "fi"])
@pytest.mark.parametrize("kind", [Kind.ERASURE, Kind.RESTRICTION, Kind.OBJECTION])
def test_the_summary_of_errors_says_the_label_of_the_field_and_reads_as_a_sentence(
    sign_in: SignIn, kind: Kind, language: str
) -> None:
    pages = sign_in("customer")
    page = pages.submit(f"/{language}/my/requests/new/{kind.value}", {"text": " ", "step": "review"})
    (link,) = page.all("a", href="#text")
    (label,) = page.all("label", **{"for": "text"})
    said = {"en": "Fill in this field.", "fi": "Täytä tämä kenttä."}[language]
    words = "".join(label.itertext()).strip()
    assert words.endswith("?")
    assert "".join(link.itertext()).strip() == f"{words} {said}"


def test_the_summary_of_a_correction_tells_of_which_field(sign_in: SignIn) -> None:
    pages = sign_in("customer")
    sent = pages.get(f"{CORRECTION}?field=name&field=billing_street").form_values(CORRECTION)
    text = pages.post(CORRECTION, sent).text
    assert "Name: Write what it should be." in text
    assert "Billing address: Write what it should be." in text


@pytest.mark.parametrize(("language", "moment"), [("en", "24 November 2026, 10:00"), ("fi", "24.11.2026 klo 10.00")])
def test_a_request_tells_the_time_of_its_arrival_where_it_is_known(
    app: Flask, sign_in: SignIn, language: str, moment: str
) -> None:
    pages = sign_in("customer")
    received = {"en": "Received", "fi": "Saapunut"}[language]
    assert facts(pages.get(asked(pages).replace("/en/", f"/{language}/")))[received] == moment
    arrivals = [
        Arrival(channel=Channel.PHONE, received_on=date(2026, 11, 24), at=time(9, 5)),
        Arrival(channel=Channel.LETTER, received_on=date(2026, 11, 23)),
    ]
    with app.app_context():
        for arrival in arrivals:
            services.submit(
                Kind.OBJECTION,
                customer_id=pages.person.customer_id,
                text="No.",
                actor=CLERK,
                now=clock.now(),
                arrival=arrival,
            )
        by_channel = {case.channel: case.public_id for case in queries.of_customer(pages.person.customer_id or 0)}
    assert facts(pages.get(f"/en/my/requests/{by_channel[Channel.PHONE]}"))["Received"] == "24 November 2026, 09:05"
    assert facts(pages.get(f"/en/my/requests/{by_channel[Channel.LETTER]}"))["Received"] == "23 November 2026"


@pytest.mark.parametrize(
    ("language", "label", "role"),
    [("en", "Asked on your behalf by", "guardian"), ("fi", "Pyynnön teki puolestasi", "edunvalvoja")],
)
def test_who_asked_on_the_customers_behalf_stands_on_the_page_and_in_the_letter(
    app: Flask, sign_in: SignIn, language: str, label: str, role: str
) -> None:
    with app.app_context():
        customer = make_customer(preferred_language=language)
        arrival = Arrival(
            channel=Channel.PHONE,
            received_on=date(2026, 11, 24),
            at=time(9, 5),
            mandate_id=record_mandate(customer.id, MandateScope.ALL),
        )
        case = opting_out.opt_out(customer_id=customer.id, actor=CLERK, now=clock.now(), arrival=arrival)
        public_id = case.public_id
    pages = sign_in("customer", customer_id=customer.id)
    assert facts(pages.get(f"/{language}/my/requests/{public_id}"))[label] == f"Edna Edustaja {role}"
    letter = read(pages.get(f"/{language}/my/requests/{public_id}/letter.pdf").body)
    assert f"{label}: Edna Edustaja ({role})" in letter
    assert ("24 November 2026 at 09:05" if language == "en" else "24.11.2026 klo 9.05") in letter


def test_erasure_tells_which_requests_go_and_which_stays(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    path = "/en/my/requests/new/erasure"
    text = pages.get(path).text
    assert "Other requests" not in text
    assert "This request, its messages and our answer stay as proof" in text
    assert "Three years from the end of the request" in text
    asked(pages, Kind.OPT_OUT)
    text = pages.get(path).text
    start = text.index("If you ask for everything to be deleted, these go too:")
    assert start < text.index("Other requests, with their messages, files and letters") < text.index("What a law keeps")
    assert "You have another open request" not in text
    asked(pages, Kind.ACCESS)
    assert "You have another open request. We answer it first" in pages.get(path).text


def test_of_a_potential_customer_no_law_keeps_anything(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        potential = make_customer(status="potential", has_site=False, holds_permission=True)
    pages = sign_in("customer", customer_id=potential.id)
    text = pages.get("/en/my/requests/new/erasure").text
    assert "What a law keeps" not in text
    assert "Customer details" in text


def test_the_calendar_and_the_page_tell_the_day_that_is_counted_by_hand(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    arrivals = [(date(2026, 10, 31), 0), (date(2026, 11, 5), 6), (date(2026, 11, 23), 0), (date(2026, 11, 24), 14)]
    for received, paused in arrivals:
        with app.app_context(), transaction() as session:
            arrival = Arrival(channel=Channel.LETTER, received_on=received, late_reason="Found today.")
            made = services.submit(
                Kind.ACCESS,
                customer_id=pages.person.customer_id,
                text="",
                actor=CLERK,
                now=clock.now(),
                arrival=arrival,
            )
            public_id = made.public_id
            case = cases.found(public_id, actor=CLERK)
            case.paused_days = paused
            cases.count_dates(case)
            session.flush()
        by_hand = slowly(received, paused)
        path = f"/en/my/requests/{public_id}"
        assert f"DTSTART;VALUE=DATE:{by_hand['promise']:%Y%m%d}\r\n" in pages.get(f"{path}/due.ics").body.decode()
        told = facts(pages.get(path))
        assert told["We promise an answer by"] == f"{by_hand['promise']:%-d %B %Y}"
        assert told["Limit set by law"] == f"{by_hand['statutory']:%-d %B %Y}"
