"""A contact detail corrected on the desk: the old address is told, and the account follows the register."""

import pytest
from sqlalchemy import select

from portal.accounts import sessions
from portal.accounts.models import Account
from portal.accounts.services import Visit, sign_in
from portal.catalogues.sources import Source
from portal.core import clock
from portal.core.db import db
from portal.messages.models import Message
from portal.register import services as register
from portal.register.reading import records_of
from portal.subject_requests import handling
from portal.subject_requests.kinds import Ground, Outcome
from tests.conftest import START
from tests.factories import PASSWORD, make_account, make_customer
from tests.subject_requests.people import CLERK, DECIDER, correction, decide

OLD, NEW = "aino@example.com", "aino.k@example.org"


@pytest.fixture
def customer_id(context):
    return make_customer(email=OLD, preferred_language="en").id


@pytest.fixture
def account(customer_id):
    person = make_account("customer", username="aino", customer_id=customer_id, email=OLD, language="en")
    return db.session.get(Account, person.account_id)


def granted(customer_id, field, seen, proposed):
    case = correction(customer_id, START, field, seen, proposed)
    handling.take(public_id=case.public_id, actor=CLERK, now=START)
    decide(case, Outcome.GRANT, START)
    return case


def mails_to(address):
    return {mail.subject: mail for mail in db.session.scalars(select(Message)) if mail.to == address}


def signed_in_session():
    visit = Visit(address="192.0.2.1", user_agent="Firefox")
    return sign_in(username="aino", password=PASSWORD, wants_memory=False, visit=visit, now=clock.now()).session_token


def test_the_account_follows_a_corrected_address_and_is_signed_out(account, customer_id):
    token = signed_in_session()
    granted(customer_id, "email", OLD, NEW)
    assert register.current_value(customer_id, "email") == NEW
    db.session.refresh(account)
    assert account.email == NEW
    assert sessions.find(token, clock.now()) is None


def test_both_addresses_are_told_by_which_request(account, customer_id):
    case = granted(customer_id, "email", OLD, NEW)
    old, new = mails_to(OLD), mails_to(NEW)
    assert case.public_id in old["Your e-mail address was changed"].body
    assert "a…@example.org" in old["Your e-mail address was changed"].body
    assert NEW not in old["Your e-mail address was changed"].body
    assert case.public_id in new["This is your e-mail address with us now"].body


def test_a_removed_address_is_told_of_its_removal(account, customer_id):
    granted(customer_id, "email", OLD, "")
    db.session.refresh(account)
    assert account.email is None
    assert "removed from our register" in mails_to(OLD)["Your e-mail address was changed"].body


def test_somebody_without_an_account_is_told_in_their_language(customer_id):
    granted(customer_id, "email", OLD, NEW)
    mail = mails_to(OLD)["Your e-mail address was changed"]
    assert mail.language == "en"
    assert "signed out" not in mail.body and "forgot-password" not in mail.body


def test_a_corrected_phone_number_is_told(account, customer_id):
    case = granted(customer_id, "phone", "+358440001234", "044 000 9999")
    assert case.public_id in mails_to(OLD)["Your phone number was changed"].body


def test_a_corrected_language_is_that_of_the_account(account, customer_id):
    granted(customer_id, "preferred_language", "en", "fi")
    db.session.refresh(account)
    assert account.language == "fi"


def test_the_provenance_is_the_request(account, customer_id):
    granted(customer_id, "email", OLD, NEW)
    fields = {field.key: field for field in records_of(customer_id)[0].records[0].fields}
    assert fields["email"].source is Source.CORRECTION


def test_a_refused_correction_leaves_account_and_sessions(account, customer_id):
    token = signed_in_session()
    case = correction(customer_id, START, "email", OLD, NEW)
    handling.take(public_id=case.public_id, actor=CLERK, now=START)
    decide(case, Outcome.REFUSE, START, actor=DECIDER, ground=Ground.DATA_CORRECT, reasons="We wrote to it.")
    db.session.refresh(account)
    assert account.email == OLD
    assert sessions.find(token, clock.now())
    assert mails_to(NEW) == {}
