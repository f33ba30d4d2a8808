"""What PostgreSQL cannot do at the moment: once more where that is safe, else a page that says what became of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import text

from portal.core.db import db
from tests.pages import Pages

CHOICE = {"choice": "necessary-only"}
Refusing = Callable[..., None]


@pytest.fixture
def refuse(app: Flask) -> Iterator[Refusing]:
    """Let the server refuse the next cookie choices with an error code of its own."""
    with app.app_context():
        if db.engine.dialect.name != "postgresql":
            pytest.skip("SQLite lets one transaction write at a time: there is nothing to give up")

    def run(*statements: str) -> None:
        with app.app_context(), db.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def _refuse(code: str, *, times: int) -> None:
        run(
            "CREATE SEQUENCE tries",  # its numbers are not taken back with the transaction
            f"""CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF nextval('tries') <= {times} THEN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END IF;
                RETURN NEW; END $$""",
            "CREATE TRIGGER refuse BEFORE INSERT ON consent_record FOR EACH ROW EXECUTE FUNCTION refuse()",
        )

    yield _refuse
    run(
        "DROP TRIGGER IF EXISTS refuse ON consent_record",
        "DROP FUNCTION IF EXISTS refuse",
        "DROP SEQUENCE IF EXISTS tries",
    )


def count(app: Flask, table: str) -> int:
    with app.app_context():
        return db.session.scalar(text(f"SELECT count(*) FROM {table}")) or 0


@pytest.mark.parametrize("code", ["40P01", "40001"])
def test_a_choice_that_meets_a_conflict_is_recorded_once(
    client: Pages, app: Flask, refuse: Refusing, code: str
) -> None:
    refuse(code, times=2)
    assert client.post("/en/cookies", CHOICE).status == 303
    assert (count(app, "consent_record"), count(app, "audit_event")) == (1, 1)


def test_a_conflict_that_does_not_end_is_a_page_and_nothing_is_written(
    client: Pages, app: Flask, refuse: Refusing
) -> None:
    refuse("40P01", times=99)
    page = client.post("/en/cookies", CHOICE)
    assert (page.status, page.headers["Retry-After"]) == (503, "30")
    assert "What you sent was not saved" in page.text
    assert (count(app, "consent_record"), count(app, "audit_event")) == (0, 0)
    with app.app_context():
        assert db.session.scalar(text("SELECT last_value FROM tries")) == 3


@pytest.mark.parametrize(
    ("code", "language", "heading"),
    [
        ("53100", "en", "The service is out of reach for a moment"),  # the disk is full
        ("53300", "fi", "Palvelu on hetken poissa käytöstä"),  # too many connections
        ("57014", "en", "The service is out of reach for a moment"),  # it took too long
        ("25006", "fi", "Juuri nyt mitään ei voi tallentaa"),  # read-only
    ],
)
def test_what_the_server_cannot_do_now_is_told_and_not_tried_again(
    client: Pages, app: Flask, refuse: Refusing, code: str, language: str, heading: str
) -> None:
    refuse(code, times=1)
    page = client.post(f"/{language}/cookies", CHOICE)
    assert (page.status, page.heading) == (503, heading)
    assert count(app, "consent_record") == 0
    assert client.post(f"/{language}/cookies", CHOICE).status == 303


@contextmanager
def read_only(app: Flask) -> Iterator[None]:
    """The database takes nothing new, as a standby or while it is looked after."""

    def switch(is_on: bool) -> None:
        with app.app_context():
            name = db.engine.url.database
            db.session.remove()
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                if db.engine.dialect.name == "postgresql":
                    value = "on" if is_on else "off"
                    connection.execute(text("SET default_transaction_read_only = off"))
                    connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {value}'))
            db.engine.dispose()

    switch(True)
    try:
        yield
    finally:
        switch(False)


def test_while_the_database_is_read_only_pages_are_read_and_writes_say_so(
    sign_in: Callable[..., Pages], app: Flask, frozen_clock
) -> None:
    with app.app_context():
        if db.engine.dialect.name != "postgresql":
            pytest.skip(
                "a SQLite file is made read-only by its mode, which root passes; PostgreSQL has a command for it"
            )
    pages, visitor = sign_in("customer"), Pages(app)
    frozen_clock.advance(frozen_clock.at.replace(minute=5) - frozen_clock.at)  # last seen would be noted
    with read_only(app):
        assert visitor.get("/fi/privacy-notice").status == 200
        assert pages.get("/fi/my/data").status == 200
        page = visitor.post("/fi/cookies", CHOICE)
        assert (page.status, page.heading) == (503, "Juuri nyt mitään ei voi tallentaa")
        assert "Signing in is not possible at the moment" in visitor.get("/en/sign-in").text
        page = visitor.post("/en/sign-in", {"username": "aino", "password": "seitsemän sinistä saunaa"})
        assert (page.status, page.heading) == (503, "Nothing can be saved at the moment")
        assert "database-read-only" in visitor.get("/readyz").text
    assert visitor.post("/fi/cookies", CHOICE).status == 303
    assert "not possible at the moment" not in visitor.get("/en/sign-in").text
