"""Health for load balancers, and the administrator's page about the portal itself."""

from threading import Lock
from typing import Any, cast

from flask import Blueprint, current_app, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.core import audit_search, clock
from portal.core.clock import utc_text
from portal.core.roles import Permission
from portal.core.settings import settings
from portal.messages import services as messages
from portal.operations import labels, services
from portal.web.access import public, requires, requires_fresh
from portal.web.forms import page
from portal.web.locale import localized_blueprint

views = localized_blueprint("admin_system", __name__)
health = Blueprint("health", __name__)

_looking = Lock()
_LAST = "portal.readiness"


@health.route("/healthz")
@public
def alive() -> ResponseReturnValue:
    """Whether this process answers: if not, start it again. Asks nobody else."""
    return {"status": "ok"}, {"Cache-Control": "no-store"}


@health.route("/readyz")
@public
def ready() -> ResponseReturnValue:
    """Whether this node should be sent visitors. What is wrong elsewhere is told, but takes no node out of use.

    Looking may take seconds while something is away: one thread of a process does it, and whoever asks meanwhile is
    told what was found last.
    """
    last = current_app.extensions.get(_LAST)
    if not _looking.acquire(blocking=last is None):
        return cast("ResponseReturnValue", last)
    try:
        last = current_app.extensions[_LAST] = _readiness()
        return last
    finally:
        _looking.release()


def _readiness() -> tuple[dict[str, Any], int, dict[str, str]]:
    found = services.reasons(clock.now())
    told = [f"{reason.problem} since {utc_text(reason.since)}" if reason.since else reason.problem for reason in found]
    stops = any(reason.problem.stops_pages for reason in found)
    status = "unavailable" if stops else "degraded" if found else "ok"
    return {"status": status, "reasons": told}, 503 if stops else 200, {"Cache-Control": "no-store"}


@views.route("/admin/system")
@requires(Permission.SYSTEM_READ)
@requires_fresh
def index() -> ResponseReturnValue:
    now = clock.now()
    return page(
        "operations/system.html",
        reasons=services.reasons(now),
        problems=labels.PROBLEMS,
        workers=[(worker, services.is_alive(worker, now)) for worker in services.workers()],
        runs=services.job_runs(),
        jobs=labels.JOBS,
        outbox=messages.standing(),
        standing=audit_search.standing(),
        engine=settings().database_url.partition(":")[0].partition("+")[0],
        has_valkey=settings().valkey_url is not None,
        valkey_answers=services.valkey_answers(),
        has_mail_server=settings().mail_url is not None,
    )


@views.route("/admin/system", methods=["POST"])
@requires(Permission.SYSTEM_READ)
@requires_fresh
def try_intake() -> ResponseReturnValue:
    """Whether a request of a customer would come in; nothing of it stays."""
    if services.intake_works(clock.now()):
        flash(_("A request comes in. The one that was tried has been undone."), "success")
    else:
        flash(_("A request does not come in. The log of this machine tells why."), "error")
    return redirect(url_for(".index"), 303)
