"""A changed phone number or language: written at once, with provenance, feed, audit and what follows from it."""

from datetime import date

import pytest
from sqlalchemy import select

from portal.accounts.models import Account
from portal.catalogues.sources import Source
from portal.core import audit
from portal.core.audit import AuditAction
from portal.core.db import db, transaction
from portal.core.errors import NotFound, RuleViolation
from portal.customer_accounts import contact
from portal.customer_accounts.contact import ContactProblem
from portal.messages.models import Message
from portal.permissions import services as permissions
from portal.permissions import suppression
from portal.permissions.models import Channel, Choice, MarketingType
from portal.register import services as register
from portal.register.models import CustomerKind
from portal.register.reading import records_of
from portal.register.validators import ValueProblem
from tests.conftest import START
from tests.factories import make_account, make_customer

OLD, NEW = "+358440001234", "+358440009999"


@pytest.fixture
def person(context):
    customer = make_customer(phone=OLD, email="aino@example.com")
    return make_account("customer", username="aino", customer_id=customer.id, email="aino@example.com", language="en")


def change(person, new, *, seen=OLD, field="phone"):
    account = db.session.get(Account, person.account_id)
    return contact.change(
        customer_id=person.customer_id, field_key=field, seen=seen, new_value=new, actor=account.actor, now=START
    )


def mails():
    return list(db.session.scalars(select(Message).order_by(Message.queued_at)))


def test_a_phone_number_is_changed_at_once_with_its_provenance(person):
    assert change(person, "044 000 9999")
    assert register.current_value(person.customer_id, "phone") == NEW
    fields = {field.key: field for field in records_of(person.customer_id)[0].records[0].fields}
    assert (fields["phone"].source, fields["phone"].source_on) == (Source.OWN_CHANGE, date(2026, 11, 24))
    assert fields["email"].source is Source.CONTRACT


def test_the_change_is_in_the_feed_without_a_request_and_in_the_audit_trail(person):
    change(person, "044 000 9999")
    [line] = register.changes()
    assert (line.field_key, line.old, line.new, line.request_id) == ("phone", OLD, NEW, None)
    (event,) = [e for e in audit.latest(limit=20) if e.event.action is AuditAction.REGISTER_CORRECTED]
    assert event.detail.subject == person.customer_id
    assert event.detail.actor == person.account_id
    assert event.detail.object == f"customer:{person.customer_id}"
    assert (event.detail.purpose, event.detail.case) == ("phone", None)


def test_the_person_is_told_of_a_changed_phone_number_but_not_the_number(person):
    change(person, "044 000 9999")
    (mail,) = mails()
    assert (mail.to, mail.subject, mail.language) == ("aino@example.com", "Your phone number was changed", "en")
    assert "Time: 24 November 2026 at 10:00\n" in mail.body
    assert "/en/forgot-password" in mail.body
    assert "9999" not in mail.body


def test_a_phone_number_can_be_removed(person):
    assert change(person, " ")
    assert register.current_value(person.customer_id, "phone") == ""


def test_a_form_sent_twice_changes_once(person):
    assert change(person, "044 000 9999")
    assert not change(person, "044 000 9999")
    assert len(register.changes()) == 1
    assert len(mails()) == 1


@pytest.mark.parametrize("new", ["044 000 5555", "nonsense"])
def test_a_value_changed_meanwhile_is_told_and_not_overwritten(person, new):
    change(person, "044 000 9999")
    with pytest.raises(RuleViolation) as refusal:
        change(person, new)
    assert (refusal.value.code, refusal.value.field) == (ContactProblem.CHANGED_MEANWHILE, "phone")
    assert register.current_value(person.customer_id, "phone") == NEW
    assert len(register.changes()) == 1


def test_what_is_no_phone_number_is_refused_beside_the_field(person):
    with pytest.raises(RuleViolation) as refusal:
        change(person, "12")
    assert (refusal.value.code, refusal.value.field) == (ValueProblem.PHONE, "phone")


@pytest.mark.parametrize(("chosen", "of_account"), [("fi", "fi"), ("en", "en"), ("sv", "fi")])
def test_mail_about_the_account_follows_the_language(person, chosen, of_account):
    with transaction():
        db.session.get(Account, person.account_id).language = "en" if chosen != "en" else "fi"
    change(person, "en" if chosen == "fi" else "fi", seen="fi", field="preferred_language")
    change(person, chosen, seen=contact.details_of(person.customer_id).language, field="preferred_language")
    assert register.current_value(person.customer_id, "preferred_language") == chosen
    assert db.session.get(Account, person.account_id).language == of_account
    assert mails() == []


@pytest.mark.parametrize("field", ["email", "name", "identity_code", "nothing"])
def test_nothing_else_is_changed_by_the_form(person, field):
    with pytest.raises(NotFound):
        change(person, "x", seen="", field=field)


def test_what_is_forbidden_stays_forbidden_at_the_new_number(person):
    permissions.choose(
        customer_id=person.customer_id,
        type=MarketingType.CONTACT,
        channel=Channel.SMS,
        choice=Choice.FORBID,
        source=Source.OWN_CHANGE,
        actor=db.session.get(Account, person.account_id).actor,
        now=START,
    )
    change(person, "044 000 9999")
    assert suppression.is_suppressed(NEW, type=MarketingType.CONTACT, channel=Channel.SMS)
    assert not suppression.is_suppressed(NEW, type=MarketingType.CONTACT, channel=Channel.PHONE)
    assert not suppression.is_suppressed(NEW, type=MarketingType.DIRECT_ADVERTISING, channel=Channel.SMS)


def test_a_company_changes_its_contact_details_too(context):
    customer = make_customer(kind=CustomerKind.LEGAL, phone=OLD)
    person = make_account("customer", customer_id=customer.id)
    assert change(person, "044 000 9999")
