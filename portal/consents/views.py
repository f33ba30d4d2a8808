"""The cookie page: the list, the choice, the state, the receipt."""

import json
from datetime import datetime, timedelta
from typing import Any

from flask import Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.catalogues.cookies import CATEGORY_LABELS, OPTIONAL, Category, catalogue
from portal.consents import changes, labels, public_totals, services, texts
from portal.consents import receipt as receipts
from portal.consents.banner import current_choice, has_gpc
from portal.consents.choice import Choice
from portal.consents.forms import CookieForm, ReceiptCheckForm
from portal.consents.models import Method, Surface
from portal.core import clock, crypto
from portal.core.audit import VISITOR, Actor
from portal.core.errors import NotFound
from portal.core.settings import settings as portal_settings
from portal.web.access import public
from portal.web.cookies import cookie_name, expire_cookie, read_cookie, set_cookie
from portal.web.csrf import public_form
from portal.web.forms import page
from portal.web.locale import current_language, localized_blueprint
from portal.web.page_cache import same_before_a_choice

TOLD_FOR = timedelta(minutes=10)
_RESULT = "cookie-result"
_CHECKED = "receipt-check"

views = localized_blueprint("cookies", __name__)


@views.route("/cookies", methods=["GET", "POST"])
@public
@public_form
@same_before_a_choice
def settings() -> ResponseReturnValue:
    now = clock.now()
    choice = current_choice(now)
    form = CookieForm(data={category.value: category in choice.allowed for category in OPTIONAL})
    if form.validate_on_submit():
        return _record(form, choice, now)
    language, today = current_language(), clock.local_date(now)
    month, totals = public_totals.of_last_month(today)
    response = page(
        "consents/settings.html",
        form=form,
        choice=choice,
        words=texts.choice_form(changes.reasons(choice, language=language, on=today)),
        compared=changes.compared(choice, language=language, on=today),
        cookies=texts.cookie_list(),
        has_gpc=has_gpc(),
        result=_result(choice, now),
        categories=CATEGORY_LABELS,
        optional=OPTIONAL,
        answers=labels.ANSWERS,
        month=month,
        totals=totals,
        total_words=labels.TOTALS,
    )
    return _not_kept(response)


def _record(form: CookieForm, choice: Choice, now: datetime) -> ResponseReturnValue:
    recorded = services.record_choice(
        choice,
        method=Method(form.choice.data),
        wanted=form.wanted & choice.allowed if form.is_on_timeline else form.wanted,
        surface=form.chosen_on,
        language=current_language(),
        texts=_shown(form, choice, now),
        gpc=has_gpc(),
        now=now,
        actor=_actor(),
        cookies=_sent(),
    )
    removed = _to_remove(recorded)
    response = make_response(redirect(_after(form, recorded, removed, now), 303))  # in this response, HttpOnly ones too
    set_cookie(response, "consent", recorded.cookie.value, int(recorded.cookie.max_age.total_seconds()))
    for name in removed:
        expire_cookie(response, name)
    return response


def _shown(form: CookieForm, choice: Choice, now: datetime) -> list[services.ShownText]:
    language, today = current_language(), clock.local_date(now)
    if form.is_on_timeline:
        return texts.shown_on_timeline(language=language, on=today)
    if form.chosen_on is Surface.BANNER:
        short = changes.in_short(choice, language=language, on=today)
        return texts.shown_in_banner(services.categories_to_ask(choice), short, language=language, on=today)
    reasons = changes.reasons(choice, language=language, on=today)
    return texts.shown_on_cookie_page(reasons, language=language, on=today)


def _actor() -> Actor:
    actor: Actor = getattr(current_user, "actor", VISITOR)
    return actor


def _optional_cookies() -> dict[str, Category]:
    cookies = catalogue(portal_settings())
    return {cookie.name: cookie.category for cookie in cookies if cookie.category is not Category.NECESSARY}


