"""How dates, numbers and identifiers are written in each language."""

import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

import phonenumbers
from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_currency, format_decimal, get_group_symbol
from flask import Flask
from markupsafe import Markup

from portal.catalogues import code_lists
from portal.catalogues.code_lists import CodeList
from portal.config import SPOKEN
from portal.core.clock import HELSINKI, local_date
from portal.web.locale import babel_locale, current_language, spoken

EMPTY = "–"
NBSP = "\N{NO-BREAK SPACE}"
SHORTEST_FINNISH_PHONE = len("+3585885")
MINUS = "\N{MINUS SIGN}"


def _as_date(value: date | datetime) -> date:
    return local_date(value) if isinstance(value, datetime) else value


@lru_cache(maxsize=5_000)  # the same days stand on many pages, and on each many times
def _day(day: date, pattern: str, locale: str) -> str:
    return format_date(day, pattern, locale=locale)


def written_date(value: date | datetime | None, language: str | None = None) -> str:
    """In the language of the page, or in that of a letter."""
    if value is None:
        return EMPTY
    writing = SPOKEN[language or current_language()]
    return _day(_as_date(value), writing.date, writing.locale)


def weekday_date(value: date | datetime | None) -> str:
    if value is None:
        return EMPTY
    return _day(_as_date(value), spoken().weekday_date, babel_locale())


def long_date(value: date | datetime | None) -> str:
    if value is None:
        return EMPTY
    return _day(_as_date(value), spoken().long_date, babel_locale())


def month(value: date | None) -> str:
    return EMPTY if value is None else _day(value, spoken().month, babel_locale())


def short_day(value: date) -> str:
    """On the axis of a chart, without the year."""
    return _day(value, spoken().short_day, babel_locale())


def short_month(value: date) -> str:
    return _day(value, spoken().short_month, babel_locale())


def period(first: date, last: date) -> str:
    """From a day to a day: 27.10.–24.11.2026, 27 October – 24 November 2026. A line breaks after the dash only."""
    if first == last:
        return written_date(last)
    begins = _day(first, spoken().day, babel_locale()) if first.year == last.year else written_date(first)
    ends = written_date(last)
    dash = f"{NBSP}– " if " " in ends else "–"
    return dash.join(day.replace(" ", NBSP) for day in (begins, ends))


def moment(value: datetime | None, language: str | None = None) -> str:
    """Date and time in Finland; in the language of the page, or in that of a letter."""
    if value is None:
        return EMPTY
    writing = SPOKEN[language or current_language()]
    return format_datetime(value, writing.moment, tzinfo=HELSINKI, locale=writing.locale)


def exact_moment(value: datetime | None, language: str | None = None) -> str:
    """With seconds, for receipts; in the language of the page, or in that of a letter."""
    if value is None:
        return EMPTY
    writing = SPOKEN[language or current_language()]
    return format_datetime(value, writing.exact_moment, tzinfo=HELSINKI, locale=writing.locale)


def told_moment(value: datetime | None, language: str | None = None) -> str:
    """As `moment`, inside a sentence: 24.11.2026 klo 10.16, 24 November 2026 at 10:16."""
    if value is None:
        return EMPTY
    writing = SPOKEN[language or current_language()]
    return format_datetime(value, writing.told_moment, tzinfo=HELSINKI, locale=writing.locale)


def clock_time(value: datetime | None) -> str:
    if value is None:
        return EMPTY
    return format_time(value, spoken().time, tzinfo=HELSINKI, locale=babel_locale())


def number(value: int | float | Decimal | None, digits: int = 0) -> str:
    if value is None:
        return EMPTY
    if isinstance(value, int) and not digits:  # most of them, and Babel takes its time
        return f"{value:,}".replace(",", get_group_symbol(babel_locale())).replace("-", MINUS)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, pattern, locale=babel_locale()).replace("-", MINUS)


def language_name(code: str) -> str:
    """Of a language of the portal, in the language of the page."""
    return str(code_lists.label(CodeList.LANGUAGE, code))


def kwh(value: int | float | Decimal | None) -> str:
    return EMPTY if value is None else f"{number(value)}{NBSP}kWh"


def money(cents: int | None, currency: str = "EUR") -> str:
    if cents is None:
        return EMPTY
    written: str = format_currency(Decimal(cents) / 100, currency, locale=babel_locale())
    return written.replace("-", MINUS)


def percent(value: float | None, digits: int = 0) -> str:
    if value is None:
        return EMPTY
    sign: str = Locale.parse(babel_locale()).percent_formats[None].pattern.lstrip("#,0.")  # with its space, or without
    return number(value, digits) + sign


def phone(e164: str | None, language: str | None = None) -> str:
    """05 885 111 in Finnish, +358 5 885 111 in English; numbers of other countries in international form.

    What is no phone number stays as it is: a person may have written it.
    """
    if not e164:
        return EMPTY
    if not e164.startswith("+358") or len(e164) < SHORTEST_FINNISH_PHONE:
        try:
            parsed = phonenumbers.parse(e164)
        except phonenumbers.NumberParseException:
            return e164
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL).replace(" ", NBSP)
    national = e164.removeprefix("+358")
    area, rest = (
        (national[:2], national[2:]) if national[0] == "4" or national[:2] == "50" else (national[:1], national[1:])
    )
    grouped = NBSP.join([area, *_threes(rest)])
    is_national = SPOKEN[language or current_language()].phone == "national"
    return f"0{grouped}" if is_national else f"+358{NBSP}{grouped}"


def _threes(digits: str) -> list[str]:
    """Groups of three, the last of three or four."""
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return groups


def iban(value: str | None) -> str:
    return NBSP.join(value[i : i + 4] for i in range(0, len(value), 4)) if value else EMPTY


def grouped_reference(value: str | None) -> str:
    """A reference number in fives from the right."""
    if not value:
        return EMPTY
    head = len(value) % 5
    groups = ([value[:head]] if head else []) + [value[i : i + 5] for i in range(head, len(value), 5)]
    return NBSP.join(groups)


def mail_address(value: str) -> str:
    """On a narrow screen it breaks before its sign or a dot, and nowhere else."""
    if "@" not in value:
        return value
    parts = Markup("<wbr>").join(re.split("(?=[@.])", value))
    return Markup('<span class="mail">{}</span>').format(parts)


FILTERS = {
    "language": language_name,
    "date": written_date,
    "weekday_date": weekday_date,
    "long_date": long_date,
    "month": month,
    "period": period,
    "short_day": short_day,
    "short_month": short_month,
    "datetime": moment,
    "exact_datetime": exact_moment,
    "told": told_moment,
    "time": clock_time,
    "number": number,
    "kwh": kwh,
    "money": money,
    "percent": percent,
    "phone": phone,
    "iban": iban,
    "grouped_reference": grouped_reference,
    "mail_address": mail_address,
}


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(FILTERS)
