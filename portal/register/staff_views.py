"""The desk's customers: search, opening one with a purpose (S13), and values that differ."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.accounts.labels import UNITS
from portal.catalogues.sources import LABELS_FOR_STAFF
from portal.core import clock
from portal.core.roles import Permission
from portal.permissions import labels as permission_labels
from portal.permissions import services as permissions
from portal.permissions.models import Channel, MarketingType
from portal.register import conflicts, openings
from portal.register.asking import on_open_customer
from portal.register.conflicts import ConflictChoice
from portal.register.forms import ConflictForm, PurposeForm, SearchForm
from portal.register.labels import CONFLICTS_ENDED, FOUND_BY, VIEW_PURPOSES, contact_answers, text_display
from portal.register.models import Customer, CustomerOpening
from portal.register.openings import Part, ViewPurpose
from portal.register.services import customer_by_number
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
    return page("register/search.html", form=form, results=results, found_by=FOUND_BY)


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
        return redirect(url_for("desk_customer.show", number=number), 303)
    return page("register/purpose.html", form=form, number=number)


@views.route("/desk/customers/<number>/open")
@requires(Permission.CUSTOMERS_OPEN)
def purpose(number: str) -> ResponseReturnValue:
    """Asked when a page of a customer is opened who is not open. Raises NotFound."""
    customer_by_number(number)
    return page("register/purpose.html", form=PurposeForm(), number=number)


@views.route("/desk/customers/<number>/permissions")
@requires(Permission.CUSTOMERS_OPEN)
@on_open_customer(Part.PERMISSIONS)
def contact_reasons(customer: Customer, opening: CustomerOpening) -> ResponseReturnValue:
    """Why we may or may not contact this person."""
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
    is_asking = "show" in request.form
    if not is_asking and form.validate_on_submit():
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
            flash(str(CONFLICTS_ENDED[form.chosen]), "success")
            return redirect(url_for(".index"), 303)
    conflict = conflicts.opened(conflict_id, actor=current_user.actor, now=clock.now(), with_address=is_asking)
    form.seen.data = conflict.seen
    return page(
        "register/conflict.html",
        200 if is_asking else None,
        form=form,
        conflict=conflict,
        choices=ConflictChoice,
        text_display=text_display,
        sources=LABELS_FOR_STAFF,
    )
