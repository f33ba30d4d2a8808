"""Register values as people read them, in the language that is set."""

from datetime import date

from flask_babel import get_locale
from flask_babel import gettext as _

from portal.catalogues import code_lists
from portal.catalogues.fields import BY_KEY, Display, FieldSpec
from portal.register.values import masked_text

def in_words(spec: FieldSpec, text: str | None) -> str:
    """A value in the register's own text form, as a person reads it; identity code and IBAN masked."""
    if not text:
        return _("(empty)")
    if spec.code_list is not None:
        return str(code_lists.label(spec.code_list, text))
    if spec.display is Display.DATE:
        return _date(text)
    if spec.is_masked and "*" not in text:
        return masked_text(spec, text)
    return text


def field_title(key: str) -> str:
    spec = BY_KEY.get(key)
    return str(spec.label) if spec else key


def _date(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    language = str(getattr(get_locale(), "language", "fi"))
    return f"{day.day}.{day.month}.{day.year}" if language == "fi" else f"{day.day} {day:%B %Y}"
