"""The page of a case: the next lawful step, ready sentences, drafts, and nothing typed is lost."""

import io
import zipfile
from datetime import date

import pytest
from flask import Flask
from pypdf import PdfReader

from portal.catalogues.fields import Category
from portal.catalogues.recipients import Recipient
from portal.core import audit, clock
from portal.core.audit import AuditAction
from portal.core.errors import RuleViolation
from portal.register.reading import records_of
from portal.subject_requests import deciding, handling, queries, services, strangers
from portal.subject_requests.arriving import Arrival
from portal.subject_requests.kinds import Channel, Kind, Status
from portal.subject_requests.strangers import Told
from tests.factories import make_customer
from tests.pages import Page, Pages
from tests.subject_requests.people import CLERK, correction, customer_actor, phone_correction
from tests.subject_requests.test_desk_steps import new_erasure, status_of
from tests.subject_requests.test_effects import disclosed
from tests.subject_requests.test_pages import SignIn, new_case, step


def new_access(app: Flask) -> tuple[str, int]:
    with app.app_context():
        customer = make_customer()
        case = services.submit(
            Kind.ACCESS, customer_id=customer.id, text="", actor=customer_actor(customer.id), now=clock.now()
        )
        handling.take(public_id=case.public_id, actor=CLERK, now=clock.now())
        return case.public_id, customer.id


def words_of(page: Page) -> str:
    reader = PdfReader(io.BytesIO(page.body))
    return " ".join(" ".join(sheet.extract_text().split()) for sheet in reader.pages)


def textarea(page: Page, name: str) -> str:
    return next(e.text or "" for e in page.all("textarea", name=name))


def test_only_lawful_steps_are_offered_and_the_others_are_explained(app: Flask, sign_in: SignIn) -> None:
    public_id, _ = new_case(app)
    clerk = sign_in("clerk")
    page = clerk.get(f"/en/desk/requests/{public_id}")
    offered = {e.get("value") for e in page.all("input", name="step")}
    assert offered == {"take", "assign", "ask-identity", "merge", "withdraw", "message", "note"}
    assert "Correct the day of arrival" in page.text and "This step does not belong to your role." in page.text
    step(clerk, public_id, "take")
    erasure = new_erasure(app)
    page = clerk.get(f"/en/desk/requests/{erasure}")
    assert not page.all("form", id="decide"), "a clerk decides no erasure"
    assert "A decision-maker decides this request." in page.text
    assert clerk.get(f"/fi/desk/requests/{public_id}").all("form", id="decide")


def test_a_clerk_hands_over_what_only_a_decision_maker_decides(app: Flask, sign_in: SignIn) -> None:
    """Row 7 of the table: corrections of other data than one's own contact details."""
    decider, clerk = sign_in("decision-maker"), sign_in("clerk")
    with app.app_context():
        customer = make_customer()
        site = next(group for group in records_of(customer.id) if group.spec.category is Category.SITE).records[0]
        public_id = correction(customer.id, clock.now(), site.reference("estimate_kwh"), None, "21 450").public_id
    step(clerk, public_id, "take")
    page = clerk.get(f"/en/desk/requests/{public_id}")
    assert not page.all("form", id="decide")
    assert "Find out what is needed, write in a note what you propose, and hand the request over." in page.text
    assert "21,450 kWh" in page.text, "a number as it was written has its unit too"
    people = [option.get("value") for option in page.all("option") if "(Decision-maker)" in (option.text or "")]
    assert people[0] == next(o.get("value") for o in page.all("option") if o.get("value"))
    step(clerk, public_id, "assign", assignee=str(decider.person.account_id))
    page = clerk.get(f"/en/desk/requests/{public_id}")
    assert "If you know something that helps, write it in a note." in page.text
    assert decider.get(f"/en/desk/requests/{public_id}").all("form", id="decide")


def test_a_clerk_is_offered_to_grant_and_nothing_else(app: Flask, sign_in: SignIn) -> None:
    public_id, _ = new_access(app)

    def offered(pages: Pages) -> list[str | None]:
        page = pages.get(f"/en/desk/requests/{public_id}")
        return [e.get("value") for e in page.all("input", name="items-0-outcome")]

    clerk = sign_in("clerk")
    assert offered(clerk) == ["grant"]
    assert offered(sign_in("decision-maker")) == ["grant", "partly", "refuse"]
    refused = step(clerk, public_id, "decide", **{"items-0-outcome": "refuse", "items-0-reasons": "No."})
    assert refused.status == 422, "sent all the same"


