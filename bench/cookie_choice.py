"""A cookie choice from POST to answer, against one bare INSERT and COMMIT on the same SQLite settings."""

from collections.abc import Iterator

from werkzeug.test import Client

from bench.installation import OWN_FORM, installation
from bench.measuring import Figure, compare, milliseconds_each
from portal.core.db import db

TIMES = 25
ROW = "x" * 600  # about what a record of the ledger takes


def figures() -> Iterator[Figure]:
    with installation() as made:
        client = Client(made.app, use_cookies=False)
        with made.app.app_context():  # left at once: requests inside it would share one session
            connection = db.engine.raw_connection()  # with every setting of the portal's
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE bench_row (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")

        def choose() -> None:
            form = {"choice": "accept-all", "surface": "banner", "next": "/fi/"}
            with client.post("/fi/cookies", data=form, headers=OWN_FORM) as response:
                if response.status_code != 303 or "consent=" not in response.headers["Set-Cookie"]:
                    raise RuntimeError(f"the choice was not taken: {response.status}")

        def insert() -> None:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("INSERT INTO bench_row (body) VALUES (?)", (ROW,))
            cursor.execute("COMMIT")

        yield compare(
            "cookie_choice.post",
            "ms",
            subject=milliseconds_each(choose, TIMES),
            baseline=milliseconds_each(insert, TIMES),
            rounds=9,
        )
        connection.close()
