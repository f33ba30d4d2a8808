"""Requests without an account: opting out, access and correction; forms for paper; and the figures for everybody.

The answer never tells whether the contact is known.
"""

from datetime import datetime

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts import throttling
from portal.core import clock, crypto
from portal.core.audit import VISITOR
from portal.core.clock import local_date
from portal.core.errors import NotFound
from portal.core.settings import settings
from portal.permissions import opt_out_links, texts
from portal.permissions.models import Channel
from portal.subject_requests import (
    accountability,
    counting_labels,
    deadlines,
    labels,
    opting_out,
    paper_forms,
    strangers,
)
from portal.subject_requests.kinds import Kind
from portal.subject_requests.models import SubjectRequest
from portal.subject_requests.public_forms import OptOutForm, PublicRequestForm
from portal.web.access import public
from portal.web.csrf import is_one_click, one_click, public_form
from portal.web.downloads import shown_pdf
from portal.web.even_time import even_time
from portal.web.forms import page
from portal.web.locale import current_language, localized_blueprint
from portal.web.page_cache import same_for_everyone

views = localized_blueprint("public_requests", __name__)

RECEIPT = "opt-out-receipt"
LINK_RECEIPT = "opt-out-link-receipt"
REQUEST_RECEIPT = "request-receipt"
EVERYTHING = "everything"


@views.route("/requests/opt-out", methods=["GET", "POST"])
@public
@public_form
@same_for_everyone
def opt_out() -> ResponseReturnValue:
    form = OptOutForm()
    if form.validate_on_submit() and form.accept(lambda: _opt_out(form)):
        told = {"at": clock.now().isoformat(timespec="seconds"), "channel": form.channel.data}
        receipt = crypto.sign(RECEIPT, told)
        return redirect(url_for(".opted_out", receipt=receipt), 303)
    return page("subject_requests/opt_out.html", form=form, words=texts.opt_out_form())


def _opt_out(form: OptOutForm) -> bool:
    now = clock.now()
    throttling.count_form(address=request.remote_addr or "", now=now)
    with even_time():
        opting_out.opt_out_by_contact(
            form.contact.data or "",
            channels=form.channels(),
            language=current_language(),
            actor=VISITOR,
            now=now,
            shown=texts.shown_opt_out_form(form.chosen_words, language=current_language()),
        )
    return True


@views.route("/requests/opt-out/done")
@public
def opted_out() -> ResponseReturnValue:
    """What happened and when, from a signed link: no cookie carries it here."""
    receipt = crypto.unsign(RECEIPT, request.args.get("receipt", ""))
    if receipt is None or "channel" not in receipt:  # an earlier release signed none
        return redirect(url_for(".opt_out"))
    at = datetime.fromisoformat(receipt["at"])
    return page("subject_requests/opted_out.html", at=at, forbidden=texts.forbidden(receipt["channel"]))


@views.route("/requests/access", methods=["GET", "POST"])
@public
@public_form
def access() -> ResponseReturnValue:
    return _new(Kind.ACCESS)


@views.route("/requests/correction", methods=["GET", "POST"])
@public
@public_form
def correction() -> ResponseReturnValue:
    return _new(Kind.CORRECTION)


def _new(kind: Kind) -> ResponseReturnValue:
    form = PublicRequestForm()
    form.text.label.text = labels.PUBLIC_TEXT_LABELS[kind]
    if form.validate_on_submit():
        case = form.accept(lambda: _submit(kind, form))
        if case is not None:
            return redirect(url_for(".received", receipt=_receipt(case)), 303)
    today = local_date(clock.now())
    return page(
        "subject_requests/public_new.html",
        form=form,
        kind=kind,
        dates=deadlines.count(today),
        counted=counting_labels.sentences(deadlines.counting(deadlines.count(today)), current_language()),
        labels=labels,
    )


def _submit(kind: Kind, form: PublicRequestForm) -> SubjectRequest:
    now = clock.now()
    throttling.count_form(address=request.remote_addr or "", now=now)
    return strangers.submit(kind, form.told(), language=current_language(), now=now, once=form.once.data)


def _receipt(case: SubjectRequest) -> str:
    told = {"id": case.public_id, "kind": case.kind.value, "at": case.recorded_at.isoformat(timespec="seconds")}
    return crypto.sign(REQUEST_RECEIPT, told)


@views.route("/requests/received")
@public
def received() -> ResponseReturnValue:
    """The number and the dates of a request, from a signed link: no cookie carries them here."""
    told = crypto.unsign(REQUEST_RECEIPT, request.args.get("receipt", ""))
    if told is None:
        return redirect(url_for("public_pages.requests"))
    at = datetime.fromisoformat(told["at"])
    on = local_date(at)
    response = page(
        "subject_requests/public_received.html",
        public_id=told["id"],
        kind=Kind(told["kind"]),
        at=at,
        dates=deadlines.count(on),
        counted=counting_labels.sentences(deadlines.counting(deadlines.count(on)), current_language()),
        question=strangers.question(current_language()),
        labels=labels,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@views.route("/requests/<kind>.pdf")
@public
@same_for_everyone
def form_pdf(kind: str) -> ResponseReturnValue:
    """An empty form for paper."""
    if kind not in [printable.value for printable in paper_forms.KINDS]:
        raise NotFound
    language = current_language()
    return shown_pdf(paper_forms.pdf(Kind(kind), language), name=f"{kind}-{language}")


@views.route("/accountability")
@public
@same_for_everyone
def figures() -> ResponseReturnValue:
    quarters = accountability.figures(today=local_date(clock.now()))
    return page("subject_requests/accountability.html", quarters=quarters, floor=settings().small_cell)


@views.route("/opt-out/<token>", methods=["GET", "POST"])
@public
@one_click
def linked_opt_out(token: str) -> ResponseReturnValue:
    """The link that marketing messages carry (L34); opening it changes nothing, for mail programs open links too."""
    link = opt_out_links.link_of(token)
    if link is None:
        return page("subject_requests/opt_out_link_unknown.html", status=410)
    if request.method != "POST":
        return page("subject_requests/opt_out_link.html", link=link, words=texts.opt_out_link(link.channel))
    now = clock.now()
    is_everything = request.form.get("forbid") == EVERYTHING
    opting_out.opt_out_by_link(
        link,
        channels=list(Channel) if is_everything else [link.channel],
        actor=VISITOR,
        now=now,
        shown=None if is_one_click() else texts.shown_opt_out_link(link.channel, language=current_language()),
    )
    if is_one_click():  # a mail program, which follows no redirect
        return _linked_done(link, at=now, is_everything=False)
    receipt = crypto.sign(LINK_RECEIPT, {"at": now.isoformat(timespec="seconds"), "everything": is_everything})
    return redirect(url_for(".linked_opt_out_done", token=token, receipt=receipt), 303)


@views.route("/opt-out/<token>/done")
@public
def linked_opt_out_done(token: str) -> ResponseReturnValue:
    link = opt_out_links.link_of(token)
    receipt = crypto.unsign(LINK_RECEIPT, request.args.get("receipt", ""))
    if link is None or receipt is None:
        return redirect(url_for(".linked_opt_out", token=token))
    return _linked_done(link, at=datetime.fromisoformat(receipt["at"]), is_everything=receipt["everything"])


def _linked_done(link: opt_out_links.OptOutLink, *, at: datetime, is_everything: bool) -> ResponseReturnValue:
    forbidden = texts.forbidden(None if is_everything else link.channel)
    return page(
        "subject_requests/opt_out_link_done.html", link=link, at=at, forbidden=forbidden, is_everything=is_everything
    )
