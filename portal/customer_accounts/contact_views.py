"""Own contact details: phone and language change at once, the e-mail address once it has been confirmed."""

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal.catalogues.code_lists import WORDS, CodeList
from portal.core import clock
from portal.core.errors import NotFound
from portal.core.roles import Permission
from portal.customer_accounts import contact, contact_email
from portal.customer_accounts.contact_forms import (
    STOP,
    AnswerForm,
    ContactForm,
    EmailForm,
    LanguageForm,
    PhoneForm,
    WaitingForm,
)
from portal.register import services as register
from portal.web import formatting
from portal.web.access import public, requires, requires_fresh
from portal.web.csrf import public_form
from portal.web.forms import page
from portal.web.locale import localized_blueprint

GONE = 410
CHANGED, WAITING, STOPPED = "changed", "waiting", "stopped"

views = localized_blueprint("my_contact", __name__)
links = localized_blueprint("email_change", __name__)


@views.route("/my/contact", methods=["GET", "POST"])
@requires(Permission.CONTACT_CHANGE_OWN)
def index() -> ResponseReturnValue:
    if request.method != "POST":
        return _page()
    step = _STEPS.get(request.form.get("step", ""))
    if step is None:
        raise NotFound
    return step()


@views.route("/my/contact/email", methods=["GET", "POST"])
@requires(Permission.CONTACT_CHANGE_OWN)
@requires_fresh
def email() -> ResponseReturnValue:
    form = EmailForm()
    if form.validate_on_submit() and form.accept(lambda: _ask(form)):
        flash(_("We have sent a link to each address that must confirm the change."))
        return redirect(url_for(".index", _anchor="email"), 303)
    return page(
        "customer_accounts/email.html", form=form, old_email=contact_email.old_email_of(current_user.account_id)
    )


@links.route("/email-change/<token>", methods=["GET", "POST"])
@public
@public_form
def answer(token: str) -> ResponseReturnValue:
    """Opening the link shows buttons and changes nothing: mail scanners open links too."""
    link = contact_email.link_of(token, clock.now())
    if link is None:
        return page("customer_accounts/email_link_gone.html", status=GONE)
    form = AnswerForm()
    if form.validate_on_submit():
        return redirect(url_for(".done", was=_answered(token, form)), 303)
    response = page("customer_accounts/email_link.html", form=form, link=link)
    response.headers["Cache-Control"] = "no-store"
    return response


@links.route("/email-change/done")
@public
def done() -> ResponseReturnValue:
    was = request.args.get("was")
    if was not in (CHANGED, WAITING, STOPPED):
        raise NotFound
    return page("customer_accounts/email_done.html", was=was)


def _ask(form: EmailForm) -> bool:
    contact_email.ask(
        account_id=current_user.account_id,
        session_id=current_user.session_id,
        email=form.email.data or "",
        now=clock.now(),
    )
    return True


def _answered(token: str, form: AnswerForm) -> str:
    if form.answer.data == STOP:
        contact_email.stop(token, now=clock.now())
        return STOPPED
    return CHANGED if contact_email.confirm(token, now=clock.now()) else WAITING


def _phone() -> ResponseReturnValue:
    form = PhoneForm()
    if form.validate_on_submit():
        is_changed = _change(form, contact.PHONE, form.phone.data)
        if is_changed is not None:
            flash(_("Your phone number is saved.") if is_changed else _("Your phone number was that already."))
            return redirect(url_for(".index"), 303)
    return _page(phone=form)


def _language() -> ResponseReturnValue:
    form = LanguageForm()
    if form.validate_on_submit():
        is_changed = _change(form, contact.LANGUAGE, form.preferred_language.data)
        if is_changed is not None:
            flash(_("Your language is saved.") if is_changed else _("Your language was that already."))
            return redirect(url_for(".index"), 303)
    return _page(language=form)


def _change(form: ContactForm, field_key: str, new_value: str | None) -> bool | None:
    is_changed = form.accept(
        lambda: contact.change(
            customer_id=current_user.customer_id,
            field_key=field_key,
            seen=form.seen.data or "",
            new_value=new_value or "",
            actor=current_user.actor,
            now=clock.now(),
        )
    )
    if is_changed is None:  # what stands in the register is seen on the page that tells why
        form.seen.data = register.current_value(current_user.customer_id, field_key)
    return is_changed


def _send_again() -> ResponseReturnValue:
    now = clock.now()
    if not current_user.is_fresh(now):
        return redirect(url_for("sign_in.confirm", next=url_for(".index")))
    form = WaitingForm()
    if form.validate_on_submit() and form.accept(_resend):
        flash(_("We have sent new links. The earlier ones no longer work."))
        return redirect(url_for(".index", _anchor="email"), 303)
    return _page(waiting=form)


def _resend() -> bool:
    contact_email.resend(account_id=current_user.account_id, session_id=current_user.session_id, now=clock.now())
    return True


def _cancel() -> ResponseReturnValue:
    contact_email.cancel(account_id=current_user.account_id, now=clock.now())
    flash(_("The change is cancelled. Your e-mail address stays as it is."))
    return redirect(url_for(".index", _anchor="email"), 303)


_STEPS: dict[str, Callable[[], ResponseReturnValue]] = {
    "phone": _phone,
    "language": _language,
    "send-again": _send_again,
    "cancel": _cancel,
}


def _page(
    *, phone: PhoneForm | None = None, language: LanguageForm | None = None, waiting: WaitingForm | None = None
) -> ResponseReturnValue:
    """The forms with what stands in the register; the one that was sent keeps what was typed."""
    details = contact.details_of(current_user.customer_id)
    typed = formatting.phone(details.phone).replace(formatting.NBSP, " ") if details.phone else ""
    return page(
        "customer_accounts/contact.html",
        form=phone or language or waiting,
        phone=phone or PhoneForm(formdata=None, seen=details.phone, phone=typed),
        language=language or LanguageForm(formdata=None, seen=details.language, preferred_language=details.language),
        details=details,
        languages=WORDS[CodeList.LANGUAGE],
        waiting=contact_email.waiting(current_user.account_id, clock.now()),
        stopped_at=contact_email.stopped_at(current_user.account_id),
    )
