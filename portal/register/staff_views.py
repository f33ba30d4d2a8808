"""The desk's customers: search, one customer opened with a purpose (S13), and values that differ."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal.accounts.labels import UNITS
from portal.catalogues.sources import LABELS_FOR_STAFF
from portal.core import clock
from portal.core.roles import Permission
from portal.permissions import labels as permission_labels
from portal.permissions import services as permissions
from portal.permissions.models import Channel, MarketingType
from portal.register import conflicts, openings
from portal.register.conflicts import ConflictChoice
from portal.register.forms import ConflictForm, PurposeForm, SearchForm
from portal.register.labels import CONFLICTS_ENDED, VIEW_PURPOSES, contact_answers, field_display, text_display
from portal.register.openings import Part, ViewPurpose
from portal.register.reading import ONE_BY_ONE, records_of
from portal.web.access import requires
from portal.web.forms import page
from portal.web.locale import localized_blueprint
from portal.web.paging import PAGE_SIZE, asked_page

views = localized_blueprint("desk_customers", __name__)
conflict_views = localized_blueprint("desk_conflicts", __name__)


@views.route("/desk/customers", methods=["GET", "POST"])
@requires(Permission.CUSTOMERS_OPEN)
def search() -> ResponseReturnValue:
    form = SearchForm()
    results = None
    if form.validate_on_submit():
        results = form.accept(
            lambda: openings.searched(
                query=form.q.data or "",
                purpose=form.view_purpose,
                case=form.case.data,
                actor=current_user.actor,
                now=clock.now(),
            )
        )
        form.forget_identity_code()
    return page("register/search.html", form=form, results=results)


@views.route("/desk/customers/<number>", methods=["POST"])
@requires(Permission.CUSTOMERS_OPEN)
def open_one(number: str) -> ResponseReturnValue:
    form = PurposeForm()
    if form.validate_on_submit() and form.accept(
        lambda: openings.open_customer(
            number=number,
            purpose=form.view_purpose,
            case=form.case.data,
            actor=current_user.actor,
            now=clock.now(),
        )
    ):
        return redirect(url_for(".show", number=number), 303)
    return page("register/purpose.html", form=form, number=number)


@views.route("/desk/customers/<number>")
@requires(Permission.CUSTOMERS_OPEN)
def show(number: str) -> ResponseReturnValue:
    viewed = openings.viewed(number=number, actor=current_user.actor, now=clock.now())
    if viewed is None:
        flash(_("Tell first why you open the customer."))
        return redirect(url_for(".search"), 302)
    customer, opening = viewed
    return page(
        "register/customer.html",
        customer=customer,
        purpose=VIEW_PURPOSES[ViewPurpose(opening.purpose)],
        case=opening.case,
        categories=records_of(customer.id),
        one_by_one=ONE_BY_ONE,
        field_display=field_display,
        sources=LABELS_FOR_STAFF,
    )


@views.route("/desk/customers/<number>/permissions")
@requires(Permission.CUSTOMERS_OPEN)
def contact_reasons(number: str) -> ResponseReturnValue:
    """Why we may or may not contact this person."""
    viewed = openings.viewed(number=number, actor=current_user.actor, now=clock.now(), part=Part.PERMISSIONS)
    if viewed is None:
        flash(_("Tell first why you open the customer."))
        return redirect(url_for(".search"), 302)
    customer, opening = viewed
    return page(
        "register/contact_reasons.html",
        customer=customer,
        purpose=VIEW_PURPOSES[ViewPurpose(opening.purpose)],
        case=opening.case,
        types=list(MarketingType),
        channels=list(Channel),
        lines={(line.type, line.channel): line for line in permissions.state_of(customer.id)},
        acts=permissions.acts_of(customer.id),
        answers=contact_answers,
        labels=permission_labels,
        sources=LABELS_FOR_STAFF,
        units=UNITS,
    )


@conflict_views.route("/desk/conflicts")
@requires(Permission.CUSTOMERS_OPEN)
def index() -> ResponseReturnValue:
    asked = asked_page(conflicts.waiting_count())
    lines = conflicts.waiting(limit=PAGE_SIZE, offset=asked.offset)
    return page("register/conflicts.html", lines=lines, asked=asked)


@conflict_views.route("/desk/conflicts/<int:conflict_id>", methods=["GET", "POST"])
@requires(Permission.CUSTOMERS_OPEN)
def compare(conflict_id: int) -> ResponseReturnValue:
    form = ConflictForm()
    if form.validate_on_submit():
        form.accept(
            lambda: conflicts.decide(
                conflict_id,
                choice=form.chosen,
                seen=form.seen.data or "",
                actor=current_user.actor,
                now=clock.now(),
            )
        )
        if not form.errors:
            flash(CONFLICTS_ENDED[form.chosen], "success")
            return redirect(url_for(".index"), 303)
    conflict = conflicts.opened(conflict_id, actor=current_user.actor, now=clock.now())
    form.seen.data = conflict.seen
    return page(
        "register/conflict.html",
        form=form,
        conflict=conflict,
        choices=ConflictChoice,
        text_display=text_display,
        sources=LABELS_FOR_STAFF,
    )
