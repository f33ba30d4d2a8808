"""Finding events: each filter alone and together, bounded, and exact where a clock was set back."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, event

from portal.core import audit, audit_search, checkpoints, clock
from portal.core.audit import Actor, AuditAction, AuditDetail
from portal.core.audit_search import Criteria, Search
from portal.core.db import db, transaction
from portal.core.roles import Role
from portal.core.settings import settings

CLERK = Actor(account_id=11, role=Role.CLERK, unit="customer-service")
OTHER = Actor(account_id=12, role=Role.CLERK, unit="customer-service")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def _record(action=AuditAction.CUSTOMER_VIEWED, *, actor=CLERK, now=NOON, **told):
    with transaction():
        return audit.record(action, actor=actor, now=now, **told)


def _found(**criteria):
    search = Search(Criteria(**criteria))
    numbers = [entry.event.seq for entry in search.entries(limit=100)]
    assert search.count() == len(numbers)
    return numbers


@pytest.fixture
def file(context):
    """The file of checkpoints, which is not there before and after."""
    file = settings().instance / checkpoints.FILE
    file.unlink(missing_ok=True)
    yield file
    file.unlink(missing_ok=True)


@pytest.fixture
def trail(context):
    audit.request_id.set("aaaa")
    _record(subject=7, case="K7F3-9QTD")  # 1
    _record(AuditAction.SIGN_IN_FAILED, object="account:11", outcome="refused")  # 2
    audit.request_id.set("bbbb")
    _record(actor=OTHER, subject=8, now=NOON + timedelta(days=1))  # 3
    _record(actor=OTHER, subject=7, now=NOON + timedelta(days=2))  # 4
    _record(AuditAction.AUDIT_VERIFIED, outcome="uncertain", now=NOON + timedelta(days=3))  # 5
    audit.request_id.set(None)


@pytest.mark.parametrize(
    ("criteria", "numbers"),
    [
        ({}, [5, 4, 3, 2, 1]),
        ({"action": AuditAction.CUSTOMER_VIEWED}, [4, 3, 1]),
        ({"actor": 12}, [4, 3]),
        ({"actor": 99}, []),
        ({"subject": 7}, [4, 1]),
        ({"case": "K7F3-9QTD"}, [1]),
        ({"object": "account:11"}, [2]),
        ({"request_id": "bbbb"}, [5, 4, 3]),
        ({"is_refused": True}, [5, 2]),
        ({"is_refused": False}, [4, 3, 1]),
        ({"since": NOON + timedelta(days=1)}, [5, 4, 3]),
        ({"until": NOON + timedelta(days=1)}, [2, 1]),
        ({"since": NOON + timedelta(days=1), "until": NOON + timedelta(days=3)}, [4, 3]),
        ({"since": NOON + timedelta(days=9)}, []),
        ({"until": NOON}, []),
        ({"subject": 7, "actor": 12, "action": AuditAction.CUSTOMER_VIEWED, "since": NOON}, [4]),
        ({"actor": 11, "is_refused": True, "until": NOON + timedelta(days=1)}, [2]),
    ],
)
def test_events_are_found_newest_first(trail, criteria, numbers):
    assert _found(**criteria) == numbers


def test_a_clock_that_was_set_back_hides_nothing(context):
    for day in (0, 5, -3, 1, 6):  # events 1 to 5
        _record(now=NOON + timedelta(days=day))
    assert _found(since=NOON) == [5, 4, 2, 1]
    assert _found(until=NOON + timedelta(days=2)) == [4, 3, 1]
    assert _found(since=NOON - timedelta(days=3), until=NOON) == [3]
    assert _found(since=NOON, until=NOON + timedelta(days=2), actor=11) == [4, 1]


def test_an_event_whose_detail_is_gone_is_found_by_what_is_left(trail):
    with transaction() as session:
        session.execute(delete(AuditDetail).where(AuditDetail.seq == 1))
    assert _found() == [5, 4, 3, 2, 1]
    assert _found(subject=7) == [4]


def test_pages_follow_each_other(trail):
    pages = [Search(Criteria()).entries(limit=2, offset=offset) for offset in (0, 2, 4)]
    assert [[entry.event.seq for entry in page] for page in pages] == [[5, 4], [3, 2], [1]]


def test_what_is_counted_is_bounded(trail, monkeypatch):
    monkeypatch.setattr(audit_search, "MOST", 2)
    assert Search(Criteria()).count() == 3
    assert Search(Criteria(is_refused=True)).count() == 2


def test_a_download_is_an_event(trail):
    entries = audit_search.downloaded(Criteria(subject=7), actor=CLERK, now=NOON)
    assert [entry.event.seq for entry in entries] == [4, 1]
    (last,) = Search(Criteria()).entries(limit=1)
    assert (last.event.action, last.detail.actor, last.detail.purpose) == (AuditAction.AUDIT_EXPORTED, 11, "2-events")


def test_the_standing_tells_how_far_the_trail_is_signed_and_when_it_was_checked(file):
    assert audit_search.standing() == audit_search.Standing(0, 0, None, None)
    _record()
    checkpoints.write(clock.now())
    _record()
    standing = audit_search.standing()
    assert (standing.events, standing.signed_to, standing.signed_at) == (2, 1, clock.now())
    verdict = checkpoints.verify_on_record(actor=CLERK, now=clock.now())
    assert verdict == checkpoints.Verdict(True, 2, 1)
    checked = audit_search.standing().checked
    assert (checked.at, checked.outcome) == (clock.now(), "success")


def test_a_check_that_finds_something_is_put_on_record_so(file):
    _record()
    checkpoints.write(clock.now())
    file.write_text(file.read_text().replace('"count":1', '"count":2'))
    assert checkpoints.verify_on_record(actor=CLERK, now=clock.now()).reason == "checkpoint 1 changed"
    assert audit_search.standing().checked.outcome == "failed"
    file.unlink()
    assert not checkpoints.verify_on_record(actor=CLERK, now=clock.now()).is_certain
    assert audit_search.standing().checked.outcome == "uncertain"


def test_a_torn_or_foreign_last_line_is_no_checkpoint(file):
    _record()
    checkpoints.write(clock.now())
    with file.open("ab") as handle:
        handle.write(b'{"torn')
    assert checkpoints.last().sequence == 1, "a torn line is passed over"
    with file.open("ab") as handle:
        handle.write(b'"}\n')
    assert checkpoints.last() is None


@pytest.mark.parametrize(
    ("criteria", "index"),
    [
        (Criteria(), "SCAN audit_event"),
        (Criteria(action=AuditAction.CUSTOMER_VIEWED), "ix_audit_event_action_seq"),
        (Criteria(is_refused=True), "ix_audit_event_refused"),
        (Criteria(actor=11), "ix_audit_detail_actor_seq"),
        (Criteria(subject=7), "ix_audit_detail_subject"),
        (Criteria(case="K7F3-9QTD"), "ix_audit_detail_case_id"),
        (Criteria(object="account:11"), "ix_audit_detail_object_ref"),
        (Criteria(request_id="aaaa"), "ix_audit_detail_request_id"),
        (Criteria(since=NOON), "INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
        (Criteria(actor=11, since=NOON), "ix_audit_detail_actor_seq (actor=? AND seq>? AND seq<?)"),
        (Criteria(action=AuditAction.CUSTOMER_VIEWED, until=NOON), "action_seq (action=? AND seq>? AND seq<?)"),
    ],
)
def test_an_index_answers_each_filter_in_the_order_of_the_page(context, criteria, index):
    if db.engine.dialect.name != "sqlite":
        pytest.skip("the plans of PostgreSQL follow from how full the tables are")
    plan = _plan(criteria)
    assert index in plan
    assert "TEMP B-TREE" not in plan


def _plan(criteria):
    """How SQLite finds a page of these, in its own words."""
    said = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        said.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        Search(criteria).entries(limit=50)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    statement, parameters = said[-1]
    rows = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return " | ".join(row[3] for row in rows)
