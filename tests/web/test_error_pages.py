"""What a person meets when something is away: a calm page in their language, never a trace."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from portal.app import create_app
from portal.core.db import db
from portal.web.access import public
from tests.conftest import settings_for
from tests.pages import BROWSER


@pytest.fixture(scope="module")
def without_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A portal whose database server does not answer."""
    folder: Path = tmp_path_factory.mktemp("away")
    app = create_app(settings_for(folder, "postgresql+psycopg://nobody@127.0.0.1:1/nowhere"))
    app.config.update(ANALYTICS_THREAD=False)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(
    ("address", "heading"),
    [("/fi/my/data", "Palvelu on hetken poissa käytöstä"), ("/en/", "The service is out of reach for a moment")],
)
def test_a_page_that_needs_the_database_is_a_calm_503_without_it(
    without_database: Flask, address: str, heading: str
) -> None:
    client = without_database.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = "a" * 43
    response = client.get(address, headers=BROWSER)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "30"
    assert heading in response.get_data(as_text=True)


@pytest.mark.parametrize("address", ["/fi/", "/en/privacy-notice", "/fi/services", "/en/contact"])
def test_what_everyone_may_read_is_there_without_the_database(without_database: Flask, address: str) -> None:
    assert Client(without_database, TestResponse).get(address, headers=BROWSER).status_code == 200


def test_readiness_says_why(without_database: Flask) -> None:
    response = Client(without_database, TestResponse).get("/readyz")
    assert (response.status_code, response.get_json()) == (503, {"status": "unavailable", "reasons": ["database-away"]})


@pytest.mark.parametrize(
    ("language", "heading"), [("fi", "Meillä meni jotain vikaan"), ("en", "Something went wrong on our side")]
)
def test_an_unexpected_error_is_a_page_without_database_and_without_trace(
    without_database: Flask, language: str, heading: str
) -> None:
    # a view that fails, on an application of this test alone
    if "boom" not in without_database.view_functions:
        without_database._got_first_request = False

        @public
        def boom() -> str:
            raise ZeroDivisionError("a secret in a message")

        without_database.add_url_rule("/<lang:lang>/boom", "boom", boom)
    response = Client(without_database, TestResponse).get(f"/{language}/boom", headers=BROWSER)
    words = response.get_data(as_text=True)
    assert response.status_code == 500
    assert f'lang="{language}"' in words
    assert heading in words
    assert "secret" not in words
    assert response.headers["X-Request-Id"] in words
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
