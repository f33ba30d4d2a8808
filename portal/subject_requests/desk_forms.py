"""Forms of the queue and of a case: shape only; the rules live in services and the workflow."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Optional

from portal.catalogues.fields import CATEGORIES, Category
from portal.core.crypto import readable
from portal.subject_requests import labels
from portal.subject_requests.corrections import Comparison
from portal.subject_requests.deciding import ItemDecision
from portal.subject_requests.desk_queue import Due, Filters
from portal.subject_requests.form_fields import boxes, member, member_of
from portal.subject_requests.form_fields import clean as _clean
from portal.subject_requests.form_fields import line as _line
from portal.subject_requests.form_fields import text_area as _text
from portal.subject_requests.handling import TaskReport
from portal.subject_requests.kinds import (
    Channel,
    DocumentType,
    ExtensionReason,
    Ground,
    IdentityFact,
    IdentityMethod,
    Kind,
    Outcome,
    Status,
    TaskOutcome,
)
from portal.subject_requests.models import LONGEST_TEXT, RecipientTask, RequestItem, SubjectRequest
from portal.subject_requests.problem_labels import PROBLEMS
from portal.web.fields import DayField
from portal.web.fields import choices as _choices
from portal.web.forms import PortalForm, PublicForm

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
    kind = SelectField(_l("Kind"), choices=_choices(labels.KINDS_FOR_STAFF, _l("All")), validate_choice=False)
    channel = SelectField(_l("Channel"), choices=_choices(labels.CHANNELS, _l("All")), validate_choice=False)
    assignee = SelectField(_l("Handled by"), validate_choice=False)
    due = SelectField(_l("Due"), choices=_choices(labels.DUES, _l("All")), validate_choice=False)
    unread = BooleanField(_l("Unread message"))
    q = StringField(_l("Request, customer number or name"), filters=[_clean])

    @property
    def chosen(self) -> dict[str, str]:
        """What the address asks for, to tell which shortcut is the present one."""
        return {name: "on" if value is True else value for name, value in self.data.items() if value}

    def filters(self, *, me: int | None) -> Filters:
        """What the address asks for; what it misspells is left out."""
        assignee = self.assignee.data or ""
        return Filters(
            status=member(Status, self.status.data),
            kind=member(Kind, self.kind.data),
            channel=member(Channel, self.channel.data),
            assignee=str(me) if assignee == "me" else assignee,
            due=member(Due, self.due.data),
            unread=self.unread.data,
            q=(self.q.data or "")[:200],
        )


def filter_form(asked: MultiDict[str, str], staff: Sequence[tuple[str, str]]) -> FilterForm:
    form = FilterForm(formdata=asked)
    people = {"me": _l("Me"), "none": _l("Nobody"), **dict(staff)}
    form.assignee.choices = _choices(people, _l("Anyone"))
    return form


# The steps of a case: one small form each, all on the same page.


class StepForm(PortalForm):
    """`version` is the state of the case that the person looked at."""

    problems = PROBLEMS
    outdated = _l(
        "Somebody else did something with this request after you opened it. Nothing of yours was saved: what you wrote "
        "is still here. Look at how things stand now, then decide whether to send it again."
    )
    ready: str | None = None  # the field that a ready sentence is put into

    step = HiddenField()
    version = HiddenField()

    @property
    def seen_version(self) -> int | None:
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def take_sentence(self, sentence: str, *, first: str) -> None:
        """Add a ready sentence to what has been written, `first` where that is nothing yet."""
        if self.ready is not None:
            field = self[self.ready]
            written = (field.data or "").strip()
            field.data = f"{written}\n\n{sentence}" if written else first


class AssignForm(StepForm):
    assignee = SelectField(_l("Handled by"), validate_choice=False)


def assign_form(staff: Sequence[tuple[str, str]]) -> AssignForm:
    form = AssignForm()
    form.assignee.choices = _choices(dict(staff), _l("Choose"))
    return form


class AskIdentityForm(StepForm):
    reason = _line(_l("Reason for the doubt (staff only)"), name="ask-reason", longest=LONGEST_TEXT)
    question = _text(_l("Question to the customer"), name="ask-question")
    ready = "question"


def _method(label: Any, *, name: str | None = None, without: Collection[IdentityMethod]) -> SelectField:
    return SelectField(
        label,
        id=name,
        choices=_choices({m: w for m, w in labels.METHODS.items() if m not in without}, _l("Choose")),
        default="",
        validate_choice=False,
    )


def _facts(name: str) -> SelectMultipleField:
    return boxes(_l("After a call back or a code: what could the person tell?"), labels.IDENTITY_FACTS, name=name)


def _document(name: str) -> SelectField:
    return SelectField(
        _l("Which proof of identity was seen?"),
        id=name,
        choices=_choices(labels.DOCUMENTS, _l("Choose")),
        default="",
        validate_choice=False,
    )


class IdentityForm(StepForm):
    """How somebody has shown who they are; each step that records it has fields of its own names."""

    def arguments(self) -> dict[str, Any]:
        return {
            "note": self["note"].data or "",
            "method": member(IdentityMethod, self["method"].data),
            "facts": member_of(IdentityFact, self["facts"].data),
            "document_type": member(DocumentType, self["document_type"].data),
            "customer_number": self["customer_number"].data or "",
        }


class IdentityAnsweredForm(IdentityForm):
    note = _text(_l("What was shown or told, and who checked it"), name="answered-note", rows=3)
    method = _method(_l("How was identity confirmed?"), without=(IdentityMethod.NONE,))
    facts = _facts("answered-facts")
    document_type = _document("answered-document")
    answered_on = DayField(_l("Day of the answer, when not today"), [Optional()])
    customer_number = _line(_l("Customer number of the person"), name="answered-number", longest=20)

    def arguments(self) -> dict[str, Any]:
        return {**super().arguments(), "answered_on": self.answered_on.data}


class ShowIdentityForm(IdentityForm):
    method = _method(_l("What was shown?"), name="shown-method", without=(IdentityMethod.NONE, IdentityMethod.PORTAL))
    facts = _facts("shown-facts")
    document_type = _document("shown-document")
    customer_number = _line(_l("Customer number of the person"), name="shown-number", longest=20)
    note = _text(_l("When and where it was shown"), name="shown-note", rows=2)


class AnswerForm(StepForm):
    """The way of the answer; the usual one is what the form begins with."""

    channel = RadioField(_l("The answer goes"), validate_choice=False)
    wish = _line(_l("Who asked for paper, and when"), name="answer-wish", longest=LONGEST_TEXT)

    @property
    def wanted(self) -> Channel | None:
        return member(Channel, self.channel.data)


def answer_form(usual: Channel | None, ways: Iterable[Channel]) -> AnswerForm:
    form = AnswerForm()
    form.channel.choices = _choices({way: labels.ANSWER_WAYS[way] for way in sorted(ways)})
    form.channel.default = usual.value if usual is not None else None
    return form


class JoinForm(StepForm):
    customer_number = _line(_l("Customer number of the person"), name="join-number", longest=20)
    note = _text(_l("How do you know that it is this customer?"), name="join-note", rows=2)


class ChangeArrivalForm(StepForm):
    received_on = DayField(
        _l("True day of arrival"), [InputRequired(_l("Write the day of arrival."))], id="arrival-day"
    )
    reason = _line(_l("Reason for the correction"), name="arrival-reason", longest=LONGEST_TEXT)


class SplitForm(StepForm):
    categories = boxes(_l("Decide these on their own"), {c: spec.label for c, spec in CATEGORIES.items()})

    @property
    def chosen(self) -> list[Category]:
        return member_of(Category, self.categories.data)


def split_form(items: Iterable[RequestItem]) -> SplitForm:
    """The categories that are not decided on their own yet."""
    form = SplitForm()
    known = {item.category for item in items}
    form.categories.choices = _choices({c: spec.label for c, spec in CATEGORIES.items() if c not in known})
    return form


class LiftForm(StepForm):
    explanation = _text(_l("Explanation to the customer"), name="lift-explanation", rows=3)
    ready = "explanation"


class LinkedForm(StepForm):
    text = _text(_l("What has to be put right?"), name="linked-text", rows=3)


class ExtendForm(StepForm):
    reason = SelectField(
        _l("Reason"),
        id="extend-reason",
        choices=_choices(labels.EXTENSION_REASONS, _l("Choose")),
        validate_choice=False,
    )
    explanation = _text(_l("Explanation to the customer"), name="extend-explanation")
    ready = "explanation"

    @property
    def extension_reason(self) -> ExtensionReason | None:
        return member(ExtensionReason, self.reason.data)


class MergeForm(StepForm):
    target = _line(_l("Number of the request that goes on"), name="merge-target", longest=20)


class RemindForm(StepForm):
    note = _text(_l("How was the customer reminded?"), name="remind-note")


class WithdrawForm(StepForm):
    note = _text(_l("On whose word?"), name="withdraw-note")


class StaffMessageForm(StepForm):
    text = _text(_l("Message to the customer"), name="staff-message-text", rows=6)
    ready = "text"


class MarkReadForm(StepForm):
    outdated = _l("Something has happened with this request since you opened it. Look at the messages once more.")


class NoteForm(StepForm):
    text = _text(_l("Note for staff"), name="note-text")


class MarkField(BooleanField):
    """A box that sends back, when ticked, the mark of what stood beside it."""

    def __init__(self, label: Any, *, mark: str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.type = BooleanField.__name__  # drawn as any other box
        self.mark = mark

    def _value(self) -> str:
        return self.mark

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0] if valuelist else ""


class DecideForm(StepForm):
    """Fields `items-0-outcome`, `items-0-ground`, `items-0-reasons` and so on are added by `decide_form`."""

    positions: Sequence[int] = ()

    def decisions(self) -> dict[int, ItemDecision]:
        return {n: self._decision(n) for n in self.positions}

    def _decision(self, n: int) -> ItemDecision:
        return ItemDecision(
            outcome=member(Outcome, self[f"items-{n}-outcome"].data),
            ground=member(Ground, self[f"items-{n}-ground"].data),
            reasons=self[f"items-{n}-reasons"].data or "",
            seen_mark=self[f"items-{n}-replace"].data or "" if f"items-{n}-replace" in self else "",
            keeps_reasons_back=bool(self[f"items-{n}-silent"].data) if f"items-{n}-silent" in self else False,
        )


def decide_form(
    case: SubjectRequest, items: Iterable[RequestItem], comparisons: Mapping[int, Comparison], *, may_refuse: bool
) -> DecideForm:
    """Begun with what has been proposed, and with a refusal where nobody has shown who they are.

    Whoever may not refuse is offered nothing but to grant.
    """
    outcomes = labels.OUTCOME_CHOICES if may_refuse else {Outcome.GRANT: labels.OUTCOME_CHOICES[Outcome.GRANT]}
    items = list(items)
    attributes: dict[str, Any] = {
        "positions": [item.position for item in items],
        "assessment": _text(_l("Assessment (staff only)"), rows=3, default=readable(case, "assessment") or ""),
    }
    is_unknown = case.status is Status.IDENTITY_PENDING
    for item in items:
        n = item.position
        attributes[f"items-{n}-outcome"] = RadioField(
            _l("Decision"),
            choices=_choices(outcomes),
            validate_choice=False,
            default=Outcome.REFUSE if is_unknown else item.outcome,
        )
        comparison = comparisons.get(n)
        if comparison is not None and comparison.is_stale and comparison.now is not None:
            attributes[f"items-{n}-replace"] = MarkField(
                _l("I have compared the values: replace the present one anyway"), mark=comparison.seen_mark
            )
        grounds = [Ground.NOT_IDENTIFIED] if is_unknown else labels.GROUNDS_FOR.get(case.kind, list(Ground))
        attributes[f"items-{n}-ground"] = SelectField(
            _l("Ground"),
            choices=_choices({ground: labels.GROUNDS[ground] for ground in grounds}, _l("Choose")),
            validate_choice=False,
            default=Ground.NOT_IDENTIFIED if is_unknown else item.ground or "",
        )
        attributes[f"items-{n}-reasons"] = _text(
            _l("Reasons, for the letter"), rows=3, default=readable(item, "reasons") or ""
        )
        if case.kind is Kind.ACCESS:
            attributes[f"items-{n}-silent"] = BooleanField(
                _l("Leave the reasons out of the letter: telling them would defeat the purpose"),
                default=item.keeps_reasons_back,
            )
    made: DecideForm = type("DecideFormOfItems", (DecideForm,), attributes)()
    return made


class CloseForm(StepForm):
    """Fields `tasks-0-outcome`, `tasks-0-note` and so on are added by `close_form`."""

    positions: Sequence[int] = ()

    def reports(self) -> dict[int, TaskReport]:
        return {
            n: TaskReport(
                outcome=member(TaskOutcome, self[f"tasks-{n}-outcome"].data),
                note=self[f"tasks-{n}-note"].data or "",
            )
            for n in self.positions
        }


def close_form(case: SubjectRequest, tasks: Sequence[RecipientTask]) -> CloseForm:
    """The tasks still open, by their place among all."""
    waiting = [n for n, task in enumerate(tasks) if task.closed_at is None]
    attributes: dict[str, Any] = {"positions": waiting}
    for n in waiting:
        attributes[f"tasks-{n}-outcome"] = SelectField(
            labels.recipient(tasks[n], case),
            choices=_choices(labels.TASK_OUTCOMES, _l("Still open")),
            validate_choice=False,
            default="",
        )
        attributes[f"tasks-{n}-note"] = _line(_l("How, or why not"), longest=1000)
    made: CloseForm = type("CloseFormOfTasks", (CloseForm,), attributes)()
    return made
