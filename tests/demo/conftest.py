"""One small register for all who look at it, loaded once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask_migrate import upgrade

from portal.app import create_app
from portal.core.db import db
from portal.demo import loading
from tests.conftest import settings_for

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
CUSTOMERS = 60


@pytest.fixture(scope="package")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Sixty customers as of 24.11.2026; nobody may change them."""
    app = create_app(settings_for(tmp_path_factory.mktemp("demo"), None))
    app.config.update(TESTING=True, ANALYTICS_THREAD=False)
    with app.app_context():
        upgrade()
        loading.load(now=NOW, customers=CUSTOMERS, today=TODAY)
        db.session.remove()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def loaded(register: Flask) -> Iterator[Flask]:
    """Inside the application of that register."""
    with register.app_context():
        yield register
        db.session.rollback()
        db.session.remove()
