"""Somebody who reads all that is told, page, file, command and filter, and subtracts: no small count comes out."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, product
from random import Random
from typing import Any, TypeAlias

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from portal.analytics.commands import statistics as statistics_command
from portal.analytics.models import UsageDay, UsageOpen
from portal.catalogues.sources import Source
from portal.consents.statistics import ConsentCount
from portal.core.db import Model, transaction
from portal.permissions.models import Channel, HolderKind, MarketingType, State
from portal.permissions.statistics import PermissionCount
from portal.publishing.folding import Cell, Stock, fold_flows, fold_stock
from portal.publishing.models import PublishedCell, PublishedPeriod
from portal.publishing.reports import REPORTS, Filters, Report
from portal.publishing.services import publish_all
from portal.publishing.upsert import add_counts
from portal.subject_requests import services as requests
from portal.subject_requests.kinds import Kind
from tests.factories import make_customer
from tests.pages import Pages
from tests.subject_requests.people import customer_actor

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
FIRST = date(2026, 11, 16)
SMALL = {1, 2, 3, 4}
RAW: tuple[type[Model], ...] = (ConsentCount, UsageOpen, UsageDay, PermissionCount)
Path: TypeAlias = tuple[str, ...]

OUTCOMES = ("shown", "accepted-all", "necessary-only", "own-choice+analytics", "withdrawn")
FILTERS: dict[str, list[dict[str, str]]] = {
    "consents": [{}, {"lang": "fi"}, {"lang": "en"}, {"surface": "banner"}, {"surface": "settings"}],
    "usage": [{}, {"lang": "fi"}, {"lang": "en"}],
    "permissions": [{}, {"type": "contact"}, {"channel": "sms"}, {"kind": "natural"}],
}
REPORTED = {
    "consents": ["outcomes", "choices-over-time", "categories", "notice-versions", "languages", "surfaces"],
    "usage": ["pages", "views-over-time", "visits-by-device", "visits-by-referrer", "visits-over-time"],
    "permissions": ["types", "channels", "kinds", "permissions-over-time"],
}
PAGES = {"consents": "cookies", "usage": "usage", "permissions": "permissions"}
# what the rows of a table add up to, but for what was joined
TOTALS = {
    "outcomes": ("shown", {"withdrawn"}),
    "pages": ("page-views", set[str]()),
    "visits-by-device": ("visits", set[str]()),
}


def happen(random: Random, *, days: int, most: int) -> None:
    """Choices, page views, visits and changes of permissions on each day, many of them few."""
    for number in range(days):
        day = FIRST + timedelta(days=number)
        for language in ("fi", "en"):
            for surface, outcome in (("banner", o) for o in OUTCOMES):
                add_counts(ConsentCount, {(day, language, surface, "1.1", outcome): random.randrange(most)})
            add_counts(ConsentCount, {(day, language, "settings", "1.1", "withdrawn"): random.randrange(most)})
            for page in ("/", "/contact", "/my/data"):
                add_counts(UsageDay, {(day, "page", f"{language} {page}"): random.randrange(most)})
        for device in ("phone", "computer"):
            add_counts(UsageDay, {(day, "visit", f"{device} direct begun"): random.randrange(most)})
        for channel in (Channel.SMS, Channel.EMAIL):
            for new, old in ((State.PERMISSION, State.NONE), (State.NONE, State.PERMISSION)):
                for kind in (HolderKind.NATURAL, HolderKind.LEGAL):
                    key = (FIRST, MarketingType.CONTACT, channel, kind, old, new, Source.OWN_CHANGE)
                    add_counts(PermissionCount, {key: random.randrange(most)})


def numbers(report: Report) -> dict[Path, int]:
    """Every count of a report by where it stands."""
    found: dict[Path, int] = {("figure", f.key): f.count for f in report.figures if f.count is not None}
    found |= {("before", f.key): f.before for f in report.figures if f.before is not None}
    for table in report.tables:
        for row in table.rows:
            for column, count in zip(table.columns, row.counts, strict=True):
                if count is not None:
                    found["table", table.key, row.key, column] = count
    return found


def readings(statistic: str, days: int) -> dict[tuple[str, int, int], dict[Path, int]]:
    """Every filter over every range of days."""
    return {
        (repr(values), first, last): numbers(
            REPORTS[statistic](Filters(FIRST + timedelta(days=first), FIRST + timedelta(days=last), values))
        )
        for values in FILTERS[statistic]
        for first in range(days)
        for last in range(first, days)
    }


def differences(read: dict[tuple[str, int, int], dict[Path, int]], days: int) -> Iterator[tuple[Any, int]]:
    for (values, first, last), told in read.items():
        whole = read[repr({}), first, last]
        for path, count in told.items():
            yield (values, first, last, path), count
            yield ("outside the filter", values, first, last, path), whole.get(path, count) - count
            for middle in range(first, last):
                if path[0] != "before" and path in read[values, first, middle]:
                    yield ("a range less", values, path), count - read[values, first, middle][path]
        for table, (total, left_out) in TOTALS.items():
            if ("figure", total) in told:
                rows = sum(n for path, n in told.items() if path[1:2] == (table,) and path[2] not in left_out)
                yield ("total less rows", values, table), told["figure", total] - rows


@given(st.integers(0, 1_000_000), st.integers(3, 12))
@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.generate],  # a smaller ledger would say no more
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_subtracting_everything_from_everything_gives_no_small_count(context: Flask, seed: int, most: int) -> None:
    days = 3
    with transaction() as session:
        for model in (*RAW, PublishedCell, PublishedPeriod):
            session.execute(delete(model))
        happen(Random(seed), days=days, most=most)
    for statistic in ("consents", "usage"):
        told = []
        for number in range(1, days):
            publish_all(through=FIRST + timedelta(days=number), now=NOW)
            told.append(readings(statistic, days))
        for what, difference in differences(told[-1], days):
            # what is below zero counts something else: totals of one kind less rows of another
            assert difference not in SMALL, what
        for earlier, later in pairwise(told):
            for asked, counts in earlier.items():
                for path, count in counts.items():
                    if path[0] != "before" and path in later[asked]:
                        assert abs(later[asked][path] - count) not in SMALL, (asked, path)


def told_everywhere(app: Flask, marketing: Pages) -> dict[str, str]:
    """What a reader of every page, file, picture and command gets."""
    period = "from=2026-11-01&to=2026-11-24"
    told = {}
    for statistic, choices in FILTERS.items():
        for values in choices:
            query = "&".join([period, *(f"{name}={value}" for name, value in values.items())])
            page, file = f"/en/statistics/{PAGES[statistic]}", f"/fi/statistics/{PAGES[statistic]}.csv"
            told[f"{page}?{query}"] = marketing.get(f"{page}?{query}").text
            told[f"{file}?{query}"] = marketing.get(f"{file}?{query}").html
        for table in REPORTED[statistic]:
            for picture in (f"{page}/{table}.svg?{period}", f"{page}/{table}.svg?{period}&narrow=1"):
                told[picture] = marketing.get(picture).html
        command = [statistic, "--from", "2026-11-01", "--to", "2026-11-24", "--json"]
        told[" ".join(command)] = app.test_cli_runner().invoke(statistics_command, command).output
    return told


def counts_of(address: str, text: str) -> Iterator[str]:
    if ".csv" in address:
        for row in list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=";"))[1:]:
            yield from (row[3], row[5])
    elif ".svg" in address:
        assert address.endswith("narrow=1") == ('width="340"' in text)
        for number in re.findall(r'<desc class="value">([^<]*)</desc>', text):
            if "%" not in number:
                yield number.replace("\N{NO-BREAK SPACE}", "").replace(",", "")
    elif address.startswith("/"):
        return
    else:
        told = json.loads(text)
        yield from (str(figure[name]) for figure in told["figures"] for name in ("count", "of", "before"))
        for rows in told["tables"].values():
            yield from (str(value) for row in rows for value in list(row.values())[1:])


def test_what_is_told_comes_from_published_cells_alone_and_nothing_of_it_is_small(
    app: Flask, sign_in: Callable[..., Pages]
) -> None:
    marketing = sign_in("marketing")
    with app.app_context():
        happen(Random(4), days=7, most=14)
        publish_all(through=date(2026, 11, 22), now=NOW)
    told = told_everywhere(app, marketing)
    small = {str(number) for number in SMALL}
    assert [address for address, text in told.items() if small & set(counts_of(address, text))] == []
    for statistic, page in PAGES.items():
        cells = [(c.text or "").strip() for c in marketing.get(f"/en/statistics/{page}?from=2026-11-01").all("td")]
        assert not small & set(cells), statistic
        assert any(cell.isdigit() for cell in cells), statistic
    with app.app_context(), transaction() as session:
        for model in RAW:
            session.execute(delete(model))
    assert told_everywhere(app, marketing) == told


def test_marketing_reaches_no_person_by_any_address(app: Flask, sign_in: Callable[..., Pages]) -> None:
    with app.app_context():
        customer = make_customer()
        personal = [customer.name, customer.email, customer.phone]
        case = requests.submit(
            Kind.ACCESS, customer_id=customer.id, text="", actor=customer_actor(customer.id), now=NOW
        )
        ids = (customer.number, customer.id, case.public_id)
    marketing = sign_in("marketing")
    opened = set()
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or not rule.rule.startswith("/<lang:lang>/"):
            continue
        for one in ids if rule.arguments - {"lang", "key"} else ids[:1]:
            address = rule.rule.replace("<lang:lang>", "en").replace("<key>", "outcomes")
            page = marketing.get(re.sub("<[^>]+>", str(one), address))
            told = page.body.decode(errors="replace")
            assert not [words for words in personal if words and words in told], rule.rule
            if page.status == 200:
                opened.add(rule.rule.removeprefix("/<lang:lang>/").split("/")[0])
    assert "statistics" in opened
    assert not opened & {"desk", "admin"}


EVERYTHING = (("a", "b", "c"), ("x", "y", "z"))


def flows_told(counts: dict[tuple[str, ...], int], seed: int) -> list[Cell]:
    return fold_flows(counts, everything=EVERYTHING, floor=5, random=Random(seed))


@pytest.mark.parametrize("told", [5, 10, 25, None])
def test_whatever_is_told_of_a_flow_nothing_small_follows(told: int | None) -> None:
    """Exact states may tell what came minus what went. A cell of its own may be any count from the floor up, and
    where there is none any count may be: with such ranges no sum, however exact, settles a count from 1 to 4.
    """
    behind = set()
    for count in range(30):
        for seed in range(400):
            cells = flows_told({("a", "x"): count, ("b", "y"): 40}, seed * 50 + count)
            own = next((cell.count for cell in cells if cell.values == (("a",), ("x",))), None)
            if own == told:
                behind.add(count)
    if told is None:
        assert behind >= set(range(9))
    else:
        assert behind >= set(range(max(5, told - 4), told + 5))
        assert min(behind) >= 5


def silent_flows() -> set[int]:
    """What a week may have brought of which nothing at all is told."""
    return {flow for flow in range(12) for seed in range(400) if not flows_told({("a", "x"): flow}, seed * 50 + flow)}


def test_exact_states_beside_what_is_told_of_each_flow_settle_no_small_one() -> None:
    """Permissions are given, forbidden and taken back, and the states are told exactly.

    Were a silent week surely small, permissions that fall by eight would be four forbidden and four taken back.
    """
    silent, told = silent_flows(), set(range(5, 18))
    assert silent >= set(range(9))
    before = Stock({("permission",): 100, ("prohibition",): 100})
    for ranges in product((silent, told), repeat=3):
        fitting: dict[str, tuple[set[int], ...]] = {}
        for flows in product(*ranges):
            given_then, forbidden, withdrawn = flows
            change = given_then - forbidden - withdrawn
            if abs(change) > 8 or forbidden > 8:
                continue
            states = {("permission",): 100 + change, ("prohibition",): 100 + forbidden}
            possible = fitting.setdefault(repr(fold_stock(states, before=before, floor=5)), (set(), set(), set()))
            for of, flow in zip(possible, flows, strict=True):
                of.add(flow)
        assert not [
            counts for possible in fitting.values() for counts in possible if len(counts) == 1 and counts & SMALL
        ]


@given(st.dictionaries(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), st.integers(0, 12)))
def test_flows_are_told_in_multiples_of_the_floor_and_each_has_a_cell(counts: dict[tuple[str, ...], int]) -> None:
    cells = flows_told(counts, 1)
    assert all(cell.count >= 5 and cell.count % 5 == 0 for cell in cells)
    if not cells:
        return
    for values, count in counts.items():
        fitting = [c for c in cells if all(value in of for value, of in zip(values, c.values, strict=True))]
        assert fitting or not count, values
    # what is joined does not tell of what
    assert all(len(cell.values[0]) == 1 or cell.values[0] == EVERYTHING[0] for cell in cells)
