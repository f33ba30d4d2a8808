"""Words of activating an account."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.customer_accounts.activation_letters import LetterProblem
from portal.customer_accounts.activations import ActivationProblem
from portal.customer_accounts.facts import FactProblem

ACTIVATION_PROBLEMS: dict[StrEnum, LazyString] = {
    ActivationProblem.WRONG_FACT: _l(
        "The number does not match what we have on file. Look at your bill, and enter the password again. "
        "Tries left: %(left)s."
    ),
    ActivationProblem.HAS_ACCOUNT: _l(
        "This customer has an account already. Sign in, or set a new password if you have forgotten it."
    ),
    ActivationProblem.USERNAME_LENGTH: _l("Choose a username of %(shortest)s to %(longest)s characters."),
    ActivationProblem.USERNAME_UNFIT: _l("The username contains characters that cannot be seen. Type it anew."),
    ActivationProblem.USERNAME_IDENTITY_CODE: _l(
        "Do not use a personal identity code as username. Choose another, for example your e-mail address."
    ),
}

FACT_PROBLEMS: dict[StrEnum, LazyString] = {
    FactProblem.FORM: _l("Check the number: a customer number has 8 digits, a metering point ID has 18."),
    FactProblem.IDENTITY_CODE: _l(
        "We never ask for your personal identity code here. Enter the customer number or the metering point ID."
    ),
}

LETTER_PROBLEMS: dict[StrEnum, LazyString] = {
    LetterProblem.HAS_ACCOUNT: _l("The customer has an account already. No code is needed."),
    LetterProblem.POTENTIAL: _l("A potential customer has no bill and cannot activate an account."),
}
