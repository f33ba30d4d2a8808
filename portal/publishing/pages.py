"""What the three statistics pages have in common: from a report to a page, a CSV file and pictures."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias
from urllib.parse import urlencode

from flask import Response, abort, request, url_for
from flask_babel import LazyString
from flask_babel import gettext as _

from portal.core.clock import local_date
from portal.core.settings import settings
from portal.publishing import charts, labels
from portal.publishing.forms import Choices, PeriodForm, period_form
from portal.publishing.reports import Figure, Filters, Report, Table
from portal.web.csv_files import Cell, csv_download
from portal.web.formatting import EMPTY, number, percent
from portal.web.forms import page
from portal.web.headers import DRAWING_POLICY

Words: TypeAlias = Mapping[str, LazyString | str]


@dataclass(frozen=True)
class StatisticPage:
    """One page: its words, its filters and where its report comes from. `word` names a row by kind and key.

    `how` says of each figure and table how it is counted. `so_far` takes the number of what is going on.
    """

    blueprint: str
    title: LazyString
    lead: LazyString
    report: Callable[[Filters], Report]
    figures: Words
    wholes: Mapping[str, tuple[str, ...]]  # figures that others add up to, but for small counts combined
    shares: Words  # the sentence of a share of that figure
    how: Words
    so_far: tuple[LazyString, LazyString]  # the sentence, and the name of the row of a file
    tables: Words
    columns: Words
    row_kinds: Words
    word: Callable[[str, str], str]
    selects: Mapping[str, tuple[LazyString, Choices]]

    def form(self) -> PeriodForm:
        return period_form(self.selects)(formdata=request.args)


@dataclass(frozen=True)
class ShownFigure:
    """A headline; `notes` say what it is a share of and what it holds that stands nowhere else."""

    label: str
    value: str | None
    notes: list[str]
    change: str | None
    how: str


@dataclass(frozen=True)
class ShownCount:
    """A cell of a table; `share` where rows are compared by shares."""

    number: str
    share: str | None = None


@dataclass(frozen=True)
class ShownTable:
    """A table in words, with the picture of the same figures."""

    key: str
    title: str
    columns: list[str]
    rows: list[list[str | ShownCount]]
    alt: str
    image_url: str
    image_size: tuple[int, int]
    narrow_url: str
    narrow_size: tuple[int, int]
    is_over_time: bool
    has_hidden: bool
    how: str


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
        figures=_figures(which, report),
        tables=[_table(which, table, query) for table in report.tables if table.rows],
        so_far=str(which.so_far[0]) % {"number": number(report.so_far)} if report.so_far else None,
        notes=labels.hidden_note(
            floor=settings().small_cell,
            unshown=report.unshown,
            outside=report.outside,
            is_rough=any(figure.is_rough and figure.count for figure in report.figures),
        ),
        too_few=labels.TOO_FEW,
        chosen=_chosen(which, report.filters),
        presets=_presets(which, report.filters, local_date(now)),
        page_url=url_for(f"{which.blueprint}.index"),
        csv_url=f"{url_for(f'{which.blueprint}.csv')}?{query}",
    )


def table_file(which: StatisticPage, *, now: datetime) -> Response:
    """What the page shows, as CSV in the page's language."""
    form, report = _asked(which, now)
    if form.errors:
        return show(which, now=now)
    name = f"{report.statistic}-{report.filters.first.isoformat()}-{report.filters.last.isoformat()}.csv"
    return csv_download(_rows(which, report), name)


def _rows(which: StatisticPage, report: Report) -> Iterator[list[Cell]]:
    words = (labels.COUNT, labels.SHARE, labels.BEFORE, labels.CHANGE)
    yield [_("Table"), _("Row"), _("Measure"), *(str(word) for word in words)]
    key_figures = _("Key figures")
    for figure in report.figures:
        label = str(which.figures[figure.key])
        before = _plain(figure.before) if report.before and not figure.is_rough else None
        yield [
            key_figures,
            label,
            label,
            _plain(figure.count),
            _decimal(figure.percent),
            before,
            _decimal(figure.change_percent),
        ]
    if report.so_far:
        yield [key_figures, str(which.so_far[1]), str(which.so_far[1]), report.so_far, None, None, None]
    for table in report.tables:
        for line in table.rows:
            for column, count, share in zip(table.columns, line.counts, line.percents, strict=True):
                yield [
                    str(which.tables[table.key]),
                    line.key if table.is_over_time else which.word(table.row_kind, line.key),
                    str(which.columns[column]),
                    _plain(count),
                    _decimal(share),
                    None,
                    None,
                ]


def picture(which: StatisticPage, key: str, *, now: datetime) -> Response:
    """One table of the page as SVG."""
    form, report = _asked(which, now)
    table = report.table(key)
    if table is None or not table.rows or form.errors:
        abort(404)
    columns = [str(which.columns[column]) for column in table.columns]
    series = [(column, [row.counts[place] for row in table.rows]) for place, column in enumerate(columns)]
    title, is_narrow = str(which.tables[key]), "narrow" in request.args
    if table.is_side_by_side:
        shares = [(which.word(table.row_kind, row.key), row.percents) for row in table.rows]
        svg = charts.bars(title, columns, shares, written=percent, is_narrow=is_narrow)
    elif table.is_over_time:
        names = [labels.short_period(table.row_kind, row.key) for row in table.rows]
        svg = charts.lines(title, names, series, written=number, is_narrow=is_narrow)
    else:
        names = [which.word(table.row_kind, row.key) for row in table.rows]
        svg = charts.bars(title, names, series, written=number, is_narrow=is_narrow)
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


