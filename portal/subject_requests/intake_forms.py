"""The form of a request that came by letter, visit, phone or e-mail (R97-R104, L6, L10, L13).

Each channel is shown only the fields it needs; whatever is sent is read the same way.
"""

from collections.abc import Mapping
from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from portal.config import LANGUAGES
from portal.permissions.labels import CHANNELS as CONTACT_CHANNELS
from portal.permissions.models import Channel as ContactChannel
from portal.register import validators
from portal.register.care.labels import MANDATE_KINDS
from portal.subject_requests import intake, labels
from portal.subject_requests.arriving import Arrival
from portal.subject_requests.form_fields import (
    ALL_CHANNELS,
    RequestForm,
    boxes,
    clean,
    contact_channels,
    line,
    member,
    member_of,
    text_area,
)
from portal.subject_requests.intake import Details, Recognised
from portal.subject_requests.kinds import Channel, DocumentType, IdentityFact, IdentityMethod, Kind, Place
from portal.subject_requests.services import NEEDS_NO_TEXT
from portal.web.fields import ClockField, DayField, choices
from portal.web.forms import REQUIRED
from portal.web.locale import LANGUAGE_NAMES, current_language

CHANNELS = (Channel.LETTER, Channel.VISIT, Channel.PHONE, Channel.EMAIL)
# How somebody can be known who comes this way; whoever signs in here needs no clerk.
METHODS: Mapping[Channel, tuple[IdentityMethod, ...]] = {
    Channel.LETTER: (IdentityMethod.NONE, IdentityMethod.CONTACT_CODE, IdentityMethod.CALL_BACK),
    Channel.VISIT: (IdentityMethod.ID_DOCUMENT, IdentityMethod.NONE),
    Channel.PHONE: (IdentityMethod.NONE, IdentityMethod.CALL_BACK, IdentityMethod.CONTACT_CODE),
    Channel.EMAIL: (IdentityMethod.NONE, IdentityMethod.CONTACT_CODE, IdentityMethod.CALL_BACK),
}


