"""Where paper is kept, and when it was destroyed."""

from datetime import date

import pytest
from flask import Flask

from portal.core import audit
from portal.core.errors import NotFound, RuleViolation, Stale
from portal.register.care import manual_material
from portal.register.care.kinds import CareProblem
from portal.register.care.models import ManualMaterial
from tests.conftest import START
from tests.factories import make_customer
from tests.register.care.served import a_paper
from tests.subject_requests.people import CLERK

TODAY = date(2026, 11, 24)


@pytest.fixture
def customer_id(context: Flask) -> int:
    return make_customer().id


def record(customer_id: int, **values: object) -> ManualMaterial:
    return manual_material.record(customer_id=customer_id, told=a_paper(**values), actor=CLERK, now=START)


def destroy(paper: ManualMaterial, on: date = TODAY) -> ManualMaterial:
    return manual_material.destroyed(
        paper_id=paper.id, customer_id=paper.customer_id, destroyed_on=on, actor=CLERK, now=START
    )


def rooms_listed(room: str = "", *, with_destroyed: bool = False) -> list[str]:
    lines = manual_material.listed(room=room, with_destroyed=with_destroyed, limit=10)
    assert manual_material.listed_count(room=room, with_destroyed=with_destroyed) == len(lines)
    return [line.paper.room for line in lines]


def test_paper_is_listed_by_room_until_it_is_destroyed(customer_id: int) -> None:
    record(customer_id, room="  Arkisto   2 ")
    gone = record(customer_id, room="Arkisto 1")
    assert (rooms_listed(), manual_material.rooms()) == (["Arkisto 1", "Arkisto 2"], ["Arkisto 1", "Arkisto 2"])
    destroy(gone)
    assert (rooms_listed(), rooms_listed("Arkisto 1")) == (["Arkisto 2"], [])
    assert rooms_listed("Arkisto 1", with_destroyed=True) == ["Arkisto 1"]
    assert [paper.room for paper in manual_material.of_customer(customer_id)] == ["Arkisto 2", "Arkisto 1"]
    assert audit.latest(limit=1)[0].event.action.value == "manual-material:destroy"


def test_destruction_is_told_once(customer_id: int) -> None:
    paper = record(customer_id)
    for wrong, code in ((date(2026, 11, 25), CareProblem.FUTURE), (date(2019, 4, 29), CareProblem.BEFORE_BEGINNING)):
        with pytest.raises(RuleViolation) as refusal:
            destroy(paper, wrong)
        assert refusal.value.code is code
    destroy(paper)
    destroy(paper)
    with pytest.raises(Stale):
        destroy(paper, date(2026, 11, 20))


def test_what_does_not_fit_is_refused(customer_id: int) -> None:
    for values in ({"kept_since": date(2026, 11, 25)}, {"room": "280285-901N"}, {"shelf": "kansio 280285-901N"}):
        with pytest.raises(RuleViolation):
            record(customer_id, **values)
    assert manual_material.rooms() == []


def test_somebody_elses_paper_is_not_found(customer_id: int) -> None:
    with pytest.raises(NotFound):
        manual_material.one(record(customer_id).id, customer_id=make_customer().id)


def test_a_form_sent_twice_makes_one_row(customer_id: int) -> None:
    assert record(customer_id, once="k").id == record(customer_id, once="k").id


def test_a_hidden_customer_is_not_on_the_list(context: Flask) -> None:
    record(make_customer(status="potential", has_site=False).id)
    assert rooms_listed() == []
