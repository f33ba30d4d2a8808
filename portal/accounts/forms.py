"""Forms of signing in and of the person's own security."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, InputRequired, Length

from portal.accounts.labels import PASSWORD_PROBLEMS, SIGN_IN_PROBLEMS
from portal.web.forms import REQUIRED, PortalForm, PublicForm

MOST_TYPED = Length(max=1000, message=_l("This is too long."))


def without_control_characters(typed: str | None) -> str | None:
    """What is drawn again after a mistake must be valid in a page."""
    return None if typed is None else "".join(sign for sign in typed if sign >= " " and sign != "\x7f")


def _password(label: LazyString, autocomplete: str) -> PasswordField:
    # not DataRequired: a password may be blanks
    return PasswordField(label, [InputRequired(REQUIRED), MOST_TYPED], render_kw={"autocomplete": autocomplete})


def _code() -> StringField:
    return StringField(
        _l("Code"),
        [DataRequired(REQUIRED), MOST_TYPED],
        filters=[without_control_characters],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class SignInForm(PortalForm):
    problems = SIGN_IN_PROBLEMS

    username = StringField(
        _l("Username"),
        [DataRequired(REQUIRED), MOST_TYPED],
        filters=[without_control_characters],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = _password(_l("Password"), "current-password")
    remember = BooleanField()  # its words are the proof of a consent: consents.texts gives them


class CodeForm(PortalForm):
    problems = SIGN_IN_PROBLEMS

    code = _code()


class ConfirmForm(PortalForm):
    """The code field is taken away for those without a second factor."""

    problems = SIGN_IN_PROBLEMS

    password = _password(_l("Password"), "current-password")
    code = _code()


class SecondFactorForm(CodeForm):
    setup = HiddenField()


class EnableForm(SecondFactorForm):
    """The same on the page Password and security, where other forms are too."""

    enable = HiddenField(default="1")


class FactorStepForm(PortalForm):
    """Nothing to fill in: what is to become of the second factor stands in the button."""


class KeepForm(PortalForm):
    """A button: the codes that are shown, as a file. Sealed, so that nothing else comes back in a file of ours."""

    codes = HiddenField()


class CommitmentForm(PortalForm):
    accepts = BooleanField(
        _l("I have read the commitment and commit to it"),
        [InputRequired(_l("Tick the box to commit. Without it no customer data opens."))],
    )


class FirstPasswordForm(PortalForm):
    problems = PASSWORD_PROBLEMS

    new_password = _password(_l("New password"), "new-password")
    repeat_password = PasswordField(
        _l("New password again"),
        [InputRequired(REQUIRED), EqualTo("new_password", _l("The two new passwords differ. Enter the same in both."))],
        render_kw={"autocomplete": "new-password"},
    )


class ForgotForm(PublicForm):
    username = StringField(
        _l("Username"),
        [DataRequired(REQUIRED), MOST_TYPED],
        filters=[without_control_characters],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    contact = StringField(
        _l("E-mail address"),
        [DataRequired(REQUIRED), MOST_TYPED],
        filters=[without_control_characters],
        render_kw={"autocomplete": "email", "inputmode": "email", "autocapitalize": "none", "spellcheck": "false"},
    )


class PasswordForm(FirstPasswordForm):
    problems = SIGN_IN_PROBLEMS | PASSWORD_PROBLEMS

    current_password = _password(_l("Current password"), "current-password")


class RevokeForm(PortalForm):
    revoke = HiddenField(validators=[DataRequired(REQUIRED), Length(max=30)])
