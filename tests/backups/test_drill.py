"""The drill: a backup under load, lost with its machine, restored on either engine, and brought up to date."""

import json
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
from sqlalchemy import create_engine, func, make_url, select, text
from sqlalchemy.pool import NullPool

from portal.accounts.models import Account, RememberedDevice, UserSession
from portal.app import create_app
from portal.backups import erasure_log, making, restoring
from portal.backups.making import CouldNotBackUp, Made
from portal.backups.restoring import CouldNotRestore, Restored
from portal.backups.sealed_file import UnreadableBackup
from portal.catalogues.sources import Source
from portal.core import audit, checkpoints, clock
from portal.core.audit import SYSTEM
from portal.core.db import Model, db, transaction
from portal.core.settings import settings
from portal.messages import services as messages
from portal.messages.models import Message, MessageStatus
from portal.permissions import services as permissions
from portal.permissions.models import Channel, Choice, MarketingType, State
from portal.register.models import Customer, ErasureReason
from portal.subject_requests import erasing
from tests import factories
from tests.conftest import START, FrozenClock, settings_for
from tests.pages import Pages
from tests.subject_requests.people import DECIDER, customer_actor
from tests.subject_requests.test_erasing import ask

SOON = timedelta(hours=1)


@pytest.fixture
def file(context: Flask, tmp_path: Path) -> Iterator[Path]:
    (settings().instance / checkpoints.FILE).unlink(missing_ok=True)
    (settings().instance / erasure_log.FILE).unlink(missing_ok=True)
    yield tmp_path / "portal.backup"
    (settings().instance / checkpoints.FILE).unlink(missing_ok=True)
    (settings().instance / erasure_log.FILE).unlink(missing_ok=True)


def counts() -> dict[str, int]:
    found = {}
    for table in Model.metadata.sorted_tables:
        found[table.name] = db.session.scalar(select(func.count()).select_from(table)) or 0
    db.session.rollback()
    return found


@contextmanager
def elsewhere(app: Flask, folder: Path, url: str | None = None) -> Iterator[Flask]:
    """Another machine: an empty place, with the same keys."""
    folder.mkdir()
    keys = app.extensions["portal.settings"].keyring_file
    shutil.copyfile(keys, folder / keys.name)
    other = create_app(settings_for(folder, url))
    other.config.update(TESTING=True, ANALYTICS_THREAD=False)
    with other.app_context():
        yield other
        db.session.remove()
        db.engine.dispose()


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


def forbid(customer_id: int) -> None:
    permissions.choose(
        customer_id=customer_id,
        type=MarketingType.DIRECT_ADVERTISING,
        channel=Channel.POST,
        choice=Choice.FORBID,
        source=Source.OWN_CHANGE,
        actor=customer_actor(customer_id),
        now=clock.now(),
    )


def is_forbidden(customer_id: int) -> bool:
    lines = permissions.state_of(customer_id)
    wanted = (MarketingType.DIRECT_ADVERTISING, Channel.POST)
    return next(line.state for line in lines if (line.type, line.channel) == wanted) is State.PROHIBITION


def made(file: Path) -> Made:
    return making.make(file, now=clock.now())


def restored(file: Path, *lists: Path) -> Restored:
    return restoring.restore(file, lists=lists, now=clock.now())


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
            for table in ("consent_record", "consent_detail", "subject_request", "case_event", "suppression"):
                assert found[table] == done.tables[table], table
            assert found["customer"] == done.tables["customer"] - 1
            assert db.session.get(Customer, gone.id) is None
            assert is_forbidden(changes.id)
            assert is_forbidden(always.id)
            factories.signed_in(Pages(other), "customer")


def test_nobody_is_still_signed_in_and_no_mail_leaves_twice(
    app: Flask, file: Path, tmp_path: Path, sign_in: Callable[..., Pages]
) -> None:
    sign_in("customer")
    with transaction():
        messages.queue(to="aino@example.fi", language="fi", subject="A", body="B", actor=SYSTEM, now=clock.now())
    epochs = set(db.session.scalars(select(Account.epoch)))
    made(file)
    db.session.remove()
    with elsewhere(app, tmp_path / "other"):
        result = restored(file)
        assert (result.sessions_ended, result.mails_held) == (1, 1)
        assert list(db.session.scalars(select(UserSession.revoked_at))) == [START]
        assert list(db.session.scalars(select(RememberedDevice.id).where(RememberedDevice.revoked_at.is_(None)))) == []
        assert set(db.session.scalars(select(Account.epoch))) == {epoch + 1 for epoch in epochs}
        held = db.session.scalars(select(Message)).one()
        assert (held.status, held.body) == (MessageStatus.FAILED, None)
        assert messages.deliver_pending(clock.now()) == 0


