"""What somebody with bad intentions, or none, could do with requests."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.core import audit, clock
from portal.core.audit import VISITOR
from portal.core.db import db
from portal.messages.models import Message
from portal.permissions.models import Channel, MarketingType
from portal.permissions.services import may_contact
from portal.subject_requests import handling, opting_out
from portal.subject_requests.kinds import Outcome
from portal.subject_requests.models import SubjectRequest
from tests.conftest import FrozenClock
from tests.factories import make_customer
from tests.subject_requests.people import DECIDER, correction, decide, phone_correction


def _opt_out(contact: str) -> None:
    opting_out.opt_out_by_contact(
        contact, channels=[Channel.EMAIL, Channel.POST], language="en", actor=VISITOR, now=clock.now()
    )


def test_a_stranger_who_sends_the_opt_out_again_and_again_makes_one_case_and_one_mail_a_day(
    context: Flask, frozen_clock: FrozenClock
) -> None:
    customer = make_customer(email="sirpa@example.com")
    for _ in range(3):
        _opt_out("sirpa@example.com")
    counts = [db.session.scalar(select(func.count()).select_from(table)) for table in (SubjectRequest, Message)]
    assert counts == [1, 1]
    assert not may_contact(customer_id=customer.id, type=MarketingType.DIRECT_ADVERTISING, channel=Channel.POST)
    frozen_clock.advance(timedelta(days=1))
    _opt_out("sirpa@example.com")
    assert db.session.scalar(select(func.count()).select_from(SubjectRequest)) == 2


@pytest.mark.parametrize("typed", ["Aino 😀 漢字", "Áŋŋel Čearru", "Пётр", "name\ue000\U0001f469\u200d\U0001f4bb"])
def test_signs_of_any_script_do_not_keep_an_answer_from_being_written(context: Flask, typed: str) -> None:
    customer = make_customer()
    now = clock.now()
    case = correction(customer.id, now, "name", f"seen {typed}", "Uusi Nimi")
    handling.take(public_id=case.public_id, actor=DECIDER, now=now)
    decide(case, Outcome.GRANT, now, actor=DECIDER, reasons=typed, seen_mark=_mark(case))
    letter = handling.answer(public_id=case.public_id, actor=DECIDER, now=now)
    assert letter.document is not None and letter.document.startswith(b"%PDF-")


def _mark(case: SubjectRequest) -> str:
    from portal.subject_requests import cases, corrections

    return corrections.compared(case, cases.items_of(case))[0].seen_mark


@pytest.mark.parametrize("step", ["note", "assign", "decide"])
def test_a_case_shown_because_a_form_had_a_mistake_is_a_viewing_too(app: Flask, sign_in, step: str) -> None:
    with app.app_context():
        customer = make_customer()
        public_id = phone_correction(customer.id, clock.now()).public_id
    pages = sign_in("clerk")
    pages.get("/en/desk/requests")
    pages.get("/en/desk/requests/new")
    page = pages.post(f"/en/desk/requests/{public_id}", {"step": step, "text": "x" * 20_000, "assignee": "nobody"})
    assert page.status == 422 and customer.name in page.text
    with app.app_context():
        assert [entry.detail.unit for entry in audit.viewings_of(customer.id) if entry.detail] == ["customer-service"]


def test_what_a_customer_says_they_saw_has_a_limit(app: Flask, sign_in) -> None:
    pages = sign_in("customer")
    page = pages.submit("/en/my/requests/new/correction?field=phone", {"items-0-current": "x" * 10_001})
    assert page.status == 422
