"""Closing one's account: all that opens it goes, the register stays."""

import pytest
from sqlalchemy import delete, func, select

from portal.accounts import own_security, services
from portal.accounts.models import Account, PasswordReset, RecoveryCode, RememberedDevice, UserSession
from portal.accounts.services import Visit
from portal.catalogues.sources import Source
from portal.consents import ledger
from portal.consents import services as consents
from portal.core import audit, clock
from portal.core.audit import AuditAction
from portal.core.db import db, transaction
from portal.core.errors import Forbidden, NotFound, RuleViolation
from portal.customer_accounts import closing, contact, contact_email
from portal.customer_accounts.models import EmailChange
from portal.messages.models import Message
from portal.permissions import services as permissions
from portal.register import services as register
from portal.register.reading import records_of
from portal.subject_requests import handling
from portal.subject_requests.kinds import Channel, Outcome
from portal.subject_requests.models import SubjectRequest
from tests.conftest import START
from tests.factories import PASSWORD, make_account, make_customer
from tests.pages import FROM_OURSELVES, Pages
from tests.subject_requests.people import CLERK, correction, decide

VISIT = Visit(address="192.0.2.1", user_agent="Mozilla/5.0 Firefox/140.0")
HANGS_ON_THE_ACCOUNT = (UserSession, RememberedDevice, PasswordReset, RecoveryCode, EmailChange)


def aino(**options):
    customer = make_customer(email="aino@example.com")
    return make_account(
        "customer", username="aino", customer_id=customer.id, email="aino@example.com", language="en", **options
    )


def sign_in(wants_memory=False):
    return services.sign_in(username="aino", password=PASSWORD, wants_memory=wants_memory, visit=VISIT, now=clock.now())


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_everything_that_opens_the_account_goes(context):
    person = aino(has_second_factor=True)
    own_security.make_recovery_codes(account_id=person.account_id, now=clock.now())
    account = db.session.get(Account, person.account_id)
    services.open_session(account, epoch=account.epoch, wants_memory=True, visit=VISIT, now=clock.now())
    contact_email.ask(account_id=person.account_id, session_id=0, email="new@example.org", now=clock.now())
    closing.close(account_id=person.account_id, now=clock.now())
    assert db.session.get(Account, person.account_id) is None
    assert [count(model) for model in HANGS_ON_THE_ACCOUNT] == [0, 0, 0, 0, 0]
    with pytest.raises(RuleViolation):
        sign_in()


def test_the_register_permissions_requests_and_audit_trail_stay(context):
    person = aino()
    customer_id = person.customer_id
    actor = db.session.get(Account, person.account_id).actor
    permissions.forbid_all(customer_id=customer_id, source=Source.OWN_CHANGE, actor=actor, now=START)
    correction(customer_id, START, "name", "Testi Asiakas", "Testi Toinen")
    before = ([line.state for line in permissions.state_of(customer_id)], records_of(customer_id)[:4])
    closing.close(account_id=person.account_id, now=START)
    after = ([line.state for line in permissions.state_of(customer_id)], records_of(customer_id)[:4])
    assert after == before
    assert count(SubjectRequest) == 1
    assert audit.verify().ok
    account_records = next(group for group in records_of(customer_id) if group.spec.category.value == "account")
    assert account_records.records == ()


def test_the_proof_of_consents_stays_and_its_chain_holds(context):
    person = aino()
    opened = sign_in(wants_memory=True)
    record_id = opened.consent_cookie.choice.record_id
    closing.close(account_id=person.account_id, now=clock.now())
    assert consents.show(record_id).given_at == clock.now()
    assert ledger.verify().ok


def test_closing_is_in_the_audit_trail_and_told_by_mail(context):
    person = aino()
    closing.close(account_id=person.account_id, now=clock.now())
    (event,) = [e for e in audit.latest(limit=20) if e.event.action is AuditAction.ACCOUNT_CLOSED]
    assert event.event.action.value == "user_deleted"
    assert (event.detail.actor, event.detail.subject) == (person.account_id, person.customer_id)
    assert event.detail.object == f"account:{person.account_id}"
    (mail,) = db.session.scalars(select(Message))
    assert (mail.to, mail.subject) == ("aino@example.com", "Your account was closed")
    assert "/en/activate" in mail.body


def test_the_username_is_free_again(context):
    person = aino()
    closing.close(account_id=person.account_id, now=clock.now())
    again = make_account("customer", username="aino", customer_id=person.customer_id)
    assert again.account_id != person.account_id
    assert sign_in()


