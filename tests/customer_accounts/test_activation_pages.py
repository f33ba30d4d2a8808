"""From the sign-in page to an account of one's own, as a browser without cookies sees it."""

from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import func, select

from portal.accounts.models import Account
from portal.core import clock
from portal.core.db import db
from portal.customer_accounts import activation_requests
from portal.messages import services as messages
from tests.customer_accounts.links import PASSWORD, ask, mails, token_of
from tests.factories import make_account, make_customer
from tests.pages import watched_writes

EMAIL = "aino@example.com"
WRONG_NUMBER = "10001235"
PASSWORDS = {"new_password": PASSWORD, "repeat_password": PASSWORD}


@pytest.fixture
def number(app):
    with app.app_context():
        return make_customer(email=EMAIL).number


@pytest.fixture
def path(app, number):
    """The page of a link, in English."""
    with app.app_context():
        ask(EMAIL, "aino")
        activation_requests.answer_requests(clock.now())
        return f"/en/activate/{token_of(mails()[0])}"


def _accounts(app):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Account))


@pytest.mark.parametrize("language", ["fi", "en"])
def test_from_the_sign_in_page_through_the_mail_to_ones_own_data(app, client, language):
    with app.app_context():
        number = make_customer(email=EMAIL, preferred_language=language).number
    assert f"/{language}/activate" in client.get(f"/{language}/sign-in").links()
    page = client.post(f"/{language}/activate", {"username": "Aino.K", "contact": EMAIL})
    assert (page.status, page.location) == (303, f"/{language}/activate?asked=1")
    assert client.follow(page).all("p", role="status")
    with app.app_context():
        activation_requests.answer_requests(clock.now())
        messages.deliver_pending(clock.now())
        outbox = app.extensions["portal.settings"].instance / "outbox"
        (file,) = sorted(outbox.glob("*.eml"), key=lambda eml: eml.stat().st_mtime)[-1:]
        words = message_from_bytes(file.read_bytes(), policy=default).get_content()
    link = next(word for word in words.split() if "/activate/" in word)
    assert link.startswith(f"http://localhost:8000/{language}/activate/")
    path = link.removeprefix("http://localhost:8000")
    page = client.get(path)
    assert page.form_values()["username"] == "Aino.K"
    assert page.headers["Cache-Control"] == "no-store"
    done = client.post(path, {"fact": number, "username": "Aino.K", **PASSWORDS})
    assert (done.status, done.location) == (303, f"/{language}/sign-in?activated=1")
    assert client.follow(done).all("p", role="status")
    assert client.get(f"/{language}/my/data").status == 302  # nobody is signed in by it
    page = client.submit(f"/{language}/sign-in", {"username": "aino.k", "password": PASSWORD})
    assert (page.status, page.location) == (303, f"/{language}/my/data")
    assert number in client.get(f"/{language}/my/data").text


def test_asking_and_entering_a_code_set_no_cookie(client, number):
    client.get("/en/activate")
    assert "Set-Cookie" not in client.post("/en/activate", {"username": "", "contact": EMAIL}).headers
    assert "Set-Cookie" not in client.post("/en/activate", {"code": "0000-0000-0000-0000"}).headers
    assert client.cookies() == set()


def test_a_known_and_an_unknown_contact_get_the_same_answer_and_the_same_work(app, client, number):
    answers = []
    for contact in (EMAIL, "nobody@example.com"):
        client.get("/en/activate")
        with watched_writes(app) as tables:
            page = client.post("/en/activate", {"username": "aino", "contact": contact})
        answers.append((page.status, page.location, page.body, frozenset(tables)))
    assert answers[0] == answers[1]
    with app.app_context():
        assert mails() == []


def test_a_missing_address_is_asked_for_and_the_username_kept(client):
    page = client.post("/en/activate", {"username": "aino", "contact": ""})
    assert page.status == 422
    assert page.all("a", href="#contact")
    assert page.all("input", name="username")[0].get("value") == "aino"


def test_asking_is_told_to_wait_when_throttled(client):
    for _ in range(20):
        assert client.post("/fi/activate", {"username": "a", "contact": "b"}).status == 303
    page = client.post("/fi/activate", {"username": "a", "contact": "b"})
    assert page.status == 429
    assert page.headers["Retry-After"]


@pytest.mark.parametrize("typed", ["0123-4567-89ab-cdef", "0123456789ABCDEF", " o123 4567 89ab cdef "])
def test_the_code_of_a_letter_leads_to_its_page_however_it_is_typed(client, typed):
    page = client.post("/en/activate", {"code": typed})
    assert (page.status, page.location) == (303, "/en/activate/0123-4567-89AB-CDEF")


