"""No page asks the database more than a fixed small number of times, however much there is."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core import clock
from portal.core.db import db
from portal.demo import loading
from portal.subject_requests.kinds import Kind
from portal.subject_requests.models import SubjectRequest
from tests.addresses import some_of_each
from tests.factories import person_of_demo, signed_in
from tests.pages import BROWSER, Pages, watched_queries

MOST = 50  # a page, or a file, of everything about one person
EACH = 2  # of the pages of one kind


@pytest.mark.parametrize("customers", [12, 60])
def test_no_page_asks_more_often_than_a_fixed_number_of_times(app: Flask, customers: int) -> None:
    with app.app_context():
        loading.load(now=clock.now(), customers=customers)
        people = [person_of_demo(name) for name in ("aino", "decider1", "marketing1", "admin1")]
        weighed = db.session.scalars(select(SubjectRequest.public_id).where(SubjectRequest.kind == Kind.ERASURE)).all()
        db.session.remove()
    paths = list(dict.fromkeys([*some_of_each(app, EACH), *(f"/en/desk/requests/{case}" for case in weighed)]))
    opened, too_often = set(), []
    for person in people:
        pages = signed_in(Pages(app), person=person)
        for path in paths:
            if re.fullmatch(r"/en/desk/customers/\d+", path):
                pages.post(path, {"purpose": "contact"})
        for path in paths:
            with watched_queries(app) as asked:
                status = pages.browser.get(path, headers=BROWSER).status_code
            if status == 200:
                opened.add(path)
                if len(asked) > MOST:
                    too_often.append(f"{path}: {len(asked)}")
    assert too_often == []
    assert len(opened) > 80
