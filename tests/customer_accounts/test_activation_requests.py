"""Asking for a link: the same answer for everybody, and mail only to a contact on file."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.core import audit, clock, purging
from portal.core.audit import AuditAction
from portal.core.db import db, transaction
from portal.core.errors import Throttled
from portal.customer_accounts import activation_requests, activations, purges
from portal.customer_accounts.models import Activation, ActivationMail, ActivationRequest
from portal.jobs import SCHEDULE
from portal.messages.models import MessageStatus
from portal.register.models import Customer
from tests.customer_accounts.links import ADDRESS, ask, mails, sent, token_of
from tests.factories import make_account, make_customer

EMAIL = "aino@example.com"


def _rows(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_a_customer_is_sent_a_link_to_the_contact_on_file(context):
    customer = make_customer(email="Aino@example.com")
    mail = sent("  aino@EXAMPLE.com ")
    assert (mail.to, mail.customer_id) == ("Aino@example.com", customer.id)
    assert activations.found(token_of(mail), clock.now())
    told = [(entry.event.action, entry.detail.subject) for entry in audit.latest(limit=2)]
    assert (AuditAction.ACTIVATION_LINK_SENT, customer.id) in told


@pytest.mark.parametrize("contact", ["nobody@example.com", "+358440001234", "", "aino", "a\x00@example.com"])
def test_an_unknown_contact_is_sent_nothing(context, contact):
    make_customer(email=EMAIL)
    make_customer(email="")
    assert sent(contact) is None
    assert _rows(ActivationRequest) == 0


def test_a_potential_customer_is_sent_nothing(context):
    make_customer(email=EMAIL, status="potential", has_site=False)
    assert sent(EMAIL) is None


def test_a_legal_person_may_activate(context):
    make_customer(email=EMAIL, kind="legal", business_id="1234567-1")
    assert token_of(sent(EMAIL))


def test_who_has_an_account_is_told_so_with_the_username(context):
    customer = make_customer(email=EMAIL, preferred_language="en")
    make_account("customer", customer_id=customer.id, username="aino", email=EMAIL)
    mail = sent(EMAIL)
    assert mail.subject == "You have an account already"
    assert "Your username: aino\n" in mail.body
    assert "http://localhost:8000/en/sign-in\n" in mail.body
    assert "http://localhost:8000/en/forgot-password" in mail.body
    assert _rows(Activation) == 0


def test_a_username_goes_to_the_accounts_own_address_only(context):
    customer = make_customer(email=EMAIL)
    make_account("customer", customer_id=customer.id, username="kuusilampi", email="other@example.com")
    assert "kuusilampi" not in sent(EMAIL).body


def test_of_people_who_share_an_address_one_without_an_account_gets_a_link(context):
    first, _second = make_customer(email=EMAIL), make_customer(email=EMAIL)
    make_account("customer", customer_id=first.id, username="aino", email=EMAIL)
    mail = sent(EMAIL)
    assert token_of(mail)
    assert mail.customer_id is None


@pytest.mark.parametrize(
    ("preferred", "asked_in", "language", "subject"),
    [
        (["en"], "fi", "en", "Activate your account"),
        (["fi"], "en", "fi", None),
        (["sv"], "en", "fi", None),
        (["fi", "en"], "en", "en", "Activate your account"),
        (["en", "fi"], "fi", "fi", None),
    ],
)
def test_the_mail_is_in_the_customers_language(context, preferred, asked_in, language, subject):
    for each in preferred:
        make_customer(email=EMAIL, preferred_language=each)
    mail = sent(EMAIL, language=asked_in)
    assert mail.language == language
    assert subject is None or mail.subject == subject
    assert f"http://localhost:8000/{language}/activate/" in mail.body


def test_neither_name_nor_number_stands_in_the_mail(context):
    customer = make_customer(email=EMAIL, name="Aino Kuusilampi", identity_code="280285-901N")
    mail = sent(EMAIL)
    for secret in ("Kuusilampi", "901N", customer.number):
        assert secret not in mail.subject + mail.body


def test_the_secret_is_stored_nowhere_but_in_the_mail(context):
    make_customer(email=EMAIL)
    mail = sent(EMAIL)
    token = token_of(mail)
    activation = db.session.scalars(select(Activation)).one()
    assert token not in {str(value) for value in vars(activation).values()}
    assert token.encode() not in mail.body_encrypted


def test_what_was_typed_is_not_stored_readably(context):
    ask("somebody@example.com", "131052-908T")
    request = db.session.scalars(select(ActivationRequest)).one()
    assert b"131052" not in request.username_encrypted
    assert b"somebody" not in request.contact_encrypted


def test_a_newer_link_ends_the_earlier_one(context):
    make_customer(email=EMAIL)
    first, second = token_of(sent(EMAIL)), token_of(sent(EMAIL))
    assert activations.found(first, clock.now()) is None
    assert activations.found(second, clock.now())


def test_one_mailbox_is_sent_five_mails_a_day_at_most(context, frozen_clock):
    make_customer(email=EMAIL)
    assert [bool(sent(EMAIL)) for _ in range(6)] == [True] * 5 + [False]
    frozen_clock.advance(timedelta(days=1))
    assert sent(EMAIL)


def test_those_with_an_account_are_not_flooded_either(context):
    customer = make_customer(email=EMAIL)
    make_account("customer", customer_id=customer.id, username="aino", email=EMAIL)
    assert [bool(sent(EMAIL)) for _ in range(6)] == [True] * 5 + [False]


def test_asking_is_throttled_by_address(context):
    for n in range(20):
        ask(f"person-{n}@example.com")
    with pytest.raises(Throttled):
        ask(EMAIL)


def test_a_request_that_waited_for_a_day_is_not_answered_any_more(context, frozen_clock):
    make_customer(email=EMAIL)
    ask(EMAIL)
    assert activation_requests.answer_requests(frozen_clock.advance(timedelta(days=1))) == 1
    assert mails() == []


def test_a_request_that_cannot_be_read_does_not_stop_the_others(context):
    make_customer(email=EMAIL)
    ask("other@example.com")
    with transaction():
        db.session.scalars(select(ActivationRequest)).one().contact_encrypted = b"gone|" + bytes(40)
    ask(EMAIL)
    assert activation_requests.answer_requests(clock.now()) == 2
    assert [mail.to for mail in mails()] == [EMAIL]


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("Aino.K", "Aino.K"),
        ("", EMAIL),
        ("  ", EMAIL),
        ("ai", EMAIL),
        ("1000 1235", EMAIL),
        ("952000000000123459", EMAIL),
        ("280285-901N", EMAIL),
        ("x" * 121, EMAIL),
    ],
)
def test_the_page_suggests_the_username_asked_for_or_the_address(context, typed, suggested):
    make_customer(email=EMAIL)
    token = token_of(sent(EMAIL, typed))
    assert activations.found(token, clock.now()).suggested_username == suggested


def test_the_customers_own_number_as_username_brings_the_link_too(context):
    customer = make_customer(email=EMAIL)
    token = token_of(sent(EMAIL, customer.number))
    assert activations.found(token, clock.now()).suggested_username == EMAIL


def test_the_worker_sends_the_link_with_the_rest_of_the_mail(context):
    make_customer(email=EMAIL)
    ask(EMAIL)
    deliver = next(job.work for job in SCHEDULE if job.name == "deliver")
    deliver(clock.now())
    assert [mail.status for mail in mails()] == [MessageStatus.SENT]


def test_what_nobody_can_use_any_more_is_cleaned_up(context, frozen_clock):
    make_customer(email=EMAIL)
    sent(EMAIL)
    purging.tidy(purges.SHORT_LIVED, now=frozen_clock.advance(timedelta(days=1, seconds=-1)))
    assert [_rows(model) for model in (Activation, ActivationMail)] == [1, 1]
    purging.tidy(purges.SHORT_LIVED, now=frozen_clock.advance(timedelta(seconds=2)))
    assert [_rows(model) for model in (Activation, ActivationMail)] == [0, 0]


def test_an_erased_customer_leaves_no_code_behind(context):
    customer = make_customer(email="")
    with transaction() as session:
        session.add(
            Activation(
                id=1,
                token_digest="x",
                customer_id=customer.id,
                created_at=clock.now(),
                expires_at=clock.now() + timedelta(days=14),
            )
        )
    with transaction() as session:
        session.delete(session.get(Customer, customer.id))
    assert _rows(Activation) == 0


def test_the_address_of_who_asks_is_not_kept(context):
    ask(EMAIL)
    request = db.session.scalars(select(ActivationRequest)).one()
    assert ADDRESS not in {str(value) for value in vars(request).values()}
