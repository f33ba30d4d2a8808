"""A forgotten password: the same answer for everybody, and a link that works once."""

import re
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import select

from portal.accounts import password_resets, services, sessions
from portal.accounts.models import Account, PasswordReset, PasswordResetRequest
from portal.accounts.problems import SignInProblem
from portal.accounts.services import CodeNeeded, Visit
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.errors import Gone, RuleViolation, Throttled
from portal.jobs import SCHEDULE
from portal.messages.models import Message, MessageStatus
from portal.messages.transport import compose
from tests.factories import make_account
from tests.pages import watched_writes

EMAIL = "aino@example.com"
NEW_PASSWORD = "viides hevonen on vihreä tänään"
VISIT = Visit(address="192.0.2.1")
LINK = re.compile(r"(http\S+)/reset-password/(\S+)")


def _ask(username="aino", contact=EMAIL):
    password_resets.ask(username=username, contact=contact, address="192.0.2.1", now=clock.now())


def _mails():
    return list(db.session.scalars(select(Message).order_by(Message.queued_at)))


def _sent(username="aino", contact=EMAIL):
    """The token of the link that asking brings; None when no mail came."""
    before = {mail.id for mail in _mails()}
    _ask(username, contact)
    password_resets.answer_requests(clock.now())
    new = [mail for mail in _mails() if mail.id not in before]
    assert len(new) <= 1
    return LINK.search(new[0].body)[2] if new else None


def _sign_in(password, username="aino"):
    return services.sign_in(username=username, password=password, wants_memory=False, visit=VISIT, now=clock.now())


def test_the_link_sets_a_password_once_and_signs_nobody_in(context):
    person = make_account("customer", username="aino", email=EMAIL)
    open_before = _sign_in(person.password)
    token = _sent(" AINO", "Aino@Example.COM ")
    password_resets.set_password(token, password=NEW_PASSWORD, now=clock.now())
    assert sessions.find(open_before.session_token, clock.now()) is None
    with pytest.raises(RuleViolation) as refusal:
        _sign_in(person.password)
    assert refusal.value.code is SignInProblem.WRONG
    assert _sign_in(NEW_PASSWORD)
    with pytest.raises(Gone):
        password_resets.set_password(token, password=NEW_PASSWORD, now=clock.now())


def test_the_second_factor_survives(context):
    make_account("customer", username="aino", email=EMAIL, has_second_factor=True)
    password_resets.set_password(_sent(), password=NEW_PASSWORD, now=clock.now())
    assert isinstance(_sign_in(NEW_PASSWORD), CodeNeeded)


def test_the_secret_of_the_link_is_stored_nowhere_but_in_the_mail(context):
    make_account("customer", username="aino", email=EMAIL)
    token = _sent()
    reset = db.session.scalars(select(PasswordReset)).one()
    assert token not in {str(value) for value in vars(reset).values()}
    assert token.encode() not in _mails()[0].body_encrypted
    assert db.session.scalars(select(PasswordResetRequest)).all() == []


def test_what_was_typed_is_not_stored_readably(context):
    _ask("131052-908T", "somebody@example.com")
    request = db.session.scalars(select(PasswordResetRequest)).one()
    assert b"131052" not in request.username_encrypted
    assert b"somebody" not in request.contact_encrypted


@pytest.mark.parametrize(("username", "contact"), [("aino", "other@example.com"), ("nobody", EMAIL), ("a\x00b", EMAIL)])
def test_no_link_goes_out_when_name_and_contact_do_not_belong_together(context, username, contact):
    make_account("customer", username="aino", email=EMAIL)
    assert _sent(username, contact) is None


def test_no_link_goes_to_an_account_without_an_address_or_a_locked_one(context):
    make_account("customer", username="oliver")
    person = make_account("customer", username="aino", email=EMAIL)
    with transaction():
        db.session.get(Account, person.account_id).is_locked = True
    assert _sent("oliver", "") is None
    assert _sent() is None


def test_the_link_dies_after_an_hour(context, frozen_clock):
    make_account("customer", username="aino", email=EMAIL)
    token = _sent()
    assert password_resets.account_of(token, frozen_clock.advance(timedelta(minutes=59)))
    assert password_resets.account_of(token, frozen_clock.advance(timedelta(minutes=1))) is None


def test_a_newer_link_ends_the_earlier_one(context):
    make_account("customer", username="aino", email=EMAIL)
    first, second = _sent(), _sent()
    assert password_resets.account_of(first, clock.now()) is None
    assert password_resets.account_of(second, clock.now())


def test_a_changed_address_ends_the_link(context):
    person = make_account("customer", username="aino", email=EMAIL)
    token = _sent()
    with transaction():
        db.session.get(Account, person.account_id).email = "new@example.com"
    assert password_resets.account_of(token, clock.now()) is None


