"""Forms of one's own contact details and of closing the account."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, StringField
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, Optional

from portal.catalogues.code_lists import WORDS, CodeList
from portal.customer_accounts.contact_labels import CONTACT_PROBLEMS
from portal.web.forms import REQUIRED, PortalForm, PublicForm

LONGEST = Length(max=254, message=_l("This is too long."))
CONFIRM, STOP = "confirm", "stop"


class ContactForm(PortalForm):
    """`seen` is the value that the form was opened with."""

    problems = CONTACT_PROBLEMS

    seen = HiddenField()


class PhoneForm(ContactForm):
    step = HiddenField(default="phone")
    phone = StringField(
        _l("Phone"),
        [Optional(), LONGEST],
        render_kw={"autocomplete": "tel", "inputmode": "tel", "type": "tel"},
    )


class LanguageForm(ContactForm):
    step = HiddenField(default="language")
    preferred_language = RadioField(
        _l("Preferred language"),
        [InputRequired(REQUIRED)],
        choices=[SelectChoice(code, words) for code, words in WORDS[CodeList.LANGUAGE].items()],
    )


class EmailForm(PortalForm):
    problems = CONTACT_PROBLEMS

    email = StringField(
        _l("New e-mail address"),
        [DataRequired(REQUIRED), LONGEST],
        render_kw={
            "autocomplete": "email",
            "inputmode": "email",
            "type": "email",
            "autocapitalize": "none",
            "spellcheck": "false",
        },
    )


class WaitingForm(PortalForm):
    """The buttons beside a change that waits."""

    problems = CONTACT_PROBLEMS


class AnswerForm(PublicForm):
    """The buttons behind a link that was mailed; they carry the answer themselves."""

    answer = HiddenField(validators=[AnyOf((CONFIRM, STOP), _l("Choose with one of the buttons."))])


class CloseForm(PortalForm):
    understands = BooleanField(
        _l("I understand that my account is closed at once and cannot be brought back"),
        [InputRequired(_l("Tick the box if you want to close your account."))],
    )
