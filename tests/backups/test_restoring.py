"""What a backup refuses, and what a restored one must not bring back."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts import proposals
from portal.accounts.models import Account, Proposal, RememberedDevice, UserSession
from portal.backups import erasure_log, making
from portal.backups.making import CouldNotBackUp
from portal.backups.restoring import CouldNotRestore
from portal.backups.sealed_file import UnreadableBackup
from portal.core import audit, checkpoints, clock
from portal.core.audit import SYSTEM, Actor
from portal.core.db import db, transaction
from portal.core.errors import Stale
from portal.core.roles import Role
from portal.core.settings import settings
from portal.messages import services as messages
from portal.messages.models import Message, MessageStatus
from tests import factories
from tests.backups.places import counts, elsewhere, forbid, made, restored
from tests.conftest import START, EmptyDatabase, FrozenClock
from tests.pages import Pages

SOON = timedelta(hours=1)


def test_nobody_is_still_signed_in_and_no_mail_leaves_twice(
    app: Flask, file: Path, tmp_path: Path, installation: EmptyDatabase, sign_in: Callable[..., Pages]
) -> None:
    sign_in("customer")
    with transaction():
        messages.queue(to="aino@example.fi", language="fi", subject="A", body="B", actor=SYSTEM, now=clock.now())
    epochs = set(db.session.scalars(select(Account.epoch)))
    made(file)
    db.session.remove()
    with elsewhere(app, tmp_path / "other", template=installation.template):
        result = restored(file)
        assert (result.sessions_ended, result.mails_held) == (1, 1)
        assert list(db.session.scalars(select(UserSession.revoked_at))) == [START]
        assert list(db.session.scalars(select(RememberedDevice.id).where(RememberedDevice.revoked_at.is_(None)))) == []
        assert set(db.session.scalars(select(Account.epoch))) == {epoch + 1 for epoch in epochs}
        held = db.session.scalars(select(Message)).one()
        assert (held.status, held.body) == (MessageStatus.FAILED, None)
        assert messages.deliver_pending(clock.now()) == 0


def test_what_was_rejected_since_cannot_be_approved(
    app: Flask, file: Path, tmp_path: Path, installation: EmptyDatabase
) -> None:
    """The backup still holds it as open: a role that a second administrator refused would be one press away."""
    proposer, clerk, second = (factories.make_account(role) for role in ("administrator", "clerk", "administrator"))
    one, other = (
        Actor(account_id=person.account_id, role=Role.ADMINISTRATOR, unit="administration")
        for person in (proposer, second)
    )
    proposals.propose_role(account_id=clerk.account_id, role=Role.ADMINISTRATOR, actor=one, now=clock.now())
    made(file)
    db.session.remove()
    with elsewhere(app, tmp_path / "other", template=installation.template):
        restored(file)
        assert proposals.waiting(clock.now()) == []
        proposal_id = db.session.scalars(select(Proposal.id)).one()
        with pytest.raises(Stale):
            proposals.approve(account_id=clerk.account_id, proposal_id=proposal_id, actor=other, now=clock.now())


def test_the_backup_and_the_restore_are_on_the_audit_trail(
    app: Flask, file: Path, tmp_path: Path, installation: EmptyDatabase
) -> None:
    made(file)
    assert [entry.event.action.value for entry in audit.latest(limit=1)] == ["backup:make"]
    assert making.last_made() == START
    db.session.remove()
    with elsewhere(app, tmp_path / "other", template=installation.template):
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


def test_checkpoints_of_another_trail_stand_in_the_way(
    app: Flask, file: Path, tmp_path: Path, installation: EmptyDatabase
) -> None:
    made(file)
    with elsewhere(app, tmp_path / "other", template=installation.template):
        (tmp_path / "other" / checkpoints.FILE).write_text("{}\n")
        with pytest.raises(CouldNotRestore, match=r"^audit-checkpoints\.jsonl is in the instance folder: "):
            restored(file)


def test_a_damaged_backup_writes_nothing_and_the_place_stays_empty(
    app: Flask, file: Path, tmp_path: Path, installation: EmptyDatabase
) -> None:
    factories.make_customer()
    made(file)
    whole = file.read_bytes()
    file.write_bytes(whole[:-5])
    with elsewhere(app, tmp_path / "other", template=installation.template):
        with pytest.raises(UnreadableBackup):
            restored(file)
        file.write_bytes(whole)
        assert restored(file).tables["customer"] == 1


def test_a_backup_of_a_newer_portal_is_refused(
    app: Flask, file: Path, tmp_path: Path, installation: EmptyDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        newer.setattr("portal.core.schema.revision_of", lambda _: "9999")
        newer.setattr("portal.core.schema.newest", lambda: "9999")
        made(file)
    with (
        elsewhere(app, tmp_path / "other", template=installation.template),
        pytest.raises(CouldNotRestore, match=r"^the backup has schema 9999, which "),
    ):
        restored(file)


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("9999", "this version of the portal is older than the database: back up with the newer one"),
        ("0001", "the database does not have the newest schema: run `portal db upgrade`"),
    ],
)
def test_only_a_database_of_this_version_is_backed_up(
    file: Path, version: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.core.schema.revision_of", lambda _: version)
    with pytest.raises(CouldNotBackUp, match=f"^{words}$"):
        made(file)


def test_a_list_that_is_none_is_refused_before_anything_is_written(
    app: Flask, file: Path, tmp_path: Path, installation: EmptyDatabase
) -> None:
    made(file)
    (tmp_path / "list").write_text("no list\n")
    with elsewhere(app, tmp_path / "other", template=installation.template):
        with pytest.raises(Exception, match=r"^line 1 is not of a list of erasures$"):
            restored(file, tmp_path / "list")
        restored(file)


def test_the_log_of_erasures_grows_by_what_is_new_and_holds_no_name(file: Path, frozen_clock: FrozenClock) -> None:
    customer, other = factories.make_customer(), factories.make_customer()
    forbid(customer.id)
    assert erasure_log.add(clock.now()) == 2  # the choice, and the mark of the contact point
    assert erasure_log.add(clock.now()) == 0
    frozen_clock.advance(SOON * 5)
    assert erasure_log.add(clock.now()) == 0
    forbid(other.id)
    assert erasure_log.add(clock.now()) == 2
    header, *lines = [json.loads(line) for line in erasure_log.file().read_text().splitlines()]
    assert header["format"] == "portal-erasures/1"
    assert [line["kind"] for line in lines] == ["refusal"] * 4
    assert str(customer.id) not in erasure_log.file().read_text()
    assert customer.number not in erasure_log.file().read_text()
    assert erasure_log.file().stat().st_mode & 0o777 == 0o600
