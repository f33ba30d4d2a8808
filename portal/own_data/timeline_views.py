"""My consents: one timeline of what the person has chosen, in the wording of that day, with undo (R114)."""

from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from portal.catalogues.cookies import CATEGORY_LABELS, Category
from portal.consents import labels as consent_labels
from portal.consents import texts
from portal.consents.banner import current_choice
from portal.consents.choice import Choice
from portal.consents.forms import TIMELINE
from portal.consents.models import Method
from portal.consents.services import Shown
from portal.core import clock
from portal.core.roles import Permission
from portal.notices import versions
from portal.notices.services import sections_of
from portal.own_data import labels
from portal.own_data.timeline import timeline_of, with_notices
from portal.permissions import labels as permission_labels
from portal.web.access import requires
from portal.web.forms import page
from portal.web.locale import current_language, localized_blueprint

# where the notice speaks of marketing permissions
PERMISSION_SECTION = "objection"

views = localized_blueprint("my_timeline", __name__)


@views.route("/my/consents")
@requires(Permission.DATA_READ_OWN)
def index() -> ResponseReturnValue:
    now = clock.now()
    chosen = timeline_of(customer_id=current_user.customer_id, account_id=current_user.account_id)
    held = current_choice(now)
    return page(
        "own_data/timeline.html",
        has_chosen=bool(chosen),
        moments=with_notices(chosen, today=clock.local_date(now)),
        held=held,
        withdrawal=lambda record: _withdrawal(record, held),
        withdraw_label=texts.withdraw_label(),
        withdraw_hint=texts.withdraw_hint(),
        wording_on_permissions=_wording_on_permissions,
        cookie_categories=CATEGORY_LABELS,
        consent_labels=consent_labels,
        permission_labels=permission_labels,
        labels=labels,
    )


def _withdrawal(record: Shown, held: Choice) -> dict[str, str] | None:
    """What the undo of a cookie choice posts; only the choice that this browser holds can be undone here."""
    given = held.allowed - {Category.NECESSARY}
    if record.record_id != held.record_id or not given:
        return None
    is_remembering = record.method is Method.REMEMBER_TICK
    kept = given - {Category.FUNCTIONAL} if is_remembering else frozenset[Category]()
    return {"choice": Method.SAVE.value, "surface": TIMELINE, **{category.value: "on" for category in sorted(kept)}}


def _wording_on_permissions(number: str) -> Markup:
    """The section of that version of the notice, in the language of the page."""
    from_version = sections_of(versions.by_number(number), current_language())
    (section,) = [section for section in from_version if section.id == PERMISSION_SECTION]
    return Markup("").join(part.html for part in section.parts)
