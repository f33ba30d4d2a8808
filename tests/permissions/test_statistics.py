"""Permissions as figures: the state week by week, and no change small enough to tell who changed."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random

from flask import Flask
from sqlalchemy import select

from portal.catalogues.sources import Source
from portal.core.audit import SYSTEM
from portal.core.db import db, transaction
from portal.permissions import ledger, services, statistics
from portal.permissions.holders import holder
from portal.permissions.models import Channel, Choice, HolderKind, MarketingType, State
from portal.permissions.statistics import PERMISSION_FLOWS, PERMISSION_STATES, PermissionCount
from portal.publishing.reports import Filters
from portal.publishing.services import Outcome, monday, publish, tell_so_far
from portal.publishing.upsert import add_counts
from tests.factories import make_customer
from tests.pages import Pages
from tests.subject_requests.people import customer_actor

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
FIRST, SECOND, THIRD = date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 16)  # Mondays
LAST_SUNDAY = date(2026, 11, 22)


def changed(
    times: int,
    new: State,
    *,
    old: State = State.NONE,
    type: MarketingType = MarketingType.DIRECT_ADVERTISING,
    channel: Channel = Channel.EMAIL,
    kind: HolderKind = HolderKind.NATURAL,
    source: Source = Source.OWN_CHANGE,
    on: date = FIRST,
) -> None:
    add_counts(PermissionCount, {(monday(on), type, channel, kind, old, new, source): times})


def figures(last: date = LAST_SUNDAY, **values: str) -> dict[str, int | None]:
    """What was in force."""
    report = statistics.report(Filters(date(2026, 11, 1), last, values))
    return {figure.key: figure.count for figure in report.figures if not figure.is_rough}


def test_the_state_at_the_end_of_each_week_is_shown(context: Flask) -> None:
    changed(30, State.PERMISSION)
    changed(12, State.PROHIBITION, channel=Channel.PHONE)
    changed(8, State.PROHIBITION, old=State.PERMISSION, on=SECOND + timedelta(days=3))
    assert publish(PERMISSION_STATES, through=LAST_SUNDAY, now=NOW).published == 3
    assert figures(date(2026, 11, 8)) == {"choices": 42, "permission": 30, "prohibition": 12}
    assert figures() == {"choices": 42, "permission": 22, "prohibition": 20}
    table = statistics.report(Filters(FIRST, LAST_SUNDAY)).table("permissions-over-time")
    assert table is not None
    assert [(row.key, row.counts) for row in table.rows] == [
        ("2026-11-02", (30, 12)),
        ("2026-11-09", (22, 20)),
        ("2026-11-16", (22, 20)),
    ]


def test_a_withdrawn_permission_is_no_choice_any_more(context: Flask) -> None:
    changed(30, State.PERMISSION)
    changed(10, State.NONE, old=State.PERMISSION, on=SECOND)
    publish(PERMISSION_STATES, through=LAST_SUNDAY, now=NOW)
    assert figures() == {"choices": 20, "permission": 20, "prohibition": None}


def test_a_small_change_waits_until_it_is_large_enough(context: Flask) -> None:
    changed(30, State.PERMISSION)
    changed(2, State.PERMISSION, on=SECOND)
    changed(4, State.PERMISSION, on=THIRD)
    publish(PERMISSION_STATES, through=LAST_SUNDAY, now=NOW)
    assert [figures(week + timedelta(days=6))["permission"] for week in (FIRST, SECOND, THIRD)] == [30, 30, 36]


def test_publishing_again_changes_nothing(context: Flask) -> None:
    changed(30, State.PERMISSION)
    publish(PERMISSION_STATES, through=LAST_SUNDAY, now=NOW)
    assert publish(PERMISSION_STATES, through=LAST_SUNDAY, now=NOW) == Outcome()
    assert figures() == {"choices": 30, "permission": 30, "prohibition": None}


def test_a_week_that_has_not_ended_waits_for_sunday(context: Flask) -> None:
    changed(30, State.PERMISSION, on=THIRD)
    assert publish(PERMISSION_STATES, through=date(2026, 11, 21), now=NOW) == Outcome()
    assert publish(PERMISSION_STATES, through=LAST_SUNDAY, now=NOW).published == 1


def test_in_demo_mode_today_is_shown_and_the_week_finished_later(context: Flask) -> None:
    changed(30, State.PERMISSION, on=date(2026, 11, 24))
    publish(PERMISSION_STATES, through=date(2026, 11, 24), now=NOW)
    assert figures(date(2026, 11, 24))["permission"] == 30
    changed(7, State.PERMISSION, on=date(2026, 11, 25))
    publish(PERMISSION_STATES, through=date(2026, 11, 29), now=NOW + timedelta(days=7))
    assert figures(date(2026, 11, 29))["permission"] == 37


def test_small_states_are_shown_only_together(context: Flask) -> None:
    changed(30, State.PERMISSION)
    changed(3, State.PERMISSION, channel=Channel.SMS, kind=HolderKind.POTENTIAL)
    changed(4, State.PERMISSION, channel=Channel.POST, kind=HolderKind.POTENTIAL)
    publish(PERMISSION_STATES, through=LAST_SUNDAY, now=NOW)
    report = statistics.report(Filters(FIRST, LAST_SUNDAY))
    channels = report.table("channels")
    kinds = report.table("kinds")
    assert channels is not None
    assert kinds is not None
    assert {row.key: row.counts[0] for row in channels.rows} == {"post": None, "phone": None, "email": 30, "sms": None}
    assert {row.key: row.counts[0] for row in kinds.rows} == {"natural": 30, "legal": None, "potential": 7}
    assert figures(kind="potential") == {"choices": 7, "permission": 7, "prohibition": None}


def flows(last: date = LAST_SUNDAY, **values: str) -> dict[str, int | None]:
    report = statistics.report(Filters(date(2026, 11, 1), last, values))
    return {figure.key: figure.count for figure in report.figures if figure.is_rough}


def publish_flows(through: date = LAST_SUNDAY, now: datetime = NOW) -> list[Outcome]:
    return [publish(each, through=through, now=now, random=Random(1)) for each in PERMISSION_FLOWS.values()]


def test_changes_of_a_week_are_told_roughly_by_line_and_source(context: Flask) -> None:
    changed(300, State.PERMISSION)
    changed(100, State.PERMISSION, source=Source.TELEPHONE_SALES, channel=Channel.PHONE)
    changed(40, State.PROHIBITION, old=State.PERMISSION)
    changed(30, State.NONE, old=State.PERMISSION, on=SECOND)
    publish(PERMISSION_STATES, through=LAST_SUNDAY, now=NOW)
    publish_flows()
    told = flows()
    for change, count in (("given", 400), ("forbidden", 40), ("withdrawn", 30)):
        number = told[change]
        assert number is not None
        assert number % 5 == 0
        assert abs(number - count) <= 30
    by_email = flows(channel="email")["given"]
    assert by_email is not None
    assert 270 <= by_email <= 330
    report = statistics.report(Filters(FIRST, LAST_SUNDAY))
    weeks, sources = report.table("changes-over-time"), report.table("changes-by-source")
    assert weeks is not None
    assert sources is not None
    assert [(row.key, [count is not None for count in row.counts]) for row in weeks.rows] == [
        ("2026-11-02", [True, True, False]),
        ("2026-11-09", [False, False, True]),
        ("2026-11-16", [False, False, False]),
    ]
    assert [row.key for row in sources.rows] == ["telephone-sales", "own-change"]
    assert sources.rows[0].counts[1:] == (None, None)


def test_few_changes_wait_whole_for_a_later_week(context: Flask) -> None:
    changed(3, State.NONE, old=State.PERMISSION, on=FIRST)
    assert publish_flows(date(2026, 11, 8))[2] == Outcome(carried_over=1)
    assert flows()["withdrawn"] is None
    changed(4, State.NONE, old=State.PERMISSION, on=SECOND)
    assert publish_flows(date(2026, 11, 15))[2].published == 1
    assert publish_flows(date(2026, 11, 15))[2] == Outcome()
    told = flows()["withdrawn"]
    assert told is not None
    assert told >= 5


def test_what_has_been_told_of_a_week_is_never_drawn_again(context: Flask) -> None:
    changed(50, State.PERMISSION)
    publish_flows()
    told = flows()
    for seed in range(5):
        publish(PERMISSION_FLOWS["given"], through=LAST_SUNDAY, now=NOW, random=Random(seed))
    assert flows() == told


def test_figures_are_compared_with_what_stood_when_the_period_began(context: Flask) -> None:
    changed(30, State.PERMISSION)
    changed(15, State.PERMISSION, on=THIRD)
    publish(PERMISSION_STATES, through=LAST_SUNDAY, now=NOW)
    report = statistics.report(Filters(SECOND, LAST_SUNDAY))
    permissions = next(figure for figure in report.figures if figure.key == "permission")
    assert (permissions.count, permissions.before, permissions.change_percent) == (45, 30, 50.0)
    assert report.before == Filters(FIRST, date(2026, 11, 8))
    assert statistics.report(Filters(FIRST, LAST_SUNDAY)).before is None


def test_the_week_that_goes_on_is_one_rounded_number(context: Flask) -> None:
    changed(23, State.PERMISSION, on=date(2026, 11, 24))
    tell_so_far(NOW)
    assert statistics.report(Filters(FIRST, date(2026, 11, 24))).so_far == 20
    assert statistics.report(Filters(FIRST, date(2026, 11, 24), {"type": "contact"})).so_far is None
    assert statistics.report(Filters(FIRST, LAST_SUNDAY)).so_far is None


def test_the_rollup_equals_the_ledger_after_somebody_was_removed(context: Flask) -> None:
    """What the person's past weeks held goes with the person; what stands agrees."""
    for whose in (make_customer(), make_customer()):
        services.choose(
            customer_id=whose.id,
            type=MarketingType.CONTACT,
            channel=Channel.SMS,
            choice=Choice.ALLOW,
            source=Source.OWN_CHANGE,
            actor=customer_actor(whose.id),
            now=NOW,
        )
    with transaction():
        ledger.remove(holder(whose.id), on=date(2026, 11, 24))
    standing = PERMISSION_STATES.standing(monday(date(2026, 11, 24)))
    assert standing["contact", "sms", "natural", "permission"] == 1
    statistics.rebuild()
    again = PERMISSION_STATES.standing(monday(date(2026, 11, 24)))
    assert {key: n for key, n in again.items() if n} == {key: n for key, n in standing.items() if n}


