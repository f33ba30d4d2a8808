"""What is counted stands beside nothing that leads to a person, in any table of the portal."""

from sqlalchemy import Integer

from portal.app import create_app
from portal.core.db import Model

# each with what its counts are told by; a new table of counts is added here, with a reason to be believed
COUNTED_BY = {
    "consent_count": {"day", "language", "surface", "notice_version", "outcome"},
    "permission_count": {"week", "type", "channel", "kind", "old_state", "new_state", "source"},
    "published_cell": {"id", "statistic", "period_start", "dimensions"},
    "usage_day": {"day", "dimension", "value"},
    "usage_open": {"hour", "dimension", "value"},
}
COUNTS = {"count", "published"}
# tries of one link and of one message, which are about a person by their nature and in no statistic
OF_ONE_THING = {"activation.tries", "message.attempts"}


def test_every_table_of_counts_holds_what_it_counts_by_and_nothing_else() -> None:
    assert create_app  # imports every model
    tables = {table.name: table for table in Model.metadata.sorted_tables if COUNTS & set(table.columns.keys())}
    assert {name: set(table.columns.keys()) - COUNTS for name, table in tables.items()} == COUNTED_BY
    assert [name for name, table in tables.items() if table.foreign_keys] == []


def test_no_other_table_counts_anything() -> None:
    numbers = {
        f"{table.name}.{column.name}"
        for table in Model.metadata.sorted_tables
        if table.name not in COUNTED_BY
        for column in table.columns
        if isinstance(column.type, Integer) and not column.primary_key and not column.foreign_keys
    }
    assert {name for name in numbers if name.endswith(("count", "counts", "tries", "attempts", "visits", "views"))} == (
        OF_ONE_THING
    )
