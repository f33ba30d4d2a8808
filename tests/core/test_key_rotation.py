"""Keys rotate while the portal is in use: nothing is lost, nothing is overwritten, everything is found."""

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from portal.accounts import throttling
from portal.core import audit, checkpoints, clock, crypto, key_rotation
from portal.core.db import Model, db, transaction
from portal.core.errors import Throttled
from portal.core.key_rotation import Rotation
from portal.core.settings import settings
from portal.key_commands import keys as keys_command
from portal.permissions import suppression
from portal.register.models import Billing, Customer
from tests import factories

CODES = ["010190-999W", "280285-901N", "131052-908T"]


@pytest.fixture(autouse=True)
def file(context: Flask) -> Iterator[Path]:
    file = settings().keyring_file
    before = file.read_bytes()
    yield file
    file.write_bytes(before)


def stored(table: str, column: str) -> list[bytes]:
    rows = db.session.scalars(text(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL"))
    found = [bytes(row) for row in rows]
    db.session.rollback()
    return found


def found(code: str) -> Customer | None:
    indexes = crypto.blind_indexes("customer.identity_code", code)
    customer = db.session.scalar(select(Customer).where(Customer.identity_code_index.in_(indexes)))
    db.session.rollback()
    return customer


# what they are of is kept nowhere, so they keep their old key; look-ups try every key
HASHES_WITHOUT_A_FIELD = {
    ("activation", "contact_index"),
    ("activation_mail", "contact_index"),
    ("email_change", "base_index"),
    ("password_reset", "email_index"),
    ("recovery_code", "code_index"),
}


def test_every_encrypted_column_is_known_to_the_rotation() -> None:
    columns = {
        (table.name, column.name)
        for table in Model.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_encrypted")
    }
    assert {(field.table.name, field.secret.column) for field in key_rotation.encrypted_fields()} == columns
    assert {(field.table.name, field.text.index) for field in key_rotation.encrypted_fields() if _has_index(field)} == {
        (table.name, column.name)
        for table in Model.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_index")
    } - HASHES_WITHOUT_A_FIELD


def _has_index(field: key_rotation.Field) -> bool:
    return field.text is not None and field.text.index is not None


def test_a_rotation_encrypts_everything_anew(file: Path) -> None:
    file.chmod(0o640)
    people = [factories.make_customer(identity_code=code) for code in CODES]
    old_indexes = stored_indexes()
    assert key_rotation.rotate(now=clock.now()) == Rotation("k2", 6, 0)
    ring = json.loads(file.read_text())
    assert (ring["current"], sorted(ring["keys"]), "rotating" in ring) == ("k2", ["k1", "k2"], False)
    assert file.stat().st_mode & 0o777 == 0o640
    secrets = stored("customer", "identity_code_encrypted") + stored("billing", "iban_encrypted")
    assert [secret[:3] for secret in secrets] == [b"k2|"] * 6
    assert not old_indexes & stored_indexes()
    for person, code in zip(people, CODES, strict=True):
        customer = found(code)
        assert customer is not None
        assert (customer.id, customer.identity_code) == (person.id, code)
    assert {billing.iban for billing in db.session.scalars(select(Billing))} == {"FI9399999900000014"}
    assert key_rotation.rotate(now=clock.now()) == Rotation("k3", 6, 0)


def stored_indexes() -> set[str]:
    indexes = set(db.session.scalars(select(Customer.identity_code_index)))
    db.session.rollback()
    return {index for index in indexes if index}


def test_an_interrupted_rotation_goes_on_with_its_key(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    for code in CODES:
        factories.make_customer(identity_code=code)
    swap, swapped = key_rotation._swap, []

    def pulled_plug(field: key_rotation.Field, row_id: int, stored: bytes) -> bool:
        if len(swapped) == 4:
            raise KeyboardInterrupt
        swapped.append(row_id)
        return swap(field, row_id, stored)

    with monkeypatch.context() as interrupted:
        interrupted.setattr(key_rotation, "BATCH", 1)
        interrupted.setattr(key_rotation, "_swap", pulled_plug)
        with pytest.raises(KeyboardInterrupt):
            key_rotation.rotate(now=clock.now())
    secrets = stored("customer", "identity_code_encrypted") + stored("billing", "iban_encrypted")
    assert sorted(secret[:3] for secret in secrets) == [b"k1|"] * 2 + [b"k2|"] * 4
    assert [person.identity_code for code in CODES if (person := found(code))] == CODES  # half way, all are found
    assert json.loads(file.read_text())["rotating"] == "k2"
    assert key_rotation.rotate(now=clock.now()) == Rotation("k2", 2, 0)
    assert "rotating" not in json.loads(file.read_text())


def test_what_somebody_wrote_meanwhile_is_not_overwritten() -> None:
    person = factories.make_customer(identity_code=CODES[0])
    (field,) = [field for field in key_rotation.encrypted_fields() if _has_index(field)]
    (before,) = stored("customer", "identity_code_encrypted")
    with transaction() as session:
        customer = session.get(Customer, person.id)
        assert customer is not None
        customer.identity_code = CODES[1]
    with transaction():
        assert not key_rotation._swap(field, person.id, before)
    db.session.expire_all()
    customer = found(CODES[1])
    assert customer is not None
    assert customer.identity_code == CODES[1]


def test_writing_goes_on_while_keys_rotate(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 2)
    people = [factories.make_customer(identity_code=None).id for _ in range(8)]

    def write(person: int) -> None:
        with context.app_context():
            for last in range(10):
                with transaction() as session:
                    billing = session.scalars(select(Billing).where(Billing.customer_id == person)).one()
                    billing.iban = f"FI{person}{last}"
            db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(write, person) for person in people]
        key_rotation.rotate(now=clock.now())
        key_rotation.rotate(now=clock.now())
        for done in writing:
            done.result()
    db.session.rollback()
    assert {billing.customer_id: billing.iban for billing in db.session.scalars(select(Billing))} == {
        person: f"FI{person}9" for person in people
    }
    db.session.rollback()
    assert key_rotation.rotate(now=clock.now()) == Rotation("k4", 8, 0)


def test_another_process_uses_the_new_key_without_a_restart(context: Flask) -> None:
    web = crypto.KeyringFile(settings().keyring_file)
    assert web.ring().current == "k1"
    key_rotation.rotate(now=clock.now())
    assert web.ring().current == "k2"


def test_a_key_file_that_cannot_be_read_leaves_the_known_keys_in_use(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    web = crypto.KeyringFile(file)
    before = file.read_bytes()
    file.write_text("{")
    assert web.ring().current == "k1"
    assert "stay in use" in caplog.text
    file.unlink()
    assert web.ring().current == "k1"
    file.write_bytes(before)


def test_a_damaged_field_remains_and_is_told(context: Flask, caplog: pytest.LogCaptureFixture) -> None:
    person = factories.make_customer(identity_code=CODES[0])
    with transaction() as session:
        moved = crypto.encrypt(b"280285-901N", bound_to="elsewhere")
        statement = text("UPDATE customer SET identity_code_encrypted = :moved WHERE id = :id")
        session.execute(statement, {"moved": moved, "id": person.id})
    with caplog.at_level(logging.ERROR):
        result = context.test_cli_runner().invoke(keys_command, ["rotate", "--json"])
    assert json.loads(result.output) == {"key": "k2", "reencrypted": 1, "remaining": 1}
    assert result.exit_code == 1
    assert "damaged" in caplog.text
    assert "280285" not in caplog.text


def test_two_rotations_do_not_run_at_once(context: Flask, file: Path) -> None:
    with key_rotation._alone(file):
        result = context.test_cli_runner().invoke(keys_command, ["rotate"])
    assert (result.exit_code, result.output) == (1, "Error: another rotation is running\n")
    assert json.loads(file.read_text())["current"] == "k1"


def test_checkpoints_of_an_older_key_still_hold(file: Path) -> None:
    log = settings().instance / "audit-checkpoints.jsonl"
    log.unlink(missing_ok=True)
    factories.make_account()
    checkpoints.write(clock.now())
    key_rotation.rotate(now=clock.now())
    assert checkpoints.verify().ok
    log.unlink(missing_ok=True)


def test_a_rotation_frees_no_further_tries_of_a_password() -> None:
    for _ in range(10):
        throttling.count_attempt(username="somebody", address="192.0.2.1", now=clock.now())
    key_rotation.rotate(now=clock.now())
    with pytest.raises(Throttled):
        throttling.count_attempt(username="somebody", address="198.51.100.1", now=clock.now())


def test_a_prohibition_of_before_is_still_known() -> None:
    mark = suppression.contact_hash("someone@example.com")
    key_rotation.rotate(now=clock.now())
    assert suppression.contact_hash("someone@example.com") != mark
    assert suppression.suppressed_at(["someone@example.com"], {mark: clock.now()}) == clock.now()


def test_a_rotation_is_on_the_audit_trail_by_the_name_of_the_key() -> None:
    person = factories.make_customer(identity_code=CODES[0])
    key_rotation.rotate(now=clock.now())
    with transaction() as session:
        session.execute(text("UPDATE customer SET identity_code_encrypted = :bad"), {"bad": b"k1|damaged"})
    key_rotation.rotate(now=clock.now())
    events = [(entry.event.action, entry.detail.object, entry.event.outcome) for entry in audit.latest(limit=2)]
    assert events == [("keys:rotate", "key:k3", "incomplete"), ("keys:rotate", "key:k2", "success")]
    assert person.id and audit.verify().ok
