"""The desk's letter with a code for activating an account."""

import secrets

from flask import Response
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.catalogues import code_lists
from portal.catalogues.code_lists import CodeList
from portal.core import clock
from portal.core.roles import Permission
from portal.customer_accounts import activation_letters
from portal.customer_accounts.activation_forms import LetterForm
from portal.customer_accounts.activation_labels import LETTER_PROBLEMS
from portal.register.asking import ask_purpose
from portal.web.access import requires
from portal.web.downloads import download
from portal.web.forms import page
from portal.web.locale import localized_blueprint

views = localized_blueprint("activation_letters", __name__)


@views.route("/desk/customers/<number>/activation-letter", methods=["GET", "POST"])
@requires(Permission.CUSTOMERS_OPEN)
def letter(number: str) -> ResponseReturnValue:
    form = LetterForm(key=secrets.token_urlsafe(16))
    if form.validate_on_submit():
        document = form.accept(
            lambda: activation_letters.make(
                number=number, key=form.key.data or "", actor=current_user.actor, now=clock.now()
            )
        )
        if document:
            return _pdf(document)
    plan = activation_letters.plan(number=number, actor=current_user.actor, now=clock.now())
    if plan is None:
        return ask_purpose(number)
    return page(
        "customer_accounts/activation_letter.html",
        form=form,
        plan=plan,
        language=code_lists.label(CodeList.LANGUAGE, plan.customer.letter_language),
        problems=LETTER_PROBLEMS,
    )


def _pdf(document: bytes) -> Response:
    """To be saved: it cannot be fetched a second time, since the code is kept nowhere."""
    return download(document, name="activation-letter.pdf", content_type="application/pdf")
