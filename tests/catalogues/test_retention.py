"""How long things are kept, by dates written out."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.catalogues.fields import CATEGORIES
from portal.catalogues.retention import (
    OF_THE_REGISTER,
    RULES,
    Basis,
    RetentionRule,
    financial_year_end,
)

R = RetentionRule
WITH_YEARS = [rule for rule in R if RULES[rule].years is not None]


@pytest.mark.parametrize(
    ("rule", "event", "kept_until"),
    [
        (R.CUSTOMER_RELATIONSHIP, date(2020, 6, 30), date(2026, 6, 30)),
        (R.CUSTOMER_RELATIONSHIP, date(2020, 2, 29), date(2026, 2, 28)),  # no such day in 2026
        (R.CUSTOMER_RELATIONSHIP, date(2022, 2, 28), date(2028, 2, 28)),
        (R.METERING, date(2020, 2, 1), date(2026, 2, 28)),  # a month is over with its last day
        (R.METERING, date(2022, 2, 1), date(2028, 2, 28)),
        (R.METERING, date(2020, 12, 1), date(2026, 12, 31)),
        (R.ACCOUNTING, date(2020, 1, 1), date(2026, 12, 31)),
        (R.ACCOUNTING, date(2020, 12, 31), date(2026, 12, 31)),
        (R.ACCOUNTING, date(2021, 1, 1), date(2027, 12, 31)),
        (R.CONTACTS, date(2024, 2, 29), date(2027, 2, 28)),
        (R.RECORDINGS, date(2026, 5, 4), date(2028, 5, 4)),
        (R.REQUESTS, date(2026, 11, 24), date(2029, 11, 24)),
        (R.AUDIT, date(2026, 11, 24), date(2032, 11, 24)),
        (R.COOKIE_CHOICES, date(2027, 5, 23), date(2030, 5, 23)),
        (R.PERMISSION, date(2020, 1, 1), None),
        (R.ACCOUNT, date(2020, 1, 1), None),
    ],
)
def test_the_last_day_of_keeping(rule: RetentionRule, event: date, kept_until: date | None) -> None:
    assert RULES[rule].kept_until(event) == kept_until


@pytest.mark.parametrize(
    ("event", "ends", "last_day"),
    [
        (date(2026, 7, 1), (6, 30), date(2027, 6, 30)),
        (date(2026, 6, 30), (6, 30), date(2026, 6, 30)),
        (date(2026, 12, 31), (12, 31), date(2026, 12, 31)),
    ],
)
def test_the_financial_year_of_an_event(event: date, ends: tuple[int, int], last_day: date) -> None:
    assert financial_year_end(event, ends) == last_day


@given(
    rule=st.sampled_from(WITH_YEARS),
    today=st.dates(date(2020, 1, 1), date(2060, 12, 31)),
    back=st.integers(0, 4_000),
)
def test_what_is_due_is_exactly_what_the_last_day_has_passed_of(rule: RetentionRule, today: date, back: int) -> None:
    event = today - timedelta(days=back)
    kept_until = RULES[rule].kept_until(event)
    assert kept_until is not None
    assert (event <= RULES[rule].last_due(today)) == (kept_until < today)


def test_a_moment_counts_by_its_day_in_helsinki() -> None:
    rule = RULES[R.AUDIT]
    # 22:30 UTC on 24 November 2020 is the 25th in Helsinki: kept until 25.11.2026
    event = datetime(2020, 11, 24, 22, 30, tzinfo=UTC)
    assert event >= rule.due_before(datetime(2026, 11, 25, 21, 59, tzinfo=UTC))
    assert event < rule.due_before(datetime(2026, 11, 25, 22, 0, tzinfo=UTC))


def test_every_category_has_a_rule_that_says_what_it_is_about() -> None:
    assert {spec.retention for spec in CATEGORIES.values()} == set(OF_THE_REGISTER)
    assert set(RULES) == set(RetentionRule)


def test_a_rule_names_a_law_or_says_that_the_controller_must_set_it() -> None:
    proposed = {rule for rule in R if RULES[rule].basis is Basis.PROPOSAL}
    assert {rule for rule in R if RULES[rule].law is None} == proposed
    # my data has no column for it
    told_there = {rule for rule in OF_THE_REGISTER if "the controller sets the period" in str(RULES[rule].label)}
    assert told_there == {R.CONTACTS, R.RECORDINGS}
