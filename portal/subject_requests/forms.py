"""Forms of the desk: shape only; the rules live in services and the workflow."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
)
from wtforms.validators import InputRequired, Optional

from portal.permissions.labels import CHANNELS as CONTACT_CHANNELS
from portal.permissions.models import Channel as ContactChannel
from portal.subject_requests import labels
from portal.subject_requests.corrections import Comparison
from portal.subject_requests.form_fields import ALL_CHANNELS, RequestForm
from portal.subject_requests.form_fields import clean as _clean
from portal.subject_requests.form_fields import contact_channels as _contact_channels
from portal.subject_requests.form_fields import line as _line
from portal.subject_requests.form_fields import text_area as _text
from portal.subject_requests.handling import ItemDecision, TaskReport
from portal.subject_requests.intake import Details
from portal.subject_requests.kinds import (
    Channel,
    DocumentType,
    ExtensionReason,
    Ground,
    IdentityMethod,
    Kind,
    Outcome,
    Place,
    Status,
    TaskOutcome,
)
from portal.subject_requests.models import LONGEST_TEXT, RecipientTask, RequestItem
from portal.subject_requests.queries import Due, Filters
from portal.subject_requests.services import Arrival
from portal.web.fields import choices as _choices
from portal.web.forms import REQUIRED, PortalForm, PublicForm

E = TypeVar("E")
V = TypeVar("V")


def unsent(make: Callable[[V], PortalForm], view: V) -> PortalForm:
    """A step's form as it is before anything is sent: another form of the same page was."""
    form = make(view)
    form.process(formdata=None)
    form.form_errors = []
    return form


class FilterForm(PublicForm):
    """The queue's filters, kept in the address."""

    status = SelectField(_l("Status"), choices=_choices(labels.STATUSES, _l("Open")), validate_choice=False)
    kind = SelectField(_l("Kind"), choices=_choices(labels.KINDS, _l("All")), validate_choice=False)
    channel = SelectField(_l("Channel"), choices=_choices(labels.CHANNELS, _l("All")), validate_choice=False)
    assignee = SelectField(_l("Handled by"), validate_choice=False)
    due = SelectField(_l("Due"), choices=_choices(labels.DUES, _l("All")), validate_choice=False)
    q = StringField(_l("Request, customer number or name"), filters=[_clean])

    def filters(self, *, me: int | None) -> Filters:
        """What the address asks for; what it misspells is left out."""
        assignee = self.assignee.data or ""
        return Filters(
            status=_member(Status, self.status.data),
            kind=_member(Kind, self.kind.data),
            channel=_member(Channel, self.channel.data),
            assignee=str(me) if assignee == "me" else assignee,
            due=_member(Due, self.due.data),
            q=(self.q.data or "")[:200],
        )


def filter_form(asked: MultiDict[str, str], staff: Sequence[tuple[str, str]]) -> FilterForm:
    form = FilterForm(formdata=asked)
    people = {"me": _l("Me"), "none": _l("Nobody"), **dict(staff)}
    form.assignee.choices = _choices(people, _l("Anyone"))
    return form


def _member(enum: Callable[[str], E], text: str | None) -> E | None:
    try:
        return enum(text or "")
    except ValueError:
        return None


class IntakeForm(RequestForm):
    """A request that came by letter, visit, phone or e-mail (R97-R104, L6, L10, L13)."""

    channel = SelectField(
        _l("How did it arrive?"),
        choices=_choices({c: label for c, label in labels.CHANNELS.items() if c is not Channel.PORTAL}),
        validators=[InputRequired(REQUIRED)],
    )
    received_on = DateField(_l("Day of arrival"), validators=[InputRequired(_l("Write the day of arrival."))])
    received_at_place = SelectField(_l("Arrived at"), choices=_choices(labels.PLACES))
    late_reason = _line(_l("Reason for late recording"), longest=500)
    kind = SelectField(
        _l("Kind"),
        choices=_choices(labels.KINDS),
        validators=[InputRequired(REQUIRED)],
    )
    customer_number = _line(_l("Customer number"), longest=20)
    contact = _line(_l("Contact, when the customer number is not known"), longest=400)
    forbidden = SelectField(
        _l("For an opt-out: what is forbidden?"),
        choices=_choices({ALL_CHANNELS: _l("All direct marketing"), **CONTACT_CHANNELS}),
        default=ALL_CHANNELS,
    )
    text = _text(_l("The request as it was given"), needed=True, rows=6)
    identity_method = SelectField(_l("How was the person identified?"), choices=_choices(labels.METHODS))
    document_type = SelectField(
        _l("Proof of identity (no copy is taken)"), choices=_choices(labels.DOCUMENTS, _l("None")), default=""
    )
    checked_by = _line(_l("Checked by"))
    signed = RadioField(
        _l("Is the letter signed? (noted, never required)"),
        choices=_choices({"yes": _l("Yes"), "no": _l("No")}),
        validators=[Optional()],
        default="",
        validate_choice=False,
    )

    def details(self, *, language: str) -> Details:
        arrival = Arrival(
            channel=Channel(self.channel.data),
            received_on=self.received_on.data,
            place=Place(self.received_at_place.data),
            late_reason=self.late_reason.data or None,
            identity_method=IdentityMethod(self.identity_method.data),
            document_type=_member(DocumentType, self.document_type.data),
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
            forbidden=_contact_channels(self.forbidden.data),
        )


