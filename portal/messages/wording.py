"""How every mail begins and ends, in its reader's language: plain text, a paragraph to a line."""

from flask_babel import force_locale
from flask_babel import gettext as _

from portal.config import LOCALES, organisation
from portal.web import formatting
from portal.web.opening_hours import hours_in_words


def whole(body: str, *, language: str, is_to_staff: bool) -> str:
    """With greeting and sign-off: for customers with how and when to reach us, which staff know."""
    with force_locale(LOCALES[language]):
        sign_off = [_("Kind regards"), organisation.register_company]
        if is_to_staff:
            sign_off.append(_("Privacy portal"))
        else:
            sign_off += ["", _customer_service(language), organisation.email_customer_service]
        return "\n\n".join([_("Hello,"), body.strip(), "\n".join(sign_off)]) + "\n"


def _customer_service(language: str) -> str:
    words: str = _(
        "Customer service: %(phone)s, %(hours)s",
        phone=formatting.phone(organisation.phone, language),
        hours=hours_in_words(organisation.phone_hours, language),
    )
    return words
