"""Take it along: the whole copy as JSON, ZIP and PDF, and consumption as CSV; each needs a fresh password (S4)."""

from collections.abc import Iterable

from flask import Response, stream_with_context
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.core import clock
from portal.core.roles import Permission
from portal.core.settings import settings
from portal.own_data import consumption, exporting, files, printing
from portal.own_data.holdings import Holdings
from portal.register.reading import records_of
from portal.web.access import requires, requires_fresh
from portal.web.csv_files import csv_download
from portal.web.downloads import download
from portal.web.locale import localized_blueprint

views = localized_blueprint("my_copies", __name__)


@views.route("/my/data/export.json")
@requires(Permission.DATA_READ_OWN)
@requires_fresh
def export_json() -> ResponseReturnValue:
    return _download(files.json_pieces(_taken_along("json")), "application/json", "my-data.json")


@views.route("/my/data/export.zip")
@requires(Permission.DATA_READ_OWN)
@requires_fresh
def export_zip() -> ResponseReturnValue:
    held = _taken_along("zip")
    # set before the first byte: what fails must fail as a page, not as half a file
    pdf = printing.pdf(held, base=settings().base_url)
    return _download(files.archive(held, pdf=pdf), "application/zip", "my-data.zip")


@views.route("/my/data/copy.pdf")
@requires(Permission.DATA_READ_OWN)
@requires_fresh
def copy_pdf() -> ResponseReturnValue:
    pdf = printing.pdf(_taken_along("pdf"), base=settings().base_url)
    return _download([pdf], "application/pdf", "my-data.pdf")


@views.route("/my/data/consumption/<record>.csv")
@requires(Permission.DATA_READ_OWN)
@requires_fresh
def consumption_csv(record: str) -> ResponseReturnValue:
    point = consumption.metering_point(records_of(current_user.customer_id), record)
    exporting.record_download(
        "csv",
        object=f"metering_site:{point.id}",
        customer_id=current_user.customer_id,
        actor=current_user.actor,
        now=clock.now(),
    )
    return csv_download(files.consumption_rows(point), f"consumption-{point.number}.csv")


def _taken_along(form: str) -> Holdings:
    return exporting.taken_along(
        form,
        customer_id=current_user.customer_id,
        account_id=current_user.account_id,
        session_id=current_user.session_id,
        actor=current_user.actor,
        now=clock.now(),
    )


def _download(pieces: Iterable[bytes], mimetype: str, name: str) -> Response:
    return download(stream_with_context(iter(pieces)), name=name, content_type=mimetype)