def test_the_rollup_equals_the_ledger(context: Flask) -> None:
    customer = make_customer()
    for choice in (Choice.ALLOW, Choice.FORBID, Choice.WITHDRAW, Choice.ALLOW):
        services.choose(
            customer_id=customer.id,
            type=MarketingType.CONTACT,
            channel=Channel.SMS,
            choice=choice,
            source=Source.OWN_CHANGE,
            actor=customer_actor(customer.id),
            now=NOW,
        )
    services.forbid_all(customer_id=customer.id, source=Source.OWN_CHANGE, actor=SYSTEM, now=NOW)
    kept = rollup()
    assert sum(kept.values()) == 4 + 16
    statistics.rebuild()
    assert rollup() == kept


def rollup() -> dict[tuple[str, ...], int]:
    return {
        (row.week.isoformat(), row.type, row.channel, row.kind, row.old_state, row.new_state, row.source): row.count
        for row in db.session.scalars(select(PermissionCount))
    }


def test_page_and_csv_show_the_same_and_nothing_small(app: Flask, sign_in: Callable[..., Pages]) -> None:
    with app.app_context():
        changed(30, State.PERMISSION)
        changed(12, State.PROHIBITION, channel=Channel.PHONE)
        changed(3, State.PROHIBITION, channel=Channel.POST)
        publish(PERMISSION_STATES, through=LAST_SUNDAY, now=NOW)
    marketing = sign_in("marketing")
    for language, delimiter in (("fi", ";"), ("en", ",")):
        page = marketing.get(f"/{language}/statistics/permissions?from=2026-11-01&to=2026-11-24")
        assert page.status == 200
        assert len(page.all("figure")) == 5
        assert len(page.all("details", class_="how")) == 6 + 5
        raw = marketing.get(f"/{language}/statistics/permissions.csv?from=2026-11-01&to=2026-11-24").html
        rows = list(csv.reader(io.StringIO(raw.lstrip("\ufeff")), delimiter=delimiter))[1:]
        shown = ["".join(cell.itertext()) for cell in page.all("td")]
        assert [row[3] for row in rows if row[0] != rows[0][0]] == shown
        assert not set(shown) & {"1", "2", "3", "4"}
        picture = marketing.get(f"/{language}/statistics/permissions/types.svg?from=2026-11-01&to=2026-11-24")
        assert picture.status == 200


def test_an_empty_portal_shows_no_figures(sign_in: Callable[..., Pages]) -> None:
    page = sign_in("marketing").get("/en/statistics/permissions")
    assert page.status == 200
    assert "No figures for this period yet" in page.text


def test_no_count_of_permissions_is_kept_beside_a_person() -> None:
    columns = {"week", "type", "channel", "kind", "old_state", "new_state", "source", "count"}
    assert set(PermissionCount.__table__.columns.keys()) == columns
    assert not PermissionCount.__table__.foreign_keys
