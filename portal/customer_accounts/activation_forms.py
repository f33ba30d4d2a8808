"""Forms of activating an account."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, InputRequired, Length, Optional, ValidationError

from portal.accounts.forms import MOST_TYPED, ForgotForm, without_control_characters
from portal.accounts.labels import PASSWORD_PROBLEMS, SIGN_IN_PROBLEMS
from portal.core.identity_codes import holds_identity_code
from portal.customer_accounts import codes
from portal.customer_accounts.activation_labels import ACTIVATION_PROBLEMS, FACT_PROBLEMS, LETTER_PROBLEMS
from portal.web.forms import REQUIRED, PortalForm, PublicForm

USERNAME = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}


class AskForm(ForgotForm):
    """Which contact the link goes to, as for a forgotten password; the user name is a wish."""

    username = StringField(
        _l("Username you would like"),
        [Optional(), MOST_TYPED],
        filters=[without_control_characters],
        render_kw=USERNAME,
    )


class CodeForm(PublicForm):
    """The code of a letter."""

    code = StringField(
        _l("Code of the letter"),
        [DataRequired(REQUIRED), MOST_TYPED],
        filters=[without_control_characters],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )

    def validate_code(self, field: StringField) -> None:
        if codes.read(field.data or "") is None:
            raise ValidationError(_l("Check the code: it has 16 letters and digits, in four groups of four."))

    @property
    def token(self) -> str:
        """The code as it stands in the letter and its address."""
        return codes.grouped(codes.read(self.code.data or "") or "")


class ActivateForm(PortalForm):
    problems = ACTIVATION_PROBLEMS | FACT_PROBLEMS | PASSWORD_PROBLEMS | SIGN_IN_PROBLEMS

    fact = StringField(
        _l("Customer number or metering point ID"),
        [DataRequired(REQUIRED), MOST_TYPED],
        filters=[without_control_characters],
        render_kw={"autocomplete": "off", "inputmode": "numeric"},
    )
    username = StringField(
        _l("Username"), [DataRequired(REQUIRED), MOST_TYPED], filters=[without_control_characters], render_kw=USERNAME
    )
    # not DataRequired: a password may be blanks
    new_password = PasswordField(
        _l("New password"), [InputRequired(REQUIRED), MOST_TYPED], render_kw={"autocomplete": "new-password"}
    )
    repeat_password = PasswordField(
        _l("New password again"),
        [InputRequired(REQUIRED), EqualTo("new_password", _l("The two new passwords differ. Enter the same in both."))],
        render_kw={"autocomplete": "new-password"},
    )

    def forget_identity_codes(self) -> None:
        """An identity code typed in the wrong place does not stay on the page (S16)."""
        for field in (self.fact, self.username):
            if holds_identity_code(field.data or ""):
                field.data = ""


class LetterForm(PortalForm):
    problems = LETTER_PROBLEMS

    key = HiddenField(validators=[Length(max=64)])
