"""The outbox: what is queued leaves once, survives failure, and keeps its Message-ID."""
# ruff: noqa: ARG002 - what a mail server calls has these arguments

import email
import smtplib
import socket
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import select

from portal.core.audit import SYSTEM
from portal.core.db import db, transaction
from portal.core.settings import settings
from portal.messages import services
from portal.messages.models import Message, MessageStatus
from portal.messages.transport import FileTransport, PermanentFailure, SmtpTransport
from tests.conftest import START
from tests.ports import free_port


@pytest.fixture(autouse=True)
def empty_outbox(context: Flask) -> Iterator[None]:
    for file in (settings().instance / "outbox").glob("*.eml"):
        file.unlink()
    yield


def queue(**values: str) -> None:
    written = {"to": "maija@example.com", "language": "fi", "subject": "Älä hätäile", "body": "Hyvää päivää\n"}
    with transaction():
        services.queue(**(written | values), actor=SYSTEM, now=START)  # type: ignore[arg-type]  # all are texts


def the_message() -> Message:
    db.session.expire_all()
    return db.session.scalars(select(Message)).one()


class Broken:
    """A mail server that is away, or that refuses for good."""

    def __init__(self, problem: Exception) -> None:
        self.problem = problem
        self.tries = 0

    def send(self, mail: EmailMessage) -> None:
        self.tries += 1
        raise self.problem


def test_a_message_becomes_a_file_named_by_its_id() -> None:
    queue()
    assert services.deliver_pending(START) == 1
    files = list((settings().instance / "outbox").glob("*.eml"))
    mail = email.message_from_bytes(files[0].read_bytes(), policy=default)
    assert mail["To"] == "maija@example.com"
    assert mail["Subject"] == "Älä hätäile"
    assert mail["Content-Language"] == "fi"
    assert mail["Message-ID"] == the_message().message_id
    assert mail.get_content().startswith("Hei!\n\nHyvää päivää\n\nYstävällisin terveisin\n")
    assert files[0].stem == the_message().message_id[1:33]


def test_a_sent_message_is_not_sent_again_and_its_body_is_dropped() -> None:
    queue()
    services.deliver_pending(START)
    assert services.deliver_pending(START + timedelta(days=1)) == 0
    message = the_message()
    assert message.status is MessageStatus.SENT
    assert message.body is None


def test_a_message_leaves_only_if_its_change_is_saved() -> None:
    def fail() -> None:
        with transaction():
            services.queue(to="a@example.com", language="en", subject="s", body="b", actor=SYSTEM, now=START)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert services.deliver_pending(START) == 0


def test_a_message_is_queued_only_inside_a_transaction() -> None:
    with pytest.raises(RuntimeError):
        services.queue(to="a@example.com", language="en", subject="s", body="b", actor=SYSTEM, now=START)


def test_a_failed_try_waits_longer_each_time_and_keeps_the_message_id() -> None:
    queue()
    first = the_message().message_id
    away = Broken(smtplib.SMTPServerDisconnected("away"))
    now = START
    waits = []
    for _ in range(4):
        assert services.deliver_pending(now, transport=away) == 0
        waits.append(the_message().due_at - now)
        now = the_message().due_at
    assert waits == sorted(waits)
    assert waits[0] == timedelta(minutes=2)
    assert away.tries == 4
    assert services.deliver_pending(now - timedelta(seconds=1)) == 0, "not before its time"
    assert services.deliver_pending(now) == 1
    assert the_message().message_id == first


def test_what_the_server_refuses_for_good_is_not_tried_again() -> None:
    queue()
    services.deliver_pending(START, transport=Broken(PermanentFailure("550")))
    assert the_message().status is MessageStatus.FAILED
    assert services.deliver_pending(START + timedelta(days=9)) == 0


def test_a_worker_that_dies_in_the_middle_leaves_the_message_to_the_next(tmp_path: Path) -> None:
    queue()
    dead = Broken(KeyboardInterrupt())  # type: ignore[arg-type]  # what a killed process looks like from inside
    with pytest.raises(KeyboardInterrupt):
        services.deliver_pending(START, transport=dead)
    assert services.deliver_pending(START + timedelta(minutes=1)) == 0, "another worker may still be sending it"
    assert services.deliver_pending(START + services.LEASE) == 1


def test_a_repeated_delivery_replaces_the_same_file(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["Message-ID"] = "<abc@localhost>"
    for _ in range(2):
        FileTransport(tmp_path / "outbox").send(mail)
    assert [file.name for file in (tmp_path / "outbox").iterdir()] == ["abc.eml"]


def test_a_line_break_in_an_address_sends_nothing() -> None:
    queue(to="a@example.com\r\nBcc: b@example.com")
    assert services.deliver_pending(START) == 0


def test_addresses_and_bodies_are_encrypted_at_rest() -> None:
    queue()
    message = the_message()
    assert b"maija" not in message.to_encrypted
    assert message.body_encrypted is not None
    assert "päivää".encode() not in message.body_encrypted


class Inbox:
    """What the test mail server was sent."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
        self.mails.append(envelope.content)  # type: ignore[attr-defined]
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: object, session: object, envelope: object, address: str, options: object
    ) -> str:
        if address.startswith("nobody"):
            return "550 no such person"
        envelope.rcpt_tos.append(address)  # type: ignore[attr-defined]
        return "250 OK"


@pytest.fixture
def smtp() -> Iterator[tuple[SmtpTransport, Inbox]]:
    inbox = Inbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield SmtpTransport(f"smtp://127.0.0.1:{port}"), inbox
    controller.stop()


def test_a_message_leaves_over_smtp(smtp: tuple[SmtpTransport, Inbox]) -> None:
    transport, inbox = smtp
    queue()
    assert services.deliver_pending(START, transport=transport) == 1
    mail = email.message_from_bytes(inbox.mails[0], policy=default)
    assert mail["Message-ID"] == the_message().message_id


def test_a_mail_server_that_is_away_for_an_hour_gets_every_message_once(smtp: tuple[SmtpTransport, Inbox]) -> None:
    """The worker looks every minute; how often it tries becomes rarer."""
    transport, inbox = smtp
    away = SmtpTransport(f"smtp://127.0.0.1:{free_port()}")
    for _ in range(3):
        queue()
    minutes = [START + timedelta(minutes=minute) for minute in range(121)]
    assert sum(services.deliver_pending(now, transport=away) for now in minutes[:60]) == 0
    tried = db.session.scalars(select(Message.attempts)).all()
    assert tried == [5] * 3, "after 0, 2, 6, 14 and 30 minutes"
    assert sum(services.deliver_pending(now, transport=transport) for now in minutes[60:]) == 3
    sent = [email.message_from_bytes(mail, policy=default)["Message-ID"] for mail in inbox.mails]
    assert sorted(sent) == sorted(db.session.scalars(select(Message.message_id)))


def test_an_address_that_the_server_does_not_know_is_a_lasting_failure(
    smtp: tuple[SmtpTransport, Inbox],
) -> None:
    transport, inbox = smtp
    queue(to="nobody@example.com")
    assert services.deliver_pending(START, transport=transport) == 0
    assert the_message().status is MessageStatus.FAILED
    assert inbox.mails == []
