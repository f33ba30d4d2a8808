"""Erasing a customer: what no law keeps goes, what a law keeps tells until when, and nobody comes back unnoticed."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import BigInteger, func, select, text
from sqlalchemy.exc import DBAPIError

from portal import purging
from portal.accounts.models import Account
from portal.catalogues.cookies import Category as CookieCategory
from portal.catalogues.fields import Category
from portal.catalogues.retention import RetentionRule
from portal.catalogues.sources import Source
from portal.consents import ledger
from portal.consents import services as consents
from portal.consents.models import ConsentDetail, ConsentRecord, Method, Surface
from portal.core import audit, clock
from portal.core.audit import AuditAction
from portal.core.db import Model, db, transaction
from portal.core.errors import NotFound, RuleViolation
from portal.customer_accounts import closing
from portal.messages.models import Message
from portal.permissions import services as permissions
from portal.permissions.models import (
    Channel,
    Choice,
    CurrentPermission,
    MarketingType,
    PermissionEvent,
    State,
    Suppression,
)
from portal.register.marketing_list import marketing_list
from portal.register.models import (
    Billing,
    Consumption,
    Customer,
    Erasure,
    ErasureReason,
    Feedback,
    Invoice,
    MeteringSite,
    RecordedCall,
)
from portal.register.searching import search
from portal.subject_requests import erasing, erasing_labels, handling
from portal.subject_requests import services as requests
from portal.subject_requests.erasing import EraseProblem
from portal.subject_requests.erasure_plan import Outcome, Part, Why
from portal.subject_requests.kinds import Kind
from portal.subject_requests.models import SubjectRequest
from tests.factories import make_account, make_customer
from tests.purging.records import add, call, consumption, feedback, invoice
from tests.register.importing.files import NUMBERS, billing, customer, import_lines, permission, site
from tests.subject_requests.people import CLERK, DECIDER, answer, customer_actor

R = RetentionRule


def rows(model: type[Model]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def erase(customer_id: int, **options: Any) -> Outcome:
    return erasing.erase(
        customer_id=customer_id,
        **{"reason": ErasureReason.REQUEST, "actor": DECIDER, "now": clock.now(), **options},
    )


def part(outcome: Outcome, kind: Category | RetentionRule) -> Part | None:
    return next((part for part in outcome.parts if part.kind is kind), None)


def listed() -> set[str]:
    """Everybody on any marketing list."""
    return {
        contact.customer_number
        for type in MarketingType
        for channel in Channel
        for contact in marketing_list(type=type, channel=channel, actor=CLERK, now=clock.now())
    }


def ask(customer_id: int, kind: Kind = Kind.ERASURE) -> SubjectRequest:
    return requests.submit(
        kind, customer_id=customer_id, text="Poistakaa.", actor=customer_actor(customer_id), now=clock.now()
    )


# --- By category


def test_of_a_customer_with_a_contract_the_law_keeps_what_it_keeps_with_its_date(context: Flask) -> None:
    whose = make_customer().id
    add(
        consumption(whose, date(2026, 10, 1)),
        invoice(whose, date(2019, 5, 5)),  # kept until 31.12.2025: gone by now
        invoice(whose, date(2026, 5, 5)),
        feedback(whose, date(2026, 10, 1)),
        call(whose, date(2028, 1, 1)),
    )
    outcome = erase(whose)
    assert not outcome.is_entire
    law = {"why": Why.LAW}
    assert part(outcome, Category.CUSTOMER) == Part(kind=Category.CUSTOMER, rule=R.CUSTOMER_RELATIONSHIP, kept=1, **law)
    assert part(outcome, Category.SITE) == Part(kind=Category.SITE, rule=R.CUSTOMER_RELATIONSHIP, kept=1, **law)
    assert part(outcome, Category.BILLING) == Part(kind=Category.BILLING, rule=R.CUSTOMER_RELATIONSHIP, kept=1, **law)
    assert part(outcome, Category.CONSUMPTION) == Part(
        kind=Category.CONSUMPTION, rule=R.METERING, kept=1, kept_until=date(2032, 10, 31), **law
    )
    assert part(outcome, Category.PAYMENTS) == Part(
        kind=Category.PAYMENTS, rule=R.ACCOUNTING, deleted=1, kept=1, kept_until=date(2032, 12, 31), **law
    )
    assert part(outcome, Category.FEEDBACK) == Part(kind=Category.FEEDBACK, rule=R.CONTACTS, deleted=1)
    assert part(outcome, Category.CALLS) == Part(kind=Category.CALLS, rule=R.RECORDINGS, deleted=1)
    assert [rows(model) for model in (Customer, MeteringSite, Billing, Consumption, Invoice)] == [1, 1, 1, 1, 1]
    assert (rows(Feedback), rows(RecordedCall)) == (0, 0)


def test_what_is_kept_goes_on_the_day_that_was_told(context: Flask) -> None:
    whose = make_customer(contract_ended_on=date(2021, 3, 1)).id
    add(invoice(whose, date(2021, 2, 1)))
    outcome = erase(whose)
    root = part(outcome, Category.CUSTOMER)
    assert root is not None and root.kept_until == date(2027, 12, 31)
    purging.apply(now=datetime(2027, 12, 31, 12, tzinfo=UTC))
    assert rows(Customer) == 1
    purging.apply(now=datetime(2027, 12, 31, 22, tzinfo=UTC))
    assert rows(Customer) == 0


def test_a_former_customer_of_whom_no_law_keeps_anything_goes_entirely(context: Flask) -> None:
    whose = make_customer(contract_ended_on=date(2018, 3, 1)).id
    add(feedback(whose, date(2026, 10, 1)))
    outcome = erase(whose)
    assert outcome.is_entire
    kept = {part.kind for part in outcome.kept}
    assert kept == {R.AUDIT}
    assert [rows(model) for model in (Customer, MeteringSite, Billing, Feedback)] == [0, 0, 0, 0]


def test_a_potential_customer_goes_entirely_whatever_is_there(context: Flask) -> None:
    whose = make_customer(status="potential", has_site=False, holds_permission=True, name="Onni Kaislaranta").id
    add(invoice(whose, date(2026, 5, 5)))
    assert erase(whose).is_entire
    assert [rows(model) for model in (Customer, Invoice, CurrentPermission, PermissionEvent)] == [0, 0, 0, 0]
    assert search("Kaislaranta").rows == []


def test_only_granted_categories_are_erased(context: Flask) -> None:
    person = make_account(email="aino@example.com")
    whose = person.customer_id or 0
    add(feedback(whose, date(2026, 10, 1)), call(whose, date(2028, 1, 1)))
    outcome = erase(whose, granted={Category.CALLS})
    refused = part(outcome, Category.FEEDBACK)
    assert refused is not None and (refused.kept, refused.why) == (1, Why.NOT_GRANTED)
    assert [rows(model) for model in (Customer, Account, Feedback, RecordedCall)] == [1, 1, 1, 0]
    assert rows(CurrentPermission) == 0


# --- Account, cookie choices, mails, requests


def test_the_account_and_what_leads_from_cookie_choices_to_it_go_and_the_chain_stays_whole(context: Flask) -> None:
    person = make_account(email="aino@example.com")
    actor = customer_actor(person.customer_id or 0)
    actor = type(actor)(person.account_id, actor.role, actor.unit, actor.customer_id)
    consents.record_choice(
        consents.NO_CHOICE,
        method=Method.SAVE,
        wanted=frozenset({CookieCategory.ANALYTICS}),
        surface=Surface.SETTINGS,
        language="en",
        texts=[],
        gpc=False,
        now=clock.now(),
        actor=actor,
    )
    outcome = erase(person.customer_id or 0)
    assert part(outcome, R.COOKIE_CHOICES) == Part(kind=R.COOKIE_CHOICES, rule=R.COOKIE_CHOICES, deleted=1)
    assert [rows(model) for model in (Account, ConsentDetail, ConsentRecord)] == [0, 0, 1]
    assert ledger.verify().ok
    assert audit.verify().ok


def test_choices_made_in_an_account_that_was_closed_before_go_too(context: Flask) -> None:
    person = make_account(email="aino@example.com")
    consents.allow_functional_by_sign_in(
        None, texts=[], language="en", account_id=person.account_id, now=clock.now(), gpc=False
    )
    closing.close(account_id=person.account_id, now=clock.now())
    assert rows(ConsentDetail) == 1
    erase(person.customer_id or 0)
    assert rows(ConsentDetail) == 0


def test_mails_that_were_sent_and_other_requests_go_and_the_request_itself_stays(context: Flask) -> None:
    whose = make_customer(contract_ended_on=date(2018, 3, 1), email="aino@example.com")
    old = requests.opt_out(customer_id=whose.id, actor=customer_actor(whose.id), now=clock.now(), text="Ei kiitos.")
    case = ask(whose.id)
    with transaction():
        for message in db.session.scalars(select(Message).where(Message.subject.contains(old.public_id))):
            message.status = "sent"
    outcome = erase(whose.id, case=case.public_id)
    assert part(outcome, R.REQUESTS) == Part(kind=R.REQUESTS, rule=R.REQUESTS, deleted=1)
    db.session.expire_all()
    left = {found.public_id: found for found in db.session.scalars(select(SubjectRequest))}
    assert (left[old.public_id].text, left[old.public_id].customer_id) == (None, None)
    assert left[case.public_id].text == "Poistakaa."
    # the answer still finds its way
    assert (left[case.public_id].customer_id, left[case.public_id].contact) == (None, "aino@example.com")
    assert erasing.outcome_of(case.public_id) == outcome
    messages = db.session.scalars(select(Message)).all()
    assert messages and all(message.customer_id is None for message in messages)


def test_the_answer_to_a_decided_erasure_goes_out_after_it(context: Flask) -> None:
    whose = make_customer(contract_ended_on=date(2018, 3, 1), email="aino@example.com")
    case = ask(whose.id)
    handling.take(public_id=case.public_id, actor=DECIDER, now=clock.now())
    erase(whose.id, case=case.public_id)
    with transaction():
        found = db.session.scalar(select(SubjectRequest).where(SubjectRequest.public_id == case.public_id))
        assert found is not None
        assert requests.cases.mail_customer(found, "answered", actor=DECIDER, now=clock.now())


def test_another_open_request_stands_in_the_way(context: Flask) -> None:
    whose = make_customer().id
    case = ask(whose)
    ask(whose, Kind.ACCESS)
    with pytest.raises(RuleViolation) as refusal:
        erase(whose, case=case.public_id)
    assert refusal.value.code is EraseProblem.OPEN_CASES
    assert rows(Erasure) == 0


def test_a_recording_that_an_access_request_is_about_stays_sixty_days(context: Flask) -> None:
    whose = make_customer(contract_ended_on=date(2018, 3, 1)).id
    make_account(customer_id=whose)  # where the copy is, so that nothing waits to be given by hand
    add(call(whose, date(2028, 1, 1)))
    answer(ask(whose, Kind.ACCESS))
    outcome = erase(whose)
    assert part(outcome, Category.CALLS) == Part(
        kind=Category.CALLS, rule=R.RECORDINGS, kept=1, kept_until=date(2027, 1, 23), why=Why.FROZEN
    )
    assert (rows(Customer), rows(RecordedCall)) == (1, 1)


def test_a_preview_tells_the_same_and_writes_nothing(context: Flask) -> None:
    whose = make_customer().id
    add(feedback(whose, date(2026, 10, 1)))
    foretold = erasing.preview(whose, now=clock.now())
    assert (rows(Feedback), rows(Erasure)) == (1, 0)
    assert erase(whose) == foretold


def test_nobody_is_erased_twice(context: Flask) -> None:
    whose = make_customer(contract_ended_on=date(2018, 3, 1)).id
    erase(whose)
    with pytest.raises(NotFound):
        erase(whose)


def test_it_is_on_the_trail_and_on_a_list_that_names_nobody_and_is_not_changed(context: Flask) -> None:
    whose = make_customer(name="Aino Esimerkki", contract_ended_on=date(2018, 3, 1))
    erase(whose.id, case="K7F3-9QTD")
    event = next(entry for entry in audit.latest() if entry.event.action is AuditAction.CUSTOMER_ERASED)
    assert event.detail is not None
    assert (event.detail.subject, event.detail.case, event.detail.purpose) == (whose.id, "K7F3-9QTD", "request")
    (stored,) = db.session.execute(text("SELECT * FROM erasure")).mappings()
    assert not any(secret in str(dict(stored)) for secret in (whose.number, str(whose.id), "Aino", whose.email or "-"))
    for statement in ("DELETE FROM erasure", "UPDATE erasure SET is_entire = false"):
        with pytest.raises(DBAPIError, match="append-only"), transaction():
            db.session.execute(text(statement))


def test_nothing_that_leads_to_an_erased_person_is_left_in_any_table(context: Flask) -> None:
    person = make_account(email="aino@example.com")
    whose = person.customer_id or 0
    with transaction() as session:
        session.get_one(Customer, whose).contract_ended_on = date(2018, 3, 1)
    add(feedback(whose, date(2026, 10, 1)), call(whose, date(2028, 1, 1)))
    requests.opt_out(customer_id=whose, actor=customer_actor(whose), now=clock.now(), text="Ei kiitos.")
    case = ask(whose)
    assert erase(whose, case=case.public_id).is_entire
    pointing = {}
    for table in Model.metadata.sorted_tables:
        for column in table.columns:
            is_named = column.name in ("customer_id", "subject") or column.name.endswith("account_id")
            if is_named and isinstance(column.type, BigInteger):
                found = db.session.scalar(
                    select(func.count()).select_from(table).where(column.in_([whose, person.account_id]))
                )
                pointing |= {f"{table.name}.{column.name}": found} if found else {}
    # the trail's details have a time of their own
    assert pointing.keys() <= {"audit_detail.subject"}


def test_of_a_kept_customer_every_table_has_been_decided(context: Flask) -> None:
    known = {table.name for table in Model.metadata.sorted_tables}
    assert known >= erasing.STAYS
    beside = {table.name for table, _pointer in erasing._tables_beside()}
    assert beside >= {"disclosure", "customer_opening", "register_conflict", "activation"}


# --- Nobody comes back unnoticed


def imported(tmp_path: Path, *lines: dict[str, Any]) -> Any:
    return import_lines(tmp_path, list(lines))


def test_an_erased_customer_who_is_imported_again_is_on_no_marketing_list(context: Flask, tmp_path: Path) -> None:
    since = [permission(type=t, channel=c, given_on="2026-11-24") for t in MarketingType for c in Channel]
    contacts = {"email": "aino@example.com", "phone": "0440001234", "billing": billing()}
    line = customer(0, sites=[site(0)], contract_ended_on="2018-03-01", permissions=since, **contacts)
    imported(tmp_path, line)
    whose = db.session.scalar(select(Customer))
    assert whose is not None
    with transaction():
        db.session.scalars(select(MeteringSite)).one().contract_until = date(2018, 3, 1)
    assert erase(whose.id).is_entire
    assert rows(Suppression) > 0
    counts = imported(tmp_path, line)
    assert (counts.created, counts.rejected) == (0, 1)
    # the same person under another number, whatever that system says was permitted
    counts = imported(tmp_path, {**line, "customer_number": NUMBERS[3], "contract_ended_on": None})
    assert counts.created == 1
    assert listed() == set()


def test_a_line_about_an_erased_customer_is_refused_unless_a_contract_was_made_since(
    context: Flask, tmp_path: Path
) -> None:
    line = customer(0, sites=[site(0)], contract_ended_on="2018-03-01")
    imported(tmp_path, line)
    whose = db.session.scalars(select(Customer)).one()
    with transaction():
        db.session.scalars(select(MeteringSite)).one().contract_until = date(2018, 3, 1)
    assert erase(whose.id).is_entire
    refused = imported(tmp_path, line)
    assert (refused.rejected, refused.created) == (1, 0)
    again = imported(
        tmp_path, {**line, "sites": [{**site(0), "contract_from": "2026-11-25"}], "contract_ended_on": None}
    )
    assert (again.rejected, again.created) == (0, 1)


def test_of_an_erased_customer_with_a_contract_what_was_erased_does_not_come_back(
    context: Flask, tmp_path: Path
) -> None:
    told = {"feedback_channel": "phone", "feedback_category": "outage", "feedback_status": "answered"}
    before = {**told, "feedback_received_on": "2026-11-20", "feedback_text": "Vanha."}
    after = {**told, "feedback_received_on": "2026-11-25", "feedback_text": "Uusi."}
    imported(tmp_path, customer(0, sites=[site(0)], feedback=[before]))
    whose = db.session.scalars(select(Customer)).one()
    erase(whose.id)
    assert rows(Feedback) == 0
    counts = imported(tmp_path, customer(0, sites=[site(0)], feedback=[before]))
    assert (counts.kept_out, rows(Feedback)) == (1, 0)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(clock, "now", lambda: datetime(2026, 11, 26, tzinfo=UTC))
        counts = imported(tmp_path, customer(0, sites=[site(0)], feedback=[before, after]))
    assert (counts.kept_out, db.session.scalars(select(Feedback.text)).all()) == (1, ["Uusi."])


def test_a_purged_potential_customer_comes_back_by_a_permission_given_since_alone(
    context: Flask, tmp_path: Path
) -> None:
    line = customer(0, status="potential", permissions=[permission(given_on="2026-11-01")])
    imported(tmp_path, line)
    whose = db.session.scalars(select(Customer)).one()
    permissions.choose(
        customer_id=whose.id,
        type=MarketingType(line["permissions"][0]["type"]),
        channel=Channel(line["permissions"][0]["channel"]),
        choice=Choice.WITHDRAW,
        source=Source.CUSTOMER_CONTACT,
        actor=CLERK,
        now=clock.now(),
    )
    purging.apply(now=clock.now())
    assert rows(Customer) == 0
    counts = imported(tmp_path, line)
    assert (counts.created, counts.dropped_without_permission) == (0, 1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(clock, "now", lambda: datetime(2026, 11, 26, tzinfo=UTC))
        counts = imported(tmp_path, customer(0, status="potential", permissions=[permission(given_on="2026-11-25")]))
    assert (counts.created, counts.dropped_without_permission) == (1, 0)


def test_what_is_over_is_not_imported_again(context: Flask, tmp_path: Path) -> None:
    told = {"feedback_channel": "phone", "feedback_category": "outage", "feedback_status": "answered"}
    old = {**told, "feedback_received_on": "2023-11-23", "feedback_text": "Vanha."}
    kept = {**told, "feedback_received_on": "2023-11-24", "feedback_text": "Vielä tänään."}
    counts = imported(tmp_path, customer(0, sites=[site(0)], feedback=[old, kept]))
    assert (counts.kept_out, db.session.scalars(select(Feedback.text)).all()) == (1, ["Vielä tänään."])
    assert all(row.deleted == 0 for row in purging.apply(now=clock.now()))


def test_a_kept_customer_is_forbidden_everything(context: Flask) -> None:
    whose = make_customer(email="aino@example.com").id
    assert listed() != set()
    erase(whose)
    states = db.session.scalars(select(CurrentPermission.state)).all()
    assert (set(states), len(states)) == ({State.PROHIBITION}, 16)
    assert listed() == set()


# --- In words


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            {
                "Customer details": "Kept: Six years from the end of the contract (Electricity Market Act, section "
                "75 c). The day is not known yet, since the contract is in force.",
                "Invoices and payments": "Partly deleted. Kept until 31 December 2032 (Accounting Act, chapter 2, "
                "section 10), and then deleted.",
                "Feedback": "Deleted.",
            },
        ),
    ],
)
def test_the_outcome_is_told_in_words(context: Flask, language: str, lines: dict[str, str]) -> None:
    whose = make_customer().id
    add(invoice(whose, date(2019, 5, 5)), invoice(whose, date(2026, 5, 5)), feedback(whose, date(2026, 10, 1)))
    outcome = erase(whose)
    with context.test_request_context():
        told = {line.what: line.sentence for line in erasing_labels.told(outcome.parts, language)}
    assert {what: told[what] for what in lines} == lines


def test_every_reason_to_keep_has_its_sentence(context: Flask) -> None:
    day = date(2027, 1, 23)
    kept = [(why, day) for why in Why] + [(Why.LAW, None), (Why.PROOF, None)]
    parts = [
        Part(kind=Category.BILLING, rule=R.CUSTOMER_RELATIONSHIP, kept=1, kept_until=until, why=why)
        for why, until in kept
    ]
    with context.test_request_context():
        sentences = {line.sentence for line in erasing_labels.told(parts, "en")}
    assert len(sentences) == len(kept)
    assert sum("23 January 2027" in sentence for sentence in sentences) == 3
