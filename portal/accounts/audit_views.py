"""The audit trail for administrators: events by identifiers, their download, and the check of the chain.

A customer's events can be followed by the number that the trail gives the customer. It is not the customer number and
tells nothing outside the trail: who the customer is stays with the desk.
"""

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal.accounts import admin_labels, directory, labels
from portal.accounts.admin_forms import AuditFilterForm, audit_filter_form
from portal.core import audit_search, checkpoints, clock
from portal.core.audit import Entry
from portal.core.audit_search import Criteria
from portal.core.clock import utc_text
from portal.core.roles import Permission
from portal.web.access import requires, requires_fresh
from portal.web.csv_files import csv_download
from portal.web.forms import page
from portal.web.locale import kept_query, localized_blueprint
from portal.web.paging import asked_page

LARGEST_TRAIL = 500_000  # events that are checked while a page waits: about twenty seconds

views = localized_blueprint("admin_audit", __name__)


@views.route("/admin/audit")
@requires(Permission.AUDIT_READ)
@requires_fresh
def index() -> ResponseReturnValue:
    form = _asked()
    search = audit_search.Search(form.criteria)
    total = search.count()
    asked = asked_page(min(total, audit_search.MOST))
    return page(
        "accounts/admin_audit.html",
        form=form,
        entries=search.entries(limit=asked.size, offset=asked.offset),
        asked=asked,
        is_cut=total > audit_search.MOST,
        is_filtered=search.criteria != Criteria(),
        staff=dict(directory.staff_names()),
        csv_url=url_for(".csv", **kept_query()),
        standing=audit_search.standing(),
        largest_trail=LARGEST_TRAIL,
        labels=labels,
    )


@views.route("/admin/audit", methods=["POST"])
@requires(Permission.AUDIT_READ)
@requires_fresh
def verify() -> ResponseReturnValue:
    if audit_search.standing().events > LARGEST_TRAIL:
        abort(400)  # the page has no button then
    verdict = checkpoints.verify_on_record(actor=current_user.actor, now=clock.now())
    flash(admin_labels.verdict_words(verdict), "success" if verdict.ok else "error")
    return redirect(url_for(".index"), 303)


@views.route("/admin/audit.csv")
@requires(Permission.AUDIT_READ)
@requires_fresh
def csv() -> ResponseReturnValue:
    form = _asked()
    if form.errors:
        return redirect(url_for(".index", **kept_query()))
    now = clock.now()
    entries = audit_search.downloaded(form.criteria, actor=current_user.actor, now=now)
    staff = dict(directory.staff_names())
    header = [
        _("Number"), _("When"), _("Event"), _("Outcome"), _("By whom"), _("Account"), _("Name"), _("Role"),
        _("Customer, as the trail numbers them"), _("Request"), _("Concerns"), _("Purpose"), _("Page reference"),
    ]  # fmt: skip
    return csv_download(
        [header, *(_row(entry, staff) for entry in entries)], f"audit-{clock.local_date(now).isoformat()}.csv"
    )


def _asked() -> AuditFilterForm:
    return audit_filter_form(request.args, directory.staff_names())


def _row(entry: Entry, staff: dict[int, str]) -> list[str]:
    """An event as the page shows it: of actors, staff by account and name, customers only as customers."""
    event, detail = entry.event, entry.detail
    told = [str(event.seq), utc_text(event.at), event.action.value, event.outcome]
    if detail is None:
        return told + [""] * 9
    actor = detail.actor if detail.actor in staff else None
    cells = (
        detail.unit,
        actor,
        staff.get(actor) if actor else None,
        detail.role.value if detail.role else None,
        detail.subject,
        detail.case,
        detail.object,
        detail.purpose,
        detail.request_id,
    )
    return told + ["" if cell is None else str(cell) for cell in cells]
