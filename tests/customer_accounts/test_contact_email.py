"""A change of e-mail address: both addresses confirm it, with their current links, or nothing changes."""

import re
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from portal.accounts import own_security, password_resets, remembering, services, sessions
from portal.accounts.models import Account, RememberedDevice
from portal.accounts.services import Visit
from portal.catalogues.sources import Source
from portal.core import audit, clock, purging
from portal.core.audit import SYSTEM, AuditAction
from portal.core.db import db, transaction
from portal.core.errors import Gone, RuleViolation, Stale
from portal.customer_accounts import contact, contact_email, purges
from portal.customer_accounts.contact import ContactProblem
from portal.customer_accounts.models import EmailChange
from portal.messages.models import Message
from portal.permissions import services as permissions
from portal.permissions import suppression
from portal.permissions.models import Channel, MarketingType
from portal.register import services as register
from portal.register.reading import records_of
from portal.register.validators import ValueProblem
from tests.factories import make_account, make_customer

OLD, NEW = "aino@example.com", "aino.k@example.org"
VISIT = Visit(address="192.0.2.1", user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
LINK = re.compile(r"(http\S+)/email-change/(\S+)")
DAY = timedelta(hours=24)


def make_person(email=OLD, account_email=OLD, username="aino", **options):
    customer = make_customer(email=email or "")
    return make_account(
        "customer", username=username, customer_id=customer.id, email=account_email, language="en", **options
    )


@pytest.fixture
def person(context):
    return make_person()


def sign_in(person, *, wants_memory=False):
    opened = services.sign_in(
        username=person.username, password=person.password, wants_memory=wants_memory, visit=VISIT, now=clock.now()
    )
    return opened.session_token


def session_of(token):
    live = sessions.find(token, clock.now())
    return live.row.id if live else None


def ask(person, email=NEW, session_id=0):
    """The links to the new and the old address; None where no mail went out."""
    return _sent(
        lambda: contact_email.ask(account_id=person.account_id, session_id=session_id, email=email, now=clock.now())
    )


def resend(person, session_id=0):
    return _sent(lambda: contact_email.resend(account_id=person.account_id, session_id=session_id, now=clock.now()))


def _sent(act):
    before = set(db.session.scalars(select(Message.id)))
    act()
    links = {"new": None, "old": None}
    for mail in db.session.scalars(select(Message)):
        if mail.id not in before:
            side = "old" if mail.subject == "Do you want to change your e-mail address?" else "new"
            assert links[side] is None
            links[side] = LINK.search(mail.body)[2]
    return links["new"], links["old"]


def email_of(person):
    return register.current_value(person.customer_id, "email")


def account_of(person):
    return db.session.get(Account, person.account_id)


def subjects_to(address):
    return {mail.subject for mail in db.session.scalars(select(Message)) if mail.to == address}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_address_changes_when_both_have_confirmed_in_any_order(person, order):
    links = ask(person)
    assert not contact_email.confirm(links[order[0]], now=clock.now())
    assert email_of(person) == OLD
    assert contact_email.confirm(links[order[1]], now=clock.now())
    assert email_of(person) == NEW
    assert account_of(person).email == NEW


def test_the_change_has_its_provenance_and_stands_in_the_feed(person):
    for link in ask(person):
        contact_email.confirm(link, now=clock.now())
    fields = {field.key: field for field in records_of(person.customer_id)[0].records[0].fields}
    assert fields["email"].source is Source.OWN_CHANGE
    [line] = register.changes()
    assert (line.field_key, line.old, line.new, line.request_id) == ("email", OLD, NEW, None)


def test_every_step_is_in_the_audit_trail_without_an_address(person):
    for link in ask(person):
        contact_email.confirm(link, now=clock.now())
    steps = [e.detail for e in audit.latest(limit=30) if e.event.action is AuditAction.EMAIL_CHANGE_STEP]
    assert [detail.purpose for detail in reversed(steps)] == ["asked", "confirmed-new", "confirmed-old"]
    assert {detail.subject for detail in steps} == {person.customer_id}
    assert {detail.object for detail in steps} == {f"account:{person.account_id}"}


def test_both_addresses_are_told_and_the_new_one_is_masked_at_the_old(person):
    for link in ask(person):
        contact_email.confirm(link, now=clock.now())
    assert subjects_to(OLD) == {"Do you want to change your e-mail address?", "Your e-mail address was changed"}
    assert subjects_to(NEW) == {"Confirm your new e-mail address", "This is your e-mail address with us now"}
    bodies = [mail.body for mail in db.session.scalars(select(Message)) if mail.to == OLD]
    assert all("a…@example.org" in body and NEW not in body for body in bodies)
    (told_old,) = [body for body in bodies if "phone us at once: +358" in body.replace("\N{NO-BREAK SPACE}", " ")]
    assert "/forgot-password" not in told_old
    (last,) = [m.body for m in db.session.scalars(select(Message)) if m.subject.startswith("This is your")]
    assert f"Your username is still {account_of(person).username}." in last


def test_the_mail_to_the_new_address_tells_nothing_about_the_customer(person):
    ask(person)
    (body,) = [mail.body for mail in db.session.scalars(select(Message)) if mail.to == NEW]
    assert OLD not in body and "Testi" not in body and "aino" not in body.replace(NEW, "")


@pytest.mark.parametrize("language", ["fi", "en"])
def test_links_and_mails_are_in_the_persons_language(context, language):
    person = make_account("customer", customer_id=make_customer(email=OLD).id, language=language)
    contact_email.ask(account_id=person.account_id, session_id=0, email=NEW, now=clock.now())
    mails = db.session.scalars(select(Message)).all()
    assert {mail.to for mail in mails} == {OLD, NEW}
    for mail in mails:
        assert mail.language == language
        assert LINK.search(mail.body)[1] == f"http://localhost:8000/{language}"


def test_without_an_old_address_the_new_one_alone_decides(context):
    person = make_person(email="", account_email=None)
    new, old = ask(person)
    assert old is None
    assert contact_email.confirm(new, now=clock.now())
    assert email_of(person) == NEW
    assert "This is your e-mail address with us now" in subjects_to(NEW)


def test_the_accounts_own_address_has_a_say_where_the_register_has_none(context):
    person = make_person(email="", account_email=OLD)
    new, old = ask(person)
    assert not contact_email.confirm(new, now=clock.now())
    assert email_of(person) == ""
    assert contact_email.confirm(old, now=clock.now())
    assert (email_of(person), account_of(person).email) == (NEW, NEW)


def test_a_link_works_once(person):
    new, _old = ask(person)
    contact_email.confirm(new, now=clock.now())
    with pytest.raises(Gone):
        contact_email.confirm(new, now=clock.now())
    assert contact_email.link_of(new, clock.now()) is None


def test_a_link_dies_after_a_day(person, frozen_clock):
    new, old = ask(person)
    contact_email.confirm(new, now=clock.now())
    frozen_clock.advance(DAY - timedelta(seconds=1))
    assert contact_email.link_of(old, clock.now())
    frozen_clock.advance(timedelta(seconds=1))
    with pytest.raises(Gone):
        contact_email.confirm(old, now=clock.now())
    assert contact_email.waiting(person.account_id, clock.now()) is None


def test_new_links_go_to_who_has_not_confirmed_and_end_the_earlier_ones(person):
    new, old = ask(person)
    contact_email.confirm(new, now=clock.now())
    again_new, again_old = resend(person)
    assert again_new is None
    with pytest.raises(Gone):
        contact_email.confirm(old, now=clock.now())
    assert contact_email.confirm(again_old, now=clock.now())


def test_another_change_ends_the_one_before(person):
    first = ask(person)
    second = ask(person, "other@example.net")
    for link in first:
        with pytest.raises(Gone):
            contact_email.confirm(link, now=clock.now())
    for link in second:
        contact_email.confirm(link, now=clock.now())
    assert email_of(person) == "other@example.net"


def test_a_cancelled_change_stays_without_effect(person):
    links = ask(person)
    contact_email.cancel(account_id=person.account_id, now=clock.now())
    for link in links:
        with pytest.raises(Gone):
            contact_email.confirm(link, now=clock.now())
    for act in (contact_email.cancel, lambda **kw: contact_email.resend(session_id=0, **kw)):
        with pytest.raises(Stale):
            act(account_id=person.account_id, now=clock.now())


def test_the_old_address_stops_the_change_and_ends_all_that_is_signed_in(person):
    token = sign_in(person)
    new, old = ask(person, session_id=session_of(token))
    contact_email.confirm(new, now=clock.now())
    contact_email.stop(old, now=clock.now())
    assert email_of(person) == OLD
    assert session_of(token) is None
    assert "The change of your e-mail address was stopped" in subjects_to(OLD)
    assert contact_email.stopped_at(person.account_id) == clock.now()
    with pytest.raises(Gone):
        contact_email.confirm(old, now=clock.now())


def test_the_new_address_cannot_stop_anything(person):
    new, _old = ask(person)
    with pytest.raises(Gone):
        contact_email.stop(new, now=clock.now())
    assert contact_email.waiting(person.account_id, clock.now())


def test_what_the_account_had_open_ends_but_the_session_that_asked(person):
    asking, other = sign_in(person), sign_in(person, wants_memory=True)
    for link in ask(person, session_id=session_of(asking)):
        contact_email.confirm(link, now=clock.now())
    assert session_of(asking) is not None
    assert session_of(other) is None
    assert remembering.live_devices(account_of(person), clock.now()) == []
    (device,) = db.session.scalars(select(RememberedDevice))
    assert device.revoked_at


def test_a_session_that_had_ended_is_not_brought_back(person, frozen_clock):
    asking = sign_in(person)
    links = ask(person, session_id=session_of(asking))
    live = sessions.find(asking, clock.now())
    sessions.revoke_where(type(live.row).id == live.row.id, now=clock.now())
    for link in links:
        contact_email.confirm(link, now=clock.now())
    assert session_of(asking) is None


def test_a_link_for_a_new_password_dies_with_the_old_address(person):
    password_resets.ask(username="aino", contact=OLD, address="192.0.2.1", now=clock.now())
    password_resets.answer_requests(clock.now())
    (mail,) = db.session.scalars(select(Message))
    reset = re.search(r"/reset-password/(\S+)", mail.body)[1]
    for link in ask(person):
        contact_email.confirm(link, now=clock.now())
    assert password_resets.account_of(reset, clock.now()) is None


def test_a_changed_password_ends_a_change_that_waits(person):
    links = ask(person)
    own_security.change_password(
        account_id=person.account_id,
        session_id=session_of(sign_in(person)),
        current=person.password,
        new="viides hevonen on vihreä tänään",
        visit=VISIT,
        now=clock.now(),
    )
    for link in links:
        with pytest.raises(Gone):
            contact_email.confirm(link, now=clock.now())


def test_an_address_corrected_on_the_desk_meanwhile_ends_the_change(person):
    links = ask(person)
    contact.correct(
        customer_id=person.customer_id,
        field_key="email",
        base_value=OLD,
        new_value="desk@example.net",
        request_id="K7F3-9QTD",
        actor=SYSTEM,
        now=clock.now(),
    )
    for link in links:
        with pytest.raises(Gone):
            contact_email.confirm(link, now=clock.now())
    assert email_of(person) == "desk@example.net"


def test_an_address_changed_in_the_register_alone_ends_the_change(person):
    links = ask(person)
    register.apply_correction(
        customer_id=person.customer_id,
        field_key="email",
        record_id=None,
        base_value=OLD,
        new_value="import@example.net",
        request_id=None,
        actor=SYSTEM,
        now=clock.now(),
    )
    assert contact_email.waiting(person.account_id, clock.now()) is None
    for link in links:
        with pytest.raises(Gone):
            contact_email.confirm(link, now=clock.now())


@pytest.mark.parametrize(
    ("email", "code"),
    [
        ("aino", ValueProblem.EMAIL),
        ("  ", ValueProblem.EMPTY),
        ("Aino@EXAMPLE.com", ContactProblem.SAME_EMAIL),
    ],
)
def test_an_address_that_cannot_be_is_refused_beside_the_field(person, email, code):
    with pytest.raises(RuleViolation) as refusal:
        ask(person, email)
    assert (refusal.value.code, refusal.value.field) == (code, "email")
    assert db.session.scalars(select(Message)).all() == []


def test_an_address_that_somebody_else_has_is_taken_like_any_other(person):
    make_person(NEW, NEW, username="oliver")
    assert all(ask(person))


def test_one_account_has_links_sent_five_times_a_day_at_most(person, frozen_clock):
    ask(person)
    for _ in range(3):
        resend(person)
    ask(person, "other@example.net")
    for act in (ask, resend):
        with pytest.raises(RuleViolation) as refusal:
            act(person)
        assert refusal.value.code is ContactProblem.TOO_MANY_MAILS
    assert contact_email.waiting(person.account_id, clock.now()).new_email == "other@example.net"
    frozen_clock.advance(DAY)
    assert all(ask(person))


def test_the_secrets_of_the_links_are_stored_nowhere_but_in_the_mails(person):
    links = ask(person)
    change = db.session.scalars(select(EmailChange)).one()
    stored = {str(value) for value in vars(change).values()}
    assert not stored & set(links)
    assert NEW.encode() not in change.new_email_encrypted


def test_what_waits_is_told_with_who_has_confirmed(person):
    new, _old = ask(person)
    contact_email.confirm(new, now=clock.now())
    waiting = contact_email.waiting(person.account_id, clock.now())
    assert (waiting.new_email, waiting.old_email) == (NEW, OLD)
    assert (waiting.is_new_confirmed, waiting.is_old_confirmed) == (True, False)
    assert waiting.ends_at == clock.now() + DAY


def test_what_is_forbidden_by_e_mail_stays_forbidden_at_the_new_address(person):
    permissions.forbid_all(
        customer_id=person.customer_id, source=Source.OWN_CHANGE, actor=account_of(person).actor, now=clock.now()
    )
    for link in ask(person):
        contact_email.confirm(link, now=clock.now())
    for marketing_type in MarketingType:
        assert suppression.is_suppressed(NEW, type=marketing_type, channel=Channel.EMAIL)


def test_the_worker_deletes_changes_that_are_over(person, frozen_clock):
    ask(person)
    purging.tidy(purges.SHORT_LIVED, now=frozen_clock.advance(2 * DAY))
    assert db.session.scalar(select(func.count()).select_from(EmailChange)) == 1
    purging.tidy(purges.SHORT_LIVED, now=frozen_clock.advance(timedelta(seconds=1)))
    assert db.session.scalar(select(func.count()).select_from(EmailChange)) == 0


def test_both_links_used_at_the_same_moment_change_the_address_once(app, frozen_clock):
    for round_number in range(5):
        with app.app_context():
            person = make_person(username=f"aino{round_number}")
            links = ask(person)
        outcomes, barrier = [], Barrier(4)

        def use(link, outcomes=outcomes, barrier=barrier):
            with app.app_context():
                barrier.wait()
                try:
                    outcomes.append(contact_email.confirm(link, now=clock.now()))
                except Gone:
                    outcomes.append(None)
                db.session.remove()

        threads = [Thread(target=use, args=(link,)) for link in links * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes, key=str) == [False, None, None, True]
        with app.app_context():
            assert email_of(person) == NEW
            assert len([line for line in register.changes() if line.field_key == "email"]) == round_number + 1


# Whatever is done in whatever order

ADDRESSES = ("first@example.org", "second@example.net", "third@example.com")
STEPS = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(ADDRESSES)),
    st.tuples(st.sampled_from(["resend", "cancel", "epoch"])),
    st.tuples(st.just("wait"), st.sampled_from([1, 12, 24])),
    # the latest links far more often than those of long ago
    st.tuples(st.sampled_from(["confirm", "confirm", "confirm", "stop"]), st.integers(0, 3)),
)


