"""Forms of requests: shape only; the rules live in services and the workflow."""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from portal.catalogues import code_lists
from portal.catalogues.fields import Display, FieldSpec
from portal.permissions.labels import CHANNELS as CONTACT_CHANNELS
from portal.permissions.models import Channel as ContactChannel
from portal.register.services import FieldReference
from portal.subject_requests import labels
from portal.subject_requests.corrections import Comparison, ProposedItem
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
from portal.subject_requests.wording import in_words
from portal.web.forms import REQUIRED, PortalForm, PublicForm

ALL_CHANNELS = "all"

E = TypeVar("E")
V = TypeVar("V")


def _clean(text: str | None) -> str | None:
    """Without NUL, which no database text may hold, and with one kind of line end."""
    return text.replace("\0", "").replace("\r\n", "\n") if text else text


def unsent(make: Callable[[V], PortalForm], view: V) -> PortalForm:
    """A step's form as it is before anything is sent: another form of the same page was."""
    form = make(view)
    form.process(formdata=None)
    form.form_errors = []
    return form


def _choices(words: Mapping[Any, Any], empty: Any = None) -> list[SelectChoice]:
    first = [] if empty is None else [SelectChoice("", empty)]
    return [*first, *(SelectChoice(str(member), label) for member, label in words.items())]


def _text(label: Any, *, name: str | None = None, needed: bool = False, rows: int = 4) -> TextAreaField:
    return TextAreaField(
        label,
        id=name,
        filters=[_clean],
        validators=[*([DataRequired(REQUIRED)] if needed else []), Length(max=LONGEST_TEXT)],
        render_kw={"rows": rows},
    )


def _line(label: Any, *, name: str | None = None, needed: bool = False, longest: int = 200) -> StringField:
    return StringField(
        label,
        id=name,
        filters=[_clean],
        validators=[*([DataRequired(REQUIRED)] if needed else []), Length(max=longest)],
    )


class RequestForm(PortalForm):
    """What every form of a request shares. `once` makes a form that is sent twice make one case."""

    problems = labels.PROBLEMS

    once = HiddenField(default=lambda: secrets.token_hex(16), filters=[_clean], validators=[Length(max=64)])


class TextRequestForm(RequestForm):
    """A request in the customer's own words; some kinds need none."""

    text = _text(_l("What do you ask for?"), rows=6)


class CorrectionForm(RequestForm):
    """Fields `items-0-field`, `items-0-current`, `items-0-proposed` and so on are added by `correction_form`."""

    grounds = _text(_l("Why is it wrong? How do you know what is right?"))
    positions: Sequence[int] = ()

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """An empty value may be what is asked for, but only with the reason: sent by mistake it would wipe a field."""
        valid = super().validate(extra_validators)
        if (self.grounds.data or "").strip():
            return valid
        for n in self.positions:
            proposed = self[f"items-{n}-proposed"]
            if not (proposed.data or "").strip():
                proposed.errors = [
                    *proposed.errors,
                    _l("Write what it should be. If it should be empty, tell why below."),
                ]
                valid = False
        return valid

    def items(self) -> list[ProposedItem]:
        return [
            ProposedItem(
                field=self[f"items-{n}-field"].data or "",
                value_seen=self[f"items-{n}-current"].data,
                proposed=self[f"items-{n}-proposed"].data or "",
            )
            for n in self.positions
        ]


def correction_form(wanted: Sequence[tuple[FieldReference, str]]) -> CorrectionForm:
    """A form for these fields, each with the value it has now."""
    attributes: dict[str, Any] = {"positions": range(len(wanted))}
    for n, (reference, shown) in enumerate(wanted):
        spec = reference.spec
        attributes[f"items-{n}-field"] = HiddenField(default=str(reference))
        attributes[f"items-{n}-current"] = StringField(
            _l("Now"),
            default=_as_now(spec, shown),
            filters=[_clean],
            validators=[Length(max=LONGEST_TEXT)],
            render_kw={"readonly": True},
        )
        if spec.code_list is None:
            attributes[f"items-{n}-proposed"] = _line(_l("Should be"), longest=LONGEST_TEXT)
        else:
            attributes[f"items-{n}-proposed"] = SelectField(
                _l("Should be"),
                choices=_choices(code_lists.WORDS[spec.code_list], _l("Choose")),
                validate_choice=False,
            )
    made: CorrectionForm = type("CorrectionFormOfFields", (CorrectionForm,), attributes)()
    return made


def _as_now(spec: FieldSpec, shown: str) -> str:
    """What the form sends back as seen: a phone number as the register has it, anything else in words."""
    return shown if not shown or spec.display is Display.PHONE else in_words(spec, shown)


class MessageForm(PortalForm):
    problems = labels.PROBLEMS

    text = _text(_l("Message"), name="message-text")


class WithdrawOwnForm(PortalForm):
    """A button: only the customer's own request can be withdrawn with it."""

    problems = labels.PROBLEMS


class OptOutForm(PublicForm):
    """For anybody: a contact point and what is forbidden to it."""

    problems = labels.OPT_OUT_PROBLEMS

    contact = StringField(
        _l("E-mail, phone number or postal address"),
        description=_l("A postal address as name, street, postal code and town."),
        filters=[_clean],
        validators=[DataRequired(REQUIRED), Length(max=400)],
    )
    channel = SelectField(
        _l("What do you forbid?"),
        choices=_choices({ALL_CHANNELS: _l("All direct marketing"), **CONTACT_CHANNELS}),
        default=ALL_CHANNELS,
        validators=[InputRequired(REQUIRED)],
    )

    @property
    def chosen_words(self) -> str:
        """What the person chose, as it read."""
        options = {value: str(words) for value, words, *_rest in self.channel.iter_choices()}
        return f"{self.channel.label.text} {options[self.channel.data]}"

    def channels(self) -> list[ContactChannel]:
        return _contact_channels(self.channel.data)


def _contact_channels(chosen: str) -> list[ContactChannel]:
    return list(ContactChannel) if chosen == ALL_CHANNELS else [ContactChannel(chosen)]


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
