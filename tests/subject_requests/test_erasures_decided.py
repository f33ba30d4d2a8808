"""An erasure that two people have decided is carried out with the decision, and its letter tells what stays."""

import io

from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select

from portal.catalogues.fields import Category
from portal.core.db import db
from portal.register import services as register
from portal.register.models import Feedback, Invoice
from portal.subject_requests import cases, deciding, erasing, handling, services
from portal.subject_requests.kinds import Kind, Outcome, Status
from tests.conftest import START
from tests.own_data.rich_customer import make_rich_customer
from tests.subject_requests.people import CLERK, DECIDER, SECOND_DECIDER, customer_actor, decide


def rows(model: type, customer_id: int) -> int:
    return db.session.scalar(select(func.count()).where(model.customer_id == customer_id)) or 0  # type: ignore[attr-defined]


def test_what_is_approved_is_erased_and_the_letter_tells_what_stays(context: Flask) -> None:
    customer_id = make_rich_customer().customer_id
    case = services.submit(
        Kind.ERASURE, customer_id=customer_id, text="All.", actor=customer_actor(customer_id), now=START
    )
    handling.take(public_id=case.public_id, actor=CLERK, now=START)
    decide(case, Outcome.GRANT, START, actor=DECIDER)
    assert rows(Feedback, customer_id) > 0
    deciding.approve(public_id=case.public_id, actor=SECOND_DECIDER, now=START)
    assert rows(Feedback, customer_id) == 0
    assert rows(Invoice, customer_id) > 0
    assert register.customer_of(customer_id)
    assert erasing.outcome_of(case.public_id) is not None
    handling.answer(public_id=case.public_id, actor=CLERK, now=START)
    letter = cases.letter_of(case)
    assert letter is not None
    assert letter.document is not None
    words = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(letter.document)).pages)
    assert "75\N{NO-BREAK SPACE}c" in words
    db.session.expire_all()
    assert case.status is Status.ANSWERED
    assert Category.FEEDBACK in {part.kind for part in erasing.outcome_of(case.public_id).parts}  # type: ignore[union-attr]