def test_staff_do_not_close_their_own_accounts(context):
    clerk = make_account("clerk")
    with pytest.raises(Forbidden):
        closing.close(account_id=clerk.account_id, now=clock.now())
    assert db.session.get(Account, clerk.account_id)


@pytest.mark.parametrize(("closes", "channel"), [(True, Channel.LETTER), (False, Channel.PORTAL)])
def test_an_open_request_of_a_closed_account_is_answered_on_paper(context, closes, channel):
    person = aino()
    case = correction(person.customer_id, START, "phone", "+358440001234", "044 000 9999")
    handling.take(public_id=case.public_id, actor=CLERK, now=START)
    if closes:
        closing.close(account_id=person.account_id, now=START)
    decide(case, Outcome.GRANT, START)
    handling.answer(public_id=case.public_id, actor=CLERK, now=START)
    assert db.session.get(SubjectRequest, case.id).answer_channel is channel
    assert f"Vastaus pyyntöösi {case.public_id}" in set(db.session.scalars(select(Message.subject)))
    assert register.current_value(person.customer_id, "phone") == "+358440009999"


@pytest.mark.parametrize("language", ["fi", "en"])
def test_from_security_to_the_page_that_says_it_is_closed(app, sign_in, language):
    pages = sign_in(email="aino@example.com")
    assert f"/{language}/my/account/close" in pages.get(f"/{language}/my/security").links()
    page = pages.get(f"/{language}/my/account/close")
    assert page.all("section", id="goes") and page.all("section", id="stays")
    unticked = pages.post(f"/{language}/my/account/close")
    assert unticked.status == 422
    done = pages.post(f"/{language}/my/account/close", {"understands": "y"})
    assert (done.status, done.location) == (303, f"/{language}/account-closed")
    assert done.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert pages.cookies() == set()
    after = pages.follow(done)
    assert after.status == 200
    assert f"/{language}/activate" in after.links()
    assert pages.get(f"/{language}/my/data").status == 302


def test_every_browser_and_a_kept_cookie_are_signed_out(app, sign_in):
    pages = sign_in()
    kept = pages.cookie("session")
    other = Pages(app)
    other.submit("/en/sign-in", {"username": pages.person.username, "password": PASSWORD, "remember": "y"})
    assert other.get("/en/my/data").status == 200
    pages.submit("/en/my/account/close", {"understands": "y"})
    assert other.get("/en/my/data").status == 302
    assert other.cookie("remember") is None
    replay = Pages(app)
    replay.browser.set_cookie("session", kept)
    assert replay.get("/en/my/data").status == 302


def test_closing_needs_a_fresh_entry_and_a_customer(sign_in, frozen_clock):
    from datetime import timedelta

    assert sign_in("clerk").get("/en/my/account/close").status == 403
    assert "/en/my/account/close" not in sign_in("clerk").get("/en/my/security").links()
    pages = sign_in()
    frozen_clock.advance(timedelta(minutes=16))
    page = pages.get("/en/my/account/close")
    assert (page.status, page.location) == (302, "/en/sign-in/confirm?next=/en/my/account/close")


def test_a_form_sent_twice_leads_to_sign_in(sign_in):
    pages = sign_in()
    form = {**pages.get("/en/my/account/close").form_values("/en/my/account/close"), "understands": "y"}
    first = pages.browser.post("/en/my/account/close", data=form, headers=FROM_OURSELVES)
    second = pages.browser.post("/en/my/account/close", data=form, headers=FROM_OURSELVES)
    assert (first.status_code, second.status_code) == (303, 302)


def test_whoever_closes_the_account_twice_finds_it_gone(context):
    person = aino()
    closing.close(account_id=person.account_id, now=clock.now())
    with pytest.raises(NotFound):
        closing.close(account_id=person.account_id, now=clock.now())
    assert [entry.event.action for entry in audit.latest()].count(AuditAction.ACCOUNT_CLOSED) == 1


def test_an_account_closed_by_another_request_meanwhile_is_not_held(context):
    person = aino()
    with transaction() as session:
        known = session.get(Account, person.account_id)
        session.execute(
            delete(Account).where(Account.id == person.account_id), execution_options={"synchronize_session": False}
        )
        held = contact.hold(person.customer_id)
        assert (known.id, held.customer.id, held.accounts) == (person.account_id, person.customer_id, [])
        with pytest.raises(NotFound):
            held.account(person.account_id)


def test_a_customer_who_is_gone_is_not_held(context):
    with transaction(), pytest.raises(NotFound):
        contact.hold(1)
