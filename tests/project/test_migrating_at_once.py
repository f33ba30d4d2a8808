"""Several nodes that start at once bring the database to the newest schema once, and wholly (D2)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask_migrate import upgrade
from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from portal.app import create_app
from portal.config import ROOT
from portal.core.db import db
from tests.conftest import ENGINES, settings_for

NODES = 4
PATIENCE = 120  # seconds


def _fresh_database(engine: str, name: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    if engine == "sqlite":
        return f"sqlite:///{tmp_path / 'portal.sqlite'}"
    server = request.getfixturevalue("postgresql_url")
    admin = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    return str(make_url(server).set(database=name).render_as_string(hide_password=False))


@pytest.mark.parametrize("engine", ENGINES)
def test_nodes_that_start_at_once_migrate_once(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = _fresh_database(engine, "at_once", tmp_path, request)
    # each as on a machine of its own
    machines = [os.environ | {"DATABASE_URL": url, "PORTAL_INSTANCE": str(tmp_path / str(n))} for n in range(NODES)]
    nodes = [
        subprocess.Popen(
            [sys.executable, "-m", "portal", "db", "upgrade"], cwd=ROOT, env=machine, stderr=subprocess.PIPE, text=True
        )
        for machine in machines
    ]
    told = [node.communicate(timeout=PATIENCE)[1] for node in nodes]
    assert [node.returncode for node in nodes] == [0] * NODES, told
    database = create_engine(url, poolclass=NullPool)
    with database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1
        assert "audit_event" in inspect(connection).get_table_names()
    database.dispose()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_migration_that_fails_leaves_none_of_those_before_it(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = _fresh_database(engine, "whole", tmp_path, request)
    database = create_engine(url, poolclass=NullPool)
    with database.begin() as connection:
        connection.execute(text("CREATE TABLE running_worker (name text)"))  # in the way of a late one
    app = create_app(settings_for(tmp_path, url))
    with app.app_context():
        with pytest.raises(DBAPIError, match="running_worker"):
            upgrade()
        db.engine.dispose()
    assert inspect(database).get_table_names() == ["running_worker"]
    database.dispose()
