"""The application: its parts put together in one order."""

from importlib import import_module, metadata
from urllib.parse import urlsplit

from flask import Flask
from flask_migrate import Migrate
from jinja2 import StrictUndefined
from sqlalchemy.pool import NullPool  # noqa: F401
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.catalogues import cookies
from portal.config import ROOT, Settings, organisation
from portal.core import clock, crypto
from portal.core import settings as core_settings
from portal.core.db import configure_engine, db
from portal.notices import versions
from portal.web import access, compression, csrf, error_pages, formatting, headers, limits, locale, navigation
from portal.web import request_ids, static_files
from portal.web.cookie_gate import CookieGate

LARGEST_FORM = 1_000_000  # bytes
LARGEST_UPLOAD = 10_000_000

VIEWS = (
    "public_pages.site_views:views",
    "public_pages.views:views",
    "notices.views:views",
    "consents.views:views",
    "consents.marketing_views:views",
    "accounts.views:views",
    "accounts.invitation_views:views",
    "accounts.devices_views:views",
    "accounts.security_views:views",
    "accounts.admin_views:user_views",
    "accounts.admin_views:audit_views",
    "permissions.customer_views:views",
    "permissions.marketing_views:views",
    "analytics.marketing_views:views",
    "register.staff_views:views",
    "subject_requests.customer_views:views",
    "subject_requests.staff_views:views",
    "subject_requests.public_views:views",
    "own_data.views:views",
    "own_data.timeline_views:views",
    "own_data.viewings_views:views",
)


def create_app(settings: Settings | None = None) -> Flask:
    """The portal as a WSGI application; raises ConfigError for settings it cannot run with."""
    settings = settings or Settings.from_environ()
    app = Flask("portal", root_path=str(ROOT), static_folder=None, template_folder="templates")
    app.extensions[core_settings.EXTENSION] = settings
    app.extensions[crypto.EXTENSION] = crypto.Keyring.load(settings.keyring_file)
    _configure(app, settings)
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "portal" / "migrations"))
    with app.app_context():
        configure_engine(db.engine)
    request_ids.init_app(app)
    locale.init_app(app)
    formatting.init_app(app)
    headers.init_app(app)
    limits.init_app(app)
    csrf.init_app(app)
    error_pages.init_app(app)
    compression.init_app(app)
    for optional in ("accounts.login", "consents.banner", "analytics.counters"):
        try:
            module = import_module(f"portal.{optional}")
        except (ImportError, SyntaxError):
            continue
        module.init_app(app)
    for view in VIEWS:
        module, name = view.split(":")
        try:
            found = import_module(f"portal.{module}")
        except (ImportError, SyntaxError):
            continue
        app.register_blueprint(getattr(found, name))
    _fill_templates(app, settings)
    access.check_all_views(app)
    navigation.init_app(app)
    versions.verify()
    _wrap(app, settings)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    host = urlsplit(settings.base_url).hostname or ""
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
        TRUSTED_HOSTS=["localhost", "127.0.0.1"] if settings.is_demo and host == "localhost" else [host],
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _engine_options(database_url: str) -> dict[str, object]:
    if database_url.startswith("sqlite"):
        return {}
    return {
        "pool_pre_ping": True,
        "pool_size": 5,
        "max_overflow": 5,
        "connect_args": {"connect_timeout": 5, "options": "-c statement_timeout=15000 -c lock_timeout=10000"},
    }


def _fill_templates(app: Flask, settings: Settings) -> None:
    app.jinja_env.globals.update(
        organisation=organisation, is_demo=settings.is_demo, portal_version=metadata.version("kss-privacy-portal")
    )

    @app.context_processor
    def _every_page() -> dict[str, object]:
        return {
            "lang": locale.current_language(),
            "language_links": locale.language_links(),
            "navigation": navigation.navigation(),
            "now": clock.now(),
        }


def _wrap(app: Flask, settings: Settings) -> None:
    """Around the application, inside out: static files, headers, the cookie gate, the proxy in front."""
    static_files.init_app(app, settings.instance)
    app.wsgi_app = headers.SecurityHeaders(app.wsgi_app, is_secure=settings.is_secure)  # type: ignore[method-assign]
    try:
        from portal.consents.services import allowed_categories
    except (ImportError, SyntaxError):
        return

    inner = app.wsgi_app

    def allowed(consent: str | None) -> frozenset[cookies.Category]:
        with app.app_context():
            return allowed_categories(consent, clock.now())

    app.wsgi_app = CookieGate(  # type: ignore[method-assign]
        inner,
        cookies=cookies.catalogue(settings),
        prefix=settings.cookie_prefix,
        allowed_categories=allowed,
        is_strict=settings.is_demo,
    )
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app,
            x_for=settings.trusted_proxies,
            x_proto=settings.trusted_proxies,
            x_host=settings.trusted_proxies,
        )
