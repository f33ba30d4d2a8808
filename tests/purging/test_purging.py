"""What has been kept long enough goes, what a request needs stays, and my data tells the very day."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from portal import purging
from portal.catalogues.fields import Category
from portal.catalogues.retention import RetentionRule
from portal.catalogues.sources import Source
from portal.core import audit, clock
from portal.core.audit import SYSTEM, AuditAction
from portal.core.clock import HELSINKI
from portal.core.db import Model, db, random_id, transaction
from portal.jobs import A_DAY, SCHEDULE
from portal.messages import services as messages
from portal.messages.models import Message
from portal.permissions import services as permissions
from portal.permissions.models import Channel, Choice, MarketingType
from portal.purge_commands import purge
from portal.purging import Applied
from portal.register.models import (
    Customer,
    CustomerOpening,
    Disclosure,
    Erasure,
    Feedback,
    FieldProvenance,
    Invoice,
    MeteringSite,
    OtherDatum,
    Purchase,
    RegisterChange,
    Satisfaction,
    ServiceEvent,
)
from portal.register.reading import records_of
from portal.subject_requests import services as requests
from portal.subject_requests.kinds import Kind, Status
from portal.subject_requests.models import CaseMessage, Letter, RequestItem, SubjectRequest
from tests.conftest import FrozenClock
from tests.factories import make_account, make_customer
from tests.purging.records import SOURCED, add, call, consumption, feedback, invoice
from tests.subject_requests.people import CLERK, answer, customer_actor

R = RetentionRule


def apply(now: datetime | None = None, *, is_dry_run: bool = False) -> dict[RetentionRule, tuple[int, int]]:
    rows = purging.apply(now=now or clock.now(), is_dry_run=is_dry_run)
    return {row.rule: (row.deleted, row.held) for row in rows if (row.deleted, row.held) != (0, 0)}


def told(rule: RetentionRule, *, is_dry_run: bool = True) -> Applied:
    return next(row for row in purging.apply(now=clock.now(), is_dry_run=is_dry_run) if row.rule is rule)


def rows(model: type[Model]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


# --- The day that my data tells is the day by which the purge deletes


def set_days(customer: Customer, **days: date) -> None:
    with transaction() as session:
        session.get_one(Customer, customer.id).contract_ended_on = days.get("contract_ended_on")
        site = session.scalar(select(MeteringSite).where(MeteringSite.customer_id == customer.id))
        assert site is not None
        site.contract_until = days.get("contract_until")


def record_ids(customer_id: int) -> dict[tuple[Category, int | None], date | None]:
    return {
        (group.spec.category, record.record_id): record.fields[0].kept_until
        for group in records_of(customer_id)
        for record in group.records
        if group.spec.category not in (Category.ACCOUNT, Category.PERMISSIONS)
    }


OLD_DAYS = st.dates(date(2018, 1, 1), date(2022, 12, 31))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.lists(OLD_DAYS, min_size=8, max_size=8),
    ended=st.none() | OLD_DAYS,
    left=st.none() | OLD_DAYS,
    which=st.integers(0, 11),
)
def test_everything_goes_on_the_morning_after_the_day_that_my_data_tells(
    context: Flask, days: list[date], ended: date | None, left: date | None, which: int
) -> None:
    at = [datetime(day.year, day.month, day.day, 23, 30, tzinfo=HELSINKI) for day in days]
    customer = make_customer()
    set_days(customer, **{name: day for name, day in (("contract_ended_on", ended), ("contract_until", left)) if day})
    whose = customer.id
    shared = {"customer_id": whose, **SOURCED}
    add(
        feedback(whose, days[0]),
        call(whose, days[1]),
        invoice(whose, days[2]),
        consumption(whose, days[3].replace(day=1)),
        Satisfaction(id=random_id(), survey="customer-service", score=5, answered_on=days[4], **shared),
        ServiceEvent(id=random_id(), event="invoice-viewed", happened_at=at[5], **shared),
        Purchase(id=random_id(), product="ev-charger", ordered_on=days[6], price_cents=1, **shared),
        OtherDatum(id=random_id(), subject="A", value="B", consent_reference="C", **{**shared, "source_on": days[7]}),
    )
    try:
        dates = record_ids(whose)
        known = sorted({day for day in dates.values() if day})
        day = known[which % len(known)]
        late = datetime(day.year, day.month, day.day, 23, 59, tzinfo=HELSINKI)
        apply(late)
        expected = {key for key, kept_until in dates.items() if kept_until is None or kept_until >= day}
        assert set(record_ids(whose)) == expected
        apply(late + timedelta(minutes=2))
        expected -= {key for key, kept_until in dates.items() if kept_until == day}
        assert (set(record_ids(whose)) if expected else db.session.get(Customer, whose)) == (expected or None)
    finally:
        db.session.rollback()
        for left_over in db.session.scalars(select(Customer.id)).all():
            with transaction() as session:
                session.delete(session.get_one(Customer, left_over))


def test_the_customer_stays_as_long_as_the_last_invoice(context: Flask) -> None:
    customer = make_customer(contract_ended_on=date(2020, 11, 30))
    add(invoice(customer.id, date(2020, 12, 31)), invoice(customer.id, date(2021, 1, 4)))
    assert record_ids(customer.id)[Category.CUSTOMER, None] == date(2027, 12, 31)
    apply(datetime(2027, 12, 31, 12, tzinfo=HELSINKI))
    assert (rows(Customer), rows(Invoice)) == (1, 1)
    apply(datetime(2028, 1, 1, 4, tzinfo=HELSINKI))
    assert (rows(Customer), rows(Invoice)) == (0, 0)


def test_while_the_contract_lasts_no_day_is_told(context: Flask) -> None:
    customer = make_customer()
    dates = record_ids(customer.id)
    assert {day for (category, _), day in dates.items()} == {None}
    apply(datetime(2099, 1, 1, tzinfo=HELSINKI))
    assert (rows(Customer), rows(MeteringSite)) == (1, 1)


# --- Each rule of what is not in the register's categories


def test_what_belongs_to_a_record_goes_with_it(context: Flask) -> None:
    customer = make_customer()
    old = feedback(customer.id, date(2020, 1, 1))
    shared = {"customer_id": customer.id, "record_id": old.id, "field_key": "feedback_text"}
    now = clock.now()
    change = RegisterChange(id=random_id(), cursor=1, at=now, **shared)
    change.old, change.new = "Kitos.", "Kiitos."
    origin = FieldProvenance(
        id=random_id(), source=Source.CORRECTION, source_on=date(2026, 1, 1), updated_at=now, **shared
    )
    add(old, change, origin)
    assert apply() == {R.CONTACTS: (1, 0)}
    assert (rows(RegisterChange), rows(FieldProvenance)) == (0, 0)


def test_a_correction_is_not_forgotten_while_an_import_finds_the_record_by_it(context: Flask) -> None:
    customer = make_customer()
    kept = feedback(customer.id, date(2026, 11, 1))
    long_ago = datetime(2024, 11, 23, 21, 59, tzinfo=UTC)
    for cursor, (record_id, key) in enumerate(
        [(kept.id, "feedback_text"), (None, "phone"), (kept.id, "feedback_status")]
    ):
        change = RegisterChange(
            id=random_id(), cursor=cursor, at=long_ago, customer_id=customer.id, record_id=record_id, field_key=key
        )
        change.old, change.new = "1", "2"
        add(*([kept] if cursor == 0 else []), change)
    assert apply() == {R.CHANGES: (2, 0)}
    assert db.session.scalars(select(RegisterChange.field_key)).all() == ["feedback_text"]


def test_disclosures_openings_and_mails_go_in_their_time(context: Flask, frozen_clock: FrozenClock) -> None:
    customer, clerk = make_customer(), make_account("clerk")
    add(
        Disclosure(
            id=random_id(),
            customer_id=customer.id,
            recipient="authority",
            recipient_name="Vero",
            legal_ground="law",
            field_keys="name",
            disclosed_at=datetime(2020, 11, 24, 12, tzinfo=UTC),
        ),
        CustomerOpening(
            id=random_id(),
            account_id=clerk.account_id,
            customer_id=customer.id,
            purpose="fault",
            opened_at=clock.now() - timedelta(hours=12, seconds=1),
        ),
    )
    with transaction():
        for subject in ("sent", "waits"):
            messages.queue(to="a@example.com", language="en", subject=subject, body="b", actor=SYSTEM, now=clock.now())
    mail = db.session.scalar(select(Message).where(Message.subject == "sent"))
    assert mail is not None
    with transaction():
        mail.status, mail.sent_at = "sent", clock.now()
    assert apply() == {R.OPENINGS: (1, 0)}
    frozen_clock.advance(timedelta(days=90, seconds=1))
    assert apply() == {R.MESSAGES: (1, 0), R.DISCLOSURES: (1, 0)}
    assert [message.subject for message in db.session.scalars(select(Message))] == ["waits"]


def test_what_leads_from_the_trail_to_a_person_goes_and_the_chain_stays_whole(
    context: Flask, frozen_clock: FrozenClock
) -> None:
    customer = make_customer()
    with transaction():
        audit.record(AuditAction.CUSTOMER_VIEWED, actor=CLERK, now=clock.now(), subject=customer.id)
    frozen_clock.at = datetime(2032, 11, 24, 12, tzinfo=UTC)
    assert R.AUDIT not in apply()
    frozen_clock.advance(timedelta(days=1))
    events = audit.count()
    assert apply()[R.AUDIT] == (events, 0)
    assert audit.verify().ok
    assert audit.latest(subject=customer.id) == []


def test_an_ended_request_loses_its_words_and_its_person_and_keeps_its_course(
    context: Flask, frozen_clock: FrozenClock
) -> None:
    customer = make_customer()
    case = requests.opt_out(
        customer_id=customer.id, actor=customer_actor(customer.id), now=clock.now(), text="Ei kiitos."
    )
    requests.message_from_customer(
        public_id=case.public_id, text="Hei", actor=customer_actor(customer.id), now=clock.now()
    )
    frozen_clock.at = datetime(2029, 11, 24, 12, tzinfo=UTC)
    assert R.REQUESTS not in apply()
    frozen_clock.advance(timedelta(days=1))
    assert apply()[R.REQUESTS] == (1, 0)
    found = db.session.scalar(select(SubjectRequest))
    assert found is not None
    assert (found.kind, found.status, found.received_on) == (Kind.OPT_OUT, Status.ANSWERED, date(2026, 11, 24))
    assert (found.customer_id, found.text, found.contact) == (None, None, None)
    assert found.unread_since is None, "nobody could read or answer the message"
    for model, words in ((Letter, Letter.document_encrypted), (CaseMessage, CaseMessage.text_encrypted)):
        assert rows(model) == 1
        assert db.session.scalar(select(words)) is None
    assert rows(RequestItem) == 1
    assert R.REQUESTS not in apply()


# --- Holds


def ask(customer_id: int, kind: Kind = Kind.ACCESS) -> SubjectRequest:
    return requests.submit(
        kind, customer_id=customer_id, text="Mitä tietoja?", actor=customer_actor(customer_id), now=clock.now()
    )


def test_an_open_request_holds_everything_of_its_person(context: Flask) -> None:
    asker, other = make_customer(), make_customer()
    for customer in (asker, other):
        add(feedback(customer.id, date(2020, 1, 1)), invoice(customer.id, date(2018, 1, 1)))
    ask(asker.id)
    assert apply() == {R.CONTACTS: (1, 1), R.ACCOUNTING: (1, 1)}
    assert apply() == {R.CONTACTS: (0, 1), R.ACCOUNTING: (0, 1)}


def test_recordings_stay_sixty_days_after_the_answer_to_an_access_request(
    context: Flask, frozen_clock: FrozenClock
) -> None:
    customer = make_customer()
    make_account(customer_id=customer.id)  # the copy waits in the portal: nothing is left to do
    add(call(customer.id, date(2026, 11, 20)), feedback(customer.id, date(2020, 1, 1)))
    answer(ask(customer.id))
    assert apply() == {R.RECORDINGS: (0, 1), R.CONTACTS: (1, 0)}
    frozen_clock.at = datetime(2027, 1, 23, 21, 59, tzinfo=UTC)  # 23 January in Helsinki: the sixtieth day
    assert apply()[R.RECORDINGS] == (0, 1)
    frozen_clock.advance(timedelta(minutes=1))
    assert apply()[R.RECORDINGS] == (1, 0)


def test_a_request_that_was_withdrawn_holds_nothing(context: Flask) -> None:
    customer = make_customer()
    add(call(customer.id, date(2026, 11, 20)))
    case = ask(customer.id)
    assert apply() == {R.RECORDINGS: (0, 1)}
    requests.withdraw(public_id=case.public_id, actor=customer_actor(customer.id), now=clock.now())
    assert apply() == {R.RECORDINGS: (1, 0)}


# --- Potential customers (R60)


def potential(**values: Any) -> Customer:
    return make_customer(status="potential", has_site=False, **values)


def test_a_potential_customer_without_a_permission_goes_with_everything(context: Flask) -> None:
    kept = potential(holds_permission=True)
    gone = potential()
    add(feedback(gone.id, date(2026, 11, 1)))
    assert apply() == {R.POTENTIAL_CUSTOMERS: (1, 0)}
    assert db.session.scalars(select(Customer.id)).all() == [kept.id]
    assert rows(Feedback) == 0
    assert apply() == {}
    assert [event.event.action for event in audit.latest(limit=2)] == [
        AuditAction.RETENTION_APPLIED,
        AuditAction.CUSTOMER_ERASED,
    ]
    (erasure,) = db.session.scalars(select(Erasure))
    assert (erasure.reason, erasure.is_entire) == ("no-permission", True)
    assert gone.number not in json.dumps([erasure.number_hash, erasure.parts])


def test_an_open_request_keeps_a_potential_customer_until_it_is_answered(
    context: Flask, frozen_clock: FrozenClock
) -> None:
    whose = potential()
    case = ask(whose.id, Kind.CORRECTION)
    assert apply() == {R.POTENTIAL_CUSTOMERS: (0, 1)}
    requests.withdraw(public_id=case.public_id, actor=customer_actor(whose.id), now=clock.now())
    assert apply() == {R.POTENTIAL_CUSTOMERS: (1, 0)}


def test_the_last_withdrawal_hides_at_once_and_the_night_erases(context: Flask) -> None:
    whose = potential(holds_permission=True)
    assert apply() == {}
    permissions.choose(
        customer_id=whose.id,
        type=MarketingType.CONTACT,
        channel=Channel.EMAIL,
        choice=Choice.WITHDRAW,
        source=Source.CUSTOMER_CONTACT,
        actor=CLERK,
        now=clock.now(),
    )
    next(job.work for job in SCHEDULE if job.name == "purge")(clock.now())
    assert rows(Customer) == 0


# --- The purge as a whole


def test_a_dry_run_counts_the_same_and_writes_nothing(context: Flask) -> None:
    customer = make_customer(contract_ended_on=date(2018, 3, 1))
    held = make_customer()
    set_days(held, contract_until=date(2018, 1, 1))
    potential()
    add(
        consumption(customer.id, date(2018, 2, 1)),
        invoice(customer.id, date(2018, 2, 1)),
        *(feedback(customer.id, date(2020, 1, day)) for day in range(1, 4)),
        call(held.id, date(2026, 1, 1)),
    )
    ask(held.id)
    before = audit.count()
    foretold = purging.apply(now=clock.now(), is_dry_run=True)
    assert audit.count() == before
    assert rows(Customer) == 3
    assert purging.apply(now=clock.now()) == foretold
    done = {row.rule: (row.deleted, row.held) for row in foretold if row.deleted or row.held}
    assert done == {
        R.CUSTOMER_RELATIONSHIP: (3, 1),  # the customer, the billing and a metering point; another point is held
        R.METERING: (1, 0),
        R.ACCOUNTING: (1, 0),
        R.CONTACTS: (3, 0),
        R.RECORDINGS: (0, 1),
        R.POTENTIAL_CUSTOMERS: (1, 0),
    }
    assert all(row.deleted == 0 for row in purging.apply(now=clock.now()))


def test_it_goes_in_batches_each_of_which_is_on_the_trail(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    customer = make_customer()
    add(*(feedback(customer.id, date(2020, 1, 1), text=str(number)) for number in range(5)))
    of_feedback = next(found for found in purging.LASTING if found.table.name == "feedback")
    monkeypatch.setattr(purging, "LASTING", (replace(of_feedback, batch=2),))
    assert apply() == {R.CONTACTS: (5, 0)}
    events = [entry.detail for entry in audit.latest() if entry.event.action is AuditAction.RETENTION_APPLIED]
    assert [(detail.object, detail.purpose) for detail in events if detail] == [
        ("rule:contacts", "deleted:1"),
        ("rule:contacts", "deleted:2"),
        ("rule:contacts", "deleted:2"),
    ]


def test_the_oldest_day_is_told(context: Flask) -> None:
    customer = make_customer()
    add(*(feedback(customer.id, date(2020, 5, day)) for day in (9, 3, 21)))
    assert told(R.CONTACTS) == Applied(R.CONTACTS, deleted=3, held=0, oldest=date(2020, 5, 3))
    assert told(R.AUDIT).oldest is None


def test_every_rule_with_a_period_is_applied_and_every_other_is_explained() -> None:
    applied = {RetentionRule(found.rule) for found in (*purging.SHORT_LIVED, *purging.LASTING)}
    assert applied | purging.WITHOUT_PURGE == set(RetentionRule)
    assert not applied & purging.WITHOUT_PURGE


def test_the_worker_purges_at_night_and_tidies_up_every_half_hour() -> None:
    jobs = {job.name: job for job in SCHEDULE}
    assert (jobs["purge"].every_minutes, jobs["tidy-up"].every_minutes) == (A_DAY, 30)
    at = datetime(2026, 7, 1, 1, 15, tzinfo=UTC)  # a quarter past four in Helsinki
    turns = [jobs["purge"].turn(at + after) for after in (timedelta(minutes=-1), timedelta(0), timedelta(hours=23))]
    assert turns[0] < turns[1] == turns[2]


def test_the_commands_table_and_its_json(context: Flask) -> None:
    make_customer_with_old_feedback()
    result = context.test_cli_runner().invoke(purge, ["--dry-run", "--json"])
    document = json.loads(result.output)
    assert (document["dry_run"], document["deleted"], document["held"]) == (True, 1, 0)
    rule = next(rule for rule in document["rules"] if rule["rule"] == "contacts")
    assert (rule["deleted"], rule["oldest"], rule["law"], rule["basis"]) == (1, "2020-01-01", None, "proposal")
    assert rule["what"]["en"].startswith("Feedback")
    assert next(rule for rule in document["rules"] if rule["rule"] == "metering")["law"]["en"] == (
        "Electricity Market Act, section 75 c"
    )
    lines = context.test_cli_runner().invoke(purge, []).output.splitlines()
    assert lines[0].split() == ["rule", "deleted", "held", "oldest", "what", "and", "how", "long"]
    assert lines[-1].split() == ["in", "all", "1", "0"]
    assert rows(Feedback) == 0


def make_customer_with_old_feedback() -> None:
    add(feedback(make_customer().id, date(2020, 1, 1)))


def test_sqlite_keeps_nothing_deleted_in_its_journal(context: Flask) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("SQLite's journal")
    words = "Punainen mökki, josta ei jää mitään"  # long: a few digits stand in some key by chance
    add(feedback(make_customer().id, date(2020, 1, 1), text=words))
    files = [Path(f"{db.engine.url.database}{suffix}") for suffix in ("", "-wal")]
    assert any(words.encode() in file.read_bytes() for file in files)
    apply()
    assert not any(words.encode() in file.read_bytes() for file in files)