def test_a_weak_password_leaves_the_link_open(context):
    make_account("customer", username="aino", email=EMAIL)
    token = _sent()
    with pytest.raises(RuleViolation):
        password_resets.set_password(token, password="short", now=clock.now())
    assert password_resets.account_of(token, clock.now())


def test_one_account_is_sent_five_links_an_hour_at_most(context, frozen_clock):
    make_account("customer", username="aino", email=EMAIL)
    assert [bool(_sent()) for _ in range(6)] == [True] * 5 + [False]
    frozen_clock.advance(timedelta(hours=1))
    assert _sent()


def test_asking_is_throttled_by_address(context):
    for n in range(20):
        _ask(f"name-{n}")
    with pytest.raises(Throttled):
        _ask()


@pytest.mark.parametrize(("language", "subject"), [("fi", None), ("en", "Set a new password")])
def test_the_mail_is_in_the_persons_language(context, language, subject):
    make_account("customer", username="aino", email=EMAIL, language=language)
    _ask()
    password_resets.answer_requests(clock.now())
    (mail,) = _mails()
    assert mail.language == language
    assert subject is None or mail.subject == subject
    assert f"/{language}/reset-password/" in mail.body


@pytest.mark.parametrize("language", ["fi", "en"])
def test_from_the_sign_in_page_to_a_new_password(app, client, language):
    with app.app_context():
        make_account("customer", username="aino", email=EMAIL, language=language)
    assert f"/{language}/forgot-password" in client.get(f"/{language}/sign-in").links()
    page = client.submit(f"/{language}/forgot-password", {"username": "aino", "contact": EMAIL})
    assert (page.status, page.location) == (303, f"/{language}/forgot-password?asked=1")
    assert client.follow(page).all("p", role="status")
    with app.app_context():
        password_resets.answer_requests(clock.now())
        (mail,) = _mails()
        sent = compose(
            message_id="<1@localhost>", to=mail.to, language=language, subject="x", body=mail.body, at=clock.now()
        )
        words = message_from_bytes(sent.as_bytes(), policy=default).get_content()
    base, token = LINK.search(words).groups()
    assert base.startswith("http://localhost")
    path = f"/{language}/reset-password/{token}"
    wrong = client.submit(path, {"new_password": "short", "repeat_password": "short"})
    assert wrong.status == 422
    done = client.submit(path, {"new_password": NEW_PASSWORD, "repeat_password": NEW_PASSWORD})
    assert (done.status, done.location) == (303, f"/{language}/sign-in?password_set=1")
    assert client.get(f"/{language}/my/data").status == 302
    gone = client.get(path)
    assert gone.status == 410
    assert f"/{language}/forgot-password" in gone.links()


def test_a_known_and_an_unknown_name_get_the_same_answer_and_the_same_work(app, client):
    with app.app_context():
        make_account("customer", username="aino", email=EMAIL)
    answers = []
    for username in ("aino", "nobody"):
        client.get("/en/forgot-password")
        with watched_writes(app) as tables:
            page = client.post("/en/forgot-password", {"username": username, "contact": EMAIL})
        answers.append((page.status, page.location, page.body, frozenset(tables)))
    assert answers[0] == answers[1]
    with app.app_context():
        assert _mails() == []


def test_the_links_host_is_ours_whatever_the_request_said(app, client):
    with app.app_context():
        make_account("customer", username="aino", email=EMAIL)
    client.get("/en/forgot-password")
    page = client.post(
        "/en/forgot-password", {"username": "aino", "contact": EMAIL}, X_Forwarded_Host="evil.example", Host="127.0.0.1"
    )
    assert page.status == 303
    with app.app_context():
        password_resets.answer_requests(clock.now())
        assert LINK.search(_mails()[0].body)[1].startswith("http://localhost")


@pytest.mark.parametrize("token", ["x", "a" * 300, "%00", "ä"])
def test_a_garbled_link_is_gone(client, token):
    assert client.get(f"/en/reset-password/{token}").status in (400, 410)


def test_asking_is_told_to_wait_when_throttled(client):
    for _ in range(20):
        client.get("/fi/forgot-password")
        assert client.post("/fi/forgot-password", {"username": "a", "contact": "b"}).status == 303
    page = client.post("/fi/forgot-password", {"username": "a", "contact": "b"})
    assert page.status == 429
    assert page.headers["Retry-After"]


def test_the_worker_sends_the_link_with_the_rest_of_the_mail(context):
    make_account("customer", username="aino", email=EMAIL)
    _ask()
    deliver = next(job.work for job in SCHEDULE if job.name == "deliver")
    deliver(clock.now())
    assert [mail.status for mail in _mails()] == [MessageStatus.SENT]
