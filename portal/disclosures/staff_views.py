"""Disclosures of one customer at the desk: what was given to whom, and putting one on record."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal.core import clock
from portal.core.clock import local_date
from portal.core.roles import Permission
from portal.disclosures import labels, queries, rules, services
from portal.disclosures.forms import DisclosureForm, disclosure_form
from portal.register import recipients
from portal.register.asking import on_open_customer
from portal.register.labels import VIEW_PURPOSES
from portal.register.models import Customer, CustomerOpening, Disclosure
from portal.register.openings import Part, ViewPurpose
from portal.web.access import requires
from portal.web.forms import page
from portal.web.locale import localized_blueprint
from portal.web.paging import asked_page

views = localized_blueprint("desk_disclosures", __name__)


@views.route("/desk/customers/<number>/disclosures")
@requires(Permission.CUSTOMERS_OPEN)
@on_open_customer(Part.DISCLOSURES)
def index(customer: Customer, opening: CustomerOpening) -> ResponseReturnValue:
    listed = queries.listed(customer.id)
    asked = asked_page(listed.total)
    return page(
        "disclosures/of_customer.html",
        customer=customer,
        purpose=VIEW_PURPOSES[ViewPurpose(opening.purpose)],
        case=opening.case,
        rows=listed.rows[asked.offset : asked.offset + asked.size],
        asked=asked,
        holders=recipients.all_holders(),
        today=local_date(clock.now()),
        labels=labels,
    )


@views.route("/desk/customers/<number>/disclosures/to/<int:holder_id>", methods=["GET", "POST"])
@requires(Permission.CUSTOMERS_OPEN)
@on_open_customer(Part.DISCLOSURES)
def record(customer: Customer, _opening: CustomerOpening, holder_id: int) -> ResponseReturnValue:
    holder, whose = recipients.holder_of(holder_id), services.whose(customer.id)
    form = disclosure_form(holder, whose, clock.now())
    if form.validate_on_submit() and form.accept(lambda: _disclosed(form, customer, holder_id)):
        flash(_("The disclosure is on record. The customer sees it."))
        return redirect(url_for(".index", number=customer.number), 303)
    return page(
        "disclosures/record.html",
        form=form,
        customer=customer,
        holder=holder,
        contested=rules.FieldNames(tuple(sorted(whose.contested & set(form.offered)))),
        labels=labels,
    )


def _disclosed(form: DisclosureForm, customer: Customer, holder_id: int) -> Disclosure:
    return services.disclose(form.wanted(holder_id), customer_id=customer.id, actor=current_user.actor, now=clock.now())
