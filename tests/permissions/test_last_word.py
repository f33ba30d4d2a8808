"""Whoever last said no is on no list: any order of choices, opt-outs, imports, changes, merges, erasures and keys.

The register is compared with a model that knows nothing of ledgers and marks: what each person said last.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, event, update

from portal.catalogues.sources import Source
from portal.core import clock, key_rotation
from portal.core.audit import SYSTEM, VISITOR
from portal.core.clock import local_date
from portal.core.db import db, transaction
from portal.permissions import services, suppression
from portal.permissions.holders import holder
from portal.permissions.models import Channel, Choice, MarketingType, State
from portal.permissions.opt_out_links import OptOutLink, link_of, link_to
from portal.permissions.rules import SAME_CONTACT
from portal.register.marketing_list import marketing_list
from portal.register.models import Customer
from tests.conftest import EmptyDatabase
from tests.factories import make_customer, record_imported
from tests.subject_requests.people import customer_actor

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
PEOPLE = ("Aino", "Börje")
PHONES = ("+358440001111", "+358440002222")
EMAILS = ("one@example.com", "two@example.com")
TYPES = (MarketingType.DIRECT_ADVERTISING, MarketingType.CONTACT)
TYPE = MarketingType.DIRECT_ADVERTISING  # types do not touch one another

phones = st.sampled_from(PHONES)
emails = st.sampled_from(EMAILS)
some_channels = st.sets(st.sampled_from((Channel.PHONE, Channel.EMAIL)), min_size=1)
present = st.runner().flatmap(lambda machine: st.sampled_from(sorted(machine.rows)))
absent = st.runner().flatmap(lambda machine: st.sampled_from(sorted(set(PEOPLE) - set(machine.rows))))
while_somebody_is_there = precondition(lambda machine: machine.rows)


class LastWord(RuleBasedStateMachine):
    """`said_no` are the channels that a person said no to last. Organisations all: they may be contacted by default."""

    installation: EmptyDatabase

    def __init__(self) -> None:
        super().__init__()
        self.installation.reset()
        self.context = self.installation.app.app_context()
        self.context.push()
        self.now = START
        self.rows: dict[str, Any] = {}
        self.said_no: dict[str, set[Channel]] = {person: set() for person in PEOPLE}
        self.contacts: dict[str, dict[Channel, str]] = {}
        self.links: list[tuple[str, str]] = []
        self.rotations = 0

    def teardown(self) -> None:
        db.session.remove()
        self.context.pop()

    def later(self) -> datetime:
        self.now += timedelta(hours=5)
        return self.now

    @initialize()
    def somebody_is_there(self) -> None:
        self.register("Aino", PHONES[0], EMAILS[0])

    @precondition(lambda self: len(self.rows) < len(PEOPLE))
    @rule(person=absent, phone=phones, email=emails)
    def register(self, person: str, phone: str, email: str) -> None:
        """Also anew after an erasure: of an earlier no, what was said about the same contact is still known."""
        before = self.contacts.get(person, {})
        now = {Channel.PHONE: phone, Channel.SMS: phone, Channel.EMAIL: email, Channel.POST: person}
        self.rows[person] = make_customer(name=person, phone=phone, email=email, kind="legal")
        self.said_no[person] = {channel for channel in self.said_no[person] if before.get(channel) == now[channel]}
        self.contacts[person] = now
        self.write_to(person)

    def write_to(self, person: str) -> None:
        """A message in each channel: its link works from now on."""
        for channel in (Channel.PHONE, Channel.EMAIL):
            contact = self.contacts[person][channel]
            link = link_to(customer_id=self.rows[person].id, channel=channel, contact=contact)
            self.links.append((person, link.token))

    @while_somebody_is_there
    @rule(person=present, wanted=some_channels, choice=st.sampled_from(Choice))
    def choose(self, person: str, wanted: set[Channel], choice: Choice) -> None:
        customer_id = self.rows[person].id
        for channel in sorted(wanted):
            services.choose(
                customer_id=customer_id,
                type=TYPE,
                channel=channel,
                choice=choice,
                source=Source.OWN_CHANGE,
                actor=customer_actor(customer_id),
                now=self.later(),
            )
            may = services.may_contact(customer_id=customer_id, type=TYPE, channel=channel)
            assert may or choice is not Choice.ALLOW, "who allows is allowed"
        if choice is Choice.FORBID:
            self.said_no[person] |= wanted
        else:
            self.said_no[person] -= wanted

    @while_somebody_is_there
    @rule(person=present)
    def undo(self, person: str) -> None:
        customer_id = self.rows[person].id
        for act in services.acts_of(customer_id)[:1]:
            changed = services.undo(
                customer_id=customer_id,
                act=str(act.id),
                source=Source.OWN_CHANGE,
                actor=customer_actor(customer_id),
                now=self.later(),
            )
            ended = {one.channel for one in changed if one.type is TYPE and one.new_state is not State.PROHIBITION}
            begun = {one.channel for one in changed if one.type is TYPE and one.new_state is State.PROHIBITION}
            self.said_no[person] = self.said_no[person] - ended | begun

    @rule(contact=st.sampled_from((*PHONES, *EMAILS)))
    def form(self, contact: str) -> None:
        """Somebody who has not signed in: everybody who uses the contact, in the register or not, has said no."""
        fitting = (Channel.EMAIL,) if "@" in contact else SAME_CONTACT[Channel.PHONE]
        services.forbid_contact(contact, channels=fitting, now=self.later())
        for person, contacts in self.contacts.items():
            if contacts[fitting[0]] == contact:
                self.said_no[person] |= {*fitting}
                if person in self.rows:
                    services.forbid_all(
                        customer_id=self.rows[person].id,
                        source=Source.OWN_CHANGE,
                        actor=VISITOR,
                        now=self.now,
                        channels=fitting,
                    )

    @precondition(lambda self: self.links)
    @rule(data=st.data(), is_everything=st.booleans())
    def press(self, data: st.DataObject, is_everything: bool) -> None:
        """A link of a message long ago: the person may have another row, another contact, or none by now."""
        person, token = data.draw(st.sampled_from(self.links))
        link = link_of(token)
        assert isinstance(link, OptOutLink)
        wanted = list(Channel) if is_everything else [link.channel]
        if services.forbid_linked_contact(link, channels=wanted, actor=VISITOR, now=self.later()):
            services.forbid_all(
                customer_id=link.customer_id, source=Source.OWN_CHANGE, actor=VISITOR, now=self.now, channels=wanted
            )
            self.said_no[person] |= {*wanted}
            return
        for channel in SAME_CONTACT[link.channel]:
            if channel in wanted and suppression.contact_hash(self.contacts[person][channel]) == link.contact_hash:
                self.said_no[person].add(channel)

    @while_somebody_is_there
    @rule(person=present, is_no=st.booleans(), days_ago=st.integers(0, 2))
    def imports(self, person: str, is_no: bool, days_ago: int) -> None:
        """A permission ends no no; a prohibition counts unless the person has said something later."""
        for channel in (Channel.PHONE, Channel.EMAIL):
            outcome = record_imported(
                customer_id=self.rows[person].id,
                type=TYPE,
                channel=channel,
                state=State.PROHIBITION if is_no else State.PERMISSION,
                given_on=local_date(self.now) - timedelta(days=days_ago),
                source=Source.CONTRACT,
                actor=SYSTEM,
                now=self.later(),
            )
            if is_no and outcome != "kept":
                self.said_no[person].add(channel)

    @while_somebody_is_there
    @rule(person=present, phone=phones, email=emails)
    def changes_contact(self, person: str, phone: str, email: str) -> None:
        customer_id = self.rows[person].id
        with transaction():
            before = holder(customer_id)
            db.session.execute(update(Customer).where(Customer.id == customer_id).values(phone=phone, email=email))
            services.contact_point_changed(customer_id, before=before)
        self.contacts[person] |= {Channel.PHONE: phone, Channel.SMS: phone, Channel.EMAIL: email}
        self.write_to(person)

    @while_somebody_is_there
    @rule(person=present)
    def erase(self, person: str) -> None:
        customer_id = self.rows.pop(person).id
        with transaction():
            services.forget(customer_id, now=self.later())
            db.session.execute(delete(Customer).where(Customer.id == customer_id))

    @while_somebody_is_there
    @rule(person=present)
    def comes_anew(self, person: str) -> None:
        self.erase(person)
        self.register(person, self.contacts[person][Channel.PHONE], self.contacts[person][Channel.EMAIL])

    @while_somebody_is_there
    @rule(person=present, phone=phones, email=emails)
    def is_found_twice_and_merged(self, person: str, phone: str, email: str) -> None:
        twin = make_customer(name=person, phone=phone, email=email, kind="legal")
        absorbed_id = self.rows[person].id
        with transaction():
            services.merge(absorbed_id=absorbed_id, survivor_id=twin.id, actor=SYSTEM, now=self.later())
            db.session.execute(delete(Customer).where(Customer.id == absorbed_id))
        self.rows[person] = twin
        self.contacts[person] |= {Channel.PHONE: phone, Channel.SMS: phone, Channel.EMAIL: email}
        self.write_to(person)

    @precondition(lambda self: self.rotations < 1)
    @rule()
    def keys_rotate(self) -> None:
        self.rotations += 1
        key_rotation.rotate(now=clock.now())

    @invariant()
    def who_last_said_no_is_on_no_list(self) -> None:
        for channel in Channel:
            if any(channel in self.said_no[person] for person in self.rows):
                allowed = dict(services.allowed(type=TYPE, channel=channel))
                for person, customer in self.rows.items():
                    assert not (channel in self.said_no[person] and customer.id in allowed), f"{person}: {channel}"


def test_nobody_who_last_said_no_is_ever_on_a_list(installation: EmptyDatabase) -> None:
    class OnThisDatabase(LastWord):
        pass

    OnThisDatabase.installation = installation
    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(
            max_examples=25 if installation.is_sqlite else 8,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


REGISTERED = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(("natural", "legal")),
        "status": st.sampled_from(("customer", "potential")),
        "phone": st.sampled_from((None, *PHONES)),
        "email": st.sampled_from(("", *EMAILS)),
        "is_protected": st.booleans(),
        "contract_ended_on": st.sampled_from((None, date(2026, 5, 1))),
        "choices": st.dictionaries(
            st.tuples(st.sampled_from(TYPES), st.sampled_from(Channel)), st.sampled_from(Choice), max_size=4
        ),
    }
)


def test_the_list_and_the_single_answer_are_one_rule(installation: EmptyDatabase) -> None:
    @settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(REGISTERED, min_size=1, max_size=5), st.sets(st.sampled_from((*PHONES, *EMAILS))))
    def agree(registered: list[dict[str, Any]], forbidden: set[str]) -> None:
        installation.reset()
        with installation.app.app_context():
            _check_agreement(registered, forbidden)
            db.session.remove()

    agree()


def _check_agreement(registered: list[dict[str, Any]], forbidden: set[str]) -> None:
    for contact in forbidden:
        fitting = (Channel.EMAIL,) if "@" in contact else SAME_CONTACT[Channel.PHONE]
        services.forbid_contact(contact, channels=fitting, now=START)
    customers = []
    for number, facts in enumerate(registered):
        choices = facts["choices"]
        customer = make_customer(**{name: value for name, value in facts.items() if name != "choices"})
        customers.append(customer)
        for (type, channel), choice in choices.items():
            services.choose(
                customer_id=customer.id,
                type=type,
                channel=channel,
                choice=choice,
                source=Source.OWN_CHANGE,
                actor=customer_actor(customer.id),
                now=START + timedelta(minutes=number - 2),
            )
    for type in TYPES:
        for channel in Channel:
            contacts = marketing_list(type=type, channel=channel, actor=SYSTEM, now=START)
            allowed = {
                customer.number
                for customer in customers
                if services.may_contact(customer_id=customer.id, type=type, channel=channel)
            }
            assert {contact.customer_number for contact in contacts} == allowed
            assert all(contact.contact for contact in contacts)


def test_a_list_asks_no_question_per_person(context: Flask) -> None:
    counts = []
    for _ in range(2):
        for _ in range(5):
            make_customer()
        asked: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any, asked: list[str] = asked) -> None:
            asked.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        assert marketing_list(type=TYPES[0], channel=Channel.POST, actor=SYSTEM, now=START)
        event.remove(db.engine, "before_cursor_execute", note)
        counts.append(len(asked))
    assert counts[0] == counts[1]
