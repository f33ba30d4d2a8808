"""Words for what the ledger stores, and the state of a choice in one line."""

from babel.lists import format_list
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.catalogues.cookies import CATEGORY_LABELS, OPTIONAL
from portal.config import LANGUAGES
from portal.consents.choice import Choice
from portal.consents.models import Answer, Method, Outcome, Surface

ANSWERS = {
    Answer.YES: _l("Allowed"),
    Answer.NO: _l("Not allowed"),
    Answer.UNASKED: _l("Not chosen yet"),
}

SURFACES = {
    Surface.BANNER: _l("Banner"),
    Surface.SETTINGS: _l("Cookie page"),
    Surface.SIGN_IN: _l("Sign-in page"),
}

METHODS = {
    Method.ACCEPT_ALL: _l("Button “Accept all”"),
    Method.NECESSARY_ONLY: _l("Button “Necessary only”"),
    Method.SAVE: _l("Own choice by category"),
    Method.REMEMBER_TICK: _l("Box “Remember me” at sign-in"),
}

OUTCOMES = {
    Outcome.ACCEPTED_ALL: _l("Accepted all"),
    Outcome.NECESSARY_ONLY: _l("Necessary only"),
    Outcome.OWN_CHOICE: _l("Own choice"),
    Outcome.WITHDRAWN: _l("Withdrawn"),
}

TEXT_KINDS = {
    "banner": _l("Banner"),
    "choice-form": _l("Choice form"),
    "timeline": _l("Page “My consents”"),
    "cookie-list": _l("Cookie list"),
    "remember": _l("Box “Remember me” at sign-in"),
    "notice": _l("Privacy notice"),
}

# Figures of last month on the cookie page, by key.
TOTALS = {
    "page-views": _l("Pages viewed"),
    "visits": _l("Visits of those who allowed analytics"),
    "visits-second-page": _l("Of these, went on to a second page"),
    "decided": _l("Cookie choices made"),
    "accepted-all": _l("Of these, accepted all"),
    "necessary-only": _l("Of these, necessary only"),
}


def summary(choice: Choice, *, gpc: bool) -> str:
    """The state of the choice, as the foot of every page tells it."""
    if not choice.is_made:
        if gpc:
            return _("Only necessary cookies in use, as your browser’s privacy signal asks")
        return _("Only necessary cookies in use; you have not chosen yet")
    allowed = [str(CATEGORY_LABELS[c]).lower() for c in OPTIONAL if c in choice.allowed]
    if len(allowed) == len(OPTIONAL):
        return _("All cookies allowed")
    if not allowed:
        return _("Only necessary cookies in use")
    return _("Allowed besides the necessary cookies: %(categories)s", categories=_listed(allowed))


def _listed(words: list[str]) -> str:
    return format_list(words, locale=get_locale() or LANGUAGES[0])
