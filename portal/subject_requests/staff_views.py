"""The request desk: queue, intake and the case page with its steps."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from portal.accounts import directory
from portal.accounts.labels import ROLES
from portal.core import clock
from portal.core.clock import local_date
from portal.core.roles import Permission, Role
from portal.subject_requests import evidence, forms, handling, intake, labels, queries, services
from portal.subject_requests.customer_views import attachment, pdf
from portal.subject_requests.queries import CaseView
from portal.web.access import requires
from portal.web.forms import PortalForm, page
from portal.web.locale import current_language, localized_blueprint
from portal.web.paging import Paging, asked_number
from portal.web.typed_forms import typed_before

views = localized_blueprint("desk_requests", __name__)

FILTERS = ("status", "kind", "channel", "assignee", "due", "q")


@views.route("/desk/requests")
@requires(Permission.REQUESTS_HANDLE)
def index() -> ResponseReturnValue:
    form = forms.filter_form(request.args, _staff_choices())
    found = queries.queue(
        form.filters(me=current_user.account_id),
        page=asked_number(),
        today=local_date(clock.now()),
    )
    return page(
        "subject_requests/desk_index.html",
        filters=form,
        found=found,
        asked=Paging(found.number, found.total, found.size),
        counts=queries.counts_by_status(),
        is_filtered=any(request.args.get(name) for name in FILTERS),
        labels=labels,
    )


@views.route("/desk/requests/new", methods=["GET", "POST"])
@requires(Permission.REQUESTS_HANDLE)
def new() -> ResponseReturnValue:
    form = forms.intake_form(request.args)
    if form.validate_on_submit():
        details = form.details(language=current_language())
        case = form.accept(lambda: intake.record(details, actor=current_user.actor, now=clock.now()))
        if case is not None:
            flash(_("The request has been recorded. Its number is %(id)s.", id=case.public_id))
            return redirect(url_for(".show", public_id=case.public_id), 303)
    return page("subject_requests/desk_new.html", form=form, today=local_date(clock.now()))


@views.route("/desk/requests/<public_id>", methods=["GET", "POST"])
@requires(Permission.REQUESTS_HANDLE)
def show(public_id: str) -> ResponseReturnValue:
    if request.method == "GET":
        return _case_page(_opened(public_id), again=_typed_before())
    view = _view(public_id)
    step = STEPS.get(request.form.get("step", ""))
    if step is None:
        abort(400)
    form = step.form(view)
    if form.validate_on_submit() and form.accept(lambda: _taken(step, public_id, form)):
        flash(str(step.done))
        return redirect(url_for(".show", public_id=public_id), 303)
    return _case_page(_opened(public_id), form)


@views.route("/desk/requests/<public_id>/files/<file_id>")
@requires(Permission.REQUESTS_HANDLE)
def file(public_id: str, file_id: str) -> ResponseReturnValue:
    now = clock.now()
    return attachment(evidence.opened(public_id=public_id, file_id=file_id, actor=current_user.actor, now=now))


@views.route("/desk/requests/<public_id>/letter.pdf")
@requires(Permission.REQUESTS_HANDLE)
def letter(public_id: str) -> ResponseReturnValue:
    document = services.letter(public_id=public_id, actor=current_user.actor, now=clock.now())
    return pdf(document, public_id)


def _opened(public_id: str) -> CaseView:
    """The case to be shown: a viewing, also when it is shown again because a form had a mistake."""
    now = clock.now()
    case = handling.open_case(public_id=public_id, actor=current_user.actor, now=now)
    return queries.view_of(case, actor=current_user.actor, today=local_date(now))


def _view(public_id: str) -> CaseView:
    return queries.case_view(public_id, actor=current_user.actor, today=local_date(clock.now()))


def _typed_before() -> str | None:
    """The step whose form was filled in when the session ended."""
    typed = typed_before()
    return dict(typed.fields).get("step") if typed else None


def _case_page(view: CaseView, posted: PortalForm | None = None, again: str | None = None) -> ResponseReturnValue:
    """Every form of the page; the one that was sent keeps what was typed and shows its errors."""
    drawn = {name: step.form(view) if name == again else step.fresh(view) for name, step in STEPS.items()}
    if posted is not None:
        drawn[request.form["step"]] = posted
    return page(
        "subject_requests/desk_show.html",
        form=posted,
        forms=drawn,
        again=again,
        view=view,
        files=evidence.files_of(view.case),
        counted=labels.count_sentences(view.counting, current_language()),
        labels=labels,
        shown=labels.shown,
    )


def _staff_choices() -> list[tuple[str, str]]:
    return [
        (str(member.account_id), member.display_name) for member in directory.staff(Role.CLERK, Role.DECISION_MAKER)
    ]


def _staff_with_roles() -> list[tuple[str, str]]:
    """Who could take the case over: the role tells who may decide it."""
    return [
        (str(member.account_id), f"{member.display_name} ({ROLES[member.role]})")
        for member in directory.staff(Role.CLERK, Role.DECISION_MAKER)
    ]


@dataclass(frozen=True)
class DeskStep:
    """What a value of `step` does: its form, the service it calls, and what is said when it is done."""

    make: Callable[[CaseView], PortalForm]
    act: Callable[..., object]
    arguments: Callable[..., dict[str, object]]
    done: object

    def form(self, view: CaseView) -> PortalForm:
        return self.make(view)

    def fresh(self, view: CaseView) -> PortalForm:
        """The form without what was sent for another step."""
        return forms.unsent(self.make, view)


def _taken(step: DeskStep, public_id: str, form: PortalForm) -> bool:
    step.act(public_id=public_id, actor=current_user.actor, now=clock.now(), **step.arguments(form))
    return True


STEPS = {
    "take": DeskStep(
        lambda _view: forms.StepForm(),
        handling.take,
        lambda form: {"version": form.seen_version},
        _l("You have taken the request."),
    ),
    "assign": DeskStep(
        lambda _view: forms.assign_form(_staff_with_roles()),
        handling.assign,
        lambda form: {"assignee": form.assignee.data or "", "version": form.seen_version},
        _l("The request has been assigned."),
    ),
    "ask-identity": DeskStep(
        lambda _view: forms.AskIdentityForm(),
        handling.ask_identity,
        lambda form: {
            "reason": form.reason.data or "",
            "question": form.question.data or "",
            "version": form.seen_version,
        },
        _l("The question has been sent and the clock is paused."),
    ),
    "identity-answered": DeskStep(
        lambda _view: forms.IdentityAnsweredForm(),
        handling.identity_answered,
        lambda form: {"note": form.note.data or "", "version": form.seen_version},
        _l("The clock goes on."),
    ),
    "extend": DeskStep(
        lambda _view: forms.ExtendForm(),
        handling.extend,
        lambda form: {
            "reason": form.extension_reason,
            "explanation": form.explanation.data or "",
            "version": form.seen_version,
        },
        _l("The time limit has been extended and the customer told."),
    ),
    "decide": DeskStep(
        lambda view: forms.decide_form(view.items, view.comparisons),
        handling.decide,
        lambda form: {
            "decisions": form.decisions(),
            "assessment": form.assessment.data or "",
            "version": form.seen_version,
        },
        _l("The decision has been made."),
    ),
    "approve": DeskStep(
        lambda _view: forms.StepForm(),
        handling.approve,
        lambda form: {"version": form.seen_version},
        _l("The decision has been approved."),
    ),
    "merge": DeskStep(
        lambda _view: forms.MergeForm(),
        handling.merge,
        lambda form: {"target": form.target.data or "", "version": form.seen_version},
        _l("The requests have been merged and the customer told."),
    ),
    "hold": DeskStep(
        lambda _view: forms.StepForm(),
        handling.hold,
        lambda form: {"version": form.seen_version},
        _l("The customer has been told that the answer is on its way."),
    ),
    "remind-identity": DeskStep(
        lambda _view: forms.RemindForm(),
        handling.remind_identity,
        lambda form: {"note": form.note.data or "", "version": form.seen_version},
        _l("The customer has been reminded."),
    ),
    "answer": DeskStep(
        lambda _view: forms.StepForm(),
        handling.answer,
        lambda form: {"version": form.seen_version},
        _l("The letter has been made and the customer told."),
    ),
    "close": DeskStep(
        lambda view: forms.close_form(view.tasks),
        handling.close,
        lambda form: {"reports": form.reports(), "version": form.seen_version},
        _l("The request has been closed."),
    ),
    "withdraw": DeskStep(
        lambda _view: forms.WithdrawForm(),
        services.withdraw,
        lambda form: {"note": form.note.data or ""},
        _l("The request has been withdrawn."),
    ),
    "message": DeskStep(
        lambda _view: forms.StaffMessageForm(),
        handling.message,
        lambda form: {"text": form.text.data or ""},
        _l("The message has been sent."),
    ),
    "note": DeskStep(
        lambda _view: forms.NoteForm(),
        handling.note,
        lambda form: {"text": form.text.data or ""},
        _l("The note has been saved."),
    ),
}
