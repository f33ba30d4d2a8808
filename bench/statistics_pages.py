"""Statistics of a year of 1,000,000 choices and page views, against counting the rows when somebody asks.

The raw rows hold nothing but what is counted, so the baseline is kinder than a real ledger would be. Flushing is
measured against inserting the same counts as new rows.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from bench.installation import installation
from bench.measuring import Figure, compare, milliseconds_each
from portal.analytics import statistics as usage
from portal.analytics.models import UsageOpen
from portal.consents import statistics as consents
from portal.core.db import db
from portal.publishing.reports import Filters
from portal.publishing.services import publish_all
from portal.publishing.upsert import add_counts

ROWS = 1_000_000
LAST = date(2026, 11, 23)
FIRST = LAST - timedelta(days=364)
YEAR = Filters(FIRST, LAST)
NOW = datetime.combine(LAST + timedelta(days=1), time(6), UTC)
KEYS = 300  # of a busy second

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
DAY = f"date('{FIRST.isoformat()}', '+' || (i % 365) || ' days')"
# numbers of different size that have no factor in common: every combination comes up
CHOICES = f"""
CREATE TABLE bench_choice AS {NUMBERS.format(last=ROWS - 1)}
SELECT {DAY} AS day, iif(i % 7 = 0, 'en', 'fi') AS language, iif(i % 11 = 0, 'settings', 'banner') AS surface,
  iif(i % 365 < 180, '1.0', '1.1') AS version,
  iif(i % 3 = 0, 'accepted-all', iif(i % 5 = 0, 'own-choice+analytics', 'necessary-only')) AS outcome FROM n
"""
VIEWS = f"""
CREATE TABLE bench_view AS {NUMBERS.format(last=ROWS - 1)}
SELECT {DAY} AS day, iif(i % 7 = 0, 'en', 'fi') || ' /page-' || (i % 23) AS value FROM n
"""
ROLLUPS = """
INSERT INTO consent_count (day, language, surface, notice_version, outcome, count)
  SELECT day, language, surface, version, outcome, count(*) FROM bench_choice GROUP BY 1, 2, 3, 4, 5;
INSERT INTO usage_day (day, dimension, value, count)
  SELECT day, 'page', value, count(*) FROM bench_view GROUP BY 1, 3;
"""
RAW_CHOICES = "SELECT day, language, surface, version, outcome, count(*) FROM bench_choice GROUP BY 1, 2, 3, 4, 5"
RAW_VIEWS = "SELECT day, value, count(*) FROM bench_view GROUP BY 1, 2"


def figures() -> Iterator[Figure]:
    with installation() as made, made.app.app_context():
        connection = db.engine.raw_connection()
        cursor = connection.cursor()
        cursor.execute(CHOICES)
        cursor.execute(VIEWS)
        connection.driver_connection.executescript(ROLLUPS)  # type: ignore[union-attr]
        publish_all(through=LAST, now=NOW)
        for name, report, raw in (
            ("statistics.cookies_1m", consents.report, RAW_CHOICES),
            ("statistics.usage_1m", usage.report, RAW_VIEWS),
        ):
            yield compare(
                name,
                "ms",
                subject=milliseconds_each(_read(report), 10),
                baseline=milliseconds_each(lambda raw=raw: cursor.execute(raw).fetchall(), 1),  # type: ignore[misc]
                rounds=3,
            )
        yield _flush(cursor.execute)
        connection.close()


def _read(report: Callable[[Filters], object]) -> Callable[[], object]:
    def read() -> None:
        report(YEAR)
        db.session.remove()

    return read


def _flush(execute: Callable[..., object]) -> Figure:
    counts = {(NOW, "page", f"fi /page-{number}"): 3 for number in range(KEYS)}
    execute("CREATE TABLE bench_flush (hour TEXT, dimension TEXT, value TEXT, count INTEGER)")

    def insert() -> None:
        execute("BEGIN IMMEDIATE")
        for hour, dimension, value in counts:
            execute("INSERT INTO bench_flush VALUES (?, ?, ?, 3)", (hour.isoformat(), dimension, value))
        execute("COMMIT")

    return compare(
        "counters.flush_300_keys",
        "ms",
        subject=milliseconds_each(lambda: add_counts(UsageOpen, counts), 10),
        baseline=milliseconds_each(insert, 10),
    )
