"""What ended requests said goes in time; their bare course stays, of which the figures are made.

Whatever belongs to a case and is encrypted counts as its words: tables that come later are emptied too.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Table, and_, delete, func, or_, select, update

from portal.catalogues.retention import RULES, RetentionRule
from portal.core.db import Model, db, table_of
from portal.core.purging import Purge
from portal.subject_requests.holds import has_open_tasks
from portal.subject_requests.kinds import Status
from portal.subject_requests.models import SubjectRequest

CASE = table_of(SubjectRequest)
SECRET = "_encrypted"
# Plain text that names somebody or may
NAMING = {"subject_request": ("late_reason", "document_checked_by", "once_key"), "recipient_task": ("note",)}
ENDED_AT = func.coalesce(SubjectRequest.ended_at, SubjectRequest.answered_at)


def _parts() -> Iterator[tuple[Table, ColumnElement[int]]]:
    """The case itself and the tables that point to it, each with the column that names the case."""
    yield CASE, CASE.c.id
    for table in Model.metadata.sorted_tables:
        for pointer in table.foreign_keys:
            if pointer.column is CASE.c.id and table is not CASE:
                yield table, pointer.parent


def _words(table: Table) -> list[Column[object]]:
    naming = NAMING.get(table.name, ())
    return [column for column in table.columns if column.name.endswith(SECRET) or column.name in naming]


def _says_something() -> ColumnElement[bool]:
    """Whose it was, or any word of it, is still there."""
    said: list[ColumnElement[bool]] = [CASE.c.customer_id.is_not(None)]
    for table, pointer in _parts():
        filled = or_(*(column.is_not(None) for column in _words(table))) if _words(table) else None
        if filled is None:
            continue
        said.append(filled if table is CASE else select(1).where(pointer == CASE.c.id, filled).exists())
    return or_(*said)


def _is_over(now: datetime) -> ColumnElement[bool]:
    return and_(
        or_(SubjectRequest.ended_at.is_not(None), SubjectRequest.status == Status.ANSWERED),
        RULES[RetentionRule.REQUESTS].due_before(now) > ENDED_AT,
        _says_something(),
    )


def empty(ids: Sequence[int], _now: datetime | None = None) -> int:
    """Take the words of cases, and whose they were; returns how many cases. Inside transaction().

    No message waits in them any more: there is nothing to read, and nobody to answer.
    """
    for table, pointer in _parts():
        if words := _words(table):
            _empty_table(table, pointer, words, ids)
    db.session.execute(update(CASE).where(CASE.c.id.in_(ids)).values(customer_id=None, unread_since=None))
    return len(ids)


def _empty_table(
    table: Table, pointer: ColumnElement[int], words: Collection[Column[object]], ids: Sequence[int]
) -> None:
    if all(column.nullable for column in words):
        statement = update(table).where(pointer.in_(ids)).values(dict.fromkeys((c.name for c in words), None))
        db.session.execute(statement)
    else:
        db.session.execute(delete(table).where(pointer.in_(ids)))


PURGES = (
    Purge(
        rule=RetentionRule.REQUESTS,
        table=CASE,
        due=_is_over,
        dated=ENDED_AT,
        customer=CASE.c.customer_id,
        held=lambda _now: and_(SubjectRequest.status == Status.ANSWERED, has_open_tasks()),
        remove=empty,
    ),
)
