"""The request desk: the queue, intake, and the page of a case with its steps."""

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal.catalogues.fields import CATEGORIES
from portal.core import clock
from portal.core.clock import local_date
from portal.core.roles import Permission
from portal.register.care import labels as care_labels
from portal.subject_requests import (
    bundles,
    counting_labels,
    deciding,
    desk_forms,
    desk_queue,
    effects,
    erasing_labels,
    evidence,
    handling,
    intake,
    intake_forms,
    labels,
    queries,
    sentences,
    services,
)
from portal.subject_requests.desk_steps import STEPS, DeskStep, staff_choices
from portal.subject_requests.intake import Recognised
from portal.subject_requests.intake_forms import IntakeForm
from portal.subject_requests.models import SubjectRequest
from portal.subject_requests.problem_labels import PROBLEMS
from portal.subject_requests.queries import CaseView
from portal.web.access import requires
from portal.web.downloads import download, shown_pdf
from portal.web.forms import PortalForm, page
from portal.web.locale import current_language, localized_blueprint
from portal.web.paging import Paging, asked_number
from portal.web.typed_forms import typed_before

views = localized_blueprint("desk_requests", __name__)

FILTERS = ("status", "kind", "channel", "assignee", "due", "unread", "q")


@views.route("/desk/requests")
@requires(Permission.REQUESTS_HANDLE)
def index() -> ResponseReturnValue:
    form = desk_forms.filter_form(request.args, staff_choices())
    today = local_date(clock.now())
    me = current_user.account_id
    found = desk_queue.queue(form.filters(me=me), page=asked_number(), today=today)
    return page(
        "subject_requests/desk_index.html",
        filters=form,
        found=found,
        asked=Paging(found.number, found.total, found.size),
        counts=desk_queue.counts_by_status(),
        workload=desk_queue.workload(account_id=me, today=today),
        approvals=desk_queue.waiting_for_approval(me) if current_user.may(Permission.REQUESTS_DECIDE) else [],
        is_filtered=any(request.args.get(name) for name in FILTERS),
        own_customer=current_user.actor.customer_id,
        me=me,
        labels=labels,
    )


@views.route("/desk/requests/new", methods=["GET", "POST"])
@requires(Permission.REQUESTS_HANDLE)
def new() -> ResponseReturnValue:
    now = clock.now()
    form = intake_forms.intake_form(request.args, today=local_date(now), clerk=current_user.display_name)
    if request.form.get("look") in intake_forms.CHANNELS:
        return redirect(url_for(".new", _external=False, **form.begun(request.form["look"])), 303)
    known = _recognised(form)
    if "look" not in request.form and form.validate_on_submit():
        details = form.details(language=form.answer_language)
        case = form.accept(lambda: intake.record(details, actor=current_user.actor, now=now))
        if case is not None:
            flash(_("The request has been recorded. Its number is %(id)s.", id=case.public_id))
            return redirect(url_for(".show", public_id=case.public_id), 303)
    form.narrow()
    return page(
        "subject_requests/desk_new.html",
        form=form,
        known=known,
        today=local_date(now),
        labels=labels,
        channels=intake_forms.CHANNELS,
        is_opt_out=request.args.get("kind") == "opt-out",
    )


def _recognised(form: IntakeForm) -> Recognised | None:
    """Who the customer number stands for, once the clerk has asked to see it."""
    wants_to_see = "look" in request.form or (request.method == "POST" and form.is_looked_up)
    if not wants_to_see:
        return None
    now = clock.now()
    day = form.received_on.data or local_date(now)
    number = form.customer_number.data or ""
    found = form.accept(lambda: intake.recognise(number, on=day, actor=current_user.actor, now=now))
    if found is not None:
        form.know(found)
    return found


@views.route("/desk/requests/<public_id>", methods=["GET", "POST"])
@requires(Permission.REQUESTS_HANDLE)
def show(public_id: str) -> ResponseReturnValue:
    if request.method == "GET":
        return _case_page(_opened(public_id), again=_typed_before())
    view = _view(public_id)
    step = STEPS.get(request.form.get("step", ""))
    if step is None:
        abort(400)
    form = step.make(view)
    if "fill" in request.form:
        return _filled(view, form, request.form["fill"])
    if form.validate_on_submit():
        if "preview" in request.form:
            return _draft(public_id, form)
        if (done := form.accept(lambda: _taken(step, form, public_id))) is not None:
            flash(step.words(done))
            return redirect(url_for(".show", public_id=_goes_on_with(done, public_id)), 303)
    return _case_page(_opened(public_id), form)


def _taken(step: DeskStep, form: desk_forms.StepForm, public_id: str) -> object:
    return step.take(form, public_id=public_id, actor=current_user.actor, now=clock.now())


def _goes_on_with(done: object, public_id: str) -> str:
    """The case that a step has opened, else the same one."""
    return done.public_id if isinstance(done, SubjectRequest) else public_id


