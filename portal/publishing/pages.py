"""What the three statistics pages have in common: from a report to a page, a CSV file and pictures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias
from urllib.parse import urlencode

from flask import Response, abort, request, url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.core.clock import local_date
from portal.core.settings import settings
from portal.publishing import charts, labels
from portal.publishing.forms import Choices, PeriodForm, period_form
from portal.publishing.reports import Figure, Filters, Report, Table
from portal.web.csv_files import csv_file
from portal.web.formatting import EMPTY, number, percent
from portal.web.forms import page
from portal.web.headers import DRAWING_POLICY
from portal.web.locale import current_language

Words: TypeAlias = Mapping[str, LazyString | str]


@dataclass(frozen=True)
class StatisticPage:
    """One page: its words, its filters and where its report comes from. `word` names a row by kind and key."""

    blueprint: str
    title: LazyString
    lead: LazyString
    report: Callable[[Filters], Report]
    figures: Words
    notes: Words  # what a figure is a share of, and how it is counted
    tables: Words
    columns: Words
    row_kinds: Words
    word: Callable[[str, str], str]
    selects: Mapping[str, tuple[LazyString, Choices]]

    def form(self) -> PeriodForm:
        return period_form(self.selects)(formdata=request.args)


@dataclass(frozen=True)
class ShownFigure:
    label: str
    value: str
    share: str | None
    note: str | None


@dataclass(frozen=True)
class ShownTable:
    """A table in words, with the picture of the same figures."""

    key: str
    title: str
    columns: list[str]
    rows: list[list[str]]
    alt: str
    image_url: str


@dataclass(frozen=True)
class Preset:
    label: str
    url: str
    is_current: bool


def show(which: StatisticPage, *, now: datetime) -> Response:
    """The page; 422 with the default period when the filters make no sense."""
    form, report = _asked(which, now)
    query = _query(report.filters)
    return page(
        "statistics/report.html",
        form=form,
        title=which.title,
        lead=which.lead,
        report=report,
        figures=[_figure(which, figure) for figure in report.figures],
        tables=[_table(which, table, query) for table in report.tables if table.rows],
        notes=labels.hidden_note(floor=settings().small_cell, unshown=report.unshown, outside=report.outside),
        presets=_presets(which, report.filters, local_date(now)),
        page_url=url_for(f"{which.blueprint}.index"),
        csv_url=f"{url_for(f'{which.blueprint}.csv')}?{query}",
    )


def table_file(which: StatisticPage, *, now: datetime) -> Response:
    """What the page shows, as CSV in the page's language (contract section 5)."""
    form, report = _asked(which, now)
    if form.errors:
        return show(which, now=now)
    is_finnish = current_language() == "fi"
    rows = []
    for figure in report.figures:
        share = "" if figure.percent is None else f"{figure.percent:.1f}"
        label = str(which.figures[figure.key])
        share = share.replace(".", ",") if is_finnish else share
        rows.append([_("Key figures"), label, label, _plain(figure.count), share])
    for table in report.tables:
        for line in table.rows:
            for column, count in zip(table.columns, line.counts, strict=True):
                word = line.key if table.is_over_time else which.word(table.row_kind, line.key)
                rows.append([str(which.tables[table.key]), word, str(which.columns[column]), _plain(count), ""])
    name = f"{report.statistic}-{report.filters.first.isoformat()}-{report.filters.last.isoformat()}.csv"
    return csv_file(name, [_("Table"), _("Row"), _("Measure"), str(labels.COUNT), str(labels.SHARE)], rows)


def picture(which: StatisticPage, key: str, *, now: datetime) -> Response:
    """One table of the page as SVG."""
    form, report = _asked(which, now)
    table = report.table(key)
    if table is None or form.errors:
        abort(404)
    series = [
        (str(which.columns[column]), [row.counts[place] for row in table.rows])
        for place, column in enumerate(table.columns)
    ]
    title = str(which.tables[key])
    if table.is_over_time:
        names = [labels.short_period(table.row_kind, row.key) for row in table.rows]
        svg = charts.lines(title, names, series)
    else:
        svg = charts.bars(title, [which.word(table.row_kind, row.key) for row in table.rows], series)
    response = Response(svg, mimetype="image/svg+xml")
    response.headers["Content-Security-Policy"] = DRAWING_POLICY
    return response


def _asked(which: StatisticPage, now: datetime) -> tuple[PeriodForm, Report]:
    form = which.form()
    form.validate()
    filters = form.filters(today=local_date(now))
    if not form.errors:
        form.from_on.data, form.to_on.data = filters.first, filters.last
    return form, which.report(filters)


def _query(filters: Filters) -> str:
    return urlencode({"from": filters.first.isoformat(), "to": filters.last.isoformat(), **filters.values})


def _figure(which: StatisticPage, figure: Figure) -> ShownFigure:
    share = None if figure.percent is None else percent(figure.percent, 1)
    note = which.notes.get(figure.of_key or figure.key)
    return ShownFigure(str(which.figures[figure.key]), number(figure.count), share, str(note) if note else None)


def _table(which: StatisticPage, table: Table, query: str) -> ShownTable:
    title = str(which.tables[table.key])
    words = labels.period if table.is_over_time else which.word
    rows = [[words(table.row_kind, row.key), *(number(count) for count in row.counts)] for row in table.rows]
    return ShownTable(
        key=table.key,
        title=title,
        columns=[str(which.row_kinds[table.row_kind]), *(str(which.columns[column]) for column in table.columns)],
        rows=rows,
        alt=_alt(which, title, table),
        image_url=f"{url_for(f'{which.blueprint}.chart', key=table.key)}?{query}",
    )


def _alt(which: StatisticPage, title: str, table: Table) -> str:
    """What the picture shows at its height; the table beneath has the rest."""
    if table.is_empty:
        return str(_("%(title)s: no figures in this period.", title=title))
    counts = {row.key: sum(count or 0 for count in row.counts) for row in table.rows}
    largest = max(counts, key=lambda key: counts[key])
    words = labels.period if table.is_over_time else which.word
    words_of_largest: str = _(
        "%(title)s: the largest is %(name)s with %(number)s. The same figures are in the table below.",
        title=title,
        name=words(table.row_kind, largest),
        number=number(counts[largest]),
    )
    return words_of_largest


def _presets(which: StatisticPage, filters: Filters, today: date) -> list[Preset]:
    periods: list[tuple[LazyString, date]] = [
        (_l("Last 7 days"), today - timedelta(days=6)),
        (_l("Last 30 days"), today - timedelta(days=29)),
        (_l("Last 12 months"), _a_year_before(today)),
        (_l("This year"), today.replace(month=1, day=1)),
    ]
    url = url_for(f"{which.blueprint}.index")
    return [
        Preset(
            str(label),
            f"{url}?{_query(Filters(first, today, filters.values))}",
            (filters.first, filters.last) == (first, today),
        )
        for label, first in periods
    ]


def _a_year_before(day: date) -> date:
    leap_safe = day.replace(day=28) if (day.month, day.day) == (2, 29) else day
    return leap_safe.replace(year=day.year - 1) + timedelta(days=1)


def _plain(count: int | None) -> str:
    return EMPTY if count is None else str(count)