def test_a_request_that_was_merged_leads_to_the_one_that_goes_on(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        customer = make_customer()
        first, second = (phone_correction(customer.id, clock.now()).public_id for _ in range(2))
    clerk = sign_in("clerk")
    assert step(clerk, second, "merge", target=first).status == 303
    page = clerk.get(f"/en/desk/requests/{second}")
    assert f"To request {first}" in page.text and f"/en/desk/requests/{first}" in page.links()


def test_an_erasure_names_the_requests_that_are_answered_before_it(app: Flask, sign_in: SignIn) -> None:
    public_id = new_erasure(app)
    decider = sign_in("decision-maker")
    words = "The customer has another open request. Answer it first"
    assert words not in decider.get(f"/en/desk/requests/{public_id}").text
    with app.app_context():
        customer_id = queries.case_view(public_id, actor=CLERK, today=clock.now().date()).case.customer_id
        assert customer_id is not None
        other = phone_correction(customer_id, clock.now()).public_id
    page = decider.get(f"/en/desk/requests/{public_id}")
    assert words in page.text and f"/en/desk/requests/{other}" in page.links()


def test_ready_sentences_join_what_is_written_and_send_nothing(app: Flask, sign_in: SignIn) -> None:
    public_id, _ = new_case(app)
    clerk = sign_in("clerk")
    page = step(clerk, public_id, "message", text="", fill="thanks")
    assert page.status == 200
    assert textarea(page, "text").count("\n\n") == 1, "a greeting comes first"
    page = step(clerk, public_id, "message", text="Omat sanani.", fill="on-its-way")
    assert "Omat sanani." in textarea(page, "text")
    assert "24.12.2026" in textarea(page, "text"), "the customer's language is Finnish"
    page = step(clerk, public_id, "ask-identity", reason="Epäily", question="", fill="visit")
    assert page.form_values()["reason"] == "Epäily" and public_id in textarea(page, "question")
    assert step(clerk, public_id, "message", text="x", fill="nonsense").status == 400
    with app.app_context():
        view = queries.case_view(public_id, actor=CLERK, today=clock.now().date())
        assert (view.messages, view.case.status) == ([], Status.RECEIVED)


def test_who_comes_too_late_keeps_every_word(app: Flask, sign_in: SignIn) -> None:
    public_id, _ = new_case(app)
    clerk = sign_in("clerk")
    clerk.get(f"/en/desk/requests/{public_id}")
    with app.app_context():
        handling.take(public_id=public_id, actor=CLERK, now=clock.now())
    typed = {"step": "ask-identity", "reason": "A long doubt", "question": "Who, please?", "version": "1"}
    page = clerk.post(f"/en/desk/requests/{public_id}", typed)
    assert page.status == 409
    assert "Somebody else did something with this request" in page.text
    assert page.form_values()["reason"] == "A long doubt" and "Who, please?" in textarea(page, "question")
    assert {e.get("value") for e in page.all("input", name="version")} == {"2"}, "sent again it would be taken"
    assert status_of(app, public_id) is Status.IN_REVIEW


@pytest.mark.parametrize(
    ("language", "draft"),
    [("fi", "Luonnos: tätä kirjettä ei ole lähetetty."), ("en", "Draft: this letter has not been sent.")],
)
def test_the_letter_is_read_before_it_is_decided_and_before_it_is_sent(
    app: Flask, sign_in: SignIn, language: str, draft: str
) -> None:
    with app.app_context():
        customer = make_customer(preferred_language=language)
        case = services.submit(
            Kind.ACCESS, customer_id=customer.id, text="", actor=customer_actor(customer.id), now=clock.now()
        )
        handling.take(public_id=case.public_id, actor=CLERK, now=clock.now())
        public_id = case.public_id
    decider = sign_in("decision-maker")
    typed = {"items-0-outcome": "partly", "items-0-ground": "withheld-security", "items-0-reasons": "Because so."}
    page = step(decider, public_id, "decide", preview="1", **typed)
    assert page.headers["Content-Type"] == "application/pdf"
    told = words_of(page)
    assert draft in told and "Because so." in told and public_id in told
    silent = step(decider, public_id, "decide", preview="1", **typed, **{"items-0-silent": "y"})
    assert "Because so." not in words_of(silent)
    assert step(decider, public_id, "decide", preview="1", **{"items-0-outcome": "refuse"}).status == 422
    assert status_of(app, public_id) is Status.IN_REVIEW, "nothing was decided"
    assert decider.get(f"/en/desk/requests/{public_id}/draft.pdf").status == 404
    step(decider, public_id, "decide", **typed)
    assert draft in words_of(decider.get(f"/en/desk/requests/{public_id}/draft.pdf"))
    assert step(decider, public_id, "answer").status == 303
    assert draft not in words_of(decider.get(f"/en/desk/requests/{public_id}/letter.pdf"))


def test_reading_a_draft_is_a_viewing_that_the_customer_sees(app: Flask, sign_in: SignIn) -> None:
    """S13: the letter names the customer and the address, also for who never opened the page of the case."""
    public_id, customer_id = new_access(app)
    decider = sign_in("decision-maker")
    decider.get("/en/desk/requests")  # a token, and no case
    typed = {"step": "decide", "preview": "1", "items-0-outcome": "grant"}
    drafted = decider.post(f"/en/desk/requests/{public_id}", typed)
    assert drafted.headers["Content-Type"] == "application/pdf"
    with app.app_context():
        viewed = [entry for entry in audit.latest(limit=9) if entry.event.action is AuditAction.CUSTOMER_VIEWED]
        assert [(entry.detail.subject, entry.detail.case) for entry in viewed if entry.detail] == [
            (customer_id, public_id)
        ]


def test_a_part_kept_back_goes_to_the_ombudsman_and_a_mistake_is_repaired_by_a_new_case(
    app: Flask, sign_in: SignIn
) -> None:
    public_id, _ = new_access(app)
    decider = sign_in("decision-maker")
    assert step(decider, public_id, "split", categories="calls").status == 303
    page = step(
        decider,
        public_id,
        "decide",
        **{
            "items-0-outcome": "grant",
            "items-1-outcome": "refuse",
            "items-1-ground": "withheld-harm",
            "items-1-reasons": "Others.",
        },
    )
    assert page.status == 303
    step(decider, public_id, "answer")
    shown = decider.get(f"/en/desk/requests/{public_id}")
    assert "The customer wants the Ombudsman to get what was kept back" in shown.text
    assert step(decider, public_id, "ask-ombudsman").status == 303
    repaired = step(decider, public_id, "open-linked", text="The recordings were forgotten.")
    assert repaired.status == 303 and public_id not in repaired.location
    assert public_id in decider.follow(repaired).text
    bundle = decider.post(f"/en/desk/requests/{public_id}/bundle.zip", {})
    assert "proof/verify.py" in zipfile.ZipFile(io.BytesIO(bundle.body)).namelist()


def test_a_day_of_arrival_is_corrected_by_the_decision_maker_with_both_days_told(app: Flask, sign_in: SignIn) -> None:
    public_id, _ = new_case(app)
    decider = sign_in("decision-maker")
    assert step(decider, public_id, "change-arrival", received_on="2026-11-20").status == 422
    assert step(decider, public_id, "change-arrival", received_on="2026-12-20", reason="x").status == 422
    assert step(decider, public_id, "change-arrival", received_on="2026-11-20", reason="Stamp").status == 303
    page = decider.get(f"/en/desk/requests/{public_id}")
    assert "2026-11-24 → 2026-11-20: Stamp" in page.text and "Day of arrival corrected" in page.text
    printed = decider.get(f"/fi/desk/requests/{public_id}/print")
    assert printed.status == 200 and not printed.all("textarea")
    assert "2026-11-24 → 2026-11-20: Stamp" in printed.text


def test_a_stranger_is_joined_through_the_page_and_what_is_wrong_is_told_beside_the_field(
    app: Flask, sign_in: SignIn
) -> None:
    with app.app_context():
        customer = make_customer(name="Silja Selvinnyt")
        told = Told(name="Silja Selvinnyt", contact="silja@example.com", text="All.")
        public_id = strangers.submit(Kind.ACCESS, told, language="fi", now=clock.now()).public_id
    clerk = sign_in("clerk")
    typed = {"note": "Passport.", "method": "id-document", "document_type": "passport"}
    page = step(clerk, public_id, "identity-answered", **typed, customer_number="1")
    assert page.status == 422 and page.all("a", href="#answered-number")
    page = step(clerk, public_id, "identity-answered", **typed, customer_number=customer.number)
    assert page.status == 303
    shown = clerk.follow(page)
    assert "Silja Selvinnyt" in shown.text and "Joined to the customer" in shown.text


def test_a_draft_is_nobodys_who_may_not_open_the_case(context: Flask) -> None:
    customer = make_customer()
    case = services.submit(
        Kind.ACCESS, customer_id=customer.id, text="", actor=customer_actor(customer.id), now=clock.now()
    )
    with pytest.raises(RuleViolation):
        deciding.draft(public_id=case.public_id, decisions={}, actor=CLERK, now=clock.now())


def test_the_draft_tells_who_will_be_told_of_the_change_and_only_of_what_is_granted(
    app: Flask, sign_in: SignIn
) -> None:
    with app.app_context():
        customer = make_customer(preferred_language="en")
        disclosed(customer.id, Recipient.AUTHORISED_PARTNER, "phone")
        case = phone_correction(customer.id, clock.now())
        handling.take(public_id=case.public_id, actor=CLERK, now=clock.now())
        public_id = case.public_id
    decider = sign_in("decision-maker")
    granted = words_of(step(decider, public_id, "decide", preview="1", **{"items-0-outcome": "grant"}))
    assert "We tell the following recipients of the data about the change" in granted
    assert "A partner authorised by the controller" in granted
    refused = {"items-0-outcome": "refuse", "items-0-ground": "data-correct", "items-0-reasons": "Checked."}
    assert "Whom we tell" not in words_of(step(decider, public_id, "decide", preview="1", **refused))


def test_two_dates_that_fall_on_one_day_are_told_once(app: Flask, sign_in: SignIn) -> None:
    """Arrived on 31 January 2026: 30 days and one month both end on 2 March."""
    with app.app_context():
        arrival = Arrival(channel=Channel.LETTER, received_on=date(2026, 1, 31), late_reason="Found in a drawer.")
        case = services.submit(
            Kind.ACCESS, customer_id=make_customer().id, text="", arrival=arrival, actor=CLERK, now=clock.now()
        )
        public_id = case.public_id
    clerk = sign_in("clerk")
    [clock_card] = clerk.get(f"/en/desk/requests/{public_id}").all("section", id="clock")
    words = " ".join(" ".join(clock_card.itertext()).split())
    assert "Promise to the customer, and limit set by law 2 March 2026" in words
    assert words.count("imit set by law") == 1
    receipt = clerk.get(f"/en/desk/requests/{public_id}/receipt")
    assert "(also the limit set by law)" in receipt.text and "Limit set by law" not in receipt.text


def test_earlier_requests_lead_to_those_of_the_customer(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        customer = make_customer()
        earlier, later = (phone_correction(customer.id, clock.now()).public_id for _ in range(2))
        number = customer.number
    clerk = sign_in("clerk")
    (link,) = clerk.get(f"/en/desk/requests/{later}").all("a", href=f"/en/desk/requests?q={number}")
    assert "".join(link.itertext()) == "1 request in the twelve months before"
    assert earlier in clerk.get(link.get("href", "")).text


def test_a_failed_form_is_answered_from_the_top_of_the_page(app: Flask, sign_in: SignIn) -> None:
    """A form without an address goes to that of the page with its fragment, and the errors are above that."""
    public_id, _ = new_case(app)
    clerk = sign_in("clerk")
    page = clerk.get(f"/en/desk/requests/{public_id}")
    assert {form.get("action", "") for form in page.all("form") if form.get("method") == "post"} >= {
        f"/en/desk/requests/{public_id}"
    }
    asked = "/en/desk/requests/new?channel=phone&kind=opt-out"
    assert clerk.get(asked).all("form", action=asked), "what the address asks for is kept"


def test_to_divide_a_request_takes_a_category(app: Flask, sign_in: SignIn) -> None:
    public_id, _ = new_access(app)
    clerk = sign_in("clerk")
    page = step(clerk, public_id, "split")
    assert page.status == 422 and "Decide these on their own: Choose at least one category of data." in page.text
    assert step(clerk, public_id, "split", categories="calls").status == 303
    page = step(clerk, public_id, "split", categories="calls")
    assert page.status == 422, "it is decided on its own already"