def intake_form(asked: MultiDict[str, str]) -> IntakeForm:
    """The form, begun with what the address asks for; what it misspells is left out."""
    known = {"kind": _member(Kind, asked.get("kind")), "forbidden": _member(ContactChannel, asked.get("forbidden"))}
    begun = {name: value.value for name, value in known.items() if value is not None}
    return IntakeForm(data={**begun, "customer_number": asked.get("customer_number", "")[:20]})


# The steps of a case: one small form each, all on the same page.


class StepForm(PortalForm):
    """`version` is the state of the case that the person looked at."""

    problems = labels.PROBLEMS

    step = HiddenField()
    version = HiddenField()

    @property
    def seen_version(self) -> int | None:
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


class AssignForm(StepForm):
    assignee = SelectField(_l("Handled by"), validate_choice=False)


def assign_form(staff: Sequence[tuple[str, str]]) -> AssignForm:
    form = AssignForm()
    form.assignee.choices = _choices(dict(staff), _l("Choose"))
    return form


class AskIdentityForm(StepForm):
    reason = _line(_l("Reason for the doubt (staff only)"), name="ask-reason", longest=LONGEST_TEXT)
    question = _text(_l("Question to the customer"), name="ask-question")


class IdentityAnsweredForm(StepForm):
    note = _text(_l("How was identity confirmed?"), name="answered-note")


class ExtendForm(StepForm):
    reason = SelectField(
        _l("Reason"),
        id="extend-reason",
        choices=_choices(labels.EXTENSION_REASONS, _l("Choose")),
        validate_choice=False,
    )
    explanation = _text(_l("Explanation to the customer"), name="extend-explanation")

    @property
    def extension_reason(self) -> ExtensionReason | None:
        return _member(ExtensionReason, self.reason.data)


class MergeForm(StepForm):
    target = _line(_l("Number of the request that goes on"), name="merge-target", longest=20)


class RemindForm(StepForm):
    note = _text(_l("How was the customer reminded?"), name="remind-note")


class WithdrawForm(StepForm):
    note = _text(_l("On whose word?"), name="withdraw-note")


class StaffMessageForm(StepForm):
    text = _text(_l("Message to the customer"), name="staff-message-text")


class NoteForm(StepForm):
    text = _text(_l("Note for staff"), name="note-text")


class MarkField(BooleanField):
    """A box that sends back, when ticked, the mark of what stood beside it."""

    def __init__(self, label: Any, *, mark: str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.mark = mark

    def _value(self) -> str:
        return self.mark

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0] if valuelist else ""


class DecideForm(StepForm):
    """Fields `items-0-outcome`, `items-0-ground`, `items-0-reasons` and so on are added by `decide_form`."""

    assessment = _text(_l("Assessment (staff only)"), rows=3)
    positions: Sequence[int] = ()

    def decisions(self) -> dict[int, ItemDecision]:
        return {n: self._decision(n) for n in self.positions}

    def _decision(self, n: int) -> ItemDecision:
        return ItemDecision(
            outcome=_member(Outcome, self[f"items-{n}-outcome"].data),
            ground=_member(Ground, self[f"items-{n}-ground"].data),
            reasons=self[f"items-{n}-reasons"].data or "",
            seen_mark=self[f"items-{n}-replace"].data or "" if f"items-{n}-replace" in self else "",
        )


def decide_form(items: Iterable[RequestItem], comparisons: Mapping[int, Comparison]) -> DecideForm:
    items = list(items)
    attributes: dict[str, Any] = {"positions": [item.position for item in items]}
    for item in items:
        n = item.position
        attributes[f"items-{n}-outcome"] = RadioField(
            _l("Decision"), choices=_choices(labels.OUTCOME_CHOICES), validate_choice=False
        )
        comparison = comparisons.get(n)
        if comparison is not None and comparison.is_stale and comparison.now is not None:
            attributes[f"items-{n}-replace"] = MarkField(
                _l("I have compared the values: replace the present one anyway"), mark=comparison.seen_mark
            )
        attributes[f"items-{n}-ground"] = SelectField(
            _l("Ground"), choices=_choices(labels.GROUNDS, _l("Choose")), validate_choice=False, default=""
        )
        attributes[f"items-{n}-reasons"] = _text(_l("Reasons, for the letter"), rows=3)
    made: DecideForm = type("DecideFormOfItems", (DecideForm,), attributes)()
    return made


class CloseForm(StepForm):
    """Fields `tasks-0-outcome`, `tasks-0-note` and so on are added by `close_form`."""

    positions: Sequence[int] = ()

    def reports(self) -> dict[int, TaskReport]:
        return {
            n: TaskReport(
                outcome=_member(TaskOutcome, self[f"tasks-{n}-outcome"].data),
                note=self[f"tasks-{n}-note"].data or "",
            )
            for n in self.positions
        }


def close_form(tasks: Sequence[RecipientTask]) -> CloseForm:
    """The tasks still open, by their place among all."""
    waiting = [n for n, task in enumerate(tasks) if task.closed_at is None]
    attributes: dict[str, Any] = {"positions": waiting}
    for n in waiting:
        attributes[f"tasks-{n}-outcome"] = SelectField(
            labels.recipient(tasks[n]),
            choices=_choices(labels.TASK_OUTCOMES, _l("Still open")),
            validate_choice=False,
            default="",
        )
        attributes[f"tasks-{n}-note"] = _line(_l("How, or why not"), longest=1000)
    made: CloseForm = type("CloseFormOfTasks", (CloseForm,), attributes)()
    return made
