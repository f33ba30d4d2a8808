"""What went wrong between us and the database: whether it helps to try again, and what a person is told."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError, TimeoutError

from portal.core.db import UnsureCommit, db

CONFLICTS = frozenset({"40001", "40P01"})  # PostgreSQL gave up this one of two transactions; nothing of it was done
READ_ONLY = "25006"
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})


class Trouble(StrEnum):
    CONFLICT = "conflict"  # nothing was done, and the next try may well succeed
    READ_ONLY = "read-only"  # nothing can be written at the moment
    AWAY = "away"  # out of reach, too slow, or without room
    UNSURE = "unsure"  # the connection broke while it was being committed
    FAULT = "fault"  # nothing that passes by itself


def trouble_of(problem: Exception) -> Trouble:
    if isinstance(problem, UnsureCommit):
        return Trouble.UNSURE
    if isinstance(problem, OSError):
        return Trouble.AWAY if problem.errno in NO_ROOM else Trouble.FAULT
    if isinstance(problem, (TimeoutError, PendingRollbackError)):  # no connection is free; or it broke a moment ago
        return Trouble.AWAY
    if not isinstance(problem, DBAPIError):
        return Trouble.FAULT
    state = getattr(problem.orig, "sqlstate", None)
    if state in CONFLICTS:
        return Trouble.CONFLICT
    code = getattr(problem.orig, "sqlite_errorcode", None)
    if state == READ_ONLY or (code is not None and code & 0xFF == sqlite3.SQLITE_READONLY):
        return Trouble.READ_ONLY
    is_away = problem.connection_invalidated or isinstance(problem, (OperationalError, InterfaceError))
    return Trouble.AWAY if is_away else Trouble.FAULT


@contextmanager
def unless_read_only() -> Iterator[None]:
    """For what a page writes beside what it is for: left out while nothing can be written."""
    try:
        yield
    except DBAPIError as problem:
        db.session.rollback()
        if trouble_of(problem) is not Trouble.READ_ONLY:
            raise
