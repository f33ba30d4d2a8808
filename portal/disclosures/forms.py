"""Forms of recipients and disclosures: shape only; the rules live beside the services."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    IntegerField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from portal.catalogues import transfers
from portal.catalogues.code_lists import CodeList, label
from portal.catalogues.fields import BY_KEY, CATEGORIES, Category
from portal.catalogues.legal_bases import LegalBasis
from portal.catalogues.recipients import ONE_AT_A_TIME, Recipient
from portal.catalogues.transfers import TransferGround
from portal.config import LANGUAGES
from portal.core.clock import HELSINKI
from portal.disclosures import labels, rules
from portal.disclosures.holders import Terms, possible_categories
from portal.disclosures.queries import Filters, Listed
from portal.disclosures.services import Wanted
from portal.register.models import RecipientHolder
from portal.web.fields import NO_DATE, NO_TIME, ClockField, DayField, choices, once_field
from portal.web.forms import REQUIRED, PortalForm, PublicForm
from portal.web.locale import babel_locale

CHOOSE = _l("Choose one from the list.")
# the official name is in the first language
OTHER_LANGUAGES = LANGUAGES[1:]
NAME_IN = {
    code: _l("Name (%(language)s), where it is another one", language=label(CodeList.LANGUAGE, code))
    for code in OTHER_LANGUAGES
}


def _clean(text: str | None) -> str | None:
    return " ".join(text.replace("\0", "").split()) if text else text


def _boxes(label: Any, choices: Iterable[SelectChoice] = (), default: Iterable[str] = ()) -> SelectMultipleField:
    return SelectMultipleField(
        label,
        choices=list(choices),
        default=list(default),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )


def _line(label: Any, *validators: Any, longest: int) -> StringField:
    return StringField(label, filters=[_clean], validators=[*validators, Length(max=longest)])


class VersionForm(PortalForm):
    """A form that knows what it was drawn from."""

    problems = labels.HOLDER_PROBLEMS

    version = IntegerField(default=0, validators=[InputRequired()], widget=HiddenInput())


class HolderForm(VersionForm):
    """Who serves in a role. `holder_form` adds the categories of the role and the names in other languages."""

    name = _line(_l("Name"), DataRequired(REQUIRED), longest=120)
    country = SelectField(_l("Country"), default="FI", invalid_choice_message=CHOOSE)
    transfer_ground = SelectField(
        _l("Ground of a transfer outside the EU and the EEA"),
        choices=choices(labels.TRANSFER_GROUNDS, _l("No transfer outside the EU and the EEA")),
        invalid_choice_message=CHOOSE,
    )
    safeguards = TextAreaField(
        _l("How the data is protected there, and where one can see it"),
        filters=[_clean],
        validators=[Optional(), Length(max=500)],
        render_kw={"rows": 3},
    )
    legal_basis = SelectField(_l("Legal basis"), choices=choices(labels.BASES), invalid_choice_message=CHOOSE)
    categories = _boxes(_l("What it may receive"))
    from_on = DayField(_l("First day"), [InputRequired(NO_DATE)])
    until_on = DayField(_l("Last day"), [Optional()])
    recipient: Recipient
    names_in: Mapping[str, str]

    def terms(self) -> Terms:
        assert self.from_on.data is not None  # the form is valid
        return Terms(
            recipient=self.recipient,
            name=self.name.data or "",
            other_names={language: self[field].data or "" for language, field in self.names_in.items()},
            country=self.country.data,
            legal_basis=LegalBasis(self.legal_basis.data),
            categories=frozenset(Category(key) for key in self.categories.data or () if key in set(Category)),
            from_on=self.from_on.data,
            until_on=self.until_on.data,
            transfer_ground=TransferGround(self.transfer_ground.data) if self.transfer_ground.data else None,
            safeguards=self.safeguards.data or "",
        )


def holder_form(recipient: Recipient, holder: RecipientHolder | None = None) -> HolderForm:
    """For a new holder of the role, or for mending one."""
    names_in = {language: f"name_{language}" for language in OTHER_LANGUAGES}
    named = {field: _line(NAME_IN[language], Optional(), longest=120) for language, field in names_in.items()}
    possible = possible_categories(recipient)
    attributes: dict[str, Any] = {
        **named,
        "recipient": recipient,
        "names_in": names_in,
        "categories": _boxes(
            _l("What it may receive"),
            [SelectChoice(category.value, CATEGORIES[category].label) for category in possible],
            # a role for one company receives the same whoever serves in it; others get what they need
            default=[category.value for category in possible] if recipient in ONE_AT_A_TIME else (),
        ),
    }
    made = type("HolderFormOfRole", (HolderForm,), attributes)
    form: HolderForm = made(data=_as_typed(holder, names_in) if holder else _suggested(recipient))
    form.country.choices = [SelectChoice(code, name) for code, name in transfers.countries(babel_locale())]
    return form


def _suggested(recipient: Recipient) -> dict[str, Any]:
    obliges = recipient in (Recipient.AUTHORITY, Recipient.DATAHUB)
    basis = LegalBasis.LEGAL_OBLIGATION if obliges else LegalBasis.LEGITIMATE_INTERESTS
    return {"legal_basis": basis.value}


def _as_typed(holder: RecipientHolder, names_in: Mapping[str, str]) -> dict[str, Any]:
    return {
        "version": holder.version,
        "name": holder.name,
        **{field: holder.other_names.get(language, "") for language, field in names_in.items()},
        "country": holder.country,
        "transfer_ground": holder.transfer_ground or "",
        "safeguards": holder.safeguards or "",
        "legal_basis": holder.legal_basis.value,
        "categories": [category.value for category in holder.categories],
        "from_on": holder.from_on,
        "until_on": holder.until_on,
    }


class EndForm(VersionForm):
    until_on = DayField(_l("Last day"), [Optional()])


class RemoveForm(VersionForm):
    """A button."""


class DisclosureForm(PortalForm):
    """What was given to one recipient. `once` makes a form that is sent twice record one disclosure."""

    problems = labels.DISCLOSURE_PROBLEMS

    once = once_field()
    fields = _boxes(_l("What was given"))
    day = DayField(_l("Day"), [InputRequired(NO_DATE)])
    time = ClockField(_l("Time of day"), [InputRequired(NO_TIME)])
    recipient: Recipient
    offered: Sequence[str]

    def wanted(self, holder_id: int) -> Wanted:
        assert self.day.data is not None and self.time.data is not None  # the form is valid
        return Wanted(
            holder_id=holder_id,
            fields=self["fields"].data or (),
            ground=self._ground(),
            at=datetime.combine(self.day.data, self.time.data, HELSINKI),
            once=self.once.data,
        )

    def _ground(self) -> str | None:
        if self.recipient is not Recipient.AUTHORITY:
            return None
        law: str | None = self["law"].data or self["law_text"].data
        return law


def disclosure_form(holder: RecipientHolder, whose: rules.Whose, now: datetime) -> DisclosureForm:
    """The fields that this recipient may receive and the customer has."""
    keys = [key for key in rules.receivable(holder.recipient, holder.categories) if key in whose.held]
    is_fixed = holder.recipient is Recipient.CREDIT_INFORMATION
    attributes: dict[str, Any] = {
        "recipient": holder.recipient,
        "offered": keys,
        "fields": _boxes(
            _l("What was given"),
            [SelectChoice(key, BY_KEY[key].label) for key in keys],
            default=keys if is_fixed else (),
        ),
    }
    if holder.recipient is Recipient.AUTHORITY:
        attributes["law"] = SelectField(
            _l("Law that obliges us to give the data"),
            choices=choices(labels.LAWS, _l("Another law, written below")),
            invalid_choice_message=CHOOSE,
        )
        attributes["law_text"] = _line(_l("Another law, with its number"), Optional(), longest=rules.LONGEST_GROUND)
    local = now.astimezone(HELSINKI)
    made: DisclosureForm = type("DisclosureFormOfRecipient", (DisclosureForm,), attributes)(
        data={"day": local.date(), "time": local.time().replace(second=0, microsecond=0)}
    )
    return made


class FilterForm(PublicForm):
    """By recipient and year; sent by GET. What is not on the lists means all."""

    recipient = SelectField(_l("Recipient"), validate_choice=False)
    year = SelectField(_l("Year"), validate_choice=False)

    def filters(self) -> Filters:
        recipient, year = self.recipient.data or "", self.year.data or ""
        is_year = year.isascii() and year.isdigit() and len(year) == 4
        return Filters(
            recipient=Recipient(recipient) if recipient in set(Recipient) else None,
            year=int(year) if is_year else None,
        )

    def offer(self, listed: Listed) -> None:
        self.recipient.choices = choices({one: labels.ROLES[one] for one in listed.recipients}, _l("All recipients"))
        self.year.choices = choices({year: str(year) for year in listed.years}, _l("All years"))
