"""Forms of the clerk's customer view."""

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, DataRequired, Length

from portal.register.conflicts import ConflictChoice
from portal.register.labels import VALUE_PROBLEMS, VIEW_PURPOSES
from portal.register.openings import OpeningProblem, ViewPurpose
from portal.register.searching import may_be_identity_code
from portal.web.forms import REQUIRED, PortalForm

OPENING_PROBLEMS: Mapping[StrEnum, LazyString] = {
    OpeningProblem.CASE_MISSING: _l("Write the number of the request."),
    OpeningProblem.CASE_UNKNOWN: _l("There is no request with this number."),
    OpeningProblem.CASE_OF_ANOTHER: _l("The request with this number is not of this customer."),
}


class PurposeForm(PortalForm):
    """Why a customer is opened."""

    problems = OPENING_PROBLEMS

    purpose = RadioField(
        _l("Purpose"),
        choices=[
            SelectChoice(purpose.value, VIEW_PURPOSES[purpose])
            for purpose in ViewPurpose
            if purpose is not ViewPurpose.COMPARISON
        ],
        validators=[DataRequired(_l("Choose the purpose."))],
    )
    case = StringField(_l("Number of the request"), validators=[Length(max=20)])

    @property
    def view_purpose(self) -> ViewPurpose:
        return ViewPurpose(self.purpose.data)


class SearchForm(PurposeForm):
    """What is looked for, and why."""

    q = StringField(
        _l("What to search for"),
        validators=[DataRequired(REQUIRED), Length(max=120)],
        render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none", "enterkeyhint": "search"},
    )

    def forget_identity_code(self) -> None:
        """An identity code that was searched for does not stay on the page (L14)."""
        if may_be_identity_code(self.q.data or ""):
            self.q.data = ""


class ConflictForm(PortalForm):
    """Which of two values holds; `seen` stands for the two that were on the page."""

    problems = VALUE_PROBLEMS

    choice = StringField(_l("Value"), validators=[DataRequired(REQUIRED), AnyOf([str(c) for c in ConflictChoice])])
    seen = HiddenField(validators=[DataRequired(REQUIRED), Length(max=40)])

    @property
    def chosen(self) -> ConflictChoice:
        return ConflictChoice(self.choice.data)
