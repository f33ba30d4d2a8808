"""Which period and which part of the figures to look at. Sent by GET, so that an address can be kept and shared."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeAlias

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice

from portal.catalogues.code_lists import CodeList, label
from portal.config import LANGUAGES
from portal.publishing.reports import DEFAULT_DAYS, Filters
from portal.web.forms import PublicForm

Choices: TypeAlias = Sequence[tuple[str, LazyString | str]]

EARLIEST = date(2020, 1, 1)
LATEST = date(2100, 1, 1)
WRONG_DATE = _l("Enter a date, for example 2026-11-24.")
WRONG_CHOICE = _l("Choose one from the list.")


class IsoDate(DateField):
    """A date, with our words when it is not one."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if not any(valuelist):
            return
        try:
            super().process_formdata(valuelist)
        except ValueError as problem:
            raise ValueError(str(WRONG_DATE)) from problem


class PeriodForm(PublicForm):
    """From and to, both included."""

    from_on = IsoDate(_l("From"), name="from")
    to_on = IsoDate(_l("To"), name="to")

    def validate_to_on(self, field: DateField) -> None:
        """Refuse a period that ends before it begins, or that nothing could be counted in."""
        self.validate_from_on(field)
        first = self.from_on.data
        if first and field.data and field.data < first:
            raise ValidationError(str(_l("The period ends before it begins.")))

    def validate_from_on(self, field: DateField) -> None:
        """Refuse dates before there was a portal, and absurd ones."""
        if field.data and not EARLIEST <= field.data <= LATEST:
            raise ValidationError(str(WRONG_DATE))

    def filters(self, *, today: date) -> Filters:
        """What was asked for; without dates the last 30 days, with wrong ones too (the page says so)."""
        is_usable = not self.errors
        last = (self.to_on.data if is_usable else None) or today
        first = (self.from_on.data if is_usable else None) or max(EARLIEST, last - timedelta(days=DEFAULT_DAYS - 1))
        values = {
            name: field.data
            for name, field in self._fields.items()
            if name not in ("from_on", "to_on") and field.data and not field.errors
        }
        return Filters(first, max(first, last), values)


LANGUAGE_CHOICES: Choices = (("", _l("All languages")), *((code, label(CodeList.LANGUAGE, code)) for code in LANGUAGES))


def period_form(selects: Mapping[str, tuple[LazyString, Choices]]) -> Callable[..., PeriodForm]:
    """The form of a page with the filters that its statistic has published dimensions for."""
    fields = {
        name: SelectField(
            label,
            choices=[SelectChoice(value, word) for value, word in choices],
            default="",
            invalid_choice_message=WRONG_CHOICE,
        )
        for name, (label, choices) in selects.items()
    }
    return type("PagePeriodForm", (PeriodForm,), fields)
