"""What the worker does about time: once each, whoever is first, and nothing lapses by itself."""

from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core import audit
from portal.core.clock import HELSINKI
from portal.core.db import db
from portal.messages.models import Message
from portal.subject_requests import deadlines, handling, identifying, reminding
from portal.subject_requests.arriving import Arrival
from portal.subject_requests.kinds import Channel, Kind, Outcome, Status
from portal.subject_requests.models import CaseReminder, SubjectRequest
from portal.subject_requests.services import submit
from tests.conftest import START
from tests.factories import make_account, make_customer
from tests.subject_requests.people import decide, phone_correction

CLERK_MAIL, DECIDER_MAIL = "clerk@example.com", "decider@example.com"


@pytest.fixture
def case(context: Flask) -> SubjectRequest:
    """Received on 24.11.2026: to be answered by 23.12., the limit is 28.12. (24.12. is no public holiday)."""
    clerk = make_account("clerk", email=CLERK_MAIL, language="en")
    make_account("decision-maker", email=DECIDER_MAIL, language="fi")
    case = phone_correction(make_customer(email="person@example.com").id, START)
    actor = audit.Actor(account_id=clerk.account_id, role=clerk.role, unit="customer-service")
    handling.take(public_id=case.public_id, actor=actor, now=START)
    return case


def at(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(9), HELSINKI)


def mails_on(day: str) -> list[tuple[str, str]]:
    """Who is told what by the worker's rounds of a day."""
    before = set(db.session.scalars(select(Message.id)))
    for _round in range(2):
        reminding.work(at(day))
    new = db.session.scalars(select(Message).where(Message.id.not_in(before)))
    return [(mail.to or "", mail.subject) for mail in new]


def test_each_reminder_comes_once_and_then_daily_to_the_decision_maker(case: SubjectRequest) -> None:
    assert (case.work_by, case.statutory_on) == (date(2026, 12, 23), date(2026, 12, 24))
    name = case.public_id
    due = (CLERK_MAIL, f"Request {name}: answer by 23 December 2026")
    late = (DECIDER_MAIL, f"Pyyntö {name} on myöhässä: vastaus oli määrä antaa viimeistään 23.12.2026")
    over = (DECIDER_MAIL, f"Pyynnön {name} lain mukainen määräaika on ylitetty")
    told = {
        day: mails_on(day)
        for day in (
            "2026-11-25",
            "2026-12-08",
            "2026-12-09",
            "2026-12-10",
            "2026-12-16",
            "2026-12-22",
            "2026-12-23",
            "2026-12-24",
            "2026-12-25",
            "2026-12-26",
        )
    }
    assert told == {
        "2026-11-25": [],
        "2026-12-08": [],
        "2026-12-09": [due],  # ten working days before
        "2026-12-10": [],
        "2026-12-16": [due],  # five
        "2026-12-22": [due],  # one
        "2026-12-23": [],
        "2026-12-24": [late],
        "2026-12-25": [over],
        "2026-12-26": [over],
    }
    assert case.status is Status.IN_REVIEW


def test_reminders_name_no_customer_and_no_identity_code(case: SubjectRequest) -> None:
    mails_on("2026-12-22")
    mail = db.session.scalars(select(Message).order_by(Message.queued_at.desc())).first()
    assert mail is not None
    assert "Testi" not in f"{mail.subject} {mail.body}"
    assert mail.customer_id is None
    assert f"/en/desk/requests/{case.public_id}" in (mail.body or "")


def test_what_nobody_handles_is_told_to_the_decision_makers(case: SubjectRequest) -> None:
    case.assignee_account_id = None
    db.session.commit()
    assert [to for to, _ in mails_on("2026-12-22")] == [DECIDER_MAIL]


def test_a_clock_that_stands_still_reminds_nobody(case: SubjectRequest) -> None:
    actor = audit.Actor(account_id=1, role=handling.directory.account_of(case.assignee_account_id or 0).role, unit="x")
    identifying.ask_identity(public_id=case.public_id, reason="d", question="q", actor=actor, now=START)
    assert [to for to, _ in mails_on("2026-12-22")] == ["person@example.com"], "only the reminder of the question"
    assert db.session.scalars(select(CaseReminder)).all() == []


def test_a_stranger_is_reminded_once_half_way_and_the_request_does_not_lapse(case: SubjectRequest) -> None:
    actor = audit.Actor(account_id=1, role=handling.directory.account_of(case.assignee_account_id or 0).role, unit="x")
    identifying.ask_identity(public_id=case.public_id, reason="d", question="q", actor=actor, now=START)
    assert mails_on("2026-12-07") == []
    assert [to for to, _ in mails_on("2026-12-08")] == ["person@example.com"]
    assert mails_on("2027-06-01") == []
    assert case.status is Status.IDENTITY_PENDING


def test_whom_no_mail_reaches_does_not_count_as_reminded(context: Flask) -> None:
    case = submit(
        Kind.ACCESS,
        customer_id=None,
        contact="+358440001234",
        text="All.",
        actor=audit.SYSTEM,
        now=START,
        arrival=Arrival(channel=Channel.LETTER, received_on=START.date()),
    )
    identifying.ask_identity(public_id=case.public_id, reason="d", question="q", actor=audit.SYSTEM, now=START)
    reminding.work(START + timedelta(days=20))
    db.session.expire_all()
    assert case.identity_reminded_at is None


def test_dates_are_counted_again_when_the_table_of_holidays_changes(
    case: SubjectRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reminding.recount(START) == 0
    off = deadlines._public_holidays

    def with_a_new_holiday(year: int) -> frozenset[date]:
        return off(year) | {date(2026, 12, 24)}

    monkeypatch.setattr(deadlines, "_public_holidays", with_a_new_holiday)
    monkeypatch.setattr(deadlines, "HOLIDAY_TABLE", "holidays 99 FI")
    assert reminding.recount(START) == 1
    assert reminding.recount(START) == 0
    db.session.expire_all()
    assert (case.statutory_on, case.holiday_table_version) == (date(2026, 12, 28), "holidays 99 FI")
    newest = audit.latest(limit=1)[0].detail
    assert newest is not None
    assert (newest.purpose, newest.case) == ("recount", case.public_id)
    assert newest.object == "statutory:2026-12-24>2026-12-28"


def test_an_answered_case_ends_by_itself_when_nothing_is_left_to_do(case: SubjectRequest) -> None:
    actor = audit.Actor(account_id=1, role=handling.directory.account_of(case.assignee_account_id or 0).role, unit="x")
    decide(case, Outcome.GRANT, START, actor=actor)
    handling.answer(public_id=case.public_id, actor=actor, now=START)
    reminding.work(START + timedelta(days=59))
    assert case.status is Status.ANSWERED
    reminding.work(START + timedelta(days=60))
    db.session.expire_all()
    assert case.status is Status.CLOSED
