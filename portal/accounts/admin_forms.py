"""Forms of the administrator's pages: shape only."""

from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from typing import Any, cast

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Email, InputRequired, Length, Regexp

from portal.accounts.admin_labels import LOCK_REASONS, PROBLEMS, STATES, actions_by_group
from portal.accounts.forms import without_control_characters
from portal.accounts.labels import ROLES
from portal.accounts.models import LockReason
from portal.accounts.staff_accounts import AccountState, Order
from portal.core.audit_actions import AuditAction
from portal.core.audit_search import Criteria
from portal.core.clock import HELSINKI
from portal.core.roles import Role
from portal.publishing.forms import PeriodForm
from portal.web.fields import choices
from portal.web.forms import REQUIRED, PortalForm, PublicForm
from portal.web.locale import LANGUAGE_NAMES

STAFF_ROLES = {role: words for role, words in ROLES.items() if role.is_staff}
CHOOSE = _l("Choose one from the list.")
TOO_LONG = _l("This is too long.")
LARGEST_NUMBER = r"([0-9]{1,18}|[1-8][0-9]{18})?\Z"  # what a BIGINT holds


def _trimmed(typed: str | None) -> str | None:
    return (without_control_characters(typed) or "").strip() or None


def _line(label: Any, *validators: Any, longest: int, **attributes: Any) -> StringField:
    return StringField(
        label, [*validators, Length(max=longest, message=TOO_LONG)], filters=[_trimmed], render_kw=attributes
    )


def _role(label: Any) -> SelectField:
    return SelectField(
        label,
        [InputRequired(CHOOSE)],
        choices=choices(STAFF_ROLES, _l("Choose a role")),
        invalid_choice_message=CHOOSE,
    )


class ListForm(PublicForm):
    """Which accounts are listed, and in which order. Sent by GET: nothing personal is in it."""

    role = SelectField(_l("Role"), choices=choices(STAFF_ROLES, _l("Any role")), validate_choice=False)
    state = SelectField(_l("State"), choices=choices(STATES, _l("Any state")), validate_choice=False)

    @property
    def chosen_role(self) -> Role | None:
        return next((role for role in STAFF_ROLES if role == self.role.data), None)

    @property
    def chosen_state(self) -> AccountState | None:
        return next((state for state in AccountState if state == self.state.data), None)

    @staticmethod
    def order(asked: str) -> Order:
        return next((order for order in Order if order == asked), Order.NAME)


class SearchForm(PortalForm):
    """Sent by POST: what is searched for may be somebody's name or address."""

    q = _line(_l("Username or name"), DataRequired(REQUIRED), longest=254, autocomplete="off")


class ChangeForm(PortalForm):
    """What every form that changes an account shares."""

    problems = PROBLEMS

    def carried_out(self, act: Callable[[], object]) -> bool:
        """Whether the service did it; what it refuses becomes an error of the form."""
        self.accept(act)
        return not self.errors


class NewAccountForm(ChangeForm):
    display_name = _line(_l("Name"), DataRequired(REQUIRED), longest=100, autocomplete="off")
    username = _line(
        _l("Username"),
        DataRequired(REQUIRED),
        Regexp(
            r"^[^\W\d_][\w.@-]{2,59}\Z",
            message=_l("Begin with a letter, and use 3 to 60 letters, digits and the signs . - _ @, without spaces."),
        ),
        longest=60,
        autocomplete="off",
        autocapitalize="none",
        spellcheck="false",
    )
    email = _line(
        _l("E-mail address"),
        DataRequired(REQUIRED),
        Email(_l("Enter an e-mail address, for example name@example.com.")),
        longest=254,
        autocomplete="off",
        inputmode="email",
    )
    language = SelectField(_l("Language"), choices=choices(LANGUAGE_NAMES), invalid_choice_message=CHOOSE)
    role = _role(_l("Role"))

    @property
    def chosen_role(self) -> Role:
        return Role(self.role.data)


class RoleForm(ChangeForm):
    role = _role(_l("New role"))

    @property
    def chosen_role(self) -> Role:
        return Role(self.role.data)


class LockForm(ChangeForm):
    reason = RadioField(_l("Why is it locked?"), [InputRequired(_l("Choose a reason."))])

    @property
    def chosen_reason(self) -> LockReason:
        return LockReason(self.reason.data)


def lock_form(*, is_staff: bool) -> LockForm:
    """Only staff leave."""
    form = LockForm()
    left_out = {LockReason.UNAPPROVED} if is_staff else {LockReason.UNAPPROVED, LockReason.LEFT}
    form.reason.choices = choices({why: words for why, words in LOCK_REASONS.items() if why not in left_out})
    return form


class OwnCustomerForm(ChangeForm):
    number = _line(
        _l("Customer number"),
        DataRequired(REQUIRED),
        Regexp(r"[0-9 ]+\Z", message=_l("A customer number has 8 digits.")),
        longest=20,
        autocomplete="off",
        inputmode="numeric",
    )


class ResetForm(ChangeForm):
    """Nothing to fill in: the button is the whole form."""


class StepForm(ChangeForm):
    """A button of the account page; `proposal` is which change it decides."""

    step = HiddenField(validators=[DataRequired(REQUIRED), Length(max=20)])
    proposal = HiddenField(validators=[Length(max=20)])


class AuditFilterForm(PeriodForm):
    """Which events are shown. Sent by GET: identifiers only."""

    action = SelectField(_l("Event"), invalid_choice_message=CHOOSE, default="")
    actor = SelectField(_l("By whom"), invalid_choice_message=CHOOSE, default="")
    outcome = SelectField(
        _l("Outcome"),
        choices=choices({"success": _l("Done"), "refused": _l("Turned away")}, _l("Either")),
        invalid_choice_message=CHOOSE,
        default="",
    )
    case = _line(_l("Request"), longest=20, autocomplete="off")
    request_id = _line(_l("Page reference"), longest=40, autocomplete="off")
    # these two come from the links beside an event
    about = _line(_l("Concerns"), longest=120, autocomplete="off")
    subject = _line(
        _l("Customer, as the trail numbers them"),
        Regexp(LARGEST_NUMBER, message=_l("Enter the number that stands beside an event.")),
        longest=19,
        autocomplete="off",
    )

    @property
    def criteria(self) -> Criteria:
        """What is asked for; a field with a mistake asks for nothing (the page says so)."""
        asked = {name: field.data for name, field in self._fields.items() if field.data and not field.errors}
        since, until = asked.get("from_on"), asked.get("to_on")
        return Criteria(
            action=AuditAction(asked["action"]) if "action" in asked else None,
            is_refused={"refused": True, "success": False}.get(asked.get("outcome", "")),
            since=datetime.combine(since, time(), HELSINKI) if since else None,
            until=datetime.combine(until + timedelta(days=1), time(), HELSINKI) if until else None,
            actor=int(asked["actor"]) if "actor" in asked else None,
            subject=int(asked["subject"]) if "subject" in asked else None,
            case=cast("str | None", asked.get("case")),
            object=cast("str | None", asked.get("about")),
            request_id=cast("str | None", asked.get("request_id")),
        )


def audit_filter_form(asked: "MultiDict[str, str]", staff: Iterable[tuple[int, str]]) -> AuditFilterForm:
    form = AuditFilterForm(formdata=asked)
    form.action.choices = [
        SelectChoice("", _l("Any event")),
        *(SelectChoice(value, words, optgroup=group) for value, words, group in actions_by_group()),
    ]
    form.actor.choices = [SelectChoice("", _l("Anyone")), *(SelectChoice(str(who), name) for who, name in staff)]
    form.validate()
    return form
