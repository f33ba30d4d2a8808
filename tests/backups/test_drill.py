"""The drill: a backup under load, lost with its machine, restored on either engine, and brought up to date."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, make_url, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from portal.backups import erasure_log
from portal.core import clock
from portal.core.db import Model, db, transaction
from portal.permissions import services as permissions
from portal.permissions.models import Channel, MarketingType, State
from portal.register.models import Customer, ErasureReason
from portal.subject_requests import erasing
from tests import factories
from tests.backups.places import counts, elsewhere, forbid, made, restored
from tests.conftest import FrozenClock
from tests.pages import Pages
from tests.subject_requests.people import DECIDER
from tests.subject_requests.test_erasing import ask

SOON = timedelta(hours=1)


@pytest.fixture
def empty_postgresql(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    admin = None

    def make() -> str:
        nonlocal admin
        server = request.getfixturevalue("postgresql_url")
        admin = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with admin.connect() as connection:
            connection.execute(text("DROP DATABASE IF EXISTS elsewhere WITH (FORCE)"))
            connection.execute(text("CREATE DATABASE elsewhere"))
        return make_url(server).set(database="elsewhere").render_as_string(hide_password=False)

    yield make
    if admin is not None:
        with admin.connect() as connection:
            connection.execute(text("DROP DATABASE IF EXISTS elsewhere WITH (FORCE)"))


@contextmanager
def load(app: Flask) -> Iterator[list[int]]:
    """Three people who go on writing: customers, cases, permissions, cookie choices."""
    written: list[int] = []
    stop = threading.Event()
    failed: list[BaseException] = []

    def write() -> None:
        try:
            pages = Pages(app)
            while not stop.is_set():
                with app.app_context():
                    customer = factories.make_customer()
                    ask(customer.id)
                    forbid(customer.id)
                    db.session.remove()
                pages.post("/en/cookies", data={"choice": "accept-all"})
                written.append(1)
        except BaseException as problem:  # noqa: BLE001 - told by the test
            failed.append(problem)

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield written
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failed == []


def wait_for(written: list[int], count: int) -> None:
    deadline = time.monotonic() + 60
    while len(written) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(written) >= count


def is_forbidden(customer_id: int) -> bool:
    lines = permissions.state_of(customer_id)
    wanted = (MarketingType.DIRECT_ADVERTISING, Channel.POST)
    return next(line.state for line in lines if (line.type, line.channel) == wanted) is State.PROHIBITION


def test_a_backup_made_under_load_restores_on_both_engines_and_is_brought_up_to_date(
    app: Flask,
    file: Path,
    tmp_path: Path,
    frozen_clock: FrozenClock,
    empty_postgresql: Callable[[], str],
) -> None:
    gone = factories.make_customer(contract_ended_on=date(2018, 3, 1))
    changes, always = factories.make_customer(), factories.make_customer()
    forbid(always.id)
    with load(app) as written:
        wait_for(written, 2)
        done = made(file)
        wait_for(written, len(written) + 2)
    after = counts()
    assert 3 <= done.tables["customer"] < after["customer"]
    # what is written in one transaction is there whole or not at all
    assert done.tables["audit_event"] == done.tables["audit_detail"]
    assert done.tables["consent_record"] == done.tables["consent_detail"]

    frozen_clock.advance(SOON)
    forbid(changes.id)
    erasing.erase(customer_id=gone.id, reason=ErasureReason.REQUEST, actor=DECIDER, now=clock.now())
    erasure_log.add(clock.now())
    log = tmp_path / "kept-apart.jsonl"
    shutil.copyfile(erasure_log.file(), log)
    db.session.remove()

    places: list[tuple[str, str | None]] = [("sqlite", None)]
    if "postgresql" in os.environ.get("PORTAL_TEST_ENGINES", "sqlite,postgresql"):
        places.append(("postgresql", empty_postgresql()))
    for name, url in places:
        with elsewhere(app, tmp_path / name, url) as other:
            result = restored(file, log)
            assert (result.ok, result.audit_reason, result.erased, result.tables) == (True, None, 1, done.tables)
            found = counts()
            for table in ("consent_record", "consent_detail", "subject_request", "case_event"):
                assert found[table] == done.tables[table], table
            assert found["customer"] == done.tables["customer"] - 1
            assert db.session.get(Customer, gone.id) is None
            assert is_forbidden(changes.id)
            assert is_forbidden(always.id)
            factories.signed_in(Pages(other), "customer")


def test_every_value_of_every_type_comes_back_as_it_was(app: Flask, file: Path, tmp_path: Path) -> None:
    customer = factories.make_customer()
    ask(customer.id)
    factories.make_customer(status="potential")  # has lost the last permission: no insert brings one in like that
    before = contents()
    made(file)
    db.session.remove()
    with elsewhere(app, tmp_path / "other"):
        restored(file)
        after = contents()
        with pytest.raises(DBAPIError), transaction() as session:
            session.execute(text("DELETE FROM audit_event"))  # the guards stand again
    assert {name for name in before if before[name] != after[name]} == {"audit_event", "audit_detail", "message"}


def contents() -> dict[str, list[dict[str, Any]]]:
    found = {}
    for table in Model.metadata.sorted_tables:
        key = sorted(column.name for column in table.primary_key.columns)
        rows = [dict(row) for row in db.session.execute(select(table)).mappings()]
        found[table.name] = sorted(rows, key=lambda row: [str(row[name]) for name in key])
    db.session.rollback()
    return found
