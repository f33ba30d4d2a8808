"""Forbidding marketing from outside: done in the response to the one press, with a receipt, and telling nothing."""

from collections.abc import Callable
from contextlib import ExitStack

import pytest
from flask import Flask

from portal.permissions import opt_out_links
from portal.permissions import services as permissions
from portal.permissions.models import Channel, State
from portal.subject_requests import queries
from portal.subject_requests.kinds import Kind, Outcome, Status
from portal.web.even_time import MOST_AT_ONCE, even_time
from tests.factories import make_customer
from tests.pages import Page, Pages

SignIn = Callable[..., Pages]
MINUTE = {"fi": "24.11.2026 klo 10.00", "en": "24 November 2026 at 10:00"}
SECOND = 'datetime="2026-11-24T08:00:00+00:00"'
CHANGING = {"Date", "X-Request-Id"}


def is_all_forbidden(app: Flask, customer_id: int) -> bool:
    with app.app_context():
        return all(line.state is State.PROHIBITION for line in permissions.state_of(customer_id))


def answered_opt_outs(app: Flask, customer_id: int) -> int:
    with app.app_context():
        found = queries.of_customer(customer_id)
        return sum(
            (case.kind, case.status, case.outcome) == (Kind.OPT_OUT, Status.ANSWERED, Outcome.GRANT) for case in found
        )


def told(page: Page) -> tuple[object, ...]:
    headers = sorted((name, value) for name, value in page.headers.items() if name not in CHANGING)
    return page.status, page.body, headers


@pytest.mark.parametrize("language", ["fi", "en"])
def test_signed_in_one_press_forbids_everything_and_the_receipt_tells_when(
    app: Flask, sign_in: SignIn, language: str
) -> None:
    pages = sign_in("customer")
    page = pages.submit(f"/{language}/my/requests/new/opt-out")
    assert page.status == 303
    assert is_all_forbidden(app, pages.person.customer_id or 0)
    assert answered_opt_outs(app, pages.person.customer_id or 0) == 1
    shown = pages.follow(page)
    assert MINUTE[language] in shown.text and SECOND in shown.html
    assert ("Suoramarkkinointi sinulle on nyt kielletty." if language == "fi" else "is now forbidden") in shown.text


@pytest.mark.parametrize("language", ["fi", "en"])
def test_without_an_account_one_press_forbids_everything_and_the_receipt_tells_when(
    app: Flask, client: Pages, language: str
) -> None:
    with app.app_context():
        customer_id = make_customer(email="aino@example.com").id
    page = client.submit(f"/{language}/requests/opt-out", {"contact": "Aino@Example.com"})
    assert page.status == 303
    assert is_all_forbidden(app, customer_id)
    assert answered_opt_outs(app, customer_id) == 1
    shown = client.follow(page)
    assert MINUTE[language] in shown.text and SECOND in shown.html


@pytest.mark.parametrize("language", ["fi", "en"])
def test_by_a_signed_link_one_press_forbids_everything_and_the_receipt_tells_when(
    app: Flask, client: Pages, language: str
) -> None:
    with app.app_context():
        customer = make_customer(email="aino@example.com")
        token = opt_out_links.link_to(customer_id=customer.id, channel=Channel.EMAIL, contact="aino@example.com").token
    page = client.post(f"/{language}/opt-out/{token}", {"forbid": "everything"})
    assert page.status == 303
    assert is_all_forbidden(app, customer.id)
    assert answered_opt_outs(app, customer.id) == 1
    shown = client.follow(page)
    assert MINUTE[language] in shown.text and SECOND in shown.html


@pytest.mark.parametrize("known", ["aino@example.com", "+358441234567", "Aino Esimerkki, Esimerkkikatu 3 A 4, 45100"])
def test_a_known_and_an_unknown_contact_get_the_same_bytes_headers_and_status(
    app: Flask, client: Pages, known: str
) -> None:
    with app.app_context():
        make_customer(name="Aino Esimerkki", email="aino@example.com", phone="+358441234567")
    unknown = {"@": "nobody@example.com", "+": "+358449999999"}.get(
        "@" if "@" in known else known[0], "Ei Kukaan, Olematon katu 1, 45100"
    )
    path = "/en/requests/opt-out"
    answers = [client.post(path, {"contact": contact, "channel": "all"}) for contact in (known, unknown, known)]
    assert [page.status for page in answers] == [303, 303, 303]
    assert len({str(told(page)) for page in answers}) == 1
    pages = [client.follow(page) for page in answers]
    assert len({str(told(page)) for page in pages}) == 1


@pytest.mark.parametrize(
    ("channel", "heading"),
    [
        ("all", "All direct marketing is forbidden"),
        ("post", "Marketing by post is forbidden"),
        ("phone", "Marketing by phone is forbidden"),
        ("email", "Marketing by e-mail is forbidden"),
        ("sms", "Marketing by text message is forbidden"),
    ],
)
def test_the_page_that_follows_says_what_has_been_forbidden(client: Pages, channel: str, heading: str) -> None:
    contact = {"post": "Ei Kukaan, Olematon katu 1, 45100", "phone": "+358441234567", "sms": "+358441234567"}
    typed = {"contact": contact.get(channel, "nobody@example.com"), "channel": channel}
    assert client.follow(client.submit("/en/requests/opt-out", typed)).heading == heading


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "The contact is of another kind: choose another answer here, or correct the contact."),
        ("fi", "Antamasi yhteystieto on toista lajia: valitse tästä toinen vaihtoehto tai korjaa yhteystieto."),
    ],
)
def test_a_contact_of_another_kind_than_what_is_forbidden_is_told_beside_the_choice(
    client: Pages, language: str, words: str
) -> None:
    typed = {"contact": "nobody@example.com", "channel": "phone"}
    page = client.submit(f"/{language}/requests/opt-out", typed)
    assert page.status == 422 and words in page.text
    assert b'value="nobody@example.com"' in page.body


def test_an_answer_that_is_held_keeps_a_place_and_the_others_are_told_to_send_again(app: Flask, client: Pages) -> None:
    """Each held answer keeps a thread of the server: whoever sends many at once must not take all of them."""
    with app.app_context():
        customer_id = make_customer(email="testi@example.com").id
        with ExitStack() as held:
            for _ in range(MOST_AT_ONCE):
                held.enter_context(even_time())
            page = client.submit("/en/requests/opt-out", {"contact": "testi@example.com"})
            assert (page.status, page.headers["Retry-After"]) == (429, "2")
            assert "send it again in a few seconds" in page.text
            assert "You can try again" not in page.text
            assert page.form_values()["contact"] == "testi@example.com"
            assert not is_all_forbidden(app, customer_id)
    assert client.submit("/en/requests/opt-out", {"contact": "testi@example.com"}).status == 303
    assert is_all_forbidden(app, customer_id)


def test_a_form_that_says_nothing_takes_no_place(app: Flask, client: Pages) -> None:
    with app.app_context(), ExitStack() as held:
        for _ in range(MOST_AT_ONCE):
            held.enter_context(even_time())
        assert client.post("/en/requests/opt-out", {"contact": ""}).status == 422