class Expected:
    """What must come out, told in the simplest way: one open change with the links that count."""

    def __init__(self):
        self.email, self.open, self.links = OLD, None, {"new": None, "old": None}
        self.confirmed, self.at = set(), None

    def is_open(self, now):
        return self.open is not None and now - self.at < DAY

    def confirm(self, link, now):
        side = next((side for side, current in self.links.items() if current == link), None)
        if not self.is_open(now) or side is None or side in self.confirmed:
            return None
        self.confirmed.add(side)
        if self.confirmed == {"new", "old"}:
            self.email, self.open = self.open, None
            return True
        return False


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=3, max_size=12))
def test_the_register_changes_only_when_both_current_links_were_used(context, frozen_clock, steps):
    person = make_person(username=f"aino-{make_customer().number}")
    expected, issued, sendings = Expected(), [], []
    for step, *more in [("ask", ADDRESSES[0]), *steps]:
        now = clock.now()
        if step == "wait":
            frozen_clock.advance(timedelta(hours=more[0]))
        elif step == "epoch":
            with transaction():
                own_security.raise_epoch(account_of(person), kept_session_id=None, now=now)
            expected.open = None
        elif step in ("ask", "resend"):
            if step == "ask" and more[0] == expected.email:
                continue
            try:
                sent = ask(person, more[0]) if step == "ask" else resend(person)
            except Stale:
                assert step == "resend" and not expected.is_open(now)
                continue
            except RuleViolation as refusal:
                assert refusal.code is ContactProblem.TOO_MANY_MAILS
                assert len([at for at in sendings if now - at < 3 * DAY]) >= 5
                continue
            sendings.append(now)
            issued += [link for link in sent if link]
            if step == "ask":
                expected.open, expected.confirmed, expected.links = more[0], set(), {}
            expected.at = now
            expected.links |= {side: link for side, link in zip(("new", "old"), sent, strict=True) if link}
        elif step == "cancel":
            if expected.is_open(now):
                contact_email.cancel(account_id=person.account_id, now=now)
                expected.open = None
            else:
                with pytest.raises(Stale):
                    contact_email.cancel(account_id=person.account_id, now=now)
        elif len(issued) > more[0]:
            link = issued[-1 - more[0]]
            if step == "confirm":
                outcome = expected.confirm(link, now)
                if outcome is None:
                    with pytest.raises(Gone):
                        contact_email.confirm(link, now=now)
                else:
                    assert contact_email.confirm(link, now=now) is outcome
            elif expected.is_open(now) and link == expected.links["old"] and "old" not in expected.confirmed:
                contact_email.stop(link, now=now)
                expected.open = None
            else:
                with pytest.raises(Gone):
                    contact_email.stop(link, now=now)
        assert email_of(person) == expected.email
        assert account_of(person).email == expected.email
        assert bool(contact_email.waiting(person.account_id, clock.now())) is expected.is_open(clock.now())