def test_the_backup_and_the_restore_are_on_the_audit_trail(app: Flask, file: Path, tmp_path: Path) -> None:
    made(file)
    assert [entry.event.action.value for entry in audit.latest(limit=1)] == ["backup:make"]
    assert making.last_made() == START
    db.session.remove()
    with elsewhere(app, tmp_path / "other"):
        assert restored(file).audit_ok is False  # nothing had happened, so there was nothing to sign
        assert [entry.event.action.value for entry in audit.latest(limit=1)] == ["backup:restore"]


def test_only_its_owner_reads_the_file_and_nothing_is_overwritten(file: Path) -> None:
    made(file)
    before = file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CouldNotBackUp, match=r"^portal\.backup exists: a backup overwrites nothing$"):
        made(file)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir() if path.is_file()] == ["portal.backup"]


def test_no_plain_text_is_in_the_file(file: Path) -> None:
    customer = factories.make_customer()
    made(file)
    content = file.read_bytes()
    assert customer.number.encode() not in content
    assert b"customer" not in content


def test_a_place_that_is_not_empty_is_left_as_it_is(file: Path) -> None:
    factories.make_customer()
    made(file)
    (settings().instance / checkpoints.FILE).unlink(missing_ok=True)
    before = counts()
    with pytest.raises(CouldNotRestore, match=r"^the database is not empty: a backup goes into an empty place only$"):
        restored(file)
    assert counts() == before


def test_checkpoints_of_another_trail_stand_in_the_way(app: Flask, file: Path, tmp_path: Path) -> None:
    made(file)
    with elsewhere(app, tmp_path / "other"):
        (tmp_path / "other" / checkpoints.FILE).write_text("{}\n")
        with pytest.raises(CouldNotRestore, match=r"^audit-checkpoints\.jsonl is in the instance folder: "):
            restored(file)


def test_a_damaged_backup_writes_nothing_and_the_place_stays_empty(app: Flask, file: Path, tmp_path: Path) -> None:
    factories.make_customer()
    made(file)
    whole = file.read_bytes()
    file.write_bytes(whole[:-5])
    with elsewhere(app, tmp_path / "other"):
        with pytest.raises(UnreadableBackup):
            restored(file)
        file.write_bytes(whole)
        assert restored(file).tables["customer"] == 1


def test_a_backup_of_a_newer_portal_is_refused(
    app: Flask, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        newer.setattr("portal.backups.schema.revision_of", lambda _: "9999")
        newer.setattr("portal.backups.schema.newest", lambda: "9999")
        made(file)
    with (
        elsewhere(app, tmp_path / "other"),
        pytest.raises(CouldNotRestore, match=r"^the backup has schema 9999, which "),
    ):
        restored(file)


def test_a_list_that_is_none_is_refused_before_anything_is_written(app: Flask, file: Path, tmp_path: Path) -> None:
    made(file)
    (tmp_path / "list").write_text("no list\n")
    with elsewhere(app, tmp_path / "other"):
        with pytest.raises(Exception, match=r"^line 1 is not of a list of erasures$"):
            restored(file, tmp_path / "list")
        restored(file)


def test_the_log_of_erasures_grows_by_what_is_new_and_holds_no_name(file: Path, frozen_clock: FrozenClock) -> None:
    customer, other = factories.make_customer(), factories.make_customer()
    forbid(customer.id)
    assert erasure_log.add(clock.now()) == 1
    assert erasure_log.add(clock.now()) == 0
    frozen_clock.advance(SOON * 5)
    assert erasure_log.add(clock.now()) == 0
    forbid(other.id)
    assert erasure_log.add(clock.now()) == 1
    header, *lines = [json.loads(line) for line in erasure_log.file().read_text().splitlines()]
    assert header["format"] == "portal-erasures/1"
    assert [line["kind"] for line in lines] == ["refusal", "refusal"]
    assert str(customer.id) not in erasure_log.file().read_text()
    assert customer.number not in erasure_log.file().read_text()
    assert erasure_log.file().stat().st_mode & 0o777 == 0o600


def test_every_value_of_every_type_comes_back_as_it_was(app: Flask, file: Path, tmp_path: Path) -> None:
    customer = factories.make_customer()
    ask(customer.id)
    before = contents()
    made(file)
    db.session.remove()
    with elsewhere(app, tmp_path / "other"):
        restored(file)
        after = contents()
        assert {name: rows for name, rows in after.items() if not name.startswith("audit_")} == {
            name: rows for name, rows in before.items() if not name.startswith("audit_")
        }


def contents() -> dict[str, list[dict[str, Any]]]:
    found = {}
    for table in Model.metadata.sorted_tables:
        key = sorted(column.name for column in table.primary_key.columns)
        rows = [dict(row) for row in db.session.execute(select(table)).mappings()]
        found[table.name] = sorted(rows, key=lambda row: [str(row[name]) for name in key])
    db.session.rollback()
    return found
