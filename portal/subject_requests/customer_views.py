"""My requests: making a request, following it, writing, withdrawing, reading the letter."""

from collections.abc import Callable

from flask import abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext as _
from flask_login import current_user

from portal.core import clock
from portal.core.clock import local_date
from portal.core.errors import NotFound
from portal.core.roles import Permission
from portal.register import reading
from portal.register import services as register
from portal.register.labels import field_display
from portal.register.services import FieldReference
from portal.subject_requests import labels, queries, services
from portal.subject_requests.forms import (
    CorrectionForm,
    MessageForm,
    TextRequestForm,
    WithdrawOwnForm,
    correction_form,
)
from portal.subject_requests.kinds import Kind
from portal.subject_requests.models import SubjectRequest
from portal.web.access import requires
from portal.web.forms import PortalForm, page
from portal.web.locale import current_language, localized_blueprint

# in the application's extensions: what puts a reference in words, set by what knows viewings and disclosures
OPENING_WORDS = "request_opening_words"

views = localized_blueprint("my_requests", __name__)


@views.route("/my/requests")
@requires(Permission.REQUESTS_SUBMIT_OWN)
def index() -> ResponseReturnValue:
    cases = queries.of_customer(current_user.customer_id)
    return page("subject_requests/my_index.html", cases=cases, labels=labels)


@views.route("/my/requests/new/<kind>", methods=["GET", "POST"])
@requires(Permission.REQUESTS_SUBMIT_OWN)
def new(kind: str) -> ResponseReturnValue:
    try:
        chosen = Kind(kind)
    except ValueError:
        abort(404)
    return _new_correction() if chosen is Kind.CORRECTION else _new_in_own_words(chosen)


def _new_in_own_words(kind: Kind) -> ResponseReturnValue:
    form = TextRequestForm()
    if request.method == "GET" and kind is Kind.ACCESS and not form.text.data:
        form.text.data = _opening_words(request.args.get("about", ""))
    if form.validate_on_submit():
        case = form.accept(
            lambda: services.submit(
                kind,
                customer_id=current_user.customer_id,
                text=form.text.data or "",
                actor=current_user.actor,
                now=clock.now(),
                once=form.once.data,
            )
        )
        if case is not None:
            return _received(case)
    return page("subject_requests/my_new.html", form=form, kind=kind, labels=labels)


def _opening_words(about: str) -> str:
    """What a request about one viewing or disclosure begins with; the person changes it as they like."""
    if not about:
        return ""
    words: Callable[[str, int], str] = current_app.extensions[OPENING_WORDS]
    return words(about, current_user.customer_id)


def _new_correction() -> ResponseReturnValue:
    references = _references()
    shown = [register.shown_value(current_user.customer_id, wanted.spec.key, wanted.record_id) for wanted in references]
    form = correction_form(list(zip(references, shown, strict=True)))
    if references and form.validate_on_submit():
        case = _submit_correction(form)
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
        choices=_correctable(),
        labels=labels,
    )


def _submit_correction(form: CorrectionForm) -> SubjectRequest | None:
    return form.accept(
        lambda: services.submit_correction(
            customer_id=current_user.customer_id,
            items=form.items(),
            grounds=form.grounds.data or "",
            actor=current_user.actor,
            now=clock.now(),
            once=form.once.data,
        )
    )


def _references() -> list[FieldReference]:
    """The fields that the form sent is about, or those that the address asks for; others are the same 404."""
    if request.method == "POST":
        sent = [request.form.get(f"items-{n}-field") for n in range(services.MOST_ITEMS)]
        wanted = [text for text in sent if text]
    else:
        wanted = [text for text in request.args.getlist("field") if text]
    references = [register.field_reference(text) for text in dict.fromkeys(wanted)][: services.MOST_ITEMS]
    if any(not reference.spec.is_correctable for reference in references):
        raise NotFound
    return references


def _correctable() -> list[tuple[str, list[tuple[str, str]]]]:
    """What may be chosen: per category, a reference with the field's name and present value."""
    groups = []
    for category in reading.records_of(current_user.customer_id):
        choices = [
            (
                record.reference(field.key),
                f"{field.spec.label}: {field_display(field.spec, field.value)}",
            )
            for record in category.records
            for field in record.fields
            if field.spec.is_correctable
        ]
        if choices:
            groups.append((str(category.spec.label), choices))
    return groups


def _received(case: SubjectRequest) -> ResponseReturnValue:
    flash(_("We have received your request %(id)s.", id=case.public_id))
    return redirect(url_for(".show", public_id=case.public_id), 303)


@views.route("/my/requests/<public_id>", methods=["GET", "POST"])
@requires(Permission.REQUESTS_SUBMIT_OWN)
def show(public_id: str) -> ResponseReturnValue:
    form: PortalForm = MessageForm()
    if request.form.get("step") == "withdraw":
        form = WithdrawOwnForm()
        if form.validate_on_submit() and form.accept(lambda: _withdraw(public_id)):
            flash(_("You have withdrawn the request."))
            return redirect(url_for(".show", public_id=public_id), 303)
    elif form.validate_on_submit() and form.accept(lambda: _write(public_id, form.text.data or "")):
        flash(_("Your message has been sent."))
        return redirect(url_for(".show", public_id=public_id), 303)
    view = queries.case_view(public_id, actor=current_user.actor, today=local_date(clock.now()))
    return page(
        "subject_requests/my_show.html",
        form=form,
        message_form=form if isinstance(form, MessageForm) else MessageForm(formdata=None),
        view=view,
        counted=labels.count_sentences(view.counting, current_language()),
        labels=labels,
        shown=labels.shown,
    )


def _withdraw(public_id: str) -> bool:
    services.withdraw(public_id=public_id, actor=current_user.actor, now=clock.now())
    return True


def _write(public_id: str, text: str) -> bool:
    services.message_from_customer(public_id=public_id, text=text, actor=current_user.actor, now=clock.now())
    return True


@views.route("/my/requests/<public_id>/letter.pdf")
@requires(Permission.REQUESTS_SUBMIT_OWN)
def letter(public_id: str) -> ResponseReturnValue:
    document = services.letter(public_id=public_id, actor=current_user.actor, now=clock.now())
    return pdf(document, public_id)


def pdf(document: bytes, public_id: str) -> Response:
    response = Response(document, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{public_id}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response