def _sent() -> dict[str, str]:
    return {name: value for name in _optional_cookies() if (value := read_cookie(name)) is not None}


def _to_remove(recorded: services.Recorded) -> list[str]:
    """Every cookie of what was withdrawn, and whatever else the browser sent without being allowed to (C13)."""
    sent, allowed = _sent(), recorded.cookie.choice.allowed
    return [
        name
        for name, category in _optional_cookies().items()
        if category in recorded.withdrawn or (name in sent and category not in allowed)
    ]


def _after(form: CookieForm, recorded: services.Recorded, removed: list[str], now: datetime) -> str:
    """Back to where the banner was; to the result when there is one to tell."""
    if form.next_path and not removed:
        return form.next_path
    held = _sent()
    told = {
        "record": recorded.cookie.choice.record_id,
        "removed": [cookie_name(name) for name in removed if name in held],
        "absent": [cookie_name(name) for name in removed if name not in held],
        "deleted": recorded.deleted,
    }
    # no flash message: it would need a session, and visitors have none (D5)
    return url_for("cookies.settings", done=_passed_on(_RESULT, told, now))


def _passed_on(purpose: str, told: dict[str, Any], now: datetime) -> str:
    """A note to the page that is redirected to, readable for a few minutes."""
    return crypto.sign(purpose, {**told, "until": (now + TOLD_FOR).timestamp()})


def _passed(purpose: str, argument: str, now: datetime) -> dict[str, Any] | None:
    told = crypto.unsign(purpose, request.args.get(argument, ""))
    return told if told and now.timestamp() < told["until"] else None


def _result(choice: Choice, now: datetime) -> dict[str, Any] | None:
    told = _passed(_RESULT, "done", now)
    return told if told and choice.is_made and told["record"] == choice.record_id else None


@views.route("/cookies/receipt", methods=["GET", "POST"])
@public
@public_form
def receipt() -> ResponseReturnValue:
    now = clock.now()
    form = ReceiptCheckForm()
    if form.validate_on_submit() and (
        checked := form.accept(lambda: services.check(form.record.data or "", form.code.data or ""))
    ):
        # posted, and answered without the check code in the address: addresses stay in histories and logs
        return redirect(url_for(".receipt", checked=_passed_on(_CHECKED, {"record": checked.record_id}, now)), 303)
    checked = _checked(now)
    response = page(
        "consents/receipt.html",
        form=form,
        checked=checked,
        record=checked or _held(current_choice(now).record_id),
        categories=CATEGORY_LABELS,
        answers=labels.ANSWERS,
        methods=labels.METHODS,
        kinds=labels.TEXT_KINDS,
        legal_basis=receipts.legal_basis(),
        rights=receipts.rights(),
        authorities=receipts.authorities(),
    )
    return _not_kept(response)


@views.route("/cookies/receipt.json")
@public
def receipt_json() -> ResponseReturnValue:
    record = _held(current_choice(clock.now()).record_id)
    if record is None:
        raise NotFound("this browser holds no choice")
    base = portal_settings().base_url
    told = receipts.document(
        record,
        notice_url=base + url_for("privacy_notice.version", version=record.notice_version, lang=record.language),
        withdraw_url=base + url_for("cookies.settings"),
    )
    response = Response(json.dumps(told, ensure_ascii=False, indent=2) + "\n", mimetype="application/json")
    return _not_kept(response)


def _not_kept(response: Response) -> Response:
    """What tells of this browser's choice is for this moment only."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _checked(now: datetime) -> services.Shown | None:
    """The record whose two codes were typed a moment ago."""
    told = _passed(_CHECKED, "checked", now)
    return _held(str(told["record"])) if told else None


def _held(record_id: str | None) -> services.Shown | None:
    """The record of a choice; None when the ledger does not know it (any more)."""
    if record_id is None:
        return None
    try:
        return services.show(record_id)
    except NotFound:
        return None
