"""Register values as people read them, in the language that is set (a letter's may differ from the page's)."""

from datetime import date

from babel.dates import format_date
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from portal.catalogues import code_lists
from portal.catalogues.fields import BY_KEY, Display, FieldSpec
from portal.config import LANGUAGES, LOCALES, SPOKEN
from portal.core.crypto import DAMAGED
from portal.register.values import masked_text
from portal.web import formatting


def in_words(spec: FieldSpec, text: str | None) -> str:
    """A value in the register's own text form, as a person reads it; identity code and IBAN masked."""
    if not text:
        return str(_("(empty)"))
    if text == DAMAGED:
        return unreadable()
    if spec.code_list is not None:
        return str(code_lists.label(spec.code_list, text))
    if spec.display is Display.DATE:
        return _date(text)
    if spec.display is Display.PHONE and text.startswith("+"):
        return formatting.phone(text, _language())
    if spec.is_masked and "*" not in text:
        return masked_text(spec, text)
    return text


def unreadable() -> str:
    """Stands in a letter or a form where a stored text is damaged."""
    return str(_("(cannot be read)"))


def protected() -> str:
    """Stands in a letter where a protected address would (L40)."""
    return str(_("(protected address: not written in letters, see My data)"))


def in_every_language(spec: FieldSpec, text: str) -> set[str]:
    words = set()
    for locale in LOCALES.values():
        with force_locale(locale):
            words.add(in_words(spec, text))
    return words


def field_title(key: str) -> str:
    spec = BY_KEY.get(key)
    return str(spec.label) if spec else key


def _date(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    language = _language()
    return format_date(day, SPOKEN[language].date, locale=get_locale() or language)


def _language() -> str:
    locale = get_locale()
    return locale.language if locale else LANGUAGES[0]