def test_what_cannot_be_a_code_is_told_beside_the_field_and_kept(client):
    page = client.post("/en/activate", {"code": "0123-4567"})
    assert page.status == 422
    assert page.all("a", href="#code")
    assert page.all("input", name="code")[0].get("value") == "0123-4567"
    assert client.post("/en/activate", {"code": ""}).status == 422


def test_what_was_typed_is_kept_after_a_mistake_except_passwords(app, client, path):
    page = client.submit(path, {"fact": WRONG_NUMBER, "username": "Aino K", **PASSWORDS})
    assert page.status == 422
    assert page.all("a", href="#fact")
    assert "Tries left: 4." in page.text
    values = page.form_values()
    assert (values["fact"], values["username"]) == (WRONG_NUMBER, "Aino K")
    assert (values["new_password"], values["repeat_password"]) == ("", "")
    assert _accounts(app) == 0


def test_an_identity_code_does_not_stay_on_the_page(client, path):
    page = client.submit(path, {"fact": "280285-901N", "username": "280285-901N", **PASSWORDS})
    assert page.status == 422
    assert "901N" not in page.html


def test_a_form_with_gaps_costs_no_try(client, path, number):
    for _ in range(6):
        page = client.submit(path, {"fact": WRONG_NUMBER, **PASSWORDS, "repeat_password": "other"})
        assert page.status == 422 and "Tries left" not in page.text
    assert client.submit(path, {"fact": number, **PASSWORDS}).status == 303


@pytest.mark.parametrize(
    ("fact", "username", "password", "told"),
    [
        (None, "taken", PASSWORD, "Username: The username is in use. Choose another."),
        (None, "ai", PASSWORD, "Username: Choose a username of 3 to 120 characters."),
        (
            None,
            "aino",
            "lyhyt",
            "New password: The password is too short: its length is 5, and it needs at least 15 characters.",
        ),
        ("123", "aino", PASSWORD, "Check the number: a customer number has 8 digits"),
        ("280285-901N", "aino", PASSWORD, "We never ask for your personal identity code here."),
    ],
)
def test_each_mistake_is_told_beside_its_field(app, client, path, number, fact, username, password, told):
    with app.app_context():
        make_account("customer", username="taken")
    sent = {"fact": fact or number, "username": username, "new_password": password, "repeat_password": password}
    page = client.submit(path, sent)
    assert page.status == 422
    assert told in page.text


def test_after_five_wrong_numbers_the_page_offers_a_new_link(app, client, path, number):
    for _ in range(4):
        assert client.submit(path, {"fact": WRONG_NUMBER, **PASSWORDS}).status == 422
    token = client.get(path).csrf_token
    sent = {"csrf_token": token, "fact": WRONG_NUMBER, "username": "aino", **PASSWORDS}
    page = client.post(path, sent)
    assert page.status == 410
    assert {"/en/activate", "/en/sign-in"} <= set(page.links())
    assert client.get(path).status == 410
    assert client.post(path, sent | {"fact": number}).status == 410
    assert _accounts(app) == 0


def test_a_used_link_is_gone_and_offers_a_new_one(client, path, number):
    assert client.submit(path, {"fact": number, **PASSWORDS}).status == 303
    page = client.get(path)
    assert page.status == 410
    assert "/en/activate" in page.links()


@pytest.mark.parametrize("token", ["x", "a" * 300, "%00", "ä", "0000-0000-0000-0000"])
def test_a_garbled_link_is_gone(client, token):
    assert client.get(f"/en/activate/{token}").status in (400, 410)


def test_the_links_host_is_ours_whatever_the_request_said(app, client, number):
    page = client.post(
        "/en/activate", {"username": "", "contact": EMAIL}, X_Forwarded_Host="evil.example", Host="127.0.0.1"
    )
    assert page.status == 303
    with app.app_context():
        activation_requests.answer_requests(clock.now())
        assert "http://localhost:8000/fi/activate/" in mails()[0].body


def test_forms_from_elsewhere_are_refused(client, path):
    sent = {"username": "aino", "contact": EMAIL}
    assert client.post("/en/activate", sent, Sec_Fetch_Site="cross-site").status == 403
    assert client.post(path, PASSWORDS, Sec_Fetch_Site="cross-site").status == 403


def test_opening_the_link_uses_nothing_up(client, path, number):
    for _ in range(3):
        assert client.get(path).status == 200
    assert client.submit(path, {"fact": number, **PASSWORDS}).status == 303


def test_the_pages_words_are_in_its_language(client):
    english = client.get("/en/activate")
    assert english.heading == "Activate your account"
    assert "/fi/activate" in [e.get("href") for e in english.all("a", hreflang="fi")]
