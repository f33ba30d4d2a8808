"""Forms of mandates, contacts, paper and protected addresses."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from portal.core.clock import HELSINKI
from portal.register.care import labels
from portal.register.care.contact_log import NewContact
from portal.register.care.kinds import (
    LIFTS_PROTECTION,
    SETS_PROTECTION,
    AddressPurpose,
    ContactChannel,
    ContactDirection,
    ContactTopic,
    Evidence,
    KeyHolder,
    MandateEnd,
    MandateKind,
    MandateScope,
    PaperKind,
    ProtectionReason,
)
from portal.register.care.mandates import NewMandate
from portal.register.care.manual_material import NewPaper
from portal.register.care.models import LONGEST_NOTE
from portal.web.fields import NO_DATE, NO_TIME, ClockField, DayField, choices, once_field
from portal.web.forms import REQUIRED, PortalForm

CHOOSE = _l("Choose")


def _one_of(label: object, words: Mapping[StrEnum, object]) -> RadioField:
    return RadioField(label, choices=choices(words), validators=[InputRequired(REQUIRED)])


def _listed(label: object, words: Mapping[StrEnum, object]) -> SelectField:
    return SelectField(label, choices=choices(words, CHOOSE), default="", validators=[DataRequired(REQUIRED)])


def _day(label: object) -> DayField:
    return DayField(label, [InputRequired(NO_DATE)])


class CareForm(PortalForm):
    """What these forms share. `once` makes a form that is sent twice write one row."""

    problems = labels.CARE_PROBLEMS

    once = once_field()


class MandateForm(CareForm):
    """Who may speak for the customer, and what was seen to prove it."""

    kind = _one_of(_l("What makes them the representative?"), labels.MANDATE_KINDS)
    scope = _one_of(_l("In which matters?"), labels.MANDATE_SCOPES)
    representative_number = StringField(_l("Representative’s customer number"), [Optional(), Length(max=20)])
    name = StringField(_l("Representative’s name"), [Optional(), Length(max=200)])
    contact = StringField(_l("Representative’s phone or e-mail"), [Optional(), Length(max=200)])
    valid_from = _day(_l("Valid from"))
    valid_until = DayField(_l("Last day in force"), [Optional()])
    evidence = _listed(_l("Document that was seen"), labels.EVIDENCE)
    checked_by = StringField(_l("Checked by"), [DataRequired(REQUIRED), Length(max=200)])
    checked_on = _day(_l("Checked on"))

    @property
    def told(self) -> NewMandate:
        return NewMandate(
            kind=MandateKind(self.kind.data),
            scope=MandateScope(self.scope.data),
            representative_number=self.representative_number.data or "",
            name=self.name.data or "",
            contact=self.contact.data or "",
            valid_from=self.valid_from.data,
            valid_until=self.valid_until.data,
            evidence=Evidence(self.evidence.data),
            checked_by=self.checked_by.data or "",
            checked_on=self.checked_on.data,
            once=self.once.data,
        )


class MandateEndForm(PortalForm):
    problems = labels.CARE_PROBLEMS

    reason = _one_of(_l("Why has it ended?"), labels.MANDATE_ENDS)
    ended_on = _day(_l("First day on which it is no longer in force"))

    @property
    def end_reason(self) -> MandateEnd:
        return MandateEnd(self.reason.data)


class ContactForm(CareForm):
    """One contact; the time is that of Finland."""

    channel = _one_of(_l("How"), labels.CHANNELS)
    direction = _one_of(_l("Which way"), labels.DIRECTIONS)
    topic = _listed(_l("About"), labels.TOPICS)
    note = TextAreaField(_l("Note"), [Optional(), Length(max=LONGEST_NOTE)], render_kw={"rows": 3})
    happened_on = _day(_l("Day"))
    happened_time = ClockField(_l("Time"), [InputRequired(NO_TIME)])
    case = StringField(_l("Number of the request"), [Optional(), Length(max=20)])
    is_recorded = BooleanField(_l("The call was recorded"))

    def told(self, *, corrects: int | None = None) -> NewContact:
        return NewContact(
            happened_at=datetime.combine(self.happened_on.data, self.happened_time.data, HELSINKI),
            channel=ContactChannel(self.channel.data),
            direction=ContactDirection(self.direction.data),
            topic=ContactTopic(self.topic.data),
            note=self.note.data or "",
            case=self.case.data or "",
            is_recorded=bool(self.is_recorded.data),
            corrects=corrects,
            once=self.once.data,
        )


class PaperForm(CareForm):
    kind = _listed(_l("What the paper is"), labels.PAPERS)
    room = StringField(_l("Locked room"), [DataRequired(REQUIRED), Length(max=80)])
    shelf = StringField(_l("Shelf or folder"), [Optional(), Length(max=80)])
    key_holder = _listed(_l("Who holds the key"), labels.KEY_HOLDERS)
    kept_since = _day(_l("Kept since"))

    @property
    def told(self) -> NewPaper:
        return NewPaper(
            kind=PaperKind(self.kind.data),
            room=self.room.data or "",
            shelf=self.shelf.data or "",
            key_holder=KeyHolder(self.key_holder.data),
            kept_since=self.kept_since.data,
            once=self.once.data,
        )


class DestroyedForm(PortalForm):
    problems = labels.CARE_PROBLEMS

    destroyed_on = _day(_l("Destroyed on"))


class PaperFilterForm(PortalForm):
    """What the list of paper shows; sent by GET."""

    class Meta(PortalForm.Meta):
        csrf = False

    room = SelectField(_l("Locked room"), validators=[Optional()], validate_choice=False, default="")
    destroyed = BooleanField(_l("Destroyed too"))


class AddressForm(PortalForm):
    problems = labels.CARE_PROBLEMS

    purpose = _one_of(_l("What do you need the address for?"), labels.ADDRESS_PURPOSES)

    @property
    def address_purpose(self) -> AddressPurpose:
        return AddressPurpose(self.purpose.data)


def _words_of(reasons: Iterable[ProtectionReason]) -> dict[StrEnum, object]:
    return {reason: labels.PROTECTION_REASONS[reason] for reason in reasons}


class ProtectionForm(PortalForm):
    """Why the mark is set. `lifts` says which of the two forms was sent: the mark may have changed meanwhile."""

    problems = labels.CARE_PROBLEMS
    done = _l("The address is protected now.")

    lifts = HiddenField(default="no")
    reason = _one_of(_l("How do we know?"), _words_of(SETS_PROTECTION))

    @property
    def protection_reason(self) -> ProtectionReason:
        return ProtectionReason(self.reason.data)


class LiftingForm(ProtectionForm):
    """Why it is taken away."""

    done = _l("The address is no longer protected.")

    lifts = HiddenField(default="yes")
    reason = _one_of(_l("Why is the mark taken away?"), _words_of(LIFTS_PROTECTION))
