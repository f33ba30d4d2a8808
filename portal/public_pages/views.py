"""Pages that anyone may read; none of them opens a session."""

from datetime import date

from flask.typing import ResponseReturnValue

from portal.config import organisation
from portal.core import clock
from portal.core.errors import NotFound
from portal.public_pages import interests
from portal.public_pages.energy_services import ENERGY_SERVICES, energy_service, related_to, suggested
from portal.public_pages.phone_hours import is_open
from portal.web.access import public
from portal.web.forms import page
from portal.web.locale import localized_blueprint
from portal.web.opening_hours import hours_in_words
from portal.web.page_cache import same_for_everyone

# the day the statement was last compared with what is really tested
ACCESSIBILITY_STATEMENT_WRITTEN_ON = date(2026, 11, 24)

views = localized_blueprint("public_pages", __name__)


@views.route("/")
@public
@same_for_everyone
def front() -> ResponseReturnValue:
    now = clock.now()
    suggestions = suggested(interests.viewed(now))
    response = page("public_pages/front.html", services=ENERGY_SERVICES, suggestions=suggestions)
    interests.forget_worthless(response, now)
    return response


@views.route("/services")
@public
@same_for_everyone
def services() -> ResponseReturnValue:
    return page("public_pages/services.html", services=ENERGY_SERVICES)


@views.route("/services/<slug>")
@public
@same_for_everyone
def service(slug: str) -> ResponseReturnValue:
    found = energy_service(slug)
    if found is None:
        raise NotFound(slug)
    response = page("public_pages/service.html", service=found, related=related_to(found))
    interests.remember(response, slug, clock.now())
    return response


@views.route("/contact")
@public
@same_for_everyone
def contact() -> ResponseReturnValue:
    hours = organisation.phone_hours
    return page("public_pages/contact.html", phone_hours=hours_in_words(hours), is_open=is_open(hours, clock.now()))


@views.route("/requests")
@public
@same_for_everyone
def requests() -> ResponseReturnValue:
    """Every way to make a request: with an account and without, by letter, phone and in person (R97, R98, R104)."""
    hours = organisation.phone_hours
    return page("public_pages/requests.html", phone_hours=hours_in_words(hours), is_open=is_open(hours, clock.now()))


@views.route("/accessibility")
@public
@same_for_everyone
def accessibility() -> ResponseReturnValue:
    return page("public_pages/accessibility.html", written_on=ACCESSIBILITY_STATEMENT_WRITTEN_ON)
