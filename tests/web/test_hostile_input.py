"""What nobody types by accident: refused or left out, never an error of ours."""

from io import BytesIO

import pytest
from flask import Flask

from tests.factories import make_customer
from tests.pages import BROWSER, FROM_OURSELVES, Pages


@pytest.mark.parametrize("name", ["endpoint", "lang", "self", "values", "_external", "_anchor", "_scheme"])
def test_a_query_named_like_an_argument_of_ours_harms_no_page(client: Pages, name: str) -> None:
    assert client.get(f"/en/contact?{name}=x&{name}=y").status == 200


@pytest.mark.parametrize(
    "origin", ["http://[", "null", "http://localhost.evil.example", "http://localhost/x", "//localhost"]
)
def test_an_origin_that_is_not_ours_is_refused(client: Pages, origin: str) -> None:
    answer = client.browser.post("/en/cookies", data={"choice": "accept-all"}, headers=BROWSER | {"Origin": origin})
    assert answer.status_code == 403


def test_our_own_origin_is_enough(client: Pages) -> None:
    ours = BROWSER | {"Origin": "http://localhost"}
    assert client.browser.post("/en/cookies", data={"choice": "accept-all"}, headers=ours).status_code == 303


@pytest.mark.parametrize("body", ["[1]", '{"contact": 5}', '{"contact": "\\ud800", "channel": "all"}', '"x"', "{"])
def test_a_form_is_not_taken_from_json(client: Pages, body: str) -> None:
    answer = client.browser.post(
        "/en/requests/opt-out", data=body, content_type="application/json", headers=BROWSER | FROM_OURSELVES
    )
    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["/en/contact?x=%01", "/en/privacy-notice/versions/%1b", "/en/sign-in?next=%00"])
def test_control_characters_in_an_address_are_refused(client: Pages, path: str) -> None:
    assert client.get(path).status == 400


def test_what_no_page_may_hold_is_left_out_of_typed_text(client: Pages) -> None:
    page = client.post("/en/requests/opt-out", {"contact": "nobody\x01\x0b\x85\ufffe", "channel": "all"})
    assert page.status == 422
    assert page.form_values("/en/requests/opt-out")["contact"] == "nobody"


@pytest.mark.parametrize("contact", ["漢字 3, 45100 Kouvola", "Sirpa 😀, Esimerkkikatu 3 A 4, 45100 Kouvola"])
def test_signs_that_no_font_has_do_not_keep_an_opt_out_from_being_carried_out(client: Pages, contact: str) -> None:
    assert client.post("/en/requests/opt-out", {"contact": contact, "channel": "post"}).status == 303


def test_the_public_form_takes_twenty_from_one_address_in_a_quarter_of_an_hour(client: Pages) -> None:
    for n in range(20):
        assert client.post("/en/requests/opt-out", {"contact": f"x{n}@example.com", "channel": "all"}).status == 303
    page = client.post("/en/requests/opt-out", {"contact": "y@example.com", "channel": "all"})
    assert page.status == 429 and int(page.headers["Retry-After"]) == 900


@pytest.mark.parametrize(
    "query", ["to=0001-01-01", "to=9999-12-31", "from=0001-01-01", "from=2020-01-01&to=9999-12-31"]
)
def test_absurd_periods_are_refused(sign_in, query: str) -> None:
    pages = sign_in("marketing")
    for path in ("cookies", "usage", "permissions", "usage.csv"):
        assert pages.get(f"/en/statistics/{path}?{query}").status == 422


@pytest.mark.parametrize("record", ["9999999999999999999", "9223372036854775808", "-1", "²", "٣"])
def test_a_record_number_that_no_database_holds_is_not_found(sign_in, record: str) -> None:
    pages = sign_in("customer")
    assert pages.get(f"/en/my/requests/new/correction?field=main_fuse:{record}").status == 404


@pytest.mark.parametrize("day", ["0001-01-01", "1600-02-29", "9999-12-31", "2026-11-25"])
def test_a_day_of_arrival_that_cannot_be_is_told_beside_the_field(app: Flask, sign_in, day: str) -> None:
    pages = sign_in("clerk")
    with app.app_context():
        number = make_customer().number
    page = pages.submit(
        "/en/desk/requests/new",
        {
            "channel": "letter",
            "kind": "access",
            "received_on": day,
            "received_at_place": "kss-verkko",
            "customer_number": number,
            "text": "x",
            "identity_method": "none",
            "late_reason": "found behind a shelf",
        },
    )
    assert page.status == 422
    assert [e.get("id") for e in page.all("input", aria_invalid="true")] == ["received_on"]


def test_pages_with_a_form_of_a_session_are_not_kept(client: Pages) -> None:
    assert client.get("/en/sign-in").headers["Cache-Control"] == "no-store"
    assert client.get("/en/contact").headers["Cache-Control"] == "no-cache"


def test_a_file_under_the_name_of_a_text_is_no_text(client: Pages) -> None:
    page = client.post("/en/cookies/receipt", {"record": (BytesIO(b"ABCD"), "a.txt"), "code": "K7F3"})
    assert page.status == 422