class IntakeForm(RequestForm):
    """`looked` is the customer number that the clerk has had shown whose it is."""

    channel = SelectField(
        _l("How did it arrive?"),
        choices=choices({channel: labels.CHANNELS[channel] for channel in CHANNELS}),
        validators=[InputRequired(REQUIRED)],
    )
    received_on = DayField(_l("Day of arrival"), [InputRequired(_l("Write the day of arrival."))])
    received_time = ClockField(_l("Time"), [Optional()])
    received_at_place = RadioField(
        _l("Which company received it first?"), choices=choices(labels.PLACES), default=Place.VERKKO
    )
    late_reason = line(_l("Reason for late recording"), longest=500)
    kind = SelectField(
        _l("What is asked for?"),
        choices=choices(labels.KINDS_FOR_STAFF, _l("Choose")),
        validators=[InputRequired(_l("Choose what is asked for."))],
    )
    customer_number = line(_l("Customer number"), longest=20)
    contact = line(_l("Contact, when the customer number is not known"), longest=400)
    language = SelectField(
        _l("Language of the answer"), choices=choices(LANGUAGE_NAMES), validators=[Optional()], validate_choice=False
    )
    mandate = RadioField(_l("Who asks?"), validators=[Optional()], default="", validate_choice=False)
    forbidden = SelectField(
        _l("What is forbidden?"),
        choices=choices({ALL_CHANNELS: _l("All direct marketing"), **CONTACT_CHANNELS}),
        default=ALL_CHANNELS,
    )
    text = text_area(_l("The request as it was given"), rows=6)
    identity_method = SelectField(
        _l("How was the person identified?"), choices=choices(labels.METHODS), default=IdentityMethod.NONE
    )
    identity_facts = boxes(_l("After a call back or a code: what could the person tell?"), labels.IDENTITY_FACTS)
    document_type = SelectField(
        _l("Which proof of identity was seen?"), choices=choices(labels.DOCUMENTS, _l("Choose")), default=""
    )
    checked_by = line(_l("Checked by"))
    signed = RadioField(
        _l("Is the letter signed?"),
        choices=choices({"yes": _l("Yes"), "no": _l("No")}),
        validators=[Optional()],
        default="",
        validate_choice=False,
    )
    looked = HiddenField(filters=[clean], validators=[Length(max=20)])

    def validate_text(self, field: TextAreaField) -> None:
        """Clear without a word is what needs none in the portal either (L27, L29)."""
        if not (field.data or "").strip() and member(Kind, self.kind.data) not in NEEDS_NO_TEXT:
            raise ValidationError(str(REQUIRED))

    @property
    def by(self) -> Channel | None:
        return member(Channel, self.channel.data)

    @property
    def is_looked_up(self) -> bool:
        number = (self.customer_number.data or "").strip()
        return bool(number) and (self.looked.data or "").strip() == number

    def begun(self, channel: str) -> dict[str, str]:
        """What the address of the form for a channel keeps of what is known already.

        An identity code typed in place of the customer number is in no address (S15).
        """
        known = {name: self[name].data for name in ("kind", "customer_number", "forbidden")}
        if not validators.is_valid(validators.customer_number, known["customer_number"] or ""):
            del known["customer_number"]
        return {"channel": channel, **{name: value for name, value in known.items() if value}}

    def know(self, found: Recognised) -> None:
        """Offer who may speak for the customer in this matter, and remember who was shown."""
        self.looked.data = self.customer_number.data
        kind = member(Kind, self.kind.data)
        speakers = [mandate for mandate in found.mandates if kind is None or intake.covers(mandate, kind)]
        self.mandate.choices = choices(
            {"": _l("The customer"), **{str(one.id): f"{one.name} ({MANDATE_KINDS[one.kind]})" for one in speakers}}
        )

    @property
    def answer_language(self) -> str:
        """Of somebody who is no customer; a customer's is known."""
        return self.language.data if self.language.data in LANGUAGES else current_language()

    def narrow(self) -> None:
        """Show the ways of being known that fit the channel, and whatever was sent all the same."""
        if self.by is None:
            return
        chosen = member(IdentityMethod, self.identity_method.data)
        fitting = METHODS.get(self.by, tuple(labels.METHODS))
        if chosen is not None and chosen not in fitting:
            fitting = (*fitting, chosen)
        self.identity_method.choices = choices({method: labels.METHODS[method] for method in fitting})

    def details(self, *, language: str) -> Details:
        arrival = Arrival(
            channel=Channel(self.channel.data),
            received_on=self.received_on.data,
            at=self.received_time.data,
            place=Place(self.received_at_place.data),
            late_reason=self.late_reason.data or None,
            identity_method=IdentityMethod(self.identity_method.data),
            identity_facts=member_of(IdentityFact, self.identity_facts.data),
            document_type=member(DocumentType, self.document_type.data),
            checked_by=self.checked_by.data or None,
            is_signed={"yes": True, "no": False}.get(self.signed.data or ""),
        )
        return Details(
            arrival=arrival,
            kind=Kind(self.kind.data),
            customer_number=self.customer_number.data or "",
            contact=self.contact.data or "",
            text=self.text.data or "",
            language=language,
            once=self.once.data,
            mandate=self.mandate.data or "",
            forbidden=contact_channels(self.forbidden.data),
        )


def intake_form(asked: Mapping[str, str], *, today: date, clerk: str) -> IntakeForm:
    """The form, begun with what the address asks for; what it misspells is left out."""
    known = {
        "channel": member(Channel, asked.get("channel")),
        "kind": member(Kind, asked.get("kind")),
        "forbidden": member(ContactChannel, asked.get("forbidden")),
    }
    begun = {name: value.value for name, value in known.items() if value is not None and value is not Channel.PORTAL}
    if begun.get("channel") == Channel.VISIT:
        begun |= {
            "identity_method": IdentityMethod.ID_DOCUMENT,
            "checked_by": clerk,
            "received_at_place": Place.ENERGIA,
        }
    number = asked.get("customer_number", "")[:20]
    form = IntakeForm(data={"received_on": today, "language": current_language(), **begun, "customer_number": number})
    form.mandate.choices = choices({"": _l("The customer")})
    return form
