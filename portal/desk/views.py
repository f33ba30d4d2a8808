"""The page of one customer, open with a purpose (S13)."""

from flask.typing import ResponseReturnValue

from portal.accounts.labels import UNITS
from portal.catalogues.sources import LABELS_FOR_STAFF
from portal.core import clock
from portal.core.clock import local_date
from portal.core.roles import Permission
from portal.desk import customer_page
from portal.permissions import labels as permission_labels
from portal.register.asking import on_open_customer
from portal.register.care import labels as care_labels
from portal.register.labels import VIEW_PURPOSES, field_display
from portal.register.models import Customer, CustomerOpening
from portal.register.openings import ViewPurpose
from portal.register.reading import ONE_BY_ONE
from portal.subject_requests import labels as request_labels
from portal.web.access import requires
from portal.web.forms import page
from portal.web.locale import localized_blueprint

views = localized_blueprint("desk_customer", __name__)


@views.route("/desk/customers/<number>")
@requires(Permission.CUSTOMERS_OPEN)
@on_open_customer()
def show(customer: Customer, opening: CustomerOpening) -> ResponseReturnValue:
    now = clock.now()
    return page(
        "desk/customer.html",
        shown=customer_page.gathered(customer, now=now),
        customer=customer,
        purpose=VIEW_PURPOSES[ViewPurpose(opening.purpose)],
        case=opening.case,
        today=local_date(now),
        marketing=customer_page.MARKETING,
        one_by_one=ONE_BY_ONE,
        field_display=field_display,
        sources=LABELS_FOR_STAFF,
        units=UNITS,
        care=care_labels,
        request_words=request_labels,
        permission_words=permission_labels,
    )
