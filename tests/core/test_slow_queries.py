"""Slow queries are in the log by their statement and by what asked for them; no value of a row is."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade

from portal.app import create_app
from portal.core.db import db
from portal.web import logs
from tests import factories
from tests.conftest import settings_for
from tests.pages import Pages

SECRETS = ("salainen salasana", "131052-308T", "0440001234", "maija", "Mäkinen")


class Lines(logging.Handler):
    """What would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logs.JsonLines())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    @property
    def slow(self) -> list[dict[str, object]]:
        return [line for line in map(json.loads, self.lines) if line["message"] == "slow query"]


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler = Lines()
    logging.getLogger("portal").addHandler(handler)
    yield handler
    logging.getLogger("portal").removeHandler(handler)


@pytest.fixture
def telling_all(tmp_path: Path) -> Iterator[Flask]:
    """An installation to which every query is slow."""
    app = create_app(replace(settings_for(tmp_path), slow_query=timedelta(0)))
    app.config.update(TESTING=True, ANALYTICS_THREAD=False)
    with app.app_context():
        upgrade()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_a_slow_query_is_told_with_page_time_and_reference_and_without_values(telling_all: Flask, lines: Lines) -> None:
    pages = factories.signed_in(Pages(telling_all), "clerk")
    pages.get("/en/desk/requests?q=salainen+salasana")
    pages.post("/en/desk/customers", {"q": "131052-308T", "purpose": "invoice"})
    pages.post("/en/desk/customers", {"q": "maija Mäkinen", "purpose": "invoice"})
    Pages(telling_all).post("/fi/requests/opt-out", {"contact": "0440001234", "channel": "all"})
    asked = pages.get("/en/desk/requests")
    of_the_page = [line for line in lines.slow if line["request_id"] == asked.headers["X-Request-Id"]]
    assert {line["route"] for line in of_the_page} == {"/<lang:lang>/desk/requests"}
    assert all(isinstance(line["ms"], int) for line in of_the_page)
    assert any(str(line["statement"]).startswith("SELECT") for line in of_the_page)
    written = "\n".join(lines.lines)
    assert [secret for secret in SECRETS if secret in written] == []


def test_a_query_that_is_quick_enough_is_not_told(client: Pages, lines: Lines) -> None:
    client.get("/en/sign-in")
    assert lines.slow == []
