"""What a page is called where its readers are counted: by its route template, whose variable parts are not counted."""

import re

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.analytics.counters import OTHER_PAGE

_ARGUMENT = re.compile(r"<[^>]+>")

NAMES: dict[str, LazyString] = {
    OTHER_PAGE: _l("Other pages"),
    "/": _l("Front page"),
    "/accessibility": _l("Accessibility statement"),
    "/accountability": _l("How requests have been answered"),
    "/account-closed": _l("Account closed"),
    "/activate": _l("Activate your account"),
    "/activate/<token>": _l("Activating an account: the link"),
    "/contact": _l("Contact"),
    "/cookies": _l("Cookie settings"),
    "/cookies/receipt": _l("Receipt of the cookie choice"),
    "/email-change/<token>": _l("Changing an e-mail address: the link"),
    "/email-change/done": _l("Changing an e-mail address: done"),
    "/forgot-password": _l("Forgotten password"),
    "/my/account/close": _l("Closing the account"),
    "/my/consents": _l("My consents"),
    "/my/contact": _l("My contact details"),
    "/my/contact/email": _l("My e-mail address"),
    "/my/data": _l("My data"),
    "/my/data/reveal": _l("My data: a masked value"),
    "/my/devices": _l("My devices"),
    "/my/disclosures": _l("To whom my data was given"),
    "/my/permissions": _l("Marketing choices"),
    "/my/requests": _l("My requests"),
    "/my/requests/<public_id>": _l("My requests: one request"),
    "/my/requests/<public_id>/withdraw": _l("Withdrawing a request"),
    "/my/requests/new": _l("Choosing a request"),
    "/my/requests/new/<kind>": _l("Making a request"),
    "/my/security": _l("My sign-in"),
    "/my/security/recovery-codes": _l("My recovery codes"),
    "/my/viewings": _l("Who has viewed my data"),
    "/opt-out/<token>": _l("Forbid marketing: a link"),
    "/opt-out/<token>/done": _l("Forbid marketing: a link used"),
    "/privacy-notice": _l("Privacy notice"),
    "/privacy-notice/versions": _l("Versions of the privacy notice"),
    "/privacy-notice/versions/<version>": _l("An earlier privacy notice"),
    "/requests": _l("Requests about your data"),
    "/requests/access": _l("Access request without an account"),
    "/requests/correction": _l("Correction without an account"),
    "/requests/opt-out": _l("Forbid marketing"),
    "/requests/opt-out/done": _l("Forbid marketing: done"),
    "/requests/received": _l("Request received"),
    "/reset-password/<token>": _l("New password"),
    "/services": _l("Energy services"),
    "/services/<slug>": _l("One energy service"),
    "/set-password/<token>": _l("Set a password"),
    "/sign-in": _l("Sign in"),
    "/sign-in/code": _l("Sign in: the code"),
    "/sign-in/commitment": _l("Confidentiality commitment"),
    "/sign-in/confirm": _l("Sign in: password again"),
    "/sign-in/second-factor": _l("Second factor"),
}


def page_name(template: str) -> str:
    """Its name; of a page that is no more, its address."""
    return str(NAMES[template]) if template in NAMES else _ARGUMENT.sub("…", template)
