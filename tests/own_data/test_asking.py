"""Asking about one viewing or disclosure: the form speaks of it alone, and only of one's own."""

from collections.abc import Callable

import pytest
from flask import Flask

from portal.core import audit
from portal.core.audit import AuditAction
from portal.core.db import transaction
from portal.web.paging import PAGE_SIZE
from tests.conftest import START
from tests.factories import make_customer
from tests.own_data.reading import export, package, rows
from tests.own_data.rich_customer import DISCLOSURE, Rich
from tests.pages import Pages
from tests.subject_requests.people import CLERK

SignIn = Callable[..., Pages]
FORM = "/en/my/requests/new/access"


def look(app: Flask, customer_id: int, *, part: str = "customer", purpose: str = "invoice", times: int = 1) -> int:
    with app.app_context(), transaction():
        for _ in range(times):
            seq = audit.record(
                AuditAction.CUSTOMER_VIEWED,
                actor=CLERK,
                now=START,
                subject=customer_id,
                object=f"{part}:{customer_id}",
                purpose=purpose,
            )
        return seq


def words(pages: Pages, about: str, language: str = "en") -> tuple[str, str]:
    """What the form shows of the matter, and the question that it begins with."""
    path = FORM.replace("/en/", f"/{language}/")
    page = pages.get(f"{path}?about={about}")
    shown = " ".join(" ".join(" ".join(part.itertext()) for part in page.all("section", id="about")).split())
    return shown, page.form_values()["text"]


def test_a_viewing_is_asked_about_with_its_moment_unit_reason_and_part(app: Flask, rich: Rich, pages: Pages) -> None:
    seq = look(app, rich.customer_id, part="current_permission", purpose="contact")
    link = f"{FORM}?about=viewing:{seq}"
    assert link in pages.get("/en/my/viewings").links()
    assert words(pages, f"viewing:{seq}") == (
        "What you ask about When 24 November 2026, 10:00 Unit Customer service Reason Customer’s contact "
        "What was seen Your marketing permissions This goes with your question by itself.",
        "Why was my data opened then, and what was it used for?",
    )
    shown, question = words(pages, f"viewing:{seq}", "fi")
    assert "24.11.2026 klo 10.00" in shown
    assert question == "Miksi tietoni avattiin silloin ja mihin niitä käytettiin?"


def test_a_disclosure_is_asked_about_with_recipient_ground_and_fields(rich: Rich, pages: Pages) -> None:
    assert f"{FORM}?about=disclosure:{DISCLOSURE}" in pages.get("/en/my/disclosures").links()
    assert words(pages, f"disclosure:{DISCLOSURE}") == (
        "What you ask about When 6 October 2026, 18:20 Recipient Suomen Asiakastieto Oy "
        "Legal ground Legitimate interests What was given Personal identity code, Name "
        "This goes with your question by itself.",
        "Why was my data given, and what is it used for there?",
    )


def test_who_was_told_of_corrections_can_be_asked(pages: Pages) -> None:
    assert f"{FORM}?about=corrections" in pages.get("/en/my/disclosures").links()
    assert words(pages, "corrections") == (
        "",
        "Which recipients have been told of corrections to my data, and when?",
    )


def test_the_form_speaks_of_that_one_thing_and_tells_by_when_it_is_answered(
    app: Flask, rich: Rich, pages: Pages
) -> None:
    page = pages.get(f"{FORM}?about=viewing:{look(app, rich.customer_id)}")
    assert page.heading == "Ask why your data was opened"
    assert "We promise a written answer by 24 December 2026, which is also the limit set by law." in page.text
    assert "Do you only want to see your data?" not in page.text


def test_the_question_is_the_persons_own_and_what_it_is_about_goes_with_it(
    app: Flask, rich: Rich, pages: Pages
) -> None:
    path = f"{FORM}?about=viewing:{look(app, rich.customer_id)}"
    refused = pages.submit(path, {"text": " "})
    assert refused.status == 422
    assert "Your question: Fill in this field." in refused.text
    answer = pages.submit(path, {"text": "Why did you look?"})
    assert answer.status == 303
    assert (
        "I ask about this opening of my data. When: 24 November 2026, 10:00 Unit: Customer service Reason: Invoice "
        "What was seen: All your data Why did you look?"
    ) in pages.follow(answer).text


@pytest.mark.parametrize("language", ["en", "fi"])
def test_what_is_not_ones_own_is_the_same_as_what_never_was(app: Flask, pages: Pages, language: str) -> None:
    with app.app_context():
        stranger = make_customer().id
    theirs = look(app, stranger)
    with app.app_context():
        other_event = audit.latest(limit=1, offset=1)[0].event.seq
    path = FORM.replace("/en/", f"/{language}/")
    for about in (
        f"viewing:{theirs}", f"viewing:{other_event}", "viewing:0", "viewing:", "viewing:1e3", f"viewing:{2**70}",
        "disclosure:1", "disclosure:x", "corrections:1", "anything", "<script>", "viewing:١",
    ):  # fmt: skip
        assert pages.get(f"{path}?about={about}").status == 404, about


def test_without_a_reference_the_form_is_empty_and_other_kinds_take_none(pages: Pages) -> None:
    assert pages.get(FORM).form_values(FORM)["text"] == ""
    other = "/en/my/requests/new/objection"
    assert pages.get(f"{other}?about=corrections").form_values(other)["text"] == ""


def test_viewings_are_paged_and_the_copy_has_them_all(app: Flask, rich: Rich, pages: Pages) -> None:
    look(app, rich.customer_id, times=PAGE_SIZE + 1)
    assert "51 viewings" in pages.get("/en/my/viewings").text
    assert len(list(pages.get("/en/my/viewings?page=2").all("tbody")[0])) == 1
    told = export(pages)["viewings"]
    assert len(told) == PAGE_SIZE + 1
    assert told[0] == {
        "at": "2026-11-24T08:00:00Z", "unit": "customer-service", "purpose": "invoice", "case": None,
        "part": "customer",
    }  # fmt: skip
    table = rows(package(pages)["viewings.csv"])
    assert len(table) == PAGE_SIZE + 2
    assert table[1] == ["2026-11-24T08:00:00Z", "Customer service", "Invoice", "All your data", ""]


def test_the_page_explains_why_data_is_looked_at(pages: Pages) -> None:
    page = pages.get("/en/my/viewings")
    assert "Our staff must give a reason before your data opens" in page.text
    assert "Asiakaspalvelijan on kerrottava syy" in pages.get("/fi/my/viewings").text


def test_each_part_of_the_desk_is_told_apart(app: Flask, rich: Rich, sign_in: SignIn) -> None:
    clerk = sign_in("clerk")
    clerk.get("/en/desk/customers")
    clerk.post("/en/desk/customers/10001235", {"purpose": "contract"})
    for path in ("", "/permissions", "/disclosures"):
        assert clerk.get(f"/en/desk/customers/10001235{path}").status == 200
    text = sign_in(person=rich.person).get("/en/my/viewings").text
    for part in ("All your data", "Your marketing permissions", "To whom your data was given"):
        assert part in text
