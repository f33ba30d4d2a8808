"""How a message leaves: over SMTP, or as a file where no mail server is set."""

import os
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from portal.config import Settings, organisation

TIMEOUT_SECONDS = 20


class PermanentFailure(Exception):
    """The server will never take this message; trying again is no use."""


class Transport(Protocol):
    def send(self, mail: EmailMessage) -> None: ...


def transport_for(settings: Settings) -> Transport:
    if settings.mail_url:
        return SmtpTransport(settings.mail_url)
    return FileTransport(settings.instance / "outbox")


def compose(*, message_id: str, to: str, language: str, subject: str, body: str, at: datetime) -> EmailMessage:
    """A plain-text mail that says it was sent by a machine, so that absence notes do not answer it.

    A paragraph is one line, which the reader's program wraps to its window; no line on the way is longer than 76 signs.
    """
    mail = EmailMessage()
    mail["From"] = f"{organisation.register_company} <{organisation.email_customer_service}>"
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"  # the same, as Exchange reads it
    mail.set_content(body, cte="quoted-printable")
    mail["Content-Language"] = language  # after the content, which clears the headers that describe it
    return mail


@dataclass(frozen=True)
class FileTransport:
    """One .eml per message, named by its Message-ID: a repeated delivery replaces the same file."""

    folder: Path

    def send(self, mail: EmailMessage) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = mail["Message-ID"].strip("<>").partition("@")[0]
        half_written = self.folder / f".{name}.{os.getpid()}"
        with half_written.open("wb") as file:
            file.write(mail.as_bytes())
            file.flush()
            os.fsync(file.fileno())
        half_written.replace(self.folder / f"{name}.eml")


@dataclass(frozen=True)
class SmtpTransport:
    """PORTAL_MAIL_URL: smtp://user:password@host:port (STARTTLS where offered) or smtps://."""

    url: str

    def send(self, mail: EmailMessage) -> None:
        with self._connected() as server:
            try:
                server.send_message(mail)
            except smtplib.SMTPRecipientsRefused as refusal:
                if all(code >= 500 for code, _ in refusal.recipients.values()):
                    raise PermanentFailure(type(refusal).__name__) from refusal
                raise
            except smtplib.SMTPResponseException as answer:
                if answer.smtp_code >= 500:
                    raise PermanentFailure(f"{type(answer).__name__} {answer.smtp_code}") from answer
                raise

    def greet(self) -> None:
        """Connect and sign in as for a message, and leave; raises what prevents that."""
        with self._connected():
            pass

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        parts = urlsplit(self.url)
        host = parts.hostname or "localhost"
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if parts.scheme == "smtps":
            server = smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT_SECONDS)
        with server:
            server.ehlo()
            if parts.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=context)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            yield server
