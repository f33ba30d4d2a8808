"""Whoever owns the database cannot change the audit trail without `audit verify` finding it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from portal import jobs
from portal.audit_commands import audit as audit_command
from portal.config import ROOT, _fresh_keyring
from portal.core import audit, checkpoints, clock, crypto
from portal.core.audit import SYSTEM, AuditAction, AuditDetail, AuditEvent
from portal.core.checkpoints import Verdict
from portal.core.db import db, transaction
from portal.core.settings import settings
from tests.conftest import FrozenClock
from tests.consents.choices import tamper


@pytest.fixture(autouse=True)
def file(context: Flask) -> Iterator[Path]:
    file = settings().instance / "audit-checkpoints.jsonl"
    file.unlink(missing_ok=True)
    yield file
    file.unlink(missing_ok=True)


def events(number: int) -> None:
    for _ in range(number):
        with transaction():
            audit.record(AuditAction.CUSTOMER_VIEWED, actor=SYSTEM, now=clock.now(), purpose="contact")


def signed_at_three_and_six() -> None:
    events(3)
    checkpoints.write(clock.now())
    events(3)
    checkpoints.write(clock.now())
    events(1)


def rewrite(first: int) -> None:
    """Change an event and make everything after it fit again, as somebody who knows the code would."""
    tamper("audit_event", "UPDATE audit_event SET outcome = 'failure' WHERE seq = :seq", seq=first)
    previous = db.session.scalar(select(AuditEvent.hash).where(AuditEvent.seq == first - 1)) or "0" * 64
    rows = db.session.scalars(select(AuditEvent).order_by(AuditEvent.seq)).all()
    db.session.expunge_all()
    for row in rows[first - 1 :]:
        row.previous_hash = previous
        previous = audit._event_hash(row)
        tamper(
            "audit_event",
            "UPDATE audit_event SET previous_hash = :before, hash = :hash WHERE seq = :seq",
            before=row.previous_hash,
            hash=previous,
            seq=row.seq,
        )
    assert audit.verify().ok  # the chain alone does not tell


def delete(condition: str) -> None:
    db.session.execute(text(f"DELETE FROM audit_detail WHERE {condition}"))
    tamper("audit_event", f"DELETE FROM audit_event WHERE {condition}")


def edit() -> None:
    tamper("audit_event", "UPDATE audit_event SET outcome = 'failure' WHERE seq = 2")


def edit_detail() -> None:
    tamper("audit_event", "UPDATE audit_detail SET purpose = 'other' WHERE seq = 2")


def insert() -> None:
    columns = "at, action, outcome, detail_digest, previous_hash"
    tamper(
        "audit_event",
        f"INSERT INTO audit_event (seq, hash, {columns}) SELECT 8, :hash, {columns} FROM audit_event WHERE seq = 4",
        hash="f" * 64,
    )


def insert_before_the_first() -> None:
    columns = "at, action, outcome, detail_digest, previous_hash"
    tamper(
        "audit_event",
        f"INSERT INTO audit_event (seq, hash, {columns}) SELECT 0, :hash, {columns} FROM audit_event WHERE seq = 4",
        hash="f" * 64,
    )


def swap() -> None:
    db.session.execute(text("DELETE FROM audit_detail WHERE seq IN (4, 5)"))
    for old, new in ((4, 100), (5, 4), (100, 5)):
        tamper("audit_event", "UPDATE audit_event SET seq = :new WHERE seq = :old", old=old, new=new)


SIX_KINDS: list[tuple[Callable[[], None], int, str]] = [
    (edit, 2, "event changed"),
    (edit_detail, 2, "detail changed"),
    (lambda: delete("seq = 5"), 5, "missing"),
    (insert, 8, "chain broken"),
    (insert_before_the_first, 1, "missing"),
    (swap, 4, "chain broken"),
    (lambda: delete("seq > 4"), 5, "tail cut"),
    (lambda: delete("seq > 0"), 1, "tail cut"),
    (lambda: rewrite(1), 1, "rewritten"),
    (lambda: rewrite(5), 4, "rewritten"),  # proven only from the checkpoint at 3 on
]


@pytest.mark.parametrize(
    ("change", "first_bad", "reason"),
    SIX_KINDS,
    ids=["edit", "detail", "delete", "insert", "insert-0", "swap", "tail", "all", "rewrite-1", "rewrite-5"],
)
def test_every_kind_of_tampering_is_found(change: Callable[[], None], first_bad: int, reason: str) -> None:
    signed_at_three_and_six()
    change()
    verdict = checkpoints.verify()
    assert (verdict.ok, verdict.is_certain) == (False, True)
    assert (verdict.first_bad, verdict.reason) == (first_bad, reason)


def test_an_untouched_trail_is_sound() -> None:
    assert checkpoints.verify() == Verdict(True, 0, 0)
    signed_at_three_and_six()
    assert checkpoints.verify() == Verdict(True, 7, 2)


def test_a_detail_that_retention_deleted_leaves_the_trail_sound() -> None:
    signed_at_three_and_six()
    with transaction():
        db.session.execute(text("DELETE FROM audit_detail WHERE seq < 5"))
    assert checkpoints.verify() == Verdict(True, 7, 2)


def test_a_checkpoint_tells_sequence_hash_count_time_and_the_line_before(file: Path) -> None:
    signed_at_three_and_six()
    first, second = [json.loads(line) for line in file.read_bytes().splitlines()]
    assert (first["sequence"], first["count"], second["sequence"], second["count"]) == (3, 3, 6, 6)
    assert first["event_hash"] == db.session.scalar(select(AuditEvent.hash).where(AuditEvent.seq == 3))
    assert (first["previous"], first["at"]) == ("0" * 64, "2026-11-24T08:00:00.000000+00:00")
    assert second["previous"] == checkpoints._digest(file.read_bytes().splitlines()[0])
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("field", ["sequence", "event_hash", "count", "at", "previous", "signature"])
def test_a_changed_checkpoint_is_found(file: Path, field: str) -> None:
    signed_at_three_and_six()
    told = json.loads(file.read_bytes().splitlines()[0])
    told[field] = told[field] + 1 if isinstance(told[field], int) else "A" + told[field][1:]
    if field == "signature":
        told[field] = "AAAA" + told[field][4:]
    if field in ("event_hash", "previous"):
        told[field] = "e" * 64
    if field == "at":
        told[field] = "2026-11-24T09:00:00.000000+00:00"
    file.write_bytes(json.dumps(told).encode() + b"\n" + file.read_bytes().splitlines(keepends=True)[1])
    assert checkpoints.verify() == Verdict(False, 7, 2, reason="checkpoint 1 changed")


def test_a_checkpoint_left_out_or_garbled_is_found(file: Path) -> None:
    signed_at_three_and_six()
    first, second = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(second)
    assert checkpoints.verify().reason == "a checkpoint is missing before checkpoint 1"
    file.write_bytes(first + b"[1]\n")
    assert checkpoints.verify().reason == "checkpoint 2 is unreadable"


def test_without_file_or_key_it_cannot_be_told(context: Flask, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signed_at_three_and_six()
    other_file = file.with_name("other-keyring.json")
    other_file.write_text(_fresh_keyring().replace("k1", "k9"))
    other = crypto.KeyringFile(other_file)
    with monkeypatch.context() as lost:
        lost.setitem(context.extensions, crypto.EXTENSION, other)
        verdict = checkpoints.verify()
        assert (verdict.ok, verdict.is_certain) == (False, False)
        assert verdict.reason == "the key of checkpoint 1 is not in the keyring"
    file.unlink()
    assert checkpoints.verify() == Verdict(False, 7, 0, reason="there are no checkpoints", is_certain=False)
    file.mkdir()
    try:
        assert not checkpoints.verify().is_certain
    finally:
        file.rmdir()


def test_the_command_says_so_by_its_exit_code(context: Flask, file: Path) -> None:
    def run() -> tuple[int, dict[str, object]]:
        result = context.test_cli_runner().invoke(audit_command, ["verify", "--json"])
        return result.exit_code, json.loads(result.output)

    signed_at_three_and_six()
    assert run() == (0, {"ok": True, "events": 7, "checkpoints": 2, "first_bad": None, "reason": None})
    delete("seq > 4")
    assert run() == (1, {"ok": False, "events": 4, "checkpoints": 2, "first_bad": 5, "reason": "tail cut"})
    file.unlink()
    assert run()[0] == 2


def test_the_worker_writes_after_five_minutes_or_five_hundred_events(
    frozen_clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "EVERY_EVENTS", 5)
    assert checkpoints.write_when_due(clock.now()) is None
    events(1)
    assert checkpoints.write_when_due(clock.now()) is not None  # the first one at once
    events(4)
    assert checkpoints.write_when_due(frozen_clock.advance(timedelta(minutes=4))) is None
    events(1)
    assert checkpoints.write_when_due(clock.now()) is not None
    events(1)
    assert checkpoints.write_when_due(frozen_clock.advance(timedelta(minutes=5))) is not None
    assert checkpoints.write_when_due(frozen_clock.advance(timedelta(minutes=5))) is None  # nothing new
    assert checkpoints.verify() == Verdict(True, 7, 3)


def test_a_trail_that_contradicts_its_checkpoint_is_not_signed(caplog: pytest.LogCaptureFixture) -> None:
    signed_at_three_and_six()
    rewrite(1)
    assert checkpoints.write(clock.now()) is None
    assert "contradicts" in caplog.text


def test_a_line_torn_by_a_power_cut_is_no_tampering(file: Path) -> None:
    signed_at_three_and_six()
    with file.open("ab") as torn:
        torn.write(b'{"sequence":7,"ev')
    assert checkpoints.verify() == Verdict(True, 7, 2)
    checkpoints.write(clock.now())
    assert checkpoints.verify() == Verdict(True, 7, 3)


def test_many_writers_keep_one_order(context: Flask) -> None:
    def work(_: int) -> None:
        with context.app_context():
            for _ in range(5):
                events(1)
                checkpoints.write(clock.now())
            db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    verdict = checkpoints.verify()
    assert (verdict.ok, verdict.events) == (True, 20)
    assert db.session.get(AuditDetail, 20) is not None


def test_a_web_process_that_stops_signs_what_it_recorded(context: Flask, file: Path) -> None:
    events(2)
    web = (
        "from portal import jobs; from portal.app import create_app; from portal.config import Settings;"
        "app = create_app(Settings.from_environ()); jobs.sign_here(app)"
    )
    environment = {"PORTAL_INSTANCE": str(settings().instance), "DATABASE_URL": settings().database_url}
    environment["DATABASE_URL"] = environment["DATABASE_URL"].replace("+psycopg", "")
    subprocess.run([sys.executable, "-c", web], env={**os.environ, **environment}, cwd=ROOT, check=True)
    assert checkpoints.verify() == Verdict(True, 2, 1)


def test_the_worker_signs_on_its_schedule() -> None:
    assert [(job.every_minutes, job.work) for job in jobs.SCHEDULE if job.name == "checkpoint"] == [
        (1, checkpoints.write_when_due)
    ]
