"""The application: its parts put together in one order."""

from importlib import metadata

from flask import Flask
from flask_migrate import Migrate
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.accounts import (
    audit_views,
    devices_views,
    invitation_views,
    login,
    password_reset_views,
    recovery_codes_views,
    security_views,
    user_admin_views,
)
from portal.accounts import views as sign_in_views
from portal.analytics import counters
from portal.analytics import marketing_views as usage_statistics
from portal.catalogues import cookies
from portal.config import ROOT, Settings, organisation
from portal.consents import banner
from portal.consents import marketing_views as cookie_statistics
from portal.consents import views as consent_views
from portal.consents.services import allowed_categories
from portal.consents.stand_in import stand_in
from portal.core import clock, crypto
from portal.core import settings as core_settings
from portal.core.db import configure_engine, db
from portal.core.slow_queries import log_slow_queries
from portal.customer_accounts import activation_letter_views, activation_views, closing_views, contact_views
from portal.demo.accounts import sign_ins
from portal.desk import views as desk_customer_page
from portal.disclosures import recipient_views as desk_recipient_views
from portal.disclosures import staff_views as desk_disclosure_views
from portal.notices import versions
from portal.notices import views as notice_views
from portal.operations import views as operations_views
from portal.own_data import asking, copies_views, disclosures_views, timeline_views, viewings_views
from portal.own_data import views as my_data_views
from portal.permissions import customer_views as permission_views
from portal.permissions import marketing_views as permission_statistics
from portal.public_pages import site_views
from portal.public_pages import views as front_views
from portal.register import staff_views as desk_customer_views
from portal.register.care import views as desk_care_views
from portal.subject_requests import customer_views as my_request_views
from portal.subject_requests import public_views as public_request_views
from portal.subject_requests import staff_views as desk_request_views
from portal.web import (
    access,
    compression,
    csrf,
    error_pages,
    formatting,
    forms,
    headers,
    hosts,
    limits,
    locale,
    navigation,
    page_cache,
    request_ids,
    static_files,
    templates,
    typed_forms,
)
from portal.web import cookies as cookies_on_the_wire
from portal.web.cookie_gate import CookieGate

LARGEST_FORM = 1_000_000  # bytes

BLUEPRINTS = (
    site_views.views,
    operations_views.health,
    operations_views.views,
    front_views.views,
    notice_views.views,
    consent_views.views,
    cookie_statistics.views,
    sign_in_views.views,
    invitation_views.views,
    password_reset_views.views,
    activation_views.views,
    devices_views.views,
    security_views.views,
    recovery_codes_views.views,
    user_admin_views.views,
    audit_views.views,
    permission_views.views,
    permission_statistics.views,
    usage_statistics.views,
    desk_customer_views.views,
    desk_customer_views.conflict_views,
    desk_disclosure_views.views,
    desk_recipient_views.views,
    desk_customer_page.views,
    desk_care_views.views,
    desk_care_views.paper_views,
    contact_views.views,
    contact_views.links,
    closing_views.views,
    activation_letter_views.views,
    my_request_views.views,
    desk_request_views.views,
    public_request_views.views,
    my_data_views.views,
    copies_views.views,
    timeline_views.views,
    viewings_views.views,
    disclosures_views.views,
)


def create_app(settings: Settings | None = None) -> Flask:
    """The portal as a WSGI application; raises ConfigError for settings it cannot run with."""
    settings = settings or Settings.from_environ()
    app = Flask("portal", root_path=str(ROOT), static_folder=None, template_folder="templates")
    app.extensions[core_settings.EXTENSION] = settings
    app.extensions[crypto.EXTENSION] = crypto.KeyringFile(settings.keyring_file)
    templates.use_in(app)
    _configure(app, settings)
    app.session_interface = cookies_on_the_wire.SessionCookie()
    app.request_class = limits.PortalRequest
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "portal" / "migrations"))
    with app.app_context():
        configure_engine(db.engine)
        log_slow_queries(db.engine, slower_than=settings.slow_query)
    request_ids.init_app(app)
    hosts.init_app(app, settings)
    locale.init_app(app)
    formatting.init_app(app)
    headers.init_app(app)
    csrf.init_origin(app)
    limits.init_app(app)
    csrf.init_app(app)
    typed_forms.init_app(app)
    error_pages.init_app(app)
    compression.init_app(app)
    login.init_app(app)
    banner.init_app(app)
    counters.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    _fill_templates(app, settings)
    access.check_all_views(app)
    navigation.init_app(app)
    versions.verify()
    app.extensions[my_request_views.MATTERS] = asking.matter
    if settings.is_demo:
        app.extensions[sign_in_views.DEMO_SIGN_INS] = sign_ins
    _wrap(app, settings)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings.database_url),
        SESSION_COOKIE_NAME=settings.cookie_prefix + "session",
        SESSION_COOKIE_SECURE=settings.is_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _engine_options(database_url: str) -> dict[str, object]:
    hidden: dict[str, object] = {"hide_parameters": True}  # values of rows have no place in logs (S16)
    if database_url.startswith("sqlite"):
        return hidden
    return hidden | {
        "pool_pre_ping": True,  # a server that was started anew costs nobody a page
        # one for each of the eight threads that answer, one for the thread that counts, one for checkpoints
        "pool_size": 5,
        "max_overflow": 5,
        "pool_timeout": 10,
        "connect_args": {"connect_timeout": 5, "options": "-c statement_timeout=15000 -c lock_timeout=10000"},
    }


def _fill_templates(app: Flask, settings: Settings) -> None:
    app.jinja_env.globals.update(
        organisation=organisation,
        is_demo=settings.is_demo,
        portal_version=metadata.version("kss-privacy-portal"),
        this_address=forms.this_address,
    )

    @app.context_processor
    def _every_page() -> dict[str, object]:
        return {
            "lang": locale.current_language(),
            "spoken": locale.spoken(),
            "language_links": locale.language_links(),
            "navigation": navigation.navigation(),
            "now": clock.now(),
        }


def _wrap(app: Flask, settings: Settings) -> None:
    """Around the application, inside out: static files, headers, copies of pages, cookie gate, the proxy in front."""
    static_files.init_app(app, settings.instance)
    app.wsgi_app = headers.SecurityHeaders(app.wsgi_app, is_secure=settings.is_secure)
    names = tuple(cookie.name for cookie in cookies.catalogue(settings))

    def standing(held: str) -> str | None:
        with app.app_context():
            return stand_in(held, names)

    app.wsgi_app = page_cache.wrap(app, app.wsgi_app, cookie_names=names, stand_in=standing)

    def allowed(consent: str | None) -> frozenset[cookies.Category]:
        with app.app_context():
            return allowed_categories(consent, clock.now())

    app.wsgi_app = CookieGate(
        app.wsgi_app,
        cookies=cookies.catalogue(settings),
        prefix=settings.cookie_prefix,
        allowed_categories=allowed,
        is_strict=settings.is_demo,
    )
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(
            app.wsgi_app,
            x_for=settings.trusted_proxies,
            x_proto=settings.trusted_proxies,
            x_host=settings.trusted_proxies,
        )
