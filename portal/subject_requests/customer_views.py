"""My requests: making a request, following it, writing, withdrawing, reading the letter."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from flask import abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from portal.core import clock
from portal.core.clock import local_date
from portal.core.errors import NotFound
from portal.core.roles import Permission
from portal.core.settings import settings
from portal.permissions import services as permissions
from portal.permissions.models import State
from portal.register import services as register
from portal.register.care.labels import MANDATE_KINDS
from portal.subject_requests import (
    calendar_file,
    correctable,
    counting_labels,
    deadlines,
    evidence,
    following,
    labels,
    outlook,
    queries,
    services,
)
from portal.subject_requests.customer_forms import (
    CorrectionForm,
    MessageForm,
    PressForm,
    TextRequestForm,
    TypedItem,
    correction_form,
    renumbered,
    typed_items,
)
from portal.subject_requests.kinds import AT_ONCE, OPEN, Kind, Status
from portal.subject_requests.matters import Matter
from portal.subject_requests.models import SubjectRequest
from portal.web import typed_forms
from portal.web.access import requires
from portal.web.downloads import download, shown_pdf
from portal.web.forms import PortalForm, page
from portal.web.limits import takes_files
from portal.web.locale import current_language, localized_blueprint

# in the application's extensions: what tells of a viewing or disclosure by its reference, set by what knows them
MATTERS = "request_matters"

views = localized_blueprint("my_requests", __name__)

REVIEW, CHANGE = "review", "change"  # steps of an erasure before it is sent


@views.route("/my/requests")
@requires(Permission.REQUESTS_SUBMIT_OWN)
def index() -> ResponseReturnValue:
    found = queries.of_customer(current_user.customer_id)
    return page(
        "subject_requests/my_index.html",
        asked=[case for case in found if case.status is Status.IDENTITY_PENDING],
        waiting=[case for case in found if case.status in OPEN and case.status is not Status.IDENTITY_PENDING],
        ended=[case for case in found if case.status not in OPEN],
        customer=register.customer_of(current_user.customer_id),
        labels=labels,
    )


@views.route("/my/requests/new")
@requires(Permission.REQUESTS_SUBMIT_OWN)
def choose() -> ResponseReturnValue:
    customer = register.customer_of(current_user.customer_id)
    return page("subject_requests/my_choose.html", customer=customer, labels=labels)


@views.route("/my/requests/new/<kind>", methods=["GET", "POST"])
@requires(Permission.REQUESTS_SUBMIT_OWN)
@takes_files
def new(kind: str) -> ResponseReturnValue:
    try:
        chosen = Kind(kind)
    except ValueError:
        abort(404)
    if chosen is Kind.CORRECTION:
        return _new_correction()
    about = request.args.get("about", "") if chosen is Kind.ACCESS else ""
    return _ask_about(about) if about else _new_in_own_words(chosen)


def _new_in_own_words(kind: Kind) -> ResponseReturnValue:
    form = TextRequestForm()
    form.text.label.text = labels.TEXT_LABELS[kind]
    step = request.form.get("step")
    if step == CHANGE or not form.validate_on_submit():
        return _page_of(kind, form)
    if kind is Kind.ERASURE and step == REVIEW:
        return _page_of(kind, form, is_review=form.says_something())
    case = form.accept(lambda: _submit(kind, form, form.text.data or ""))
    return _received(case) if case is not None else _page_of(kind, form)


def _submit(kind: Kind, form: TextRequestForm, text: str) -> SubjectRequest:
    return services.submit(
        kind,
        customer_id=current_user.customer_id,
        text=text,
        actor=current_user.actor,
        now=clock.now(),
        once=form.once.data,
    )


def _page_of(kind: Kind, form: TextRequestForm, *, is_review: bool = False) -> Response:
    """The form of a kind, with what the person should know before sending it; an erasure is looked over once more."""
    customer = register.customer_of(current_user.customer_id)
    now = clock.now()
    today = local_date(now)
    return page(
        "subject_requests/my_erasure_review.html" if is_review else "subject_requests/my_new.html",
        form=form,
        kind=kind,
        customer=customer,
        dates=deadlines.count(today),
        counted=_counted(today),
        outlook=outlook.of_erasure(customer.id, now=now) if kind is Kind.ERASURE else None,
        open_ones=[case for case in queries.undecided_of(customer.id) if case.kind is kind],
        given=[line for line in permissions.state_of(customer.id) if line.state is State.PERMISSION],
        labels=labels,
    )


def _counted(today: date) -> list[str]:
    """How the dates of a request that is made today are counted, in words."""
    return counting_labels.sentences(deadlines.counting(deadlines.count(today)), current_language())


def _ask_about(about: str) -> ResponseReturnValue:
    """A question about one viewing or disclosure: a request for access that is about nothing else."""
    matter_of: Callable[[str, int], Matter] = current_app.extensions[MATTERS]
    matter = matter_of(about, current_user.customer_id)
    form = TextRequestForm()
    form.text.label.text = _("Your question")
    if request.method == "GET" and not form.text.data:
        form.text.data = matter.question
    if form.validate_on_submit() and form.says_something():
        case = form.accept(lambda: _submit(Kind.ACCESS, form, matter.request(form.text.data or "")))
        if case is not None:
            return _received(case)
    today = local_date(clock.now())
    return page(
        "subject_requests/my_ask.html",
        form=form,
        matter=matter,
        dates=deadlines.count(today),
        counted=_counted(today),
    )


def _new_correction() -> ResponseReturnValue:
    """Fields are added and taken away by buttons of the same form, so that what was typed stays (no script needed)."""
    items = _items_asked()
    references = [correctable.reference_of(item.field) for item in items]
    shown = [register.shown_value(current_user.customer_id, wanted.spec.key, wanted.record_id) for wanted in references]
    is_posted, today = request.method == "POST", local_date(clock.now())
    form = correction_form(
        list(zip(references, shown, strict=True)), renumbered(request.form, items) if is_posted else None
    )
    if is_posted and not _is_rearranged() and references and form.validate():
        case = form.accept(lambda: _submit_correction(form))
        if case is not None:
            if queries.has_mismatch(case):
                flash(
                    _(
                        "The postal code and the post office that you gave do not seem to match. Your request has been "
                        "received all the same. If one of them is mistyped, tell us below."
                    ),
                    "warning",
                )
            return _received(case)
    return page(
        "subject_requests/my_correction.html",
        form=form,
        references=references,
        titles=correctable.titles(current_user.customer_id, references),
        offered=correctable.offered(current_user.customer_id),
        contested=queries.contested_fields(current_user.customer_id),
        most=services.MOST_ITEMS,
        correctable=correctable,
        has_lost_file=is_posted and _file_sent() is not None,
        customer=register.customer_of(current_user.customer_id),
        dates=deadlines.count(today),
        counted=_counted(today),
        labels=labels,
    )


def _items_asked() -> list[TypedItem]:
    """The fields of the form as sent, or as typed before the session ended, or else those that the address asks for.

    `field` adds some, `remove` takes one away.
    """
    typed = typed_forms.typed_before()
    sent = request.form if request.method == "POST" else MultiDict(typed.fields if typed else ())
    items = {item.field: item for item in typed_items(sent)}
    removed = request.form.get("remove", "")
    items.pop(removed, None)
    for text in request.form.getlist("field") if request.form else [] if items else request.args.getlist("field"):
        if text and text != removed and len(items) < services.MOST_ITEMS:
            items.setdefault(text, TypedItem(text))
    return list(items.values())


def _is_rearranged() -> bool:
    """Whether a field was added or taken away, and nothing is sent yet."""
    return "add" in request.form or "remove" in request.form


def _submit_correction(form: CorrectionForm) -> SubjectRequest:
    return evidence.submit_correction(
        customer_id=current_user.customer_id,
        items=form.items(),
        grounds=form.grounds.data or "",
        sent=_file_sent(),
        actor=current_user.actor,
        now=clock.now(),
        once=form.once.data,
    )


def _received(case: SubjectRequest) -> ResponseReturnValue:
    flash(str(labels.DONE.get(case.kind) or _("We have received your request %(id)s.", id=case.public_id)))
    return redirect(url_for(".show", public_id=case.public_id), 303)


@dataclass(frozen=True)
class Step:
    """A button on the page of a request: the form it sends, what it does, and the words for having done it."""

    form: type[PortalForm]
    act: Callable[[str, Any], bool]
    done: LazyString


@views.route("/my/requests/<public_id>", methods=["GET", "POST"])
@requires(Permission.REQUESTS_SUBMIT_OWN)
@takes_files
def show(public_id: str) -> ResponseReturnValue:
    step = STEPS.get(request.form.get("step", ""), STEPS[""])
    form = step.form()
    if form.validate_on_submit() and form.accept(lambda: step.act(public_id, form)):
        flash(str(step.done))
        return redirect(url_for(".show", public_id=public_id), 303)
    view = queries.case_view(public_id, actor=current_user.actor, today=local_date(clock.now()))
    message_form = form if isinstance(form, MessageForm) else MessageForm(formdata=None)
    if view.case.status is Status.IDENTITY_PENDING:
        message_form.text.label.text = _("Anything to add?") if view.case.is_shown_by_sign_in else _("Your answer")
    return page(
        "subject_requests/my_show.html",
        form=form,
        message_form=message_form,
        view=view,
        titles=_titles(view),
        files=evidence.files_of(view.case),
        counted=counting_labels.sentences(view.counting, current_language()),
        labels=labels,
        mandate_kinds=MANDATE_KINDS,
        shown=labels.shown,
    )


def _withdraw(public_id: str, _form: PortalForm) -> bool:
    services.withdraw(public_id=public_id, actor=current_user.actor, now=clock.now())
    return True


def _ask_ombudsman(public_id: str, _form: PortalForm) -> bool:
    services.ask_ombudsman(public_id=public_id, actor=current_user.actor, now=clock.now())
    return True


def _answer_question(public_id: str, form: MessageForm) -> bool:
    following.answer_identity_question(
        public_id=public_id,
        statement=str(labels.IS_MINE),
        text=form.text.data or "",
        actor=current_user.actor,
        now=clock.now(),
    )
    return True


def _write(public_id: str, form: MessageForm) -> bool:
    evidence.write(
        public_id=public_id,
        text=form.text.data or "",
        sent=_file_sent(),
        actor=current_user.actor,
        now=clock.now(),
    )
    return True


def _file_sent() -> evidence.SentFile | None:
    file = request.files.get("evidence")
    return evidence.SentFile(file.filename, file.read()) if file and file.filename else None


STEPS = {
    "withdraw": Step(PressForm, _withdraw, _l("You have withdrawn the request.")),
    "ask-ombudsman": Step(
        PressForm, _ask_ombudsman, _l("We give what was kept back to the Data Protection Ombudsman.")
    ),
    "identity-answered": Step(
        MessageForm, _answer_question, _l("Your answer has been sent. The time limit is running again.")
    ),
    "": Step(MessageForm, _write, _l("Your message has been sent.")),
}


def _titles(view: queries.CaseView) -> list[str]:
    """What each item that is about a field belongs to; the record may be gone by now."""
    references = [register.FieldReference(labels.field(i.field), i.record_id) for i in view.items if i.field]
    return correctable.titles(current_user.customer_id, references)


@views.route("/my/requests/<public_id>/withdraw")
@requires(Permission.REQUESTS_SUBMIT_OWN)
def withdraw(public_id: str) -> ResponseReturnValue:
    """Asks once more; the button posts to the page of the request."""
    view = queries.case_view(public_id, actor=current_user.actor, today=local_date(clock.now()))
    if not view.may("withdraw"):
        return redirect(url_for(".show", public_id=public_id))
    return page("subject_requests/my_withdraw.html", form=PressForm(), case=view.case, labels=labels)


@views.route("/my/requests/<public_id>/due.ics")
@requires(Permission.REQUESTS_SUBMIT_OWN)
def due(public_id: str) -> ResponseReturnValue:
    """The day of the answer for the person's own calendar; there is none once the answer has been given."""
    now = clock.now()
    case = queries.case_view(public_id, actor=current_user.actor, today=local_date(now)).case
    if case.status not in OPEN or case.kind in AT_ONCE:
        raise NotFound
    day = calendar_file.Day(
        uid=f"{case.public_id}@{urlsplit(settings().base_url).hostname}",
        sequence=case.version,
        on=labels.answer_by(case),
        title=_("Answer to request %(id)s", id=case.public_id),
        text=labels.calendar_text(case),
        url=settings().base_url + url_for(".show", public_id=public_id),
        language=current_language(),
    )
    made = calendar_file.calendar(day, made_at=now)
    return download(made, name=f"{public_id}.ics", content_type="text/calendar; charset=utf-8")


@views.route("/my/requests/<public_id>/files/<file_id>")
@requires(Permission.REQUESTS_SUBMIT_OWN)
def file(public_id: str, file_id: str) -> ResponseReturnValue:
    now = clock.now()
    found = evidence.opened(public_id=public_id, file_id=file_id, actor=current_user.actor, now=now)
    return download(found.content, name=found.name, content_type="application/octet-stream")


@views.route("/my/requests/<public_id>/letter.pdf")
@requires(Permission.REQUESTS_SUBMIT_OWN)
def letter(public_id: str) -> ResponseReturnValue:
    document = services.letter(public_id=public_id, actor=current_user.actor, now=clock.now())
    return shown_pdf(document, name=public_id)
