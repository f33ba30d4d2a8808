"""What a value of `step` does on the page of a case: its form, the service it calls, what is said when it is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.accounts import directory
from portal.accounts.labels import ROLES
from portal.core.audit import Actor
from portal.core.roles import Role
from portal.subject_requests import deciding, handling, identifying, services
from portal.subject_requests import desk_forms as forms
from portal.subject_requests.desk_forms import StepForm
from portal.subject_requests.queries import CaseView
from portal.subject_requests.workflow import StepName


@dataclass(frozen=True)
class DeskStep:
    """`arguments` are what the form gives the service beside who acts, when, and on which state of the case."""

    act: Callable[..., object]
    done: LazyString
    make: Callable[[CaseView], StepForm] = lambda _view: StepForm()
    arguments: Callable[[Any], Mapping[str, object]] = lambda _form: {}
    otherwise: Mapping[object, LazyString] = field(default_factory=dict)  # by what the service returns
    is_on_state: bool = True  # refused when somebody else did something since the page was opened

    def fresh(self, view: CaseView) -> StepForm:
        """The form without what was sent for another step."""
        return forms.unsent(self.make, view)

    def words(self, done: object) -> str:
        return str(self.otherwise.get(done, self.done))

    def take(self, form: StepForm, *, public_id: str, actor: Actor, now: datetime) -> object:
        """Call the service; what it returns, or True where it returns nothing."""
        arguments = dict(self.arguments(form))
        if self.is_on_state:
            arguments["version"] = form.seen_version
        return self.act(public_id=public_id, actor=actor, now=now, **arguments) or True


def staff_choices() -> list[tuple[str, str]]:
    return [
        (str(member.account_id), member.display_name) for member in directory.staff(Role.CLERK, Role.DECISION_MAKER)
    ]


def _takers(view: CaseView) -> list[tuple[str, str]]:
    """To whom the reader may hand the case over: not to who has it, and nobody handles their own (S13).

    The role tells who may decide it, and they come first where nobody else may. The reader takes it by a button.
    """
    but = {view.reader_account_id, view.case.assignee_account_id}
    staff = [
        member
        for member in directory.staff(Role.CLERK, Role.DECISION_MAKER)
        if member.account_id not in but
        and (member.own_customer_id is None or member.own_customer_id != view.case.customer_id)
    ]
    if view.is_reserved:
        staff.sort(key=lambda member: member.role is not Role.DECISION_MAKER)
    return [(str(member.account_id), f"{member.display_name} ({ROLES[member.role]})") for member in staff]


STEPS: Mapping[str, DeskStep] = {
    "take": DeskStep(handling.take, _l("You have taken the request.")),
    "assign": DeskStep(
        handling.assign,
        _l("The request has been assigned."),
        lambda view: forms.assign_form(_takers(view)),
        lambda form: {"assignee": form.assignee.data or ""},
    ),
    "ask-identity": DeskStep(
        identifying.ask_identity,
        _l("The question has been sent and the clock is paused."),
        lambda _view: forms.AskIdentityForm(),
        lambda form: {"reason": form.reason.data or "", "question": form.question.data or ""},
    ),
    "identity-answered": DeskStep(
        identifying.identity_answered,
        _l("The clock goes on."),
        lambda _view: forms.IdentityAnsweredForm(),
        lambda form: form.arguments(),
    ),
    "show-identity": DeskStep(
        identifying.show_identity,
        _l("It is on record how identity was shown."),
        lambda _view: forms.ShowIdentityForm(),
        lambda form: form.arguments(),
    ),
    "join-customer": DeskStep(
        identifying.join_customer,
        _l("The request now belongs to the customer."),
        lambda _view: forms.JoinForm(),
        lambda form: {"customer_number": form.customer_number.data or "", "note": form.note.data or ""},
    ),
    "remind-identity": DeskStep(
        identifying.remind_identity,
        _l("The customer has been reminded."),
        lambda _view: forms.RemindForm(),
        lambda form: {"note": form.note.data or ""},
    ),
    "change-arrival": DeskStep(
        handling.change_arrival,
        _l("The day of arrival has been corrected, and every date counted again."),
        lambda _view: forms.ChangeArrivalForm(),
        lambda form: {"received_on": form.received_on.data, "reason": form.reason.data or ""},
    ),
    "extend": DeskStep(
        handling.extend,
        _l("The time limit has been extended and the customer told."),
        lambda _view: forms.ExtendForm(),
        lambda form: {"reason": form.extension_reason, "explanation": form.explanation.data or ""},
    ),
    "hold": DeskStep(handling.hold, _l("The customer has been told that the answer is on its way.")),
    "split": DeskStep(
        deciding.split,
        _l("The categories can now be decided on their own."),
        lambda view: forms.split_form(view.items),
        lambda form: {"categories": form.chosen},
    ),
    "decide": DeskStep(
        deciding.decide,
        _l("The decision has been made."),
        lambda view: forms.decide_form(view.case, view.items, view.comparisons, may_refuse=view.may_refuse),
        lambda form: {"decisions": form.decisions(), "assessment": form.assessment.data or ""},
        {StepName.PROPOSE: _l("Your proposal has been saved. Nothing is decided until somebody else approves it.")},
    ),
    "approve": DeskStep(deciding.approve, _l("The decision has been approved.")),
    "merge": DeskStep(
        handling.merge,
        _l("The requests have been merged and the customer told."),
        lambda _view: forms.MergeForm(),
        lambda form: {"target": form.target.data or ""},
    ),
    "answer": DeskStep(
        handling.answer,
        _l("The letter has been made."),
        lambda view: forms.answer_form(view.usual_channel, view.answer_ways),
        lambda form: {"channel": form.wanted, "wish": form.wish.data or ""},
    ),
    "send-letter": DeskStep(handling.send_letter, _l("It is on record that the letter has gone.")),
    "close": DeskStep(
        handling.close,
        _l("The request has been closed."),
        lambda view: forms.close_form(view.case, view.tasks),
        lambda form: {"reports": form.reports()},
    ),
    "record-tasks": DeskStep(
        handling.record_tasks,
        _l("What has been done has been saved."),
        lambda view: forms.close_form(view.case, view.tasks),
        lambda form: {"reports": form.reports()},
    ),
    "lift-restriction": DeskStep(
        handling.lift_restriction,
        _l("The customer has been told, and the restriction has ended."),
        lambda _view: forms.LiftForm(),
        lambda form: {"explanation": form.explanation.data or ""},
    ),
    "withdraw": DeskStep(
        services.withdraw,
        _l("The request has been withdrawn."),
        lambda _view: forms.WithdrawForm(),
        lambda form: {"note": form.note.data or ""},
        is_on_state=False,
    ),
    "ask-ombudsman": DeskStep(
        services.ask_ombudsman,
        _l("A task has been opened: give what was kept back to the Ombudsman."),
        is_on_state=False,
    ),
    "open-linked": DeskStep(
        services.open_linked,
        _l("A new request has been opened that repairs the decision."),
        lambda _view: forms.LinkedForm(),
        lambda form: {"text": form.text.data or ""},
        is_on_state=False,
    ),
    "message": DeskStep(
        handling.message,
        _l("The message has been sent."),
        lambda _view: forms.StaffMessageForm(),
        lambda form: {"text": form.text.data or "", "seen_version": form.seen_version},
        is_on_state=False,
    ),
    "mark-read": DeskStep(
        handling.mark_read,
        _l("The customer’s message has been marked as read."),
        lambda _view: forms.MarkReadForm(),
    ),
    "note": DeskStep(
        handling.note,
        _l("The note has been saved."),
        lambda _view: forms.NoteForm(),
        lambda form: {"text": form.text.data or ""},
        is_on_state=False,
    ),
}