def _filled(view: CaseView, form: desk_forms.StepForm, name: str) -> ResponseReturnValue:
    """The page again with a ready sentence in the form; nothing is sent or saved."""
    step = request.form["step"]
    if name not in sentences.SENTENCES.get(step, {}):
        abort(400)
    sentence = sentences.ready(view.case, step, name, has_account=view.has_account)
    if not sentence:  # it fitted when the page was opened
        form.turn_away()
        return _case_page(_opened(view.case.public_id), form)
    form.take_sentence(sentence, first=sentences.opening(view.case, step, sentence))
    return _case_page(_opened(view.case.public_id), form, status=200)


def _draft(public_id: str, form: PortalForm) -> ResponseReturnValue:
    """The letter of what has been typed, or the page again with what is missing; a viewing either way (S13)."""
    view = _opened(public_id)
    decisions = form.decisions() if isinstance(form, desk_forms.DecideForm) else {}
    made = form.accept(
        lambda: deciding.draft(public_id=public_id, decisions=decisions, actor=current_user.actor, now=clock.now())
    )
    return _case_page(view, form) if made is None else shown_pdf(made, name=public_id)


@views.route("/desk/requests/<public_id>/draft.pdf")
@requires(Permission.REQUESTS_HANDLE)
def draft(public_id: str) -> ResponseReturnValue:
    """What the letter of a decision that has been made will say."""
    case = handling.open_case(public_id=public_id, actor=current_user.actor, now=clock.now())
    if case.outcome is None:
        abort(404)
    made = deciding.draft(public_id=public_id, decisions={}, actor=current_user.actor, now=clock.now())
    return shown_pdf(made, name=public_id)


@views.route("/desk/requests/<public_id>/receipt")
@requires(Permission.REQUESTS_HANDLE)
def receipt(public_id: str) -> ResponseReturnValue:
    """For the customer's hand or for the post: what arrived, when, and by when the answer comes."""
    return _printed("subject_requests/desk_receipt.html", public_id)


@views.route("/desk/requests/<public_id>/print")
@requires(Permission.REQUESTS_HANDLE)
def printed(public_id: str) -> ResponseReturnValue:
    return _printed("subject_requests/desk_print.html", public_id)


def _printed(template: str, public_id: str) -> ResponseReturnValue:
    view = _opened(public_id)
    return page(
        template,
        view=view,
        counted=counting_labels.sentences(view.counting, current_language()),
        labels=labels,
        shown=labels.shown,
        now=clock.now(),
        erasure=_erasure(view),
        care=care_labels,
    )


@views.route("/desk/requests/<public_id>/files/<file_id>")
@requires(Permission.REQUESTS_HANDLE)
def file(public_id: str, file_id: str) -> ResponseReturnValue:
    now = clock.now()
    found = evidence.opened(public_id=public_id, file_id=file_id, actor=current_user.actor, now=now)
    return download(found.content, name=found.name, content_type="application/octet-stream")


@views.route("/desk/requests/<public_id>/letter.pdf")
@requires(Permission.REQUESTS_HANDLE)
def letter(public_id: str) -> ResponseReturnValue:
    document = services.letter(public_id=public_id, actor=current_user.actor, now=clock.now())
    return shown_pdf(document, name=public_id)


@views.route("/desk/requests/<public_id>/bundle.zip", methods=["POST"])
@requires(Permission.REQUESTS_DECIDE)
def bundle(public_id: str) -> ResponseReturnValue:
    made = bundles.make(public_id=public_id, actor=current_user.actor, now=clock.now())
    return download(made, name=f"{public_id}.zip", content_type="application/zip")


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


def _case_page(
    view: CaseView, posted: PortalForm | None = None, *, again: str | None = None, status: int | None = None
) -> ResponseReturnValue:
    """Every form of the page; the one that was sent keeps what was typed and shows its errors."""
    drawn = {name: step.make(view) if name == again else step.fresh(view) for name, step in STEPS.items()}
    if posted is not None:
        again = request.form["step"]
        drawn[again] = posted
    return page(
        "subject_requests/desk_show.html",
        status,
        form=posted,
        forms=drawn,
        again=again,
        view=view,
        me=current_user.account_id,
        files=evidence.files_of(view.case),
        erasure=_erasure(view),
        counted=counting_labels.sentences(view.counting, current_language()),
        labels=labels,
        shown=labels.shown,
        sentences=sentences.fitting(view.case, has_account=view.has_account),
        problems=PROBLEMS,
        categories=CATEGORIES,
        care=care_labels,
        today=local_date(clock.now()),
    )


def _erasure(view: CaseView) -> list[erasing_labels.ToldPart]:
    """What goes and what stays until when, before it is decided and after (L24)."""
    found = effects.erasure_of(view.case, view.items, clock.now())
    return erasing_labels.told(found.parts, current_language()) if found else []
