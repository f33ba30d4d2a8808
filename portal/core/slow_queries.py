"""Queries that take too long, in the log: the statement with its placeholders, never a value of a row (S16)."""

import logging
from contextvars import ContextVar
from datetime import timedelta
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, event

LONGEST_STATEMENT = 2_000  # characters
_BEGUN = "portal_query_begun"

# what is being done: the address template of a page, or the name of a job
asked_for: ContextVar[str | None] = ContextVar("asked_for", default=None)

logger = logging.getLogger(__name__)


def log_slow_queries(engine: Engine, *, slower_than: timedelta) -> None:
    """Log each statement that takes longer, with what asked for it."""
    limit = slower_than.total_seconds()

    @event.listens_for(engine, "before_cursor_execute")
    def _begin(_connection: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
        if context is not None:
            setattr(context, _BEGUN, perf_counter())

    @event.listens_for(engine, "after_cursor_execute")
    def _end(_connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool) -> None:
        taken = perf_counter() - getattr(context, _BEGUN, perf_counter())
        if taken >= limit:
            facts = {
                "ms": round(taken * 1000),
                "route": asked_for.get(),
                "statement": " ".join(statement.split())[:LONGEST_STATEMENT],
            }
            logger.warning("slow query", extra={"facts": facts})
