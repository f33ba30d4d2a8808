"""Forms for people who have not signed in: they set no cookie, and carry no token."""

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.permissions.labels import CHANNELS as CONTACT_CHANNELS
from portal.permissions.models import Channel as ContactChannel
from portal.subject_requests import problem_labels
from portal.subject_requests.form_fields import ALL_CHANNELS, clean, contact_channels, line, text_area
from portal.subject_requests.opting_out import LONGEST_CONTACT
from portal.subject_requests.strangers import LONGEST_NAME, LONGEST_NUMBER, Told
from portal.web.fields import choices, once_field
from portal.web.forms import REQUIRED, PublicForm, TooMany


class OptOutForm(PublicForm):
    """For anybody: a contact point and what is forbidden to it."""

    problems = problem_labels.OPT_OUT_PROBLEMS
    too_many = TooMany(
        _l("This form has been sent very often just now"),
        _l("Nothing has been forbidden yet. What you wrote is still below: send it again."),
    )

    contact = StringField(
        _l("E-mail, phone number or postal address"),
        description=_l("A postal address as name, street, postal code and town."),
        filters=[clean],
        validators=[DataRequired(REQUIRED), Length(max=LONGEST_CONTACT)],
    )
    channel = SelectField(
        _l("What do you forbid?"),
        choices=choices({ALL_CHANNELS: _l("All direct marketing"), **CONTACT_CHANNELS}),
        default=ALL_CHANNELS,
        validators=[InputRequired(REQUIRED)],
    )

    @property
    def chosen_words(self) -> str:
        """What the person chose, as it read."""
        options = {value: str(words) for value, words, *_rest in self.channel.iter_choices()}
        return f"{self.channel.label.text} {options[self.channel.data]}"

    def channels(self) -> list[ContactChannel]:
        return contact_channels(self.channel.data)


class PublicRequestForm(PublicForm):
    """A request about one's own data, from somebody whom nothing has identified yet."""

    problems = problem_labels.PUBLIC_PROBLEMS

    once = once_field()
    name = line(_l("Your name"), needed=True, longest=LONGEST_NAME, attributes={"autocomplete": "name"})
    contact = line(
        _l("How do we reach you?"),
        needed=True,
        longest=LONGEST_CONTACT,
        description=_l("An e-mail address, a phone number or a whole postal address. We answer you there."),
    )
    customer_number = line(
        _l("Customer number, if you know it"),
        longest=LONGEST_NUMBER,
        description=_l("Eight digits, printed on your invoices. You may leave this empty."),
        attributes={"inputmode": "numeric", "autocomplete": "off"},
    )
    text = text_area(_l("What do you ask for?"), needed=True, rows=6)

    def told(self) -> Told:
        return Told(
            name=self.name.data or "",
            contact=self.contact.data or "",
            customer_number=self.customer_number.data or "",
            text=self.text.data or "",
        )