def _chosen(which: StatisticPage, filters: Filters) -> list[tuple[str, str]]:
    """Which part of the figures it is, in words: paper has no form to tell it."""
    return [
        (str(label), str(dict(choices)[filters.values[name]]))
        for name, (label, choices) in which.selects.items()
        if name in filters.values
    ]


def _query(filters: Filters) -> str:
    return urlencode({"from": filters.first.isoformat(), "to": filters.last.isoformat(), **filters.values})


def _figures(which: StatisticPage, report: Report) -> list[ShownFigure]:
    counts = {figure.key: figure.count or 0 for figure in report.figures}
    return [
        ShownFigure(
            str(which.figures[figure.key]),
            None if figure.count is None else number(figure.count),
            _notes(which, figure, counts),
            None if figure.change_percent is None else labels.change(figure.change_percent, number(figure.before)),
            str(which.how[figure.key]),
        )
        for figure in report.figures
    ]


def _notes(which: StatisticPage, figure: Figure, counts: Mapping[str, int]) -> list[str]:
    if figure.count is None:
        return [str(labels.TOO_FEW)]
    notes = []
    if figure.percent is not None and figure.of_key is not None:
        notes.append(labels.share(which.shares[figure.of_key], figure.percent, before=figure.before_percent))
    parts = [counts[part] for part in which.wholes.get(figure.key, ()) if part in counts]
    if parts and figure.count > sum(parts):
        notes.append(_("including %(number)s in small counts combined", number=number(figure.count - sum(parts))))
    return notes


def _table(which: StatisticPage, table: Table, query: str) -> ShownTable:
    title = str(which.tables[table.key])
    words = labels.period if table.is_over_time else which.word
    image_url = f"{url_for(f'{which.blueprint}.chart', key=table.key)}?{query}"
    return ShownTable(
        key=table.key,
        title=title,
        columns=[str(which.row_kinds[table.row_kind]), *(str(which.columns[column]) for column in table.columns)],
        rows=[
            [
                words(table.row_kind, row.key),
                *(
                    ShownCount(number(count), None if share is None else percent(share, 1))
                    for count, share in zip(row.counts, row.percents, strict=True)
                ),
            ]
            for row in table.rows
        ],
        alt=_alt(which, title, table),
        image_url=image_url,
        image_size=_picture_size(table),
        narrow_url=f"{image_url}&narrow=1",
        narrow_size=_picture_size(table, is_narrow=True),
        is_over_time=table.is_over_time,
        has_hidden=any(count is None for row in table.rows for count in row.counts),
        how=str(which.how[table.key]),
    )


def _picture_size(table: Table, *, is_narrow: bool = False) -> tuple[int, int]:
    labels, series = len(table.rows), len(table.columns)
    if table.is_over_time:
        return charts.lines_size(series, is_narrow=is_narrow)
    if table.is_side_by_side:
        labels, series = series, labels
    return charts.bars_size(labels, series, is_narrow=is_narrow)


def _alt(which: StatisticPage, title: str, table: Table) -> str:
    """What the picture shows at its height; the table beneath has the rest."""
    if table.is_empty:
        return str(_("%(title)s: no figures in this period.", title=title))
    if table.is_side_by_side:
        return str(_("%(title)s: shares in per cent. The same figures are in the table.", title=title))
    counts = {row.key: sum(count or 0 for count in row.counts) for row in table.rows}
    largest = max(counts, key=lambda key: counts[key])
    words = labels.period if table.is_over_time else which.word
    words_of_largest: str = _(
        "%(title)s: the largest is %(name)s with %(number)s. The same figures are in the table.",
        title=title,
        name=words(table.row_kind, largest),
        number=number(counts[largest]),
    )
    return words_of_largest


def _presets(which: StatisticPage, filters: Filters, today: date) -> list[Preset]:
    last_of_month = today.replace(day=1) - timedelta(days=1)
    periods = (
        (_("Last 7 days"), today - timedelta(days=6), today),
        (_("Last 30 days"), today - timedelta(days=29), today),
        (_("Previous month"), last_of_month.replace(day=1), last_of_month),
        (_("Last 12 months"), _a_year_before(today), today),
        (_("This year"), today.replace(month=1, day=1), today),
    )
    url = url_for(f"{which.blueprint}.index")
    return [
        Preset(
            label,
            f"{url}?{_query(Filters(first, last, filters.values))}",
            (filters.first, filters.last) == (first, last),
        )
        for label, first, last in periods
    ]


def _a_year_before(day: date) -> date:
    leap_safe = day.replace(day=28) if (day.month, day.day) == (2, 29) else day
    return leap_safe.replace(year=day.year - 1) + timedelta(days=1)


def _plain(count: int | None) -> Cell:
    return EMPTY if count is None else count


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(f"{value:.1f}")
