"""Words of contact details and their changes."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.customer_accounts.contact import ContactProblem
from portal.register.labels import VALUE_PROBLEMS

CONTACT_PROBLEMS: dict[StrEnum, LazyString] = {
    **VALUE_PROBLEMS,
    ContactProblem.CHANGED_MEANWHILE: _l(
        "This was changed meanwhile, and nothing was saved now. Look at the value above; if yours is right, save again."
    ),
    ContactProblem.SAME_EMAIL: _l("This is your e-mail address already. Enter the new one."),
    ContactProblem.TOO_MANY_MAILS: _l(
        "We have sent you links %(most)s times within a day. Look in both mailboxes, also among the unwanted mail, or "
        "ask again tomorrow."
    ),
}
